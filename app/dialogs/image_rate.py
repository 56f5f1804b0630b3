"""The rate of the folder of images that is open: asked for once, in a banner, and changed at any time."""

from collections.abc import Callable
from fractions import Fraction

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.dialogs.rate_sheet import RateSheet
from app.messages import Action, Message, shorten
from app.player.clip import ClipInfo
from app.player.controller import Controller
from app.player.image_rates import ImageRates
from app.settings.store import SettingsStore
from engine.video.images import DEFAULT_RATE

_KEY = "rate"


class ImageRate(QObject):
    """GUI thread only."""

    message = Signal(object)
    """A Message for the banner."""
    message_gone = Signal(str)
    """Key of a message that no longer holds."""

    def __init__(
        self, window: QWidget, controller: Controller, store: SettingsStore, reopen: Callable[[], object]
    ) -> None:
        """reopen: opens what is open once more, where it is."""
        super().__init__(window)
        self._reopen = reopen
        self._window = window
        self._controller = controller
        self._rates = ImageRates(store)
        controller.opened.connect(self._on_opened)

    def ask(self) -> None:
        """Ask for the rate of the folder of images that is open."""
        clip = self._controller.clip
        if clip is None or not clip.images:
            return
        sheet = RateSheet(clip.name, clip.frame_count, clip.frame_rate or DEFAULT_RATE, self._window)
        sheet.accepted.connect(lambda: None if sheet.rate is None else self._set(clip, sheet.rate))
        sheet.open()

    def _on_opened(self, clip: ClipInfo | None) -> None:
        self.message_gone.emit(_KEY)
        # One image lasts as long as one looks at it.
        if clip is None or not clip.images or clip.frame_count == 1 or self._rates.of(clip.spec) is not None:
            return
        rate = clip.frame_rate or DEFAULT_RATE
        keep = Action(f"Keep {rate}", lambda: self._rates.set(clip.spec, rate))
        text = f"{shorten(clip.name)}: {clip.frame_count} images, shown at {rate} a second. Is that their rate?"
        self.message.emit(Message(_KEY, text, "info", (keep, Action("Another rate…", self.ask))))

    def _set(self, clip: ClipInfo, rate: Fraction) -> None:
        self._rates.set(clip.spec, rate)
        self.message_gone.emit(_KEY)
        now = self._controller.clip
        if now is not None and now.spec == clip.spec and now.frame_rate != rate:
            self._reopen()
