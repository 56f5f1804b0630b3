"""The command line. Wires only: what is done is in `engine` and `trainer`, the same code that the window uses."""

from app.cli.program import main

__all__ = ["main"]
