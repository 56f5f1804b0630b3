"""The public call; what every backend must do stands in tests/engine/backends."""

import subprocess
import sys

import pytest

from engine import load_model, open_video
from engine.errors import UnknownNameError
from resources import DEMO_CLIP


def test_the_public_call() -> None:
    model = load_model("street", device="cpu")
    with open_video(str(DEMO_CLIP)) as video:
        for frame in video:
            mask = model.segment(frame.rgb).mask
            assert mask.shape == frame.rgb.shape[:2]
            break
    model.close()


def test_a_backend_that_nobody_knows_is_refused_with_the_names() -> None:
    with pytest.raises(UnknownNameError, match="'abacus'; known: onnxruntime, tensorrt, torch"):
        load_model("street", backend="abacus")  # type: ignore[arg-type]


def test_only_the_torch_backend_loads_torch() -> None:
    code = "import sys; from engine import load_model; load_model('street').close(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0
