"""The same conversations in both engines: tokens, masks, what the rewards see and what they say of it."""

import asyncio
import json
import math
from contextlib import closing
from dataclasses import asdict
from types import SimpleNamespace

import pytest

from rlvr.engine.policy.model import load_model, load_tokenizer
from rlvr.engine.rollout.generation import Sampling, Vocabulary, generate
from rlvr.engine.run.collect import collect
from rlvr.engine.run.session import Session
from rlvr.envs.guess import Guess
from rlvr.observe.metrics import MetricsLog
from rlvr.observe.rollout_rows import read_rollouts
from rlvr.observe.run_folder import RunFolder
from rlvr.verl.data.rows import CONVERSATION
from rlvr.verl.run.collecting import Collector

EOS = 2
BUDGET = 20
GAME = ["data.env=guess", "data.env_args={max_turns: 4}", "reward=games.guess", f"rollout.max_new_tokens={BUDGET}"]


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    """A small random model of which a third of the tokens end a turn."""
    from tests.engine.conftest import MINIATURE, save_llama

    folder = save_llama(tmp_path_factory.mktemp("model"), load_tokenizer(MINIATURE))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [EOS, *range(70, 100, 2), 22, 24, 26]}))
    return folder


@pytest.fixture
def game(config, model_dir):
    """The configuration of a run in which both guess."""
    return lambda *settings: config("model.init=null", f"model.path={model_dir}", *GAME, *settings)


class Server:
    """Where verl has its server: the same weights, likeliest tokens."""

    def __init__(self, config, model_dir):
        import torch

        self.model = load_model(config.model, seed=0, device=torch.device("cpu"))
        self.size = len(load_tokenizer(model_dir))

    async def generate(self, *, request_id, prompt_ids, sampling_params):
        vocabulary = Vocabulary(self.size, tuple(sampling_params["stop_token_ids"]), pad=0)
        sampling = Sampling(sampling_params["max_tokens"], temperature=0.0)
        found = generate(
            self.model, [prompt_ids], samples_per_prompt=1, sampling=sampling, vocabulary=vocabulary, batch_size=1
        )
        ((one,),) = list(found)
        told = {"request": request_id, "min_global_steps": 1, "max_global_steps": 1}
        return SimpleNamespace(
            token_ids=one.ids.tolist(), log_probs=one.log_probs.tolist(), num_preempted=0, extra_fields=told
        )


@pytest.fixture
def theirs(verl, game, model_dir, tmp_path):
    """What our agent loop makes of the rows of a run's data file."""
    from verl.experimental.agent_loop.agent_loop import DictConfigWrap
    from verl.utils.dataset.rl_dataset import RLHFDataset

    from rlvr.verl.agent_loop import RlvrAgentLoop
    from rlvr.verl.settings.composed import compose
    from rlvr.verl.settings.preparing import prepare

    def made(*settings):
        import pyarrow.parquet as pq

        ours = game(*settings)
        tree = compose(prepare(ours, tmp_path).overrides)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        agent = RlvrAgentLoop(
            trainer_config=DictConfigWrap(tree),
            server_manager=Server(ours, model_dir),
            tokenizer=load_tokenizer(model_dir),
            processor=None,
            dataset_cls=RLHFDataset,
            data_config=DictConfigWrap(tree.data),
        )
        rows = pq.read_table(tmp_path / "data" / "train.parquet").to_pylist()
        return rows, [loop.run_until_complete(agent.run({"temperature": 0.0}, **row)) for row in rows]

    return made


@pytest.fixture
def ours(game, tmp_path, model_dir):
    """What the embedded engine makes of the same tasks."""

    def made(*settings):
        inline = ["engine.actors=inline", "engine.device=cpu", "engine.threads=1", "scoring.probe=off"]
        session = Session(game(*inline, *settings), RunFolder.create(tmp_path, "embedded", ""))
        try:
            tasks = session.draw("grpo", 8)
            sampling = Sampling(BUDGET, temperature=0.0)
            scorers = {"train": session.scorer}
            return collect(
                session.actors, session.tokenizer, session.stop, tasks, group_size=1, sampling=sampling, scorers=scorers
            )
        finally:
            session.close()

    return made


@pytest.fixture
def judged(verl, worker):
    """What verl's reward worker is told of trajectories, and what our manager wrote down."""

    def made(rows, outputs, folder, *settings):
        reward_worker = worker(*GAME, *settings)
        np, torch = verl.np, verl.torch

        async def score():
            return await asyncio.gather(
                *(reward_worker.compute_score(data(row, output)) for row, output in zip(rows, outputs, strict=True))
            )

        def data(row, output):
            prompt, response = torch.tensor([output.prompt_ids]), torch.tensor([output.response_ids])
            tensors = {
                "prompts": prompt,
                "responses": response,
                "attention_mask": torch.ones(1, prompt.shape[1] + response.shape[1], dtype=torch.int64),
            }
            fields = {
                **row,
                "uid": row["extra_info"]["index"],
                "session_id": 0,
                "global_steps": 1 + row["extra_info"]["index"] // 4,
            }
            return verl.DataProto(
                batch=verl.TensorDict(tensors, batch_size=1),
                non_tensor_batch={
                    **{key: np.array([value]) for key, value in fields.items()},
                    "tool_extra_fields": np.array([output.extra_fields], dtype=object),
                },
            )

        told = reward_worker.loop.run_until_complete(score())
        text = "".join(file.read_text() for file in (folder / "judged").iterdir())
        lines = {line["group"]: line for line in map(json.loads, text.splitlines())}
        return told, [lines[str(row["extra_info"]["index"])] for row in rows]

    return made


def without_clock(verdict):
    return {key: value for key, value in verdict.items() if key != "elapsed"}


def test_tokens_masks_and_verdicts_are_the_same_in_both(ours, theirs, judged, tmp_path, model_dir):
    rows, outputs = theirs()
    embedded = ours()
    assert len({one.turns for one in embedded.completions}) > 2
    assert any(one.truncated for one in embedded.completions)
    told, lines = judged(rows, outputs, tmp_path)
    everything = zip(
        embedded.completions, embedded.samples, embedded.verdicts["train"], outputs, lines, told, strict=True
    )
    for completion, sample, verdict, output, line, answer in everything:
        drawn = [True] * len(completion.ids) if completion.drawn is None else completion.drawn.tolist()
        assert output.response_ids == completion.ids.tolist()
        assert output.response_mask == [int(one) for one in drawn]
        assert output.response_logprobs == pytest.approx(completion.log_probs.tolist(), abs=1e-5)
        assert output.num_turns == 2 * completion.turns
        said = [] if isinstance(sample.prompt, str) else [asdict(message) for message in sample.prompt[1:]]
        assert line["turns"] == said
        keys = ("completion", "truncated", "tokens")
        assert [line[key] for key in keys] == [sample.completion, sample.truncated, sample.n_tokens]
        assert without_clock(line["verdict"]) == without_clock(verdict.as_dict())
        assert answer["reward_score"] == verdict.score
        assert answer["reward_extra_info"]["rlvr/truncated"] == float(completion.truncated)


def test_all_turns_of_a_conversation_are_one_request(theirs):
    _, outputs = theirs()
    assert len({output.extra_fields["request"] for output in outputs}) == len(outputs)


def test_an_environment_that_fails_is_an_error_of_the_sample(theirs, ours, judged, tmp_path, monkeypatch):
    def gone(self, task, turns):
        raise RuntimeError("the board is gone")

    monkeypatch.setattr(Guess, "reply", gone)
    rows, outputs = theirs()
    told, lines = judged(rows, outputs, tmp_path, "scoring.max_error_rate=1")
    failed = [json.loads(output.extra_fields[CONVERSATION])["failure"] != "" for output in outputs]
    assert any(failed)
    assert [math.isnan(one["reward_score"]) for one in told] == failed
    assert [one["reward_extra_info"]["rlvr/error"] for one in told] == [float(one) for one in failed]
    embedded = ours("scoring.max_error_rate=1")
    assert [line["verdict"]["status"] for line in lines] == [str(one.status) for one in embedded.verdicts["train"]]
    assert all(
        "the board is gone" in line["verdict"]["explanation"] for line, one in zip(lines, failed, strict=True) if one
    )


def test_the_collected_rollouts_show_the_turns(theirs, ours, judged, game, tmp_path):
    judged(*theirs(), tmp_path)
    folder = RunFolder(tmp_path)
    with closing(MetricsLog(folder, tensorboard=False)) as log:
        for step in (1, 2):
            Collector(game(), folder, log).step(step, {})
    written, embedded = read_rollouts(folder).to_pylist(), ours()
    assert [row["turns"] for row in written] == [one.turns for one in embedded.completions]
    for row, sample in zip(written, embedded.samples, strict=True):
        assert row["completion"] == sample.completion
        plain = isinstance(sample.prompt, str)
        assert (row["prompt"] if plain else json.loads(row["prompt"])) == (
            sample.prompt if plain else [asdict(message) for message in sample.prompt]
        )
