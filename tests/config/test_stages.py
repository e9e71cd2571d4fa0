"""A recipe for several stages: what stands under `stages` holds in one of them, and over the rest of its file only."""

import pytest

from rlvr.config import load, resolved_yaml
from rlvr.errors import ConfigError

RECIPE = """
extends: grpo
optim:
  lr: 1.0e-5
stages:
  sft:
    sft: {steps: 7, optim: {lr: 2.0e-5, betas: [0.9, 0.95]}}
    data:
      mixture:
        mono: {path: mono.jsonl, weight: 2}
        chat: {path: chat.jsonl, weight: 1}
  grpo:
    optim: {lr: 3.0e-6}
"""


@pytest.fixture
def recipe(tmp_path):
    file = tmp_path / "chain.yaml"
    file.write_text(RECIPE)
    return str(file)


def test_only_the_stage_that_is_asked_for(recipe):
    sft, grpo = load(recipe, ["stage=sft"]), load(recipe)
    assert (sft.sft.steps, sft.optim.lr, sft.sft.optim.betas) == (7, 1e-5, (0.9, 0.95))
    assert {name: source["weight"] for name, source in sft.data.mixture.items()} == {"mono": 2, "chat": 1}
    assert (grpo.sft.steps, grpo.optim.lr, grpo.data.mixture) == (0, 3e-6, {})


def test_the_command_line_goes_over_all_and_may_name_a_stage(recipe):
    words = ["optim.lr=1e-7", "stages.sft.sft.steps=9", "stages.sft.data.mixture.mono.weight=5"]
    assert load(recipe, [*words]).optim.lr == 1e-7
    sft = load(recipe, [*words, "stage=sft"])
    assert (sft.sft.steps, sft.data.mixture["mono"]["weight"], sft.data.mixture["chat"]["weight"]) == (9, 5, 1)


def test_a_run_keeps_what_held_and_nothing_else(recipe):
    assert "stages: {}" in resolved_yaml(load(recipe, ["stage=sft"]))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("stages.stf.sft.steps=9", "there is no stage `stf`. Did you mean `sft`"),
        ("stages.grpo.optim.learning=9", "optim.learning: there is no such key"),
        ("stages.grpo.run.steps=many", "run.steps: `many` is no int"),
    ],
)
def test_mistakes_are_named(recipe, word, said):
    with pytest.raises(ConfigError) as error:
        load(recipe, [word])
    assert said in str(error.value)
