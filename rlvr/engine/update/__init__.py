"""Updates: batches, and a step by GRPO, by preferences, or by supervision."""
