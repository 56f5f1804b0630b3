"""Two models in the window that know other classes: what is compared, what is said, and whose colours are drawn."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from app.compare.match_sheet import MatchSheet
from app.compare.matching import answers_of
from app.export.comparison_sheet import ComparisonSheet
from app.main_window import MainWindow
from app.settings import read_settings, write_settings
from engine.live.counts import Count
from engine.methods import MethodPool
from engine.models.classes import ClassSet, SegmentClass
from engine.segmentation import Segmentation
from engine.work import CompareRequest
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.fakes import FakeSegmenter
from tests.engine.fakes import FakeSource

FRAMES = 12
SIZE = (64, 48)


def set_of(**colours: str) -> ClassSet:
    return ClassSet(name="t", classes=tuple(SegmentClass(name=name, colour=value) for name, value in colours.items()))


A = set_of(road="#ff0000", car="#00ff00", person="#0000ff")
B = set_of(truck="#ffff00", car="#00ffff", road="#ff00ff", sky="#ffffff")
CATS = set_of(cat="#aa0000", dog="#00aa00")
SETS = {"fake": A, "other": B, "cats": CATS}


class Striped(FakeSegmenter):
    """Columns of all classes of its set, from left to right; the border between the first two wanders."""

    def __init__(self, classes: ClassSet) -> None:
        super().__init__()
        self.card = self.card.model_copy(update={"class_set": classes})

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        height, width = rgb.shape[:2]
        count = len(self.card.class_set)
        columns = np.arange(width) * count // width
        columns[width // count - int(rgb[0, 0, 0]) % 3 : width // count] = 1
        return Segmentation(np.tile(columns.astype(np.uint8), (height, 1)), (width, height), 1.0)


@pytest.fixture
def two(make_window: MakeWindow, qtbot: QtBot) -> Callable[..., MainWindow]:
    def open_(b: str, *, measure_clip: bool = False) -> MainWindow:
        def load(name: str) -> FakeSegmenter:
            model = Striped(SETS[name])
            model.name = name
            return model

        window = make_window(
            open_source=lambda spec: FakeSource(FRAMES, size=SIZE),
            pool_on=lambda _: MethodPool(load),  # type: ignore[arg-type]
            measure_clip=measure_clip,
        )
        qtbot.waitUntil(lambda: len(window.controller.methods) == 1, timeout=LONG_MS)
        window.controller.b.use(b)
        qtbot.waitUntil(lambda: len(window.controller.methods) == 2, timeout=LONG_MS)
        window.open("/clips/drive.mp4")
        window.controller.playhead.stop()
        qtbot.waitUntil(
            lambda: bool(window.controller.playhead.last_result and window.controller.playhead.last_result.slots),
            timeout=LONG_MS,
        )
        return window

    return open_


def asked(window: MainWindow) -> MatchSheet:
    window.compare_panel.match_button.click()
    (sheet,) = (each for each in window.findChildren(MatchSheet) if each.isVisible())
    return sheet


def test_what_has_the_same_name_is_compared_and_the_rest_is_matched_by_hand(
    two: Callable[..., MainWindow], qtbot: QtBot, home: Path
) -> None:
    window = two("other")
    panel, track = window.compare_panel, window.measuring.track
    assert track is not None
    assert panel.match_button.isVisible()
    assert panel.classes_text.text() == "2 of 4 classes compared"
    assert "of A: person" in panel.classes_text.toolTip()
    assert [track.classes(slot) for slot in (0, 1)] == [2, 2]
    sheet = asked(window)
    assert [choice.currentText() for choice in sheet.choices] == ["Not compared", "car", "road", "Not compared"]
    assert sheet.told.text() == "2 of 4 classes of B are compared."
    sheet.choices[0].setCurrentText("car")
    sheet.choices[3].setCurrentText("person")
    assert sheet.told.text() == "4 of 4 classes of B are compared."
    sheet.match_button.click()
    assert panel.classes_text.text() == "4 of 4 classes compared"
    assert [track.classes(slot) for slot in (0, 1)] == [3, 3]
    # It is there at the next start, and with A and B swapped.
    window.store.finish()()
    kept = read_settings(home).class_matches
    said = {"truck": "car", "car": "car", "road": "road", "sky": "person"}
    assert answers_of(kept, A, B) == said
    assert answers_of(kept, B, A) == {"road": "road", "person": "sky"}, "which of both a car is, its name says"
    sheet = asked(window)
    sheet.names_button.click()
    assert [choice.currentText() for choice in sheet.choices] == ["Not compared", "car", "road", "Not compared"]
    sheet.reject()
    assert panel.classes_text.text() == "4 of 4 classes compared"


def test_what_was_matched_comes_back_and_goes_into_a_written_comparison(
    two: Callable[..., MainWindow], qtbot: QtBot, home: Path
) -> None:
    settings = read_settings(home)
    key = "road,car,person | truck,car,road,sky"
    write_settings(home, settings.with_changes(class_matches={key: {"sky": "person", "gone": "car", "road": "no"}}))
    window = two("other")
    assert window.compare_panel.classes_text.text() == "3 of 4 classes compared"
    requests: list[CompareRequest] = []
    window.exporting.jobs.start = requests.append  # type: ignore[method-assign, assignment]
    window.exporting.ask_report()
    (sheet,) = window.findChildren(ComparisonSheet)
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=LONG_MS)
    sheet.start_button.click()
    assert [request.matches for request in requests] == [(("sky", "person"),)]


def test_the_readout_counts_what_is_compared(two: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = two("other", measure_clip=True)
    track = window.measuring.track
    assert track is not None
    qtbot.waitUntil(lambda: track.analysed(1) == FRAMES, timeout=LONG_MS)
    counts = track.counts(1, np.arange(FRAMES))
    result = window.controller.playhead.last_result
    assert result is not None
    a, b = (made.segmentation.live_mask for made in result.slots)
    places_a, places_b = {0: 0, 1: 1}, {1: 1, 2: 0}
    pixels = list(zip(a.ravel().tolist(), b.ravel().tolist(), strict=True))
    for place in (0, 1):
        among = [(places_a[x], places_b[y]) for x, y in pixels if x in places_a and y in places_b]
        shared = sum(x == y == place for x, y in among)
        either = sum(place in pair for pair in among)
        row = counts[result.frame.index]
        assert (row[Count.SHARED, place], row[Count.EITHER, place]) == (shared, either)
    qtbot.waitUntil(lambda: window.curves.bar.class_choice.count() == 3, timeout=LONG_MS)
    assert [window.curves.bar.class_choice.itemText(place) for place in range(3)] == ["Whole frame", "road", "car"]


def test_what_cannot_be_compared_says_so_and_shows_no_difference(two: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = two("cats", measure_clip=True)
    panel, readout = window.compare_panel, window.compare_panel.readout
    assert panel.classes_text.text() == "Nothing to compare"
    why = "A and B have no class in common: A knows road, car, person, and B knows cat, dog."
    qtbot.waitUntil(lambda: readout.sentence.accessibleName() == why, timeout=LONG_MS)
    shown = [cells for cells in readout._cells if cells.title.isVisible()]
    titles = [cells.title.text() for cells in shown]
    assert "Agreement" not in titles
    for cells in shown[:2]:
        assert (cells.change.text(), cells.word.text()) == ("–", "")
        assert why in cells.change.toolTip()
    window.actions_["view-difference"].trigger()
    assert "no classes in common" in " ".join(str(pill.text) for pill in window.view._pills)
    sheet = asked(window)
    sheet.choices[0].setCurrentText("car")
    assert "only the class car in common" in sheet.told.text()
    sheet.choices[1].setCurrentText("road")
    sheet.match_button.click()
    qtbot.waitUntil(lambda: "no class in common" not in readout.sentence.accessibleName(), timeout=LONG_MS)


def test_b_is_drawn_and_listed_in_its_own_colours(two: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = two("other")
    window.actions_["view-side"].trigger()
    first, second = window.view.panes
    for pane, classes in ((first, A), (second, B)):
        table = pane.masks.lut
        assert [tuple(table[place, :3]) for place in range(len(classes))] == [each.rgb for each in classes.classes]
    panel = window.classes
    assert panel.slots.button(1).isVisible()
    assert panel.model.names == A.names
    panel.slots.button(1).click()
    assert panel.model.names == B.names
    assert tuple(panel.model.palette[0]) == B.classes[0].rgb
    window.refresh_models()
    assert panel.model.names == B.names, "nothing has changed in the slots"
    panel.toggle(2)
    assert not second.masks.lut[2, 3], "B's road"
    assert first.masks.lut[0, 3], "A's road stays with A"
    panel.set_colour(0, "#123456")
    assert tuple(second.masks.lut[0, :3]) == (0x12, 0x34, 0x56)
    assert tuple(first.masks.lut[0, :3]) == A.classes[0].rgb
    window.actions_["view-single"].trigger()
    window.actions_["view-single"].trigger()
    assert tuple(first.masks.lut[0, :3]) == (0x12, 0x34, 0x56), "B alone"
    here = first.viewport().rect().center()
    pointed = window.view.point_at(here.x(), here.y())
    assert pointed is not None
    assert pointed.slot == 1
    assert window.looks.point_at(pointed) in B.names
    window.controller.b.use(None)
    assert panel.model.names == A.names
    assert not panel.slots.button(1).isVisible()
    assert panel.hidden == ()


def test_difference_leaves_out_what_is_not_compared(two: Callable[..., MainWindow]) -> None:
    window = two("other")
    window.actions_["view-difference"].trigger()
    result = window.controller.playhead.last_result
    assert result is not None
    a, b = (made.segmentation.classes for made in result.slots)
    heat = window.view.panes[0].heat.image
    names = [dict(enumerate(classes.names)) for classes in (A, B)]
    for x, y, level in zip(a[0].tolist(), b[0].tolist(), heat[0].tolist(), strict=True):
        ours, theirs = names[0][x], names[1][y]
        compared = ours != "person" and theirs not in ("truck", "sky")
        assert level == (255 if compared and ours != theirs else 0)
