"""The export sheet: whose masks, under which name, never over an earlier export, and with presets."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QInputDialog
from pytestqt.qtbot import QtBot

from app.export.sheet import Exported, ExportSheet
from app.export.written import written
from app.player.background import Background
from app.player.clip import ClipInfo
from app.settings import Behind, read_settings
from app.settings.store import SettingsStore
from engine.methods.base import Method
from engine.ownership.claim import Claim
from engine.results.drawing import Drawing
from engine.results.folder import BOTH, contents_of
from engine.results.masks import run_of
from engine.results.matte import Ground
from engine.video.clips import Clip
from engine.work import SegmentRequest
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.export.conftest import SlowWork
from tests.app.window.fakes import FakeSegmenter, fakes
from tests.app.window.hands import until
from tests.engine.fakes import FakeSource
from tests.engine.mattes import FakeMatte, disc

SMOOTH = "ema(street, alpha=0.7)"


@dataclass
class Asking:
    """Makes sheets of one clip of ten frames."""

    store: SettingsStore
    background: Background
    out: Path
    method: Method

    def sheet(
        self, *, b: str | None = SMOOTH, range_: tuple[int, int] | None = None, taken: tuple[Path, ...] = ()
    ) -> ExportSheet:
        clip = ClipInfo(str(self.out.parent / "walk.mp4"), "walk.mp4", (96, 64), None, 10, False)
        slots = Exported("street", self.method), None if b is None else Exported(b)
        return ExportSheet(clip, range_, slots, self.background, self.store, taken=taken)


@pytest.fixture
def asking(home: Path, tmp_path: Path, no_qt_left: None, qtbot: QtBot) -> Iterator[Asking]:
    store, background = SettingsStore(home), Background()
    store.change(export_folder=str(tmp_path / "out"))
    yield Asking(store, background, tmp_path / "out", FakeSegmenter())
    for top in QApplication.topLevelWidgets():
        if isinstance(top, ExportSheet):
            top.reject()
    background.close()
    store.finish()()


def names(sheet: ExportSheet) -> list[str]:
    return [folder.name for folder in sheet.results]


def looked(sheet: ExportSheet, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: sheet._known, timeout=LONG_MS)


def earlier(asking: Asking, sheet: ExportSheet, method: Method) -> Path:
    """An export by `method` that stands where the sheet's results would go."""
    (folder,) = sheet.results
    run = run_of(Clip(str(asking.out.parent / "walk.mp4"), folder.name), method, None, Exported("").drawing, BOTH, None)
    with Claim(folder, contents_of("masks", BOTH), run) as claim:
        claim.begin()
        made = claim.temporary(folder / "summary.json")
        made.write_text("{}")
        claim.place(made, folder / "summary.json")
    return folder


def test_a_b_or_both_are_exported_each_into_a_folder_of_its_name(asking: Asking) -> None:
    sheet = asking.sheet(range_=(3, 7))
    assert names(sheet) == ["walk 3-7 street"]
    assert sheet.start_button.text() == "Export A"
    sheet.b.setChecked(True)
    assert names(sheet) == [f"walk 3-7 {SMOOTH}"]
    assert sheet.start_button.text() == "Export B"
    assert SMOOTH in sheet.sentence.text()
    sheet.both.setChecked(True)
    sheet.whole.setChecked(True)
    assert names(sheet) == ["walk street", f"walk {SMOOTH}"]
    assert sheet.start_button.text() == "Export A and B"
    assert [each.name for each in sheet.exported] == ["street", SMOOTH]


def test_two_models_of_one_name_get_two_folders(asking: Asking) -> None:
    sheet = asking.sheet(b="/elsewhere/street.onnx")
    sheet.both.setChecked(True)
    assert names(sheet) == ["walk street A", "walk street B"]


def test_an_empty_b_cannot_be_chosen(asking: Asking) -> None:
    asking.store.change(export_slots="both")
    sheet = asking.sheet(b=None)
    assert sheet.slots == "a"
    assert not sheet.b.isEnabled()
    assert not sheet.both.isEnabled()


def test_an_earlier_export_is_replaced_after_a_question_alone(asking: Asking, qtbot: QtBot) -> None:
    sheet = asking.sheet()
    folder = earlier(asking, sheet, FakeSegmenter())
    sheet.refresh()
    assert not sheet.start_button.isEnabled(), "not before it was looked"
    looked(sheet, qtbot)
    assert sheet.start_button.isEnabled(), "the same export is taken up"
    sheet.overlay.setChecked(False)
    looked(sheet, qtbot)
    assert not sheet.start_button.isEnabled()
    assert "holds results of Steadymask already (summary.json)" in sheet._takes.text()
    sheet.replace.setChecked(True)
    assert sheet.start_button.isEnabled()
    assert sheet.replaces(folder) == frozenset(), "which is for files of others"
    sheet.use_free.click()
    looked(sheet, qtbot)
    assert names(sheet) == ["walk street 2"]
    assert sheet.start_button.isEnabled()
    assert not sheet.replace.isVisibleTo(sheet)


def test_a_folder_that_other_work_goes_to_is_not_to_be_had(asking: Asking, qtbot: QtBot) -> None:
    sheet = asking.sheet(taken=(asking.out / "walk street",))
    looked(sheet, qtbot)
    assert not sheet.start_button.isEnabled()
    assert not sheet.replace.isVisibleTo(sheet)
    sheet.use_free.click()
    looked(sheet, qtbot)
    assert names(sheet) == ["walk street 2"]
    assert sheet.start_button.isEnabled()


def test_presets_are_named_kept_taken_up_and_removed(asking: Asking, home: Path, tmp_path: Path, qtbot: QtBot) -> None:
    sheet = asking.sheet(range_=(3, 7))
    sheet.both.setChecked(True)
    sheet.masks.setChecked(False)
    sheet.folder.setText(str(tmp_path / "for work"))
    sheet.presets.keep_button.click()
    dialog = sheet.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("  Overlays  for work ")
    dialog.accept()
    assert sheet.presets.choice.currentText() == "Overlays for work"
    sheet.a.setChecked(True)
    assert sheet.presets.choice.currentIndex() == 0, "it says otherwise than the preset"
    asking.store.finish()()
    assert set(read_settings(home).export_presets) == {"Overlays for work"}

    later = asking.sheet(range_=(1, 2))
    choice = later.presets.choice
    choice.setCurrentIndex(choice.findText("Overlays for work"))
    choice.activated.emit(choice.currentIndex())
    assert choice.currentText() == "Overlays for work"
    assert (later.slots, later.parts(later.exported[0]), later.range_) == ("both", ("overlay",), (1, 2))
    assert later.where == tmp_path / "for work"
    later.presets.remove_button.click()
    assert choice.count() == 1
    assert not asking.store.settings.export_presets
    assert later.slots == "both", "what is chosen stays"


def test_a_preset_asks_for_what_a_clip_has(asking: Asking) -> None:
    sheet = asking.sheet(range_=(3, 7))
    sheet.both.setChecked(True)
    sheet.presets.keep("all")
    plain = asking.sheet(b=None)
    plain.presets.choice.setCurrentIndex(1)
    plain.presets.choice.activated.emit(1)
    assert (plain.slots, plain.range_) == ("a", None)
    plain.presets.keep("   ")
    assert set(asking.store.settings.export_presets) == {"all"}, "a preset has a name"


def test_both_are_written_one_after_another(
    make_window: MakeWindow, slow_work: SlowWork, tmp_path: Path, qtbot: QtBot
) -> None:
    window = make_window("x", open_source=fakes(FakeSource(50)))
    until(qtbot, lambda: window.controller.playhead.position is not None and window.exporting.card)
    window.controller.b.use("hold(fake, n=3)")
    until(qtbot, lambda: len(window.controller.methods) == 2)
    window.actions_["export"].trigger()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ExportSheet)
    sheet.both.setChecked(True)
    sheet.folder.setText(str(tmp_path / "out"))
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=LONG_MS)
    sheet.start_button.click()
    requests = window.exporting.jobs.requests
    assert [each.folder.name for each in requests] == ["fake fake", "fake hold(fake, n=3)"]
    assert [each.method for each in requests if isinstance(each, SegmentRequest)] == ["fake", "hold(fake, n=3)"]
    slow_work.go.set()
    until(qtbot, lambda: not window.exporting.jobs.working)
    assert window.store.settings.export_slots == "both"


def test_a_matte_is_asked_for_more(asking: Asking, qtbot: QtBot) -> None:
    assert asking.sheet().mattes is None, "street gives classes"
    asking.method = FakeMatte([disc((32, 24), (16, 12), 7)])
    asking.store.change(matte_ground="blur")
    sheet = asking.sheet()
    assert sheet.mattes is not None
    (exported,) = sheet.exported
    assert sheet.drawing(exported).ground == Ground("blur"), "that of the window, to begin with"
    assert not sheet.mattes.premultiplied.isEnabled(), "there is no movie with alpha yet"
    sheet.mattes.take_up(("trimap",), premultiplied=False)
    assert sheet.parts(exported) == (*BOTH, "trimap")
    assert not sheet.mattes.premultiplied.isEnabled(), "which has no colours"
    sheet.mattes.take_up(("prores", "h264"), premultiplied=True)
    sheet.mattes.picker.chosen.emit(Behind(ground="colour", colour="#102030", foreground=True))
    assert sheet.parts(exported) == (*BOTH, "prores", "h264")
    assert sheet.drawing(exported).ground == Ground("colour", (16, 32, 48))
    assert sheet.drawing(exported).premultiplied
    assert sheet.drawing(exported).foreground_colours
    assert asking.store.settings.matte_ground == "blur", "the window stays as it is"
    assert sheet.refine(exported) is None, "it costs seconds a frame"
    sheet.mattes.refined.setChecked(True)
    assert sheet.refine(exported) == "closed-form"
    sheet.presets.keep("for the editor")
    later = asking.sheet()
    later.presets.choice.setCurrentIndex(1)
    later.presets.choice.activated.emit(1)
    assert later.choices == sheet.choices
    assert later.drawing(exported).ground == Ground("colour", (16, 32, 48)), "the ground is in the preset"
    asking.method = FakeSegmenter()
    plain = asking.sheet()
    plain.presets.choice.setCurrentIndex(1)
    plain.presets.choice.activated.emit(1)
    assert plain.choices.behind == sheet.choices.behind, "kept where there is no matte to choose it for"


def test_movies_alone_can_be_written(asking: Asking, qtbot: QtBot) -> None:
    asking.method = FakeMatte([disc((32, 24), (16, 12), 7)])
    sheet = asking.sheet()
    assert sheet.mattes is not None
    sheet.masks.setChecked(False)
    sheet.overlay.setChecked(False)
    assert not sheet.start_button.isEnabled()
    sheet.mattes.take_up(("vp9",), premultiplied=False)
    looked(sheet, qtbot)
    assert sheet.start_button.isEnabled()
    assert sheet.parts(sheet.exported[0]) == ("vp9",)
    sheet.both.setChecked(True)
    assert not sheet.start_button.isEnabled()
    assert SMOOTH in sheet._takes.text(), "of which it is not known whether it gives a matte"


def test_what_was_asked_of_a_matte_is_kept_with_the_work(tmp_path: Path) -> None:
    ground = Ground("picture", path=tmp_path / "gone.png")
    asked = SegmentRequest(
        spec="/clips/desk.mp4",
        folder=tmp_path / "out",
        method="selfie",
        parts=("prores",),
        drawing=Drawing(ground=ground, premultiplied=True, foreground_colours=True),
    )
    back = written(asked).read()
    assert isinstance(back, SegmentRequest)
    assert back.parts == ("prores",)
    assert back.drawing.identity() == asked.drawing.identity()
