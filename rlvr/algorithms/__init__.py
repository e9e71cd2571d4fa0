"""How a policy learns from rewards: pure functions of tensors, each beside the paper it comes from.

Shapes are written with B samples, T tokens, K reward components and V vocabulary entries. A step reads top to bottom:

    advantages = grpo(rewards, groups)                                       # advantages.py
    weights = token_weights(mask, "token-mean")                              # aggregation.py
    log_probs = log_probs_from_logits(logits, tokens)                        # entropy.py
    loss = ppo_clip(log_probs, old_log_probs, advantages, mask).per_token    # policy_loss.py
    (loss * weights).sum().backward()

Pairs of completions instead of rewards (DPO, WPO) are in `preference.py`.

Nothing is imported here, so that a configuration can read `rlvr.algorithms.names` without loading torch. Import from
the modules, or look functions up by name in `rlvr.algorithms.catalogue`.
"""
