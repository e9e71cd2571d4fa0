"""Preference learning: the update against the formula, and whole runs that end the same however often stopped."""

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM

from rlvr import Verdict, reward
from rlvr.engine.policy import checkpoint
from rlvr.engine.run.actors import InlineActors
from rlvr.engine.run.loop import resume, train
from rlvr.engine.update.preference import PairBatch, pair_outcomes, preference_update
from rlvr.errors import ConfigError
from rlvr.observe.pairs import read_pairs
from rlvr.observe.run_folder import RunFolder
from rlvr.recipes.wpo import Wpo
from tests.trajectory import numbers, samples

from .conftest import furthest, weights_of
from .test_runs import crash_at, interrupt_at

WPO = [
    "stage=wpo",
    "wpo.steps=4",
    "wpo.batch_size=6",
    "wpo.beta=0.5",
    "wpo.optim.lr=0.003",
    "wpo.optim.warmup_steps=2",
    "run.checkpoint_every=2",
    "eval.every=3",
]


@pytest.fixture
def wpo_of(config_of):
    return lambda *overrides: config_of(*WPO, *overrides)


@pytest.fixture
def pairs_of(tokenizer):
    """Makes made-up pairs of many lengths."""

    def made(count=5, seed=0):
        draw = np.random.default_rng(seed)
        sizes = draw.integers(1, 12, size=(3, count))
        return PairBatch(*([draw.integers(4, len(tokenizer), size=n) for n in row] for row in sizes))

    return made


def by_hand(model_dir, reference, pairs, beta, weighted, most):
    """Loss and weights of each pair by transformers and torch alone, a sequence at a time; with gradient."""
    model = AutoModelForCausalLM.from_pretrained(model_dir)
    model.load_state_dict(reference["policy"])
    frozen = AutoModelForCausalLM.from_pretrained(model_dir)
    losses, weights = [], []
    for prompt, *both in zip(pairs.prompts, pairs.chosen, pairs.rejected, strict=True):
        ratios, likely = [], []
        for completion in both:
            ids = torch.tensor(np.concatenate([prompt, completion]))
            target = ids[len(prompt) :, None]
            logits = [one(ids[None]).logits[0, len(prompt) - 1 : -1, :100] for one in (model, frozen)]
            mine, theirs = (each.log_softmax(-1).gather(1, target).sum() for each in logits)
            ratios.append(mine - theirs.detach())
            p = logits[0].detach().softmax(-1)
            likely.append((p.gather(1, target)[:, 0].log() - p.square().sum(-1).log()).mean().exp())
        product = likely[0] * likely[1] if weighted else torch.tensor(1.0)
        weights.append(product if most is None else product.clamp(max=most))
        losses.append(-F.logsigmoid(beta * (ratios[0] - ratios[1])) * weights[-1])
    return model, torch.stack(losses), torch.stack(weights)


@pytest.mark.parametrize(("weighted", "most"), [(True, 1.0), (True, None), (False, 1.0)])
@pytest.mark.parametrize("tokens", [1, 60, 4096])
def test_an_update_is_the_published_formula_however_it_is_cut(
    wpo_of, worker_of, model_dir, pairs_of, weighted, most, tokens
):
    bound = "null" if most is None else most
    options = [f"wpo.weighting={weighted}", f"wpo.most_weight={bound}", f"engine.tokens_per_micro_batch={tokens}"]
    worker = InlineActors(wpo_of(*options, "wpo.optim.max_grad_norm=1e9"))._worker
    policy = worker.policy
    with torch.no_grad():  # away from the reference
        noise = torch.Generator().manual_seed(1)
        for parameter in policy.model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=noise))
    state = {name: value.clone() for name, value in policy.model.state_dict().items()}
    pairs = pairs_of()
    model, losses, weights = by_hand(model_dir, {"policy": state}, pairs, 0.5, weighted, most)
    losses.mean().backward()
    outcomes = dict(pair_outcomes(policy, pairs))
    seen = [outcomes[i] for i in range(5)]
    assert [one.loss for one in seen] == pytest.approx(losses.tolist(), rel=1e-3)
    assert [one.weight for one in seen] == pytest.approx(weights.tolist(), rel=1e-3)
    expected = torch.cat([p.grad.flatten() for p in model.parameters()]).norm()
    report = preference_update(policy, pairs)
    assert report.metrics["loss"] == pytest.approx(float(losses.mean().detach()), rel=1e-3)
    assert report.metrics["grad_norm"] == pytest.approx(float(expected), rel=1e-3)
    assert report.pairs.keys() == set(range(5))


def test_at_the_start_no_pair_has_a_margin(wpo_of, pairs_of):
    policy = InlineActors(wpo_of())._worker.policy
    for _, outcome in pair_outcomes(policy, pairs_of()):
        assert outcome.margin == pytest.approx(0, abs=1e-5)


def test_a_step_without_pairs_moves_the_schedule_alone(wpo_of):
    actors = InlineActors(wpo_of())
    actors.start_stage(wpo_of().wpo.optim, 4)
    before = weights_of(actors._worker)
    report = actors.prefer(PairBatch([], [], []))
    assert (report.metrics["loss"], report.metrics["grad_norm"], report.pairs) == (0, 0, {})
    assert furthest(before, weights_of(actors._worker)) == 0


@pytest.fixture(scope="module")
def given_tasks(tmp_path_factory):
    rows = [
        {
            "id": word,
            "prompt": f"{word}=",
            "reference": word,
            "candidates": [word, word.upper(), word[0].upper() + word[1:]],
        }
        for word in ("fog", "owl", "ice", "map", "tea", "sun", "rye", "elm")
    ]
    file = tmp_path_factory.mktemp("given") / "given.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


OPTIONS = {"full": [], "adapters": ["model.lora.rank=4"], "dpo": ["wpo.weighting=false", "wpo.candidates=0"]}


@pytest.fixture(scope="module")
def whole(config_in, given_tasks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    words = [*WPO, f"data.tasks={given_tasks}"]
    return {name: train(config_in(folder, *words, *more, f"run.name={name}")) for name, more in OPTIONS.items()}


def policy_of(config, folder):
    actors = InlineActors(config)
    actors.load(checkpoint.newest(folder / "checkpoints"))
    return actors._worker


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("step", "crashes"), [(0, False), (1, True), (3, True), (2, False)])
def test_a_run_that_was_killed_ends_with_the_same_weights(
    whole, wpo_of, given_tasks, monkeypatch, tmp_path, options, step, crashes
):
    config = wpo_of(f"data.tasks={given_tasks}", *OPTIONS[options])
    with monkeypatch.context() as patch:
        if crashes:
            crash_at(patch, Wpo, step)
            with pytest.raises(SystemExit):
                train(config)
            if step < 2:  # before the first checkpoint: there is nothing to go on from
                return
        else:
            interrupt_at(patch, Wpo, step)
            assert train(config).step == step + 1
    resumed = resume(tmp_path / "it")
    assert resumed.finished
    assert numbers(resumed.folder) == numbers(whole[options].folder)
    assert samples(resumed.folder) == samples(whole[options].folder)
    one, other = (policy_of(config, run.folder) for run in (resumed, whole[options]))
    assert furthest(weights_of(one), weights_of(other)) == 0


def test_what_a_run_leaves(whole):
    folder = RunFolder.open(whole["full"].folder)
    lines = [line for line in numbers(folder.path) if "loss" in line]
    assert len(lines) == 4
    for number, line in enumerate(lines, start=1):
        rows = read_pairs(folder, number)
        assert line["pairs/used"] == len(rows) > 0
        reasons = sum(line[f"pairs/{why}"] for why in ("unscored", "equal", "narrow", "unfinished"))
        assert line["pairs/used"] + reasons == 6
        assert (line["candidates/drawn"], line["candidates/given"]) == (24, 18)
        for row in rows:
            assert row["chosen_score"] > row["rejected_score"]
        assert line["pairs/score_gap"] == pytest.approx(
            np.mean([row["chosen_score"] - row["rejected_score"] for row in rows])
        )
        assert line["preference/margin"] == pytest.approx(np.mean([row["margin"] for row in rows]))
        assert 0 <= line["weight/low"] <= line["weight/median"] <= line["weight/high"] <= 1
    assert lines[0]["preference/margin"] == pytest.approx(0, abs=1e-5)
    assert lines[-1]["preference/margin"] > 0
    held_out = read_pairs(folder, None)
    assert len(held_out) == whole["full"].after["eval/pairs"] > 0
    assert whole["full"].before["eval/margin"] == pytest.approx(0, abs=1e-5)
    assert len(samples(folder.path)) == 4 * 42


def test_off_policy_takes_what_is_given(wpo_of, given_tasks):
    run = train(wpo_of(f"data.tasks={given_tasks}", "wpo.candidates=0"))
    rows = read_pairs(RunFolder.open(run.folder), 1)
    assert len(rows) == 6
    for row in rows:
        assert (row["chosen"], row["rejected"]) == (row["prompt"][:-1], row["prompt"][:-1].upper())
        assert row["chosen_tokens"] == 4
        assert (row["chosen_from"], row["rejected_from"]) == ("given", "given")
    lines = [line for line in numbers(run.folder) if "loss" in line]
    assert lines[-1]["preference/margin"] > 0.5 > lines[0]["preference/margin"]
    assert "length/mean" not in lines[-1]


def test_hybrid_scores_both_together(wpo_of, given_tasks):
    run = train(wpo_of(f"data.tasks={given_tasks}"))
    line = next(line for line in numbers(run.folder) if line["step"] == 1)
    assert (line["candidates/drawn"], line["candidates/given"], line["pairs/used"]) == (24, 18, 6)
    rows = read_pairs(RunFolder.open(run.folder), 1)
    assert {row["chosen_from"] for row in rows} >= {"given"}
    assert all(row["chosen_score"] == 1.0 for row in rows)


def test_answers_from_a_file_are_found_by_their_prompt(wpo_of, tasks_file, tmp_path):
    file = tmp_path / "answers.jsonl"
    rows = [
        {"prompt": "owl=", "candidates": ["owl", "OWL", "owl is far too long"]},
        {"prompt": "no", "candidates": ["x"]},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = train(wpo_of(f"wpo.given_file={file}", "wpo.batch_size=10"))
    lines = [line for line in numbers(run.folder) if "loss" in line]
    assert [line["candidates/given"] for line in lines] == [2, 2, 2, 2]
    assert [line["candidates/too_long"] for line in lines] == [1, 1, 1, 1]


def test_a_failure_is_masked_and_counted_and_never_a_score(wpo_of, given_tasks):
    @reward("tests.shaky")
    def shaky(sample):
        letters = sum(letter.islower() for letter in sample.completion)
        if letters % 2:
            raise ValueError("odd")
        return float(letters)

    run = train(wpo_of("reward=tests.shaky", "scoring.max_error_rate=1", f"data.tasks={given_tasks}"))
    lines = [line for line in numbers(run.folder) if "loss" in line]
    assert any(0 < line["samples/error"] < 1 for line in lines)
    assert all(line["samples/timeout"] == 0 for line in lines)
    for step in (1, 2, 3, 4):
        for row in read_pairs(RunFolder.open(run.folder), step):
            for side in ("chosen", "rejected"):
                assert sum(letter.islower() for letter in row[side]) % 2 == 0


def test_equal_scores_make_no_pair_and_nothing_is_learned(wpo_of):
    reward("tests.same")(lambda sample: Verdict(0.5))
    config = wpo_of("reward=tests.same")
    run = train(config)
    lines = [line for line in numbers(run.folder) if "loss" in line]
    assert [(line["pairs/used"], line["pairs/equal"]) for line in lines] == [(0, 6)] * 4
    fresh = InlineActors(config)._worker
    assert furthest(weights_of(fresh), weights_of(policy_of(config, run.folder))) == 0


@pytest.fixture(scope="module")
def reward_model_dir(tmp_path_factory, tokenizer):
    """A model with one number at the end, random, and a chat template so plain that it changes nothing."""
    from transformers import LlamaConfig, LlamaForSequenceClassification

    folder = tmp_path_factory.mktemp("judge")
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=100,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=512,
        num_labels=1,
        initializer_range=0.5,
        pad_token_id=0,
    )
    LlamaForSequenceClassification(config).save_pretrained(folder)
    import copy

    own = copy.deepcopy(tokenizer)
    own.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    own.save_pretrained(folder)
    return folder


def test_a_reward_model_judges_without_any_reward(wpo_of, reward_model_dir, given_tasks):
    options = [
        f"data.tasks={given_tasks}",
        f"wpo.reward_model={reward_model_dir}",
        "reward=",
        "wpo.steps=12",
        "wpo.batch_size=10",
        "eval.every=0",
    ]
    run = train(wpo_of(*options))
    lines = [line for line in numbers(run.folder) if "loss" in line]
    assert lines[-1]["preference/margin"] > 0.1
    assert {"eval/judged", "eval/margin"} <= run.before.keys()
    from rlvr.engine.policy.reward_model import RewardModel
    from rlvr.sample import Sample

    row = read_pairs(RunFolder.open(run.folder), 1)[0]
    model = RewardModel(reward_model_dir)
    scores = model.score([Sample(row[side], prompt=row["prompt"]) for side in ("chosen", "rejected")])
    assert scores == pytest.approx([row["chosen_score"], row["rejected_score"]], abs=1e-4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["wpo.candidates=1", "wpo.given=false"], "wpo.candidates: `1` makes no pair"),
        (["wpo.candidates=0"], "no task brings enough `candidates`"),
        (["wpo.given_file=nowhere.jsonl"], "wpo.given_file: "),
        (["scoring.on_error=floor"], "scoring.on_error: `floor` would make"),
        (["wpo.reward_model=/tmp"], "wpo.reward_model: /tmp has no config.json"),
        (["wpo.steps=0"], "wpo.steps: `0` leaves nothing to do"),
        (["wpo.batch_size=1", "engine.ranks=2", "engine.actors=ray"], "wpo.batch_size: `1` pairs cannot feed 2 ranks"),
        (["wpo.beta=0"], "wpo.beta: `0.0` must be above 0"),
        (["wpo.label_smoothing=0.5"], "wpo.label_smoothing: `0.5` must be at least 0 and below 0.5"),
        (["reward="], "reward: set it to the name of a reward"),
    ],
)
def test_mistakes_are_named(wpo_of, options, said):
    with pytest.raises(ConfigError) as caught:
        wpo_of(*options)
    assert said in str(caught.value)
