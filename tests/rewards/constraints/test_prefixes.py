"""Each module of checks declares the ids it serves, and no two modules serve the same."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

from rlvr.rewards.constraints import checks, published
from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.catalogue import find, known
from rlvr.rewards.constraints.published.tulu_names import ALIASES

ROOMS = [room.name for room in pkgutil.iter_modules(checks.__path__) if room.ispkg]


def modules_of(package):
    names = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(name.name) for name in names if not name.ispkg]


def ids_written_in(module):
    """The ids that a module registers, each with whether it is the fixed reading."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("constraint", "alias"):
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield first.value, all(keyword.arg != "compat" for keyword in node.keywords)


MODULES = [*modules_of(checks), *modules_of(published)]
WRITTEN = {module.__name__: list(ids_written_in(module)) for module in MODULES}
WRITTEN["rlvr.rewards.constraints.published.tulu_names"] += [(name, True) for name in ALIASES]


@pytest.mark.parametrize("id", known("fixed"))
def test_the_module_that_declares_an_id_serves_it_and_no_other_does(id):
    declared = [module.__name__ for module in MODULES if id.startswith(getattr(module, "PREFIXES", ()))]
    assert len(declared) == 1
    assert [name for name, ids in WRITTEN.items() if (id, True) in ids] == declared


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition("constraints.")[2])
def test_a_module_declares_only_what_it_serves(module):
    fixed = [id for id, is_fixed in WRITTEN[module.__name__] if is_fixed]
    prefixes = getattr(module, "PREFIXES", ())
    assert all(any(id.startswith(prefix) for id in fixed) for prefix in prefixes)
    assert bool(fixed) == bool(prefixes)
    others = [id for id, is_fixed in WRITTEN[module.__name__] if not is_fixed]
    assert bool(others) == hasattr(module, "READING")
    assert all(find(id, module.READING).function.__module__ == module.__name__ for id in others)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_fifteen_modules_at_most_and_none_is_long(room):
    package = importlib.import_module(f"{checks.__name__}.{room}")
    files = [Path(module.__file__) for module in modules_of(package)]
    assert 0 < len(files) <= 15
    assert max(len(file.read_text(encoding="utf-8").splitlines()) for file in files) <= 500


def test_an_alias_reads_what_its_check_reads_under_its_own_names():
    check, other = find("detectable_format:multiple_sections"), find("validate_sections")
    text = "Part 1\nRain.\nPart 2\nSun."
    asked = {"N": 2, "section_splitter": "Part"}
    assert other.check(Answer(text), asked) == check.check(Answer(text), {"num_sections": 2, "section_spliter": "Part"})
    assert other.check(Answer(text), asked | {"N": 3}).followed is False
    assert other.description == "Write {N} sections, headed {section_splitter} 1 and so on."
    assert find("validate_json_format").brief
