"""What runs in the process that holds tests: assertions, pytest, checkers, and its end of the bridge to the program."""
