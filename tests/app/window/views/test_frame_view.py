"""The picture and its masks: what is drawn, where one looks, what is under the pointer."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.views.frame_view import FrameView, Pointed
from tests.app.window.views.conftest import result

Show = Callable[[FrameView, int, int], FrameView]
RED, BLUE = (220, 20, 20), (20, 20, 220)


@pytest.fixture
def view(show: Show) -> FrameView:
    """640 × 360 pixels, with a frame of 320 × 180 fitted into it; class 1 is red, class 2 is blue."""
    view = show(FrameView(), 640, 360)
    palette = np.zeros((256, 3), np.uint8)
    palette[1], palette[2] = RED, BLUE
    view.set_palette(palette)
    view.show_result(result())
    return view


def colour(view: FrameView, x: int, y: int) -> tuple[int, int, int]:
    picture = view.grab().toImage()
    scale = picture.devicePixelRatio()
    seen: QColor = picture.pixelColor(int(x * scale), int(y * scale))
    return seen.red(), seen.green(), seen.blue()


def near(one: tuple[int, ...], other: tuple[int, ...], most: int = 3) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def test_masks_cover_the_picture_as_far_as_they_are_opaque(view: FrameView) -> None:
    assert near(colour(view, 100, 100), RED)
    view.set_opacity(0.5)
    assert near(colour(view, 100, 100), (160, 60, 60))
    view.set_opacity(0)
    assert near(colour(view, 100, 100), (100, 100, 100))


def test_classes_and_masks_can_be_left_out(view: FrameView) -> None:
    view.set_class_visible(1, False)
    assert near(colour(view, 100, 100), (100, 100, 100))
    assert near(colour(view, 500, 100), BLUE)
    view.set_class_visible(1, True)
    assert near(colour(view, 100, 100), RED)
    view.set_masks_shown(False)
    assert near(colour(view, 100, 100), (100, 100, 100))


@pytest.mark.parametrize("steps", [0, 4, 10])
def test_an_outline_is_as_thin_at_any_zoom(view: FrameView, steps: int) -> None:
    view.set_opacity(0.3)
    view.set_style("outline")
    view.zoom(steps)
    picture = view.grab().toImage()
    row = [picture.pixelColor(x, picture.height() // 2) for x in range(picture.width())]
    red = sum(near((c.red(), c.green(), c.blue()), RED, 40) for c in row)
    blue = sum(near((c.red(), c.green(), c.blue()), BLUE, 40) for c in row)
    assert 1 <= red <= 3
    assert 1 <= blue <= 3
    assert near(colour(view, 100, 100), (100, 100, 100))


def test_an_outline_follows_the_view_and_the_class(view: FrameView) -> None:
    view.set_style("outline")
    view.pan(-1.5, 0)
    view.pan(1.5, 0)
    assert near(colour(view, 320, 100), BLUE, 40)
    view.set_class_visible(2, False)
    assert not near(colour(view, 322, 100), BLUE, 40)
    view.set_style("fill")
    view.set_class_visible(2, True)
    assert near(colour(view, 500, 100), BLUE)


def test_a_preview_takes_the_place_of_picture_and_masks(view: FrameView) -> None:
    view.show_preview(np.full((18, 32, 3), 200, np.uint8))
    assert near(colour(view, 100, 100), (200, 200, 200))
    assert view.point_at(100, 100) == Pointed(50, 50, None)
    view.show_result(result())
    assert near(colour(view, 100, 100), RED)


def test_the_pointer_is_told_in_pixels_of_the_source(view: FrameView, qtbot: QtBot) -> None:
    assert view.point_at(0, 0) == Pointed(0, 0, 1)
    assert view.point_at(639, 359) == Pointed(319, 179, 2)
    with qtbot.waitSignal(view.pointed) as heard:
        qtbot.mouseMove(view.viewport(), QPoint(500, 90))
    assert heard.args == [Pointed(250, 45, 2)]
    with qtbot.waitSignal(view.pointed) as heard:
        QApplication.sendEvent(view, _leave())
    assert heard.args == [None]
    view.show_result(result(masks=False))
    assert view.point_at(500, 90) == Pointed(250, 45, None)
    view.clear()
    assert view.point_at(500, 90) is None


def test_off_the_picture_is_nowhere(view: FrameView) -> None:
    view.zoom(-4)
    assert view.point_at(5, 5) is None
    assert view.point_at(320, 180) is not None


def test_the_wheel_zooms_at_the_pointer(view: FrameView) -> None:
    before = view.point_at(500, 90)
    assert before is not None
    _turn(view, 500, 90, 120)
    after, state = view.point_at(500, 90), view.view_state()
    assert after is not None
    assert abs(after.x - before.x) <= 1
    assert abs(after.y - before.y) <= 1
    assert state is not None
    assert state[2] > 1


def test_zoom_ends_before_there_is_nothing_to_see(view: FrameView) -> None:
    view.zoom(60)
    state = view.view_state()
    assert state is not None
    assert state[2] <= 320 / 4 + 1
    view.zoom(-120)
    assert view.point_at(320, 180) is not None


def test_a_view_is_taken_up_again(view: FrameView, qtbot: QtBot) -> None:
    assert view.view_state() is None
    with qtbot.waitSignal(view.view_changed):
        view.zoom(5)
    view.pan(0.2, -0.1)
    state = view.view_state()
    assert state is not None
    view.fit()
    assert view.view_state() is None
    view.restore_view(state)
    again = view.view_state()
    assert again is not None
    assert np.allclose(again, state, atol=1e-6)
    view.restore_view(None)
    assert view.view_state() is None


def test_a_fitted_picture_stays_whole_when_the_window_grows(view: FrameView) -> None:
    view.resize(400, 400)
    for x, y in ((1, 90), (398, 310)):
        assert view.point_at(x, y) is not None
    view.resize(640, 360)
    assert view.point_at(639, 359) == Pointed(319, 179, 2)


def test_actual_size_is_a_pixel_on_a_pixel(view: FrameView) -> None:
    view.actual_size()
    left, right = view.point_at(300, 180), view.point_at(340, 180)
    assert left is not None
    assert right is not None
    assert right.x - left.x == pytest.approx(40 * view.devicePixelRatioF(), abs=1)


def test_another_size_of_clip_is_fitted(view: FrameView) -> None:
    view.zoom(5)
    view.show_result(result(100, 100))
    assert view.view_state() is None
    assert view.point_at(320, 180) == Pointed(50, 50, 2)


@pytest.mark.parametrize("style", ["fill", "outline"])
def test_a_frame_of_720_lines_is_shown_at_once(show: Show, style: str) -> None:
    view = show(FrameView(), 1280, 720)
    view.set_style("outline" if style == "outline" else "fill")
    frame = result(1280, 720)
    took = []
    for _ in range(20):
        begin = time.perf_counter()
        view.show_result(frame)
        took.append((time.perf_counter() - begin) * 1000)
    print(f"show_result, {style}: {np.median(took):.2f} ms")
    assert np.median(took) < 10


def _turn(view: FrameView, x: int, y: int, angle: int) -> None:
    place = QPointF(x, y)
    event = QWheelEvent(
        place,
        QPointF(view.viewport().mapToGlobal(QPoint(x, y))),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def _leave() -> QEvent:
    return QEvent(QEvent.Type.Leave)
