"""What verl is told composes for every recipe, by verl's own files; what it does not know is named."""

import inspect
from pathlib import Path

import pytest

from rlvr.algorithms.catalogue import POLICY_LOSSES
from rlvr.config import load, recipe_names
from rlvr.errors import ConfigError
from rlvr.verl.settings import composed
from rlvr.verl.settings.composed import DEAD, compose, find_faults
from rlvr.verl.settings.hazards import find_hazards
from rlvr.verl.settings.mapping import CLIP, find_untold, mapping, overrides
from rlvr.verl.settings.preparing import plan_verl

FOLDER = Path("/runs/a b, c=1")


def grpo_recipes():
    return [name for name in recipe_names() if name not in ("cpt", "sft", "wpo")]


@pytest.mark.parametrize("recipe", grpo_recipes())
def test_every_recipe_composes(recipe):
    config = load(recipe, ["engine=verl", "stage=grpo", "model.path=/models/m"])
    told = overrides(config, FOLDER)
    assert [str(fault) for fault in find_faults(told)] == []
    tree = compose(told)
    assert tree.data.train_files == "/runs/a b, c=1/data/train.parquet"
    assert tree.actor_rollout_ref.actor.optim.lr == config.optim.lr
    assert tree.actor_rollout_ref.rollout.n == config.algorithm.group_size


@pytest.mark.parametrize(
    "settings",
    [
        ["algorithm.kl.coef=0.1", "algorithm.kl.kind=k3+"],
        ["algorithm.kl.coef=0.1", "algorithm.kl.place=reward", "algorithm.kl.kind=k1"],
        ["algorithm.loss=gspo", "algorithm.aggregation=seq-mean-token-sum-norm", "algorithm.dual_clip=null"],
        [
            "algorithm.importance_cap=2",
            "algorithm.old_log_probs=rollout",
            "model.lora.rank=8",
            "model.lora.targets=q_proj",
        ],
        ["engine.ranks=16", "engine.verl.tensor_parallel=4", "engine.verl.offload=true", "run.save_rollouts=false"],
    ],
    ids=["kl in the loss", "kl in the reward", "gspo", "correction and lora", "two nodes"],
)
def test_every_branch_composes(settings):
    told = overrides(load("grpo", ["engine=verl", "model.path=/m", *settings]), FOLDER)
    assert [str(fault) for fault in find_faults(told)] == []


def test_what_is_told_means_what_ours_means():
    settings = ["algorithm.clip_high=0.28", "algorithm.mini_batches=4", "engine.ranks=16", "rollout.top_k=5"]
    config = load("grpo", ["engine=verl", "model.path=/m", "model.dtype=bfloat16", *settings])
    told = {mapped.key: mapped.value for mapped in mapping(config, FOLDER)}
    actor = "actor_rollout_ref.actor"
    assert (told[f"{actor}.clip_ratio_low"], told[f"{actor}.clip_ratio_high"]) == (0.2, 0.28)
    assert told[f"{actor}.ppo_mini_batch_size"] == 8
    assert (told["trainer.nnodes"], told["trainer.n_gpus_per_node"]) == (2, 8)
    assert told["actor_rollout_ref.rollout.top_k"] == 5
    assert told[f"+{actor}.fsdp_config.mixed_precision"]["param_dtype"] == "bf16"


def test_the_bounds_are_those_of_our_losses():
    for name, bounds in CLIP.items():
        parameters = inspect.signature(POLICY_LOSSES[name]).parameters
        assert bounds == (parameters["clip_low"].default, parameters["clip_high"].default)


def test_a_key_that_upstream_removes_is_named(monkeypatch):
    config = load("grpo", ["engine=verl", "model.path=/m"])
    known = dict(composed._keys(composed.PPO))
    del known["actor_rollout_ref.actor.clip_ratio_c"]
    monkeypatch.setattr(composed, "_keys", lambda _: known)
    (fault,) = find_faults(overrides(config, FOLDER))
    assert fault.key == "actor_rollout_ref.actor.clip_ratio_c"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "trainer.total_epochz=1",
            "trainer.total_epochz: verl 0.9.1 has no such key. Did you mean `trainer.total_epochs`?",
        ),
        ("+trainer.nnodes=2", "trainer.nnodes: verl has this key; write it without `+`."),
        ("+trainer.nnodes.more=2", "trainer.nnodes.more: `trainer.nnodes` is a single value in verl's configuration"),
        ("trainer.nnodes", "engine.verl.overrides: `trainer.nnodes` is no override"),
        ("custom_reward_function.path=mine.py", "custom_reward_function.path: verl 0.9 takes it and reads it no more"),
        ("reward_model.reward_manager=dapo", "reward_model.reward_manager: verl 0.9 takes it and reads it no more"),
    ],
)
def test_the_escape_hatch_is_checked(override, said):
    config = load(
        "grpo", ["engine=verl", "model.path=/m", f"engine.verl.overrides=[trainer.balance_batch=False, {override}]"]
    )
    (problem,) = plan_verl(config, FOLDER).problems
    assert str(problem).startswith(said)


def test_nothing_dead_is_ever_told():
    keys = [mapped.key.lstrip("+") for mapped in mapping(load("grpo", ["engine=verl", "model.path=/m"]), FOLDER)]
    assert not [key for key in keys for dead in DEAD if key == dead or key.startswith(f"{dead}.")]


GEMMA = {"final_logit_softcapping": 30.0, "num_attention_heads": 8, "num_key_value_heads": 4}
A = "actor_rollout_ref"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ([f"{A}.actor.fsdp_config.fsdp_size=1"], f"{A}.actor.fsdp_config.fsdp_size"),
        ([f"{A}.rollout.top_p=0.9", "algorithm.rollout_correction.rollout_is=token"], f"{A}.rollout.top_p"),
        ([f"{A}.model.use_fused_kernels=True"], f"{A}.model.use_fused_kernels"),
        ([f"{A}.model.use_remove_padding=True"], f"{A}.model.use_remove_padding"),
        (["algorithm.filter_groups.enable=True"], "algorithm.filter_groups.metric"),
        ([f"{A}.actor.ppo_max_token_len_per_gpu=100"], f"{A}.actor.ppo_max_token_len_per_gpu"),
        ([f"{A}.actor.ppo_mini_batch_size=5"], f"{A}.actor.ppo_mini_batch_size"),
        ([f"{A}.rollout.tensor_model_parallel_size=3"], f"{A}.rollout.tensor_model_parallel_size"),
        ([f"{A}.actor.ulysses_sequence_parallel_size=3"], f"{A}.actor.ulysses_sequence_parallel_size"),
    ],
)
def test_hazards(changes, key):
    told = overrides(load("grpo", ["engine=verl", "model.path=/m", "engine.ranks=8"]), FOLDER)
    assert find_hazards(compose(told), GEMMA) == []
    assert {hazard.key for hazard in find_hazards(compose([*told, *changes]), GEMMA)} == {key}


def test_what_verl_has_no_words_for():
    config = load("quickstart", ["engine=verl", "algorithm.advantage=gdpo", "algorithm.redraws=1"])
    assert {problem.key for problem in find_untold(config, {})} == {
        "algorithm.advantage",
        "algorithm.redraws",
        "optim.schedule",
        "sft.steps",
        "eval.lenient",
    }


def test_engine_is_chosen_as_a_whole_or_by_key():
    assert load("grpo", ["engine=verl"]).engine.kind == "verl"
    assert load("grpo").engine.kind == "embedded"
    with pytest.raises(ConfigError, match="engine: there is no `verll`"):
        load("grpo", ["engine=verll"])
    commas = load("grpo", ["engine.verl.overrides=[a.b=[1,2], +c={x:1,y:'a,b'}]"]).engine.verl.overrides
    assert commas == ["a.b=[1,2]", "+c={x:1,y:'a,b'}"]
    with pytest.raises(ConfigError, match="is no list of texts"):
        load("grpo", ["engine.verl.overrides=a.b"])
