"""Streams over http, served here: slow, stalling, cut off, finite."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.errors import CameraError
from engine.video import open_video
from engine.video.stream import StreamSource, without_password
from tests.engine.video.clips import burnt_index, picture, write_plain
from tests.engine.video.test_live import PROMISE_S, Diary, wait_for


class Station:
    """Sends a transport stream over and over at its own pace, 25 pictures a second. `on` cleared: it stalls."""

    def __init__(self, data: bytes, pictures: int) -> None:
        self.data = data
        self.chunk_s = pictures / 25 / (len(data) / 1880)
        self.on = threading.Event()
        self.on.set()
        self.refuse = False
        self.hang_up = threading.Event()
        self.closed = threading.Event()
        self.visits = 0
        self.url = ""

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        self.visits += 1
        if self.refuse:
            handler.send_error(503)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "video/mp2t")
        handler.end_headers()
        while True:
            for place in range(0, len(self.data), 1880):
                while not self.on.wait(0.05):
                    if self.closed.is_set():
                        return
                if self.closed.is_set() or self.hang_up.is_set():
                    return
                try:
                    handler.wfile.write(self.data[place : place + 1880])
                except OSError:
                    return  # the viewer left
                time.sleep(self.chunk_s)


@contextmanager
def serve(respond: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            respond(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/live.ts"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def broadcast(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("stream")
    return write_plain(
        folder / "live.ts", map(picture, range(250)), format="mpegts", g="10", tune="zerolatency"
    ).read_bytes()


@pytest.fixture
def station(broadcast: bytes) -> Iterator[Station]:
    station = Station(broadcast, 250)
    with serve(station.send) as station.url:
        yield station
        station.closed.set()
        station.on.set()


def test_plays_in_order(station: Station) -> None:
    with open_video(station.url) as source:
        assert (source.live, source.size, source.frame_count) == (True, (160, 96), None)
        shown = [burnt_index(frame.rgb) for frame, _ in zip(source.frames(), range(15), strict=False)]
        assert shown == sorted(set(shown))
        assert source.error is None


def test_stall_is_told_and_survived(station: Station) -> None:
    diary = Diary()
    with StreamSource(station.url, on_status=diary) as source:
        last = next(source.frames()).index
        station.on.clear()
        stalled = time.monotonic()
        assert (
            diary.wait(lambda status: status is not None, stalled, 5) < PROMISE_S + 0.3
        )  # what was on its way still came
        assert source.status is not None
        assert source.newest(after=10**9, timeout_s=0.05) is None
        station.on.set()
        diary.wait(lambda status: status is None, time.monotonic(), 5)
        wait_for(lambda: source.newest(after=last) is not None)
        assert station.visits == 1


def test_lost_connection_is_renewed(station: Station) -> None:
    diary = Diary()
    with StreamSource(station.url, on_status=diary) as source:
        next(source.frames())
        station.refuse = True
        station.hang_up.set()
        lost = time.monotonic()
        assert diary.wait(lambda status: status is not None, lost, 5) < PROMISE_S
        wait_for(lambda: station.visits >= 2)
        station.hang_up.clear()
        station.refuse = False
        diary.wait(lambda status: status is None, time.monotonic(), 10)
        assert source.error is None


def test_lost_for_good_ends_with_an_error(station: Station) -> None:
    with StreamSource(station.url, give_up_s=2.0) as source:
        frames = source.frames()
        next(frames)
        station.refuse = True
        station.hang_up.set()
        for _ in frames:
            pass
        assert isinstance(source.error, CameraError)
        assert station.url in str(source.error)


def test_silent_server_times_out(station: Station) -> None:
    station.on.clear()
    diary = Diary()
    began = time.monotonic()
    with pytest.raises(CameraError, match="no data came in time"):
        StreamSource(station.url, on_status=diary, open_timeout_s=2.5)
    assert time.monotonic() - began < 5
    assert diary.wait(lambda status: status is not None, began, 0) < PROMISE_S


def test_nobody_there() -> None:
    with pytest.raises(CameraError, match="cannot be opened"):
        open_video("http://127.0.0.1:9/nothing.ts")


def test_page_that_is_no_video() -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"<html>hello</html>" * 100)

    with serve(page) as url, pytest.raises(CameraError, match="cannot be opened"):
        open_video(url)


def test_finite_video_plays_in_its_own_time_and_ends(tmp_path: Path) -> None:
    data = write_plain(tmp_path / "clip.mkv", map(picture, range(25))).read_bytes()

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    with serve(send) as url, open_video(url) as source:
        began = time.monotonic()
        shown = [burnt_index(frame.rgb) for frame in source]
        assert 0.5 < time.monotonic() - began < 4
        assert shown == sorted(set(shown))
        assert shown[-1] == 24
        assert source.error is None
        assert source.note is not None
        assert "ended after 25 frames" in source.note


def test_password_is_not_shown() -> None:
    assert without_password("rtsp://user:secret@10.0.0.1/live") == "rtsp://10.0.0.1/live"
    with pytest.raises(CameraError) as caught:
        open_video("http://user:secret@127.0.0.1:9/live")
    assert "secret" not in str(caught.value)
