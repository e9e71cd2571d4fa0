"""Each packaged reward: whatever of ours it reaches is in its identity, and words are not."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import rlvr
from rlvr import registry
from rlvr.identity import made_of
from rlvr.identity.parsed import parse, parsed_file
from rlvr.identity.places import installed, place_of

OURS = ("code", "games", "instructions", "math", "mt", "text")
REWARDS = [name for name in registry.names() if name.partition(".")[0] in OURS]


def made(name, parsed=parsed_file):
    reward = registry.get(name)
    return made_of((reward.function, *reward.spec.depends), parsed)


def distinct():
    """One reward for each set of files."""
    found = {}
    for name in REWARDS:
        found.setdefault(frozenset(made(name).files.values()), name)
    return list(found.values())


DISTINCT = distinct()
FILES = sorted({path for name in DISTINCT for path in made(name).files.values()})
CORE = [Path(rlvr.__file__).with_name(f"{name}.py") for name in ("sample", "verdict", "reward", "judging", "compose")]


def mutated(source):
    """The source with one line changed: what is returned, or else a constant."""
    tree = ast.parse(source)
    texts = {id(node) for part in ast.walk(tree) if isinstance(part, ast.JoinedStr) for node in ast.walk(part)}
    words = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Return | ast.Constant)
        and not {id(node)} & (texts | words)
        and node.lineno == node.end_lineno
        and not (isinstance(node, ast.Return) and (node.value is None or id(node.value) in texts))
    ]
    if not found:  # nothing but imports
        return source + b"\nraise SystemExit\n"
    node = next((node for node in found if isinstance(node, ast.Return)), found[-1])
    text = b"return 'mutant'" if isinstance(node, ast.Return) else b"'mutant'"
    lines = source.splitlines(keepends=True)
    line = lines[node.lineno - 1]
    lines[node.lineno - 1] = line[: node.col_offset] + text + line[node.end_col_offset :]
    return b"".join(lines)


def reworded(source):
    """The source with comments, other docstrings, and everything on another line."""
    lines = source.splitlines(keepends=True)
    tree = ast.parse(source)
    words = [node for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    for node in sorted(words, key=lambda node: -node.lineno):
        if isinstance(node.value.value, str):
            kept = lines[node.lineno - 1][: node.col_offset], lines[node.end_lineno - 1][node.end_col_offset :]
            lines[node.lineno - 1 : node.end_lineno] = [kept[0] + b'"""Says something else."""' + kept[1]]
    return b"# A comment.\n\n\n" + b"".join(lines).replace(b"\n", b"  # words\n", 1)


def test_one_changed_line_in_any_module_changes_the_identity():
    mutants = {path: parse(mutated(path.read_bytes())) for path in (*FILES, *CORE)}
    kept = []
    for name in DISTINCT:
        before = made(name)
        for path in (*before.files.values(), *CORE):
            after = made(name, lambda asked, path=path: mutants[path] if asked == path else parsed_file(asked))
            if after.hash == before.hash:
                kept.append((name, path))
    assert not kept
    assert len(FILES) > 100


@pytest.mark.parametrize("path", [*FILES, *CORE], ids=lambda path: "/".join(path.parts[-3:]))
def test_words_do_not(path):
    source = path.read_bytes()
    assert parse(reworded(source)).digest == parse(source).digest
    assert reworded(source) != source


def test_what_runs_is_what_counts():
    """All files of ours whose code runs while golden cases are judged, and all that they open."""
    done = subprocess.run(
        [sys.executable, "-c", _JUDGE, *REWARDS], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    ran = json.loads(done.stdout.splitlines()[-1])
    assert len(ran) >= 40
    unknown = []
    for name, (executed, opened) in ran.items():
        known = set(made(name).files.values())
        places = {place_of(Path(path)) for path in executed if not installed(Path(path))}
        unknown += [(name, ".".join(place.name)) for place in places if _counts(place) and place.path not in known]
        data = {Path(path) for path in opened if place_of(Path(path)).name[:2] == ("rlvr", "rewards")}
        counted = {
            Path(path).resolve() for path, _ in made(name).stamps
        }  # files of data that a reward declares as well
        unknown += [
            (name, path) for path in data if path.suffix not in (".py", ".pyc") and path.resolve() not in counted
        ]
    assert not unknown


def _counts(place):
    # A package of rewards makes its rewards known, and is no part of any.
    domain = place.is_package and place.name[1:2] == ("rewards",)
    return place.name[1:2] in (("rewards",), ("sandbox",)) and not domain


_JUDGE = """
import json, sys, threading
from rlvr import judge, registry
from rlvr.errors import RlvrError
from rlvr.testing import subject_of

registry.names()  # packages of rewards make their rewards known before anything is judged
now = None
def called(frame, event, argument):
    if event == "call":
        now[0].add(frame.f_code.co_filename)
def opening(event, arguments):
    if event == "open" and now is not None and isinstance(arguments[0], str):
        now[1].add(arguments[0])

sys.addaudithook(opening)
found = {}
for name in sys.argv[1:]:
    if name in ("mt.comet", "mt.kiwi", "mt.xcomet", "mt.metricx"):  # which need their models
        continue
    subject = subject_of(name)
    reward = registry.get(name)
    now = set(), set()
    threading.setprofile(called)
    sys.setprofile(called)
    for case in subject.cases[:6]:
        judge(reward, case.sample)
    sys.setprofile(None)
    threading.setprofile(None)
    found[name] = [sorted(each) for each in now]
    now = None
print(json.dumps(found))
"""


def test_rewards_of_one_folder_have_identities_of_their_own():
    assert "rlvr.rewards.math.comparing.proof" in made("math.answer").modules
    assert "rlvr.rewards.math.comparing.proof" not in made("math.final_number").modules
    assert (
        "rlvr.rewards.constraints.checks.words.keywords" in made("instructions.follow").modules
    )  # found by being there
    assert "rlvr.rewards.constraints.checks.translation.terms" in made("mt.follow").modules
    assert len({registry.get(name).identity.split("+")[1] for name in REWARDS}) == len(REWARDS)


def test_the_sandbox_is_followed_to_the_other_side():
    """Its public names are lazy, and its fork server runs in an interpreter that is told so in a text."""
    found = made("code.stdio").modules
    assert any(name.endswith(".forkserver") for name in found)
    assert any(name.endswith(".seccomp") for name in found)
    assert not any(name.endswith((".fusion", ".commands")) for name in made("text.exact").modules)


def test_versions_count():
    assert any(line.startswith("sympy ") for line in made("math.answer").versions)
    assert {line.split()[0] for line in made("mt.follow").versions} >= {"ICU", "icu4py", "babel", "Python"}
    assert [line.split()[0] for line in made("text.exact").versions] == ["Python", "Unicode"]
