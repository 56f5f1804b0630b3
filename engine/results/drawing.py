"""How masks and mattes are drawn over frames, for a file, a recording or a camera."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.models.background import drawn_at_first
from engine.models.classes import ClassSet
from engine.results.foreground import foreground_colours
from engine.results.matte import OVERLAID, Compositor, Ground
from engine.results.overlay import Style, blend


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """How masks are drawn over frames (`engine.results.overlay`). palette, visible: None for the set's own, for
    all but the background. ground: of mattes, what stands behind the person, also in a movie without alpha.
    premultiplied: colours in movies with alpha are multiplied with it. foreground_colours: in the band at the edge the
    person's own colours are estimated, wherever they are put over something or stored with alpha.
    """

    opacity: float = 0.5
    style: Style = "fill"
    palette: NDArray[np.uint8] | None = None
    visible: NDArray[np.bool_] | None = None
    ground: Ground = OVERLAID
    premultiplied: bool = False
    foreground_colours: bool = False

    def identity(self) -> dict[str, Any]:
        """Everything about it, as plain JSON values."""
        hidden = [] if self.visible is None else np.flatnonzero(~self.visible).tolist()
        palette = None if self.palette is None else self.palette.tobytes().hex()
        told = {"opacity": self.opacity, "style": self.style, "palette": palette, "hidden": hidden}
        if self.ground != OVERLAID:
            told["ground"] = self.ground.identity()
        return told | {name: True for name in ("premultiplied", "foreground_colours") if getattr(self, name)}


class Tint:
    """Draws masks and mattes tinted over frames, as a Drawing says. palette: colours by class id."""

    def __init__(self, class_set: ClassSet, drawing: Drawing) -> None:
        self.palette = class_set.palette() if drawing.palette is None else drawing.palette
        self._visible = drawn_at_first(class_set) if drawing.visible is None else drawing.visible
        self._drawing = drawing

    def tinted(
        self, rgb: NDArray[np.uint8], mask: NDArray[np.uint8], alpha: NDArray[np.float32] | None
    ) -> NDArray[np.uint8]:
        """A frame, uint8 (H, W, 3), with its mask, uint8 (H, W), or its alpha, float32 (H, W), where it has one."""
        how = self._drawing
        return blend(rgb, mask, self.palette, how.opacity, style=how.style, visible=self._visible, alpha=alpha)


class Painter(Tint):
    """Draws frames as a Drawing says, mattes over its ground. Close it after use. One thread at a time."""

    def __init__(self, class_set: ClassSet, drawing: Drawing) -> None:
        """Opens a picture or a clip of the ground. Raises ExportError where it cannot be read."""
        super().__init__(class_set, drawing)
        self._over = None if drawing.ground == OVERLAID else Compositor(drawing.ground)

    def drawn(
        self, rgb: NDArray[np.uint8], mask: NDArray[np.uint8], alpha: NDArray[np.float32] | None, at_s: float = 0.0
    ) -> NDArray[np.uint8]:
        """As `tinted`, a matte over the ground. at_s: when the frame is seen. Raises ExportError as Compositor does."""
        if alpha is None or self._over is None:
            return self.tinted(rgb, mask, alpha)
        own = self._drawing.foreground_colours and self._drawing.ground.mixes
        front = foreground_colours(rgb, alpha) if own else None
        return self._over.over(rgb, alpha, at_s=at_s, front=front)

    def close(self) -> None:
        """Release what the ground is read from."""
        if self._over is not None:
            self._over.close()
