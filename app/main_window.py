"""The window: wires the views to the controller, and decides nothing itself."""

from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.dialogs import AddressDialog, CameraDialog
from app.menus import Command, add_menus
from app.messages import Message
from app.player.clip import ClipInfo, is_local, short_name
from app.player.controller import Controller
from app.player.model import SharedSegmenter
from app.player.stats import Stats
from app.settings import Settings, write_settings
from app.views.banner import BannerStack
from app.views.empty_state import EmptyState
from app.views.frame_view import FrameView
from app.views.icons import mark
from app.views.legend import SidePanel
from app.views.status import StatusLine
from app.views.transport import Transport
from engine.pipeline import FrameResult

_VIDEOS = "Videos (*.mp4 *.m4v *.mov *.mkv *.webm *.avi *.ts *.m2ts *.mpg *.mpeg *.gif);;All files (*)"


class MainWindow(QMainWindow):
    """One clip, its masks, and what plays it. demo: the bundled clip, or None where it is not there."""

    def __init__(self, controller: Controller, settings: Settings, folder: Path, demo: Path | None) -> None:
        super().__init__()
        self.controller = controller
        controller.setParent(self)
        self._settings = settings
        self._folder = folder
        self._demo = demo
        self._warning: str | None = None
        self.setWindowTitle("Steadymask")
        self.setWindowIcon(QIcon(mark(128)))
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(720, 460)

        self.view = FrameView()
        self.empty = EmptyState(demo=demo is not None)
        self.stage = QStackedWidget()
        self.stage.setObjectName("stage")
        self.stage.addWidget(self.empty)
        self.stage.addWidget(self.view)
        self.banners = BannerStack()
        self.transport = Transport()
        self.side = SidePanel()
        self.status_line = StatusLine()
        self._lay_out()
        self._actions = add_menus(self, self._commands())
        self._connect()
        self._apply_settings()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.banners)
        left.addWidget(self.stage, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addLayout(left, 1)
        middle.addWidget(self.side)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        column.addWidget(self.transport)
        column.addWidget(self.status_line)
        self.setCentralWidget(whole)

    def _commands(self) -> list[Command]:
        play = self.controller
        demo = [Command("&File", "Open the bundled &clip", ("Ctrl+D",), self.open_demo)] if self._demo else []
        return [
            Command("&File", "&Open a video …", ("Ctrl+O",), self.ask_file),
            Command("&File", "Open a &folder of images …", ("Ctrl+Shift+O",), self.ask_folder),
            Command("&File", "Open a c&amera …", ("Ctrl+K",), self.ask_camera),
            Command("&File", "Open a &stream …", ("Ctrl+U",), self.ask_address),
            *demo,
            Command("&File", "Close the clip", ("Ctrl+W",), play.close_clip, gap=True),
            Command("&File", "&Quit", ("Ctrl+Q",), self.close),
            Command("&Playback", "&Play or pause", ("Space",), play.toggle),
            Command("&Playback", "One frame on", ("Right",), lambda: play.step(1), gap=True),
            Command("&Playback", "One frame back", ("Left",), lambda: play.step(-1)),
            Command("&Playback", "Ten frames on", ("Shift+Right",), lambda: play.step(10)),
            Command("&Playback", "Ten frames back", ("Shift+Left",), lambda: play.step(-10)),
            Command("&Playback", "First frame", ("Home",), play.seek_start, gap=True),
            Command("&Playback", "Last frame", ("End",), play.seek_end),
            Command("&View", "Show &masks", ("H",), self._toggle_masks, checkable=True),
            Command("&View", "&Fit the picture", ("F", "Ctrl+0"), self.view.fit, gap=True),
            Command("&View", "Zoom in", ("+", "=", "Ctrl++"), lambda: self.view.zoom(1)),
            Command("&View", "Zoom out", ("-", "Ctrl+-"), lambda: self.view.zoom(-1)),
        ]

    def _connect(self) -> None:
        play, transport = self.controller, self.transport
        play.opening.connect(self._on_opening)
        play.opened.connect(self._on_opened)
        play.shown.connect(self._on_shown)
        play.playing_changed.connect(transport.set_playing)
        play.length_found.connect(transport.set_frame_count)
        play.message.connect(self.banners.show_message)
        play.message_gone.connect(self.banners.remove)
        play.stats_changed.connect(self._on_stats)
        play.model_loaded.connect(self._on_model)
        play.model_failed.connect(lambda: self.side.show_no_model("Not loaded"))
        transport.toggled.connect(play.toggle)
        transport.stepped.connect(play.step)
        transport.to_start.connect(play.seek_start)
        transport.to_end.connect(play.seek_end)
        transport.drag_began.connect(play.begin_drag)
        transport.dragged.connect(play.seek)
        transport.drag_ended.connect(play.end_drag)
        transport.fit_asked.connect(self.view.fit)
        self.side.opacity_changed.connect(self.view.set_opacity)
        self.side.class_toggled.connect(self.view.set_class_visible)
        self.view.pointed.connect(self.side.point_at)
        self.empty.open_asked.connect(self.ask_file)
        self.empty.demo_asked.connect(self.open_demo)
        self.status_line.badge_pressed.connect(self._show_warning)

    def _apply_settings(self) -> None:
        self.side.set_opacity(self._settings.opacity)
        self.view.set_opacity(self._settings.opacity)
        self._actions["Show &masks"].setChecked(self._settings.masks_shown)
        self._toggle_masks()
        self.transport.set_playing(False)
        geometry = QByteArray.fromBase64(self._settings.geometry.encode("ascii", "replace"))
        if not self.restoreGeometry(geometry):
            self.resize(1280, 800)

    # ---- asking what to open; the dialogs do not block

    def ask_file(self) -> None:
        """Ask for a video file."""
        dialog = QFileDialog(self, "Open a video", self._settings.folder, _VIDEOS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._ask_path(dialog)

    def ask_folder(self) -> None:
        """Ask for a folder of images."""
        dialog = QFileDialog(self, "Open a folder of images", self._settings.folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._ask_path(dialog)

    def ask_camera(self) -> None:
        """Ask for a camera."""
        dialog = CameraDialog(self)
        dialog.accepted.connect(lambda: self.open(dialog.spec))
        dialog.open()

    def ask_address(self) -> None:
        """Ask for the address of a stream."""
        dialog = AddressDialog(self)
        dialog.accepted.connect(lambda: self.open(dialog.spec))
        dialog.open()

    def open_demo(self) -> None:
        """Open the bundled clip."""
        if self._demo is not None:
            self.controller.open(str(self._demo))

    def open(self, spec: str) -> None:
        """Open a path, a URL or `camera:0`, and remember the folder of a path."""
        if is_local(spec):
            self._settings = self._settings.model_copy(update={"folder": str(Path(spec).absolute().parent)})
        self.controller.open(spec)

    def _ask_path(self, dialog: QFileDialog) -> None:
        dialog.fileSelected.connect(self.open)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # ---- what the controller tells

    def _on_opening(self, spec: str) -> None:
        name = short_name(spec)
        self.setWindowTitle(f"{name} – Steadymask")
        if is_local(spec):
            self.empty.show_loading(name)
        else:
            self.empty.show_connecting(name)
        # Else the focus would jump from the vanishing button to whatever control comes next.
        self.setFocus()
        self.stage.setCurrentWidget(self.empty)

    def _on_opened(self, info: ClipInfo | None) -> None:
        self.status_line.show_clip(info)
        if info is None:
            self.setWindowTitle("Steadymask")
            self.transport.set_clip(None, None, live=False)
            self.empty.show_idle()
            self.stage.setCurrentWidget(self.empty)
            self.view.clear()
        else:
            self.setWindowTitle(f"{info.name} – Steadymask")
            self.transport.set_clip(info.frame_count, info.frame_rate, live=info.live)

    def _on_shown(self, result: FrameResult) -> None:
        self.view.show_result(result)
        if self.stage.currentWidget() is not self.view:
            self.stage.setCurrentWidget(self.view)
            self.view.fit()
        info = self.controller.clip
        if info is not None:
            self.transport.show_position(result.frame.index, result.frame.pts_s, live=info.live)

    def _on_stats(self, stats: Stats) -> None:
        fps = stats.fps if self.controller.playing else None
        self.status_line.show_stats(fps, stats.inference_ms, stats.dropped)

    def _on_model(self, model: SharedSegmenter) -> None:
        self.view.set_palette(model.card.class_set.palette())
        self.side.show_model(model.card)
        self.status_line.show_provider(model.report)
        self._warning = model.report.warning

    def _show_warning(self) -> None:
        if self._warning:
            self.banners.show_message(Message("provider", self._warning, "warning"))

    def _toggle_masks(self) -> None:
        self.view.set_masks_shown(self._actions["Show &masks"].isChecked())

    # ---- Qt's events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event.mimeData().urls()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        spec = _dropped(event.mimeData().urls())
        if spec is not None:
            event.acceptProposedAction()
            self.open(spec)

    def closeEvent(self, event: QCloseEvent) -> None:
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        settings = self._settings.model_copy(
            update={
                "geometry": geometry,
                "opacity": self.side.opacity.value() / 100,
                "masks_shown": self._actions["Show &masks"].isChecked(),
            }
        )
        # Gone from the screen at once; what is left takes place behind it.
        self.hide()
        self.controller.shutdown(lambda: write_settings(self._folder, settings))
        super().closeEvent(event)


def _dropped(urls: list[QUrl]) -> str | None:
    """The first thing dropped, as a path or an address."""
    if not urls:
        return None
    return urls[0].toLocalFile() if urls[0].isLocalFile() else urls[0].toString()
