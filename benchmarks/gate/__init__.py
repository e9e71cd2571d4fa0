"""What attacks the gate of chat, for `benchmarks/gate_of_chat.py`."""
