"""Whether the sources of `data.mixture` are there and of the kind that the stage learns from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rlvr import registry
from rlvr.config.paths import add_example
from rlvr.config.problem import Problem
from rlvr.config.schema import TrainConfig
from rlvr.data.documents import document
from rlvr.data.source import Source, read_sources
from rlvr.errors import ConfigError, RlvrError
from rlvr.rows.files import HUB, open_rows


def check_mixture(config: TrainConfig) -> Iterator[Problem]:
    """The mixture: its keys, its files, their first rows, its rewards."""
    mixture = config.data.mixture
    if config.stage == "cpt" and not mixture:
        text = "set it to the sources of text, such as `data.mixture.web.path=web.jsonl data.mixture.web.weight=1`."
        yield Problem("data.mixture", text)
    try:
        sources = read_sources(mixture)
    except ConfigError as error:
        for problem in error.problems:
            key, _, text = problem.partition(": ")
            yield Problem(key, text)
        return
    if sources and config.stage not in ("cpt", "sft") and not config.sft.steps:
        text = f"is for the stages cpt and sft; stage={config.stage} with sft.steps=0 would not look at it."
        yield Problem("data.mixture", text)
    for source in sources:
        key = f"data.mixture.{source.name}"
        if config.stage != "cpt" and source.kind != "chat":
            text = f"sft learns from chats, and this source is of kind={source.kind}; write `kind: chat`."
            yield Problem(f"{key}.kind", text)
        yield from (add_example(problem, config, source.path) for problem in _check_source(key, source))


def _check_source(key: str, source: Source) -> Iterator[Problem]:
    if source.reward:
        try:
            registry.get(source.reward)
        except RlvrError as error:
            yield Problem(f"{key}.reward", _sentence(error))
    if source.path.startswith(HUB):  # found to be there when it is read
        return
    try:
        first = list(islice(open_rows(source.path).read(0), 1))
        for row in first:
            document(source, row.fields, row.place, 0)
        if not first:
            yield Problem(f"{key}.path", f"{source.path} holds no rows.")
    except RlvrError as error:
        yield Problem(f"{key}.path", _sentence(error))


def _sentence(error: RlvrError) -> str:
    text = " ".join(str(error).splitlines())
    return f"{text[0].lower()}{text[1:]}" if text.startswith("There") else text
