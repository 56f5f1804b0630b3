"""What tests of the command line share."""

import os
from collections.abc import Iterator

import pytest

from tests.app.cli.serving import Run, served
from tests.app.cli.test_program import WITHOUT_QT, steadymask


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs `steadymask WORDS` without Qt in a process of its own, which is forked where processes can be."""
    if hasattr(os, "fork"):
        with served(tmp_path_factory.mktemp("served")) as server:
            yield server.run
    else:
        yield lambda *words, cwd=None: steadymask(*words, cwd=cwd, code=WITHOUT_QT)
