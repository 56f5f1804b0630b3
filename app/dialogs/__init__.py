"""The small questions: which camera, which address, which frame."""

from app.dialogs.address_sheet import AddressSheet
from app.dialogs.camera_sheet import CameraSheet
from app.dialogs.goto_sheet import GoToSheet, parse_place

__all__ = ["AddressSheet", "CameraSheet", "GoToSheet", "parse_place"]
