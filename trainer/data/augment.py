"""Random views of one labelled image. Every draw comes from the generator that is passed in."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.models.classes import VOID
from trainer.recipe import AugmentPart

Image = NDArray[np.uint8]


def augment(
    image: Image, label: Image, part: AugmentPart, crop: tuple[int, int], random: np.random.Generator
) -> tuple[Image, Image]:
    """Scale, crop or pad to `crop` (height, width), flip and change the colours.

    image: uint8 (H, W, 3) RGB; label: uint8 (H, W). Padding is mid-grey in the image and void in the label.
    """
    image, label = _scale(image, label, _log_uniform(part.scale, random))
    image, label = _crop(image, label, crop, random)
    if random.random() < part.flip:
        image, label = image[:, ::-1], label[:, ::-1]
    return _recolour(np.ascontiguousarray(image), part, random), np.ascontiguousarray(label)


def _log_uniform(span: tuple[float, float], random: np.random.Generator) -> float:
    return float(np.exp(random.uniform(np.log(span[0]), np.log(span[1]))))


def _scale(image: Image, label: Image, factor: float) -> tuple[Image, Image]:
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    smooth = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return (
        cv2.resize(image, size, interpolation=smooth),
        cv2.resize(label, size, interpolation=cv2.INTER_NEAREST_EXACT),
    )


def _crop(image: Image, label: Image, crop: tuple[int, int], random: np.random.Generator) -> tuple[Image, Image]:
    missing = [max(0, want - have) for want, have in zip(crop, label.shape, strict=True)]
    if any(missing):
        top, left = (int(random.integers(0, gap + 1)) for gap in missing)
        edges = (top, missing[0] - top, left, missing[1] - left)
        image = cv2.copyMakeBorder(image, *edges, cv2.BORDER_CONSTANT, value=(127, 127, 127))
        label = cv2.copyMakeBorder(label, *edges, cv2.BORDER_CONSTANT, value=VOID)
    top, left = (int(random.integers(0, have - want + 1)) for want, have in zip(crop, label.shape, strict=True))
    window = (slice(top, top + crop[0]), slice(left, left + crop[1]))
    return image[window], label[window]


def _recolour(image: Image, part: AugmentPart, random: np.random.Generator) -> Image:
    gain = 1 + random.uniform(-part.contrast, part.contrast)
    shift = 255 * random.uniform(-part.brightness, part.brightness) / 2
    gamma = _log_uniform(part.gamma, random)
    ramp = np.linspace(0, 1, 256) ** gamma * 255
    table = np.clip(np.rint((ramp - 127.5) * gain + 127.5 + shift), 0, 255).astype(np.uint8)
    image = cv2.LUT(image, table)
    saturation = 1 + random.uniform(-part.saturation, part.saturation)
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    image = cv2.addWeighted(image, saturation, grey, 1 - saturation, 0)
    turn = random.uniform(-part.hue, part.hue)
    if turn:
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        hues = ((np.arange(256) + round(turn * 180)) % 180).astype(np.uint8)
        hsv[..., 0] = hues[hsv[..., 0]]
        image = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return image
