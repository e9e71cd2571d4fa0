"""The texts of a supervised run, drawn in the embedded engine's order, as a file that verl trains on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from transformers import AutoConfig

from rlvr.config.schema import TrainConfig
from rlvr.engine.lists import integers
from rlvr.engine.policy.model import Tokenizer, model_folder
from rlvr.engine.policy.sharing import attends_only
from rlvr.engine.rollout.chat import Encoded
from rlvr.engine.rollout.episode import encode_example
from rlvr.engine.run.data import task_streams
from rlvr.engine.run.scorers import Scorers
from rlvr.engine.update.corpus import Corpus
from rlvr.engine.update.texts import TextBatch
from rlvr.errors import DataError, ModelError
from rlvr.observe.run_folder import RunFolder
from rlvr.tasks.mixture import Drawn, TaskMixture
from rlvr.verl.data.text_rows import SPLIT
from rlvr.verl.settings.supervised import holds_out, longest, packs, settings_of


def write_texts(config: TrainConfig, folder: RunFolder, tokenizer: Tokenizer) -> None:
    """Writes what a run trains on, and what it is evaluated on, into its folder: the texts of all its steps.

    Args:
        config: Of a run of the stage `cpt` or `sft`.
        folder: Of the run.
        tokenizer: Of the model.

    Raises:
        DataError: There is nothing to learn from, or a text is longer than a micro-batch.
    """
    data, rows = folder.path / "data", settings_of(config).batch_size
    data.mkdir(parents=True, exist_ok=True)
    most = max(config.engine.tokens_per_micro_batch, longest(config))
    with Scorers(config.scoring) as scorers:
        if config.data.mixture:
            corpus = Corpus(config, tokenizer, folder.selections_dir, scorers.of)
            held_out, steps = _held_out_of(corpus, config), _steps_of(corpus, config)
        else:
            corpus = None
            held_out, steps = _demonstrations(config, tokenizer)
        if held_out:
            _write(data / "eval.parquet", _whole(held_out, rows), "eval", most)
        elif holds_out(config):
            raise DataError(
                "Nothing that is held out can be learned from, and verl's supervised trainer evaluates nothing else.",
                hint="Hold nothing out (eval.tasks, data.holdout), and `rlvr eval` the trained model.",
            )
        _write(data / "train.parquet", steps, "train", most)
        if corpus is not None:
            corpus.write_report(folder.mixture_path(config.stage))


def check_packing(config: TrainConfig) -> None:
    """Refuses to lay texts behind each other for a model that would not keep them apart.

    Raises:
        ModelError: Some of its layers carry a state along the row.
    """
    shape: Any = cast("Any", AutoConfig).from_pretrained(str(model_folder(config.model)), local_files_only=True)
    if packs(config) and not attends_only(cast("Any", SimpleNamespace(config=shape))):
        raise ModelError(
            "Texts cannot be packed for this model: some of its layers carry a state along the row, from one text into "
            "the next.",
            hint="Set sft.packing=false and model.attention=sdpa; continued pretraining needs layers that only attend.",
        )


def _steps_of(corpus: Corpus, config: TrainConfig) -> Iterator[TextBatch]:
    for _ in range(settings_of(config).steps):
        if config.stage == "cpt":
            yield corpus.sequences(config.cpt.batch_size, config.cpt.sequence_tokens)
        else:
            yield TextBatch(corpus.chats(config.sft.batch_size, config.sft.max_tokens))


def _held_out_of(corpus: Corpus, config: TrainConfig) -> list[Encoded]:
    chats = config.stage == "sft"
    tokens = config.sft.max_tokens if chats else config.cpt.sequence_tokens
    return [part for text in corpus.held_out(tokens, chats=chats) for part in text.parts]


def _demonstrations(config: TrainConfig, tokenizer: Tokenizer) -> tuple[list[Encoded], Iterator[TextBatch]]:
    streams, most = task_streams(config.data, config.eval, seed=config.run.seed), config.data.max_prompt_tokens
    if not streams.train:
        raise DataError("There is nothing to learn from.", hint="Set data.mixture, or tasks with demonstrations.")
    mixture = TaskMixture(streams.train, streams.weights, seed=config.run.seed, curriculum=config.data.curriculum)

    def shown(drawn: Drawn) -> Encoded:
        return encode_example(tokenizer, drawn.task, most, streams.environments.get(drawn.source))

    held_out = [shown(drawn) for drawn in streams.held_out if drawn.task.demonstration is not None]
    steps = (
        TextBatch([shown(drawn) for drawn in mixture.draw(config.sft.batch_size)]) for _ in range(config.sft.steps)
    )
    return held_out, steps


def _whole(texts: Sequence[Encoded], size: int) -> Iterator[TextBatch]:
    """Batches of one size, since verl leaves out a last one that is smaller: filled up with what is not counted."""
    filler = Encoded(texts[0].ids, np.zeros(len(texts[0].ids), dtype=np.bool_))
    for start in range(0, len(texts), size):
        batch = list(texts[start : start + size])
        yield TextBatch([*batch, *[filler] * (size - len(batch))])


def _write(file: Path, batches: Iterable[TextBatch], split: str, most: int) -> None:
    """A row group for each batch, a row for each of its lines."""
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")  # not annotated
    columns = [
        ("ids", arrow.list_(arrow.int32())),
        ("learned", arrow.list_(arrow.bool_())),
        ("starts", arrow.list_(arrow.int32())),
    ]
    schema = arrow.schema(columns, metadata={SPLIT: split})
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches:
            rows = [_row(line) for line in _lines(batch)]
            if (length := max(len(row["ids"]) for row in rows)) > most:
                raise DataError(
                    f"A text has {length} tokens, and a micro-batch holds {most}.",
                    hint=f"Set engine.tokens_per_micro_batch={length}, or leave the text out.",
                )
            writer.write_table(arrow.Table.from_pylist(rows, schema=schema), row_group_size=len(rows))


def _lines(batch: TextBatch) -> list[list[Encoded]]:
    if batch.lines is None:
        return [[text] for text in batch.texts]
    return [[batch.texts[row] for row in integers(line)] for line in batch.lines]


def _row(texts: Sequence[Encoded]) -> dict[str, Any]:
    # The first token of a text has no context: it is never learned, in neither engine.
    learned = np.concatenate([np.concatenate([np.zeros(1, dtype=np.bool_), text.learned[1:]]) for text in texts])
    ends = np.cumsum([len(text.ids) for text in texts])
    return {
        "ids": np.concatenate([text.ids for text in texts]),
        "learned": learned,
        "starts": np.concatenate([[0], ends[:-1]]),
    }
