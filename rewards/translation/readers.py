"""Tasks and texts from the rows of known data sets, as they are published. Nothing here downloads anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rlvr import Message, Task
from rlvr.errors import DataError
from rlvr.rewards.constraints.generating.lexicon import Parallel
from rlvr.rewards.languages.identification import name_of
from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.translation.comparisons import Comparison
from rlvr.rewards.translation.guards.segment import plain
from rlvr.rewards.translation.spans import marked_spans

_BETWEEN_HAN = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+|\s+(?=[\u3000-\u9fff\uff00-\uffef])")
_SPANS: Final = """Mark the errors in this translation from {source_name} to {target_name}. Write a line for each, \
`severity: the words`, where the severity is minor, major or critical, or `no errors`.

{source_name}: {source}

{target_name}: {translation}"""
_EDIT: Final = """Improve this {target_name} translation. Answer with the whole improved translation and nothing else; \
if it is right, repeat it.

{source_name}: {source}

{target_name}: {draft}"""


def detokenised(text: str, language: str) -> str:
    """A text as one would write it, without the spaces that tokenisers put in.

    >>> detokenised("Ja , gut .", "de"), detokenised("他 在 2013 年 来 了 。", "zh")
    ('Ja, gut.', '他在2013年来了。')
    """
    text = plain(text)
    return _BETWEEN_HAN.sub("", text) if language.partition("-")[0] in ("zh", "ja") else text


def mlqe_parallel(row: Mapping[str, Any], pair: Pair) -> Parallel:
    """A source and its human post-edit, of MLQE-PE (`source`, `post_edit`).

    Raises:
        DataError: The row lacks one of them.

    >>> mlqe_parallel({"source": "A house.", "post_edit": "Ein Haus ."}, Pair("en", "de")).reference
    'Ein Haus.'
    """
    return Parallel(_text(row, "source").strip(), detokenised(_text(row, "post_edit"), pair.target), pair)


def mlqe_comparison(row: Mapping[str, Any], pair: Pair) -> Comparison | None:
    """The machine's translation against its post-edit, which counts as better by its edits (`hter`).

    Both are written without the spaces of tokenisers, which would give the post-edit away. `None` where they are the
    same then.

    >>> row = {"source": "A house.", "hypothesis": "Ein Hase.", "post_edit": "Ein Haus .", "hter": 0.3}
    >>> mlqe_comparison(row, Pair("en", "de")).second_score
    0.3
    """
    texts = [detokenised(_text(row, name), pair.target) for name in ("hypothesis", "post_edit")]
    if texts[0] == texts[1]:
        return None
    return Comparison(_text(row, "source").strip(), texts[0], texts[1], 0.0, float(row.get("hter") or 0.0), pair)


def ranking(row: Mapping[str, Any], pair: Pair) -> Comparison:
    """A row of relative ranking (`src`, `pos`, `neg`): people put the first before the second.

    >>> ranking({"src": "Hi", "pos": "Hallo", "neg": "He"}, Pair("en", "de")).first_score
    1.0
    """
    return Comparison(_text(row, "src"), _text(row, "pos"), _text(row, "neg"), 1.0, 0.0, pair)


def marked_errors(row: Mapping[str, Any], pair: Pair) -> Task:
    """A task for `mt.error_spans`, of a row whose translation has its errors between `<v>` and `</v>` (`src`, `mt`).

    >>> marked_errors({"src": "Hi", "mt": "<v>He</v> du"}, Pair("en", "de")).demonstration
    'major: He'
    """
    marked, source = _text(row, "mt"), _text(row, "src")
    translation = re.sub(r"</?v>", "", marked)
    prompt = _SPANS.format(
        source_name=name_of(pair.source), target_name=name_of(pair.target), source=source, translation=translation
    )
    # These rows have no severities, and none is asked of an answer either.
    shown = "\n".join(f"major: {span.text}" for span in marked_spans(marked)) or "no errors"
    data = {
        "source": source,
        "source_language": pair.source,
        "target_language": pair.target,
        "translation": translation,
    }
    return Task((Message("user", prompt),), marked, data, "mt.error_spans", demonstration=shown)


def mlqe_post_edit(row: Mapping[str, Any], pair: Pair) -> Task:
    """A task for `mt.post_edit`: the machine's translation is the draft, the human post-edit the reference.

    >>> row = {"source": "A house.", "hypothesis": "Ein Hase.", "post_edit": "Ein Haus ."}
    >>> mlqe_post_edit(row, Pair("en", "de")).reference
    'Ein Haus.'
    """
    source = _text(row, "source").strip()
    draft, edit = (detokenised(_text(row, name), pair.target) for name in ("hypothesis", "post_edit"))
    prompt = _EDIT.format(
        source_name=name_of(pair.source), target_name=name_of(pair.target), source=source, draft=draft
    )
    data = {"source": source, "source_language": pair.source, "target_language": pair.target, "draft": draft}
    return Task((Message("user", prompt),), edit, data, "mt.post_edit", demonstration=edit)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"The row has no `{name}`.", hint=f"Its keys are {', '.join(map(str, row))}.")
    return value
