"""The picture area: slots A and B on the same frame, in the ways there are to look at both."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QToolTip, QWidget

from app.style import slot_colours
from app.views.divider import Divider
from app.views.flips import Flips
from app.views.frame_view import FrameView, Pointed, ViewState
from app.views.heat import DISAGREE, HOT, dimmed, disagreement, disagreement_table, heat_table, legend_colours
from app.views.pills import Legend, Pill, Said
from engine.frame_result import FrameResult
from engine.models.mapping import ClassMapping
from engine.results.overlay import Style
from engine.results.still import Still

Mode = Literal["single", "side", "wipe", "difference", "flicker"]
"""One slot alone; A beside B; A left and B right of a divider; where they disagree; where labels flip."""

_HINT = "Choose a method for slot B"
_MARGIN = 10
_GAP = 2  # pixels between two panes
_FIGURE_SPACE = "\u2007"  # as wide as a digit


class CompareView(QWidget):
    """Shows one FrameResult in one pane or in two, which always show the same frame at the same place. Whatever tells
    how masks look holds for both. GUI thread only.
    """

    pointed = Signal(object)
    """A Pointed with the class of the slot under the pointer, or None."""
    view_changed = Signal()
    """Somebody panned, zoomed or fitted."""
    mode_changed = Signal(str)
    looked_at = Signal()
    """The masks of other slots are drawn than before."""
    menu_asked = Signal(object)
    """The QPoint of the screen where its menu is wanted; None from the keyboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Video frame with masks")
        self.panes = (FrameView(), FrameView())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        for slot, pane in enumerate(self.panes):
            pane.setAccessibleName(f"Video frame with the masks of slot {'AB'[slot]}")
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            row.addWidget(pane, 1)
        first, second = self.panes
        second.hide()
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        self._pills = (self._add_pill(first, left), self._add_pill(first, right), self._add_pill(second, left))
        self._legend = Legend(legend_colours(), first.viewport())
        _corners(first).addWidget(self._legend, 1, 0, 1, 2, left | Qt.AlignmentFlag.AlignBottom)
        self._divider = Divider(first.viewport())
        self._mode: Mode = "single"
        self._single = 0
        self._names: tuple[str, str | None] = ("", None)
        self._mapping: ClassMapping | None = None
        self._visible = np.ones(256, bool)
        self._flips = Flips()
        self._result: FrameResult | None = None
        self._slots: frozenset[int] = frozenset((0,))
        self._linking = False
        self._divider.valueChanged.connect(self._place_divider)
        for pane in self.panes:
            pane.pointed.connect(self.pointed)
            pane.view_changed.connect(lambda pane=pane: self._link(pane))
            pane.resized.connect(self._on_resized)
        self._take_tables()

    # ---- which slots, and how

    @property
    def mode(self) -> Mode:
        """How both slots are shown; kept while slot B is empty."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Look at the slots in another way. Raises ValueError for one that there is not."""
        if mode not in get_args(Mode):
            raise ValueError(f"there is no mode {mode!r}; choose one of {', '.join(get_args(Mode))}")
        if mode != self._mode:
            self._mode = mode
            self._take_tables()
            self._draw()
            self.mode_changed.emit(mode)

    @property
    def single_slot(self) -> int:
        """Whose masks mode `single` shows, where both slots are filled."""
        return self._single

    def set_single_slot(self, slot: int) -> None:
        """Whose masks mode `single` shows: 0 for A, 1 for B. Where B is empty it is A all the same."""
        self._single = slot
        self._draw()

    def set_names(self, a: str, b: str | None, mapping: ClassMapping | None = None) -> None:
        """Say which methods stand in the slots; None for an empty slot B. What flipped before is another method's.

        mapping: which classes mean the same; None where every id does.
        """
        for slot, (before, now) in enumerate(zip(self._names, (a, b), strict=True)):
            if before != now:
                self._flips.reset(slot)
        self._names, self._mapping = (a, b), mapping
        self._draw()

    def move_divider(self, share: float) -> None:
        """Put the wipe's divider at a share 0..1 of the pane's width."""
        self._divider.set_share(share)

    @property
    def divider(self) -> float:
        """Where the wipe's divider is, 0..1 of the pane's width."""
        return self._divider.share

    # ---- what is shown

    def show_result(self, result: FrameResult) -> None:
        """Draw the frame, and what the slots made of it."""
        self._result = result
        self._flips.add(result)
        self._draw()

    def replace_result(self, result: FrameResult) -> None:
        """Draw the frame that is shown once more, with other pictures."""
        self._result = result
        self._draw()

    @property
    def result(self) -> FrameResult | None:
        """What is shown."""
        return self._result

    @property
    def slots(self) -> frozenset[int]:
        """The slots whose masks are drawn over the frame: 0 for A, 1 for B."""
        if self._mode == "flicker" or self._compared:
            return frozenset()
        return frozenset((0, 1) if self._mode in ("side", "wipe") else (self._alone,))

    def show_preview(self, rgb: NDArray[np.uint8]) -> None:
        """Draw a small picture, uint8 (h, w, 3) RGB, in place of the frame, without masks, until the next result."""
        for pane in self._seen:
            pane.show_preview(rgb)

    def clear(self) -> None:
        """Show nothing."""
        self._result = None
        self._flips.reset()
        for pane in self.panes:
            pane.clear()
        self._draw()

    # ---- how masks look

    def set_palette(self, palette: NDArray[np.uint8], slot: int | None = None) -> None:
        """Colours by class id, uint8 (256, 3) RGB. slot: whose; None for both."""
        for pane in self.panes:
            pane.set_palette(palette, slot)

    def set_class_visible(self, class_id: int, visible: bool, slot: int | None = None) -> None:
        """Draw or leave out one class, of A's also where slots disagree about it. slot: whose; None for both."""
        for pane in self.panes:
            pane.set_class_visible(class_id, visible, slot)
        if slot != 1 and self._visible[class_id] != visible:
            self._visible[class_id] = visible
            if self._mode == "difference":
                self._draw()

    def set_opacity(self, opacity: float) -> None:
        """Opacity of filled masks, 0..1; outlines are always opaque."""
        for pane in self.panes:
            pane.set_opacity(opacity)

    def set_masks_shown(self, shown: bool) -> None:
        """Draw or leave out all masks, and what is drawn in their place."""
        for pane in self.panes:
            pane.set_masks_shown(shown)

    def set_style(self, style: Style) -> None:
        """Fill the classes' areas, or draw their borders alone."""
        for pane in self.panes:
            pane.set_style(style)

    # ---- where one looks: the first pane leads, the other follows

    def fit(self) -> None:
        """Show the whole picture, and keep it whole when the window changes its size."""
        self.panes[0].fit()

    def actual_size(self) -> None:
        """One pixel of the picture on one pixel of the screen, around the middle of the view."""
        self.panes[0].actual_size()

    def zoom(self, steps: int) -> None:
        """Zoom in (positive) or out (negative) around the middle."""
        self.panes[0].zoom(steps)

    def pan(self, right: float, down: float) -> None:
        """Move the view over the picture, by shares of what is in view."""
        self.panes[0].pan(right, down)

    def view_state(self) -> ViewState | None:
        """Where one looks; None while the whole picture is fitted."""
        return self.panes[0].view_state()

    def restore_view(self, state: ViewState | None) -> None:
        """Look where `view_state` says; None fits."""
        self.panes[0].restore_view(state)

    def point_at(self, x: float, y: float) -> Pointed | None:
        """What is at a point of this widget, in its pixels; None off the picture."""
        for pane in self._seen:
            inside = pane.mapFrom(self, QPoint(int(x), int(y)))
            if pane.rect().contains(inside):
                return pane.point_at(inside.x(), inside.y())
        return None

    def stills(self) -> tuple[Still, ...]:
        """What is seen in each pane, from left to right, all of the frame; none where nothing is shown."""
        return tuple(still for pane in self._seen if (still := pane.still()) is not None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        self.menu_asked.emit(None if by_keyboard else event.globalPos())

    def event(self, event: QEvent) -> bool:
        """A name that is cut stands whole in the tool tip; the pills themselves let the pointer through."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._cut_at(event.pos()), self)
            return True
        return super().event(event)

    def _cut_at(self, place: QPoint) -> str:
        """The whole of what stands cut at a point of this widget; empty where nothing does."""
        for pill in self._pills:
            if pill.isVisible() and pill.rect().contains(pill.mapFrom(self, place)):
                return pill.hidden_text
        return ""

    # ---- inside: what the mode draws

    @property
    def _apart(self) -> bool:
        """Whether nobody can tell where the two disagree."""
        return self._mapping is not None and self._mapping.why_not is not None

    @property
    def _compared(self) -> bool:
        """Whether it is drawn where the two disagree."""
        there = self._result is not None and len(self._result.slots) > 1
        return self._mode == "difference" and there and not self._apart

    @property
    def _filled(self) -> bool:
        """Whether something stands in slot B."""
        made = self._result.slots if self._result is not None else ()
        return self._names[1] is not None or len(made) > 1

    @property
    def _seen(self) -> tuple[FrameView, ...]:
        """The panes that are shown."""
        both = self._mode == "side" or (self._mode == "flicker" and self._filled)
        return self.panes if both else self.panes[:1]

    def _draw(self) -> None:
        """Show the last result as the mode has it."""
        seen, result = self._seen, self._result
        fresh = self._share_out(len(seen))
        self._divider.setVisible(self._mode == "wipe" and result is not None and bool(result.slots))
        self._place_divider()
        differing = None
        self._linking = True  # a pane fits its first frame, but nobody wished to look elsewhere
        if result is None:
            pass
        elif self._mode == "flicker":
            grey = dimmed(result.frame.rgb)
            for slot, pane in enumerate(seen):
                pane.show_heat(result, grey, self._flips.levels(slot), slot)
        elif self._compared:
            a, b = (made.segmentation.classes for made in result.slots[:2])
            levels, differing = disagreement(a, b, self._visible, self._mapping)
            seen[0].show_heat(result, dimmed(result.frame.rgb), levels)
        elif self._mode == "side":
            for slot, pane in enumerate(seen):
                pane.show_result(result, slot)
        elif self._mode == "wipe":
            seen[0].show_result(result, 0, beside=1)
        else:
            seen[0].show_result(result, self._alone)
        self._linking = False
        if fresh:
            self._link(self.panes[0], moved=False)
        self._say(differing)
        if self.slots != self._slots:
            self._slots = self.slots
            self.looked_at.emit()

    def _take_tables(self) -> None:
        for pane in self.panes:
            pane.set_heat_table(disagreement_table() if self._mode == "difference" else heat_table())

    @property
    def _alone(self) -> int:
        """Whose masks are shown where one slot is."""
        return self._single if self._mode == "single" and self._filled else 0

    def _share_out(self, panes: int) -> bool:
        """Show one pane or two. Returns whether that is new."""
        second = self.panes[1]
        if (panes > 1) == second.isVisibleTo(self):
            return False
        second.setVisible(panes > 1)
        second.clear()
        return True

    def _say(self, differing: float | None) -> None:
        """Name in each corner what one looks at. differing: share of the pixels that are compared, 0..1, where the
        difference is shown.
        """
        a, b = self._slot_said(0), self._slot_said(1)
        left, right, other = Said(), Said(), Said()
        if self._result is None:
            pass
        elif differing is not None:
            # Digits of one width, with room for two before the point, so that nothing moves.
            percent = f"{100 * differing:4.1f}".replace(" ", _FIGURE_SPACE)
            left = Said(f"A ≠ B  {percent} %", colour=DISAGREE)
        elif self._mode in ("side", "flicker"):
            left, other = a, b
        elif self._mode in ("wipe", "difference"):
            left, right = a, b
        elif self._filled:
            left = (a, b)[self._alone]
        for pill, said in zip(self._pills, (left, right, other), strict=True):
            pill.say(said)
        self._explain_heat()

    def _explain_heat(self) -> None:
        shown = self._mode == "flicker" and self._result is not None
        self._legend.setVisible(shown)
        pairs = max(self._flips.pairs(slot) for slot in (0, 1))
        if shown and pairs:
            frames = f"of the last {pairs} frames" if pairs > 1 else "of the last frame"
            self._legend.say("flips  0", f"{100 * HOT:.0f} % {frames}")
        elif shown:
            self._legend.say("Play on to see where masks flip")

    def _slot_said(self, slot: int) -> Said:
        name, tag, colour = self._names[slot], "AB"[slot], (slot_colours.A, slot_colours.B)[slot]
        made = self._result is not None and slot < len(self._result.slots)
        if slot == 1 and name is None and not made:
            return Said(_HINT, tag, colour, hint=True)
        if slot == 1 and self._mode == "difference" and self._apart:
            return Said(f"{name} has no classes in common with A", tag, colour, hint=True)
        return Said(name or "", tag, colour, beside=self._names[1 - slot] or "")

    # ---- inside: where things are

    def _add_pill(self, pane: FrameView, side: Qt.AlignmentFlag) -> Pill:
        pill = Pill(pane.viewport())
        column = 0 if side is Qt.AlignmentFlag.AlignLeft else 1
        _corners(pane).addWidget(pill, 0, column, side | Qt.AlignmentFlag.AlignTop)
        return pill

    def _place_divider(self) -> None:
        self._divider.place()
        self.panes[0].set_divider(self._divider.share if self._mode == "wipe" else None)

    def _on_resized(self) -> None:
        self._divider.place()
        self._link(self.panes[0], moved=False)

    def _link(self, pane: FrameView, *, moved: bool = True) -> None:
        """The other pane looks where this one does. moved: somebody wished to look there."""
        if not self._linking:
            self._linking = True
            self.panes[0 if pane is self.panes[1] else 1].look_as(pane)
            self._linking = False
            if moved:
                self.view_changed.emit()


def _corners(pane: FrameView) -> QGridLayout:
    """Lays out what stands in the corners of a pane; no corner takes more than half of the width."""
    grid = pane.viewport().layout()
    if not isinstance(grid, QGridLayout):
        grid = QGridLayout(pane.viewport())
        grid.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        grid.setSpacing(_MARGIN)
        for place in (0, 1):
            grid.setColumnStretch(place, 1)
            grid.setRowStretch(place, 1)
    return grid
