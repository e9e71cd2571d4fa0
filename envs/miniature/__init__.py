"""A world for a model of a million parameters: two invented languages, and five skills that can be verified.

`languages` are the two and what is said in them, `skills` the tasks, `environment` gives them to a run, and `texts`
writes what `cpt` and `sft` learn from. One in eight sentences, sums, programs and sets of constraints is held out, by
itself and whatever the seed: nothing that is learned from, in any stage, holds one.
"""
