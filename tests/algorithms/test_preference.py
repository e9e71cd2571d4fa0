"""DPO and WPO: against the formulas written out, and against TRL's own trainer."""

import dataclasses
import math
import sys
from pathlib import Path

import pytest
import torch

from rlvr.algorithms.entropy import collision_log_probs, log_probs_from_logits
from rlvr.algorithms.preference import dpo, pair_weights, policy_weights, sequence_log_ratio

BENCH = Path(__file__).parents[2] / ".venv" / "bench"
BETA = 0.3


class Pairs:
    """Random logits of chosen and rejected completions, some of them without a token."""

    def __init__(self, seed, pairs=6, tokens=7, vocabulary=11, sharpness=1.5):
        draw = torch.Generator().manual_seed(seed)
        shape = (2 * pairs, tokens, vocabulary)
        self.logits = (sharpness * torch.randn(shape, generator=draw, dtype=torch.float64)).requires_grad_()
        self.ref_logits = sharpness * torch.randn(shape, generator=draw, dtype=torch.float64)
        self.tokens = torch.randint(0, vocabulary, shape[:2], generator=draw)
        likeliest = [0, 2, pairs, pairs + 2]  # greedy completions: those weigh more than 1
        self.tokens[likeliest] = self.logits[likeliest].argmax(-1)
        lengths = torch.randint(1, tokens + 1, (2 * pairs,), generator=draw)
        lengths[1] = 0
        self.mask = torch.arange(tokens) < lengths.unsqueeze(-1)

    def ours(self, weighted=True, most=1.0):
        log_probs = log_probs_from_logits(self.logits, self.tokens)
        ratios = sequence_log_ratio(log_probs, log_probs_from_logits(self.ref_logits, self.tokens), self.mask)
        likely = policy_weights(log_probs, collision_log_probs(self.logits), self.mask)
        weights = pair_weights(*likely.chunk(2), most=most) if weighted else None
        return dpo(*ratios.chunk(2), weights, beta=BETA)

    def published(self, clamp=True):
        """Eq. 1 and 2 of arXiv 2406.11827, a token at a time, in Python's numbers; clamped as in the authors' code."""
        logs, weights = [], []
        for row in range(len(self.tokens)):
            total, surplus, count = 0.0, 0.0, 0
            for t in range(self.tokens.shape[1]):
                if not self.mask[row, t]:
                    continue
                p = [math.exp(z) for z in self.logits[row, t].tolist()]
                q = [math.exp(z) for z in self.ref_logits[row, t].tolist()]
                token = int(self.tokens[row, t])
                p_token, q_token = p[token] / sum(p), q[token] / sum(q)
                total += math.log(p_token / q_token)
                surplus += math.log(p_token) - math.log(sum((one / sum(p)) ** 2 for one in p))
                count += 1
            logs.append(total)
            weights.append(math.exp(surplus / max(1, count)))
        half, losses, products = len(logs) // 2, [], []
        for one in range(half):
            product = weights[one] * weights[half + one]
            products.append(min(1.0, product) if clamp else product)
            margin = BETA * (logs[one] - logs[half + one])
            losses.append(-products[-1] * math.log(1 / (1 + math.exp(-margin))))
        return torch.tensor(losses, dtype=torch.float64), products


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("clamp", [True, False])
def test_the_published_formula_computed_naively(seed, clamp):
    pairs = Pairs(seed)
    losses, products = pairs.published(clamp)
    torch.testing.assert_close(pairs.ours(most=1.0 if clamp else None).per_pair, losses, rtol=1e-9, atol=1e-9)
    assert max(products) <= 1.0 or not clamp
    assert pairs.ours(most=None).metrics["weight"] >= pairs.ours().metrics["weight"]


def test_the_bound_is_at_work_on_these_numbers():
    assert any(max(Pairs(seed).published(clamp=False)[1]) > 1.0 for seed in range(4))


def test_no_gradient_flows_through_the_weights():
    """The gradient is that of DPO, pair by pair, times the weight: what open-instruct's variant gets wrong."""
    pairs = Pairs(1)
    weighted, plain = pairs.ours(), pairs.ours(weighted=False)
    weights = (weighted.per_pair / plain.per_pair).detach()
    (ours,) = torch.autograd.grad(weighted.per_pair.sum(), pairs.logits)
    (expected,) = torch.autograd.grad((plain.per_pair * weights).sum(), pairs.logits)
    torch.testing.assert_close(ours, expected)
    assert (weights < 0.999).any()


def test_without_weights_it_is_dpo():
    chosen, rejected = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 3.0])
    ones = dpo(chosen, rejected, torch.ones(2), beta=BETA).per_pair
    torch.testing.assert_close(dpo(chosen, rejected, beta=BETA).per_pair, ones)
    torch.testing.assert_close(ones, torch.log1p(torch.exp(-BETA * (chosen - rejected))))


def test_drawn_completions_weigh_the_same_whether_the_policy_is_sure_or_not():
    """The reason for the denominator: without it, a flat policy would hardly learn (section 3 of the paper)."""
    draw = torch.Generator().manual_seed(0)
    found = {}
    for sharpness in (0.01, 3.0):
        logits = (sharpness * torch.randn(1, 1, 50, generator=draw)).expand(400, 30, 50)
        tokens = torch.multinomial(logits[0, 0].softmax(-1), 400 * 30, True, generator=draw).view(400, 30)
        log_probs = log_probs_from_logits(logits, tokens)
        weights = policy_weights(log_probs, collision_log_probs(logits), torch.ones(400, 30, dtype=torch.bool))
        found[sharpness] = (weights.mean().item(), log_probs.mean().exp().item())
    flat, sharp = found[0.01], found[3.0]
    assert sharp[1] / flat[1] > 5
    assert 0.5 < sharp[0] / flat[0] < 1.1


def test_collisions_do_not_underflow():
    logits = torch.tensor([[[0.0, -200.0, -400.0]], [[-200.0, -200.0, -200.0]]])
    torch.testing.assert_close(collision_log_probs(logits), torch.tensor([[0.0], [-math.log(3)]]))
    halved = collision_log_probs(logits.bfloat16())
    assert halved.dtype is torch.float32


def test_padding_is_never_seen():
    pairs = Pairs(2)
    clean = pairs.ours().per_pair
    with torch.no_grad():
        pairs.logits.masked_fill_(~pairs.mask.unsqueeze(-1), torch.nan)
    torch.testing.assert_close(pairs.ours().per_pair, clean)


def test_smoothed_labels():
    chosen, rejected = torch.tensor([2.0]), torch.tensor([-1.0])
    loss = dpo(chosen, rejected, beta=1.0, label_smoothing=0.1).per_pair
    expected = 0.9 * math.log1p(math.exp(-3)) + 0.1 * math.log1p(math.exp(3))
    assert loss.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"beta": 0.0}, "`beta` must be positive"),
        ({"beta": -0.1}, "`beta` must be positive"),
        ({"label_smoothing": 0.5}, "`label_smoothing` must be from 0"),
        ({"label_smoothing": 0.6}, "`label_smoothing` must be from 0"),
        ({"label_smoothing": -0.01}, "`label_smoothing` must be from 0"),
        ({"label_smoothing": 1.0}, "`label_smoothing` must be from 0"),
    ],
)
def test_numbers_out_of_range_are_refused(change, said):
    with pytest.raises(ValueError, match=said):
        dpo(torch.zeros(2), torch.zeros(2), **change)


@pytest.mark.parametrize("beta", [0.01, 1.0, 5.0])
@pytest.mark.parametrize("smoothing", [0.0, 0.25, 0.499])
def test_the_loss_and_its_metrics_by_hand(beta, smoothing):
    chosen = torch.tensor([2.0, -1.0, 0.5, 4.0], dtype=torch.float64)
    rejected = torch.tensor([-1.0, 3.0, 0.5, 0.0], dtype=torch.float64)
    weights = torch.tensor([1.0, 0.5, 0.25, 0.75], dtype=torch.float64)
    loss = dpo(chosen, rejected, weights, beta=beta, label_smoothing=smoothing)
    margin = beta * (chosen - rejected)
    right, wrong = torch.log1p(torch.exp(-margin)), torch.log1p(torch.exp(margin))
    torch.testing.assert_close(loss.per_pair, weights * ((1 - smoothing) * right + smoothing * wrong))
    with pytest.raises(dataclasses.FrozenInstanceError):
        loss.per_pair = weights
    assert {name: value.item() for name, value in loss.metrics.items()} == pytest.approx(
        {
            "reward_chosen": beta * 5.5 / 4,
            "reward_rejected": beta * 2.5 / 4,
            "margin": beta * 3.0 / 4,
            "accuracy": 2.5 / 4,
            "weight": 2.5 / 4,
        }
    )


def test_a_tenth_and_no_smoothing_where_nothing_is_said():
    chosen, rejected = torch.tensor([2.0]), torch.tensor([-1.0])
    said = dpo(chosen, rejected, beta=0.1, label_smoothing=0.0)
    torch.testing.assert_close(dpo(chosen, rejected).per_pair, said.per_pair, rtol=0, atol=0)


def test_the_product_of_the_weights_is_bounded():
    chosen, rejected = torch.tensor([0.5, 2.0, 4.0]), torch.tensor([0.5, 0.5, 2.0])
    for most, expected in ((1.0, [0.25, 1.0, 1.0]), (0.125, [0.125] * 3), (3.0, [0.25, 1.0, 3.0])):
        torch.testing.assert_close(pair_weights(chosen, rejected, most=most), torch.tensor(expected))
    torch.testing.assert_close(pair_weights(chosen, rejected, most=None), torch.tensor([0.25, 1.0, 8.0]))
    torch.testing.assert_close(pair_weights(chosen, rejected), torch.tensor([0.25, 1.0, 1.0]))


@pytest.mark.parametrize("other", [1, 3])
def test_shapes_that_differ_are_refused(other):
    """One too few and one too many."""
    with pytest.raises(ValueError, match="one shape"):
        dpo(torch.zeros(2), torch.zeros(other))
    with pytest.raises(ValueError, match="one shape"):
        dpo(torch.zeros(2), torch.zeros(2), torch.zeros(other))
    with pytest.raises(ValueError, match=f"2,. chosen and .{other},. rejected completions"):
        pair_weights(torch.zeros(2), torch.zeros(other))
    for most in (0.0, -1.0):
        with pytest.raises(ValueError, match="positive"):
            pair_weights(torch.zeros(2), torch.zeros(2), most=most)


@pytest.mark.parametrize("weighted", [True, False])
def test_trls_own_trainer(tmp_path, monkeypatch, weighted):
    """The loss of TRL's `DPOTrainer` on a tiny model, with and without `use_weighting`, and its gradient norm."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(BENCH)])
    pytest.importorskip("trl", reason="TRL is a dependency of the benchmarks only (make bench installs it)")
    from datasets import Dataset
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from trl import DPOConfig, DPOTrainer

    words = ["<pad>", "<eos>", *"abcdefghij"]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>")
    torch.manual_seed(3)
    shape = LlamaConfig(
        vocab_size=12, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, head_dim=8
    )
    model, reference = LlamaForCausalLM(shape), LlamaForCausalLM(shape)
    for parameter in model.parameters():  # so that some pairs weigh more than 1
        parameter.data *= 8.0
    rows = [
        {"prompt": "a b", "chosen": " c d e", "rejected": " f g"},
        {"prompt": "c", "chosen": " d", "rejected": " g h i j a"},
        {"prompt": "e f g", "chosen": " a a a", "rejected": " b"},
    ]
    config = DPOConfig(
        output_dir=str(tmp_path),
        beta=BETA,
        use_weighting=weighted,
        per_device_train_batch_size=3,
        report_to=[],
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
    )
    data = Dataset.from_list(rows)
    trainer = DPOTrainer(model, reference, config, train_dataset=data, processing_class=fast)
    inputs = next(iter(trainer.get_train_dataloader()))
    theirs = trainer.compute_loss(trainer.model, inputs)
    trainer.model.zero_grad()
    theirs.backward()
    norm = torch.nn.utils.clip_grad_norm_(trainer.model.parameters(), 1e9)

    ids, attention = inputs["input_ids"], inputs["attention_mask"]
    mask = inputs["completion_mask"][:, 1:].bool()
    logits = trainer.model(ids, attention_mask=attention).logits[:, :-1]
    log_probs = log_probs_from_logits(logits, ids[:, 1:])
    with torch.no_grad():
        other = log_probs_from_logits(reference(ids, attention_mask=attention).logits[:, :-1], ids[:, 1:])
    likely = policy_weights(log_probs, collision_log_probs(logits), mask)
    weights = pair_weights(*likely.chunk(2), most=None) if weighted else None
    ours = dpo(*sequence_log_ratio(log_probs, other, mask).chunk(2), weights, beta=BETA).per_pair.mean()
    trainer.model.zero_grad()
    ours.backward()
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
    own = torch.nn.utils.clip_grad_norm_(trainer.model.parameters(), 1e9)
    torch.testing.assert_close(own, norm, rtol=1e-4, atol=1e-6)
    assert mask.sum() > 9
