"""What the kernel enforces: namespaces, Landlock, the filter of system calls, rights, limits, control groups."""
