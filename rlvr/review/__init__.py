"""Looking at a reward over completions that are there already, and at tasks before they train anything.

`rows.py` reads completions from JSONL, standard input or a run's rollouts; `scoring.py` judges them batch by batch;
`tally.py`, `usable.py` and `changes.py` say what the verdicts come to; `tasks.py` and `references.py` look for what is
wrong with a tasks file. The verbs `score`, `profile`, `diff` and `validate` print it. Nothing here needs torch.
"""
