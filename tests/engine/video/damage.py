"""Damaged copies of good clips, and the child process that plays them.

Run as a program with paths as arguments: plays each file as the app would and writes one JSON line per file, at once,
so that after a crash the parent knows which file it was.
"""

import json
import random
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from engine.errors import VideoError
from engine.video import VideoSource, open_video

CONTAINERS = ("mp4", "mkv", "avi", "ts", "webm")


def cuts(source: Path, folder: Path, count: int, seed: int) -> Iterator[Path]:
    """Copies of `source` that end at random places."""
    data, chance = source.read_bytes(), random.Random(f"cut {source.name} {seed}")
    for number in range(count):
        path = folder / f"cut{number:03d}-{source.name}"
        path.write_bytes(data[: chance.randrange(1, len(data))])
        yield path


def flips(source: Path, folder: Path, count: int, seed: int) -> Iterator[Path]:
    """Copies of `source` with one to four bytes changed at random places; every third time near a header."""
    data, chance = source.read_bytes(), random.Random(f"flip {source.name} {seed}")
    for number in range(count):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            near = min(len(data), 4096)
            place = chance.choice([chance.randrange(near), len(data) - 1 - chance.randrange(near)])
            if number % 3:
                place = chance.randrange(len(data))
            damaged[place] ^= chance.randint(1, 255)
        path = folder / f"flip{number:03d}-{source.name}"
        path.write_bytes(damaged)
        yield path


def play(path: Path) -> dict[str, object]:
    """Play `path` and read some frames; returns what came of it. Only VideoError is handled, anything else is a bug."""
    began = time.monotonic()
    told: dict[str, object] = {"path": str(path), "frames": 0, "note": None, "error": None, "broken": None}
    try:
        source = open_video(path)
    except VideoError as failure:
        told["error"] = str(failure)
    else:
        with source:
            count = 0
            seen = []
            for frame in source.frames():
                if frame.index != count or frame.rgb.shape != (source.size[1], source.size[0], 3):
                    told["broken"] = f"frame {count} came as {frame.index} of shape {frame.rgb.shape}"
                seen.append(zlib.crc32(frame.rgb))
                count += 1
            told.update(frames=count, note=source.note, error=str(source.error) if source.error else None)
            if source.error is not None and source.error.frame != count:
                told["broken"] = f"the error names frame {source.error.frame} after {count} frames"
            if source.frame_count != count:
                told["broken"] = f"frame_count is {source.frame_count} after {count} frames"
            if "patched up" not in (source.note or ""):  # patches depend on the way
                told["broken"] = told["broken"] or _reads_otherwise(source, seen)
                with open_video(path) as fresh:
                    told["broken"] = told["broken"] or _reads_otherwise(fresh, seen)
            told["pictures"] = seen
    told["seconds"] = time.monotonic() - began
    return told


def _reads_otherwise(source: VideoSource, seen: list[int]) -> str | None:
    """Compare some frames when read with the same when played."""
    for index in random.Random(len(seen)).sample(range(len(seen)), min(4, len(seen))):
        try:
            if zlib.crc32(source.read(index).rgb) != seen[index]:
                return f"frame {index} is another picture when read than when played"
        except VideoError as failure:
            return f"frame {index} was played, but reading it failed: {failure}"
    return None


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(json.dumps(play(Path(argument))), flush=True)
