"""The decoding thread of a player: reads what was asked for, at its pace, and hands it over to be segmented."""

from collections.abc import Callable, Iterator

from engine.errors import VideoError
from engine.live.handover import Decoded, Ended, Failed, Handover, Request
from engine.live.measuring import Lead
from engine.live.pace import Pace
from engine.live.playrange import PlayRange
from engine.pipeline import decoding
from engine.video.frame import Frame
from engine.video.source import VideoSource

_DEFAULT_RATE = 25.0  # frames a second of a source that has no rate of its own
_SOON = 8  # frames: running in on more takes so long that the picture is shown first


class Feed:
    """`run` is the thread; it owns the source and closes it. The range is read while holding the handover's lock."""

    def __init__(
        self, source: VideoSource, handover: Handover, range_: PlayRange, lead: Callable[[int, int], Lead | None]
    ) -> None:
        """lead: what must come before a frame, by generation and index; None where that is no longer wanted."""
        self._lead = lead
        self._source = source
        self._handover = handover
        self._range = range_

    def run(self) -> None:
        """Serve one request after another until the handover is closed."""
        try:
            done = 0
            while (request := self._handover.await_request(done)) is not None:
                done = request.generation
                try:
                    if request.play:
                        self._play(request)
                    else:
                        self._show(request)
                except Exception as error:  # noqa: BLE001 - whatever it is, it travels to the interface in-band
                    frame = error.frame if isinstance(error, VideoError) else request.index
                    self._handover.post(Failed(request.generation, error, frame))
        finally:
            self._source.close()

    def _show(self, request: Request) -> None:
        lead = self._begin(request, request.index)
        if lead is None:
            return
        if lead.first < request.index:
            with decoding(self._source, lead.first) as frames:
                frame = self._run_in(request, request.index, lead, frames)
            if frame is None:
                return
        else:
            frame = self._source.read(request.index)
        self._handover.hand_on(Decoded(request.generation, frame, lead=lead))

    def _begin(self, request: Request, index: int) -> Lead | None:
        """What must come before frame `index`; where that is much, its picture is on its way. None to stop."""
        lead = self._lead(request.generation, index) if request.run_in else Lead(index)
        if lead is not None and index - lead.first > _SOON:
            picture = Decoded(request.generation, self._source.read(index), masks=False)
            return lead if self._handover.hand_on(picture) else None
        return lead

    def _run_in(self, request: Request, index: int, lead: Lead, frames: Iterator[Frame]) -> Frame | None:
        """Hand on what comes before frame `index`. Returns that frame, or None to stop."""
        for frame in frames:
            if frame.index >= index:
                return frame
            if not self._handover.hand_on(Decoded(request.generation, frame, lead=lead, before=index)):
                return None
        return self._source.read(index)  # which tells why the clip ends before it

    def _play(self, request: Request) -> None:
        if self._source.live:
            self._play_live(request)
            return
        rate = float(self._source.frame_rate or _DEFAULT_RATE)
        pace = Pace(1 / rate)
        index: int | None = request.index
        while index is not None:
            backwards = self._speed < 0
            index = self._play_back(request, index, pace, rate) if backwards else self._play_on(request, index, pace)

    def _play_live(self, request: Request) -> None:
        self._set_running_live(True)
        try:
            with decoding(self._source, request.index) as frames:
                for frame in frames:
                    with self._handover.changed:
                        wanted = request.generation == self._handover.generation
                    if not wanted:
                        return
                    self._handover.offer(request.generation, frame)
        finally:
            self._set_running_live(False)
        self._handover.post(Ended(request.generation, self._source.note, self._source.error))

    def _play_on(self, request: Request, index: int, pace: Pace) -> int | None:
        """Play on from `index` to the end of the clip or of the range. Returns where to go on, or None to stop."""
        lead = self._begin(request, index)
        if lead is None:
            return None
        with decoding(self._source, lead.first) as frames:
            if lead.first < index or lead.anew:
                first = self._run_in(request, index, lead, frames)
                if first is None or not self._handover.await_due(
                    request.generation, pace.due_s(first.pts_s, self._speed)
                ):
                    return None
                if not self._handover.hand_on(Decoded(request.generation, first, lead=lead)):
                    return None
            for frame in frames:
                if frame.index > self._bounds[1]:
                    break
                if not self._handover.await_due(request.generation, pace.due_s(frame.pts_s, self._speed)):
                    return None
                self._handover.offer(request.generation, frame)
        return self._at_the_end(request, self._source.note, self._source.error)

    def _play_back(self, request: Request, index: int, pace: Pace, rate: float) -> int | None:
        """Play back from `index`; frames that decoding is too slow for are left out. Returns as `_play_on` does."""
        while index >= self._bounds[0]:
            frame = self._source.read(index)
            # Seconds that grow while frames go back.
            if not self._handover.await_due(request.generation, pace.due_s(-index / rate, self._speed)):
                return None
            self._handover.offer(request.generation, frame)
            late = max(0, int(pace.late_s() * rate * abs(self._speed)))
            index -= 1 + late
            self._handover.leave_out(late)
        return self._at_the_end(request, None, None)

    def _at_the_end(self, request: Request, note: str | None, error: VideoError | None) -> int | None:
        """Where a loop goes on, or None after the end was told."""
        with self._handover.changed:
            if self._handover.generation != request.generation or not self._handover.playing:
                return None
            # A clip that broke off is told and not played over and over.
            again = self._range.next_round() if error is None else None
        if again is None:
            self._handover.post(Ended(request.generation, note, error))
        return again

    @property
    def _speed(self) -> float:
        with self._handover.changed:
            return self._range.speed

    @property
    def _bounds(self) -> tuple[int, float]:
        with self._handover.changed:
            return self._range.bounds()

    def _set_running_live(self, running: bool) -> None:
        with self._handover.changed:
            self._handover.running_live = running
