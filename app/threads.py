"""Threads that the window starts. What they hold of Qt is let go of on the GUI thread, whoever used it last."""

import threading
from collections.abc import Callable

_held: list[tuple[threading.Thread, Callable[[], object]]] = []


def start_thread(target: Callable[[], object], name: str) -> threading.Thread:
    """Run `target` in a daemon thread called `name`. Call it on the GUI thread.

    A thread that ends drops what it ran. Were that the last reference to a widget, Qt would take it apart beside the
    GUI thread, which crashes; so `target` stays until the first call of this function after the thread has ended.
    """
    _held[:] = [each for each in _held if each[0].is_alive()]
    thread = threading.Thread(target=target, name=name, daemon=True)
    thread.start()
    _held.append((thread, target))
    return thread
