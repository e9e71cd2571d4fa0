r"""Golden cases: what a reward must say of a completion, a JSON object in each line of `cases.jsonl`.

{"kind": "accept", "completion": "#### 72", "reference": "72", "why": "the mark of GSM8K"}
{"kind": "reject", "completion": "#### 71 or 72", "reference": "72", "why": "two answers are none"}

A first row without `kind` declares what holds for the rows after it; see `Declaration`. Other projects have files of
the same name: `holds_cases` tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from rlvr.errors import DataError, did_you_mean
from rlvr.rows.fields import BrokenLine, broken_lines_error, kind, prompt_problems, read_object, read_prompt
from rlvr.sample import Json, Prompt, Sample, Task, is_list
from rlvr.verdict import Status

Kind = Literal["accept", "reject", "abstain", "error", "timeout"]
Judges = Literal["answer", "text", "form"]

KINDS: Final = get_args(Kind)
UNSCORED: Final = {"abstain": Status.ABSTAINED, "error": Status.ERROR, "timeout": Status.TIMEOUT}
"""The kinds of cases that have no score, each with the status it asks for."""
JUDGES: Final = get_args(Judges)
_DECLARED: Final = ("reward", "judges", "relations", "answer")
_DEFAULTS: Final = {"reward": "", "judges": "answer", "answer": "{}"}
_OF_SAMPLE: Final = ("truncated", "n_tokens", "reasoning_open")
_KEYS: Final = (
    "reward", "judges", "kind", "completion", "reference", "prompt", "data", "score", "explanation", "why", *_OF_SAMPLE,
)  # fmt: skip
_TELLING: Final = {"kind", "completion", "why"}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a cases file says of its reward.

    Args:
        reward: Its name, for rows that name none; see `rlvr.testing.finding`.
        judges: What counts. `answer`: the meaning, so `**72**.` is as right as `72`. `text`: the very characters.
            `form`: how the answer is written, whatever it says; probes do not apply to such a reward alone.
        relations: Names of the relations that hold, where those that follow from `judges` are not the right ones.
        answer: How this reward wants an answer written, with `{}` in its place: `#### {}`.
    """

    reward: str = ""
    judges: Judges = "answer"
    relations: tuple[str, ...] | None = None
    answer: str = "{}"


@dataclass(frozen=True, slots=True)
class Case:
    """One row.

    Args:
        kind: `accept` (the highest score, or `score`), `reject` (the lowest, or `score`), or a status without a score:
            `abstain`, `error`, `timeout`.
        completion: What the model wrote.
        reference: The answer key.
        prompt: The task's prompt.
        data: The task's further data.
        score: What the score must be, where it is not the end of the range that `kind` implies.
        explanation: What the explanation must be; written by `--update-golden`.
        why: The reason for the verdict, and the name of the test.
        reward: Its name, where the file does not say it.
        judges: What counts in this case, where that is not what the file declares.
        known: Further fields of the sample: `truncated`, `n_tokens`, `reasoning_open`.
        line: Where the row stands.

    >>> Case("accept", "72", reference="72", why="as it is").sample.answer
    '72'
    """

    kind: Kind
    completion: str
    reference: Json = None
    prompt: Prompt = ""
    data: Mapping[str, Json] = field(default_factory=dict[str, Json])
    score: float | None = None
    explanation: str | None = None
    why: str = ""
    reward: str = ""
    judges: Judges | None = None
    known: Mapping[str, Any] = field(default_factory=dict[str, Any])
    line: int = 0

    @property
    def sample(self) -> Sample:
        """The completion as the reward sees it."""
        return Sample(self.completion, self.reference, self.prompt, self.data, id=self.why, **self.known)

    @property
    def task(self) -> Task:
        """The task that the completion is one of."""
        return Task(self.prompt, self.reference, self.data)


@dataclass(frozen=True, slots=True)
class CasesFile:
    """What a cases file holds."""

    path: Path
    declaration: Declaration
    cases: tuple[Case, ...]


def is_cases_file(path: Path) -> bool:
    """Whether a file is one of golden cases, by its name.

    >>> [is_cases_file(Path(name)) for name in ("cases.jsonl", "price.cases.jsonl", "tasks.jsonl")]
    [True, True, False]
    """
    return path.name == "cases.jsonl" or path.name.endswith(".cases.jsonl")


def holds_cases(path: Path) -> bool:
    """Whether a file holds a golden case or a declaration, broken ones included.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "cases.jsonl"
    >>> _ = file.write_text('{"id": 1, "input": "x"}')
    >>> holds_cases(file)
    False
    """
    try:
        lines = _lines(path)
    except DataError:
        return False
    rows: list[Mapping[str, Any]] = []
    for line in lines:
        try:
            rows.append(read_object(line))
        except ValueError:
            continue
    return bool(rows) and (_declares(rows[0]) or any(_is_case(row) for row in rows))


def _declares(row: Mapping[str, Any]) -> bool:
    return row.keys() <= set(_DECLARED) and bool(row.keys() & {"reward", "judges", "relations"})


def _is_case(row: Mapping[str, Any]) -> bool:
    return len(row.keys() & _TELLING) > 1 or ("kind" in row and row.keys() <= set(_KEYS))


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def read_cases(path: str | Path) -> CasesFile:
    """The cases of a file.

    Args:
        path: JSONL with `kind`, `completion` and `why`, and as needed `reference`, `prompt`, `data`, `score`,
            `explanation`, `reward`, `judges`, `truncated`, `n_tokens` and `reasoning_open`; before
            them perhaps a declaration.

    Raises:
        DataError: There is no case, some lines are none, or two of them have the same `why`.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "cases.jsonl"
    >>> _ = file.write_text('{"kind": "accept", "completion": "4", "reference": "4", "why": "as it is"}')
    >>> read_cases(file).cases[0].why
    'as it is'
    """
    path = Path(path).expanduser()
    lines = _lines(path)
    declaration, cases, broken, seen = Declaration(), list[Case](), list[BrokenLine](), dict[tuple[str, str], int]()
    first = True
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = read_object(line)
            if first and "kind" not in row and "completion" not in row:
                declaration = _declaration(row)
            else:
                case = _case(row, number)
                if (before := seen.setdefault((case.reward, case.why), number)) != number:
                    raise ValueError(f"line {before} has the same `why`; it names the test.")  # noqa: TRY301
                cases.append(case)
        except ValueError as error:
            broken.append(BrokenLine(number, str(error), line))
        first = False
    if broken:
        raise broken_lines_error(str(path), broken, hint=_HINT)
    if not cases:
        raise DataError(f"{path} holds no golden case.", hint=_HINT)
    return CasesFile(path, declaration, tuple(cases))


_HINT = """A case is {"kind": "accept", "completion": "#### 72", "reference": "72", "why": "the mark of GSM8K"}."""


def _declaration(row: Mapping[str, Any]) -> Declaration:
    if problems := list(_declaration_problems(row)):
        raise ValueError(" ".join(problems))
    relations: list[str] | None = row.get("relations")
    return Declaration(
        row.get("reward", ""),
        row.get("judges", "answer"),
        None if relations is None else tuple(relations),
        row.get("answer", "{}"),
    )


def _declaration_problems(row: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown key `{key}`.{did_you_mean(key, _DECLARED)}" for key in row if key not in _DECLARED)
    texts = {key: row.get(key, default) for key, default in _DEFAULTS.items()}
    yield from (f"`{key}` is {kind(it)}; it is a text." for key, it in texts.items() if not isinstance(it, str))
    answer = str(texts["answer"])
    yield from _judges_problems(texts["judges"])
    if answer.count("{}") != 1:
        yield f"`answer` is `{answer}`; it has one `{{}}`, where the answer goes."
    relations = row.get("relations", [])
    if not is_list(relations) or not all(isinstance(name, str) for name in relations):
        yield "`relations` is no list of names."


def _case(row: Mapping[str, Any], number: int) -> Case:
    if problems := list(_problems(row)):
        raise ValueError(" ".join(problems))
    return Case(
        row["kind"],
        row["completion"],
        reference=row.get("reference"),
        prompt=read_prompt(row.get("prompt", "")),
        data=row.get("data") or {},
        score=row.get("score"),
        explanation=row.get("explanation"),
        why=row["why"],
        reward=row.get("reward", ""),
        judges=row.get("judges"),
        known={key: row[key] for key in _OF_SAMPLE if key in row},
        line=number,
    )


def _problems(row: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown key `{key}`.{did_you_mean(key, _KEYS)}" for key in row if key not in _KEYS)
    if row.get("kind") not in KINDS:
        yield f"`kind` is {row.get('kind', 'not there')}; it is one of {', '.join(KINDS)}."
    yield from (f"no `{key}`." for key in ("completion", "why") if key not in row)
    if row.get("why") == "":
        yield "`why` is empty; it names the test."
    for key in ("completion", "why", "reward", "explanation"):
        if not isinstance(row.get(key, ""), str):
            yield f"`{key}` is {kind(row[key])}; it is a text."
    if "judges" in row:
        yield from _judges_problems(row["judges"])
    if not isinstance(row.get("data", {}), dict):
        yield f"`data` is {kind(row['data'])}; it is an object."
    if row.get("prompt"):
        yield from prompt_problems(row["prompt"])
    yield from _score_problems(row.get("score"), row.get("kind"))


def _judges_problems(judges: object) -> Iterator[str]:
    if judges not in JUDGES:
        yield f"`judges` is `{judges}`.{did_you_mean(str(judges), JUDGES)} It is one of {', '.join(JUDGES)}."


def _score_problems(score: object, kind_of_case: object) -> Iterator[str]:
    if score is None:
        return
    if isinstance(score, bool) or not isinstance(score, int | float):
        yield f"`score` is {kind(score)}; it is a number."
    if kind_of_case in UNSCORED:
        yield f"a case of kind `{kind_of_case}` has no score."
