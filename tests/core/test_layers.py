"""The rules of the house, read off the source: who imports whom, how long a module is, where a broad `except` is."""

import ast
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINKED = ("rewards", "envs", "recipes", "sandbox")
LONGEST = 500
MOST_MODULES = 16

# The verdict boundary; the worker and the threads that supervise it.
MAY_CATCH_ALL = {"rlvr/judging.py", "rlvr/scoring/worker.py", "rlvr/scoring/pool.py", "rlvr/scoring/driver.py"}
# Inside the sandbox's children, where whatever a program or its tests raise becomes what is said of them.
MAY_CATCH_ALL |= {f"sandbox/inside/{name}.py" for name in ("answering", "calls", "program", "spawning")}
IN_THE_TESTS_PROCESS = ("assertions", "checking", "process", "pytest_tests", "solution_module")
MAY_CATCH_ALL |= {f"sandbox/judges/tests_side/{name}.py" for name in IN_THE_TESTS_PROCESS}
MAY_CATCH_ALL |= {"sandbox/bridge/peer.py"}

# What each room of the sandbox may import of it: nothing that decides lies in the memory of a program.
ROOMS = {
    "confine": ("confine.", "errors"),
    "bridge": ("bridge.",),
    "inside": ("inside.", "bridge.", "confine."),
    "judges/tests_side": ("judges.tests_side.", "judges.verdict_lines", "inside.", "bridge."),
    "judges": ("judges.", "inside.", "bridge.", "confine.", "checks", "errors", "outcome"),
}

# What each folder may import of ours, itself apart. A name stands for itself; with a dot at its end, for all below it.
ALLOWED = {
    "sandbox": {"rlvr.errors"},
    "rewards": {
        "rlvr",
        "rlvr.sample",
        "rlvr.verdict",
        "rlvr.reward",
        "rlvr.compose",
        "rlvr.errors",
        "rlvr.rows.escapes",
        "rlvr.suite",
        "rlvr.sandbox",
        "rlvr.sandbox.",
    },
    "envs": {"rlvr", "rlvr."},
    "recipes": {"rlvr", "rlvr."},
    "rlvr": {"rlvr", "rlvr."},
}
FORBIDDEN = {
    "sandbox": set(),
    "rewards": set(),
    "envs": {"rlvr.rewards", "rlvr.recipes", "rlvr.sandbox"},
    "recipes": {"rlvr.sandbox"},
    "rlvr": {"rlvr.rewards", "rlvr.envs", "rlvr.recipes", "rlvr.sandbox"},
}


LOADED = """
import sys
from rlvr.sandbox.lane import _START
text = _START[_START.index("rooms = (") : _START.index("main(sys.argv[2]")]
import subprocess
print(subprocess.run([sys.executable, "-I", "-S", "-c", "import sys, types" + chr(10) + text
    + "print(*sys.modules)", sys.argv[1]], capture_output=True, text=True, check=True).stdout)
"""


def sources(folder):
    links = {ROOT / "rlvr" / name for name in LINKED}
    return [path for path in sorted((ROOT / folder).rglob("*.py")) if not links & set(path.parents)]


FILES = [(folder, path) for folder in ALLOWED for path in sources(folder)]


@cache
def tree(path):
    return ast.parse(path.read_text())


def imports(path):
    """Dotted names of our own modules that a file imports, `from package import module` included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for name in node.names:
                inside = ROOT.joinpath(*base.split("."), name.name)
                is_module = inside.is_dir() or inside.with_suffix(".py").is_file()
                yield f"{base}.{name.name}" if is_module else base


def within(name, rules):
    return any(name == rule or name.startswith(rule if rule.endswith(".") else f"{rule}.") for rule in rules)


def test_imports_keep_to_the_layers():
    assert [
        fault for folder, path in FILES for name in imports(path) if (fault := _misplaced(folder, path, name))
    ] == []


def _misplaced(folder, path, name):
    first, own = name.partition(".")[0], "rlvr" if folder == "rlvr" else f"rlvr.{folder}"
    where = f"{path.relative_to(ROOT)} imports {name}"
    if not first:
        return f"{where}: write it in full"
    if first in LINKED:
        return f"{where}: it installs as rlvr.{name}"
    if first != "rlvr":
        return ""
    exact = {rule for rule in ALLOWED[folder] if not rule.endswith(".")}
    below = {rule for rule in ALLOWED[folder] if rule.endswith(".")}
    allowed = name in exact or within(name, {*below, own})
    return "" if allowed and not within(name, FORBIDDEN[folder]) else where


def modules():
    """Every module of ours by its dotted name, and its file."""
    for folder, path in FILES:
        parts = list(path.relative_to(ROOT).with_suffix("").parts)
        name = ".".join(parts if folder == "rlvr" else ["rlvr", *parts])
        yield name.removesuffix(".__init__"), path


def import_graph(paths):
    """What each module imports of ours: at its top, inside functions, and for types alone."""
    graph = {}
    for name, path in paths.items():
        graph[name] = set()
        for imported in imports(path):
            parts = imported.split(".")
            heads = (".".join(parts[:depth]) for depth in range(len(parts), 0, -1))
            graph[name] |= {next((head for head in heads if head in paths), name)} - {name}
    return graph


def circles(graph):
    """The modules that can be reached from themselves."""

    def reached(start):
        seen, waiting = set(), [start]
        while waiting:
            fresh = graph[waiting.pop()] - seen
            seen |= fresh
            waiting += fresh
        return seen

    return sorted(name for name in graph if name in reached(name))


def test_no_module_is_imported_by_what_it_imports():
    graph = import_graph(dict(modules()))
    assert graph["rlvr.bridges.to_trl"] >= {"rlvr.scoring", "rlvr.compose"}, "imports in functions and for types count"
    assert circles(graph) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == ["b", "c"]


# Packages that know nothing of each other: in neither direction, or in one.
APART = {("data", "tasks"), ("tasks", "data"), ("engine", "review")}


def test_rooms_do_not_reach_into_each_other():
    for name, path in modules():
        for imported in imports(path):
            pair = tuple(dotted.split(".")[1] for dotted in (name, imported) if dotted.startswith("rlvr."))
            assert pair not in APART, (name, imported)


def test_a_folder_has_few_modules():
    counts = Counter(path.parent for _, path in FILES)
    assert {str(folder) for folder, count in counts.items() if count > MOST_MODULES} == set()


def test_rooms_of_the_sandbox_keep_to_their_side():
    for room, allowed in ROOMS.items():
        for path in sources(f"sandbox/{room}"):
            for name in imports(path):
                if name.startswith("rlvr.sandbox."):
                    assert f"{name.removeprefix('rlvr.sandbox.')}.".startswith(allowed), (path, name)


def test_a_fork_server_loads_nothing_that_decides():
    """What it loads lies in the memory of every program that is forked from it."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(ROOT / "rlvr")], capture_output=True, text=True, check=True, cwd="/"
    )
    loaded = set(done.stdout.split())
    assert "rlvr.sandbox.inside.forkserver" in loaded
    rooms = {
        name.removeprefix("rlvr.sandbox.").partition(".")[0] for name in loaded if name.startswith("rlvr.sandbox.")
    }
    assert rooms == {"bridge", "confine", "errors", "inside", "judges"} - ({"errors"} - rooms)
    deciding = {name for name in loaded if re.match(r"rlvr\.sandbox\.judges\.(?!tests_side)", name)}
    assert deciding == {"rlvr.sandbox.judges.verdict_lines"}


def test_modules_are_short_and_named_for_something():
    names = {"utils", "util", "helpers", "misc", "common"}
    for _, path in FILES:
        assert len(path.read_text().splitlines()) <= LONGEST, path
        assert not names & set(path.relative_to(ROOT).with_suffix("").parts), path


def test_only_the_command_line_prints():
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for _, path in FILES
        if "cli" not in path.relative_to(ROOT).parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_a_broad_except_stands_only_at_the_borders():
    broad = [
        f"{path.relative_to(ROOT)}:{line}"
        for _, path in FILES
        if str(path.relative_to(ROOT)) not in MAY_CATCH_ALL
        for node in ast.walk(tree(path))
        for line in _broad(node)
    ]
    assert broad == []


def _broad(node):
    if isinstance(node, ast.ExceptHandler):
        kinds = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
    elif isinstance(node, ast.Call) and "suppress" in ast.unparse(node.func):
        kinds = node.args
    else:
        return
    ends_in_raise = isinstance(node, ast.ExceptHandler) and isinstance(node.body[-1], ast.Raise)
    for kind in kinds:
        # Cleaning up and raising on catches nothing.
        if (kind is None or ast.unparse(kind) in ("Exception", "BaseException")) and not ends_in_raise:
            yield node.lineno


def test_the_rules_see_the_files():
    names = {str(path.relative_to(ROOT)) for _, path in FILES}
    assert {"rlvr/reward.py", "rlvr/scoring/worker.py", "rewards/math/final_number.py"} <= names
    assert not any(name.startswith("rlvr/rewards/") for name in names)
    assert set(imports(ROOT / "rewards/text/exact.py")) >= {"rlvr"}
    (caught,) = {line for node in ast.walk(ast.parse("try: f()\nexcept Exception: pass")) for line in _broad(node)}
    assert caught == 2
