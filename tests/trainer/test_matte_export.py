"""A network of ours with logits of background and person, wrapped as a matte: the same in onnxruntime and in torch."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from engine.backends.onnxruntime import OnnxRuntimeSession
from engine.backends.torch import TorchSession
from engine.errors import BackendError
from engine.models.card import InputPolicy
from engine.models.wrap import OUR_FORMS, wrap
from tests.engine.mattes import PERSON
from tests.trainer.test_export import card, picture
from trainer.export import parity

MATTE = card().model_copy(
    update={"task": "matting", "class_set": PERSON, "input": InputPolicy(short_side=64, multiple=32)}
)


def network() -> nn.Module:
    """A 3 × 3 convolution, whose output is half as large."""
    torch.manual_seed(3)
    return nn.Conv2d(3, 2, 3, stride=2, padding=1).eval()


def exported(network: nn.Module) -> onnx.ModelProto:
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "weight", "bias"], ["logits"], strides=[2, 2], pads=[1, 1, 1, 1])],
        "matte",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 2, None, None])],
        [numpy_helper.from_array(value, name) for name, value in state.items()],
    )
    core = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    form = OUR_FORMS["matting"]
    return wrap(core, classes=2, policy=MATTE.input, normalisation=MATTE.normalisation, form=form)


def test_two_channels_of_logits_become_alpha() -> None:
    frame = picture(96, 160)
    sessions = (
        OnnxRuntimeSession(exported(network()).SerializeToString(), device="cpu", threads=1),
        TorchSession(network(), MATTE, device="cpu", threads=1),
    )
    made = [session.run(frame) for session in sessions]
    for session, each in zip(sessions, made, strict=True):
        assert each.alpha is not None
        assert each.alpha.shape == MATTE.input.size_for(160, 96)[::-1]
        assert each.alpha.std() > 0.01
        assert np.array_equal(each.classes, each.alpha >= 0.5)
        with pytest.raises(BackendError, match="no scores"):
            session.run(frame, scores=True)
    assert np.abs(made[0].alpha - made[1].alpha).max() < 1e-4
    agreement, deviation = parity(network(), MATTE, exported(network()), [frame])
    assert agreement > 99.9
    assert deviation < 1e-4
