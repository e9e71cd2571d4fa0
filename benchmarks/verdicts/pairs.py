"""References and completions with a verdict from outside: the data beside the repository, Math-Verify's own tests."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "math"
UPSTREAM: Final = Path(__file__).resolve().parents[2] / ".venv" / "math-peers" / "math_verify-0.9.0" / "tests"


@dataclass(frozen=True)
class Pair:
    """A reference, a completion, and what is to be said of it.

    Args:
        gold: The reference.
        completion: What is judged.
        expected: Whether it is right.
        name: Where it comes from.
        policy: The verdict is a decision and no fact.
        data: What the task declares.
        unsound: Why an outside expectation is not ours.
    """

    gold: str
    completion: str
    expected: bool
    name: str = ""
    policy: bool = False
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    unsound: str = ""


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with (DATA / name).open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):  # a file may be cut off within its last row
                yield json.loads(line)


def gsm8k_solutions() -> list[Pair]:
    """The 5,276 published solutions of four models, with OpenAI's `is_correct`."""
    return [
        Pair(row["ground_truth"], model["solution"], model["is_correct"], name)
        for row in _rows("gsm8k_model_solutions.jsonl")
        for name, model in _models(row)
    ]


def _models(row: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, model) for name, model in row.items() if isinstance(model, dict)]


def gsm8k_references() -> list[Pair]:
    """Every answer of GSM8K, given as the answer to its own question."""
    return [
        Pair(row["answer"], row["answer"].rpartition("#### ")[2], expected=True, name=name)
        for name in ("gsm8k_test.jsonl", "gsm8k_train.jsonl")
        for row in _rows(name)
    ]


def adversarial() -> list[Pair]:
    """Right answers in other words and wrong ones that look right."""
    return [
        Pair(row["gold"], row["prediction"], row["expected"], row["id"], row["policy"])
        for row in _rows("adversarial_pairs.jsonl")
    ]


def hangs() -> list[Pair]:
    """Answers that keep verifiers busy."""
    return [Pair(row["gold"], row["prediction"], row["expected"], row["id"]) for row in _rows("hang_cases.jsonl")]


_UNSOUND: Final = (
    ("test_latex_notation", "Answer \\( \n 9 \n \\)", "whether a formula may span lines is no matter of mathematics"),
    ("test_latex_notation", "Answer $ \n 9 \n $", "whether a formula may span lines is no matter of mathematics"),
    ("test_relations_math", "= 7 =11", "7 = 11 is false"),
    ("test_relations_math", "5+5+1 = 1/3", "11 = 1/3 is false"),
    ("test_relations_math", "3+3 = 2", "6 = 2 is false"),
    ("test_relations_math", "zzz", "the reference says that 1 = 0"),
    ("test_matrix_extraction", "The sum is", "a calculation that is not carried out"),
    ("test_matrix_extraction", "When multiplying", "a calculation that is not carried out"),
    (
        "test_set_rel_assymetry",
        "$-2 \\\\le x \\\\le 7$",
        "the same numbers, right one way round and wrong the other",
    ),
    ("test_numina_cases", "W(x)=1orW(x)=-1", "the reference is a box that is never closed"),
    ("test_open_thoughts", "no no", "about how a reference is read; both say 1 and 2"),
    ("test_strict_variable_comparison", "$f(y)$ is", "f(x) is f(y) only with `strict=False`"),
    ("test_string_extraction", "1 + \\frac{1}{\\mathrm{e}}", "1 - 1/e is not 1 + 1/e; repaired upstream by PR 82"),
    ("test_symbols", "$13$", "a tab in the reference: it tests nothing"),
)


def upstream(folder: Path = UPSTREAM) -> list[Pair]:
    """The pairs in Math-Verify's own tests (its source distribution), and which of its expectations are not sound."""
    found: list[Pair] = []
    for file in sorted(folder.glob("test_*.py")):
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                for mark in function.decorator_list:
                    found += _parametrised(function.name, mark)
    return found


def _parametrised(test: str, mark: ast.expr) -> Iterator[Pair]:
    if not (isinstance(mark, ast.Call) and "parametrize" in ast.unparse(mark.func)):
        return
    try:
        names, rows = (ast.literal_eval(argument) for argument in mark.args)
    except ValueError:
        return  # computed in the test itself
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    if not {"gold", "pred"} <= set(names):
        return
    for values in rows:
        row = dict(zip(names, values, strict=False))
        gold, completion = row["gold"], row["pred"]
        expected = bool(row.get("expected", row.get("result")))
        told = f"{gold} <- {completion} {'is' if expected else 'is not'}"
        reasons = (why for name, part, why in _UNSOUND if name == test and part in told)
        unsound = next(reasons, "")
        decimals = row.get("precision", 6)
        yield Pair(
            gold, completion, expected, test, data={"decimals": decimals} if decimals != 6 else {}, unsound=unsound
        )
