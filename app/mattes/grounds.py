"""Over which ground mattes are shown: the settings, the choice in the class panel, and the pictures on their way."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.mattes.composing import Composing, Wanted
from app.mattes.picker import GROUNDS, GroundPicker
from app.messages import Message, explain
from app.player.background import Background
from app.player.controller import Controller
from app.settings.store import SettingsStore
from app.views.class_panel import ClassPanel
from app.views.compare_view import CompareView
from engine.errors import ExportError
from engine.frame_result import FrameResult
from engine.results.matte import OVERLAID, Ground
from engine.tasks import task_of

_KEY = "matte"


class Grounds(QObject):
    """Keeps the picker, the settings and what is composed in step. GUI thread only."""

    message = Signal(object)
    """A Message for the banner."""
    message_gone = Signal(str)
    """Key of a message that no longer holds."""
    offered = Signal(bool)
    """Whether a slot holds a model of mattes, so that there is something to choose."""
    _failed = Signal(object, object)

    def __init__(
        self,
        controller: Controller,
        view: CompareView,
        panel: ClassPanel,
        store: SettingsStore,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._view = view
        self._panel = panel
        self._store = store
        self._background = background
        self._asked = 0
        self._composing = Composing(lambda error, ground: self._failed.emit(error, ground))
        controller.finish_by(self._composing.finish)
        self.picker = GroundPicker("Behind")
        panel.add_drawing(self.picker)
        self.picker.chosen.connect(lambda behind: store.change(**store.settings.fields_of(behind)))
        store.changed.connect(self._on_settings)
        view.looked_at.connect(self._on_looked)
        controller.shown.connect(self._on_shown)
        for slot in (controller.a, controller.b):
            slot.changed.connect(lambda _: self._offer())
            slot.failed.connect(self._offer)
        self._failed.connect(self._on_failed)
        self._composing.slots = view.slots
        self._show()
        self._offer()

    def go_on(self) -> None:
        """Choose what follows what is chosen, where there is something to choose; a picture or a clip only if there is
        one.
        """
        if self.picker.isHidden():
            return
        behind = self._store.settings.behind
        order = [ground for ground in GROUNDS if ground not in ("picture", "clip") or getattr(behind, ground)]
        self._store.change(matte_ground=order[(order.index(behind.ground) + 1) % len(order)])

    def finish(self) -> Callable[[], None]:
        """The window closes: what releases a clip behind; call it off the GUI thread."""
        return self._composing.close

    def _on_settings(self, fields: frozenset[str]) -> None:
        if fields & set(self._store.settings.fields_of(self.picker.behind)):
            self.message_gone.emit(_KEY)
            self._show()
            self._offer()

    def _show(self) -> None:
        behind = self._store.settings.behind
        self.picker.show_behind(behind)
        self._composing.wanted = Wanted(self.picker.ground, behind.foreground)
        if self.picker.ground.kind == "clip":
            self._background.submit(self._composing.prepare, lambda _: self._again(), owner=self)
        else:
            self._again()

    def _offer(self) -> None:
        """Let a ground be chosen where that is for something; opacity and style only where they change something."""
        soft = [task_of(method.card.task).soft for method in self._controller.methods]
        self.picker.setVisible(any(soft))
        self._panel.allow_drawing(not soft or not all(soft) or self.picker.ground == OVERLAID)
        self.offered.emit(any(soft))

    def _on_looked(self) -> None:
        self._composing.slots = self._view.slots
        self._again()

    def _on_shown(self, result: FrameResult) -> None:
        # Made ready just before another ground was chosen; while frames are running the next one has it.
        if not self._controller.playhead.playing:
            self._again(result)

    def _again(self, result: FrameResult | None = None) -> None:
        """Make what is shown ready once more, where it is not what is wanted, and show it if it still is shown."""
        shown = result or self._view.result
        if shown is None or not self._composing.lacks(shown):
            return
        self._asked += 1
        asked = self._asked

        def done(made: FrameResult) -> None:
            if asked == self._asked and self._view.result is shown:
                self._view.replace_result(made)

        self._background.submit(lambda: self._composing.finish(shown), done, owner=self)

    def _on_failed(self, error: ExportError, ground: Ground) -> None:
        """A picture or a clip cannot be read: the frame itself stays behind the person."""
        if ground == self.picker.ground:
            self._store.change(matte_ground="overlay")
            self.message.emit(Message(_KEY, explain(error), "warning"))
