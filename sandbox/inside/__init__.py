"""Everything that runs in the same process as an untrusted program, or that such a process is forked from.

No module here imports anything of `judges`, `remote` or the top level: what these know must not lie in a program's
memory.
"""
