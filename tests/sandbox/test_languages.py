"""Programs in other languages: what they may, what becomes of them, and that no attack on host or lane succeeds."""

import json
import re
import secrets
from pathlib import Path

import pytest
from click.testing import CliRunner
from other_languages import ATTACKS, COMPILERS, ENDINGS, NAMES, ORDERLY, RIGHT, SEARCHES

from rlvr.sandbox import (
    AssertTests,
    BadTestsError,
    FunctionTests,
    Job,
    Limits,
    Outcome,
    SandboxPool,
    StdinTests,
    ToolchainError,
    UnknownLanguageError,
)
from rlvr.sandbox.commands import command
from rlvr.sandbox.lane import Lane
from rlvr.sandbox.languages import toolchains as found_here
from rlvr.sandbox.languages.building import BuildCache, Built
from rlvr.sandbox.languages.catalogue import by_suffix, language_of, names_of
from rlvr.sandbox.languages.toolchains import toolchain
from rlvr.sandbox.levels import Level
from rlvr.sandbox.rows import judge_rows

PLUS_ONE = StdinTests([("41", "42"), ("-1", "0")])


def needs(name):
    try:
        return toolchain(language_of(name))
    except ToolchainError as error:
        pytest.skip(error.message)


@pytest.fixture(scope="module")
def pool(lane):
    with SandboxPool(1, packages=()) as pool:
        yield pool


@pytest.mark.parametrize("name", NAMES)
def test_a_right_program_is_accepted_and_a_wrong_one_is_not(pool, name):
    needs(name)
    found = pool.judge(RIGHT[name], PLUS_ONE, language=name)
    assert found.outcome is Outcome.ACCEPTED, found
    wrong = pool.judge(RIGHT[name].replace("1", "2"), PLUS_ONE, language=name, stop=False)
    assert (wrong.outcome, wrong.passed) == (Outcome.WRONG_ANSWER, 0), wrong


@pytest.mark.parametrize(("name", "what"), [(name, what) for name in ENDINGS for what in ENDINGS[name]])
def test_endings(pool, name, what):
    needs(name)
    program, outcome = ENDINGS[name][what]
    found = pool.judge(program, PLUS_ONE, Limits(cpu=1.0, wall=4.0, memory=200, output=4), language=name)
    assert found.outcome == outcome, found
    assert pool.judge(RIGHT[name], PLUS_ONE, language=name).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(("name", "what"), [(name, what) for name in ORDERLY for what in ORDERLY[name]])
def test_what_programs_may_rely_on(pool, name, what):
    needs(name)
    run = pool.run(ORDERLY[name][what], b"3\n1 2 3\n", Limits(cpu=10.0), language=name)
    assert (run.ending, run.stdout.strip()) == (None, b"7"), run


@pytest.fixture
def planted(tmp_path, monkeypatch):
    token = secrets.token_hex(16)
    (tmp_path / "secret").write_text(token)
    monkeypatch.setenv("SECRET_TOKEN", token)
    return tmp_path, token


@pytest.mark.parametrize(("name", "what"), [(name, what) for name in ATTACKS for what in ATTACKS[name]])
def test_attacks_reach_nothing(pool, planted, name, what):
    needs(name)
    folder, token = planted
    program = ATTACKS[name][what].replace("@FILE@", str(folder / "secret"))
    run = pool.run(program, b"", Limits(cpu=1.0, wall=5.0, memory=200, output=4), language=name)
    assert run.ending is not Outcome.COMPILE_ERROR, run
    assert b"REACHED" not in run.stdout, run
    assert token.encode() not in run.stdout
    assert [one.name for one in folder.iterdir()] == ["secret"]
    assert (folder / "secret").read_text() == token
    # The next program, of the same lane, finds nothing of it.
    left = pool.run("ls -A /w /tmp /dev/shm; ls /proc | grep -c '^[0-9]'", language="bash")
    assert re.fullmatch(r"/dev/shm:\nmain\.sh\n\n/tmp:\nmain\.sh\n\n/w:\nmain\.sh\n[1-4]\n", left.stdout.decode()), left
    assert pool.judge(RIGHT["bash"], PLUS_ONE, language="bash").outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("name", SEARCHES)
def test_no_process_of_a_program_has_its_answer(pool, name):
    needs(name)
    key = f"KEY{secrets.token_hex(8)}"
    tests = StdinTests([("own", key), ("own", key)], checker="def check(given, said, key):\n    return said == key")
    found = pool.judge(SEARCHES[name], tests, Limits(cpu=5.0), language=name, stop=False)
    assert (found.passed, {str(one.outcome) for one in found.tests}) == (0, {"wrong_answer"}), found
    # It does look, and finds what is there: its own input.
    here = pool.run(SEARCHES[name], key.encode(), Limits(cpu=5.0), language=name)
    assert here.stdout.strip() == key.encode(), here


@pytest.mark.parametrize(("name", "what"), [(name, what) for name in COMPILERS for what in COMPILERS[name]])
def test_what_compilers_are_fed_stays_in_the_sandbox(pool, planted, name, what):
    needs(name)
    folder, token = planted
    program = COMPILERS[name][what].replace("@FILE@", str(folder / "secret"))
    found = pool.judge(program, PLUS_ONE, language=name)
    assert found.outcome is Outcome.COMPILE_ERROR, found
    assert token not in json.dumps(found.as_dict())
    assert "root:" not in found.explanation
    assert pool.judge(RIGHT[name], PLUS_ONE, language=name).outcome is Outcome.ACCEPTED


def test_a_checker_runs_beside_programs_of_other_languages(pool):
    needs("bash")
    tests = StdinTests([("4", "")], checker="def check(given, said, key):\n    return int(said) ** 2 == int(given)")
    assert pool.judge("echo -2", tests, language="bash").outcome is Outcome.ACCEPTED
    assert pool.judge("echo 3", tests, language="bash").outcome is Outcome.WRONG_ANSWER


def test_other_languages_have_stdin_tests_alone(pool):
    for tests in (FunctionTests("f", [([1], 1)]), AssertTests("assert f(1) == 1", ["f"])):
        with pytest.raises(BadTestsError, match="stdin"):
            pool.judge("", tests, language="cpp")
    with pytest.raises(UnknownLanguageError, match="Did you mean `rust`"):
        pool.judge("", PLUS_ONE, language="rustt")


def test_what_is_missing_is_named(pool, monkeypatch):
    toolchain.cache_clear()
    monkeypatch.setattr(found_here, "find_tool", lambda name: None)
    try:
        with pytest.raises(ToolchainError, match=r"`rustc`, which is not installed(.|\n)*rustup"):
            pool.judge("", PLUS_ONE, language="rust")
        row = {"kind": "stdin", "language": "rust", "program": "x", "tests": {"cases": [{"input": "1", "output": "2"}]}}
        (judged,) = judge_rows(pool, [row])
        assert (judged["verdict"], "rustc" in judged["explanation"]) == ("sandbox_error", True)
        assert {row["state"] for row in found_here.rows()} == {"note"}
    finally:
        toolchain.cache_clear()


def test_a_source_is_compiled_once(lane, monkeypatch):
    needs("c")
    built = []
    original = Lane.build
    monkeypatch.setattr(Lane, "build", lambda *given: built.append(1) or original(*given))
    with SandboxPool(2, packages=()) as pool:
        for program, outcome in ((RIGHT["c"], "accepted"), ("int main(", "compile_error")):
            built.clear()
            jobs = [Job(program, PLUS_ONE, language="c") for _ in range(6)]
            assert {str(one.outcome) for one in pool.judge_all(jobs)} == {outcome}
            assert len(built) == 1


def test_the_cache_holds_no_more_than_it_may(monkeypatch):
    needs("c")
    cache, row = BuildCache(mib=1), language_of("c")
    monkeypatch.setattr("rlvr.sandbox.languages.building.build", lambda *_: Built(row, "main", bytes(300 << 10)))

    class AtStrict:
        level = Level.STRICT

    for number in range(9):
        cache.get(AtStrict(), row, str(number))
        assert cache.size <= 1 << 20
    assert cache.size == 3 * (300 << 10)


def test_a_build_that_met_a_limit_is_tried_again(lane, monkeypatch):
    needs("c")
    tight = Limits(cpu=20.0, wall=0.001, memory=1536, output=64, processes=64, files=512)
    with SandboxPool(1, packages=()) as pool:
        with monkeypatch.context() as patch:
            patch.setattr("rlvr.sandbox.languages.building.BUILD_LIMITS", tight)
            found = pool.judge(RIGHT["c"], PLUS_ONE, language="c")
            assert (found.outcome, "clock" in found.explanation) == (Outcome.COMPILE_ERROR, True), found
        assert pool.judge(RIGHT["c"], PLUS_ONE, language="c").outcome is Outcome.ACCEPTED


def test_java_programs_are_called_what_they_call_themselves():
    java = language_of("java")
    assert names_of(java, "package a.b;\nclass X {}\nclass Y { public static void main(String[] a) {} }") == (
        "Y",
        "a.b.Y",
    )
    assert names_of(java, "public final class Z {}\nclass Y { static void main(String[] a) {} }") == ("Z", "Y")
    assert names_of(java, "") == ("Main", "Main")


def test_rows_and_files_say_their_language(pool, tmp_path):
    needs("bash")
    rows = [
        {"kind": "stdin", "language": word, "program": RIGHT["bash"],
         "tests": {"cases": [{"input": "1", "output": "2"}]}} for word in ("bash", "sh", "no such")
    ]  # fmt: skip
    assert [row["verdict"] for row in judge_rows(pool, rows)] == ["accepted", "accepted", "sandbox_error"]
    assert [by_suffix(f"x{one}") for one in (".py", ".cc", ".mjs", "")] == ["python", "cpp", "javascript", "python"]
    (tmp_path / "a.sh").write_text("echo $((6 * 7))")
    assert CliRunner().invoke(command, ["run", str(tmp_path / "a.sh")]).output == "42\n"


STANDARD = """
import json
from pathlib import Path
from rlvr.errors import RlvrError
from rlvr.sandbox import Level, SandboxPool, StdinTests
said = {{}}
with SandboxPool(1, Level.STANDARD, packages=()) as pool:
    for name, text in json.loads({programs!r}).items():
        try:
            found = pool.judge(text, StdinTests([("41", "42")]), language=name)
            said[name] = [found.outcome, found.explanation, found.level]
        except RlvrError as error:
            said[name] = ["refused", str(error), ""]
print(json.dumps(said))
"""


@pytest.mark.parametrize("uid", [0, 12345])
def test_without_namespaces_languages_that_start_processes_are_refused(elsewhere, uid):
    programs = {name: RIGHT[name] for name in ("javascript", "bash", "c", "java")}
    for name in programs:
        needs(name)
    found = elsewhere(STANDARD.format(programs=json.dumps(programs)), uid=uid, container="docker")
    assert found["bash"][0] == found["c"][0] == "refused"
    assert "strict" in found["c"][1]
    assert found["javascript"][::2] == ["accepted", "standard"], found
    assert found["java"][::2] == ["accepted", "standard"], found


PLAIN = """
import json, sys
sys.path.insert(0, {here!r})
from other_languages import ATTACKS, RIGHT
from rlvr.errors import RlvrError
from rlvr.sandbox import Limits, SandboxPool, StdinTests
said = []
with SandboxPool(1, packages=()) as pool:
    for name in ATTACKS:
        try:
            right = pool.judge(RIGHT[name], StdinTests([("41", "42")]), language=name)
        except RlvrError as error:
            continue
        said.append([name, "right", right.outcome])
        for what, text in ATTACKS[name].items():
            run = pool.run(text.replace("@FILE@", {file!r}), b"", Limits(cpu=1.0, wall=5.0, memory=200), language=name)
            said.append([name, what, "REACHED" if b"REACHED" in run.stdout else "held"])
print(json.dumps(said))
"""


def test_a_plain_user_is_as_safe(lane, elsewhere, planted):
    folder, _ = planted
    text = PLAIN.format(here=str(Path(__file__).parent), file=str(folder / "secret"))
    found = elsewhere(text, uid=12345, timeout=200)
    assert {outcome for _, what, outcome in found if what == "right"} == {"accepted"}
    assert [row for row in found if row[2] == "REACHED"] == []
    assert len(found) > 20
