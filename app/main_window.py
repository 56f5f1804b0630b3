"""The window: wires the views to the controller, and decides nothing itself."""

import time
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.assistance import Assistance
from app.commands.actions import Actions
from app.commands.bindings import Parts, bind
from app.commands.tool_bar import ToolBar
from app.commands.transporting import wire
from app.compare.comparing import MODES, Comparing
from app.compare.panel import ComparePanel
from app.curves.measuring import Measuring
from app.curves.panel import CurvesPanel
from app.dialogs.opening import Opening, RecentMenu, dropped, is_model
from app.export.exporting import Exporting
from app.export.leaving import Leaving
from app.markers.markers import Markers
from app.mattes.grounds import Grounds
from app.menus.context import ContextMenus
from app.messages import Message, explain
from app.models.model_panel import ModelPanel
from app.models.modelling import Modelling
from app.player.background import Background
from app.player.clip import ClipInfo, is_local, short_name
from app.player.controller import Controller
from app.player.devices import DevicePools, RunsOn
from app.player.stats import Stats
from app.session.keeper import SessionKeeper
from app.session.place import Place
from app.session.recent import recent_clips
from app.session.store import Sessions
from app.settings.store import SettingsStore
from app.shortcuts import Shortcuts
from app.stills.saving import FrameSaving
from app.training.steadying import Steadying
from app.views.alone import PictureAlone
from app.views.banner import BannerStack
from app.views.class_panel import ClassPanel
from app.views.compare_view import CompareView
from app.views.docks import Docks
from app.views.empty_state import EmptyState
from app.views.focus import FocusKeys, insert_tabs, order_tabs, tab_stops
from app.views.frame_view import Pointed
from app.views.icons import mark
from app.views.looks import Looks
from app.views.status import StatusLine
from app.views.strip import stacked
from app.views.transport import Transport
from engine.frame_result import FrameResult
from engine.methods.base import Method

_JOIN_S = 1.5


class MainWindow(QMainWindow):
    """One clip, its masks, and what plays it."""

    failed = Signal(object)
    """An exception that nobody caught, from any thread; it is told once and is in the log."""

    def __init__(
        self,
        controller: Controller,
        devices: DevicePools,
        store: SettingsStore,
        sessions: Sessions,
        demo: Path | None,
    ) -> None:
        """devices: where the controller's methods come from. demo: the bundled clip, or None where it is not there."""
        super().__init__()
        self.controller = controller
        controller.setParent(self)
        self.devices = devices
        self.store = store
        store.setParent(self)
        self.sessions = sessions
        self.demo = demo
        self.background = Background(self)
        self.shortcuts = Shortcuts(store.settings.shortcuts)
        self._warning: str | None = None
        self._keep_methods = False
        self.setWindowTitle("Steadymask")
        self.setWindowIcon(QIcon(mark(128)))
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(840, 520)

        self.view = CompareView()
        self.empty = EmptyState(demo=demo is not None)
        self.stage = QStackedWidget()
        self.stage.setObjectName("stage")
        self.stage.addWidget(self.empty)
        self.stage.addWidget(self.view)
        self.banners = BannerStack()
        self.transport = Transport()
        self.classes = ClassPanel()
        self.model_panel = ModelPanel(self.background)
        self.status_line = StatusLine()
        self.compare_panel = ComparePanel()
        self.curves = CurvesPanel(self.background)
        right = {"Compare": self.compare_panel, "Classes": self.classes, "Model": self.model_panel}
        self.docks = Docks(self, right, {"Curves": self.curves}, folded=("Model",))
        self.looks = Looks(self.view, self.classes, store, self)
        self.grounds = Grounds(controller, self.view, self.classes, store, self.background, self)
        self.markers = Markers(self, controller.playhead)
        self.place = Place(controller, self.view, self.markers, sessions, self)
        self.opening = Opening(self, self.background, controller, store, self.place.reopen)
        self.exporting = Exporting(self, controller, self.background, self.looks, store, devices)
        self.leaving = Leaving(self, controller, self.exporting, self.background, store.folder, self._put_away)
        panel, timeline = self.compare_panel, self.transport.timeline
        self.comparing = Comparing(controller, self.background, self.view, panel, self.looks, store, self)
        matching = self.comparing.matching
        self.measuring = Measuring(controller, self.background, self.curves, panel, timeline, store, matching, self)
        self.assistance = Assistance(self, controller, devices, self.background, store, sessions, self.shortcuts)
        self.modelling = Modelling(self, controller, devices, self.background, self.exporting, store)
        self.saving = FrameSaving(self, controller, self.view, self.looks, self.background)
        self.menus = ContextMenus(
            self, controller, self.view, timeline, self.looks, self.markers, self.measuring, self.saving
        )
        looking = (panel, self.comparing, self.measuring)
        self.steadying = Steadying(self, controller, self.background, store, self.exporting, self.leaving, *looking)
        self._lay_out()
        self._tools = ToolBar("Tools")
        self.alone = PictureAlone(self, self.docks, (self.menuBar(), self._tools, self._above, self._below))
        self.actions_ = Actions(self, bind(self._parts()), self.shortcuts)
        self.menus.action_of = self.actions_.__getitem__
        recent = RecentMenu(lambda: [spec for spec, _ in sessions.recent()], self)
        recent.chosen.connect(self.open)
        recent.cleared.connect(self.forget_recent)
        self.actions_.fill_menu_bar(self, recent)
        self.actions_.fill_tool_bar(self._tools, self.exporting.bar)
        self.addToolBar(self._tools)
        docks = [self.docks[title] for title in self.docks.titles]
        order_tabs((self._tools, self.exporting.bar.queue, self._above, self.stage, self._below, *docks))
        self._focus_keys = FocusKeys(self)
        self._focus_keys.watch([self, *docks])
        self.keeper = SessionKeeper(sessions, self.background, self.place.snapshot, self)
        self._connect()
        self._apply_settings()

    def _parts(self) -> Parts:
        return Parts(
            window=self,
            controller=self.controller,
            store=self.store,
            view=self.view,
            classes=self.classes,
            curves=self.curves,
            docks=self.docks,
            looks=self.looks,
            grounds=self.grounds,
            opening=self.opening,
            comparing=self.comparing,
            measuring=self.measuring,
            exporting=self.exporting,
            modelling=self.modelling,
            steadying=self.steadying,
            assistance=self.assistance,
            alone=self.alone,
            markers=self.markers,
            saving=self.saving,
            menus=self.menus,
            open_demo=None if self.demo is None else self.open_demo,
        )

    def _lay_out(self) -> None:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._above, self._below = stacked(self.banners), stacked(self.transport, self.status_line)
        column.addWidget(self._above)
        column.addWidget(self.stage, 1)
        column.addWidget(self._below)
        self.setCentralWidget(whole)

    def _connect(self) -> None:
        play, head, transport = self.controller, self.controller.playhead, self.transport
        self.failed.connect(lambda error: self.banners.show_message(Message("unexpected", explain(error), "error")))
        play.opening.connect(self._on_opening)
        play.opened.connect(self._on_opened)
        play.shown.connect(self._on_shown)
        head.preview.connect(self.view.show_preview)
        head.playing_changed.connect(transport.set_playing)
        play.length_found.connect(transport.set_frame_count)
        head.speed_changed.connect(transport.set_speed)
        head.loop_changed.connect(self._on_loop)
        head.range_changed.connect(transport.set_range)
        play.message.connect(self._on_message)
        play.stats_changed.connect(self._on_stats)
        play.a.loading.connect(self.model_panel.show_loading)
        play.a.changed.connect(self._on_model)
        play.a.chosen.connect(self._on_method_chosen)
        play.a.failed.connect(lambda: self.model_panel.show_no_model("Not loaded"))
        wire(transport, head)
        transport.fit_asked.connect(self.view.fit)
        transport.goto_asked.connect(self.opening.ask_place)
        self.view.pointed.connect(self._on_pointed)
        self.store.changed.connect(self._on_settings)
        self.looks.changed.connect(self._on_looks)
        self.model_panel.method_chosen.connect(play.a.use)
        self.model_panel.card_asked.connect(self.modelling.show_card)
        self.model_panel.library_asked.connect(self.modelling.show_library)
        for changed in (self.modelling, self.assistance, self.steadying.results):
            changed.library_changed.connect(self.refresh_models)
        self.assistance.forget_asked.connect(self.forget_recent)
        self.markers.changed.connect(transport.timeline.set_markers)
        self.markers.changed.connect(self.curves.set_markers)
        self.markers.changed.connect(lambda _: self.keeper.note())
        told = (self.exporting, self.leaving, self.curves, self.modelling, self.assistance, self.saving)
        for part in (*told, self.opening.rate, self.steadying, self.grounds):
            part.message.connect(self.banners.show_message)
        for ends in (play, self.assistance, self.opening.rate, self.grounds):
            ends.message_gone.connect(self.banners.remove)
        self.grounds.offered.connect(self.actions_["next-ground"].setEnabled)
        self.compare_panel.readout.meaning_asked.connect(self.assistance.show_measures)
        before_banners = tab_stops(self.exporting.bar.queue)[-1]
        self.banners.added.connect(lambda: insert_tabs(before_banners, self.banners))
        self.opening.chosen.connect(self.open)
        for asks in (self.exporting, self.steadying.results):
            asks.open_asked.connect(self.open)
        self.exporting.fill_b_asked.connect(self.comparing.fill_b)
        self.exporting.recording_changed.connect(lambda running: self.actions_.check("record", running))
        self.exporting.sending.running_changed.connect(lambda running: self.actions_.check("send", running))
        self.empty.open_asked.connect(self.opening.ask_file)
        self.empty.camera_asked.connect(self.opening.ask_camera)
        self.empty.demo_asked.connect(self.open_demo)
        self.empty.cancel_asked.connect(play.close_clip)
        self.empty.recent_chosen.connect(self.open)
        self.empty.retry_asked.connect(play.reopen)
        self.status_line.badge_pressed.connect(self._show_warning)
        self.steadying.results.export_asked.connect(self.modelling.exports.ask)
        self.measuring.seek_asked.connect(head.seek)
        self.exporting.jobs.changed.connect(lambda _: self.measuring.rest(self.exporting.jobs.working))
        self.measuring.measures_clip.connect(lambda on: self.actions_.check("measure-clip", on))
        self.comparing.mode_changed.connect(self._show_mode)
        self.curves.bar.pin_button.toggled.connect(lambda pinned: self.actions_.check("pin-span", pinned))
        self.alone.changed.connect(lambda on: self.actions_.check("full-screen", on))
        for title in self.docks.titles:
            self.docks[title].visibilityChanged.connect(lambda _: self._show_docks())

    def _apply_settings(self) -> None:
        settings = self.store.settings
        self.looks.apply_settings()
        self._apply_shortcuts()
        self.actions_.enable_for(self.controller.clip)
        self._show_recent()
        self.refresh_models()
        self._show_mode(self.comparing.mode)
        self.actions_.check("measure-clip", settings.measure_clip)
        if not self.restoreGeometry(QByteArray.fromBase64(settings.geometry.encode("ascii", "replace"))):
            self.resize(1360, 860)
        self.docks.restore(settings.layout, settings.folded)

    # ---- settings

    def _on_settings(self, fields: frozenset[str]) -> None:
        if "shortcuts" in fields:
            self._apply_shortcuts()
        settings = self.store.settings
        if fields & {"device", "backend"} and self.devices.choose(RunsOn(settings.device, settings.backend)):
            self.controller.reload_methods()

    def _apply_shortcuts(self) -> None:
        self.actions_.apply_keys()
        self.transport.set_shortcuts(self.shortcuts)
        self.empty.set_hint(self.shortcuts.first_steps())

    def refresh_models(self) -> None:
        """The library has changed: offer what is in it now."""
        self.model_panel.refresh()
        self.comparing.refresh()

    # ---- opening

    def start(self, spec: str | None, *, keep_methods: bool = False) -> None:
        """Begin, with `spec` where there is one. keep_methods: what is in the slots was asked for by name."""
        self._keep_methods = keep_methods
        if spec is None and self.store.settings.reopen and (last := self.sessions.last()) is not None:
            spec = last[0]
        self.controller.start(spec, self.open)
        self.leaving.look()

    def open(self, spec: str) -> None:
        """Open a path, a URL or `camera:0` where it was left."""
        if is_local(spec):
            self.store.change(folder=str(Path(spec).absolute().parent))
        self.place.open(spec, keep_methods=self._keep_methods)
        self._keep_methods = False

    def open_demo(self) -> None:
        """Open the bundled clip."""
        if self.demo is not None:
            self.open(str(self.demo))

    def forget_recent(self) -> None:
        """Remember no clips, nor the rates of folders."""
        self.store.change(image_rates={})
        self.sessions.clear()
        self.keeper.touch()
        self._show_recent()

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
        self.looks.show_shares(None)
        if info is None:
            self.setWindowTitle("Steadymask")
            self.transport.set_clip(None, None, live=False)
            self._show_recent()
            self.empty.show_idle()
            self.stage.setCurrentWidget(self.empty)
            self.view.clear()
        else:
            self.setWindowTitle(f"{info.name} – Steadymask")
            self.transport.set_clip(info.frame_count, info.frame_rate, live=info.live)
        self.actions_.enable_for(self.controller.clip)

    def _on_message(self, message: Message) -> None:
        if message.key == "open":  # nothing is open, so there is room to say it where the picture would be
            self.empty.show_failure("It could not be opened", message.text, retry=True)
        else:
            self.banners.show_message(message)

    def _on_shown(self, result: FrameResult) -> None:
        self.view.show_result(result)
        self.looks.show_shares(result)
        if self.stage.currentWidget() is not self.view:
            self.stage.setCurrentWidget(self.view)
            self.view.fit()
            self.place.arrived()
        info = self.controller.clip
        if info is not None:
            self.transport.show_position(result.frame.index, result.frame.pts_s, live=info.live)

    def _on_stats(self, stats: Stats) -> None:
        fps = stats.fps if self.controller.playhead.playing else None
        self.status_line.show_stats(fps, stats.inference_ms, stats.inference_p95_ms, stats.dropped)

    def _on_model(self, model: Method) -> None:
        self.model_panel.show_model(model.card)
        self.status_line.show_provider(model.report)
        self.exporting.card = model.card
        self._warning = model.report.warning

    def _on_method_chosen(self, name: str) -> None:
        self.banners.remove("fallback")
        self.store.change(method=name)

    def _on_pointed(self, pointed: Pointed | None) -> None:
        name = self.looks.point_at(pointed)
        self.status_line.show_pointed(f"{pointed.x}, {pointed.y}{name and f' · {name}'}" if pointed else "")

    def _on_loop(self, loop: bool) -> None:
        self.transport.set_loop(loop)
        self.actions_.check("loop", loop)

    def _on_looks(self) -> None:
        self.actions_.check("show-masks", self.store.settings.masks_shown)
        self.actions_.check("outline", self.store.settings.style == "outline")

    def _show_warning(self) -> None:
        if self._warning:
            self.banners.show_message(Message("provider", self._warning, "warning"))

    def _show_docks(self) -> None:
        for title in self.docks.titles:
            self.actions_.check(f"dock-{title.lower()}", not self.docks[title].isHidden())

    def _show_mode(self, mode: str) -> None:
        for each in MODES:
            self.actions_.check(f"view-{each}", each == mode)

    def _show_recent(self) -> None:
        self.empty.set_recent(recent_clips(self.sessions, time.time()))

    # ---- Qt's events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        spec = dropped(event.mimeData())
        if spec is not None:
            event.acceptProposedAction()
            if is_model(spec):
                self.modelling.ask_import(spec)
            else:
                self.open(spec)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.alone.on:
            self.alone.leave()
        else:
            super().keyPressEvent(event)

    def leave(self) -> None:
        """Close without a question: what runs is stopped, and offered at the next start."""
        self.leaving.settle()
        self.close()

    def _put_away(self) -> None:
        """Remember how the window looks."""
        self.alone.leave()
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self.store.change(geometry=geometry, layout=self.docks.save(), folded=self.docks.folded)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.leaving.allows():
            event.ignore()
            return
        if not self.leaving.hidden:
            self._put_away()
        parts = self.store, self.leaving, self.keeper, self.exporting, self.grounds
        finishing = [part.finish() for part in parts]
        self.background.close()

        def finish() -> None:
            for each in finishing:
                each()
            self.background.join(time.monotonic() + _JOIN_S)

        # Gone from the screen at once; what is left takes place behind it.
        self.hide()
        self.controller.shutdown(finish)
        super().closeEvent(event)
