"""SandboxFusion's HTTP API, as far as we speak it: what a request asks for, and what a run is in its words.

`POST /run_code` runs a program; `POST /submit` takes an answer with code in it and a row of tests of standard input.
The field names are those of its published API (github.com/bytedance/SandboxFusion, `sandbox/server/sandbox_api.py` and
`sandbox/datasets/types.py`); `verdict`, which other clients pass over, is ours.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from rlvr.sandbox.checks import StdinTests
from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.errors import BadTestsError, RequestError
from rlvr.sandbox.files import Files
from rlvr.sandbox.interface import RunJob
from rlvr.sandbox.judges.compare import Comparison
from rlvr.sandbox.languages.catalogue import PYTHON, language_of
from rlvr.sandbox.outcome import Judgement, Outcome, Run

SUCCESS: Final = "Success"
FAILED: Final = "Failed"
OURS: Final = "SandboxError"
FINISHED: Final = "Finished"
TIMED_OUT: Final = "TimeLimitExceeded"

_TIMEOUT: Final = 10.0
_LONGEST: Final = 120.0
_MEMORY: Final = 1024
_MOST_MEMORY: Final = 8192
_LEEWAY: Final = 8.0
_HUGE: Final = 1e9
_THEIRS: Final = {"javascript": "nodejs"}
_FENCE: Final = re.compile(r"^[ \t]*```[ \t]*([\w+#-]*)[^\n]*\n(.*?)^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_STATUS: Final = re.compile(r"exit status (\d+)")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What `/run_code` is asked for.

    Args:
        code: The program.
        language: See `rlvr.sandbox.languages.catalogue`.
        stdin: What it reads.
        limits: What it may take.
        files: What lies beside it, and what of its folder is wanted; `None` for neither.
        names: How the client wrote the paths of `files.wanted`.
    """

    code: str
    language: str
    stdin: bytes
    limits: Limits
    files: Files | None = None
    names: tuple[str, ...] = ()

    @property
    def job(self) -> RunJob:
        """As a sandbox takes it."""
        return RunJob(self.code, self.stdin, self.limits, self.language, self.files)


def read_run(body: Mapping[str, Any]) -> RunRequest:
    """What the body of a request says.

    Raises:
        RequestError: A field is missing, of the wrong type, or of no use here; names it.
        UnknownLanguageError: There is no such language.

    >>> read_run({"code": "print(7)", "language": "python", "run_timeout": 2}).limits.cpu
    2.0
    """
    if body.get("args"):
        raise RequestError("`args` is not served here: programs start without arguments.")
    code, language, stdin = body.get("code"), body.get("language"), body.get("stdin")
    if not isinstance(code, str):
        raise RequestError("`code` is missing, or no text.")
    if not isinstance(language, str):
        raise RequestError("`language` is missing, or no text.")
    if not isinstance(stdin, str | None):
        raise RequestError("`stdin` is no text.")
    language_of(language)
    files, names = read_files(body)
    return RunRequest(code, language, (stdin or "").encode(errors="replace"), read_limits(body), files, names)


def read_files(body: Mapping[str, Any]) -> tuple[Files | None, tuple[str, ...]]:
    """What a request gives in `files`, each in base64, and wants by `fetch_files`; and how it writes what it wants.

    Raises:
        RequestError: They are of another form; names the file.
        BadFilesError: Paths out of the program's folder, or too much of them.

    >>> read_files({"files": {"a.txt": "NQ=="}, "fetch_files": ["./b.txt"]})
    (Files(given=(('a.txt', b'5'),), wanted=('b.txt',)), ('./b.txt',))
    """
    given: Any = body.get("files") or {}
    wanted: Any = body.get("fetch_files") or []
    if not isinstance(given, dict) or not isinstance(wanted, list):
        raise RequestError("`files` is an object, of paths and contents, and `fetch_files` a list of paths.")
    if not given and not wanted:
        return None, ()
    names = [name for name in cast("list[Any]", wanted) if isinstance(name, str)]
    if len(names) < len(cast("list[Any]", wanted)):
        raise RequestError("`fetch_files` is a list of paths.")
    contents: list[tuple[str, bytes]] = []
    for name, text in cast("dict[str, Any]", given).items():
        if text is None:
            continue  # as there: a file that is named and not given
        try:
            contents.append((_plain(name), base64.b64decode(text, validate=True)))
        except (ValueError, TypeError):
            raise RequestError(f"`files` holds {name!r:.80}, whose content is not in base64.") from None
    return Files(tuple(contents), tuple(_plain(name) for name in names)), tuple(names)


def _plain(name: str) -> str:
    while name.startswith("./"):
        name = name[2:]
    return name


def read_limits(body: Mapping[str, Any]) -> Limits:
    """The limits of a request, no higher than this service lets them be.

    Its timeout is of processor time; of the clock there is some more, for a machine that is busy.

    Raises:
        RequestError: They are no numbers.

    >>> read_limits({"memory_limit_MB": -1}).memory
    1024
    """
    timeout, memory = body.get("run_timeout", _TIMEOUT), body.get("memory_limit_MB", -1)
    for name, value in (("run_timeout", timeout), ("memory_limit_MB", memory)):
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _HUGE:
            raise RequestError(f"`{name}` is {value!r:.50}; it is a number.")
    seconds = float(min(timeout, _LONGEST))
    if seconds <= 0:
        raise RequestError("`run_timeout` is a number of seconds above 0.")
    mib = _MEMORY if memory <= 0 else int(min(memory, _MOST_MEMORY))
    return Limits(cpu=seconds, wall=min(3 * seconds + 2, seconds + _LEEWAY), memory=max(1, mib))


def response(run: Run, names: Sequence[str] = ()) -> dict[str, Any]:
    """A run in the words of `/run_code`.

    Args:
        run: How it ended.
        names: How the client wrote the paths of the files that it wanted.

    >>> response(Run(None, b"7"))["run_result"]["stdout"]
    '7'
    """
    status = SUCCESS if run.ending is None else FAILED
    verdict = "" if run.ending is None else str(run.ending)
    built = run.ending is not Outcome.COMPILE_ERROR
    files = dict(run.files)
    done = {
        "status": TIMED_OUT if run.ending is Outcome.TIME_LIMIT else FINISHED,
        "execution_time": round(run.wall, 4),
        "return_code": None if run.ending is Outcome.TIME_LIMIT else _code(run),
        "stdout": run.stdout.decode(errors="replace"),
        "stderr": run.stderr,
    }
    return {
        "status": status,
        "message": run.explanation,
        "compile_result": None if built else done,
        "run_result": done if built else None,
        "executor_pod_name": None,
        "files": {name: base64.b64encode(files[path]).decode() for name in names if (path := _plain(name)) in files},
        "verdict": verdict,
        "memory": round(run.memory, 1),
        "cpu": round(run.cpu, 4),
    }


def _code(run: Run) -> int:
    told = _STATUS.search(run.explanation)
    return 0 if run.ending is None else int(told[1]) if told else 1


def failure(message: str) -> dict[str, Any]:
    """What is ours, in the words of `/run_code`.

    >>> failure("no lane")["status"]
    'SandboxError'
    """
    return {
        "status": OURS,
        "message": message,
        "compile_result": None,
        "run_result": None,
        "executor_pod_name": None,
        "files": {},
        "verdict": str(Outcome.SANDBOX_ERROR),
    }


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """What `/submit` is asked for.

    Args:
        name: The row's id.
        code: What of the completion is a program; empty where nothing is.
        language: See `rlvr.sandbox.languages.catalogue`.
        tests: Of the row that came along.
        limits: What it may take.
    """

    name: str | int
    code: str
    language: str
    tests: StdinTests
    limits: Limits


def read_submit(body: Mapping[str, Any]) -> SubmitRequest:
    """What the body of a request says; the tests are those that come with it, `config.provided_data.test`.

    Raises:
        RequestError: A field is missing or of the wrong type, or the tests are to be looked up in a data set.
        UnknownLanguageError: There is no such language.

    >>> data = {"test": [{"input": {"stdin": "1"}, "output": {"stdout": "2"}}]}
    >>> body = {"dataset": "d", "id": 1, "completion": "x", "config": {"language": "cpp", "provided_data": data}}
    >>> read_submit(body).tests.total
    1
    """
    config, completion = body.get("config"), body.get("completion")
    if not isinstance(config, dict) or not isinstance(completion, str):
        raise RequestError("`config` is an object, and `completion` a text.")
    config = cast("dict[str, Any]", config)
    if config.get("custom_extract_logic"):
        raise RequestError("`custom_extract_logic` is not served here: the last fenced block is the program.")
    rows = _tests_of(config.get("provided_data"), body.get("id"))
    language = str(config.get("language") or PYTHON)
    language_of(language)
    cases: list[tuple[str, str]] = []
    try:
        for test in rows:
            if {*test["input"]} - {"stdin"} or {*test["output"]} - {"stdout"}:
                raise RequestError("Tests with files are not served here, only `stdin` and `stdout`.")
            cases.append((test["input"].get("stdin", ""), test["output"]["stdout"]))
        tests = StdinTests(cases, Comparison())
    except (KeyError, TypeError, AttributeError) as error:
        raise RequestError(
            f"A test is `{{input: {{stdin}}, output: {{stdout}}}}`; here is one without: {error}."
        ) from None
    except BadTestsError as error:
        raise RequestError(error.message) from None
    name = body.get("id", 0)
    limits = read_limits({key: value for key, value in config.items() if value is not None})
    return SubmitRequest(name if isinstance(name, str | int) else 0, extract(completion), language, tests, limits)


def _tests_of(provided: Any, name: Any) -> list[Any]:
    """The tests of a row: a list, or a JSON text of one, as the service's own data sets hold it."""
    if isinstance(provided, list):  # a data set: the row of that name
        rows = [cast("dict[str, Any]", row) for row in cast("list[Any]", provided) if isinstance(row, dict)]
        provided = next((row for row in rows if str(row.get("id")) == str(name)), None)
    tests = cast("dict[str, Any]", provided).get("test") if isinstance(provided, dict) else None
    if isinstance(tests, str):
        try:
            tests = json.loads(tests)
        except (ValueError, RecursionError):
            raise RequestError("`config.provided_data.test` is a text that is no JSON.") from None
    if not isinstance(tests, list):
        raise RequestError(
            "No data sets are kept here: give the row's tests in `config.provided_data.test`, a list or a JSON text of "
            "one, each `{input: {stdin}, output: {stdout}}`."
        )
    return cast("list[Any]", tests)


def extract(completion: str) -> str:
    """The last fenced block of a text; nothing where there is none.

    >>> extract("so:\\n```python\\nprint(7)\\n```\\n")
    'print(7)\\n'
    """
    blocks = _FENCE.findall(completion)
    return blocks[-1][1] if blocks else ""


def result(request: SubmitRequest, judged: Judgement) -> dict[str, Any]:
    """A judgement in the words of `/submit`.

    >>> tests = StdinTests([("", "7")])
    >>> result(SubmitRequest(1, "", "python", tests, Limits()), Judgement(Outcome.WRONG_ANSWER, total=1))["accepted"]
    False
    """
    tests: list[dict[str, Any]] = []
    for one in judged.tests:
        passed = one.outcome is Outcome.ACCEPTED
        info = {"status": SUCCESS if passed else FAILED, "message": one.explanation, "verdict": str(one.outcome)}
        tests.append({"passed": passed, "exec_info": info, "test_info": None})
    return {
        "id": request.name,
        "accepted": judged.outcome is Outcome.ACCEPTED,
        "extracted_code": request.code,
        "full_code": None,
        "test_code": None,
        "tests": tests,
        "extracted_type": "fenced" if request.code else "empty",
        "extra": judged.as_dict(),
    }


def run_of(answer: Mapping[str, Any], limits: Limits) -> Run:
    """The run that an answer of `/run_code` tells of.

    Raises:
        ValueError: It is no such answer, or says that the failure is the service's own.

    >>> done = {"status": "Finished", "return_code": 0, "stdout": "7"}
    >>> run_of({"status": "Success", "run_result": done}, Limits()).stdout
    b'7'
    """
    status = answer.get("status")
    if status not in (SUCCESS, FAILED):
        raise ValueError(f"it says {status!r:.40}: {answer.get('message')!r:.200}")
    built, done = answer.get("compile_result"), answer.get("run_result")
    if isinstance(built, dict) and _bad(cast("dict[str, Any]", built)):
        told = cast("dict[str, Any]", built)
        return Run(Outcome.COMPILE_ERROR, b"", _text(told, "stderr")[-4096:], explanation="it does not compile")
    if not isinstance(done, dict):
        raise ValueError("its answer holds no `run_result`")  # noqa: TRY004 - of an answer, not of an argument
    told = cast("dict[str, Any]", done)
    wall = told.get("execution_time")
    wall = float(wall) if isinstance(wall, int | float) else 0.0
    ending, why = _ending(told, str(answer.get("verdict") or ""), limits)
    if status == FAILED and ending is None:
        ending, why = Outcome.RUNTIME_ERROR, "the service says that it failed"
    stdout = _text(told, "stdout").encode(errors="replace")
    cpu, memory = answer.get("cpu"), answer.get("memory")
    return Run(
        ending,
        stdout[: limits.output << 20],
        _text(told, "stderr")[-4096:],
        float(cpu) if isinstance(cpu, int | float) else wall,
        wall,
        float(memory) if isinstance(memory, int | float) else 0.0,
        why,
        files=_files_of(answer.get("files")),
    )


def _files_of(told: Any) -> tuple[tuple[str, bytes], ...]:
    if not isinstance(told, dict):
        return ()
    return tuple((str(name), base64.b64decode(text)) for name, text in cast("dict[str, Any]", told).items())


def _bad(told: dict[str, Any]) -> bool:
    return told.get("status") != FINISHED or told.get("return_code") != 0


def _ending(told: dict[str, Any], verdict: str, limits: Limits) -> tuple[Outcome | None, str]:
    if told.get("status") == TIMED_OUT:
        return Outcome.TIME_LIMIT, f"more than {limits.cpu:g} s"
    if told.get("status") != FINISHED:
        raise ValueError(f"the program's status is {told.get('status')!r:.40}")
    if told.get("return_code") == 0 and not verdict:
        return None, ""
    try:
        named = Outcome(verdict)
    except ValueError:
        named = Outcome.RUNTIME_ERROR
    if named in (Outcome.ACCEPTED, Outcome.SANDBOX_ERROR):
        raise ValueError(f"the program's verdict is {verdict!r:.40}")
    if named is Outcome.RUNTIME_ERROR and _text(told, "stderr").rstrip().rsplit("\n", 1)[-1].startswith("MemoryError"):
        named = Outcome.MEMORY_LIMIT
    return named, f"exit status {told.get('return_code')!r:.20}"


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def their_name(language: str) -> str:
    """What SandboxFusion calls a language.

    >>> their_name("javascript"), their_name("py")
    ('nodejs', 'python')
    """
    row = language_of(language)
    return PYTHON if row is None else _THEIRS.get(row.name, row.name)
