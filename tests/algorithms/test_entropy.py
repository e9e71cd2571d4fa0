"""The lean log-probabilities and entropy are those of torch and verl, backward too, however the rows are cut."""

import pytest
import torch
from torch.distributions import Categorical

from rlvr.algorithms import entropy
from rlvr.algorithms.entropy import collision_log_probs, entropy_from_logits, log_probs_from_logits


@pytest.fixture(params=[1 << 26, 64, 1], ids=["whole", "two rows", "row by row"])
def _pieces(request, monkeypatch):
    monkeypatch.setattr(entropy, "_PIECE_CPU", request.param)


def draw(dtype=torch.float32, scale=3.0):
    logits = (torch.randn(3, 5, 31, dtype=torch.float64) * scale).to(dtype).requires_grad_()
    return logits, torch.randint(31, (3, 5)), torch.randn(3, 5)


def backward(result, weights, logits):
    return torch.autograd.grad((result * weights).sum(), logits)[0]


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_log_probs_are_those_of_log_softmax(temperature, dtype):
    logits, tokens, weights = draw(dtype)
    precise = logits if dtype is torch.float64 else logits.float()
    expected = (precise / temperature).log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
    actual = log_probs_from_logits(logits, tokens, temperature)
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(backward(actual, weights, logits), backward(expected, weights, logits))


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_entropy_is_that_of_torch(temperature, dtype):
    logits, _, weights = draw(dtype)
    precise = logits if dtype is torch.float64 else logits.float()
    expected = Categorical(logits=precise / temperature).entropy()
    actual = entropy_from_logits(logits, temperature)
    torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(backward(actual, weights, logits), backward(expected, weights, logits))


def test_both_are_those_of_verl(verl):
    logits, tokens, weights = draw(torch.float64)
    pairs = [
        (log_probs_from_logits(logits, tokens), verl.functional.logprobs_from_logits_naive(logits, tokens)),
        (entropy_from_logits(logits), verl.functional.entropy_from_logits(logits)),
    ]
    for ours, theirs in pairs:
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(backward(ours, weights, logits), backward(theirs, weights, logits))


def test_derivatives_are_those_of_finite_differences():
    logits, tokens, _ = draw(torch.float64)
    assert torch.autograd.gradcheck(lambda x: log_probs_from_logits(x, tokens[:1, :2], 0.7), (logits[:1, :2],))
    assert torch.autograd.gradcheck(lambda x: entropy_from_logits(x, 0.7), (logits[:1, :2],))


def test_huge_logits_and_ruled_out_tokens_stay_finite():
    logits = torch.tensor([[[1e4, -1e4, -torch.inf], [0.0, 0.0, -torch.inf]]], requires_grad=True)
    result = torch.stack([log_probs_from_logits(logits, torch.tensor([[0, 1]])), entropy_from_logits(logits)])
    torch.testing.assert_close(result, torch.tensor([[[0.0, -0.6931472]], [[0.0, 0.6931472]]]))
    assert backward(result, torch.ones(2, 1, 2), logits).isfinite().all()


def test_views_and_no_grad():
    logits, tokens, _ = draw()
    with torch.no_grad():
        torch.testing.assert_close(
            log_probs_from_logits(logits[:, 1:], tokens[:, 1:]), log_probs_from_logits(logits, tokens)[:, 1:]
        )
    assert log_probs_from_logits(logits[:, :0], tokens[:, :0]).shape == (3, 0)


def test_what_cannot_work_is_refused():
    logits, tokens, _ = draw()
    for misfit in (tokens[:, 1:], torch.cat([tokens, tokens], 1), tokens[0]):
        with pytest.raises(ValueError, match="tokens"):
            log_probs_from_logits(logits, misfit)
    for temperature in (0.0, -1.0):
        with pytest.raises(ValueError, match="temperature"):
            log_probs_from_logits(logits, tokens, temperature)
        for function in (entropy_from_logits, collision_log_probs):
            with pytest.raises(ValueError, match="temperature"):
                function(logits, temperature)


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("temperature", [1.0, 0.01, 0.6, 4.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_collisions_are_sums_of_squares(temperature, dtype):
    logits, _, _ = draw(dtype)
    precise = (logits if dtype is torch.float64 else logits.float()).detach()
    expected = (precise / temperature).softmax(-1).square().sum(-1).log()
    found = collision_log_probs(logits, temperature)
    assert not found.requires_grad
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(collision_log_probs(logits), collision_log_probs(logits, 1.0), rtol=0, atol=0)


def test_a_second_derivative_is_refused_and_not_wrong():
    logits, tokens, _ = draw(torch.float64)
    for result in (log_probs_from_logits(logits, tokens), entropy_from_logits(logits)):
        (gradient,) = torch.autograd.grad(result.sum(), logits, create_graph=True)
        with pytest.raises(RuntimeError, match=r"once_differentiable|does not require grad"):
            torch.autograd.grad(gradient.square().sum(), logits)
