"""Rows are read one by one, groups are not cut, and what many verdicts come to takes little memory."""

import json
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlvr import Message, Sample, Task, Verdict, group_reward, registered
from rlvr.errors import DataError
from rlvr.observe.rollout_rows import rollout_row, stream_rows, write_rollouts
from rlvr.observe.run_folder import RunFolder
from rlvr.review.rows import Row, read_rows
from rlvr.review.scoring import BATCH, row_batches, score_rows
from rlvr.review.tally import Tally
from rlvr.review.tasks import leaked, repeated


def test_rows_are_read_as_they_are_needed(tmp_path):
    file = tmp_path / "in.jsonl"
    file.write_text('\ufeff{"completion": "a", "id": 7}\n\n' + '{"completion": "b"}\n' * 10 + "torn")
    rows = read_rows(str(file))
    first, second = islice(rows, 2)
    assert (first.sample.id, second.place) == ("7", f"{file}:3")
    with pytest.raises(DataError, match="line 13: no JSON"):
        list(rows)


def test_fields_of_a_sample(tmp_path):
    row = {
        "completion": "[t]4[/t]5",
        "prompt": [{"role": "user", "content": "?"}],
        "data": {"a": 1},
        "truncated": True,
        "n_tokens": 3,
        "reasoning_tags": ["[t]", "[/t]"],
        "group": 2,
        "reference": None,
    }
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps(row))
    (found,) = read_rows(str(file))
    sample = found.sample
    assert (sample.answer, sample.prompt, sample.group) == ("5", (Message("user", "?"),), "2")
    assert (sample.truncated, sample.n_tokens, dict(sample.data)) == (True, 3, {"a": 1})
    for name, wrong in (("n_tokens", True), ("reasoning_tags", ["<t>"]), ("truncated", 1), ("prompt", 3)):
        file.write_text(json.dumps(row | {name: wrong}))
        with pytest.raises(DataError, match=f"`{name}`"):
            list(read_rows(str(file)))


def test_parquet_of_somebody_else_is_read_as_it_is(tmp_path):
    rows = [{"completion": "4", "reference": "[4]", "prompt": '[{"role": "user"}]'}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "other.parquet")
    assert [fields for _, fields in stream_rows(tmp_path / "other.parquet")] == rows
    (row,) = read_rows(str(tmp_path / "other.parquet"))
    assert row.sample.reference == "[4]"
    (tmp_path / "torn.parquet").write_bytes(b"torn")
    with pytest.raises(DataError, match=r"torn\.parquet cannot be read"):
        list(read_rows(str(tmp_path / "torn.parquet")))


@pytest.mark.parametrize("prompt", ["plain", '[{"role": 3}, 4]', (Message("system", "Be."), Message("user", "?"))])
def test_prompts_and_groups_of_a_run_come_back(tmp_path, prompt):
    folder = RunFolder.create(tmp_path, "it", "x: 1")
    task = Task(prompt, reference={"max": 3}, data={"unit": "words"})
    known = {"run": "it", "group": 4, "sample": 0, "reward": "r@1"}
    for step in (1, 2):
        write_rollouts(folder, step, [rollout_row(task, "a", Verdict.right(), step=step, **known)])
    rows = list(read_rows(str(folder.path)))
    assert [row.sample.prompt for row in rows] == [prompt, prompt]
    assert [row.sample.group for row in rows] == ["1/4", "2/4"]
    assert rows[0].sample.reference == {"max": 3}
    assert rows[0].sample.data == {"unit": "words"}


def rows_of(*prompts):
    return [Row(f"f:{i}", {}, Sample("x" * (i % 4), prompt=prompt)) for i, prompt in enumerate(prompts)]


def test_no_group_is_cut_in_two(monkeypatch):
    monkeypatch.setattr(registered, "by_name", dict(registered.by_name))

    @group_reward("t.longest")
    def longest(samples):
        most = max(len(sample.completion) for sample in samples)
        return [len(sample.completion) == most for sample in samples]

    rows = rows_of(*(str(i // 7) for i in range(3 * BATCH)))
    batches = list(row_batches(rows, by_group=True))
    assert [row for batch in batches for row in batch] == rows
    assert len(batches) >= 3
    owners = [{row.sample.prompt for row in batch} for batch in batches]
    assert not owners[0] & owners[1]
    scores = [verdict.score for _, verdict in score_rows(longest, rows)]
    assert scores[:7] == [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    with pytest.raises(DataError, match="f:2 belongs to a group"):
        list(score_rows(longest, rows_of("a", "b", "a")))


def test_a_tally_of_many_values_has_ten_bars_over_the_range():
    tally = Tally((-1.0, 1.0))
    for i in range(100):
        tally.add(f"f:{i}", Verdict(i / 100, explanation=f"'{i}' of {i}"))
    bars = tally.histogram()
    assert (len(bars), bars[0].low, bars[-1].high) == (10, -1.0, 1.0)
    assert [bar.count for bar in bars] == [0] * 5 + [20] * 5
    assert tally.quantiles(0.0, 0.5, 1.0) == pytest.approx([0.0, 0.495, 0.99])
    (one,) = tally.explanations(5)
    assert (one.text, one.count, one.place) == ("… of …", 100, "f:0")


def test_a_tally_of_nothing():
    tally = Tally((0.0, 1.0))
    assert (tally.mean, tally.quantiles(0.5), tally.failure_rate, tally.explanations(3)) == (None, [], 0.0, [])
    assert tally.as_dict()["latency_seconds"] == {}


@pytest.mark.parametrize(
    ("prompt", "reference", "leaks"),
    [
        ("What is 6 * 7? It is 42.", "42", False),  # stands there by chance too often
        ("The total is 123,456 of which", "123,456", True),
        ("The total is 10,000 of which", "10,000", False),
        ("The total is 9123,456 of which", "123,456", False),
        ("Say: The  QUICK\nbrown fox", "the quick brown fox", True),
        ("thequickbrownfoxes", "the quick brown fox", False),
        ("Is it Paris or Rome?", "Paris", False),
        ("译文是我们明天去北京吧。", "我们明天去北京", True),
        ("译文是北京。", "北京", False),
        ((Message("system", "Hint: photosynthesis."), Message("user", "?")), "Photosynthesis", True),
        ("anything", {"max": 3}, False),
    ],
)
def test_what_counts_as_a_leak(prompt, reference, leaks):
    assert bool(list(leaked([("f:1", Task(prompt, reference))]))) is leaks


def test_tasks_that_differ_in_their_data_are_different():
    tasks = [Task("Write.", data={"max": 3}), Task("Write.", data={"max": 4}), Task("Write.", data={"max": 3})]
    found = list(repeated([(f"f:{i}", task) for i, task in enumerate(tasks)]))
    assert [(one.kind, one.place) for one in found] == [("duplicate", "f:2")]
    chats = [Task((Message("user", "a"), Message("user", "b"))), Task((Message("user", "a b"),))]
    assert list(repeated([(f"f:{i}", task) for i, task in enumerate(chats)])) == []
