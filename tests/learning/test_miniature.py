"""Tower+ in a box: what a stage of the miniature is for moves, on held-out texts."""

import pytest

from rlvr.config import load
from rlvr.engine.loop import train
from rlvr.envs.miniature.texts import write_texts

from .conftest import SEEDS

pytestmark = [pytest.mark.learning, pytest.mark.timeout(1800)]

# One seed is shortened, for `make test`; several go through all steps of the recipe.
SHORTENED = ["cpt.steps=60"] if len(SEEDS) == 1 else []


def test_cpt_lowers_held_out_bits_per_byte_in_both_languages(tmp_path, monkeypatch, seed):
    monkeypatch.chdir(tmp_path)
    write_texts(tmp_path / "runs" / "world", seed=seed, documents=2000, chats=10)
    overrides = ["stage=cpt", f"run.seed={seed}", "run.checkpoint_every=0", "run.tensorboard=false", *SHORTENED]
    outcome = train(load("miniature", overrides, check=True))
    for language in ("qaa", "qab"):
        key = f"eval/bits_per_byte/{language}"
        assert outcome.after[key] < 0.5 * outcome.before[key]
