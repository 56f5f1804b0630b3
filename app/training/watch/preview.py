"""The picture of a training's worst moment, read anew whenever the training has drawn it anew."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.compare.labels import label, tip
from app.player.background import Background

_NOTHING = "Drawn when the frames that choose are looked at first"
_TIP = (
    "The moment that flickers most among the frames that choose; what flickers is lit. Above as it was before the "
    "training, below as it is now."
)

Stamp = tuple[Path, int, int]
"""A file, when it was changed, in nanoseconds, and its bytes."""


class Preview(QWidget):
    """GUI thread only; files are read in the background."""

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self._wanted: Path | None = None
        self._stamp: Stamp | None = None
        self._reading = False
        self._image = QImage()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(label("title", "Worst moment"))
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.picture.setWordWrap(True)
        self.picture.setProperty("kind", "faint")
        self.setToolTip(tip(_TIP))
        column.addWidget(self.picture, 1)
        self._show()

    @property
    def image(self) -> QImage:
        """What is shown; null where nothing is."""
        return self._image

    def look(self, path: Path | None) -> None:
        """Show the picture at `path`, where it is new; None for none."""
        if path != self._wanted:
            self._wanted, self._stamp, self._image = path, None, QImage()
            self._show()
        if path is None or self._reading:
            return
        self._reading = True
        known = self._stamp
        self._background.submit(lambda: _read(path, known), self._was_read, self._not_read, owner=self)

    def sizeHint(self) -> QSize:
        return QSize(160, 180)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show()

    def _was_read(self, read: tuple[Stamp, QImage] | None) -> None:
        self._reading = False
        if read is None:
            return
        stamp, image = read
        if stamp[0] == self._wanted and not image.isNull():
            self._stamp, self._image = stamp, image
            self._show()
        elif stamp[0] != self._wanted:
            self.look(self._wanted)

    def _not_read(self, error: BaseException) -> None:
        """It is not there yet, or just being replaced: the next look has it."""
        self._reading = False

    def _show(self) -> None:
        if self._image.isNull():
            self.picture.setText(_NOTHING)
            self.picture.setAccessibleName("Worst moment, not drawn yet")
            return
        room = self.picture.size() * self.devicePixelRatioF()
        kept, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        pixmap = QPixmap.fromImage(self._image.scaled(room, kept, smooth))
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self.picture.setPixmap(pixmap)
        self.picture.setAccessibleName("Worst moment, before the training above and now below")


def _read(path: Path, known: Stamp | None) -> tuple[Stamp, QImage] | None:
    """In a background thread. None where it is what is known. Raises OSError."""
    found = path.stat()
    stamp = (path, found.st_mtime_ns, found.st_size)
    return None if stamp == known else (stamp, QImage.fromData(path.read_bytes()))
