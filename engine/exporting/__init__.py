"""A bundle as other files: our graph or plain logits, float32, float16 or int8, and what became of its masks."""

from engine.exporting.child import export_in_child
from engine.exporting.export import export_model
from engine.exporting.parity import Measured, Parity
from engine.exporting.wanted import Graph, Precision, Wanted, files_of

__all__ = ["Graph", "Measured", "Parity", "Precision", "Wanted", "export_in_child", "export_model", "files_of"]
