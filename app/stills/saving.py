"""Copying and saving the frame that is shown: asks where to, and works off the GUI thread."""

from collections.abc import Collection
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.compare.naming import method_name
from app.export.naming import folder_name
from app.messages import Message, explain
from app.player.background import Background
from app.player.clip import is_local
from app.player.controller import Controller
from app.stills.requests import KINDS, Kind, Moment, picture_of, write_moment
from app.views.compare_view import CompareView
from app.views.looks import Looks

_KEY = "save-frame"


class FrameSaving(QObject):
    """GUI thread only. The dialog does not block; what is saved is the frame that was shown when it was asked for."""

    message = Signal(object)
    """A Message for the banner."""
    copied = Signal()
    """What was to be copied is on the clipboard."""

    def __init__(
        self, window: QWidget, controller: Controller, view: CompareView, looks: Looks, background: Background
    ) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._view = view
        self._looks = looks
        self._background = background
        self._folder = ""

    def copy(self, kind: Kind = "seen") -> None:
        """Put the frame on the clipboard, of kind `seen` or `source`."""
        moment = self._moment()
        if moment is not None:
            made = partial(_picture, moment, kind)
            self._background.submit(made, self._to_clipboard, self._fail, owner=self)

    def ask(self) -> None:
        """Ask what of the frame to save, and where."""
        moment = self._moment()
        if moment is None:
            return
        kinds = {f"{KINDS[kind]} (*.png)": kind for kind in moment.kinds}
        names = {chosen: self._name(moment, kind) for chosen, kind in kinds.items()}
        folder = self._folder or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self._window, f"Save frame {moment.result.frame.index}", folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(kinds))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(next(iter(names.values())))
        dialog.filterSelected.connect(lambda chosen: _suggest(dialog, names[chosen], names.values()))
        # A dialog of the system's own may name no filter where none was touched.
        dialog.fileSelected.connect(
            lambda file: self.save(moment, kinds.get(dialog.selectedNameFilter(), "seen"), file)
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, moment: Moment, kind: Kind, file: str) -> None:
        """Write it to a file, which may be replaced where there is one."""
        self._folder = str(Path(file).parent)
        self._background.submit(partial(write_moment, moment, kind, Path(file)), self._tell, self._fail, owner=self)

    def _moment(self) -> Moment | None:
        clip, result = self._controller.clip, self._controller.playhead.last_result
        if clip is None or result is None:
            return None
        source = Path(clip.spec) if is_local(clip.spec) else None
        sets = (self._looks.classes_of(0), self._looks.classes_of(1))
        return Moment(result, self._view.stills(), sets, source)

    def _name(self, moment: Moment, kind: Kind) -> str:
        """A name for the file: of which clip, which frame, by which method."""
        clip = self._controller.clip
        stem = Path(clip.name).stem if clip is not None else ""
        methods = [method_name(made.method) for made in moment.result.slots]
        said = {
            "seen": " ".join(methods[: len(moment.stills)] if self._view.mode == "single" else methods),
            "source": "",
            "mask-a": f"{methods[0]} mask" if methods else "",
            "mask-b": f"{methods[1]} mask" if methods[1:] else "",
        }
        return folder_name((stem, f"frame {moment.result.frame.index}", said[kind])) + ".png"

    def _to_clipboard(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self.copied.emit()

    def _tell(self, path: Path) -> None:
        self.message.emit(Message(_KEY, f"Written: {path}"))

    def _fail(self, error: BaseException) -> None:
        self.message.emit(Message(_KEY, explain(error), "error"))


def _suggest(dialog: QFileDialog, name: str, suggested: Collection[str]) -> None:
    """Offer another name, unless a person has written one of their own."""
    if {Path(file).name for file in dialog.selectedFiles()} <= set(suggested):
        dialog.selectFile(name)


def _picture(moment: Moment, kind: Kind) -> QImage:
    data = np.ascontiguousarray(picture_of(moment, kind))
    height, width = data.shape[:2]
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
