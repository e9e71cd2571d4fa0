"""`rlvr plan`: what a stage needs, before anything is loaded."""

import json

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from rlvr.config import load, recipe_names, resolve_folder, stages_of
from rlvr.config.schema import LoraConfig
from rlvr.engine.policy.lora import add_adapters
from rlvr.plan.shape import shape_of
from rlvr.plan.stages import plan_stage
from rlvr.plan.time import DEVICES

TOWER = [name for name in recipe_names() if name.startswith("tower_plus/")]


def test_the_recipes_of_tower_plus_are_there():
    assert TOWER == ["tower_plus/2b", "tower_plus/72b", "tower_plus/9b"]


@pytest.mark.parametrize("recipe", TOWER)
def test_every_stage_of_tower_plus_is_planned(rlvr, recipe):
    ended = rlvr("plan", recipe, "stage=all", "--json")
    plans = json.loads(ended.out)
    assert [plan["stage"] for plan in plans] == stages_of(recipe, ["stage=all"])
    assert {"cpt", "sft", "wpo", "grpo"} <= {plan["stage"] for plan in plans}
    for plan in plans:
        assert 1e9 < plan["memory"]["weights"] < plan["peak"]
        assert plan["hours"] > 1
    assert ended.code == any(plan["problems"] for plan in plans)


def test_preferences_take_two_sequences_a_prompt_a_reference_and_candidates():
    shape, device = shape_of(resolve_folder("pkg://rlvr.recipes.tower_plus.gemma2_2b")), DEVICES["h200"]

    def planned(*words):
        return plan_stage(load("tower_plus/2b", ["stage=wpo", *words]), shape, device)

    plan = planned()
    assert "reference policy" in {part.name for part in plan.update}
    assert plan.steps == 500
    # Each candidate is generated; of them two are learned from, whatever their number.
    more = planned("wpo.candidates=8")
    assert more.seconds["generate"] == pytest.approx(2 * plan.seconds["generate"], rel=0.01)
    assert more.seconds["update"] == plan.seconds["update"]
    assert planned("wpo.batch_size=256").seconds["update"] == pytest.approx(2 * plan.seconds["update"])
    assert planned("wpo.candidates=0").rollout == ()
    # A micro-batch holds a pair at least.
    logits = {
        size: next(
            part.bytes for part in planned(f"engine.tokens_per_micro_batch={size}").update if part.name == "logits"
        )
        for size in (16, 4096, 8192)
    }
    assert logits[16] == logits[4096] == logits[8192] / 2


def test_on_verl_generation_is_spread_and_what_of_the_policy_stays_is_counted():
    shape, device = shape_of(resolve_folder("pkg://rlvr.recipes.tower_plus.gemma2_2b")), DEVICES["h100"]

    def planned(*words):
        return plan_stage(load("tower_plus/2b", ["stage=grpo", *words]), shape, device)

    alone, verl = planned(), planned("engine=verl")
    assert (alone.devices, verl.devices) == (9, 8)  # the embedded engine's one rollout is on a device of its own
    assert verl.seconds["generate"] == pytest.approx(alone.seconds["generate"] / 8)
    assert verl.seconds["update"] > alone.seconds["update"]  # the old log-probabilities are computed anew
    size = {part.name: part.bytes for part in (*verl.update, *verl.rollout)}
    assert verl.held == size["weights"] + size["optimiser"] + size["reference policy"]
    assert verl.peak == verl.held + size["rollout weights"] + size["key-value cache"]
    assert planned("engine=verl", "engine.verl.offload=true").held == 0
    split = planned("engine=verl", "engine.verl.tensor_parallel=4")
    assert split.rollout[0].bytes == verl.rollout[0].bytes // 4
    assert verl.device_hours == 8 * verl.hours


def test_on_verl_72b_fits_where_one_device_cannot_hold_its_rollout(rlvr):
    assert rlvr("plan", "tower_plus/72b", "stage=grpo").code == 1
    ended = rlvr("plan", "tower_plus/72b", "stage=grpo", "engine=verl", "--json")
    (plan,) = json.loads(ended.out)
    assert plan["problems"] == []
    assert plan["device_hours"] == 32 * plan["hours"]


def test_a_plan_for_people(rlvr):
    said = rlvr("plan", "tower_plus/2b", "--device", "h200").out
    for part in (
        "grpo",
        "Gemma2ForCausalLM",
        "8 devices",
        "H200",
        "key-value cache",
        "reference policy",
        "a step:",
        "GPU hours",
    ):
        assert part in said


def test_what_does_not_fit_says_what_would(rlvr):
    ended = rlvr("plan", "tower_plus/72b", "engine.ranks=1")
    assert ended.code == 1
    assert "do not fit" in ended.out
    assert "Raise engine.ranks" in " ".join(ended.out.split())


def test_adapters_need_less_and_are_counted_as_peft_makes_them(tmp_path):
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
    )
    config.save_pretrained(tmp_path)
    model = LlamaForCausalLM(config)
    add_adapters(model, LoraConfig(rank=4), seed=0)
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    words = [f"model.path={tmp_path}", "model.lora.rank=4"]
    plan = plan_stage(load("grpo", words), shape_of(tmp_path), DEVICES["h100"])
    assert {part.name: part.bytes for part in plan.update}["optimiser"] == 8 * trained
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["grpo"], "there is no config.json"),
        (["tower_plus/3b"], "Did you mean `tower_plus/"),
        (["tower_plus/2b", "--device", "h10"], "is not one of"),
        (["grpo", "stage=all"], "needs a recipe with settings under `stages`"),
    ],
)
def test_mistakes(rlvr, words, said):
    ended = rlvr("plan", *words)
    assert ended.code == 2
    assert said in " ".join(ended.err.split())


def test_gemmas_capped_attention_is_not_left_out():
    from rlvr.config import validate

    shape = "pkg://rlvr.recipes.tower_plus.gemma2_2b"
    words = [f"model.init={shape}", "data.env=arithmetic", "reward=math.final_number"]
    assert any("attention scores" in problem for problem in validate(load("grpo", words)))
    assert not any(
        "attention scores" in problem for problem in validate(load("grpo", [*words, "model.attention=eager"]))
    )
