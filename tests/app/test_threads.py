"""What a thread ran is let go of where it was started."""

import threading
import weakref

from app.threads import start_thread


class Widget:
    """What must not be taken apart in another thread."""


def _ended(thread: threading.Thread) -> None:
    thread.join(10)
    assert not thread.is_alive()


def test_what_a_thread_held_last_goes_on_the_thread_that_started_it() -> None:
    ends: list[threading.Thread] = []
    go_on = threading.Event()

    def start() -> threading.Thread:
        widget = Widget()
        weakref.finalize(widget, lambda: ends.append(threading.current_thread()))

        def run() -> None:
            go_on.wait(10)
            assert widget

        return start_thread(run, "test")

    thread = start()  # from here on nobody but the thread knows the widget
    go_on.set()
    _ended(thread)
    del thread
    assert ends == []
    _ended(start_thread(lambda: None, "another"))
    assert ends == [threading.main_thread()]
