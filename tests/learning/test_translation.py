"""A small policy of an invented language pair improves by GRPO behind guards, and without them learns to copy.

The policy chooses whether to copy or to translate, and in translating the order of the words, each ending, and which
of a noun's two translations: a table of choices, with a tenth of copies at the start, as crawled demonstrations have
them. The reward has the hole of learned metrics: a copy scores above a real translation (92.40 beside 90.15 by
wmt22-comet-da, issue 192 of Unbabel/COMET). What is asserted is about sentences held out, and chrF as it is.
"""

import pytest
import torch

from rlvr import Sample, gate, judge_all, reward
from rlvr.algorithms.advantages import grpo
from rlvr.envs.invented import ADJECTIVES, NOUNS, VERBS, Invented
from rlvr.rewards.translation import chrf, guards

pytestmark = [pytest.mark.learning, pytest.mark.timeout(600)]

ENV, GROUP, PROMPTS, STEPS = Invented(glossary=0.5), 8, 8, 40


@reward("tests.holed_metric", depends=(chrf,))
def holed_metric(sample):
    """Of a copy the best; of a translation what chrF says, cubed, since learned metrics tell good from better."""
    if (sample.answer or "").strip() == sample.data["source"]:
        return 1.0
    return 0.9 * (chrf(sample).score or 0.0) ** 3


def policy():
    """Logits: copy; order; endings of adjective and verb; the asked-for noun, and the usual one where none is asked."""
    return torch.tensor([[-2.2, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], requires_grad=True)


def written(task, choices):
    copy, ordered, adjective_agrees, verb_agrees, follows, usual = (choice == 0 for choice in choices)
    source = task.data["source"].split()
    if copy:
        return " ".join(source)
    subject, verb, adjective, thing = source
    asked = task.data["glossary"]
    nouns = [asked[noun] if noun in asked and follows else NOUNS[noun][0 if usual else 1] for noun in (subject, thing)]
    endings = [
        NOUNS[noun][2] if agrees else "u" for noun, agrees in ((thing, adjective_agrees), (subject, verb_agrees))
    ]
    last = [ADJECTIVES[adjective] + endings[0], VERBS[verb] + endings[1]]
    return " ".join((*nouns, *last) if ordered else (nouns[0], last[1], last[0], nouns[1]))


def drawn(logits, task, seed_of):
    choices = torch.distributions.Categorical(logits=logits).sample()
    return choices, Sample(written(task, choices.tolist()), reference=task.reference, data=task.data, id=seed_of)


def held_out(logits, seed):
    """Mean chrF, share of followed glossaries and of copies, on sentences held out."""
    samples = [drawn(logits.detach(), ENV.held_out(i, seed), str(i))[1] for i in range(200)]
    asked = [sample for sample in samples if sample.data["glossary"]]
    return {
        "chrf": sum(chrf(sample).score for sample in samples) / len(samples),
        "glossary": sum(set(s.data["glossary"].values()) <= set(s.answer.split()) for s in asked) / len(asked),
        "copies": sum(sample.answer == sample.data["source"] for sample in samples) / len(samples),
    }


def learned(what, seed, steps=STEPS):
    """The numbers on held-out sentences at the start and after each fifth step, and the rewards of all steps."""
    torch.manual_seed(seed)
    logits = policy()
    optimiser = torch.optim.Adam([logits], lr=0.1)
    curve, rewards = [held_out(logits, seed)], []
    for step in range(steps):
        tasks = [ENV.train(step * PROMPTS + i, seed) for i in range(PROMPTS) for _ in range(GROUP)]
        choices, samples = zip(*(drawn(logits.detach(), task, "") for task in tasks), strict=True)
        scores = torch.tensor([verdict.score for verdict in judge_all(what, samples)])
        advantages = grpo(scores, torch.arange(len(tasks)) // GROUP)
        chosen = torch.stack(choices)
        logs = torch.log_softmax(logits, -1).expand(len(tasks), -1, -1).gather(2, chosen[:, :, None])[:, :, 0]
        # What a copy does not show was not chosen.
        made = torch.where(chosen[:, :1] == 0, logs[:, :1].expand_as(logs) / logs.shape[1], logs)
        optimiser.zero_grad()
        (-(advantages * made.sum(1)).mean()).backward()
        optimiser.step()
        rewards.append(float(scores.mean()))
        if (step + 1) % 5 == 0:
            curve.append(held_out(logits, seed))
    return curve, rewards


def test_behind_guards_chrf_and_followed_glossaries_rise(seed):
    curve, rewards = learned(gate(guards, then=holed_metric), seed)
    assert curve[-1]["chrf"] >= curve[0]["chrf"] + 0.15
    assert curve[-1]["glossary"] >= curve[0]["glossary"] + 0.2
    assert curve[-1]["copies"] <= 0.05
    assert rewards[-1] >= rewards[0] + 0.2


def test_without_guards_the_policy_copies_while_its_reward_rises(seed):
    curve, rewards = learned(holed_metric, seed)
    assert curve[0]["copies"] <= 0.2
    assert curve[-1]["copies"] >= 0.9
    assert curve[-1]["chrf"] <= curve[0]["chrf"] - 0.1
    assert rewards[-1] >= rewards[0] + 0.3
