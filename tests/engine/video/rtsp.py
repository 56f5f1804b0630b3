"""A network camera for tests: an RTSP server of one stream, H.264 over TCP, made of Python and PyAV's own packets."""

import base64
import socket
import threading
import time
from collections.abc import Callable

import av

from tests.engine.video.clips import SIZE, picture

_SDP = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=test
c=IN IP4 127.0.0.1
t=0 0
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1
a=control:track0
"""


class RtspCamera:
    """Sends numbered pictures, 25 a second, to whoever asks. Use as a context manager.

    password: what a viewer has to give as `USER:PASSWORD`, or None. refuse: answers that there is no such stream.
    flow: cleared, nothing is sent any more. hang_up: connections are cut. viewers: how many began to play.
    """

    def __init__(self, password: str | None = None) -> None:
        self.password = password
        self.refuse = False
        self.flow = threading.Event()
        self.flow.set()
        self.hang_up = threading.Event()
        self.viewers = 0
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, name="rtsp server")]

    @property
    def place(self) -> str:
        """Host, port and path."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}/live"

    def __enter__(self) -> "RtspCamera":
        self._listener.settimeout(0.05)
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self.flow.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._serve, args=(connection,), name="rtsp viewer")
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with connection, connection.makefile("rb") as lines:
            try:
                while self._answer(connection, lines.readline):
                    pass
            except OSError:
                return  # the viewer left

    def _answer(self, connection: socket.socket, readline: Callable[[], bytes]) -> bool:
        """Answer one request. Returns False when that was the last."""
        request = readline().decode()
        if not request:
            return False
        fields: dict[str, str] = {}
        while line := readline().decode().strip():
            key, _, value = line.partition(":")
            fields[key.lower()] = value.strip()
        method = request.split()[0]

        def reply(status: str, more: str = "", body: str = "") -> None:
            length = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n" if body else ""
            text = f"RTSP/1.0 {status}\r\nCSeq: {fields['cseq']}\r\n{more}{length}\r\n{body}"
            connection.sendall(text.encode())

        wanted = None if self.password is None else "Basic " + base64.b64encode(self.password.encode()).decode()
        if method != "OPTIONS" and wanted is not None and fields.get("authorization") != wanted:
            reply("401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"\r\n')
        elif self.refuse:
            reply("404 Not Found")
        elif method == "OPTIONS":
            reply("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n")
        elif method == "DESCRIBE":
            reply("200 OK", body=_SDP.replace("\n", "\r\n"))
        elif method == "SETUP":
            reply("200 OK", f"Session: 1\r\nTransport: {fields['transport']}\r\n")
        elif method == "PLAY":
            reply("200 OK", "Session: 1\r\nRange: npt=now-\r\n")
            self.viewers += 1
            self._play(connection)
            return False
        else:
            reply("200 OK")
        return True

    def _play(self, connection: socket.socket) -> None:
        wire = _Wire(connection)
        with av.open(wire, "w", format="rtp", container_options={"packetsize": "1200"}) as container:
            stream = container.add_stream("libx264", rate=25)
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuv420p"
            stream.options = {"tune": "zerolatency", "g": "10", "crf": "18"}
            number = 0
            while not (self._closing.is_set() or self.hang_up.is_set() or wire.broken):
                if not self.flow.wait(0.05):
                    continue
                frame = av.VideoFrame.from_ndarray(picture(number % 1024), format="rgb24")
                for packet in stream.encode(frame):
                    container.mux(packet)
                number += 1
                time.sleep(1 / 25)


class _Wire:
    """Takes RTP packets from the muxer, and sends each in the frame that RTSP wraps around it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.broken = False

    def write(self, packet: bytes) -> int:
        control = 200 <= packet[1] <= 204  # a sender report goes through the second channel
        try:
            self._connection.sendall(b"$" + bytes([control]) + len(packet).to_bytes(2, "big") + packet)
        except OSError:
            self.broken = True  # said by the loop; the muxer must not see it
        return len(packet)
