"""Where a person is in a clip: taken down every second, and taken up again when the clip is opened once more."""

import time

from PySide6.QtCore import QObject

from app.markers.markers import Markers
from app.player.clip import ClipInfo
from app.player.controller import Controller
from app.session.store import ClipState, Sessions
from app.views.compare_view import CompareView


class Place(QObject):
    """Reads and restores frame, in and out, methods, view, speed, loop and markers. GUI thread only."""

    def __init__(
        self,
        controller: Controller,
        view: CompareView,
        markers: Markers,
        sessions: Sessions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._view = view
        self._markers = markers
        self._sessions = sessions
        self._restoring: ClipState | None = None
        controller.opened.connect(self._on_opened)

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
            speed=abs(self._controller.playhead.speed) or 1.0,
            loop=self._controller.playhead.loop,
            markers=self._markers.names,
            seen=time.time(),
        )
        return clip.spec, state

    def open(self, spec: str, *, keep_methods: bool = False) -> None:
        """Open `spec` where it was left; from the start what is new or was seen to its end.

        keep_methods: leave both slots and how they are shown as they are, since they were asked for at the start.
        """
        state = self._sessions.state_of(spec)
        if state is None:
            self._controller.open(spec, arrive=lambda: self._restore(None, keep_methods))
            return
        self._controller.open(
            spec,
            frame=state.frame,
            range_=state.range,
            play=state.frame == 0,
            arrive=lambda: self._restore(state, keep_methods),
        )

    def reopen(self) -> None:
        """Open what is open once more, where and as it is: playing, if it plays."""
        now = self.snapshot()
        if now is not None:
            spec, state = now
            self._controller.open(
                spec,
                frame=state.frame,
                range_=state.range,
                play=self._controller.playhead.playing,
                arrive=lambda: self._restore(state, keep_methods=True),
            )

    def _restore(self, state: ClipState | None, keep_methods: bool) -> None:
        """Nothing else is open any more: what was at work and how it was looked at, as far as that needs no frame."""
        self._restoring = state
        if state is None:
            return
        if not keep_methods:
            if state.method is not None:
                self._controller.a.use(state.method, remember=False)
            self._controller.b.use(state.method_b, remember=False)
            self._view.set_mode(state.mode)
        self._controller.playhead.set_speed(state.speed)
        self._controller.playhead.set_loop(state.loop)

    def arrived(self) -> None:
        """The first frame of what was opened is shown: now the view can be as it was."""
        state, self._restoring = self._restoring, None
        if state is not None:
            self._view.restore_view(state.view)

    def _on_opened(self, info: ClipInfo | None) -> None:
        state = None if info is None or info.live else self._sessions.state_of(info.spec)
        self._markers.show({} if state is None else state.markers)
