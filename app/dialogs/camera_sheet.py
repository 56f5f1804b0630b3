"""Which camera to open."""

import threading

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QPushButton, QWidget

from app.dialogs.parts import ChoiceList, Remark
from app.player.background import Background
from app.views.icons import icon
from app.views.sheet import Sheet
from engine.video.cameras import FoundCamera, are_listed, ask_camera, cameras_to_try, none_found
from engine.video.open import STAND_IN

_STAND_IN_DETAIL = "A synthetic street without end; needs no hardware"


class CameraSheet(Sheet):
    """Lists the cameras, and last the stand-in that is always there. Each is asked for a picture off the GUI thread;
    one that gives none can be chosen all the same, since what held it may have let go.
    """

    def __init__(self, background: Background, parent: QWidget | None = None, *, open_now: str | None = None) -> None:
        """open_now: what the window has open, which is then not asked: a camera serves one program at a time."""
        super().__init__("Open a camera", "", parent)
        self._background = background
        self._open_now = open_now
        self._found: dict[int, FoundCamera] = {}
        self._waiting: set[int] = set()
        self._stop = threading.Event()
        self._filling = False
        self._chosen = False  # whether a person has chosen a row, so that the list may not choose for them
        self.list = ChoiceList("Cameras")
        self.list.currentRowChanged.connect(self._on_row)
        self.list.itemActivated.connect(lambda _: self.accept())
        self.remark = Remark()
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.remark)
        self.refresh_button = QPushButton("Look again")
        self.refresh_button.setIcon(icon("reconnect", "muted"))
        self.refresh_button.setAutoDefault(False)
        self.refresh_button.clicked.connect(self.refresh)
        self.buttons.addWidget(self.refresh_button)
        self.open_button = self.add_buttons("Open")
        # Children that still ask a camera are not waited for once nobody looks.
        self.finished.connect(self._leave)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._leave)
        self.refresh()
        self.list.show_rows(4)
        self.list.setFocus()

    @property
    def spec(self) -> str:
        """What to open."""
        return self.list.value or STAND_IN

    def refresh(self) -> None:
        """Look for cameras again."""
        self._stop.set()
        stop = self._stop = threading.Event()
        self.destroyed.connect(stop.set)  # a window that goes takes its sheet along unfinished
        self._found.clear()
        self._waiting = {-1}  # the list itself
        self._show()
        self._background.submit(
            cameras_to_try,
            lambda cameras: self._ask(cameras, stop),
            lambda error: self._failed(error, stop),
            owner=self,
        )

    def _ask(self, cameras: list[tuple[int, str]], stop: threading.Event) -> None:
        if stop is not self._stop:
            return
        self._waiting = {index for index, _ in cameras}
        for index, name in cameras:
            camera = FoundCamera(index, name)
            if camera.spec == self._open_now:
                self._waiting.discard(index)
                self._found[index] = camera
                continue
            if are_listed():
                self._found[index] = camera
            self._background.submit(
                lambda index=index, name=name: ask_camera(index, name, stop=stop),  # type: ignore[misc]
                lambda found, index=index: self._answered(index, found, stop),  # type: ignore[misc]
                lambda error: self._failed(error, stop),
                owner=self,
            )
        self._show()

    def _answered(self, index: int, found: FoundCamera | None, stop: threading.Event) -> None:
        if stop is not self._stop:
            return
        self._waiting.discard(index)
        if found is not None:
            self._found[index] = found
        self._show()

    def _failed(self, error: BaseException, stop: threading.Event) -> None:
        if stop is self._stop:
            self._waiting.clear()
            self._show()
            self.remark.say(f"Cameras cannot be listed here ({error}). Connect one, and look again.", "warning")

    def _leave(self) -> None:
        self._stop.set()

    # ---- what is shown

    def _show(self) -> None:
        chosen = self.list.value if self._chosen else None
        self._filling = True
        self.list.clear()
        for index in sorted(self._found):
            camera = self._found[index]
            self.list.add(icon("camera", "muted"), camera.name, self._detail(camera), camera.spec)
        self.list.add(icon("clip", "muted"), "Demo camera", _STAND_IN_DETAIL, STAND_IN)
        if not self.list.choose(chosen):
            works = next((camera.spec for _, camera in sorted(self._found.items()) if camera.problem is None), STAND_IN)
            self.list.choose(works)
        self._filling = False
        self.refresh_button.setEnabled(not self._waiting)
        if self._waiting:
            self.say("Looking for cameras…")
        elif self._found:
            self.say("Double-click one, or choose it and press Enter.")
        else:
            self.say("No camera was found. The demo camera needs none.")
        self._remark()

    def _detail(self, camera: FoundCamera) -> str:
        where = f"camera {camera.index}"
        if camera.size is not None:
            rate = f", {camera.rate:g} frames/s" if camera.rate else ""
            return "{} · {}×{}{}".format(where, *camera.size, rate)
        if camera.problem is not None:
            return f"{where} · gives no picture"
        return f"{where} · open in this window" if camera.spec == self._open_now else f"{where} · asking…"

    def _remark(self) -> None:
        """Say what is wrong with the chosen camera, or with all of them."""
        camera = next((each for each in self._found.values() if each.spec == self.list.value), None)
        if camera is not None and camera.problem is not None:
            problem = camera.problem.rstrip(".")
            self.remark.say(f"{_capital(problem)}. {_capital(camera.remedy or '')}.", "warning")
        elif not self._found and not self._waiting:
            self.remark.say(f"{_capital(none_found())}.")
        else:
            self.remark.say("")

    def _on_row(self, _row: int) -> None:
        if not self._filling:
            self._chosen = True
            self._remark()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
