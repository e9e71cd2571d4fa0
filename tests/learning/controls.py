"""What a control of a proof takes away."""

import numpy as np

from rlvr.recipes.wpo import Wpo


def shuffle_scores(monkeypatch, seed):
    """WPO learns from the same scores, shuffled among the answers of a step; the held-out pairs keep theirs."""
    draw, honest = np.random.default_rng(seed), Wpo.step

    def step(self, number):
        judge = self._gatherer.judge

        def shuffled(tasks, samples):
            found = judge(tasks, samples)
            flat = [verdict for own in found for verdict in own]
            mixed = iter([flat[i] for i in draw.permutation(len(flat))])
            return [[next(mixed) for _ in own] for own in found]

        with monkeypatch.context() as patch:
            patch.setattr(self._gatherer, "judge", shuffled)
            return honest(self, number)

    monkeypatch.setattr(Wpo, "step", step)
