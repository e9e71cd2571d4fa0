"""Settings that verl takes and that then train something else than they say, or fail after an hour.

Sources: github.com/verl-project/verl/issues/7493 (fsdp_size), github.com/vllm-project/vllm/issues/42259 (top_p),
github.com/verl-project/verl-recipe/pull/125 (filters); the rest is read in verl 0.9.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

from rlvr.config.problem import Problem

_ARR = "actor_rollout_ref"


def find_hazards(tree: DictConfig, model: dict[str, Any]) -> list[Problem]:
    """What is wrong with a configuration of verl's that composes.

    Args:
        tree: verl's configuration, composed.
        model: The model's `config.json`; empty where it is not known.

    >>> from rlvr.verl.settings.composed import compose
    >>> tree = compose(["actor_rollout_ref.rollout.name=vllm", "actor_rollout_ref.rollout.top_p=0.9"])
    >>> [hazard.key for hazard in find_hazards(tree, {})][:1]
    ['actor_rollout_ref.rollout.top_p']
    """
    checks = (_sampling, _sharding, _kernels, _filters, _batches, _parallel, _logging)
    return [problem for check in checks for problem in check(tree, model)]


def _get(tree: DictConfig, key: str) -> Any:
    return OmegaConf.select(tree, key)


def _gpus(tree: DictConfig) -> int:
    return int(_get(tree, "trainer.nnodes")) * int(_get(tree, "trainer.n_gpus_per_node"))


def _sampling(tree: DictConfig, model: dict[str, Any]) -> Iterator[Problem]:
    rollout, correction = f"{_ARR}.rollout", "algorithm.rollout_correction"
    cut = [
        name
        for name, cuts in (("top_p", _get(tree, f"{rollout}.top_p") < 1), ("top_k", _get(tree, f"{rollout}.top_k") > 0))
        if cuts
    ]
    uses = _get(tree, f"{correction}.rollout_is") or _get(tree, f"{correction}.bypass_mode")
    why = "vLLM's log-probabilities are then of the distribution that is cut, the trainer's of the whole one"
    for name in cut:
        what = "every importance weight is wrong" if uses else "what verl measures between the two means nothing"
        yield Problem(f"{rollout}.{name}", f"{why}, so that {what}; sample from all of it.")


def _sharding(tree: DictConfig, model: dict[str, Any]) -> Iterator[Problem]:
    for role in ("actor", "ref"):
        key = f"{_ARR}.{role}.fsdp_config.fsdp_size"
        if _get(tree, key) == 1 and _gpus(tree) > 1:
            yield Problem(key, f"`1` on {_gpus(tree)} GPUs: each trains by itself, without gradients of the others.")


def _kernels(tree: DictConfig, model: dict[str, Any]) -> Iterator[Problem]:
    key = f"{_ARR}.model.use_fused_kernels"
    if _get(tree, key) and model.get("final_logit_softcapping"):
        yield Problem(key, "the fused kernels leave out this model's cap on its logits: wrong log-probabilities.")
    packs = f"{_ARR}.model.use_remove_padding"
    attention = str(_get(tree, f"{_ARR}.model.override_config.attn_implementation") or "flash_attention_2")
    if _get(tree, packs) and not attention.startswith("flash_attention"):
        yield Problem(
            packs, f"`{attention}` lets packed samples see each other; only flash attention keeps them apart."
        )


def _filters(tree: DictConfig, model: dict[str, Any]) -> Iterator[Problem]:
    filters = "algorithm.filter_groups"
    if not _get(tree, f"{filters}.enable"):
        return
    metric = _get(tree, f"{filters}.metric")
    if metric != "acc":
        text = f"`{metric}` is a shaped score: groups that are all wrong differ in it and pass. Filter on acc."
        yield Problem(f"{filters}.metric", text)


def _batches(tree: DictConfig, model: dict[str, Any]) -> Iterator[Problem]:
    actor, gpus = f"{_ARR}.actor", _gpus(tree)
    step, mini = int(_get(tree, "data.train_batch_size")), int(_get(tree, f"{actor}.ppo_mini_batch_size"))
    samples = mini * int(_get(tree, f"{_ARR}.rollout.n"))
    if mini > step or step % mini:
        yield Problem(f"{actor}.ppo_mini_batch_size", f"`{mini}` prompts do not divide data.train_batch_size={step}.")
    if samples % gpus:
        text = f"{samples} samples of an update do not divide among {gpus} GPUs; verl fills up with empty rows."
        yield Problem(f"{actor}.ppo_mini_batch_size", text)
    if _get(tree, f"{actor}.use_dynamic_bsz"):
        key = f"{actor}.ppo_max_token_len_per_gpu"
        length = int(_get(tree, "data.max_prompt_length")) + int(_get(tree, "data.max_response_length"))
        room = int(_get(tree, key)) * int(_get(tree, f"{actor}.ulysses_sequence_parallel_size"))
        if room < length:
            yield Problem(key, f"`{room}` tokens do not hold one sample of {length}.")
    if _get(tree, f"{actor}.use_dynamic_bsz") != _get(tree, f"{_ARR}.rollout.log_prob_use_dynamic_bsz"):
        yield Problem(f"{_ARR}.rollout.log_prob_use_dynamic_bsz", "it must be what actor.use_dynamic_bsz is.")


def _parallel(tree: DictConfig, model: dict[str, Any]) -> Iterator[Problem]:
    key = f"{_ARR}.rollout.tensor_model_parallel_size"
    parts, gpus = int(_get(tree, key)), _gpus(tree)
    if gpus % parts:
        yield Problem(key, f"`{parts}` does not divide the {gpus} GPUs.")
    inner: dict[str, Any] = model.get("text_config") or model
    for name, what in (("num_attention_heads", "attention heads"), ("num_key_value_heads", "key and value heads")):
        heads = inner.get(name)
        # vLLM repeats key and value heads where there are fewer of them than parts.
        if isinstance(heads, int) and heads % parts and (name == "num_attention_heads" or parts % heads):
            yield Problem(key, f"`{parts}` does not divide the model's {heads} {what}.")
    spread, heads = int(_get(tree, f"{_ARR}.actor.ulysses_sequence_parallel_size")), inner.get("num_attention_heads")
    if spread > 1 and isinstance(heads, int) and heads % spread:
        key = f"{_ARR}.actor.ulysses_sequence_parallel_size"
        yield Problem(key, f"`{spread}` does not divide the model's {heads} attention heads.")


def _logging(tree: DictConfig, model: dict[str, Any]) -> Iterator[Problem]:
    loggers = _get(tree, "trainer.logger")
    if "file" not in ([loggers] if isinstance(loggers, str) else loggers):
        yield Problem("trainer.logger", "without `file` nobody sees a step; name it beside the others.")
