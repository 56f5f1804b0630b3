import pytest

from tests.conftest import QT_PROBLEM


def test_the_tests_of_the_window_run() -> None:
    if QT_PROBLEM is not None:
        pytest.skip(f"the window's tests were left out: {QT_PROBLEM}")
