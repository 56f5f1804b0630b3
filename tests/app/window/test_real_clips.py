"""Real clips in the window, played to their end: one whose header lies and one that was cut off among them."""

import os
from pathlib import Path

import av
import pytest
from pytestqt.qtbot import QtBot

from engine.video.probe import probe_file
from tests.app.window.conftest import LONG_MS, MakeWindow

DATA = Path(os.environ.get("STEADYMASK_DATA", Path(__file__).parents[3] / ".." / "shared" / "data")) / "clips"
FRAMES = {
    "bikes": 250,
    "juggle": 247,
    "person_desk": 367,
    "road_header_lies": 88,
    "road_mpeg4": 76,
    "road_white_line": 221,
    "static_road": 377,
}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real clips in {DATA}; set STEADYMASK_DATA")


@pytest.mark.parametrize("name", FRAMES)
def test_played_to_the_end(make_window: MakeWindow, qtbot: QtBot, name: str) -> None:
    window = make_window(probe=probe_file)
    window.controller.playhead.set_speed(4.0)
    window.open(str(DATA / f"{name}.mp4"))
    last = FRAMES[name] - 1
    qtbot.waitUntil(
        lambda: window.controller.playhead.position == last and not window.controller.playhead.playing, timeout=LONG_MS
    )
    # The last frame is there before the word that it was the last.
    qtbot.waitUntil(lambda: window.transport.frame_button.text() == f"{last} / {last}", timeout=LONG_MS)
    # The length is corrected by whichever comes first, a tick or the end; what is told comes with the end.
    if name == "road_header_lies":
        qtbot.waitUntil(lambda: "clip" in window.banners.messages, timeout=LONG_MS)
    told = {key: message.text for key, message in window.banners.messages.items()}
    if name == "road_header_lies":
        assert "promises 91 frames, 88 decode" in told["clip"]
    else:
        assert not told


def test_a_file_that_was_cut_off_keeps_what_decodes(make_window: MakeWindow, tmp_path: Path, qtbot: QtBot) -> None:
    whole = (DATA / "road_mpeg4.mp4").read_bytes()
    cut = tmp_path / "cut.mkv"  # a container that can be read without its end
    with av.open(str(DATA / "road_mpeg4.mp4")) as source, av.open(str(cut), "w") as copy:
        video = source.streams.video[0]
        stream = copy.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    cut.write_bytes(cut.read_bytes()[: len(whole) // 2])
    window = make_window(probe=probe_file)
    window.controller.playhead.set_speed(4.0)
    window.open(str(cut))
    qtbot.waitUntil(
        lambda: "clip" in window.banners.messages and not window.controller.playhead.playing, timeout=LONG_MS
    )
    assert 10 < (window.controller.playhead.position or 0) < 75
    assert window.view.panes[0].masks.image is not None
