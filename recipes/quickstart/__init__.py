"""A language model small enough to learn on a laptop: `model.init=pkg://rlvr.recipes.quickstart`.

`config.json` describes it (a Llama of 0.65 million weights); `rlvr.recipes.quickstart.tokenizer` makes its tokenizer.
"""
