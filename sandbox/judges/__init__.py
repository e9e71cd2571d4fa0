"""What decides about a program, always outside of the program's process."""
