"""Rewards are found by name, in files and in modules; nobody shadows anybody."""

import sys
import textwrap
from importlib.metadata import EntryPoint

import pytest

import rlvr
from rlvr import get_reward, registry, reward
from rlvr.errors import MissingDependencyError, RewardDefinitionError, UnknownRewardError


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a module into a folder of the user's, whose traces are removed afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    before = set(sys.modules)

    def write(name, source):
        path = tmp_path / name
        path.write_text(textwrap.dedent(source))
        return path

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


SIMPLE = """
    from rlvr import reward

    @reward("mine.long")
    def long(sample):
        return len(sample.completion) > 3

    combined = 0.5 * long

    def plain(sample):
        return 1.0
"""


def test_unknown_names_get_a_suggestion():
    with pytest.raises(UnknownRewardError, match=r"Did you mean `math\.final_number`"):
        get_reward("math.finalnumber")
    with pytest.raises(LookupError, match=r"text\.exact"):
        get_reward("nothing.like_it")


def test_entry_points_bring_the_zoo():
    missing = {"math.final_number", "math.final_number_strict", "text.exact", "text.format"} - set(registry.names())
    assert not missing


def test_a_broken_package_stands_in_nobodys_way(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    points = [EntryPoint("broken", "no_such_package.rewards", registry.ENTRY_POINTS)]
    monkeypatch.setattr(registry, "_entry_points", lambda: points)
    assert registry.names() == []
    with pytest.raises(MissingDependencyError, match="no_such_package"):
        get_reward("broken.reward")


def test_files_and_attributes(write):
    path = write("my_rewards.py", SIMPLE)
    assert get_reward(f"{path}:long").check("abcd").score == 1.0
    assert get_reward(f"{path}:combined").name == "0.5*mine.long"
    assert get_reward(f"{path}:long") is get_reward("mine.long")


def test_wrong_attributes_say_what_there_is(write):
    path = write("my_rewards.py", SIMPLE)
    with pytest.raises(UnknownRewardError, match="Did you mean `long`"):
        get_reward(f"{path}:lon")
    with pytest.raises(UnknownRewardError, match=r"function, no reward[\s\S]*@reward"):
        get_reward(f"{path}:plain")
    with pytest.raises(UnknownRewardError, match="no file"):
        get_reward(f"{path}x.py:long")


def test_modules(write, tmp_path):
    write("user_package_x.py", SIMPLE)
    sys.path.insert(0, str(tmp_path))
    assert get_reward("user_package_x:long").name == "mine.long"
    with pytest.raises(UnknownRewardError, match="no module `no_such_module`"):
        get_reward("no_such_module:long")


def test_an_import_error_inside_a_users_module_is_theirs(write, tmp_path):
    write("user_package_y.py", "import no_such_dependency")
    sys.path.insert(0, str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        get_reward("user_package_y:long")


@pytest.mark.parametrize("name", ["rewards.py", "math.py", "text.py", "sample.py", "json.py"])
def test_a_users_file_neither_shadows_nor_is_shadowed(write, name):
    path = write(name, SIMPLE + f"\n    LABEL = {name!r}\n")
    import json
    import math

    found = get_reward(f"{path}:long")
    assert name == sys.modules[found.function.__module__].LABEL
    assert sys.modules["math"] is math
    assert sys.modules["json"] is json
    assert get_reward("math.final_number").function.__module__.endswith("rewards.math.final_number")
    assert rlvr.rewards.__name__ == "rlvr.rewards"


def test_neighbours_of_a_file_are_found_also_later(write):
    write("neighbour_early.py", "LIMIT = 3")
    write("neighbour_late.py", "LIMIT = 5")
    path = write(
        "with_neighbours.py",
        """
        import neighbour_early
        from rlvr import reward

        @reward("mine.between")
        def between(sample):
            import neighbour_late
            return neighbour_early.LIMIT < len(sample.completion) < neighbour_late.LIMIT
        """,
    )
    assert get_reward(f"{path}:between").check("abcd").score == 1.0
    assert sys.path.index(str(path.parent)) == len(sys.path) - 1


def test_two_functions_cannot_share_a_name(monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))

    @reward("t.taken")
    def first(sample):
        return 1.0

    with pytest.raises(RewardDefinitionError, match=r"already the name of .*first"):

        @reward("t.taken")
        def second(sample):
            return 0.0


def test_the_same_function_again_replaces_itself(monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))

    def declare(score):
        @reward("t.again")
        def again(sample):
            return score

        return again

    declare(0.0)
    newer = declare(1.0)
    assert get_reward("t.again") is newer
