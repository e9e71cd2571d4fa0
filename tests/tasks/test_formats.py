"""Rows as data sets publish them: read where they are, and named where they are broken."""

import gzip
import json
from pathlib import Path

import pytest

from rlvr import get_reward
from rlvr.errors import ConfigError, DataError
from rlvr.sample import sample_of
from rlvr.tasks.formats import format_names, read_as, read_published, reader_of

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def rows(tmp_path):
    def written(*rows, name="rows.jsonl"):
        text = "".join(json.dumps(row) + "\n" for row in rows).encode()
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return str(tmp_path / name)

    return written


def test_tasks_of_rows(rows):
    row = {"question": "How many?", "answer": "6 * 12 = <<6*12=72>>72\n#### 72"}
    for name in ("rows.jsonl", "rows.jsonl.gz"):
        [task] = read_published(rows(row, name=name), "gsm8k")
        assert (task.prompt, task.reference, task.id) == ("How many?", "72", f"{name}:1")
        assert task.demonstration == "6 * 12 = 72\n#### 72"


@pytest.mark.parametrize(
    ("row", "reference"),
    [
        (
            {"problem": "p", "solution": r"Halved, $\boxed{\frac{1}{2}}$.", "level": "Level 1"},
            r"\frac{1}{2}",
        ),
        ({"problem": "p", "solution": "Half.", "answer": "1/2", "unique_id": "test/1.json"}, "1/2"),
    ],
)
def test_competition_mathematics(rows, row, reference):
    [task] = read_published(rows(row), "math")
    assert task.reference == reference
    assert task.data == ({"level": "Level 1"} if "level" in row else {})
    assert task.id in ("rows.jsonl:1", "test/1.json")


def test_rows_that_are_none_are_named_together(rows):
    bad = [{"question": "q"}, {"question": "q", "answer": "72"}, *[{}] * 6]
    with pytest.raises(DataError) as error:
        read_published(rows({"question": "q", "answer": "#### 1"}, *bad), "gsm8k")
    said = str(error.value).splitlines()
    assert said[0].endswith("rows.jsonl has rows that are not of the form `gsm8k`:")
    assert said[1] == "  rows.jsonl:2: A row of GSM8K has the texts `question` and `answer`."
    assert said[2] == "  rows.jsonl:3: The `answer` of a row of GSM8K ends in `#### 72`."
    assert said[-1] == "  and 3 more."


def test_what_is_not_there_is_named(rows, tmp_path):
    with pytest.raises(DataError, match=r"There is no file .*no\.jsonl"):
        read_as(f"{tmp_path}/no.jsonl", "gsm8k")
    with pytest.raises(DataError, match="holds no tasks"):
        read_as(rows(), "gsm8k")
    with pytest.raises(ConfigError, match=r"there is no `gsm`\. Did you mean `gsm8k`"):
        reader_of("gsm")


def test_every_form_has_a_reader():
    assert all(callable(reader_of(name)) for name in format_names())


def test_every_published_solution_of_gsm8k_scores(request):
    file = DATA / "math" / "gsm8k_test.jsonl"
    if not file.is_file():
        pytest.skip(f"{file} is not here")
    tasks = read_published(str(file), "gsm8k")
    assert len(tasks) == 1319
    judge = get_reward("math.final_number")
    assert all(judge(sample_of(task, task.demonstration)).score == 1.0 for task in tasks[:300])


def test_humaneval_is_read_from_its_gzipped_file():
    file = DATA / "code" / "HumanEval.jsonl.gz"
    if not file.is_file():
        pytest.skip(f"{file} is not here")
    tasks = read_published(str(file), "human_eval")
    assert len(tasks) == 164
    assert {task.reward for task in tasks} == {"code.asserts"}
