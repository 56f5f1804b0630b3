"""Leaving while work is running: asks, lets it go on unseen, or keeps it for the next start, which offers it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget, QPushButton, QWidget

from app.compare.naming import method_name
from app.export.exporting import Exporting
from app.export.jobs import ExportJob
from app.export.kept import KeptWork, Left, call
from app.export.running import manner_of
from app.messages import Action, Message, explain, shorten
from app.player.background import Background
from app.player.clip import short_name
from app.player.controller import Controller
from app.views.sheet import Sheet
from engine.work import CompareRequest, ModelExportRequest, Request

_CALLED_MS = 1000
_NAMED = 3
_KEY = "left-work"
_ELSEWHERE = "hidden-work"


class LeavingSheet(Sheet):
    """What is to become of work that is running. `accept` means: stop, and quit."""

    def __init__(
        self, requests: tuple[Request, ...], recording: bool, parent: QWidget | None, trained: tuple[str, ...] = ()
    ) -> None:
        """recording: whether something is being recorded. trained: names of the models that train, or wait for it."""
        super().__init__("Quit while work is running?", _running_text(requests, recording, trained), parent, width=560)
        self.background_button = QPushButton("Go on in the background")
        self.background_button.setAutoDefault(False)
        self.buttons.addWidget(self.background_button)
        self.stop_button = self.add_buttons("Stop and quit")
        if not requests and not trained:
            self.background_button.hide()


class Leaving(QObject):
    """GUI thread only.

    hidden: whether the window has gone and its work goes on. trained: tells the names of the models that train in
    processes of their own, which outlive the window, or wait for that.
    """

    message = Signal(object)
    """A Message for the banner."""
    looks = Signal()
    """The window has begun: what earlier ones left is looked for."""
    left = Signal(bool)
    """The window closes. Whether what trains is to stop."""

    def __init__(
        self,
        window: QWidget,
        controller: Controller,
        exporting: Exporting,
        background: Background,
        folder: Path,
        put_away: Callable[[], object],
    ) -> None:
        """folder: where work is kept. put_away: remembers how the window looks, before it goes."""
        super().__init__(window)
        self.hidden = False
        self.trained: Callable[[], tuple[str, ...]] = lambda: ()
        self._stops = False
        self._window = window
        self._controller = controller
        self._exporting = exporting
        self._background = background
        self._put_away = put_away
        self._kept = KeptWork(folder)
        self._noted: tuple[Request, ...] = ()
        self._failed: tuple[Request, ...] = ()
        self._sheet: LeavingSheet | None = None
        self._settled = False
        self._others: list[QWidget] = []
        self._calls = QTimer(self)
        self._calls.setInterval(_CALLED_MS)
        self._calls.timeout.connect(self._answer_call)
        exporting.jobs.changed.connect(self._on_job)

    def look(self) -> None:
        """Offer what earlier windows left, as soon as that is known."""
        self._background.submit(self._kept.take_left, self._offer, owner=self)
        self.looks.emit()

    def allows(self) -> bool:
        """Whether the window may close now; where work is running it asks, and closes the window then."""
        requests, recording = self._exporting.jobs.requests, self._exporting.recording.running
        trained = self.trained()
        if self._settled or not (requests or recording or trained):
            return True
        if self._sheet is None:
            sheet = self._sheet = LeavingSheet(requests, recording, self._window, trained)
            sheet.background_button.clicked.connect(lambda: self._go_on(sheet))
            sheet.accepted.connect(self._stop)
            sheet.finished.connect(self._forget_sheet)
            sheet.open()
        return False

    def settle(self) -> None:
        """Nobody is there to be asked: what is running is stopped, and kept."""
        self._settled = True

    def finish(self) -> Callable[[], object]:
        """The window closes: what keeps the work that is not done; call it off the GUI thread."""
        self._settled = True
        self._calls.stop()
        self.left.emit(self._stops)
        self._kept.keep((*self._failed, *self._exporting.jobs.requests))
        return self._kept.close

    def _stop(self) -> None:
        self._settled = self._stops = True
        self._window.close()

    def _go_on(self, sheet: LeavingSheet) -> None:
        sheet.reject()
        if not self._exporting.jobs.requests:  # what trains needs nobody here
            self._settled = True
            self._window.close()
            return
        self._exporting.recording.stop()
        self.hidden = True
        # Else the program would end with its last window.
        QGuiApplication.setQuitOnLastWindowClosed(False)
        self._put_away()
        self._controller.close_clip()
        self._others = [
            top for top in QApplication.topLevelWidgets() if top.isVisible() and isinstance(top, QDialog | QDockWidget)
        ]
        for widget in (*self._others, self._window):
            widget.hide()
        self._calls.start()
        self._keep()
        self._end_if_done()

    def _come_back(self) -> None:
        self._calls.stop()
        self.hidden = False
        QGuiApplication.setQuitOnLastWindowClosed(True)
        for widget in (self._window, *self._others):
            widget.show()
        self._others = []
        self._window.raise_()
        self._window.activateWindow()
        self._keep()

    def _answer_call(self) -> None:
        self._background.submit(self._kept.take_call, lambda called: self._come_back() if called else None, owner=self)

    def _on_job(self, job: ExportJob) -> None:
        if self.hidden and job.status == "failed":
            # Nobody sees it here; the next start offers it, and tells why where it fails again.
            self._failed = (*self._failed, job.request)
        requests = (*self._failed, *self._exporting.jobs.requests)
        if requests != self._noted:
            self._keep()
        self._end_if_done()

    def _keep(self) -> None:
        self._noted = (*self._failed, *self._exporting.jobs.requests)
        self._kept.keep(self._noted, hidden=self.hidden)
        self._write()

    def _write(self) -> None:
        self._background.submit(self._kept.write, owner=self)

    def _end_if_done(self) -> None:
        if self.hidden and not self._exporting.jobs.working:
            QTimer.singleShot(0, self._end)

    def _end(self) -> None:
        if self.hidden and not self._settled:
            self._settled = True
            QGuiApplication.setQuitOnLastWindowClosed(True)
            self._window.close()
            QCoreApplication.quit()

    def _offer(self, left: Left) -> None:
        for path, specs in left.hidden:
            text = f"{_named(specs)}: work goes on in the background, by a window that was closed."
            back = Action("Bring it back", partial(self._call, path))
            self.message.emit(Message(_ELSEWHERE, text, actions=(back,)))
        if left.requests:
            offers = (
                Action("Go on", lambda: self._take_up(left.requests)),
                Action("Forget it", self._give_up),
            )
            self.message.emit(Message(_KEY, _left_text(left.requests), actions=offers))

    def _call(self, path: Path) -> None:
        self._background.submit(partial(call, path), failed=self._not_called, owner=self)

    def _not_called(self, error: BaseException) -> None:
        self.message.emit(Message(_ELSEWHERE, explain(error), "error"))

    def _take_up(self, requests: tuple[Request, ...]) -> None:
        for request in requests:
            self._exporting.jobs.start(request)
        self._give_up()

    def _give_up(self) -> None:
        self._kept.settle_left()
        self._write()

    def _forget_sheet(self) -> None:
        self._sheet = None


def _running_text(requests: tuple[Request, ...], recording: bool, trained: tuple[str, ...]) -> str:
    told = []
    if trained:
        told.append(f"{_some(trained)} {'is' if len(trained) == 1 else 'are'} being trained, or waiting for that.")
        told.append(
            "In the background that goes on without the window. What waits or is stopped can go on another time."
        )
    if requests:
        told.append(f"{_what(requests)} {'is' if len(requests) == 1 else 'are'} not done yet.")
        told.append("In the background it goes on without a window, and the program ends when all is written.")
        told.append(f"What is stopped is offered at the next start. {_how(requests)}")
    if recording:
        told.append("The recording ends, and is saved.")
    return " ".join(told)


def _left_text(requests: tuple[Request, ...]) -> str:
    was = "was" if len(requests) == 1 else "were"
    return f"{_what(requests)} {was} not done when Steadymask ended. {_how(requests)}"


def _how(requests: tuple[Request, ...]) -> str:
    """How they go on."""
    anew = [request for request in requests if not manner_of(request).resumes]
    if 0 < len(anew) < len(requests):
        models = any(isinstance(request, ModelExportRequest) for request in anew)
        what = "all else begins" if models else "comparisons begin"
        return f"{'Masks' if models else 'Exports'} go on where they stopped, {what} anew."
    one = len(requests) == 1
    if anew:
        return "It begins anew." if one else "They begin anew."
    return "It goes on where it stopped." if one else "They go on where they stopped."


def _what(requests: tuple[Request, ...]) -> str:
    if len(requests) == 1:
        if isinstance(requests[0], ModelExportRequest):
            return f"The export of {shorten(method_name(requests[0].model))}"
        kind = "comparison" if isinstance(requests[0], CompareRequest) else "export"
        return f"The {kind} of {shorten(short_name(requests[0].spec))}"
    return f"{len(requests)} pieces of work ({_named(tuple(request.spec for request in requests))})"


def _named(specs: tuple[str, ...]) -> str:
    return _some(tuple(shorten(short_name(spec), 32) for spec in specs))


def _some(all_names: tuple[str, ...]) -> str:
    names = list(dict.fromkeys(all_names))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
