"""verl's own reward worker with our manager in it: what fails is told, counted and masked, and nothing waits for it."""

import asyncio
import json
import math
from dataclasses import replace

import pytest

from rlvr.errors import RlvrError
from rlvr.sample import Message, Task
from rlvr.verl.judging import KEYS, STOPPED
from tests.verl.conftest import REWARDS

SUM = Task("2+2=", reference="4", reward="text.exact", id="sum")


def named(name):
    return replace(SUM, reward=f"{REWARDS}:{name}", id=name)


def score(worker, *data):
    async def all_of_them():
        return await asyncio.gather(*(worker.compute_score(one) for one in data))

    return worker.loop.run_until_complete(all_of_them())


def lines(folder):
    return [json.loads(line) for file in (folder / "judged").iterdir() for line in file.read_text().splitlines()]


def test_right_and_wrong_with_what_is_written_down(worker, trajectory, tmp_path):
    made = worker()
    right, wrong = score(made, trajectory(made, SUM, "4"), trajectory(made, SUM, "5", session=1))
    assert (right["reward_score"], wrong["reward_score"]) == (1.0, 0.0)
    assert tuple(right["reward_extra_info"]) == KEYS
    by_id = {line["id"]: line for line in lines(tmp_path)}
    assert by_id["sum#1"]["verdict"]["explanation"] == "'5' is not '4'"
    assert by_id["sum#0"]["reward"].startswith("text.exact@")
    assert (by_id["sum#0"]["step"], by_id["sum#0"]["group"], by_id["sum#0"]["completion"]) == (7, "u", "4")


def test_hanging_crashing_and_raising_rewards_are_masked_and_counted(worker, trajectory, tmp_path):
    made = worker("scoring.max_error_rate=1")
    names = ("hangs", "crashes", "raises", "length")
    found = dict(zip(names, score(made, *(trajectory(made, named(name), "12345") for name in names)), strict=True))
    assert [math.isnan(found[name]["reward_score"]) for name in names] == [True, True, True, False]
    assert found["length"]["reward_score"] == 0.5
    told = {name: found[name]["reward_extra_info"] for name in names}
    assert {tuple(one) for one in told.values()} == {KEYS}
    assert (told["hangs"]["rlvr/timeout"], told["crashes"]["rlvr/error"], told["raises"]["rlvr/error"]) == (1, 1, 1)
    assert told["hangs"]["acc"] is None
    assert {line["verdict"]["status"] for line in lines(tmp_path)} == {"timeout", "error", "scored"}


def test_a_reward_that_hangs_in_this_process_does_not_hold_the_run(worker, trajectory, monkeypatch):
    monkeypatch.setattr("rlvr.verl.judging._SPARE_SECONDS", 0.1)
    made = worker("scoring.max_error_rate=1")
    (found,) = score(made, trajectory(made, named("hangs_here"), "4"))
    assert found["reward_extra_info"]["rlvr/timeout"] == 1
    (after,) = score(made, trajectory(made, SUM, "4"))
    assert after["reward_score"] == 1.0


def test_the_floor_instead_of_the_mask(worker, trajectory):
    made = worker("scoring.on_error=floor", "scoring.floor=-1", "scoring.max_error_rate=1")
    (found,) = score(made, trajectory(made, named("raises"), "4"))
    assert found["reward_score"] == -1.0


@pytest.mark.parametrize("ended", [True, False])
def test_truncation_follows_from_the_ids(worker, trajectory, ended):
    made = worker("algorithm.mask_truncated=true")
    (found,) = score(made, trajectory(made, SUM, "4", ended=ended))
    assert found["reward_extra_info"]["rlvr/truncated"] == (not ended)
    assert found["reward_extra_info"]["acc"] == 1.0
    assert math.isnan(found["reward_score"]) == (not ended)


def test_a_long_answer_costs_what_it_costs_in_the_embedded_engine(worker, trajectory):
    made = worker("algorithm.overlong_buffer=8", "algorithm.overlong_penalty=0.5")
    (found,) = score(made, trajectory(made, SUM, "4444", ended=False))  # 4 of 8 tokens, all of them in the buffer
    assert found["reward_score"] == pytest.approx(-0.25)


def test_too_many_failures_end_the_run(worker, trajectory, tmp_path):
    made = worker("scoring.max_error_rate=0.02")
    failing = [trajectory(made, named("raises"), "4", session=i) for i in range(40)]
    with pytest.raises(RlvrError, match="could not score"):
        score(made, *failing)
    with pytest.raises(RlvrError, match="could not score"):
        score(made, trajectory(made, SUM, "4"))
    assert "max_error_rate is 0.02" in (tmp_path / STOPPED).read_text()


def test_raise_ends_the_run_at_the_first_failure(worker, trajectory, tmp_path):
    made = worker("scoring.on_error=raise")
    with pytest.raises(RlvrError, match="on_error=raise"):
        score(made, trajectory(made, named("raises"), "4"))
    assert (tmp_path / STOPPED).is_file()


def test_a_row_of_somebody_elses_is_an_error_and_no_exception(worker, trajectory):
    made = worker("scoring.max_error_rate=1")
    data = trajectory(made, SUM, "4")
    data.non_tensor_batch["extra_info"][0] = {"index": 3}
    (found,) = score(made, data)
    assert math.isnan(found["reward_score"])
    assert found["reward_extra_info"]["rlvr/error"] == 1
    (unknown,) = score(made, trajectory(made, replace(SUM, reward="no.such"), "4"))
    assert unknown["reward_extra_info"]["rlvr/error"] == 1


def test_the_function_seam_gives_the_same_keys_through_verls_naive_manager(verl, config, tmp_path):
    from rlvr.config.paths import resolve_folder
    from rlvr.verl.settings.composed import compose

    path = "reward.custom_reward_function.path='pkg://rlvr.verl.reward_function'"
    model = resolve_folder(config().model.init)
    tree = compose([path, f"actor_rollout_ref.model.path={model}"])
    worker = verl.Worker(tree)
    data = verl.DataProto(
        batch=verl.TensorDict(
            {
                "responses": verl.torch.tensor([worker.input_tokenizer("4", add_special_tokens=False)["input_ids"]]),
                "attention_mask": verl.torch.ones(1, 2, dtype=verl.torch.int64),
            },
            batch_size=1,
        ),
        non_tensor_batch={
            "data_source": verl.np.array(["text.exact"]),
            "reward_model": verl.np.array([{"ground_truth": '"4"'}]),
        },
    )
    (found,) = score(worker, data)
    assert found["reward_score"] == 1.0
    assert tuple(found["reward_extra_info"]) == ("score", *KEYS)


def test_chat_prompts_travel_whole(worker, trajectory):
    from rlvr.verl.data.rows import row_of, task_in

    task = Task((Message("user", "Say 4."),), reference={"a": [1, None]}, data={"k": "v"}, reward="text.exact", id="c")
    assert task_in(row_of(task, 0, "")["extra_info"]) == task
