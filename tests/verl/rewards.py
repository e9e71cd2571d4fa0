"""Rewards that a run of verl's names by this file's path."""

import os
import time

from rlvr import reward


@reward("verl.length", version="1")
def length(sample):
    return min(len(sample.completion) / 10, 1.0)


@reward("verl.spread", version="1")
def spread(sample):
    """Of two completions hardly ever the same, so that each group has something to teach."""
    return sum(map(ord, sample.completion)) % 101 / 100


@reward("verl.hangs", isolate="process", timeout=0.3, cache=False)
def hangs(sample):
    while True:
        time.sleep(60)


@reward("verl.crashes", isolate="process", timeout=5.0, cache=False)
def crashes(sample):
    os._exit(3)


@reward("verl.raises", cache=False)
def raises(sample):
    raise KeyError("answer")


@reward("verl.hangs_here", timeout=0.2, cache=False)
def hangs_here(sample):
    time.sleep(3600)
