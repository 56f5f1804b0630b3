"""The movies of a matte: with alpha for editors, or over a colour."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.ownership.claim import Claim
from engine.results import matte
from engine.results.alpha import write_rgba
from engine.video.frame import Frame
from engine.video.matte import CODECS, MatteWriter
from engine.video.writer import OverlayWriter


class MatteMovies:
    """Those of `parts` that are movies, written frame by frame; none at all is fine. Use it from one thread."""

    def __init__(
        self,
        claim: Claim,
        size: tuple[int, int],
        parts: Sequence[str],
        time_base: Fraction,
        *,
        premultiplied: bool = False,
    ) -> None:
        """Start the files. Raises ExportError; nothing is left then."""
        self._claim = claim
        self._premultiplied = premultiplied
        self._pictures = claim.folder / "rgba" if "png" in parts else None
        self._with_alpha: list[MatteWriter] = []
        self._plain: OverlayWriter | None = None
        try:
            for form, codec in CODECS.items():
                if form in parts:
                    path = claim.folder / f"matte{codec.suffix}"
                    self._with_alpha.append(MatteWriter(path, size, form, time_base=time_base, placing=claim))
            if "h264" in parts:
                path = claim.folder / "matte.mp4"
                self._plain = OverlayWriter(path, size, time_base=time_base, placing=claim)
        except BaseException:
            self.abort()
            raise

    def write(
        self, frame: Frame, alpha: NDArray[np.float32], front: NDArray[np.uint8], over: NDArray[np.uint8] | None
    ) -> None:
        """Add a frame with its alpha, float32 (H, W) at its size. Raises ExportError.

        front: the person's colours, uint8 (H, W, 3); the frame's own where nobody asked for others. over: the picture
        of the movie without alpha, uint8 (H, W, 3), where there is one.
        """
        if self._plain is not None and over is not None:
            self._plain.write(over, frame.pts_s)
        if not self._with_alpha and self._pictures is None:
            return
        rgb = matte.premultiplied(front, alpha) if self._premultiplied else front
        rgba = np.dstack([rgb, np.rint(alpha * np.float32(255)).astype(np.uint8)])
        for movie in self._with_alpha:
            movie.write(rgba, frame.pts_s)
        if self._pictures is not None:
            write_rgba(self._pictures / f"{frame.index:06d}.png", rgba, placing=self._claim)

    def finish(self) -> None:
        """Put the movies in their places; without a frame there is none. Raises ExportError."""
        for movie in self._movies:
            if movie.frames:
                movie.close()
            else:
                movie.abort()

    def abort(self) -> None:
        """Leave no movie; of single pictures, leave those that are there."""
        for movie in self._movies:
            movie.abort()

    @property
    def _movies(self) -> list[OverlayWriter]:
        return [*self._with_alpha, *([] if self._plain is None else [self._plain])]
