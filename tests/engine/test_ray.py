"""Actors in Ray and over two ranks do what one process does. They take seconds to start, so the tests share them."""

import os
import shutil
import signal
import time
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
import ray

from rlvr.engine.run import session
from rlvr.engine.run.actors import InlineActors, RayActors
from rlvr.engine.run.loop import resume, train
from rlvr.engine.update.corpus import packed
from rlvr.engine.update.preference import PairBatch
from rlvr.engine.update.texts import TextBatch
from rlvr.errors import EngineError, ModelError
from tests.trajectory import numbers, samples

from .test_texts import texts_of

RUN = ["sft.steps=2", "run.steps=2", "run.checkpoint_every=1", "run.keep_checkpoints=9", "algorithm.kl.coef=0.1"]


@pytest.fixture(scope="module", autouse=True)
def _ray():
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(address="local", num_cpus=8, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def runs(config_in, tmp_path_factory):
    """Makes a run with actors that live on after it: its folder and the actors."""
    folder = tmp_path_factory.mktemp("runs")
    started = {}

    def made(ranks):
        if ranks not in started:
            actors = "ray" if ranks else "inline"
            config = config_in(
                folder, *RUN, f"run.name=ranks-{ranks}", f"engine.actors={actors}", f"engine.ranks={max(1, ranks)}"
            )
            with pytest.MonkeyPatch.context() as patch:
                found = RayActors(config) if ranks else InlineActors(config)
                patch.setattr(session, "start_actors", lambda _: found)
                patch.setattr(found, "close", lambda: None)
                started[ranks] = train(config).folder, found
        return started[ranks]

    return made


def pids(actors):
    return ray.get([rank.__ray_call__.remote(lambda _: os.getpid()) for rank in actors._ranks])


def test_an_actor_gives_exactly_what_inline_gives(runs):
    inline, one = runs(0)[0], runs(1)[0]
    assert numbers(one) == numbers(inline)
    assert samples(one) == samples(inline)


def assert_near(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.keys() == other.keys()
        for key, value in other.items():
            # `gap/*` measure rounding itself, which differs.
            if isinstance(value, float) and not key.startswith("gap"):
                assert one[key] == pytest.approx(value, rel=2e-5, abs=1e-5), key


def test_two_ranks_give_the_same_up_to_rounding(runs):
    inline, two = runs(0)[0], runs(2)[0]
    assert_near(numbers(two), numbers(inline))
    assert [row["completion"] for row in samples(two)] == [row["completion"] for row in samples(inline)]
    assert max(row["gap_mean"] for row in samples(two)) < 1e-5


def test_a_checkpoint_of_two_ranks_goes_on_with_one(runs, tmp_path):
    two = runs(2)[0]
    folder = Path(shutil.copytree(two, tmp_path / "run"))
    for later in ("step-00000003", "step-00000004"):  # back to the end of the warm-up
        shutil.rmtree(folder / "checkpoints" / later)
    config = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(config.replace("actors: ray", "actors: inline").replace("ranks: 2", "ranks: 1"))
    assert resume(folder).finished
    assert_near(numbers(folder), numbers(two))
    assert [row["completion"] for row in samples(folder)] == [row["completion"] for row in samples(two)]


def test_a_checkpoint_of_one_goes_on_with_two_ranks(runs, batch_of):
    (inline, one), (_, two) = runs(0), runs(2)
    batch = batch_of(7)
    for step in (3, 4):
        folder = inline / "checkpoints" / f"step-0000000{step}"
        for actors in (one, two):
            actors.load(folder)
        for reference in (False, True):
            for mine, other in zip(
                one.log_probs(batch, reference=reference), two.log_probs(batch, reference=reference), strict=True
            ):
                np.testing.assert_allclose(mine, other, atol=1e-5)


def test_fewer_samples_than_ranks_are_no_trouble(runs, batch_of):
    (_, one), (_, two) = runs(0), runs(2)
    newest = sorted((runs(0)[0] / "checkpoints").iterdir())[-1]
    for actors in (one, two):
        actors.load(newest)
    single = batch_of(1, mini_batch=np.zeros(1, dtype=np.int64))
    expected, found = (actors.update(single) for actors in (one, two))
    assert_near([found.metrics], [expected.metrics])
    assert found.gaps.keys() == {0}


def test_an_error_in_a_rank_arrives_as_itself_and_the_ranks_go_on(runs, batch_of):
    """Only one of them finds the loss not finite, and the other must not wait for it for ever."""
    _, two = runs(2)
    before = two.log_probs(batch_of(8), reference=False)
    advantages = np.ones(8, dtype=np.float32)
    advantages[6] = np.inf
    with pytest.raises(EngineError, match=r"samples \[.*6.*\]") as caught:
        two.update(batch_of(8, advantages=advantages, mini_batch=np.zeros(8, dtype=np.int64)))
    assert type(caught.value) is EngineError
    assert "optim.lr" in caught.value.hint
    for one, other in zip(before, two.log_probs(batch_of(8), reference=False), strict=True):
        assert one.tolist() == other.tolist()


def test_an_actor_that_cannot_start_says_why(config_of, model_dir, tmp_path):
    broken = shutil.copytree(model_dir, tmp_path / "model")
    (broken / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(ModelError, match="no causal language model"):
        RayActors(config_of(f"model.path={broken}", "engine.actors=ray"))


@pytest.mark.parametrize("ranks", [1, 2])
def test_an_actor_that_is_killed_is_an_error_that_says_what_to_do(runs, batch_of, ranks):
    _, actors = runs(ranks)
    os.kill(pids(actors)[-1], signal.SIGKILL)
    start = time.monotonic()
    with pytest.raises(EngineError, match="worker of the engine died") as caught:
        actors.update(batch_of(8, mini_batch=np.zeros(8, dtype=np.int64)))
    assert "rlvr resume" in caught.value.hint
    assert time.monotonic() - start < 20
    actors.close()


def test_more_actors_than_there_is_room_for_are_an_error_and_no_endless_wait(config_of):
    with pytest.raises(EngineError, match=r"9 actors take 9 CPUs, and Ray has 8"):
        RayActors(config_of("engine.actors=ray", "engine.ranks=8"))


@pytest.fixture(scope="module", params=[[], ["model.lora.rank=4"]], ids=["full", "adapters"])
def both(request, config_in, tmp_path_factory):
    """The same policy in this process and over two ranks, and how both go back to its first weights."""
    folder = tmp_path_factory.mktemp("both")
    words = [*request.param, "engine.tokens_per_micro_batch=48", "optim.max_grad_norm=0.5"]
    words += ["stage=wpo", "wpo.beta=0.5", "wpo.optim.lr=0.003"]
    config = config_in(folder, *words)
    found = InlineActors(config), RayActors(config_in(folder, *words, "engine.actors=ray", "engine.ranks=2"))
    for policy in found:
        policy.start_stage(config.wpo.optim, 4)
    found[0].save(folder / "start")

    def begin(optim):
        for policy in found:
            policy.load(folder / "start")
            policy.start_stage(optim, 4)
        return found

    yield config, begin
    for policy in found:
        policy.close()


def test_two_ranks_learn_from_packed_texts_what_one_does(both):
    """Loss, gradient norm, weights after two steps (adapters merged into them) and the losses of single texts."""
    config, begin = both
    texts = texts_of()
    found = []
    for policy in begin(config.sft.optim):
        metrics = [policy.supervise(packed(texts)).metrics, policy.supervise(TextBatch(texts)).metrics]
        found.append((metrics, policy.text_losses(packed(texts)), policy.everywhere("weights")[0]))
    (one, alone, weights), (other, together, gathered) = found
    assert_near(other, one)
    assert together == pytest.approx(alone, abs=1e-3)
    assert weights.keys() == gathered.keys()
    assert not any("lora" in name for name in weights)
    for name, value in weights.items():
        np.testing.assert_allclose(gathered[name], value, atol=1e-4)


def test_two_ranks_learn_from_pairs_what_one_does(both):
    """Five pairs, so that one rank has one more; two steps, that the second begins away from the reference."""
    config, begin = both
    draw = np.random.default_rng(0)
    sizes = draw.integers(2, 12, size=(3, 5))
    pairs = PairBatch(*([draw.integers(4, 100, size=n) for n in row] for row in sizes))
    found = []
    for policy in begin(config.wpo.optim):
        reports = [policy.prefer(pairs) for _ in range(3)]
        metrics = [report.metrics | {"margin": sum(one.margin for one in report.pairs.values())} for report in reports]
        outcomes = [astuple(outcome) for outcome in policy.pair_outcomes(pairs)]
        found.append((metrics, outcomes, policy.everywhere("weights")[0]))
        assert all(list(report.pairs) == [0, 1, 2, 3, 4] for report in reports)
    (one, alone, weights), (other, together, gathered) = found
    assert_near(other, one)
    np.testing.assert_allclose(together, alone, atol=1e-4)
    assert one[2]["margin"] > one[0]["margin"] + 1e-3
    for name, value in weights.items():
        np.testing.assert_allclose(gathered[name], value, atol=1e-4)
