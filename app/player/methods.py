"""The model that makes the masks: loaded in the background, the old one at work until the new one is there."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.messages import Action, Message, explain
from app.player.background import Background, step_back
from engine.methods.base import Method

_JOIN_S = 2.0


class MethodLoader(QObject):
    """Keeps one model. GUI thread only; the newest wish wins."""

    loading = Signal(str)
    loaded = Signal(object)
    """A Method that is now at work, or None once none is wanted."""
    failed = Signal(object, str)
    """(the error, the name that was asked for); what was there before stays."""
    chosen = Signal(str)
    """What a person chose is at work, or shall be at the next start."""
    replaced = Signal(object)
    """A Message: what was wanted cannot be loaded, and the fallback is on its way."""

    def __init__(
        self,
        load: Callable[[str], Method],
        background: Background,
        parent: QObject | None = None,
        *,
        fallback: str | None = None,
    ) -> None:
        """load: takes a model's name; called in a background thread. fallback: where nothing is at work and what was
        wanted cannot be loaded.
        """
        super().__init__(parent)
        self._load = load
        self._background = background
        self._fallback = fallback
        self._remember = False
        self._wish = 0
        self._wanted: str | None = None
        self._text: str | None = None
        self.model: Method | None = None

    @property
    def pending(self) -> bool:
        """Whether a model is on its way."""
        return self._wanted is not None

    @property
    def name(self) -> str | None:
        """The model that is wanted, or else the one at work, by the name that it was asked for."""
        return self._wanted or self._text

    def use(self, name: str, *, remember: bool = True) -> None:
        """Load `name` and put it to work. Returns at once. remember: a person chose it."""
        if name != self.name:
            self._remember = remember
            self._ask(name)

    def reload(self) -> None:
        """Load what is wanted or at work once more, as it may come out otherwise by now. Returns at once."""
        if self.name is not None:
            self._ask(self.name)

    def _ask(self, name: str) -> None:
        self._wish += 1
        self._wanted = name
        wish = self._wish
        self.loading.emit(name)
        self._background.submit(
            lambda: self._load_behind(name),
            lambda model: self._on_loaded(wish, name, model),
            lambda error: self._on_failed(wish, name, error),
            lambda model: model.close(_JOIN_S),
        )

    def drop(self) -> None:
        """Do without any model from now on."""
        self._wish += 1
        self._wanted = self._text = None
        old, self.model = self.model, None
        self.loaded.emit(None)
        if old is not None:
            self._retire(old)

    def close(self, timeout_s: float) -> bool:
        """Free the model, unless it still works after `timeout_s`. May be called from any thread, when all is over."""
        return self.model is None or self.model.close(timeout_s)

    def _load_behind(self, name: str) -> Method:
        """In a thread of its own, whose priority the threads have that the runtime starts."""
        step_back()
        return self._load(name)

    def _on_loaded(self, wish: int, name: str, model: Method) -> None:
        if wish != self._wish:
            self._retire(model)
            return
        self._wanted, self._text = None, name
        old, self.model = self.model, model
        self.loaded.emit(model)
        if self._remember:
            self._remember = False
            self.chosen.emit(name)
        if old is not None:
            self._retire(old)

    def _retire(self, model: Method) -> None:
        # It may still be at its last frame; that takes milliseconds, or hangs and is left behind.
        self._background.submit(lambda: model.close(_JOIN_S))

    def _on_failed(self, wish: int, name: str, error: BaseException) -> None:
        if wish != self._wish:
            return
        self._wanted = None
        fallback = self._fallback
        if self.model is not None or fallback is None or name == fallback:
            self.failed.emit(error, name)
            return
        keep = Action(f"Start with {fallback} from now on", lambda: self.chosen.emit(fallback))
        text = f"{name} was not loaded, {fallback} takes its place: {explain(error)}"
        self.replaced.emit(Message("fallback", text, "warning", (keep,)))
        self.use(fallback, remember=False)
