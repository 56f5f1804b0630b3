"""The tasks: a row here and a file beside it for each."""

from engine.tasks.base import Task, TaskName
from engine.tasks.matting import Matting
from engine.tasks.semantic import Semantic

TASKS: dict[TaskName, Task] = {task.name: task for task in (Semantic(), Matting())}


def task_of(name: TaskName) -> Task:
    """The task of that name, as a card has it."""
    return TASKS[name]
