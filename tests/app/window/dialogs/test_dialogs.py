"""The small questions: which camera, which address, which frame."""

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

import engine.video.cameras
from app.dialogs import AddressSheet, CameraSheet, GoToSheet, camera_sheet, parse_place
from app.dialogs.address_sheet import EXAMPLES, address_problem
from app.player.background import Background
from app.style.theme import apply_theme
from engine.asking import run
from engine.video.cameras import FoundCamera
from engine.video.source import STREAM_SCHEMES
from tests.app.window.conftest import LONG_MS

WEBCAM = FoundCamera(0, "Webcam", (640, 480), 30.0)
BUSY = FoundCamera(2, "Busy", problem="camera 2 cannot be opened.", remedy="close other programs that may use it")


@pytest.fixture
def background(no_qt_left: None, qtbot: QtBot) -> Iterator[Background]:
    background = Background()
    yield background
    background.close()
    assert background.join(time.monotonic() + 10)


@pytest.fixture
def cameras(monkeypatch: pytest.MonkeyPatch) -> dict[int, FoundCamera | None]:
    """What each camera answers, by its index; a test fills it. None: there is none at that index."""
    found: dict[int, FoundCamera | None] = {}
    monkeypatch.setattr(
        camera_sheet, "cameras_to_try", lambda: [(index, each.name if each else "") for index, each in found.items()]
    )
    monkeypatch.setattr(camera_sheet, "ask_camera", lambda index, name, stop: found[index])
    monkeypatch.setattr(camera_sheet, "are_listed", lambda: True)
    return found


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=LONG_MS)


def rows(sheet: CameraSheet) -> list[str]:
    texts = [sheet.list.item(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(sheet.list.count())]
    return [str(text) for text in texts]


def show(sheet: QWidget, qtbot: QtBot) -> None:
    sheet.show()
    qtbot.waitExposed(sheet)


def test_cameras_are_listed_with_their_size_and_the_stand_in_comes_last(
    background: Background, cameras: dict[int, FoundCamera | None], qtbot: QtBot
) -> None:
    cameras.update({0: WEBCAM, 2: BUSY, 4: None})
    sheet = CameraSheet(background)
    show(sheet, qtbot)
    assert "Looking" in sheet.sentence.text()
    assert not sheet.refresh_button.isEnabled()
    assert sheet.spec == "camera:demo"  # there at once
    until(qtbot, sheet.refresh_button.isEnabled)
    first, second, *_, last = rows(sheet)
    assert first == "Webcam, camera 0 · 640×480, 30 frames/s"
    assert second == "Busy, camera 2 · gives no picture"
    assert last.startswith("Demo camera, ")
    assert sheet.spec == "camera:0"
    assert sheet.remark.text() == ""
    sheet.list.setFocus()
    qtbot.keyClick(sheet.list, Qt.Key.Key_Down)
    assert sheet.spec == "camera:2"
    assert sheet.remark.text() == "Camera 2 cannot be opened. Close other programs that may use it."
    qtbot.keyClick(sheet.list, Qt.Key.Key_End)
    qtbot.keyClick(sheet.list, Qt.Key.Key_Return)
    assert sheet.result() == 1
    assert sheet.spec == "camera:demo"


def test_where_cameras_are_not_listed_only_those_that_answer_appear(
    background: Background,
    cameras: dict[int, FoundCamera | None],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    monkeypatch.setattr(camera_sheet, "are_listed", lambda: False)
    cameras.update({0: None, 1: FoundCamera(1, "camera 1", (1280, 720)), 2: None})
    sheet = CameraSheet(background)
    until(qtbot, sheet.refresh_button.isEnabled)
    assert [row.split(",")[0] for row in rows(sheet)] == ["camera 1", "Demo camera"]
    assert sheet.spec == "camera:1"
    sheet.reject()


def test_without_a_camera_it_says_what_to_do(
    background: Background, cameras: dict[int, FoundCamera | None], qtbot: QtBot
) -> None:
    sheet = CameraSheet(background)
    until(qtbot, sheet.refresh_button.isEnabled)
    assert "No camera was found" in sheet.sentence.text()
    assert sheet.remark.text().startswith("Connect one")
    assert sheet.spec == "camera:demo"
    cameras[0] = WEBCAM  # plugged in
    sheet.refresh_button.click()
    until(qtbot, sheet.refresh_button.isEnabled)
    assert sheet.spec == "camera:0"
    sheet.reject()


def test_a_choice_stays_while_others_still_answer(
    background: Background,
    cameras: dict[int, FoundCamera | None],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    cameras.update({0: WEBCAM, 2: BUSY})
    gate = threading.Event()

    def ask(index: int, name: str, stop: threading.Event) -> FoundCamera | None:
        gate.wait(30)
        return cameras[index]

    monkeypatch.setattr(camera_sheet, "ask_camera", ask)
    sheet = CameraSheet(background)
    until(qtbot, lambda: sheet.list.count() == 3)
    assert "asking" in rows(sheet)[0]
    sheet.list.setCurrentRow(1)
    gate.set()
    until(qtbot, sheet.refresh_button.isEnabled)
    assert sheet.spec == "camera:2"
    sheet.reject()


def test_the_camera_that_the_window_shows_is_not_asked(
    background: Background, cameras: dict[int, FoundCamera | None], qtbot: QtBot
) -> None:
    cameras[0] = BUSY  # so it would answer
    sheet = CameraSheet(background, open_now="camera:0")
    until(qtbot, sheet.refresh_button.isEnabled)
    assert "open in this window" in rows(sheet)[0]
    sheet.reject()


def test_a_list_that_fails_still_offers_the_stand_in(
    background: Background, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    def fail() -> list[tuple[int, str]]:
        raise OSError("no permission")

    monkeypatch.setattr(camera_sheet, "cameras_to_try", fail)
    sheet = CameraSheet(background)
    until(qtbot, sheet.refresh_button.isEnabled)
    assert "no permission" in sheet.remark.text()
    assert sheet.spec == "camera:demo"
    sheet.reject()


@pytest.mark.parametrize("how", ["cancel", "delete"])
def test_a_child_that_asks_a_camera_ends_with_the_sheet(
    how: str, background: Background, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """A hanging driver: without the end of the child this test would be told to leave a process behind."""
    asked = threading.Event()

    def ask(question: str, *words: str, timeout_s: float, stop: threading.Event) -> object:
        asked.set()
        return run([sys.executable, "-c", "import time; time.sleep(300)"], timeout_s=timeout_s * 20, stop=stop)

    monkeypatch.setattr(engine.video.cameras, "ask", ask)
    monkeypatch.setattr(engine.video.cameras, "are_listed", lambda: False)
    monkeypatch.setattr(camera_sheet, "cameras_to_try", lambda: [(0, "camera 0")])
    parent = QWidget()
    qtbot.addWidget(parent)
    sheet = CameraSheet(background, parent)
    until(qtbot, asked.is_set)
    if how == "cancel":
        sheet.reject()
    else:
        parent.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    began = time.monotonic()
    assert background.join(began + 10)


# ---- the address


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("192.168.1.20", "begins with"),
        ("ftp://host/clip", r"ftp:// is not supported\. Use http://, .*rtsp://.*udp://"),
        ("rtsp://", "host is missing"),
        ("rtsp:///stream", "host is missing"),
        ("udp://@", "host is missing"),
        ("http://a host/clip", "no spaces"),
        ("rtsp://host:70000/x", "cannot be read"),
        ("rtsp://host:port/x", "cannot be read"),
        ("rtsp://[::1/x", "cannot be read"),
        ("rtsp://host:0/x", "no port 0"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(address: str, reason: str) -> None:
    problem = address_problem(address)
    assert problem is not None
    assert re.search(reason, problem)


@pytest.mark.parametrize(
    "address",
    [
        *(example for example, _ in EXAMPLES.values()),
        *(f"{scheme}://host:5000/x" for scheme in sorted(STREAM_SCHEMES)),
        "RTSP://me:pass%20word@[::1]:554/live?x=1#y",
    ],
)
def test_what_can_be_an_address_is_taken(address: str) -> None:
    assert address_problem(address) is None


def test_the_address_sheet_says_why_and_opens_by_enter(no_qt_left: None, qtbot: QtBot) -> None:
    sheet = AddressSheet([])
    show(sheet, qtbot)
    assert not sheet.open_button.isEnabled()
    qtbot.keyClicks(sheet.address, "ftp://x")
    assert (sheet.remark.property("kind"), sheet.open_button.isEnabled()) == ("warning", False)
    qtbot.keyClick(sheet.address, Qt.Key.Key_Return)
    assert sheet.isVisible()
    sheet.address.clear()
    qtbot.keyClicks(sheet.address, " rtsp://host/live ")
    assert sheet.open_button.isEnabled()
    qtbot.keyClick(sheet.address, Qt.Key.Key_Return)
    assert (sheet.result(), sheet.spec) == (1, "rtsp://host/live")


def test_recent_addresses_show_no_password(no_qt_left: None, qtbot: QtBot) -> None:
    recent = ["rtsp://me:secret@host/live", "rtsp://host/live", "http://host/b"]
    sheet = AddressSheet(recent)
    show(sheet, qtbot)
    assert [sheet.list.item(row).text() for row in range(sheet.list.count())] == ["rtsp://host/live", "http://host/b"]
    assert sheet.spec == "rtsp://host/live"
    sheet.list.setFocus()
    qtbot.keyClick(sheet.list, Qt.Key.Key_End)
    assert sheet.spec == "http://host/b"
    qtbot.keyClick(sheet.list, Qt.Key.Key_Return)
    assert (sheet.result(), sheet.spec) == (1, "http://host/b")


def test_an_example_is_written_into_the_field(no_qt_left: None, qtbot: QtBot) -> None:
    sheet = AddressSheet([])
    show(sheet, qtbot)
    (chip,) = [button for button in sheet.findChildren(QAbstractButton) if button.text() == "tcp"]
    chip.click()
    assert sheet.spec == EXAMPLES["tcp"][0]
    assert sheet.address.selectedText() == "192.168.1.20:5000"
    sheet.reject()


# ---- the frame


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("999", 999),
        ("0%", 0),
        ("50%", 500),
        ("100 %", 999),
        ("0:12.5", 312),
        ("0:12,5", 312),
        ("12.5s", 312),
        ("12.52", 313),
        ("0:00:39.96", 999),
        ("0:39", 975),
    ],
)
def test_a_place_is_understood(text: str, index: int) -> None:
    assert parse_place(text, 1000, Fraction(25)) == index


def test_times_are_exact() -> None:
    for index in range(3000):
        assert parse_place(f"{index / 100:.2f}s", 3000, Fraction(100)) == index


@pytest.mark.parametrize(
    ("text", "count", "rate", "reason"),
    [
        ("", 1000, 25, "Give a frame"),
        ("now", 1000, 25, "Give a frame"),
        ("-3", 1000, 25, "Give a frame"),
        ("1:2:3:4", 1000, 25, "Give a frame"),
        ("1000", 1000, 25, "frames 0 to 999, and ends at 0:40.0"),
        ("0:40", 1000, 25, "frames 0 to 999"),
        ("101%", 1000, 25, "ends at 100%"),
        ("50%", None, 25, "length of this clip is not known"),
        ("0:12", 1000, None, "no steady rate"),
        ("9" * 400, 1000, 25, "Give a frame"),
        ("99999999999", 1000, 25, "frames 0 to 999"),
    ],
)
def test_what_is_no_place_is_refused_with_the_reason(
    text: str, count: int | None, rate: int | None, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_place(text, count, None if rate is None else Fraction(rate))


def test_the_sheet_says_live_where_it_would_go(no_qt_left: None, qtbot: QtBot) -> None:
    sheet = GoToSheet(1000, Fraction(25), 41)
    show(sheet, qtbot)
    assert (sheet.field.text(), sheet.index) == ("41", 41)
    qtbot.keyClicks(sheet.field, "0:12.5")  # what stands there is selected
    assert (sheet.index, sheet.remark.text()) == (312, "Goes to frame 312 of 0 to 999, at 0:12.5.")
    sheet.field.setText("2000")
    assert (sheet.index, sheet.go_button.isEnabled()) == (None, False)
    assert sheet.remark.property("kind") == "warning"
    qtbot.keyClick(sheet.field, Qt.Key.Key_Return)
    assert sheet.isVisible()
    sheet.field.setText("25%")
    qtbot.keyClick(sheet.field, Qt.Key.Key_Return)
    assert (sheet.result(), sheet.index) == (1, 250)


# ---- all of them


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_control_has_a_name_and_the_keyboard_reaches_it(
    theme: str, background: Background, cameras: dict[int, FoundCamera | None], qapp: QApplication, qtbot: QtBot
) -> None:
    apply_theme(qapp, "light" if theme == "light" else "dark")
    sheets = (CameraSheet(background), AddressSheet(["http://host/b"]), GoToSheet(10, Fraction(25), 0))
    for sheet in sheets:
        show(sheet, qtbot)
        named = [*sheet.findChildren(QAbstractButton), sheet.focusWidget()]
        for control in named:
            assert control is not None
            if not control.isVisible() or control.objectName().startswith("qt_"):
                continue
            assert control.accessibleName() or getattr(control, "text", str)(), control
        assert not sheet.grab().isNull()
        qtbot.keyClick(sheet, Qt.Key.Key_Escape)
        assert not sheet.isVisible()
