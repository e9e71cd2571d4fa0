"""Other languages than Python: what they are called, what they need, how a program is built and started."""
