"""The same GRPO step done by several systems, each in a process of its own, taking turns."""
