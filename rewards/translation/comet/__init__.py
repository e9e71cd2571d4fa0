"""Learned translation metrics, each in a process of its own in an environment of its own.

unbabel-comet's pins clash with everything else a trainer needs, so `rlvr setup comet` makes it an environment. A worker
process there holds the model; requests of all callers share its batches.

    place.py, making.py     where the environment is, and how it is made
    settings.py             which checkpoint a reward uses, on which device
    frames.py               what goes over the pipes: length, then JSON
    worker/                 the other end: standard library, torch and comet, nothing of rlvr
    process.py, metric.py   this end: a worker, and what survives it (cache, restarts, resubmission)
    actor.py                the same as a Ray actor with a share of a GPU
    segments.py             a sample's texts, and what becomes of those that do not fit the model's window
    rewards.py              `mt.comet`, `mt.kiwi`, `mt.xcomet`, `mt.metricx`
"""
