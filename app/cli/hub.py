"""Hugging Face models on the command line. Wires only; what is done is in `trainer.hub`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.markup import escape

from app.cli.terminal import console, shown


@contextmanager
def hub_progress() -> Iterator[Callable[[str], None]]:
    """A line on standard error that says what is done with a model; gives the function that changes it.

    Where that is no terminal, each kind of work is told once.
    """
    said = ""
    with console.status("", spinner="line") as status:
        status.stop()

        def tell(text: str) -> None:
            nonlocal said
            status.update(escape(shown(text)))
            status.start()
            kind = text.partition(",")[0]
            if kind != said and not console.is_terminal:
                console.print(shown(kind), markup=False)
            said = kind

        yield tell
