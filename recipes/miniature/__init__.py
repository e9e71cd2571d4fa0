"""Tower+ in a box: the model of `recipe=miniature`, `model.init=pkg://rlvr.recipes.miniature`, and its command.

`config.json` describes it (a Llama of 0.9 million parameters); `rlvr.recipes.miniature.tokenizer` makes its tokenizer.
"""
