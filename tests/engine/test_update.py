"""One step of learning: what it computes, and what it must not depend on."""

import itertools

import numpy as np
import pytest
import torch

from rlvr.algorithms.names import AGGREGATION_MODES
from rlvr.engine.update import update
from rlvr.engine.update.update import policy_update
from rlvr.errors import EngineError

from .conftest import furthest, weights_of

ONE_UPDATE = ["algorithm.mini_batches=1", "algorithm.prompts_per_step=4"]


def sgd(worker, lr=0.1):
    """Plain gradient descent: weights before minus weights after are the gradient times `lr`."""
    policy = worker.policy
    policy.optim.max_grad_norm = 1e9
    policy.optimizer = torch.optim.SGD(policy.model.parameters(), lr=lr)
    policy.scheduler = torch.optim.lr_scheduler.LambdaLR(policy.optimizer, lambda _: 1.0)
    return worker


def updated(worker, batch):
    """The report and the weights after an update."""
    report = policy_update(worker.policy, batch)
    return report, weights_of(worker)


def one_share(batch_of, count=8, **changes):
    return batch_of(count, mini_batch=np.zeros(count, dtype=np.int64), **changes)


def by_hand(model, batch, temperature, low=0.2, high=0.2, dual=3.0, *, on_policy, size):
    """PPO's clipped surrogate with token-mean, a sample at a time, without padding."""
    total, tokens = 0.0, 0
    for i, (prompt, completion) in enumerate(zip(batch.prompts, batch.completions, strict=True)):
        if not batch.in_loss[i]:
            continue
        ids = torch.tensor([*prompt, *completion])
        logits = model(ids.unsqueeze(0)).logits[0, len(prompt) - 1 : -1, :size]
        new = (logits / temperature).log_softmax(-1)[range(len(completion)), completion]
        old = new.detach() if on_policy else torch.tensor(batch.rollout_log_probs[i])
        advantage = float(batch.advantages[i])
        for token in range(len(completion)):
            ratio = (new[token] - old[token]).exp()
            clipped = ratio.clamp(1 - low, 1 + high)
            loss = torch.maximum(-advantage * ratio, -advantage * clipped)
            if advantage < 0:
                loss = torch.minimum(loss, torch.tensor(-advantage * dual))
            total, tokens = total + loss, tokens + 1
    return total / tokens


def in_groups(batch):
    """The same batch with two prompts, of which one is longer than the sliding window below, for four samples each."""
    prompts = [np.arange(10, 10 + n) for n in (5, 14)]
    batch.prompts[:] = [prompts[i % 2] for i in range(len(batch.prompts))]
    return batch


@pytest.mark.parametrize("grouped", [False, True], ids=["single", "grouped"])
@pytest.mark.parametrize("model", ["full", "sliding"])
@pytest.mark.parametrize("old", ["policy", "rollout"])
def test_loss_and_gradient_are_those_of_the_formula(
    worker_of, batch_of, tokenizer, model_dir, sliding_dir, old, model, grouped
):
    folder = {"full": model_dir, "sliding": sliding_dir}[model]
    options = [f"model.path={folder}", f"algorithm.old_log_probs={old}", "rollout.temperature=0.8"]
    worker = worker_of(*ONE_UPDATE, *options)
    batch = one_share(batch_of, in_loss=np.array([True] * 6 + [False, True]))
    if grouped:
        batch = in_groups(batch)
        (micro,) = update._micro_batches(worker.policy, batch, np.arange(8))
        assert micro.shared is not None, "the prompts must be read once"
    if old == "rollout":  # near the policy's own, so that some tokens are clipped and some are not
        near = worker.log_probs(batch, reference=False)
        draw = np.random.default_rng(0)
        for row, values in near:
            batch.rollout_log_probs[row][:] = values + draw.normal(0, 0.3, len(values))
    expected = by_hand(worker.policy.model, batch, 0.8, on_policy=old == "policy", size=len(tokenizer))
    gradient = torch.autograd.grad(expected, list(worker.policy.model.parameters()))
    before = weights_of(sgd(worker))
    names = [name for name, _ in worker.policy.model.named_parameters()]
    report, after = updated(worker, batch)
    assert report.metrics["loss"] == pytest.approx(expected.item(), abs=1e-6)
    for name, one in zip(names, gradient, strict=True):
        torch.testing.assert_close((before[name] - after[name]) / 0.1, one, atol=2e-6, rtol=1e-3)
    assert report.metrics["grad_norm"] == pytest.approx(float(torch.cat([g.flatten() for g in gradient]).norm()), 1e-4)
    if old == "rollout":
        assert report.metrics["clip/low"] > 0
        assert report.metrics["clip/high"] > 0


@pytest.mark.parametrize("aggregation", AGGREGATION_MODES)
def test_the_budget_of_a_micro_batch_changes_nothing(worker_of, batch_of, aggregation):
    """Nor, with it, which samples share the reading of their prompt."""
    results = []
    for tokens in (1, 50, 100_000):
        changes = (
            f"engine.tokens_per_micro_batch={tokens}",
            f"algorithm.aggregation={aggregation}",
            "algorithm.kl.coef=0.1",
            "algorithm.entropy_coef=0.01",
        )
        results.append(updated(sgd(worker_of(*ONE_UPDATE, *changes)), in_groups(one_share(batch_of))))
    (report, weights), *others = results
    for other_report, other_weights in others:
        assert furthest(weights, other_weights) < 1e-6
        for key, value in report.metrics.items():
            assert other_report.metrics[key] == pytest.approx(value, abs=1e-5, rel=1e-5), key


def test_samples_without_advantage_are_left_out_and_it_makes_no_difference(worker_of, batch_of, monkeypatch):
    advantages = np.array([0.0, 1.0, -0.5, 0.0, 0.3, 0.0, 0.0, -1.0], dtype=np.float32)
    batch = one_share(batch_of, advantages=advantages)
    seen = []
    honest = update.micro_batches

    def watched(prompts, completions, rows, **options):
        seen.append(sorted(rows.tolist()))
        return honest(prompts, completions, rows, **options)

    monkeypatch.setattr(update, "micro_batches", watched)
    report, skipping = updated(worker_of(*ONE_UPDATE), batch)
    monkeypatch.setattr(
        update, "micro_batches", lambda p, c, rows, **options: honest(p, c, np.arange(len(c)), **options)
    )
    other, whole = updated(worker_of(*ONE_UPDATE), batch)
    assert seen == [[1, 2, 4, 7]]
    assert furthest(skipping, whole) < 1e-7
    assert report.metrics["loss"] == pytest.approx(other.metrics["loss"], abs=1e-7)
    assert report.metrics["samples/moving"] == 0.5


def test_with_nothing_to_learn_the_optimiser_keeps_its_course(worker_of, batch_of):
    """Momentum still moves, as it does when samples without a gradient do go through the model."""
    results = []
    for skip in (True, False):
        worker = worker_of(*ONE_UPDATE)
        policy_update(worker.policy, one_share(batch_of))
        # The smallest of advantages is not 0, so these samples are not skipped.
        flat = one_share(batch_of, advantages=np.full(8, 0.0 if skip else 1e-30, dtype=np.float32))
        report, weights = updated(worker, flat)
        assert report.metrics["grad_norm"] == pytest.approx(0.0, abs=1e-20)
        results.append(weights)
    assert furthest(*results) < 1e-7


@pytest.mark.parametrize("extra", [[], ["algorithm.kl.coef=0.1", "algorithm.entropy_coef=0.01"]])
def test_samples_outside_the_loss_change_nothing(worker_of, batch_of, extra):
    in_loss = np.array([True, False, True, True, False, True, True, True])
    results = []
    for seed in (0, 1):
        batch, other = one_share(batch_of, in_loss=in_loss), one_share(batch_of, seed=seed)
        for row in np.flatnonzero(~in_loss):
            batch.completions[row], batch.rollout_log_probs[row] = other.completions[row], other.rollout_log_probs[row]
            batch.advantages[row] = 5 * seed
        results.append(updated(worker_of(*ONE_UPDATE, *extra), batch))
    assert furthest(results[0][1], results[1][1]) == 0
    assert set(results[0][0].gaps) == set(np.flatnonzero(in_loss))


def test_several_updates_a_step_measure_against_the_policy_at_its_start(worker_of, batch_of):
    """Two mini-batches over two epochs, step by step with the old log-probabilities handed in."""
    changes = ("algorithm.mini_batches=2", "algorithm.epochs=2", "algorithm.prompts_per_step=4", "optim.lr=0.02")
    batch = batch_of()
    worker = worker_of(*changes)
    old = [values for _, values in sorted(worker.log_probs(batch, reference=False), key=lambda pair: pair[0])]
    report, weights = updated(worker, batch)
    assert report.metrics["clip/low"] > 0, "the policy must have moved within the step"
    assert report.metrics["ratio/max"] > 1.2

    single = worker_of("algorithm.old_log_probs=rollout", "algorithm.prompts_per_step=4", "optim.lr=0.02")
    for _, share in itertools.product(range(2), range(2)):
        rows = np.flatnonzero(batch.mini_batch == share)
        changes = {
            "prompts": [batch.prompts[row] for row in rows],
            "completions": [batch.completions[row] for row in rows],
            "rollout_log_probs": [old[row] for row in rows],
            "advantages": batch.advantages[rows],
        }
        policy_update(single.policy, one_share(batch_of, len(rows), **changes))
    assert furthest(weights, weights_of(single)) < 1e-6


def test_the_gap_between_rollout_and_trainer_is_measured(worker_of, batch_of):
    worker = worker_of(*ONE_UPDATE)
    batch = one_share(batch_of)
    own = dict(worker.log_probs(batch, reference=False))
    batch = one_share(batch_of, rollout_log_probs=[own[row] + (0.25 if row == 3 else 0) for row in range(8)])
    report = policy_update(worker.policy, batch)
    expected = [0.25 if row == 3 else 0.0 for row in range(8)]
    assert [report.gaps[row] for row in range(8)] == pytest.approx(expected, abs=1e-5)
    assert report.metrics["gap/max"] == pytest.approx(0.25, abs=1e-5)


def test_the_importance_cap_weighs_tokens(worker_of, batch_of):
    """Where trainer and rollout agree it does nothing; where the rollout found tokens likelier they count less."""
    own = dict(worker_of(*ONE_UPDATE).log_probs(one_share(batch_of), reference=False))

    def gradient(shift, *extra):
        shifted = [own[row] + np.float32(shift) for row in range(8)]
        worker = sgd(worker_of(*ONE_UPDATE, *extra))
        before = weights_of(worker)
        _, after = updated(worker, one_share(batch_of, rollout_log_probs=shifted))
        return {name: before[name] - after[name] for name in before}

    plain = gradient(0.5)

    def scaled(factor):
        return {name: factor * value for name, value in plain.items()}

    assert furthest(gradient(0.0, "algorithm.importance_cap=2"), plain) < 1e-6
    assert furthest(gradient(0.5, "algorithm.importance_cap=2"), scaled(float(np.exp(-0.5)))) < 1e-6
    assert furthest(gradient(-1.5, "algorithm.importance_cap=2"), scaled(2.0)) < 1e-6


@pytest.mark.parametrize("kind", ["k1", "k2", "k3", "k1+", "k3+"])
def test_kl_in_the_loss_is_zero_at_the_start_and_positive_later(worker_of, batch_of, kind):
    worker = worker_of(*ONE_UPDATE, "algorithm.kl.coef=0.1", f"algorithm.kl.kind={kind}", "optim.lr=0.02")
    first = policy_update(worker.policy, one_share(batch_of))
    second = policy_update(worker.policy, one_share(batch_of))
    assert first.metrics["kl/reference"] == pytest.approx(0.0, abs=1e-7)
    assert abs(second.metrics["kl/reference"]) > 1e-4
    if not kind.startswith("k1"):  # k1 is negative where the policy found a token likelier at first
        assert second.metrics["kl/reference"] > 0


def test_kl_in_the_loss_pulls_towards_the_reference(worker_of, batch_of):
    """With advantages of 0 only the penalty moves the weights."""
    worker = worker_of(*ONE_UPDATE, "algorithm.kl.coef=1", "algorithm.kl.kind=k2", "optim.lr=0.01")
    policy_update(worker.policy, one_share(batch_of))
    still = one_share(batch_of, advantages=np.zeros(8, dtype=np.float32))
    distances = [policy_update(worker.policy, still).metrics["kl/reference"] for _ in range(25)]
    assert distances[0] > 0.001
    assert distances[-1] < 0.3 * distances[0]


def test_a_new_stage_moves_the_reference(worker_of, batch_of):
    worker = worker_of(*ONE_UPDATE, "algorithm.kl.coef=0.1", "optim.lr=0.02")
    policy_update(worker.policy, one_share(batch_of))
    worker.start_stage(worker.config.optim, 10)
    assert policy_update(worker.policy, one_share(batch_of)).metrics["kl/reference"] == pytest.approx(0.0, abs=1e-7)


def test_an_entropy_bonus_raises_entropy(worker_of, batch_of):
    still = one_share(batch_of, advantages=np.zeros(8, dtype=np.float32))
    worker = worker_of(*ONE_UPDATE, "algorithm.entropy_coef=1", "optim.lr=0.01")
    found = [policy_update(worker.policy, still).metrics for _ in range(8)]
    assert found[-1]["entropy"] > found[0]["entropy"] + 0.1
    assert found[0]["loss"] == pytest.approx(-found[0]["entropy"], rel=1e-4)


def test_an_infinite_advantage_is_an_error_that_names_the_samples(worker_of, batch_of):
    worker = worker_of(*ONE_UPDATE, "engine.tokens_per_micro_batch=1")
    before = weights_of(worker)
    batch = one_share(batch_of)
    batch.advantages[5] = np.inf
    with pytest.raises(EngineError, match=r"samples \[5\]") as caught:
        policy_update(worker.policy, batch)
    assert "optim.lr" in caught.value.hint
    assert furthest(before, weights_of(worker)) == 0
    # And nothing of it lingers: the next update is what it would have been.
    _, after = updated(worker, one_share(batch_of))
    _, expected = updated(worker_of(*ONE_UPDATE, "engine.tokens_per_micro_batch=1"), one_share(batch_of))
    assert furthest(after, expected) == 0


def test_a_weight_that_is_not_finite_is_an_error(worker_of, batch_of):
    worker = worker_of(*ONE_UPDATE)
    with torch.no_grad():
        worker.policy.model.model.embed_tokens.weight[7] = float("nan")
    with pytest.raises(EngineError, match="loss is nan"):
        policy_update(worker.policy, one_share(batch_of))


def test_a_gradient_that_is_not_finite_leaves_the_weights(worker_of, batch_of):
    worker = worker_of(*ONE_UPDATE)
    worker.policy.model.model.norm.weight.register_hook(lambda gradient: gradient * float("inf"))
    before = weights_of(worker)
    with pytest.raises(EngineError, match="gradient norm"):
        policy_update(worker.policy, one_share(batch_of))
    assert furthest(before, weights_of(worker)) == 0


def test_bfloat16_arithmetic_stays_near_float32(worker_of, batch_of):
    results = {}
    for dtype in ("float32", "bfloat16"):
        worker = worker_of(*ONE_UPDATE, f"model.dtype={dtype}")
        results[dtype] = (
            dict(worker.log_probs(one_share(batch_of), reference=False)),
            *updated(worker, one_share(batch_of)),
        )
        assert all(value.dtype == torch.float32 for value in results[dtype][2].values())
    log_probs = [np.concatenate([results[dtype][0][row] for row in range(8)]) for dtype in results]
    assert 0 < np.abs(log_probs[0] - log_probs[1]).mean() < 0.03
    one, other = (results[dtype][1].metrics for dtype in results)
    assert one["loss"] == pytest.approx(other["loss"], abs=0.02)
    assert one["grad_norm"] == pytest.approx(other["grad_norm"], rel=0.05)


def test_gradients_are_clipped_to_the_norm(worker_of, batch_of):
    worker = sgd(worker_of(*ONE_UPDATE), lr=1.0)
    worker.policy.optim.max_grad_norm = 0.01
    before = weights_of(worker)
    report, after = updated(worker, one_share(batch_of))
    moved = torch.cat([(before[name] - after[name]).flatten() for name, _ in worker.policy.model.named_parameters()])
    assert report.metrics["grad_norm"] > 0.1
    assert float(moved.norm()) == pytest.approx(0.01, rel=1e-3)


def test_the_learning_rate_follows_the_schedule(worker_of, batch_of):
    worker = worker_of(*ONE_UPDATE)
    optim = worker.config.optim
    optim.lr, optim.warmup_steps, optim.schedule = 0.1, 2, "linear"
    worker.start_stage(optim, 6)
    rates = [policy_update(worker.policy, one_share(batch_of)).metrics["lr"] for _ in range(6)]
    assert rates == pytest.approx([0.05, 0.1, 0.1, 0.075, 0.05, 0.025])
