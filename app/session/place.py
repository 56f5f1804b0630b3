"""Where a person is in a clip: taken down every second, and taken up again when the clip is opened once more."""

import time

from PySide6.QtCore import QObject

from app.player.controller import Controller
from app.session.store import ClipState, Sessions
from app.views.compare_view import CompareView
from app.views.looks import Looks


class Place(QObject):
    """Reads and restores frame, in and out, methods, view, hidden classes, speed and loop. GUI thread only."""

    def __init__(
        self,
        controller: Controller,
        view: CompareView,
        looks: Looks,
        sessions: Sessions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._view = view
        self._looks = looks
        self._sessions = sessions
        self._restoring: ClipState | None = None

    def snapshot(self) -> tuple[str, ClipState] | None:
        """What is open and where in it; None where nothing is, or a live source, which has no places."""
        clip, frame = self._controller.clip, self._controller.playhead.position
        if clip is None:
            return None
        if self._restoring is not None:
            return clip.spec, self._restoring  # not there yet: the place to go to is still the place
        state = ClipState(
            frame=0 if clip.live or frame is None or frame == (clip.frame_count or 0) - 1 else frame,
            range=self._controller.playhead.range,
            method=self._controller.a.name,
            method_b=self._controller.b.name,
            mode=self._view.mode,
            view=self._view.view_state(),
            hidden=self._looks.hidden,
            speed=abs(self._controller.playhead.speed) or 1.0,
            loop=self._controller.playhead.loop,
            seen=time.time(),
        )
        return clip.spec, state

    def open(self, spec: str, *, keep_methods: bool = False) -> None:
        """Open `spec` where it was left; from the start what is new or was seen to its end.

        keep_methods: leave both slots and how they are shown as they are, since they were asked for at the start.
        """
        state = self._sessions.state_of(spec)
        self._restoring = state
        if state is None:
            self._controller.open(spec)
            return
        if not keep_methods:
            if state.method is not None:
                self._controller.a.use(state.method, remember=False)
            self._controller.b.use(state.method_b, remember=False)
            self._view.set_mode(state.mode)
        self._controller.playhead.set_speed(state.speed)
        self._controller.playhead.set_loop(state.loop)
        self._controller.open(spec, frame=state.frame, range_=state.range, play=state.frame == 0)

    def arrived(self) -> None:
        """The first frame of what was opened is shown: now the view and the classes can be as they were."""
        state, self._restoring = self._restoring, None
        if state is not None:
            self._view.restore_view(state.view)
            self._looks.set_hidden(state.hidden)
