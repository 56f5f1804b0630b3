"""Slot A or B: the method that stands in it, how another one comes into it, and what is told about that."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.messages import Message, explain
from app.player.background import Background
from app.player.methods import MethodLoader
from engine.methods.base import Method

_PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Told:
    """What is said about one slot.

    key: of its messages. empty, kept: how a failure reads where nothing stands in the slot, and where what stands there
    stays; with `{name}` that was asked for, `{kept}` and `{why}`. provider: whether a warning about what it runs on is
    told too.
    """

    key: str
    empty: str
    kept: str
    provider: bool = False


TOLD_OF_A = Told(
    "model", "No masks are shown: {why}", "{name} was not loaded, {kept} is still at work: {why}", provider=True
)
TOLD_OF_B = Told("model-b", "B: {name} was not loaded: {why}", "B: {name} was not loaded: {why}")


class Slot(QObject):
    """GUI thread only; nothing here waits."""

    loading = Signal(str)
    """Name of the method that is on its way."""
    changed = Signal(object)
    """The Method that stands here, or None; told again where another one failed to come."""
    failed = Signal()
    """What was to come failed, and nothing stands here."""
    chosen = Signal(str)
    """What a person put here is at work, or shall be at the next start."""
    settled = Signal(bool)
    """Nothing is on its way any more, and all of it was told. Whether another method stands here than before."""
    message = Signal(object)
    """A Message for the banner."""
    message_gone = Signal(str)
    """Key of a message that no longer holds."""

    def __init__(
        self,
        load: Callable[[str], Method],
        background: Background,
        told: Told,
        parent: QObject | None = None,
        *,
        fallback: str | None = None,
    ) -> None:
        """load: makes a method by what is written; called in a background thread. fallback: what comes here where
        nothing is and what was wanted cannot be loaded.
        """
        super().__init__(parent)
        self._told = told
        self._ended = False
        self._loader = MethodLoader(load, background, self, fallback=fallback)
        self._loader.chosen.connect(self.chosen)
        self._loader.replaced.connect(self.message)
        self._loader.loading.connect(self.loading)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)

    @property
    def name(self) -> str | None:
        """What is at work here, or on its way, as it is written; None where there is nothing."""
        return self._loader.name

    @property
    def method(self) -> Method | None:
        """What is at work here."""
        return self._loader.model

    @property
    def model_name(self) -> str | None:
        """Name of the model at work here, whatever is around it."""
        return None if self.method is None else self.method.card.name

    @property
    def pending(self) -> bool:
        """Whether another method is on its way."""
        return self._loader.pending

    def use(self, name: str | None, *, remember: bool = True) -> None:
        """Put another method to work; the one at work goes on until it is loaded, and stays if that fails. None empties
        the slot. remember: a person chose it, for the next start too.
        """
        if self._ended:
            return
        if name is None:
            self._loader.drop()
        else:
            self._loader.use(name, remember=remember)

    def reload(self) -> None:
        """Load what is or shall be at work here once more, as it may come out otherwise by now. Returns at once."""
        if not self._ended:
            self._loader.reload()

    def end(self) -> None:
        """Take no method any more."""
        self._ended = True

    def close(self, timeout_s: float) -> bool:
        """Free the method, unless it still works after `timeout_s`. May be called from any thread, when all is over."""
        return self._loader.close(timeout_s)

    def _on_loaded(self, method: Method | None) -> None:
        self.message_gone.emit(self._told.key)
        if self._told.provider:
            self.message_gone.emit(_PROVIDER)
        self.changed.emit(method)
        if self._told.provider and method is not None and method.report.warning:
            self.message.emit(Message(_PROVIDER, method.report.warning, "warning"))
        self.settled.emit(True)

    def _on_failed(self, error: BaseException, name: str) -> None:
        if self.method is None:
            self.failed.emit()
            text = self._told.empty.format(name=name, why=explain(error))
        else:
            self.changed.emit(self.method)
            text = self._told.kept.format(name=name, kept=self.method.name, why=explain(error))
        self.message.emit(Message(self._told.key, text, "error"))
        self.settled.emit(False)
