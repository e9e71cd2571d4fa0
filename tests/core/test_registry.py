"""Rewards are found by name, in files and in modules; nobody shadows anybody."""

import sys
import textwrap
from importlib.metadata import EntryPoint

import pytest

import rlvr
from rlvr import Sample, get_reward, registered, registry, reward
from rlvr.errors import MissingDependencyError, RewardDefinitionError, UnknownRewardError
from rlvr.scoring import Scorer


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a module into a folder of the user's, whose traces are removed afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(registered, "by_name", dict(registered.by_name))
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

    LIMIT = 3

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
    monkeypatch.setattr(registered, "by_name", {})
    monkeypatch.setattr(registered, "by_file", {})
    points = [EntryPoint("broken", "no_such_package.rewards", registered.ENTRY_POINTS)]
    monkeypatch.setattr(registered, "entry_points", lambda: points)
    assert registry.names() == []
    with pytest.raises(MissingDependencyError, match="no_such_package"):
        get_reward("broken.reward")
    assert "no_such_package" in str(registered.broken()["broken"])


def test_a_package_that_fails_in_its_own_way_is_named(write, monkeypatch, tmp_path):
    write("failing_package_z.py", "1 / 0")
    sys.path.insert(0, str(tmp_path))
    points = [EntryPoint("failing", "failing_package_z", registered.ENTRY_POINTS)]
    monkeypatch.setattr(registered, "entry_points", lambda: points)
    registry.names()
    assert "ZeroDivisionError" in str(registered.broken()["failing"])


def test_a_plain_function_is_a_reward_with_defaults(write):
    path = write("my rewards.py", SIMPLE)
    found = get_reward(f"{path}:plain")
    assert (found.name, found.range, found.spec.isolate) == ("my_rewards.plain", (0.0, 1.0), "inline")
    assert found.identity.startswith("my_rewards.plain@1+")
    assert found.check("anything").score == 1.0
    assert get_reward(f"{path}:plain") is found
    with Scorer(0.5 * found) as scorer:
        assert scorer.score([Sample("")])[0].score == 0.5


def test_a_plain_function_of_two_arguments_is_none(write):
    path = write("pairs.py", "def score(completion, reference):\n    return 1.0\n")
    with pytest.raises(RewardDefinitionError, match="reference"):
        get_reward(f"{path}:score")


def test_files_of_two_folders_may_use_the_same_names(write, tmp_path):
    for folder, score in (("old", 0.0), ("new", 1.0)):
        (tmp_path / folder).mkdir()
        write(f"{folder}/mine.py", f'from rlvr import reward\n\n@reward("text.exact")\ndef f(sample): return {score}\n')
    paths = [f"{tmp_path / folder}/mine.py:f" for folder in ("old", "new")]
    old, new = map(get_reward, paths)
    assert (old.check("").score, new.check("").score) == (0.0, 1.0)
    assert old.name == new.name
    assert old.identity != new.identity
    assert get_reward("text.exact").function.__module__.endswith("rewards.text.exact")


def test_a_name_that_several_files_use_is_asked_for_by_path(write):
    source = 'from rlvr import reward\n\n@reward("twice.said")\ndef f(sample): return 1.0\n'
    one = write("twice_one.py", source)
    get_reward(f"{one}:f")
    assert get_reward("twice.said").check("").score == 1.0
    get_reward(f"{write('twice_two.py', source)}:f")
    with pytest.raises(UnknownRewardError, match=r"Several files[\s\S]*twice_one\.py:f"):
        get_reward("twice.said")


def test_one_file_cannot_use_a_name_twice(write):
    declared = '@reward("mine.same")\ndef {}(sample): return 1.0\n'
    path = write("doubled.py", f"from rlvr import reward\n\n{declared.format('f')}\n{declared.format('g')}")
    with pytest.raises(RewardDefinitionError, match="already the name of"):
        get_reward(f"{path}:f")


def test_neighbours_of_one_name_in_two_folders_are_refused(write, tmp_path):
    """Python would give the second file the first one's module."""
    for folder, limit in (("one", 1), ("two", 2), ("three", 1)):
        (tmp_path / folder).mkdir()
        write(f"{folder}/limits_of_mine.py", f"LIMIT = {limit}")
        write(f"{folder}/mine.py", "def f(sample):\n    import limits_of_mine\n    return limits_of_mine.LIMIT\n")
    get_reward(f"{tmp_path}/one/mine.py:f")
    with pytest.raises(RewardDefinitionError, match="neighbour `limits_of_mine`"):
        get_reward(f"{tmp_path}/two/mine.py:f")
    get_reward(f"{tmp_path}/three/mine.py:f")


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("def f(:\n    pass\n", RewardDefinitionError, r"SyntaxError: .*bad\.py:1"),
        ("x = 1\ny = x / 0\n", RewardDefinitionError, r"ZeroDivisionError: .*bad\.py:2"),
        ("import no_such_package_of_mine\n", MissingDependencyError, r"no_such_package_of_mine"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_where(write, source, error, said):
    path = write("bad.py", source)
    with pytest.raises(error, match=said):
        get_reward(f"{path}:f")
    path.write_text("def f(sample): return 1.0\n")
    assert get_reward(f"{path}:f").check("").score == 1.0


def test_files_and_attributes(write):
    path = write("my_rewards.py", SIMPLE)
    assert get_reward(f"{path}:long").check("abcd").score == 1.0
    assert get_reward(f"{path}:combined").name == "0.5*mine.long"
    assert get_reward(f"{path}:long") is get_reward("mine.long")


def test_wrong_attributes_say_what_there_is(write):
    path = write("my_rewards.py", SIMPLE)
    with pytest.raises(UnknownRewardError, match="Did you mean `long`"):
        get_reward(f"{path}:lon")
    with pytest.raises(UnknownRewardError, match="is a int, no reward"):
        get_reward(f"{path}:LIMIT")
    with pytest.raises(UnknownRewardError, match=r"is a file[\s\S]*my_rewards\.py:long"):
        get_reward(str(path))
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
    monkeypatch.setattr(registered, "by_name", dict(registered.by_name))

    @reward("t.taken")
    def first(sample):
        return 1.0

    with pytest.raises(RewardDefinitionError, match=r"already the name of .*first"):

        @reward("t.taken")
        def second(sample):
            return 0.0


def test_the_same_function_again_replaces_itself(monkeypatch):
    monkeypatch.setattr(registered, "by_name", dict(registered.by_name))

    def declare(score):
        @reward("t.again")
        def again(sample):
            return score

        return again

    declare(0.0)
    newer = declare(1.0)
    assert get_reward("t.again") is newer
