"""The samples of a run, judged again by everything else that judges: each score is what was trained on."""

import asyncio

from rlvr import get_reward
from rlvr.bridges import as_trl
from rlvr.engine.run.loop import train
from rlvr.review.rows import read_rows
from rlvr.review.scoring import score_rows
from rlvr.verl.judging import Judge
from rlvr.verl.reward_function import compute_score


def test_a_composition_of_a_file_scores_alike_in_training_and_everywhere_else(config_of, reward_file):
    name = f"{reward_file}:both"
    config = config_of(f"reward={name}", "run.steps=2", "rollout.max_new_tokens=8")
    rows = list(read_rows(str(train(config).folder)))
    trained = [row.fields["score"] for row in rows]
    assert len(rows) == 24
    assert len(set(trained)) > 3
    assert {row.fields["reward"] for row in rows} == {get_reward(name).identity}

    assert [verdict.score for _, verdict in score_rows(get_reward(name), iter(rows))] == trained

    async def judged():
        return await asyncio.gather(*(judge.judge(row.sample, name) for row in rows))

    judge = Judge(config)
    try:
        assert [one.told["acc"] for one in asyncio.run(judged())] == trained
    finally:
        judge.close()

    # The function and TRL see no token ids, and so no truncation.
    whole = [(row.sample, score) for row, score in zip(rows, trained, strict=True) if not row.sample.truncated]
    assert whole
    found = [asyncio.run(compute_score("", one.completion, one.reference, {}, reward=name)) for one, _ in whole]
    assert [one["score"] for one in found] == [score for _, score in whole]
    columns = {"prompts": [one.prompt for one, _ in whole], "completions": [one.completion for one, _ in whole]}
    trl = as_trl(get_reward(name))(**columns, reference=[one.reference for one, _ in whole])
    assert trl == [score for _, score in whole]
