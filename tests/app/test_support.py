"""Nothing of a person's own is in a report."""

import getpass
from pathlib import Path
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from app.support import anonymous

NAMES = st.text("abcdefghij ÄÖ_-1234", min_size=4, max_size=20).map(str.strip).filter(lambda name: len(name) > 3)


@given(NAMES)
def test_clip_names_disappear_in_every_form(name: str) -> None:
    clip = f"/data/films of mine/{name}.mp4"
    forms = [clip, f"{name}.mp4", repr(clip), quote(f"{name}.mp4"), f"{name}.mp4".upper()]
    text = anonymous("\n".join(f"line {number}: {form}: bad" for number, form in enumerate(forms)), [clip])
    assert name.casefold() not in text.casefold().replace("<clip", "")
    assert quote(name).casefold() not in text.casefold()


def test_paths_addresses_and_names_disappear() -> None:
    home = Path.home()
    text = anonymous(
        f"open {home}/secret/place.mp4 failed\n"
        "C:\\Users\\Jane\\film.mp4 and \\\\server\\share\\film.mp4\n"
        "rtsp://jane:pass@camera.local:554/stream?key=1 timed out\n"
        f"run by {getpass.getuser()} in /srv/videos/march/one.mp4"
    )
    for secret in ("secret", "Jane", "jane", "pass", "camera.local", "server", "march", "place"):
        assert secret not in text
    assert "rtsp://<address" in text


def test_the_same_thing_gets_the_same_placeholder() -> None:
    lines = anonymous("a /x/one.mp4\nb /x/two.mp4\nc /x/one.mp4").splitlines()
    assert lines[0].split()[1:] == lines[2].split()[1:]
    assert lines[0].split()[1:] != lines[1].split()[1:]
