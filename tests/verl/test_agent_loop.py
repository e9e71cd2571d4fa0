"""What our agent loop asks of verl's server and hands back; the server itself is real in `test_trainer.py`."""

import asyncio
from types import SimpleNamespace

import pytest

from rlvr.errors import DataError
from rlvr.sample import Task
from rlvr.verl.data.rows import row_of


class Server:
    """Answers with fixed tokens, and keeps what it was asked."""

    def __init__(self, ids):
        self.ids, self.asked = ids, []

    async def generate(self, **asked):
        self.asked.append(asked)
        log_probs = [-0.5] * len(self.ids)
        return SimpleNamespace(token_ids=self.ids, log_probs=log_probs, num_preempted=None, extra_fields={"v": 1})


@pytest.fixture
def loop_of(verl, config):
    from verl.experimental.agent_loop.agent_loop import DictConfigWrap
    from verl.utils.dataset.rl_dataset import RLHFDataset

    from rlvr.config.paths import resolve_folder
    from rlvr.engine.policy.model import load_tokenizer
    from rlvr.verl.agent_loop import RlvrAgentLoop
    from rlvr.verl.settings.composed import compose

    folder = resolve_folder(config().model.init)
    lengths = ["data.max_prompt_length=6", "data.max_response_length=3", "actor_rollout_ref.rollout.name=vllm"]
    tree = compose([*lengths, f"actor_rollout_ref.model.path={folder}"])

    def make(ids):
        server = Server(ids)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        made = RlvrAgentLoop(
            trainer_config=DictConfigWrap(tree),
            server_manager=server,
            tokenizer=load_tokenizer(folder),
            processor=None,
            dataset_cls=RLHFDataset,
            data_config=DictConfigWrap(tree.data),
            something_of_the_next_release=1,
        )
        return made, server

    return make


def run(agent, prompt):
    sampling = {"temperature": 1.0}
    return agent.loop.run_until_complete(agent.run(sampling, **row_of(Task(prompt, id="mine"), 0, "text.exact")))


def test_a_plain_prompt_stays_plain_and_every_stop_token_is_named(loop_of):
    agent, server = loop_of([9, 8])
    found = run(agent, "1+1=")
    assert found.prompt_ids == agent.tokenizer("1+1=")["input_ids"]
    assert server.asked[0]["prompt_ids"] == found.prompt_ids
    assert agent.tokenizer.eos_token_id in server.asked[0]["sampling_params"]["stop_token_ids"]
    assert (found.response_ids, found.response_mask, found.response_logprobs) == ([9, 8], [1, 1], [-0.5, -0.5])
    assert found.extra_fields["v"] == 1


def test_what_is_too_long_is_cut_and_what_is_empty_is_not_learned_from(loop_of):
    agent, _ = loop_of([9, 8, 7, 6])
    assert run(agent, "1+1=").response_ids == [9, 8, 7]
    agent, _ = loop_of([])
    found = run(agent, "1+1=")
    assert (found.response_ids, found.response_mask, found.response_logprobs) == (
        [agent.tokenizer.eos_token_id],
        [0],
        [0.0],
    )


def test_a_prompt_that_is_too_long_is_an_error_with_its_name(loop_of):
    agent, server = loop_of([9])
    with pytest.raises(DataError, match="mine"):
        run(agent, "1+1+1+1+1=")
    assert server.asked == []
