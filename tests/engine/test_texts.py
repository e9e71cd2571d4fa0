"""Texts laid beside each other do not see each other: the loss and the gradient are those of each alone."""

import numpy as np
import pytest
import torch
from transformers import Gemma2Config, Gemma2ForCausalLM, MambaConfig, MambaForCausalLM

from rlvr.engine.rollout.chat import Encoded
from rlvr.engine.update.corpus import packed
from rlvr.engine.update.supervised import supervised_update, text_losses
from rlvr.engine.update.texts import TextBatch, pack, text_micros
from rlvr.errors import EngineError, ModelError

from .conftest import furthest, weights_of

CPU = torch.device("cpu")


def texts_of(count=9, seed=0, longest=24):
    draw = np.random.default_rng(seed)
    made = []
    for length in draw.integers(2, longest, size=count):
        learned = draw.random(length) < 0.6
        learned[-1] = True
        made.append(Encoded(draw.integers(4, 100, size=length), learned))
    return made


@pytest.fixture(scope="module")
def gemma_dir(tmp_path_factory, tokenizer):
    """Layers that look back 8 tokens between layers that see all, capped logits."""
    folder = tmp_path_factory.mktemp("gemma")
    torch.manual_seed(0)
    config = Gemma2Config(
        vocab_size=112,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=8,
        initializer_range=0.25,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    Gemma2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def updated(worker, batch):
    report = supervised_update(worker.policy, batch)
    return report.metrics, weights_of(worker)


@pytest.mark.parametrize(
    ("model", "attention"),
    # Gemma 2's capped scores need eager.
    [(model, attention) for model in ("model_dir", "sliding_dir") for attention in ("sdpa", "eager")]
    + [("gemma_dir", "eager")],
)
@pytest.mark.parametrize("budget", [48, 4096])
def test_packed_and_unpacked_texts_give_the_same_loss_and_the_same_step(worker_of, request, model, attention, budget):
    """Attention over everything, over a window, and over both in turns with capped logits (Gemma 2)."""
    options = [
        f"model.path={request.getfixturevalue(model)}",
        f"model.attention={attention}",
        f"engine.tokens_per_micro_batch={budget}",
    ]
    texts = texts_of()
    (one, first), (other, second) = (updated(worker_of(*options), batch) for batch in (TextBatch(texts), packed(texts)))
    assert len(packed(texts).lines) < len(texts)
    assert one["loss"] == pytest.approx(other["loss"], abs=1e-5)
    assert one["grad_norm"] == pytest.approx(other["grad_norm"], rel=1e-4)
    assert furthest(first, second) < 1e-4


def test_the_loss_is_that_of_each_text_alone(worker_of):
    worker = worker_of()
    texts = texts_of()
    expected = []
    for text in texts:
        logits = worker.policy.model(input_ids=torch.as_tensor(text.ids[None, :])).logits[0, :-1, :100]
        log_probs = logits.log_softmax(-1).gather(-1, torch.as_tensor(text.ids[1:, None])).squeeze(-1)
        expected.append(-float(log_probs.detach()[torch.as_tensor(text.learned[1:])].sum()))
    for batch in (TextBatch(texts), packed(texts)):
        found = dict(text_losses(worker.policy, batch))
        assert [found[row] for row in range(len(texts))] == pytest.approx(expected, abs=1e-4)
    count = sum(int(text.learned[1:].sum()) for text in texts)
    assert updated(worker, packed(texts))[0]["loss"] == pytest.approx(sum(expected) / count, abs=1e-5)


def test_a_text_does_not_change_when_its_neighbour_does(worker_of):
    """The mask has no holes: with full attention over the line these would differ in the first digit."""
    worker = worker_of()
    one, other = texts_of(2, longest=12), texts_of(2, seed=1, longest=12)
    lines = [np.array([0, 1])]
    losses = [dict(text_losses(worker.policy, TextBatch([left, one[1]], lines)))[1] for left in (one[0], other[0])]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    whole = Encoded(np.concatenate([one[0].ids, one[1].ids]), np.concatenate([one[0].learned & False, one[1].learned]))
    assert abs(dict(text_losses(worker.policy, TextBatch([whole])))[0] - losses[0]) > 0.1


def test_gradient_checkpointing_changes_nothing(worker_of):
    (one, first), (other, second) = (
        updated(worker_of(f"model.gradient_checkpointing={on}"), packed(texts_of())) for on in ("true", "false")
    )
    assert one["loss"] == pytest.approx(other["loss"], abs=1e-6)
    assert furthest(first, second) < 1e-5


def test_all_lines_are_one_for_attention_that_knows_boundaries():
    """As flash attention's kernels take them: no padding, positions that restart."""
    batch = packed(texts_of())
    (micro,) = text_micros(batch, tokens=10**6, device=CPU, flat=True)
    assert micro.ids.shape == (1, sum(len(text.ids) for text in batch.texts))
    assert int((micro.positions == 0).sum()) == len(batch.texts)
    assert (micro.text_of >= 0).all()
    assert int(micro.learned.sum()) == batch.learned


def test_lines_are_full_but_not_too_full():
    lengths = [len(text.ids) for text in texts_of(40)]
    lines = pack(lengths, max(lengths))
    assert sorted(row for line in lines for row in line.tolist()) == list(range(40))
    assert max(sum(lengths[row] for row in line) for line in lines) <= max(lengths)
    # First fit, decreasing, needs at most 11/9 of the best plus one.
    assert len(lines) <= 11 / 9 * -(-sum(lengths) // max(lengths)) + 1


def test_every_rank_gets_as_many_micro_batches():
    batch = packed(texts_of())
    shares = [text_micros(batch, tokens=24, device=CPU, rank=rank, ranks=4) for rank in range(4)]
    assert len({len(share) for share in shares}) == 1
    real = [row for share in shares for micro in share if not micro.dummy for row in micro.rows.tolist()]
    assert sorted(real) == list(range(len(batch.texts)))


def test_a_text_that_gives_no_finite_loss_is_named(worker_of):
    worker = worker_of("engine.tokens_per_micro_batch=1")
    with torch.no_grad():
        worker.policy.model.model.embed_tokens.weight[7] = float("nan")
    texts = [Encoded(np.array([5, 6, 8]), np.ones(3, dtype=bool)), Encoded(np.array([5, 7, 8]), np.ones(3, dtype=bool))]
    with pytest.raises(EngineError, match="loss is nan"):
        supervised_update(worker.policy, TextBatch(texts))


def test_a_model_that_carries_a_state_is_not_packed(worker_of, tmp_path, tokenizer, model_dir):
    folder = tmp_path / "mamba"
    config = MambaConfig(vocab_size=112, hidden_size=16, state_size=4, num_hidden_layers=1, eos_token_id=2)
    MambaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    worker = worker_of(f"model.path={folder}", "model.attention=eager")
    assert np.isfinite(supervised_update(worker.policy, TextBatch(texts_of(3))).metrics["loss"])
    with pytest.raises(ModelError, match="cannot be packed") as caught:
        supervised_update(worker.policy, packed(texts_of(3)))
    assert "sft.packing=false" in caught.value.hint
