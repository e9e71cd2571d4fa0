"""What of a source is kept where that takes a pass over all of it: duplicates, and what a reward does not like.

The pass is made once, before the first step; a bit for each row, and which language it is in, lie in the run's folder,
so that a resumed run needs no second one and nothing of the data is copied.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rlvr.data.documents import Document, document
from rlvr.data.duplicates import Duplicates
from rlvr.data.filters import reason_to_drop
from rlvr.data.languages import Count
from rlvr.data.source import Source
from rlvr.observe.files import replacing
from rlvr.rows.files import Rows
from rlvr.sample import Message, Prompt, Sample
from rlvr.scoring import Scorer

ScorerOf = Callable[[str], Scorer]
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a source is kept.

    Attributes:
        kept: (R,) bool, for each row.
        dropped: How many rows were left out for each reason.
        languages: What there is of each language or pair, in the order in which they are met; `""` for rows that do not
            say theirs.
        language_of: (R,) int16, for each row the place of its language in `languages`.
    """

    kept: npt.NDArray[np.bool_]
    dropped: dict[str, int]
    languages: dict[str, Count]
    language_of: npt.NDArray[np.int16]

    @property
    def characters(self) -> int:
        """Of what is kept."""
        return sum(count.characters for count in self.languages.values())

    def kept_of(self, language: str) -> npt.NDArray[np.bool_]:
        """(R,) bool: the rows that are kept of one language."""
        return self.kept & (self.language_of == list(self.languages).index(language))


def select(source: Source, rows: Rows, scorer_of: ScorerOf) -> Selection:
    """Goes through a whole source; cheap filters first, so that a reward sees only what is left.

    Args:
        source: With its filters.
        rows: Of it.
        scorer_of: The scorer of a reward, by name; its `max_error_rate` holds here too.

    Raises:
        DataError: A row that is none of its kind.
        ErrorBudgetError: The reward fails too often.
    """
    kept, language_of = bytearray(), array("h")
    languages: dict[str, Count] = {}
    places: dict[str, int] = {}
    dropped: Counter[str] = Counter()
    known = Duplicates(source.near if source.dedup == "near" else None) if source.dedup != "none" else None
    waiting: list[tuple[int, Document]] = []

    def judge() -> None:
        liked = _liked(source, [made for _, made in waiting], scorer_of)
        for (number, made), reason in zip(waiting, liked, strict=True):
            if reason:
                dropped[reason] += 1
                continue
            kept[number] = 1
            languages[made.language].kept += 1
            languages[made.language].characters += len(made.content)
        waiting.clear()

    for number, row in enumerate(rows.read(0)):
        # Number 0: a pair in the direction of its fields, in which a quality estimate reads it.
        made = document(source, row.fields, row.place, 0)
        languages.setdefault(made.language, Count()).rows += 1
        language_of.append(places.setdefault(made.language, len(places)))
        kept.append(0)
        reason = reason_to_drop(source, made) or (known.seen("\n".join(made.pair) or made.content) if known else "")
        if reason:
            dropped[reason] += 1
        else:
            waiting.append((number, made))
        if len(waiting) == _BATCH:
            judge()
    judge()
    bits = np.frombuffer(bytes(kept), dtype=np.bool_)
    return Selection(bits, dict(dropped), languages, np.array(language_of, dtype=np.int16))


def _liked(source: Source, documents: list[Document], scorer_of: ScorerOf) -> list[str]:
    if not source.reward or not documents:
        return [""] * len(documents)
    verdicts = scorer_of(source.reward).score([sample_of_document(made) for made in documents])
    return [
        f"{source.reward} failed"
        if verdict.score is None
        else f"{source.reward} below {source.min_score:g}"
        if verdict.score < source.min_score
        else ""
        for verdict in verdicts
    ]


def sample_of_document(made: Document) -> Sample:
    """A document as a reward sees it: a translation with its source, the last turn of a chat, or the whole text.

    >>> pair = Document("p", "p:1", "...", pair=("Hello!", "Hallo!"), languages=("en", "de"))
    >>> sample_of_document(pair).data["source"], sample_of_document(pair).completion
    ('Hello!', 'Hallo!')
    """
    if made.pair:
        languages = {"source_language": made.languages[0], "target_language": made.languages[1]}
        return Sample(made.pair[1], prompt=made.pair[0], data={"source": made.pair[0], **languages}, id=made.place)
    if made.messages:
        last = max(i for i, message in enumerate(made.messages) if message.role == "assistant")
        prompt: Prompt = tuple(Message(one.role, one.content) for one in made.messages[:last])
        return Sample(made.messages[last].content, prompt=prompt, id=made.place)
    return Sample(made.text, id=made.place)


def selection_in(folder: Path, source: Source, rows: Rows, scorer_of: ScorerOf) -> Selection:
    """The selection that lies in a folder, or a new one that is put there.

    Args:
        folder: Of the run; see `RunFolder.selections_dir`.
        source: With its filters.
        rows: Of it.
        scorer_of: As `select` has it.
    """
    file = folder / f"{source.name}.npz"
    if file.is_file():
        with np.load(file) as kept:
            facts: dict[str, Any] = json.loads(str(kept["facts"]))
            bits = np.unpackbits(kept["bits"], count=facts["rows"]).astype(np.bool_)
            counts = {name: Count(**count) for name, count in facts["languages"].items()}
            return Selection(bits, facts["dropped"], counts, kept["language_of"])
    found = select(source, rows, scorer_of)
    counts = {name: asdict(count) for name, count in found.languages.items()}
    facts = {"rows": len(found.kept), "dropped": found.dropped, "languages": counts}
    with replacing(file) as unfinished, unfinished.open("wb") as opened:
        np.savez(opened, bits=np.packbits(found.kept), language_of=found.language_of, facts=np.array(json.dumps(facts)))
    return found
