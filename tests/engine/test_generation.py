"""What is drawn, with which log-probabilities, and that it depends on nothing else."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, Gemma2Config, Gemma3TextConfig, LlamaConfig, MistralConfig
from transformers.cache_utils import DynamicLayer

from rlvr.engine.rollout.cache import ROOM, RoomyLayer
from rlvr.engine.rollout.generation import Sampling, Vocabulary, generate, pick, truncate

VOCABULARY = Vocabulary(size=40, stop=(2,), pad=0)
SHAPE = {
    "vocab_size": 48,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "max_position_embeddings": 1024,
    "initializer_range": 0.2,
    "attention_dropout": 0.0,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
SLIDING = {
    "mistral": lambda: MistralConfig(**SHAPE, sliding_window=8),
    "gemma2": lambda: Gemma2Config(**SHAPE, sliding_window=8, query_pre_attn_scalar=16),
    "gemma3": lambda: Gemma3TextConfig(**SHAPE, sliding_window=8, query_pre_attn_scalar=16, sliding_window_pattern=2),
}
PROMPTS = [[5, 6, 7, 8, 9, 10, 11], [12], [13, 14, 15], [16, 17, 18, 19, 20], [21, 22], [23, 24, 25, 26]]


def made(config, seed=0):
    torch.manual_seed(seed)
    return AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def model():
    return made(LlamaConfig(**SHAPE))


def drawn(model, prompts=PROMPTS, *, samples=4, batch_size=64, vocabulary=VOCABULARY, new=24, **sampling):
    found = generate(
        model,
        prompts,
        samples_per_prompt=samples,
        sampling=Sampling(max_new_tokens=new, **sampling),
        vocabulary=vocabulary,
        batch_size=batch_size,
    )
    completions = sorted((completion for part in found for completion in part), key=lambda one: one.index)
    assert [completion.index for completion in completions] == list(range(len(prompts) * samples))
    return completions


@torch.no_grad()
def plain(model, prompt, completion, temperature=1.0, size=VOCABULARY.size):
    """Log-probabilities of a completion by one forward pass without a cache, (T, V)."""
    logits = model(torch.tensor([[*prompt, *completion]]), use_cache=False).logits[0, len(prompt) - 1 : -1, :size]
    return (logits / temperature).log_softmax(-1)


def assert_plain(model, completions, prompts, samples, temperature=1.0):
    for completion in completions:
        expected = plain(model, prompts[completion.index // samples], completion.ids, temperature)
        taken = expected[torch.arange(len(completion.ids)), torch.tensor(completion.ids)]
        np.testing.assert_allclose(completion.log_probs, taken.numpy(), atol=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_log_probs_are_those_of_a_plain_forward_pass(model, temperature):
    completions = drawn(model, temperature=temperature)
    assert len({len(completion.ids) for completion in completions}) > 3, "rows must end at different times"
    assert_plain(model, completions, PROMPTS, 4, temperature)


@pytest.mark.parametrize("name", SLIDING)
def test_a_sliding_window_gives_the_same_as_a_plain_forward_pass(name):
    model = made(SLIDING[name]())
    completions = drawn(model, temperature=1.0)
    assert max(len(completion.ids) for completion in completions) > 12, "must outgrow the window"
    assert_plain(model, completions, PROMPTS, 4)


def test_temperature_0_takes_the_likeliest_token(model):
    for completion in drawn(model, samples=1, temperature=0.0):
        expected = plain(model, PROMPTS[completion.index], completion.ids)
        assert completion.ids.tolist() == expected.argmax(-1).tolist()
        np.testing.assert_allclose(completion.log_probs, expected.max(-1).values.numpy(), atol=1e-5)


def test_samples_do_not_depend_on_who_shares_their_batch(model):
    together = drawn(model, batch_size=64)
    for batch_size in (1, 3, 8):
        for one, other in zip(together, drawn(model, batch_size=batch_size), strict=True):
            assert one.ids.tolist() == other.ids.tolist()
            np.testing.assert_allclose(one.log_probs, other.log_probs, atol=1e-5)
    for one, other in zip(together[:4], drawn(model, PROMPTS[:1]), strict=True):
        assert one.ids.tolist() == other.ids.tolist()


def test_a_seed_says_what_is_drawn(model):
    def ids(seed):
        return [completion.ids.tolist() for completion in drawn(model, seed=seed)]

    assert ids(1) == ids(1)
    assert ids(1) != ids(2)


def test_the_members_of_a_group_and_equal_prompts_differ(model):
    completions = drawn(model, [PROMPTS[0], PROMPTS[0]], samples=8)
    texts = [tuple(completion.ids.tolist()) for completion in completions]
    assert len(set(texts[:8])) > 4
    assert texts[:8] != texts[8:]


def test_a_stop_token_ends_a_completion_and_belongs_to_it(model):
    stops = (2, 30, 31)
    completions = drawn(model, samples=16, vocabulary=Vocabulary(size=40, stop=stops, pad=0))
    ended = [completion for completion in completions if not completion.truncated]
    assert {int(completion.ids[-1]) for completion in ended} == set(stops)
    for completion in completions:
        assert not set(stops) & set(completion.ids[:-1].tolist())
        assert completion.truncated == (completion.ids[-1] not in stops)
        assert completion.truncated <= (len(completion.ids) == 24)
    assert any(completion.truncated for completion in completions)


def test_a_stop_token_at_the_limit_is_no_truncation(model):
    at_limit = [one for new in (2, 3, 4) for one in drawn(model, samples=32, new=new) if len(one.ids) == new]
    assert {one.truncated for one in at_limit if one.ids[-1] == 2} == {False}
    assert {one.truncated for one in at_limit if one.ids[-1] != 2} == {True}


def test_ids_that_no_token_has_are_never_drawn(model):
    favoured = made(LlamaConfig(**SHAPE, tie_word_embeddings=False))
    with torch.no_grad():
        favoured.lm_head.weight[40:] = 50 * favoured.lm_head.weight[40:]  # rows beyond the tokenizer's, and very likely
    completions = drawn(favoured, samples=8)
    assert max(int(completion.ids.max()) for completion in completions) < 40
    assert_plain(favoured, completions, PROMPTS, 8)
    assert all(completion.ids.max() < 40 for completion in drawn(favoured, samples=1, temperature=0.0))


def test_top_k_of_1_is_greedy(model):
    greedy = [completion.ids.tolist() for completion in drawn(model, samples=1, temperature=0.0)]
    assert [completion.ids.tolist() for completion in drawn(model, samples=1, top_k=1)] == greedy


def test_top_k_and_top_p_take_only_the_likeliest_and_report_untruncated_log_probs(model):
    for options in ({"top_k": 5}, {"top_p": 0.5}):
        completions = drawn(model, samples=8, **options)
        assert_plain(model, completions, PROMPTS, 8)
        for completion in completions:
            expected = plain(model, PROMPTS[completion.index // 8], completion.ids)
            for place, token in enumerate(completion.ids):
                likelier = expected[place][expected[place] > expected[place][token] + 1e-4]
                if "top_k" in options:
                    assert len(likelier) < 5
                else:
                    assert float(likelier.exp().sum()) < 0.5


def test_truncate_keeps_the_token_that_crosses_top_p():
    given = torch.tensor([[0.4, 0.1, 0.3, 0.2]])
    assert torch.equal(truncate(given, 0, 0.69), torch.tensor([[0.4, 0.0, 0.3, 0.0]]))
    assert (truncate(given, 0, 0.71) > 0).tolist() == [[True, False, True, True]]
    assert (truncate(given, 3, 0.8) > 0).tolist() == [[True, False, True, True]]
    assert (truncate(given, 2, 0.01) > 0).tolist() == [[True, False, False, False]]


def test_tokens_come_as_often_as_their_probabilities_say(model):
    prompt, count = [5, 6, 7], 20_000
    completions = drawn(model, [prompt], samples=count, new=1, batch_size=count, seed=4)
    counts = np.bincount([int(completion.ids[0]) for completion in completions], minlength=40)
    expected = plain(model, prompt, [0])[0].exp().numpy() * count
    likely = expected > 5
    statistic = float((((counts - expected) ** 2) / expected)[likely].sum())
    freedom = int(likely.sum()) - 1
    assert freedom > 10
    # Six standard deviations of a chi-square distribution, whose variance is twice its mean.
    assert abs(statistic - freedom) < 6 * np.sqrt(2 * freedom)


@pytest.mark.parametrize("size", [10, 20_000])
def test_pick_never_takes_a_token_of_probability_0(size):
    probabilities = torch.rand(64, size, generator=torch.Generator().manual_seed(0))
    probabilities[:, ::2] = 0
    probabilities[:, -3:] = 0
    edges = torch.tensor([0.0, 0.5, 1 - 1e-6]).repeat_interleave(64)
    picked = pick(probabilities.repeat(3, 1), edges)
    assert bool((probabilities.repeat(3, 1).gather(1, picked.unsqueeze(1)) > 0).all())


def test_the_roomy_layer_does_what_the_dynamic_layer_does_beyond_its_room():
    draw = torch.Generator().manual_seed(0)
    roomy, dynamic = RoomyLayer(new_tokens=1000), DynamicLayer()
    for step in range(2 * ROOM + 10):
        rows = 2 if step < 5 else 4
        states = torch.randn(rows, 2, 7 if step == 0 else 1, 4, generator=draw)
        for one, other in zip(roomy.update(states, -states), dynamic.update(states, -states), strict=True):
            assert torch.equal(one, other)
        if step == 4:
            for layer in (roomy, dynamic):
                layer.batch_repeat_interleave(3)
                layer.batch_select_indices(torch.tensor([0, 2, 3, 5]))
    assert roomy.get_seq_length() == dynamic.get_seq_length()


def test_completions_longer_than_the_cache_has_room_for_stay_right(model):
    never = Vocabulary(size=40, stop=(47,), pad=0)
    completions = drawn(model, PROMPTS[:2], samples=2, new=ROOM + 20, vocabulary=never)
    assert {len(completion.ids) for completion in completions} == {ROOM + 20}
    assert_plain(model, completions, PROMPTS, 2)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_keeps_its_mode(model, training):
    model.train(training)
    drawn(model)
    assert model.training is training
    model.eval()
