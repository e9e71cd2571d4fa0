"""A recipe tried with verl's real trainer on a CPU, before a cluster is paid for.

`running.py` goes through the others in this order:

checks.py       what is wrong without starting anything
shrinking.py    a model of the same architecture, small enough for a CPU
tokenizers.py   one of the same family, where the recipe's own is not at hand
changes.py      what the rehearsal sets otherwise than the recipe, and why
phases.py       how far verl has come, by what it prints
outcome.py      what came of it: samples, statuses, truncation, and what would go wrong
running.py      all of it, in order, within a time limit
"""
