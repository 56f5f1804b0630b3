"""Typed failures that the interface tells apart.

Every message says what failed, on which file, frame or value, and what to do next.
"""


class SteadymaskError(Exception):
    """A failure that a user can read; the root of every error this package raises on purpose."""


class UnknownNameError(SteadymaskError):
    """A model, dataset, class set or recipe was asked for by a name that nothing has; the message lists the names."""


class VideoError(SteadymaskError):
    """A source cannot be opened, probed or decoded any further.

    `frame` is the index of the first frame that could not be delivered, or None when the source did not open.
    """

    def __init__(self, message: str, *, frame: int | None = None) -> None:
        super().__init__(message)
        self.frame = frame


class CameraError(VideoError):
    """A camera or a stream does not answer: it stalled, was unplugged, or never opened."""


class ModelError(SteadymaskError):
    """A model file, its card or its bundle is missing, damaged or of the wrong form."""


class BackendError(SteadymaskError):
    """A runtime cannot load or run a model."""


class DatasetError(SteadymaskError):
    """A dataset folder is not laid out as documented; the message shows what was expected and what was found."""


class ExportError(SteadymaskError):
    """Results cannot be written: no space, no permission, or a path that is not a folder."""


class OccupiedError(ExportError):
    """Something that Steadymask did not write is in the way of results; nothing was changed."""


class Cancelled(Exception):
    """A person stopped the work. No failure: nothing is wrong, and nothing is to be told."""
