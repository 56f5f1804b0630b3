"""Models of Hugging Face, as students and teachers. Importing it imports neither torch nor transformers."""

from trainer.hub.guests import Guests
from trainer.hub.importing import is_hub_model, prepare_any_import, prepare_hub_import
from trainer.hub.origin import hub_name, model_folder, suggested_name
from trainer.hub.saving import save_pretrained

__all__ = [
    "Guests",
    "hub_name",
    "is_hub_model",
    "model_folder",
    "prepare_any_import",
    "prepare_hub_import",
    "save_pretrained",
    "suggested_name",
]
