"""Which stream to open, by its address."""

from urllib.parse import urlsplit

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from app.dialogs.parts import ChoiceList, Remark
from app.views.icons import icon
from app.views.sheet import Sheet, section
from engine.video.source import STREAM_SCHEMES
from engine.video.stream import without_password

EXAMPLES = {
    "rtsp": ("rtsp://192.168.1.20:554/stream", "What most network cameras speak."),
    "http": ("http://192.168.1.20:8080/video", "MJPEG of webcam servers, HLS playlists, and video files on a server."),
    "rtmp": ("rtmp://192.168.1.20/live/key", "What streaming programs send to a server."),
    "tcp": ("tcp://192.168.1.20:5000", "A transport stream from a program that waits for viewers."),
    "udp": ("udp://@:5000", "Waits on this machine's port 5000 for a transport stream."),
}
"""For the usual schemes an address, and what it is for."""

_PLAIN = EXAMPLES["rtsp"][0]
_LISTENS = frozenset({"udp", "rtp"})  # these may leave out the host and wait on a port
_RECENT = 5


class AddressSheet(Sheet):
    """A field for the address, the recent ones, and an example for each of the usual schemes. GUI thread only."""

    def __init__(self, recent: list[str], parent: QWidget | None = None) -> None:
        """recent: addresses to offer, newest first; a password in one is left out."""
        super().__init__("Open a stream", "The address of a network camera or of a video on a server.", parent)
        recent = list(dict.fromkeys(without_password(address) for address in recent))[:_RECENT]
        self.address = QLineEdit(recent[0] if recent else "")
        self.address.setPlaceholderText(_PLAIN)
        self.address.setAccessibleName("Address of the stream")
        self.address.selectAll()
        self.remark = Remark()
        self.body.addWidget(self.address)
        self.body.addLayout(self._make_examples())
        self.body.addWidget(self.remark)
        self.list = ChoiceList("Recent addresses")
        if recent:
            for address in recent:
                self.list.add(icon("stream", "muted"), address, "", address)
            self.list.show_rows(min(len(recent), 4), at_most=True)
            self.list.setCurrentRow(0)  # as in the field
            self.list.itemClicked.connect(lambda item: self.address.setText(item.text()))
            self.list.currentTextChanged.connect(self.address.setText)
            self.list.itemActivated.connect(lambda _: self.accept())
            self.body.addWidget(section("Recent"))
            self.body.addWidget(self.list, 1)
        else:
            self.list.setParent(self)
            self.list.hide()
        self.open_button = self.add_buttons("Open")
        self.address.textChanged.connect(self._check)
        self._check()
        self.address.setFocus()

    @property
    def spec(self) -> str:
        """What to open."""
        return self.address.text().strip()

    def accept(self) -> None:
        """Finish with `spec`; nothing happens while it is no address."""
        if self.open_button.isEnabled():
            super().accept()

    def _make_examples(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for scheme, (example, purpose) in EXAMPLES.items():
            chip = QPushButton(scheme)
            chip.setProperty("kind", "chip")
            chip.setToolTip(f"{example}\n{purpose}")
            chip.setAccessibleName(f"Example of {scheme}")
            chip.setAutoDefault(False)
            chip.clicked.connect(lambda _=False, example=example: self._fill(example))
            row.addWidget(chip)
        row.addStretch(1)
        return row

    def _fill(self, example: str) -> None:
        """Write an example into the field, with what is to be replaced selected."""
        self.address.setText(example)
        self.address.setFocus()
        begin = example.index("://") + 3
        self.address.setSelection(begin, len(example) - begin)

    def _check(self) -> None:
        text = self.spec
        problem = address_problem(text) if text else ""
        typing = "://" not in text  # no address yet, and nothing to complain about
        if problem is None:
            self.remark.say(_purpose(text))
        else:
            self.remark.say(problem or "Choose a kind above for an example.", "muted" if typing else "warning")
        self.open_button.setEnabled(problem is None)


def address_problem(address: str) -> str | None:
    """Why `address` cannot be that of a stream, and what to write; None where it can."""
    scheme, found, _ = address.partition("://")
    known = f"{', '.join(f'{each}://' for each in sorted(STREAM_SCHEMES))}"
    if not found:
        return f"An address begins with what it speaks: {known}."
    if scheme.lower() not in STREAM_SCHEMES:
        return f"{scheme}:// is not supported. Use {known}."
    if any(letter.isspace() for letter in address):
        return "An address holds no spaces. Write %20 for one that belongs to it."
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return f"Its host and port cannot be read. Write them as in {_PLAIN}."
    if port == 0:
        return f"There is no port 0. Give a number from 1 to 65535, as in {_PLAIN}."
    if not host and not (port and scheme.lower() in _LISTENS):
        return f"The host is missing, as in {EXAMPLES.get(scheme.lower(), (_PLAIN, ''))[0]}."
    return None


def _purpose(address: str) -> str:
    scheme = address.partition("://")[0].lower()
    return EXAMPLES.get({"https": "http", "rtsps": "rtsp", "rtmps": "rtmp"}.get(scheme, scheme), ("", ""))[1]
