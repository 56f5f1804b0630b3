"""One door for everything that can be watched."""

import math
import re
from fractions import Fraction
from pathlib import Path

from engine.errors import CameraError, VideoError
from engine.video.source import STREAM_SCHEMES, VideoSource

STAND_IN = "camera:demo"
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_CAMERA = re.compile(r"camera:\s*(\d+)", re.IGNORECASE)


def open_video(what: str | Path | int, *, fps: Fraction | float | None = None) -> VideoSource:
    """Open a file, a folder of images, a camera or a stream.

    what: a path; a camera's index (`0` as a number, or `"camera:0"`), `"camera:demo"` for a stand-in that needs none;
        or a URL (`rtsp://`, `http://`, …).
    fps: frames per second of a folder of images (25 where not given); files, cameras and streams have their own.

    Opening a camera or a stream waits for its first picture, some seconds at most. Raises VideoError (CameraError for
    cameras and streams) that names the source, the reason and what to do.
    """
    if isinstance(what, int):
        return _open_camera(what, fps)
    if isinstance(what, str):
        if what.strip().lower() == STAND_IN:
            return _open_stand_in(fps)
        camera = _CAMERA.fullmatch(what.strip())
        if camera:
            return _open_camera(int(camera[1]), fps)
        url = _URL.match(what)
        if url:
            return _open_url(what, url[1].lower(), fps)
    return _open_path(Path(what), fps)


def _open_path(path: Path, fps: Fraction | float | None) -> VideoSource:
    from engine.video.images import DEFAULT_RATE, IMAGE_SUFFIXES, ImageFolderSource

    try:
        is_folder, exists = path.is_dir(), path.exists()
    except OSError as failure:
        raise VideoError(f"{path}: it cannot be reached ({failure.strerror}). Check the path.") from failure
    if not exists:
        raise VideoError(f"{path}: there is no such file or folder. Check the path.")
    rate = DEFAULT_RATE if fps is None else _rate(fps, path)
    if is_folder:
        _refuse_set(path)
        return ImageFolderSource(path, fps=rate)
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageFolderSource(path, fps=rate, files=[path])
    _refuse_rate(fps, path)
    from engine.video.file import FileSource

    return FileSource(path)


def _refuse_set(folder: Path) -> None:
    """Raise VideoError where other clips are in a folder and its own images are none."""
    from engine.video.clips import find_clips

    try:
        clips = find_clips([str(folder)])
    except VideoError:  # there is nothing in it, or it may not be read: told best by opening it
        return
    if all(clip.path != folder for clip in clips):
        names = ", ".join(Path(clip.what).name for clip in clips[:3]) + (", …" if len(clips) > 3 else "")
        count = "a clip" if len(clips) == 1 else f"{len(clips)} clips"
        raise VideoError(f"{folder}: this folder holds {count} ({names}) and is none itself. Open one of them.")


def _open_url(url: str, scheme: str, fps: Fraction | float | None) -> VideoSource:
    if scheme not in STREAM_SCHEMES:
        known = ", ".join(f"{name}://" for name in sorted(STREAM_SCHEMES))
        raise VideoError(f"{url}: {scheme}:// is not supported. Use {known} or a path.")
    _refuse_rate(fps, url)
    from engine.video.stream import StreamSource

    return StreamSource(url)


def _open_stand_in(fps: Fraction | float | None) -> VideoSource:
    _refuse_rate(fps, STAND_IN)
    from engine.video.standin import StandInSource

    return StandInSource()


def _open_camera(index: int, fps: Fraction | float | None) -> VideoSource:
    if index < 0:
        raise CameraError(f"camera {index}: cameras are counted from 0.")
    _refuse_rate(fps, f"camera {index}")
    from engine.video.camera import CameraSource

    return CameraSource(index)


def _rate(fps: Fraction | float, path: Path) -> Fraction:
    if not math.isfinite(fps) or fps <= 0:
        raise VideoError(f"{path}: {fps} frames per second is no rate. Give a number above 0.")
    # 29.97 is meant as written, not as the nearest binary fraction.
    return fps if isinstance(fps, Fraction) else Fraction(str(fps))


def _refuse_rate(fps: Fraction | float | None, what: str | Path) -> None:
    if fps is not None:
        raise VideoError(
            f"{what}: fps={fps} applies to folders of images only; this source has its own rate. Leave it out."
        )
