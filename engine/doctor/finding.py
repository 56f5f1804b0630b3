"""One finding of the doctor: what was looked at, how it is, and where something is missing, why and what to do."""

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["ok", "warning", "missing"]
Group = Literal["System", "Runtimes", "GPU", "Video", "Cameras", "Disk", "Models", "Window"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    id: stable name for programs (`provider-cuda`). group, label: where it is shown, and as what. value: what is there
    (a version, a size), empty where nothing is. reason, remedy: why it is not ok and what to do; None when it is ok.
    essential: without it nothing can be segmented on the CPU.
    """

    id: str
    group: Group
    label: str
    status: Status
    value: str = ""
    reason: str | None = None
    remedy: str | None = None
    essential: bool = False

    def __post_init__(self) -> None:
        if (self.status == "ok") == bool(self.reason or self.remedy) or bool(self.reason) != bool(self.remedy):
            raise ValueError(f"{self.id}: a reason and a remedy belong to everything that is not ok, and to that alone")

    def as_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}
