"""A tiny policy learns to write one-line programs, rewarded by nothing but what they do when they are run."""

import random

import pytest
import torch

from rlvr import get_reward
from rlvr.algorithms.advantages import grpo
from rlvr.sample import Sample
from rlvr.scoring import Scorer

TASKS = {
    "their sum": lambda a, b: a + b,
    "their product": lambda a, b: a * b,
    "the first less the second": lambda a, b: a - b,
    "the remainder of the first by the second": lambda a, b: a % b,
}
LEFT, OPERATORS, RIGHT = ("a", "b", "1", "(a"), ("+", "-", "*", "%", "//"), ("a", "b", "1", "b)")
GROUP = 24

pytestmark = [pytest.mark.learning, pytest.mark.usefixtures("sandbox")]


def reference_for(name, draw):
    pairs = [(draw.randint(3, 99), draw.randint(3, 99)) for _ in range(3)]
    return {"cases": [{"input": f"{a} {b}", "output": str(TASKS[name](a, b))} for a, b in pairs]}


def test_one_line_programs_are_learned(seed):
    torch.manual_seed(seed)
    draw = random.Random(seed)
    names = list(TASKS)
    policy = [torch.zeros(len(names), len(words), requires_grad=True) for words in (LEFT, OPERATORS, RIGHT)]
    optimiser = torch.optim.Adam(policy, lr=0.3)
    means = []
    with Scorer(get_reward("code.stdio")) as scorer:
        for _ in range(60):
            samples, picked, groups = [], [], []
            for i, name in enumerate(names):
                reference = reference_for(name, draw)
                for _ in range(GROUP):
                    words = [int(torch.distributions.Categorical(logits=part[i]).sample()) for part in policy]
                    line = f"{LEFT[words[0]]} {OPERATORS[words[1]]} {RIGHT[words[2]]}"
                    text = f"a, b = map(int, input().split())\nprint({line})"
                    samples.append(Sample(f"```python\n{text}\n```", reference=reference, prompt=name))
                    picked.append((i, *words))
                    groups.append(i)
            scores = torch.tensor([verdict.score for verdict in scorer.score(samples)])
            means.append(float(scores.mean()))
            if min(means[-3:]) > 0.95 and len(means) > 3:
                break
            advantages = grpo(scores, torch.tensor(groups))
            chosen = torch.tensor(picked)
            logs = sum(torch.log_softmax(part, -1)[chosen[:, 0], chosen[:, k + 1]] for k, part in enumerate(policy))
            optimiser.zero_grad()
            (-(advantages * logs).mean()).backward()
            optimiser.step()
    assert means[0] < 0.2
    assert sum(means[-3:]) / 3 > 0.9, means
