"""The same step in plain calls of transformers and torch: what remains when there is no library around them."""

from __future__ import annotations

from typing import Any

from peers.digits import share_of_digits
from peers.setting import MAX_GRAD_NORM, NEW_TOKENS, PROMPTS, SAMPLES, Setting, read_prompts
from peers.turns import Turns


def run_plain(setting: Setting, turns: Turns) -> None:
    """`model.generate`, one forward and backward pass, AdamW."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(1)
    torch.manual_seed(setting.seed)
    auto_model: Any = AutoModelForCausalLM
    auto_tokenizer: Any = AutoTokenizer
    model = auto_model.from_pretrained(setting.model, dtype=torch.float32)
    tokenizer = auto_tokenizer.from_pretrained(setting.model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=setting.learning_rate, weight_decay=0.0, fused=True)
    prompts = read_prompts(setting.tasks)
    turns.begin()
    for step in range(setting.steps):
        texts = [text for text in prompts[step * PROMPTS : (step + 1) * PROMPTS] for _ in range(SAMPLES)]
        # All prompts are of one length, so that no padding and no mask is needed.
        prompt = torch.tensor(tokenizer(texts)["input_ids"])
        ids = model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=True,
            top_k=0,
            min_new_tokens=NEW_TOKENS,
            max_new_tokens=NEW_TOKENS,
        )
        drawn = ids[:, prompt.shape[1] :]
        scores = torch.tensor([share_of_digits(text) for text in tokenizer.batch_decode(drawn)])
        groups = scores.view(PROMPTS, SAMPLES)
        advantages = ((groups - groups.mean(1, keepdim=True)) / (groups.std(1, keepdim=True) + 1e-6)).flatten()
        logits = model(ids[:, :-1], use_cache=False, logits_to_keep=NEW_TOKENS).logits
        log_probs = logits.log_softmax(-1).gather(-1, drawn.unsqueeze(-1)).squeeze(-1)
        loss = -(log_probs * advantages.unsqueeze(1)).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRAD_NORM)
        optimizer.step()
        optimizer.zero_grad()
        turns.step_done(float(scores.mean()))
