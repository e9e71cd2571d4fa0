"""The shapes of the models that Tower+ starts from, so that a run can be planned and rehearsed before they are there.

Each folder holds a `config.json` with the published architecture: Gemma 2 of 2B and 9B weights, Qwen 2.5 of 72B.
"""
