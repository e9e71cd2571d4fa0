"""A tiny COMET for the miniature's languages, in the real format, so that the table has the paper's first column.

It learns from translations whose quality is known because they were made worse on purpose: 1 - TER, where COMET's own
first models had post-edits and HTER (arXiv 2009.09025). It is trained in the metrics' environment, by its interpreter.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sacrebleu.metrics.ter import TER

from rlvr.envs.drawing import Draw
from rlvr.envs.miniature.languages import LANGUAGES, draw_sentence, words_of
from rlvr.errors import ModelError
from rlvr.rewards.translation.comet.place import interpreter

ROWS: Final = 6_000
HELD_OUT: Final = 500

_PROGRAM: Final = Path(__file__).with_name("comet_training.py")
_TER: Final = TER()


def make_comet(folder: Path, *, seed: int = 0, rows: int = ROWS) -> float:
    """Trains it, and writes a checkpoint that `mt.comet` reads.

    Args:
        folder: To write `hparams.yaml`, `checkpoints/model.ckpt` and the backbone's files into.
        seed: Of weights and translations.
        rows: Translations to learn from.

    Returns:
        The correlation (Pearson's) of its scores with what is known, on translations of held-out sentences.

    Raises:
        MissingDependencyError: The environment of the translation metrics is not there.
        ModelError: Training failed.
    """
    python = interpreter()
    folder.mkdir(parents=True, exist_ok=True)
    given = {
        "seed": seed,
        "words": [word for language in LANGUAGES for words in words_of(language) for word in words],
        "train": list(_rows(rows, seed, held_out=False)),
        "held_out": list(_rows(HELD_OUT, seed, held_out=True)),
    }
    command = [str(python), "-I", str(_PROGRAM), str(folder.absolute())]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-3:])
        raise ModelError(f"The tiny COMET could not be trained: {last}", hint="See whether it works: rlvr doctor comet")
    return float(json.loads(done.stdout.splitlines()[-1])["correlation"])


def is_comet(folder: Path) -> bool:
    """Whether there is one in a folder."""
    return (folder / "hparams.yaml").is_file()


def made_worse(draw: Draw, words: list[str], known: tuple[str, ...]) -> list[str]:
    """A sentence after some edits: a word exchanged, left out, put in, or put somewhere else.

    >>> made_worse(Draw("b"), ["tak", "ver", "rono"], ("mol", "sumo"))
    ['sumo', 'tak', 'ver', 'sumo', 'rono']
    """
    found = list(words)
    for _ in range(draw.below(len(words) + 1)):
        place, kind = draw.below(len(found)), draw.below(5)
        if kind < 2:
            found[place] = draw.one_of(known)
        elif kind == 2:
            found.insert(place, draw.one_of(known))
        elif len(found) > 1:
            word = found.pop(place)
            if kind == 3:
                found.insert(draw.below(len(found) + 1), word)
    return found


def _rows(count: int, seed: int, *, held_out: bool) -> Iterator[dict[str, Any]]:
    for index in range(count):
        draw = Draw(f"comet/{'held-out' if held_out else 'train'}/{seed}/{index}")
        sentence = draw_sentence(draw, held_out=held_out)
        source, target = LANGUAGES if draw.below(2) else LANGUAGES[::-1]
        asked, right = sentence.written(source), sentence.written(target)
        known = tuple(word for words in words_of(target) for word in words)
        kind = draw.below(8)
        if kind == 0:  # as it was, untranslated
            said = asked
        elif kind == 1:  # of something else
            said = draw_sentence(draw, held_out=held_out).written(target)
        else:
            said = " ".join(made_worse(draw, right.split(), known))
        score = max(0.0, 1.0 - _TER.sentence_score(said, [right]).score / 100.0)
        yield {"src": asked, "mt": said, "ref": right, "score": score}
