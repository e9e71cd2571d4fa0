"""Rollouts come back as they were, whatever a model wrote."""

from __future__ import annotations

import dataclasses
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlvr import Message, Status, Task, Verdict
from rlvr.errors import DataError
from rlvr.observe.rollout_rows import (
    SCHEMA_VERSION,
    RolloutRow,
    read_rollouts,
    rollout_row,
    rollout_steps,
    truncate_rollouts_after,
    write_rollouts,
)
from rlvr.observe.run_folder import RunFolder

RIGHT = Verdict.right("42", "42")


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path, "first", "")


def row(completion="42", verdict=RIGHT, *, step=1, **known):
    task = Task("6 * 7 =", reference="42", id="mul-1")
    place = {"run": "first", "step": step, "group": 0, "sample": 0, "reward": "math.number@1+abc"}
    return rollout_row(task, completion, verdict, **{**place, **known})


def test_every_column_comes_back(folder):
    whole = row(advantage=0.5, used=False, truncated=True, n_tokens=2, log_prob_mean=-0.1, gap_mean=1e-6)
    path = write_rollouts(folder, 10, [whole, row()])
    assert path.name == "step-000010.parquet"
    table = read_rollouts(folder, 10)
    assert [RolloutRow(**known) for known in table.to_pylist()] == [whole, row()]
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"


def test_types_are_declared_and_not_guessed_from_the_rows(folder):
    write_rollouts(folder, 1, [row()])
    schema = read_rollouts(folder).schema
    assert schema.names == [field.name for field in dataclasses.fields(RolloutRow)]
    # All null in this step: a guess would have said `null`, and the next step's file would not fit.
    assert schema.field("advantage").type == pa.float64()
    assert schema.field("n_tokens").type == pa.int64()


@pytest.mark.parametrize("text", ["a\x00b", "lone \udc80 surrogate", "\u202e مرحبا", "", "\r\n\x1b[31m", "😀" * 1000])
def test_no_completion_breaks_the_file(folder, text):
    write_rollouts(folder, 1, [row(text, Verdict.wrong(text, extracted=text))])
    (known,) = read_rollouts(folder).to_pylist()
    stored = text.replace("\udc80", "\\udc80")
    assert (known["completion"], known["explanation"], known["extracted"]) == (stored, stored, stored)


def test_chat_parts_and_failures_are_readable_data(folder):
    verdict = Verdict(0.4, components={"a": Verdict.right(), "b": Verdict(0.2)}, metrics={"overlap": float("nan")})
    task = Task((Message("system", "be\ud800"), Message("user", "é")), reference={"k": [1, None]})
    place = {"run": "first", "step": 1, "group": 0, "reward": "x"}
    failed = Verdict.unscored(Status.TIMEOUT, "10 s")
    write_rollouts(
        folder, 1, [rollout_row(task, "", verdict, sample=0, **place), rollout_row(task, "", failed, sample=1, **place)]
    )
    first, second = read_rollouts(folder).to_pylist()
    assert json.loads(first["prompt"])[1] == {"role": "user", "content": "é"}
    assert json.loads(first["reference"]) == {"k": [1, None]}
    assert json.loads(first["components"])["b"]["score"] == 0.2
    assert json.loads(first["metrics"]) == {"overlap": None}
    assert (second["score"], second["status"]) == (None, "timeout")


def test_steps_are_read_in_order_and_forgotten_on_resume(folder):
    for step in (1000, 2, 1):
        write_rollouts(folder, step, [row(step=step)])
    write_rollouts(folder, 2, [row("again", step=2)])
    assert read_rollouts(folder).column("step").to_pylist() == [1, 2, 1000]
    truncate_rollouts_after(folder, 2)
    assert rollout_steps(folder) == [1, 2]
    assert read_rollouts(folder, 2).column("completion").to_pylist() == ["again"]


def test_what_is_missing_is_said(folder):
    assert read_rollouts(folder).num_rows == 0
    with pytest.raises(DataError, match=r"step 3 .* there are none"):
        read_rollouts(folder, 3)
    write_rollouts(folder, 1, [])
    with pytest.raises(DataError, match=r"step 3 .* from 1 to 1"):
        read_rollouts(folder, 3)


def test_files_of_a_newer_rlvr_and_broken_files_are_named(folder):
    write_rollouts(folder, 1, [dataclasses.replace(row(), schema_version=SCHEMA_VERSION + 1)])
    with pytest.raises(DataError, match="newer rlvr"):
        read_rollouts(folder)
    (folder.rollouts_dir / "step-000001.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(DataError, match=r"step-000001\.parquet cannot be read"):
        read_rollouts(folder)
