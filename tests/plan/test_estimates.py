"""Estimates against what is known and what can be counted: published sizes, what autograd keeps, tensors held."""

from pathlib import Path

import pytest
import torch
from transformers import DynamicCache, Gemma2Config, Gemma2ForCausalLM, LlamaConfig, LlamaForCausalLM

import rlvr.recipes.tower_plus
from rlvr.errors import ModelError
from rlvr.plan.memory import Training, activations, generation, state
from rlvr.plan.shape import shape_of
from rlvr.plan.time import DEVICES, forward_flops, generation_seconds, update_seconds

SHAPES = Path(rlvr.recipes.tower_plus.__file__).parent


@pytest.mark.parametrize(
    ("folder", "parameters"),
    [("gemma2_2b", 2_614_341_888), ("gemma2_9b", 9_241_705_984), ("qwen25_72b", 72_706_203_648)],
)
def test_the_published_numbers_of_parameters(folder, parameters):
    shape = shape_of(SHAPES / folder)
    assert shape.parameters == parameters
    held = sum(
        part.bytes for part in state(shape, _training(trained=shape.parameters, ranks=8)) if "gath" not in part.name
    )
    assert held == pytest.approx(16 * parameters / 8, rel=1e-9)


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(ModelError, match=r"config\.json"):
        shape_of(tmp_path)


def _training(**changes):
    values = {"ranks": 1, "arithmetic": 4, "tokens": 64, "predicted": 64, "checkpointing": False, "reference": False}
    return Training(**(values | {"trained": 0} | changes))


def _tiny(kind, tmp_path):
    sizes = {
        "vocab_size": 512,
        "hidden_size": 64,
        "intermediate_size": 192,
        "num_hidden_layers": 6,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "max_position_embeddings": 128,
    }
    config = LlamaConfig(**sizes) if kind == "llama" else Gemma2Config(**sizes, attn_implementation="sdpa")
    config.save_pretrained(tmp_path)
    model = (LlamaForCausalLM if kind == "llama" else Gemma2ForCausalLM)(config)
    return model.train(), shape_of(tmp_path)


def _kept(model, checkpointing):
    """Bytes that autograd keeps of a forward pass, weights apart; each storage once."""
    if checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    found = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        hidden = model.model(input_ids=torch.randint(0, 512, (2, 32)), use_cache=False).last_hidden_state
    assert hidden.requires_grad
    return sum(found.values())


@pytest.mark.parametrize("kind", ["llama", "gemma"])
def test_activations_are_those_that_autograd_keeps(kind, tmp_path):
    """The estimate is of the tensors every implementation must keep; transformers keeps those and copies of norms."""
    model, shape = _tiny(kind, tmp_path)
    estimate = activations(shape, _training())[0].bytes
    measured = _kept(model, checkpointing=False)
    assert 0.7 < estimate / measured < 1.1


def test_checkpointing_keeps_the_inputs_of_the_layers(tmp_path):
    model, shape = _tiny("llama", tmp_path)
    kept = _kept(model, checkpointing=True)
    inputs = 4 * 64 * shape.width * shape.layers
    assert inputs <= kept < 3 * inputs
    with_checkpoints, without = (activations(shape, _training(checkpointing=on))[0].bytes for on in (True, False))
    assert with_checkpoints < without / 3


def test_a_key_value_cache_has_the_size_of_one(tmp_path):
    model, shape = _tiny("llama", tmp_path)
    cache = DynamicCache(config=model.config)
    model(input_ids=torch.zeros(3, 20, dtype=torch.long), past_key_values=cache, use_cache=True)
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    weights, kept = generation(shape, sequences=3, tokens=20, arithmetic=4)
    assert kept.bytes == held
    assert weights.bytes == 4 * shape.parameters
    assert generation(shape, sequences=3, tokens=20, arithmetic=4, devices=8)[1].bytes == held // shape.kv_heads


def test_operations_are_those_that_torch_counts(tmp_path):
    from torch.utils.flop_counter import FlopCounterMode

    model, shape = _tiny("llama", tmp_path)
    with (
        torch.no_grad(),
        torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH),
        FlopCounterMode(display=False) as counter,
    ):
        model(input_ids=torch.zeros(2, 32, dtype=torch.long), use_cache=False)
    # The mathematics of attention computes both halves of the causal triangle.
    full = forward_flops(shape, 64, 64)
    assert full == pytest.approx(counter.get_total_flops(), rel=0.02)


def test_time_follows_work():
    shape, h100 = shape_of(SHAPES / "gemma2_2b"), DEVICES["h100"]
    asked = {"tokens": 100_000, "length": 1000, "checkpointing": False}
    one, two = (update_seconds(shape, h100, ranks=ranks, **asked) for ranks in (1, 2))
    assert one == pytest.approx(2 * two)
    assert update_seconds(shape, h100, ranks=1, looks=1, **asked) == pytest.approx(one * 4 / 3)
    drawn = {"prompt": 200, "new": 500, "arithmetic": 2}
    few = generation_seconds(shape, h100, sequences=8, together=64, **drawn)
    many = generation_seconds(shape, h100, sequences=64, together=64, **drawn)
    assert few < many < 8 * few  # the weights are read once for all sequences together
