"""Tasks: reading them from a file, and going through them in an order that a checkpoint can hold in one integer."""

from rlvr.tasks.reading import read_tasks, scan_tasks
from rlvr.tasks.stream import TaskList, TaskSource, TaskStream

__all__ = ["TaskList", "TaskSource", "TaskStream", "read_tasks", "scan_tasks"]
