"""Random views of one window: what is drawn is drawn once, and holds for all its frames, labels and motion.

Every draw comes from the generator that is passed in.
"""

from dataclasses import replace

import cv2
import numpy as np

from engine.flow import Motion
from engine.models.classes import VOID
from engine.networks.normalise import PIXEL_MEAN
from trainer.data.targets import mirroring, scaling, shifting
from trainer.data.turn import turned
from trainer.data.window import Image, Window
from trainer.recipe import AugmentPart, ColourPart

PADDING = {"grey": (127, 127, 127), "mean": (round(PIXEL_MEAN[0]), round(PIXEL_MEAN[1]), round(PIXEL_MEAN[2]))}
"""RGB beyond the picture."""


def augment(window: Window, part: AugmentPart, crop: tuple[int, int], random: np.random.Generator) -> Window:
    """Scale, turn, blur, crop or pad to `crop` (height, width), flip and change the colours.

    Padding is of one colour in the frames, void in the labels and without motion. Motion is given at the frames' new
    size; points that the crop leaves out are not visible.
    """
    window = _scale(window, _log_uniform(part.scale, random))
    # Where a recipe does not ask for it nothing is drawn, so that its other draws stay what they were.
    turns = part.rotation > 0 and random.random() < part.rotation_share
    degrees = float(random.uniform(-part.rotation, part.rotation)) if turns else 0.0
    if part.blur and random.random() < part.blur:
        window = replace(window, frames=tuple(_blurred(frame) for frame in window.frames))
    corner, fill = _corner(window.size, crop, random), PADDING[part.padding]
    window = turned(window, degrees, corner, crop, fill) if degrees else _crop(window, corner, crop, fill)
    window = replace(window, motion=tuple(None if each is None else _within(each) for each in window.motion))
    if random.random() < part.flip:
        window = _flip(window)
    return recolour(window, part, random)


def _log_uniform(span: tuple[float, float], random: np.random.Generator) -> float:
    return float(np.exp(random.uniform(np.log(span[0]), np.log(span[1]))))


def _scale(window: Window, factor: float) -> Window:
    size = (round(window.size[0] * factor), round(window.size[1] * factor))
    smooth = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return replace(
        window.soft_moved(scaling(size[0] / window.size[0], size[1] / window.size[1])),
        frames=tuple(_resized(frame, size, smooth) for frame in window.frames),
        labels=tuple(
            None if label is None else _resized(label, size, cv2.INTER_NEAREST_EXACT) for label in window.labels
        ),
        motion=tuple(None if motion is None else motion.at(size) for motion in window.motion),
    )


def _resized(picture: Image, size: tuple[int, int], interpolation: int) -> Image:
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), np.uint8)


def _blurred(frame: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(frame, (5, 5), 0), np.uint8)


def _corner(size: tuple[int, int], crop: tuple[int, int], random: np.random.Generator) -> tuple[int, int]:
    """(top, left) of a crop somewhere in a picture of `size` (width, height), or around it where it is larger."""
    missing = [max(0, want - have) for want, have in zip(crop, size[::-1], strict=True)]
    above = [int(random.integers(0, gap + 1)) for gap in missing] if any(missing) else [0, 0]
    padded = [have + gap for have, gap in zip(size[::-1], missing, strict=True)]
    top, left = (int(random.integers(0, have - want + 1)) for want, have in zip(crop, padded, strict=True))
    return top - above[0], left - above[1]


def _crop(window: Window, corner: tuple[int, int], crop: tuple[int, int], fill: tuple[int, int, int]) -> Window:
    width, height = window.size
    (top, left), (high, wide) = corner, crop
    edges = (max(0, -top), max(0, top + high - height), max(0, -left), max(0, left + wide - width))
    part = (slice(top + edges[0], top + edges[0] + high), slice(left + edges[2], left + edges[2] + wide))

    def cut(picture: Image, fill: tuple[int, int, int]) -> Image:
        if any(edges):
            return np.asarray(cv2.copyMakeBorder(picture, *edges, cv2.BORDER_CONSTANT, value=fill), np.uint8)[part]
        return picture[part]

    return replace(
        window.soft_moved(shifting(-left, -top)),
        frames=tuple(cut(frame, fill) for frame in window.frames),
        labels=tuple(None if label is None else cut(label, (VOID, VOID, VOID)) for label in window.labels),
        motion=tuple(None if motion is None else _crop_motion(motion, edges, part) for motion in window.motion),
    )


def _crop_motion(motion: Motion, edges: tuple[int, int, int, int], part: tuple[slice, slice]) -> Motion:
    around = (edges[:2], edges[2:])
    backward, forward = (np.pad(flow, (*around, (0, 0)))[part] for flow in (motion.backward, motion.forward))
    return replace(motion, backward=backward, forward=forward, visible=np.pad(motion.visible, around)[part])


def _within(motion: Motion) -> Motion:
    """Nothing is visible that was beyond the frame before."""
    height, width = motion.visible.shape
    ends_x = motion.backward[..., 0] + np.arange(width, dtype=np.float32)
    ends_y = motion.backward[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    inside = (ends_x > -0.5) & (ends_x < width - 0.5) & (ends_y > -0.5) & (ends_y < height - 0.5)
    return replace(motion, visible=motion.visible & inside)


def _flip(window: Window) -> Window:
    """Left becomes right, and so does the motion's way."""
    mirror = np.array([-1, 1], np.float32)
    return replace(
        window.soft_moved(mirroring(window.size[0])),
        frames=tuple(frame[:, ::-1] for frame in window.frames),
        labels=tuple(None if label is None else label[:, ::-1] for label in window.labels),
        motion=tuple(
            None
            if motion is None
            else replace(
                motion,
                backward=motion.backward[:, ::-1] * mirror,
                forward=motion.forward[:, ::-1] * mirror,
                visible=motion.visible[:, ::-1],
            )
            for motion in window.motion
        ),
    )


def recolour(window: Window, part: ColourPart, random: np.random.Generator) -> Window:
    """Another light, the same on all frames."""
    gain = 1 + random.uniform(-part.contrast, part.contrast)
    shift = 255 * random.uniform(-part.brightness, part.brightness) / 2
    gamma = _log_uniform(part.gamma, random)
    ramp = np.linspace(0, 1, 256) ** gamma * 255
    table = np.clip(np.rint((ramp - 127.5) * gain + 127.5 + shift), 0, 255).astype(np.uint8)
    saturation = 1 + random.uniform(-part.saturation, part.saturation)
    turn = random.uniform(-part.hue, part.hue)
    hues = ((np.arange(256) + round(turn * 180)) % 180).astype(np.uint8)

    def recoloured(image: Image) -> Image:
        view = cv2.LUT(np.ascontiguousarray(image), table)
        grey = cv2.cvtColor(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        view = cv2.addWeighted(view, saturation, grey, 1 - saturation, 0)
        if turn:
            hsv = cv2.cvtColor(view, cv2.COLOR_RGB2HSV)
            hsv[..., 0] = hues[hsv[..., 0]]
            view = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
        return np.asarray(view, np.uint8)

    return replace(window, frames=tuple(recoloured(frame) for frame in window.frames))
