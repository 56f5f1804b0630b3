"""What stands behind a matte in the window: chosen, remembered, drawn in every pane, also on the frame that stands."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.curves.snapshot import Request, take
from app.main_window import MainWindow
from app.mattes.composing import Composing, Wanted
from app.mattes.picker import GROUNDS
from app.settings import Behind, Settings
from app.views.layers import Made, MaskLayer
from engine.frame_result import FrameResult, SlotResult
from engine.methods import MethodPool
from engine.results.alpha import read_alpha
from engine.results.matte import GREEN, Ground, parse_ground
from engine.results.still import draw_still
from engine.segmentation import Segmentation
from engine.tasks.matting import of_alpha
from engine.video.frame import Frame
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.fakes import FakeSegmenter
from tests.engine.fakes import FakeSource
from tests.engine.mattes import PERSON, disc

SIZE = (64, 48)
MIDDLE, CORNER = (24, 32), (2, 2)
"""(row, column) of the person and of what is behind."""


class Matte(FakeSegmenter):
    """A disc in the middle."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.card = self.card.model_copy(update={"name": name, "task": "matting", "class_set": PERSON})

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        return Segmentation.of(of_alpha(disc((32, 24), (16, 12), 7)), (rgb.shape[1], rgb.shape[0]), 1.0)


class Desk(FakeSource):
    """The person's disc is light, what is behind it dark."""

    def _frame(self, index: int) -> Frame:
        frame = super()._frame(index)
        share = disc(SIZE, (32, 24), 14, 6)[..., None]
        return replace(frame, rgb=np.rint(220 * share + (1 - share) * 30).astype(np.uint8).repeat(3, axis=2))


def opened(
    make_window: MakeWindow,
    qtbot: QtBot,
    *,
    b: str | None = None,
    mattes: bool = True,
    kind: Callable[..., FakeSource] = FakeSource,
) -> MainWindow:
    """A window that stands on the first frame of a clip."""
    model = Matte if mattes else lambda name: FakeSegmenter()
    window = make_window(
        open_source=lambda spec: kind(200, size=SIZE),
        pool_on=lambda _: MethodPool(model),  # type: ignore[arg-type]
    )
    qtbot.waitUntil(lambda: len(window.controller.methods) == 1, timeout=LONG_MS)
    if b is not None:
        window.controller.b.use(b)
        qtbot.waitUntil(lambda: len(window.controller.methods) == 2, timeout=LONG_MS)
    window.controller.open("/clips/desk.mp4", play=False)
    qtbot.waitUntil(lambda: bool(window.view.result and window.view.result.slots), timeout=LONG_MS)
    return window


def seen(window: MainWindow, pane: int = 0) -> NDArray[np.uint8]:
    still = window.view.panes[pane].still()
    assert still is not None
    return draw_still(still)


def choose(window: MainWindow, qtbot: QtBot, ground: str) -> None:
    choice = window.grounds.picker.choice
    choice.setCurrentIndex(list(GROUNDS).index(ground))
    choice.activated.emit(choice.currentIndex())
    qtbot.waitUntil(lambda: window.view.result is not None and not window.grounds._composing.lacks(window.view.result))


def test_there_is_nothing_to_choose_without_a_matte(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, mattes=False)
    assert window.grounds.picker.isHidden()
    assert not window.actions_["next-ground"].isEnabled()
    window.store.change(matte_ground="green")
    assert window.classes.opacity.isEnabled()
    assert not window.view.result.pictures  # type: ignore[union-attr]


def test_every_ground_is_drawn_on_the_frame_that_stands(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(make_window, qtbot)
    assert not window.grounds.picker.isHidden()
    window.store.change(matte_colour="#102030", matte_picture=str(tmp_path / "p.png"), matte_clip=str(tmp_path / "c"))
    for path, level in ((tmp_path / "p.png", 77), (tmp_path / "c" / "0.png", 99)):
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((48, 64, 3), level, np.uint8)).save(path)
    frame = window.view.result.frame.rgb  # type: ignore[union-attr]
    corners = {
        "green": GREEN,
        "colour": (16, 32, 48),
        "picture": (77, 77, 77),
        "clip": (99, 99, 99),
        "alpha": (0, 0, 0),
    }
    for ground in GROUNDS:
        choose(window, qtbot, ground)
        made = seen(window)
        if ground in corners:
            assert tuple(made[CORNER]) == corners[ground], ground
        if ground in ("checkerboard", "green", "colour", "blur", "picture", "clip"):
            assert (made[MIDDLE] == frame[MIDDLE]).all(), ground
        assert window.classes.opacity.isEnabled() == (ground == "overlay")
    assert window.store.settings.matte_ground == "alpha"
    assert (made[MIDDLE] == 255).all()
    window.looks.show_masks(False)
    assert (seen(window) == frame).all(), "H shows the frame alone"


def test_the_overlay_is_as_soft_as_alpha(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    tinted = np.abs(seen(window).astype(int) - window.view.result.frame.rgb).sum(axis=2)[24]  # type: ignore[union-attr]
    assert len(np.unique(tinted)) > 3, "nothing, all, and what is between"
    assert window.view.panes[0].point_at(0, 0) is None or window.view.panes[0].masks.class_at(32, 24) == 1


def test_both_slots_stand_over_it(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, b="other")
    choose(window, qtbot, "green")
    assert window.view.result.pictures[1] is None, "nobody looks at B"  # type: ignore[union-attr]
    for mode, panes in (("side", (0, 1)), ("wipe", (0,))):
        window.actions_[f"view-{mode}"].trigger()
        qtbot.waitUntil(lambda: all(each is not None for each in window.view.result.pictures))  # type: ignore[union-attr]
        for pane in panes:
            for corner in (CORNER, (2, 61)):
                assert tuple(seen(window, pane)[corner]) == GREEN
    window.actions_["view-difference"].trigger()
    assert not window.view.slots
    assert tuple(seen(window)[CORNER]) != GREEN


def test_it_is_there_while_playing_and_after_a_restart(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    window.actions_["next-ground"].trigger()
    assert window.store.settings.matte_ground == "checkerboard"
    window.actions_["next-ground"].trigger()
    results: list[FrameResult] = []
    window.controller.shown.connect(results.append)
    window.controller.playhead.toggle()
    qtbot.waitUntil(lambda: len(results) > 3, timeout=LONG_MS)
    assert all(result.ground == parse_ground("green").identity() for result in results)
    window.leave()
    again = opened(make_window, qtbot)
    assert again.grounds.picker.choice.currentData() == "green"
    assert tuple(seen(again)[CORNER]) == GREEN


def test_foreground_colours_are_estimated_where_that_is_seen(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, kind=Desk)
    option = window.grounds.picker.foreground
    assert not option.isEnabled(), "the frame itself is behind"
    choose(window, qtbot, "green")
    plain = seen(window)
    option.click()
    qtbot.waitUntil(lambda: bool((seen(window) != plain).any()), timeout=LONG_MS)
    alpha = window.view.result.segmentation.alpha_at(SIZE)  # type: ignore[union-attr]
    assert alpha is not None
    differs = (seen(window) != plain).any(axis=2)
    assert not differs[(alpha == 0) | (alpha == 1)].any(), "at the edge alone"
    assert window.store.settings.matte_foreground
    assert window.exporting._drawing().foreground_colours, "exports and recordings have them, too"
    choose(window, qtbot, "alpha")
    assert not option.isEnabled()


def test_a_picture_that_is_gone_is_told_and_the_frame_stays(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    told: list[str] = []
    window.grounds.message.connect(lambda message: told.append(message.text))
    window.grounds.picker.chosen.emit(Behind(ground="picture", picture="/no/such/beach.jpg"))
    qtbot.waitUntil(lambda: bool(told))
    assert "beach.jpg cannot be read as a picture" in told[0]
    assert window.store.settings.matte_ground == "overlay"
    assert window.grounds.picker.choice.currentData() == "overlay"


def test_a_clip_runs_behind_the_person_and_is_released(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    for index, level in enumerate((50, 100, 150)):
        Image.fromarray(np.full((72, 48, 3), level, np.uint8)).save(tmp_path / f"{index}.png")
    window = opened(make_window, qtbot)
    window.grounds.picker.chosen.emit(Behind(ground="clip", clip=str(tmp_path)))
    qtbot.waitUntil(lambda: bool(window.view.result and window.view.result.pictures), timeout=LONG_MS)
    results: list[FrameResult] = []
    window.controller.shown.connect(results.append)
    window.controller.playhead.toggle()
    qtbot.waitUntil(lambda: len(results) > 8, timeout=LONG_MS)
    for result in results:
        picture = result.pictures[0]
        assert picture is not None
        assert picture[CORNER][0] == (50, 100, 150)[result.frame.index % 3], "by time, over and over"
    window.store.change(matte_ground="overlay")
    qtbot.waitUntil(lambda: "steadymask-backdrop" not in {each.name for each in threading.enumerate()}, timeout=LONG_MS)


def test_a_clip_that_is_gone_is_told(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    told: list[str] = []
    window.grounds.message.connect(lambda message: told.append(message.text))
    window.grounds.picker.chosen.emit(Behind(ground="clip", clip="/no/such/sea.mp4"))
    qtbot.waitUntil(lambda: bool(told), timeout=LONG_MS)
    assert "sea.mp4" in told[0]
    assert window.store.settings.matte_ground == "overlay"


def test_every_ground_of_the_settings_has_a_name() -> None:
    assert set(Settings.model_fields["matte_ground"].annotation.__args__) == set(GROUNDS)  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [(3840, 2160), (1280, 720), (720, 1280), (2160, 3840)])
def test_large_frames_are_composed_smaller(size: tuple[int, int]) -> None:
    composing = Composing(lambda error, ground: None)
    composing.wanted, composing.slots = Wanted(Ground("colour")), frozenset((0,))
    made = Segmentation.of(of_alpha(disc((32, 24), (16, 12), 7)), size, 1.0)
    rgb = np.zeros((size[1], size[0], 3), np.uint8)
    begin = time.perf_counter()
    picture = composing.finish(FrameResult(0, Frame(0, 0.0, rgb), (SlotResult("a", made),))).pictures[0]
    assert time.perf_counter() - begin < 1
    assert picture is not None
    scale = min(1, (1920 * 1080 / (size[0] * size[1])) ** 0.5)
    assert picture.shape == (size[1] * scale, size[0] * scale, 3), "never squashed"


def test_soft_flicker_has_a_curve_where_there_are_mattes(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot)
    buttons, track = window.curves.bar.measure_buttons, window.measuring.track
    assert track is not None
    window.controller.playhead.toggle()
    qtbot.waitUntil(lambda: np.isfinite(track.curve(0, "soft_flicker").values).any(), timeout=LONG_MS)
    assert not buttons["soft_flicker"].isHidden()
    assert window.curves.plots.shown == ("flicker", "soft_flicker", "tc", "inference_ms")
    moment = take(Request(track, 25, timed=True, class_id=1)).slots[0]
    assert moment is not None
    assert {"flicker", "soft_flicker"} <= set(moment)
    for measure in ("flicker", "tc", "inference_ms"):
        buttons[measure].click()
    assert window.curves.plots.shown == ("soft_flicker",)


def test_and_none_where_there_are_not(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = opened(make_window, qtbot, mattes=False)
    assert window.curves.bar.measure_buttons["soft_flicker"].isHidden()
    assert window.curves.plots.shown == ("flicker", "tc", "inference_ms")


def test_a_tall_clip_is_not_squashed_over_anything(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    Image.fromarray(np.full((90, 160, 3), 60, np.uint8)).save(tmp_path / "p.png")
    tall = (SIZE[1], 2 * SIZE[1])
    window = opened(make_window, qtbot, kind=lambda count, size: FakeSource(count, size=tall))
    window.store.change(matte_picture=str(tmp_path / "p.png"), matte_clip=str(tmp_path))
    for ground in GROUNDS:
        choose(window, qtbot, ground)
        assert seen(window).shape == (*tall[::-1], 3), ground
        if ground != "overlay":
            assert window.view.result.pictures[0].shape == (*tall[::-1], 3), ground  # type: ignore[union-attr]


def test_a_recording_of_a_matte_keeps_alpha(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(make_window, qtbot)
    window.store.change(export_folder=str(tmp_path), matte_ground="green", matte_foreground=True)
    window.actions_["record"].trigger()
    qtbot.waitUntil(lambda: window.exporting.recording._recorder is not None, timeout=LONG_MS)
    recorder = window.exporting.recording._recorder
    assert recorder is not None
    window.controller.playhead.toggle()
    qtbot.waitUntil(lambda: recorder.state.frames > 3, timeout=LONG_MS)
    window.actions_["record"].trigger()
    qtbot.waitUntil((recorder.folder / "summary.json").exists, timeout=LONG_MS)
    names = [{path.name for path in (recorder.folder / part).iterdir()} for part in ("masks", "alpha")]
    assert names[0] == names[1]
    assert len(names[0]) > 3
    alpha = read_alpha(recorder.folder / "alpha" / min(names[1]))
    assert alpha is not None
    assert alpha.shape == SIZE[::-1]
    assert len(np.unique(alpha)) > 3, "soft"
    assert json.loads((recorder.folder / "summary.json").read_text())["colours"] == "foreground"


def test_a_camera_stands_over_it_too(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(
        "camera:0",
        open_source=lambda spec: FakeSource(2000, live=True, size=SIZE, before=lambda _: time.sleep(0.02)),
        pool_on=lambda _: MethodPool(Matte),  # type: ignore[arg-type]
    )
    qtbot.waitUntil(lambda: not window.grounds.picker.isHidden(), timeout=LONG_MS)
    window.store.change(matte_ground="green")
    qtbot.waitUntil(lambda: bool(window.view.result and window.view.result.pictures), timeout=LONG_MS)
    assert tuple(seen(window)[CORNER]) == GREEN


def test_the_edge_of_a_tint_has_no_steps_until_pixels_are_looked_at(qapp: QApplication) -> None:
    layer = MaskLayer()
    alpha = disc((16, 12), (8, 6), 4)
    layer.show_masks(Made((alpha >= 0.5).astype(np.uint8), alpha), (64, 48))
    assert [is_smooth(layer, zoom) for zoom in (2.0, 5.0)] == [True, False], "by the frame's pixels"
    layer.show_masks(Made((alpha >= 0.5).astype(np.uint8)), (64, 48))
    assert [is_smooth(layer, zoom) for zoom in (0.5, 2.0)] == [True, False], "by the mask's"


def is_smooth(layer: MaskLayer, zoom: float) -> bool:
    """Whether it is drawn so. zoom: pixels of the screen for one of the frame."""
    screen = QImage(64, 48, QImage.Format.Format_ARGB32)
    painter = QPainter(screen)
    painter.scale(zoom * layer.transform().m11(), zoom)
    layer.paint(painter)
    smooth = bool(painter.renderHints() & QPainter.RenderHint.SmoothPixmapTransform)
    painter.end()
    return smooth
