"""Exports of a tiny model: every form and precision, and that the report says what is so."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from engine.comparison import compare
from engine.errors import Cancelled, ModelError, OccupiedError, UnknownNameError, VideoError
from engine.exporting import export as exporting
from engine.exporting.child import export_in_child
from engine.exporting.export import export_model
from engine.exporting.int8 import Quantiser
from engine.exporting.plain import CONTRACT_KEY
from engine.exporting.wanted import Wanted
from engine.models.bundle import read_graph, read_weights
from engine.models.card import Foreign, Recurrence
from engine.models.keeping import keep_bundle
from engine.models.library import Library, trained_on
from engine.segmenter import load_model
from engine.video import open_video
from tests.engine.exporting.tiny import card_of, foreign_of, network, write_frames, write_tiny

FRAMES = 10


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEADYMASK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_frames(tmp_path / "walk", FRAMES)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    return write_tiny(tmp_path / "models")


def wanted(model: Path, clip: Path, to: Path, **more: object) -> Wanted:
    return Wanted(model=str(model), clip=str(clip), to=to, device="cpu", threads=1, **more)  # type: ignore[arg-type]


def frames_of(clip: Path) -> list[NDArray[np.uint8]]:
    with open_video(str(clip)) as source:
        return [frame.rgb for frame in source.frames()]


@pytest.mark.parametrize("graph", ["own", "plain"])
@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_every_combination_is_written_with_a_report_that_is_so(
    model: Path, clip: Path, tmp_path: Path, graph: str, precision: str
) -> None:
    out = tmp_path / "out"
    told: list[tuple[int, int | None]] = []
    asked = wanted(model, clip, out, graph=graph, precision=precision)
    report = export_model(asked, progress=lambda done, total: told.append((done, total)))
    stem = f"tiny{'-plain' if graph == 'plain' else ''}-{precision}"
    suffixes = (".onnx", ".parity.json") if graph == "plain" else (".onnx", ".safetensors", ".parity.json")
    assert {path.name for path in out.iterdir()} == {f"{stem}{suffix}" for suffix in suffixes}
    assert json.loads((out / f"{stem}.parity.json").read_text())["sentence"] == report.sentence
    assert told[-1][0] == told[-1][1]
    assert report.frames == FRAMES

    # The same, the obvious way: each frame by itself, one model after the other.
    original = load_model(model, device="cpu", threads=1)
    before = [original.segment(rgb, scores=True) for rgb in frames_of(clip)]
    if graph == "own":
        exported = load_model(out / f"{stem}.onnx", device="cpu", threads=1)
        after = [exported.segment(rgb, scores=True) for rgb in frames_of(clip)]
        scores = [each.scores for each in after]
        same = np.mean([one.mask == other.mask for one, other in zip(before, after, strict=True)])
        assert report.equal_pixels == pytest.approx(100 * same)
        with open_video(str(clip)) as source:
            compared = compare(source, "walk", original, exported)
        sides = ((report.before, compared.measures_a), (report.after, compared.measures_b))
        for side, measures in sides:
            assert (side.flicker, side.tc) == (measures["flicker"], measures["tc"])
        assert report.agreement == compared.measures_b["agreement"]
        exported.close()
    else:
        session = ort.InferenceSession(out / f"{stem}.onnx", providers=["CPUExecutionProvider"])
        scores = []
        for rgb in frames_of(clip):
            small = exporting.at_network(iter([rgb]), card_of().input)[0]
            picture = np.moveaxis(small.astype(np.float32) / 255, -1, 0)[np.newaxis]
            scores.append(session.run(["logits"], {"image": picture})[0][0])
    furthest = max(float(np.abs(a.scores - b).max()) for a, b in zip(before, scores, strict=True))
    assert report.logit_difference == pytest.approx(furthest, abs=1e-4)
    if precision == "fp32":
        assert furthest < 1e-4
        assert report.equal_pixels == 100
        assert report.good
    else:
        assert 0 < furthest < 1
        assert report.equal_pixels > 90
    original.close()


def test_the_card_says_what_it_is_and_the_weights_are_those_of_before(
    model: Path, clip: Path, tmp_path: Path, home: Path
) -> None:
    export_model(wanted(model, clip, tmp_path / "out", precision="int8"))
    path = tmp_path / "out" / "tiny-int8.onnx"
    (_, card), (_, before) = read_graph(path), read_graph(model)
    assert (card.name, card.precision, card.measurements) == ("tiny-int8", "int8", ())
    assert card.parent == f"tiny {before.weights_hash}"
    assert "16 frames" not in card.summary
    assert f"calibrated on {FRAMES} frames of walk" in card.summary
    assert card.graph_hash != before.graph_hash
    assert set(read_weights(path.with_suffix(".safetensors"))) == {"w"}
    with_temporal = before.model_copy(update={"losses": {"temporal": 1.0}})
    assert not trained_on(before, card.model_copy(update={"losses": with_temporal.losses}))
    with Library() as library:
        assert keep_bundle(path, "tiny-kept", library).card is not None
    kept = load_model("tiny-kept", device="cpu")
    assert kept.report.precision == "int8"
    kept.close()


def test_a_plain_graph_says_how_it_is_called(model: Path, clip: Path, tmp_path: Path) -> None:
    report = export_model(wanted(model, clip, tmp_path / "out", graph="plain"))
    made = onnx.load(tmp_path / "out" / "tiny-plain-fp32.onnx")
    onnx.checker.check_model(made, full_check=True)
    contract = json.loads({entry.key: entry.value for entry in made.metadata_props}[CONTRACT_KEY])
    assert contract["input"]["range"] == [0, 1]
    assert contract["input"]["channels"] == "RGB"
    assert "multiples of 16" in contract["input"]["sides"]
    assert contract["classes"] == ["red", "green", "blue", "else"]
    assert report.contract_text in made.doc_string
    assert [value.name for value in made.graph.input] == ["image"]
    assert [value.name for value in made.graph.output] == ["logits"]


@pytest.mark.parametrize(("layout", "channels"), [("nhwc", "bgr"), ("nchw", "bgr"), ("nhwc", "rgb")])
@pytest.mark.parametrize("graph", ["own", "plain"])
def test_imported_models_of_every_layout_are_exported_without_weights(
    clip: Path, tmp_path: Path, layout: str, channels: str, graph: str
) -> None:
    model = write_tiny(tmp_path, weights=False, foreign=foreign_of(layout, channels))
    report = export_model(wanted(model, clip, tmp_path / "out", graph=graph))
    assert report.equal_pixels == 100
    assert report.logit_difference == pytest.approx(0, abs=1e-4)
    assert not list((tmp_path / "out").glob("*.safetensors"))


def test_weights_that_are_stored_in_half_are_quantised_too(clip: Path, tmp_path: Path) -> None:
    model = write_tiny(tmp_path, core=network(half=True))
    report = export_model(wanted(model, clip, tmp_path / "out", precision="int8"))
    assert report.calibration is not None
    assert report.calibration.in_float == ("net/conv0", "net/conv3")
    made = onnx.load(tmp_path / "out" / "tiny-int8.onnx")
    kinds = {tensor.name: tensor.data_type for tensor in made.graph.initializer}
    assert [kinds[name] for name in kinds if name.startswith("net/w1") and name.endswith("quantized")] == [
        onnx.TensorProto.INT8
    ]
    assert report.equal_pixels > 90


def test_an_old_opset_is_raised_for_int8(clip: Path, tmp_path: Path) -> None:
    model = write_tiny(tmp_path, core=network(opset=12))
    assert export_model(wanted(model, clip, tmp_path / "out", precision="int8")).equal_pixels > 90


def test_a_broken_quantisation_is_reported_as_bad(
    model: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quantised = Quantiser.quantised

    def broken(self: Quantiser, first: int, last: int) -> tuple[onnx.ModelProto, tuple[str, ...]]:
        made, left = quantised(self, first, last)
        for tensor in made.graph.initializer:
            if tensor.name.startswith("net/") and tensor.name.endswith("_scale"):
                values = numpy_helper.to_array(tensor)
                tensor.CopyFrom(numpy_helper.from_array(np.asarray(values * 0.2, np.float32), tensor.name))
        return made, left

    monkeypatch.setattr(Quantiser, "quantised", broken)
    report = export_model(wanted(model, clip, tmp_path / "out", precision="int8"))
    assert not report.good
    assert report.equal_pixels < 99
    assert any("gives another class on" in fault for fault in report.faults)
    assert report.sentence == f"{report.faults[0]}."
    assert (tmp_path / "out" / "tiny-int8.onnx").exists()


def test_flicker_that_rises_is_said_first(model: Path, clip: Path, tmp_path: Path) -> None:
    report = export_model(wanted(model, clip, tmp_path / "out"))
    more = report.after.model_copy(update={"flicker": 0.0112})
    less = report.before.model_copy(update={"flicker": 0.01})
    worse = report.model_copy(update={"precision": "int8", "before": less, "after": more, "equal_pixels": 98.0})
    assert worse.sentence == "int8 flickers 12 % more than what it was made from, on walk."
    assert worse.remarks[0] == "int8 gives another class on 2.0 % of the pixels of walk."
    nothing = report.model_copy(
        update={
            "before": less.model_copy(update={"flicker": 0.0}),
            "after": more.model_copy(update={"flicker": 5e-5}),
        }
    )
    assert nothing.good


def test_files_in_the_way_stay_unless_they_may_be_replaced(model: Path, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "tiny-fp32.parity.json").write_text("mine")
    with pytest.raises(OccupiedError, match=r"tiny-fp32\.parity\.json exists already"):
        export_model(wanted(model, clip, out))
    assert [path.name for path in out.iterdir()] == ["tiny-fp32.parity.json"]
    with pytest.raises(OccupiedError, match="what is read"):
        export_model(wanted(model, clip, model, replaces=None))
    told: list[str] = []
    export_model(wanted(model, clip, out, replaces=None), told=lambda found: told.extend(found.replaceable))
    assert told == ["tiny-fp32.parity.json"]
    assert (out / "tiny-fp32.parity.json").read_text() != "mine"


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_who_stops_it_finds_nothing(model: Path, clip: Path, tmp_path: Path, precision: str) -> None:
    for after in (0, 3, FRAMES - 1):
        asked = iter([False] * after)
        with pytest.raises(Cancelled):
            export_model(
                wanted(model, clip, tmp_path / "made" / "out", precision=precision),
                cancelled=lambda asked=asked: next(asked, True),  # type: ignore[misc]
            )
        assert not (tmp_path / "made").exists()


def test_what_cannot_be_exported_is_refused_before_any_work(model: Path, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ids = write_tiny(tmp_path, "ids", foreign=foreign_of(output="classes"), core=network(ids=True))
    with pytest.raises(ModelError, match="gives no logits"):
        export_model(wanted(ids, clip, out, graph="plain"))
    export_model(wanted(ids, clip, tmp_path / "ids-out", precision="int8"))
    export_model(wanted(model, clip, tmp_path, precision="int8"))
    with pytest.raises(ModelError, match="tiny-int8 is int8 itself"):
        export_model(wanted(tmp_path / "tiny-int8.onnx", clip, out, precision="fp16"))
    assert export_model(wanted(tmp_path / "tiny-int8.onnx", clip, out, precision="int8", graph="plain")).good
    goes_on = foreign_of().model_copy(update={"recurrence": Recurrence(states=("r1i",))})
    recurrent = write_tiny(tmp_path, "recurrent", foreign=goes_on)
    with pytest.raises(ModelError, match="recurrent hands a memory on from frame to frame"):
        export_model(wanted(recurrent, clip, out))
    with pytest.raises(UnknownNameError):
        export_model(wanted(Path("nothing"), clip, out))
    with pytest.raises(VideoError):
        export_model(wanted(model, tmp_path / "nowhere.mp4", tmp_path / "new"))
    one = write_frames(tmp_path / "one", 1)
    with pytest.raises(VideoError, match="flicker takes two"):
        export_model(wanted(model, one, tmp_path / "new"))
    assert not (tmp_path / "new").exists()
    quantised = write_tiny(tmp_path, "again", foreign=Foreign.model_validate(foreign_of()), core=_quantised())
    with pytest.raises(ModelError, match="quantised already"):
        export_model(wanted(quantised, clip, tmp_path / "new", precision="int8"))


def _quantised() -> onnx.ModelProto:
    core = network()
    for name, kind, value in (("s", np.float32, 0.1), ("z", np.uint8, 0)):
        core.graph.initializer.append(numpy_helper.from_array(np.array(value, kind), name))
    first = core.graph.node[0]
    first.input[0] = "dequantised"
    pair = [
        onnx.helper.make_node("QuantizeLinear", ["image", "s", "z"], ["q"]),
        onnx.helper.make_node("DequantizeLinear", ["q", "s", "z"], ["dequantised"]),
    ]
    nodes = [*pair, *core.graph.node]
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del core.graph.node[:]
    core.graph.node.extend(copies)
    return core


def test_a_child_tells_what_is_wrong_and_leaves_nothing_when_it_is_stopped(
    model: Path, clip: Path, tmp_path: Path
) -> None:
    with pytest.raises(Cancelled):
        export_in_child(wanted(model, clip, tmp_path / "never"), cancelled=lambda: True)
    assert not (tmp_path / "never").exists()
    (tmp_path / "tiny-fp32.onnx").touch()
    with pytest.raises(ModelError, match="exists already"):
        export_in_child(wanted(model, clip, tmp_path))
