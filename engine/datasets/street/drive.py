"""A synthetic street with perfect truth: pictures, labels, and optical flow with occlusion in both directions.

    street = SyntheticStreet(seed=7)
    for frame in street:
        ...  # frame.rgb, frame.labels, frame.flow, frame.visible

Each seed is another street: its houses, light, weather, traffic and camera. A frame depends on the arguments and its
index alone, bit for bit on one machine, so frames may be taken in any order;
taking them in order is about twice as fast.

The bundled demo clip `resources/clips/street.mp4` was made by

    python -m engine.datasets.street resources/clips/street.mp4
"""

import argparse
import os
import sys
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from engine.datasets.street.camera import Shot, exact_flow
from engine.datasets.street.render import Renderer
from engine.datasets.street.scene import build_street
from engine.datasets.street.style import Style

DEMO_SEED = 2
MIN_SIDE, MAX_SIDE = 16, 4096


@dataclass(frozen=True, slots=True, eq=False)
class StreetFrame:
    """One frame of the synthetic street with its truth.

    index: 0-based. pts_s: seconds since frame 0.
    rgb: uint8 (H, W, 3) RGB.
    labels: uint8 (H, W), class ids 0..10 in the order of the class set `camvid`; there is no void. Lawns and hedges are
        `tree`, traffic lights are `sign`, bollards are `pole`, lane marks and zebra crossings are `road`.
    flow: float32 (H, W, 2), backward flow: the surface point seen at the middle of this frame's pixel (x, y) was at
        (x + dx, y + dy) in the previous frame, in pixels, pixel middles at whole numbers (cv2.remap's convention).
        Clipped to ten picture widths for points that were behind the camera. None in frame 0.
    visible: bool (H, W), True where that point was really seen in the previous frame: inside the picture, in front of
        the camera, facing it, and the pixel at round(x + dx), round(y + dy) of the previous frame shows the same convex
        body (a car, a limb, a house, a kind of ground). So the previous labels, fetched with nearest sampling, agree
        wherever `visible` holds. None in frame 0.
    flow_forward, visible_forward: the same the other way round, on the PREVIOUS frame's pixels: the point seen at
        (x, y) in the previous frame is at (x + dx, y + dy) in this one, and whether this frame sees it. None in
        frame 0.
    """

    index: int
    pts_s: float
    rgb: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    flow: NDArray[np.float32] | None
    visible: NDArray[np.bool_] | None
    flow_forward: NDArray[np.float32] | None
    visible_forward: NDArray[np.bool_] | None


class SyntheticStreet:
    """A drive along a made-up street.

    seed: 0 or more; picks the street, the weather, the traffic and the camera.
    size: (width, height) in pixels. frame_rate: frames per second. frames: how many there are, which
        also sets how far the street is built and peopled.
    speed: of the camera, m/s; None picks 6 to 10.5 by the seed. At 0 the camera stands perfectly still.
    moving: False freezes traffic and people as they are in frame 0, so that only the camera moves.
    truth: False leaves flow and visibility out (None), for pictures and labels in about 4/5 of the time.

    Raises ValueError for an argument out of range. Not for use from several threads at once.
    """

    def __init__(
        self,
        seed: int,
        *,
        size: tuple[int, int] = (640, 360),
        frame_rate: Fraction = Fraction(25),
        frames: int = 250,
        speed: float | None = None,
        moving: bool = True,
        truth: bool = True,
    ) -> None:
        if seed < 0:
            raise ValueError(f"seed is {seed}; give a whole number from 0 up")
        if not all(MIN_SIDE <= side <= MAX_SIDE for side in size):
            raise ValueError(f"size is {size[0]}x{size[1]}; give a width and a height of {MIN_SIDE} to {MAX_SIDE}")
        if frame_rate <= 0:
            raise ValueError(f"frame_rate is {frame_rate}; give frames per second above 0, such as Fraction(25)")
        if frames < 1:
            raise ValueError(f"frames is {frames}; give at least 1")
        if speed is not None and not 0 <= speed <= 40:
            raise ValueError(f"speed is {speed}; give 0 to 40 metres per second, or None to let the seed choose")
        self.seed, self.size, self.frame_rate, self.frame_count = seed, size, Fraction(frame_rate), frames
        self._moving, self._truth = moving, truth
        style = Style.draw(seed, speed)
        duration = frames / float(self.frame_rate)
        plan = build_street(seed, style, style.speed * duration, duration)
        self._renderer = Renderer(seed, plan, size)
        self._shots: OrderedDict[int, Shot] = OrderedDict()

    def __len__(self) -> int:
        return self.frame_count

    def __iter__(self) -> Iterator[StreetFrame]:
        return self.frames()

    def frames(self, start: int = 0) -> Iterator[StreetFrame]:
        """Yield frames from `start` to the end. Raises ValueError if there is no frame `start`."""
        self._check(start)
        return (self.frame(index) for index in range(start, self.frame_count))

    def frame(self, index: int) -> StreetFrame:
        """Return frame `index`. Raises ValueError if there is none."""
        self._check(index)
        world = self._renderer.world
        flow = visible = flow_forward = visible_forward = None
        before = self._shot(index - 1) if index > 0 and self._truth else None
        shot = self._shot(index)
        if before is not None:
            flow, visible = exact_flow(shot, before, world.body)
            flow_forward, visible_forward = exact_flow(before, shot, world.body)
        labels = np.take(world.label, shot.surface)
        return StreetFrame(
            index, float(index / self.frame_rate), shot.rgb.copy(), labels, flow, visible, flow_forward, visible_forward
        )

    def _check(self, index: int) -> None:
        if not 0 <= index < self.frame_count:
            raise ValueError(f"there is no frame {index}; this street has frames 0 to {self.frame_count - 1}")

    def _shot(self, index: int) -> Shot:
        """The picture of frame `index`; the latest two are kept, since flow needs neighbours."""
        if index in self._shots:
            self._shots.move_to_end(index)
        else:
            time_s = float(index / self.frame_rate)
            self._shots[index] = self._renderer.shot(index, time_s, time_s if self._moving else 0.0)
            if len(self._shots) > 2:
                self._shots.popitem(last=False)
        return self._shots[index]


def write_clip(street: SyntheticStreet, path: Path, crf: int = 25) -> None:
    """Encode a street's pictures as H.264 (yuv420p) in an MP4 file, which appears only when it is whole.

    crf: 0 (best) .. 51 (smallest).
    """
    width, height = street.size
    if width % 2 or height % 2:
        raise ValueError(f"size is {width}x{height}; H.264 with 4:2:0 colour needs an even width and height")
    staged = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with av.open(str(staged), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=street.frame_rate)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.options = {"crf": str(crf), "preset": "veryslow", "threads": "1"}
            for frame in street:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.rgb, format="rgb24")))
            container.mux(stream.encode(None))
        with staged.open("rb+") as file:
            os.fsync(file.fileno())
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    try:
        return int(width), int(height)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; write WIDTHxHEIGHT, such as 640x360") from None


def main(arguments: list[str] | None = None) -> int:
    """Write a clip of the synthetic street; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.datasets.street", description="Write a clip of the synthetic street."
    )
    parser.add_argument("out", type=Path, metavar="OUT.mp4")
    parser.add_argument("--seed", type=int, default=DEMO_SEED)
    parser.add_argument("--frames", type=int, default=250)
    parser.add_argument("--size", type=_size, default=(640, 360), metavar="WIDTHxHEIGHT")
    parser.add_argument("--crf", type=int, default=25, help="H.264 quality, 0 (best) to 51 (smallest)")
    chosen = parser.parse_args(arguments)
    try:
        write_clip(
            SyntheticStreet(chosen.seed, size=chosen.size, frames=chosen.frames, truth=False), chosen.out, chosen.crf
        )
    except (OSError, ValueError) as error:
        parser.error(str(error))
    sys.stdout.write(f"{chosen.out}: {chosen.frames} frames, {chosen.out.stat().st_size / 1e6:.2f} MB\n")
    return 0
