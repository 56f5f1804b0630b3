"""Importing a model of any origin: choose it, look at its masks on the picture of the window, correct, add."""

import threading

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.messages import explain
from app.models.stated_form import StatedForm
from app.player.background import Background
from app.views.icons import icon
from app.views.sheet import Sheet
from engine.errors import Cancelled
from engine.importing.prepare import PreparedImport
from engine.models.library import Entry, Library
from engine.results.matte import Compositor, Ground
from engine.results.overlay import blend
from trainer.hub import hub_name, prepare_any_import, suggested_name

_PAUSE_MS = 450
_SUBTITLE = "An .onnx of any origin, or a Hugging Face model. Look at its masks; correct what is amber."
_FILES = "Models (*.onnx config.json);;All files (*)"


class ImportSheet(Sheet):
    """Nothing is in the library before Add; cancelling kills the process that looks at the file."""

    added = Signal(str)
    """Name of the new model."""
    _told = Signal(int, str)
    """Of the look with this number: what is done now. From its thread."""

    def __init__(
        self,
        background: Background,
        frame: NDArray[np.uint8] | None,
        file: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """frame: picture to try it on, uint8 (H, W, 3) RGB; None for one of the bundled clip. file: to begin with."""
        super().__init__("Import a model", _SUBTITLE, parent)
        self.setMinimumWidth(940)
        self._background = background
        self._frame = frame
        self._library = Library()
        self._prepared: PreparedImport | None = None
        self._stop = threading.Event()
        self._asked = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._look)
        self.file = QLineEdit(file)
        self.file.setPlaceholderText("model.onnx, a folder with a config.json, or a name like nvidia/segformer-b0…")
        self.file.setAccessibleName("File")
        self.name = QLineEdit(suggested_name(file))
        self.name.setPlaceholderText("name")
        self.name.setAccessibleName("Name in the library")
        choose = QPushButton("Choose…")
        choose.setIcon(icon("folder", "muted"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        head = QGridLayout()
        head.setHorizontalSpacing(12)
        for row, (text, widget) in enumerate((("File", self.file), ("Name", self.name))):
            label = QLabel(text)
            label.setProperty("kind", "muted")
            head.addWidget(label, row, 0)
            head.addWidget(widget, row, 1)
        self.fetch_button = QPushButton("Download")
        self.fetch_button.setIcon(icon("import", "muted"))
        self.fetch_button.setAutoDefault(False)
        self.fetch_button.setToolTip("Fetch this model from Hugging Face; closing the sheet stops it")
        self.fetch_button.clicked.connect(self._fetch)
        self.fetch_button.hide()
        self._fetched = ""
        """The model that a person asked to be fetched."""
        self._told.connect(self._on_told)
        head.addWidget(choose, 0, 2)
        head.addWidget(self.fetch_button, 1, 2)
        self.body.addLayout(head)
        row_ = QHBoxLayout()
        row_.setSpacing(18)
        self.form = StatedForm()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.form)
        scroll.setMinimumWidth(400)
        row_.addWidget(scroll, 2)
        side = QVBoxLayout()
        self.picture = _Picture()
        self.shares = QLabel()
        self.shares.setProperty("kind", "muted")
        self.shares.setWordWrap(True)
        self.shares.setTextFormat(Qt.TextFormat.PlainText)
        side.addWidget(self.picture, 1)
        side.addWidget(self.shares)
        row_.addLayout(side, 3)
        self.body.addLayout(row_, 1)
        self.trouble = QLabel()
        self.trouble.setProperty("kind", "error")
        self.trouble.setWordWrap(True)
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble.hide()
        self.body.addWidget(self.trouble)
        self.add_button = self.add_buttons("Add to the library")
        self.add_button.clicked.disconnect()
        self.add_button.clicked.connect(self._add)
        self.file.textChanged.connect(self._on_file)
        self.name.textChanged.connect(self._soon)
        self.form.changed.connect(self._soon)
        self.finished.connect(self._give_up)
        self._soon()

    def _on_file(self, file: str) -> None:
        self.name.setText(suggested_name(file))
        self.form.offer_task(False)
        self._soon()

    def _soon(self) -> None:
        """What is being looked at is no longer what was asked for."""
        self._stop.set()
        self._asked += 1
        self._drop()
        self.add_button.setEnabled(False)
        self.fetch_button.hide()
        if self.file.text().strip():
            self.shares.setText("Looking at it…")
            self._timer.start()

    def _look(self) -> None:
        file, name = self.file.text().strip(), self.name.text().strip()
        try:
            stated = self.form.stated
        except ValueError as error:
            self._tell(str(error))
            return
        self._stop = stop = threading.Event()
        memory, may_fetch = self.form.chosen_memory_mb, file == self._fetched
        asked, library, frame, licence = self._asked, self._library, self._frame, self.form.licence.text().strip()

        def look() -> PreparedImport | str | None:
            if not may_fetch and (there := hub_name(file)):
                return there
            try:
                return prepare_any_import(
                    file,
                    name=name,
                    library=library,
                    stated=stated,
                    licence=licence or None,
                    frame=frame,
                    memory_mb=memory,
                    cancelled=stop.is_set,
                    tell=lambda text: self._told.emit(asked, text),
                )
            except Cancelled:
                return None

        self._background.submit(
            look,
            lambda prepared: self._on_looked(asked, prepared),
            lambda error: self._on_trouble(asked, error),
            lambda prepared: prepared.discard() if isinstance(prepared, PreparedImport) else None,
            owner=self,
        )

    def _fetch(self) -> None:
        self._fetched = self.file.text().strip()
        self._soon()

    def _on_told(self, asked: int, text: str) -> None:
        if asked == self._asked:
            self.shares.setText(f"{text[:1].upper()}{text[1:]}…")

    def _on_looked(self, asked: int, prepared: PreparedImport | str | None) -> None:
        if prepared is None:
            return
        if isinstance(prepared, str):
            if asked == self._asked:
                self.fetch_button.show()
                self._tell("")
                self.shares.setText(f"{prepared} is no file here. Download fetches it from Hugging Face.")
            return
        if asked != self._asked:
            self._background.submit(prepared.discard)
            return
        self._prepared = prepared
        self._tell("")
        card = prepared.card
        self.form.show_notes(dict(prepared.notes), card.foreign.guessed if card.foreign else ())
        self.form.offer_task(_may_be_matte(prepared))
        self.picture.show_picture(_preview(prepared))
        found = sorted(prepared.shares().items(), key=lambda item: -item[1])[:6]
        shares = " · ".join(f"{name} {share:.1%}" for name, share in found if share > 0)
        self.shares.setText(f"{shares}\n{prepared.preview.inference_ms:.0f} ms for this picture")
        self.add_button.setEnabled(True)

    def _on_trouble(self, asked: int, error: BaseException) -> None:
        if asked == self._asked:
            self.shares.clear()
            self._tell(explain(error).replace("--name", "name"))

    def _tell(self, text: str) -> None:
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))

    def _add(self) -> None:
        prepared, self._prepared = self._prepared, None
        if prepared is None:
            return
        self.add_button.setEnabled(False)
        self._background.submit(prepared.add, self._on_added, lambda error: self._tell(explain(error)), owner=self)

    def _on_added(self, entry: Entry) -> None:
        self.added.emit(entry.name)
        self.accept()

    def _drop(self) -> None:
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            self._background.submit(prepared.discard)

    def _give_up(self) -> None:
        self._timer.stop()
        self._stop.set()
        self._asked += 1
        self._drop()
        self._background.submit(self._library.close)

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Choose a model", self.file.text(), _FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.file.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _may_be_matte(prepared: PreparedImport) -> bool:
    """Whether one channel of the model tells how much of a pixel is something."""
    foreign = prepared.card.foreign
    if foreign is None or foreign.recurrence is not None or foreign.output not in ("sigmoid", "logits"):
        return False
    return foreign.output == "sigmoid" or prepared.notes.get("output", "").startswith("one channel")


def _preview(prepared: PreparedImport) -> NDArray[np.uint8]:
    """The masks over the picture, uint8 (H, W, 3); of a matte the picture cut out, and alpha below it."""
    alpha = prepared.preview.soft_mask
    if alpha is None:
        return blend(prepared.frame, prepared.preview.mask, prepared.card.class_set.palette(), 0.6)
    grounds = (Ground("checkerboard"), Ground("alpha"))
    return np.concatenate([Compositor(ground).over(prepared.frame, alpha) for ground in grounds])


class _Picture(QLabel):
    """A picture that fits itself into what room there is."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(420, 260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName("The model's masks on the picture")
        self._pixmap: QPixmap | None = None

    def show_picture(self, rgb: NDArray[np.uint8]) -> None:
        """rgb: uint8 (H, W, 3)."""
        height, width = rgb.shape[:2]
        data = np.ascontiguousarray(rgb)
        self._pixmap = QPixmap.fromImage(QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._pixmap is not None:
            scale = self.devicePixelRatioF()
            size = self.size() * scale
            fitted = self._pixmap.scaled(
                size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            fitted.setDevicePixelRatio(scale)
            self.setPixmap(fitted)
