"""Names of folders of results."""

import pytest

from app.compare.naming import method_name
from app.export.naming import folder_name


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("street", "street"),
        ("ema(street, alpha=0.7)", "ema(street, alpha=0.7)"),
        ("/home/me/nets/city v2.onnx", "city v2"),
        ("hold(/home/me/nets/city.onnx, n=3)", "hold(city, n=3)"),
        ("ema(/home/me/runs/street-steady-1/student.onnx)", "ema(street-steady-1)"),
    ],
)
def test_a_method_is_named_without_the_path_of_its_model(method: str, name: str) -> None:
    assert method_name(method) == name


def test_a_folder_can_be_made_on_every_system() -> None:
    assert folder_name(("clip", "", 'a<b>:"/\\|?*c')) == "clip a-b-c"
    assert folder_name(("clip", "3-9", "street")) == "clip 3-9 street"
    assert len(folder_name(("x" * 300,))) <= 120
    assert folder_name(("clip...",)) == "clip"
    assert folder_name(("",)) == "results"
