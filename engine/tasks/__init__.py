"""What a task adds to the house: one file each, and a row in `engine.tasks.table`.

Who makes outputs, smooths, draws, writes or measures asks here; all others see the classes that every task projects to.
"""

from engine.tasks.base import Memory, Outputs, Task, TaskName
from engine.tasks.table import TASKS, task_of

__all__ = ["TASKS", "Memory", "Outputs", "Task", "TaskName", "task_of"]
