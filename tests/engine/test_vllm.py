"""vLLM itself, its CPU build, as the rollout: tokens and log-probabilities are those of transformers.

`make test-vllm` puts vLLM on the path; elsewhere these are left out. One engine serves them all: it takes seconds to
start, and a process holds one.
"""

import importlib.util
import os
import signal
import time
from collections import Counter

import numpy as np
import pytest
import torch

from rlvr.config import load
from rlvr.config.validation import validate
from rlvr.engine.rollout.generation import Sampling, Vocabulary, generate
from rlvr.engine.run.actors import InlineActors, RayActors
from rlvr.engine.run.loop import train
from rlvr.observe.metrics import read_metrics
from rlvr.observe.run_folder import RunFolder
from tests.engine.conftest import save_llama

needs_vllm = pytest.mark.skipif(
    importlib.util.find_spec("vllm") is None,
    reason="vLLM is not installed: make test-vllm installs its CPU build and runs these",
)
PROMPTS = [[5, 6, 7], [8, 9], [10, 11, 12, 13, 14, 15, 16], [17]]
GREEDY, DRAWN = Sampling(12, temperature=0.0), Sampling(12, temperature=1.0, seed=4)
VLLM = ["rollout=vllm", "rollout.batch_size=32", "data.max_prompt_tokens=32"]


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory, tokenizer):
    """As for the other tests of the engine, with heads of a width that vLLM has kernels for on a CPU."""
    folder = tmp_path_factory.mktemp("wide")
    return save_llama(folder, tokenizer, hidden_size=64, num_hidden_layers=2, head_dim=32)


@pytest.fixture(scope="module")
def actors(config_in, tmp_path_factory):
    made = InlineActors(config_in(tmp_path_factory.mktemp("runs"), *VLLM))
    yield made
    made.close()


def by_index(batches):
    return {one.index: one for batch in batches for one in batch}


def reference(actors, sampling, samples=1, done=()):
    worker = actors._worker
    return by_index(
        generate(
            worker.policy.model,
            PROMPTS,
            samples_per_prompt=samples,
            sampling=sampling,
            vocabulary=worker.vocabulary,
            batch_size=64,
            done=done,
        )
    )


def log_probs(actors, prompt, ids):
    """By a plain forward pass of the policy, over the tokens that the tokenizer has."""
    model = actors._worker.policy.model
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([[*prompt, *ids.tolist()]])).logits[0, len(prompt) - 1 : -1]
    chances = logits[:, : actors._worker.vocabulary.size].log_softmax(-1)
    return chances[torch.arange(len(ids)), torch.as_tensor(ids)].numpy()


def change(actors, seed):
    draw = torch.Generator().manual_seed(seed)
    for parameter in actors._worker.policy.model.parameters():
        parameter.data += 0.05 * torch.randn(parameter.shape, generator=draw)
    actors._stale = True  # what an update does


@needs_vllm
@pytest.mark.parametrize("updates", range(4))
def test_greedy_outputs_and_log_probabilities_before_and_after_updates(actors, updates):
    if updates:
        change(actors, updates)
    ours, theirs = by_index(actors.generate(PROMPTS, 1, GREEDY)), reference(actors, GREEDY)
    assert {i: one.ids.tolist() for i, one in ours.items()} == {i: one.ids.tolist() for i, one in theirs.items()}
    assert {i: one.truncated for i, one in ours.items()} == {i: one.truncated for i, one in theirs.items()}
    drawn = by_index(actors.generate(PROMPTS, 3, DRAWN))
    assert sorted(drawn) == list(range(12))
    for index, one in drawn.items():
        expected = log_probs(actors, PROMPTS[index // 3], one.ids)
        np.testing.assert_allclose(one.log_probs, expected, atol=1e-4)


@needs_vllm
def test_draws_follow_from_the_seed_and_the_place_of_a_prompt(actors):
    first, again = (by_index(actors.generate(PROMPTS, 3, DRAWN)) for _ in range(2))
    fewer = by_index(actors._rollout.generate(PROMPTS, 3, DRAWN, done=[0, 2]))
    other = by_index(actors.generate(PROMPTS, 3, Sampling(12, seed=5)))
    assert sorted(fewer) == [3, 4, 5, 9, 10, 11]
    for index, one in first.items():
        assert one.ids.tolist() == again[index].ids.tolist()
        assert index not in fewer or one.ids.tolist() == fewer[index].ids.tolist()
    assert any(one.ids.tolist() != other[index].ids.tolist() for index, one in first.items())
    assert len({tuple(one.ids.tolist()) for one in first.values()}) > 6


@needs_vllm
def test_what_is_drawn_has_the_policys_distribution(actors):
    """First tokens of many samples, against the probabilities that the policy gives them."""
    count = 2000
    drawn = by_index(actors.generate([PROMPTS[0]], count, Sampling(1, temperature=1.0, seed=9)))
    found = Counter(int(one.ids[0]) for one in drawn.values())
    with torch.no_grad():
        logits = actors._worker.policy.model(input_ids=torch.tensor([PROMPTS[0]])).logits[0, -1]
    expected = logits[: actors._worker.vocabulary.size].softmax(-1).double()
    observed = torch.tensor([found.get(token, 0) / count for token in range(len(expected))], dtype=torch.float64)
    assert max(found) < len(expected)  # rows that no token has are never drawn
    assert 0.5 * (observed - expected).abs().sum() < 0.1


@needs_vllm
def test_stop_tokens_end_a_completion_and_are_part_of_it(actors):
    """A stop token that comes often."""
    before = actors._rollout.vocabulary
    greedy = by_index(actors.generate(PROMPTS, 1, GREEDY))
    place, one = max(greedy.items(), key=lambda item: len(item[1].ids))
    often = int(one.ids[-2])
    actors._rollout.vocabulary = Vocabulary(before.size, (often,), before.pad)
    try:
        ended = by_index(actors.generate(PROMPTS, 1, GREEDY))[place]
    finally:
        actors._rollout.vocabulary = before
    assert len(one.ids) > 2
    assert ended.ids.tolist() == one.ids.tolist()[: one.ids.tolist().index(often) + 1]
    assert not ended.truncated
    assert all(other.truncated == (int(other.ids[-1]) not in before.stop) for other in greedy.values())


def test_what_vllm_cannot_tell_is_refused_before_a_model_loads(config_in, tmp_path):
    config = load("quickstart", ["rollout=vllm", "rollout.temperature=0.7", "rollout.top_p=0.9"])
    assert any("rollout.top_p" in problem and "temperature" in problem for problem in validate(config))
    config = load("quickstart", ["rollout=vllm", "rollout.sleep=true", "engine.ranks=2"])
    assert any("rollout.sleep" in problem for problem in validate(config))


@needs_vllm
def test_a_killed_rollout_costs_no_sample(config_in, tmp_path):
    """The same draws, once left alone and once with the actor that draws killed among them."""
    words = [*VLLM, "engine.actors=ray"]
    drawn = {}
    for name in ("quiet", "killed"):
        config = config_in(tmp_path, *words, f"run.name={name}")
        actors = RayActors(config)
        try:
            found = []
            for number, batch in enumerate(actors.generate(PROMPTS * 20, 4, DRAWN)):
                found += batch
                if name == "killed" and number == 5:
                    pid = actors._ray.get(actors._rollout.__ray_call__.remote(lambda _: os.getpid()))
                    os.kill(pid, signal.SIGKILL)
                    time.sleep(0.5)
        finally:
            actors.close()
        drawn[name] = found
    quiet, killed = ({one.index: one.ids.tolist() for one in drawn[name]} for name in ("quiet", "killed"))
    assert len(drawn["killed"]) == len(killed) == 320
    assert killed == quiet


@needs_vllm
def test_a_whole_run_with_vllm(config_in, tmp_path):
    config = config_in(tmp_path, *VLLM, "run.steps=3", "run.name=whole", "engine.actors=ray")
    gaps = [row["gap/max"] for row in read_metrics(RunFolder(train(config).folder)) if "gap/max" in row]
    assert len(gaps) == 3
    assert max(gaps) < 1e-4


@needs_vllm
@pytest.mark.learning
@pytest.mark.timeout(1800)
def test_the_quickstart_learns_with_it(tmp_path):
    words = ["rollout=vllm", "engine.actors=inline", f"run.dir={tmp_path}", "run.steps=200", "eval.every=0"]
    outcome = train(load("quickstart", [*words, "run.save_rollouts=false"], check=True))
    assert outcome.before["eval/strict"] <= 0.6
    assert outcome.after["eval/strict"] >= 0.75
