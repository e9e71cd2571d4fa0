"""A language model small enough to learn on a laptop: `model.init=pkg://rlvr.recipes.miniature`.

`config.json` describes it (a Llama of 0.65 million parameters); `rlvr.recipes.miniature.tokenizer` makes its tokenizer.
"""
