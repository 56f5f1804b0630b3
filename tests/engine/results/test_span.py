"""Exports of a span, of one part, cancelled and taken up again."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import Cancelled
from engine.models.classes import bundled_class_set
from engine.results.drawing import Drawing
from engine.results.masks import export_masks
from engine.segmenter import load_model
from engine.video.clips import Clip
from tests.engine.fakes import FakeMethod
from tests.engine.video.clips import picture, write_plain

FRAMES = 12


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = write_plain(tmp_path_factory.mktemp("clips") / "drive.mp4", (picture(index) for index in range(FRAMES)))
    return Clip(str(path), path.stem)


@pytest.fixture(scope="module")
def model():  # type: ignore[no-untyped-def]
    segmenter = load_model("street", device="cpu")
    yield segmenter
    segmenter.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "masks").iterdir())


def test_a_span(clip: Clip, model, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    seen: list[tuple[int, int | None]] = []
    summary = export_masks(
        clip, model, tmp_path, range_=(3, 7), progress=lambda done, total: seen.append((done, total))
    )
    assert (summary.frames, summary.error) == (5, None)
    assert names(tmp_path) == [f"{index:06d}.png" for index in range(3, 8)]
    assert seen[-1] == (5, 5)


@pytest.mark.parametrize(("parts", "masks", "video"), [(("masks",), True, False), (("overlay",), False, True)])
def test_one_part(clip: Clip, model, tmp_path: Path, parts, masks: bool, video: bool) -> None:  # type: ignore[no-untyped-def]
    export_masks(clip, model, tmp_path, parts=parts)
    assert any((tmp_path / "masks").glob("*.png")) == masks
    assert (tmp_path / "overlay.mp4").exists() == video
    again = export_masks(clip, model, tmp_path, parts=parts)
    assert again.frames == FRAMES


@pytest.mark.parametrize("stop_at", [0, 1, 6, FRAMES - 1])
def test_cancelled_and_taken_up_again_equals_one_run(clip: Clip, model, tmp_path: Path, stop_at: int) -> None:  # type: ignore[no-untyped-def]
    done = 0

    def progress(frames: int, _: int | None) -> None:
        nonlocal done
        done = frames

    with pytest.raises(Cancelled):
        export_masks(clip, model, tmp_path / "a", progress=progress, cancelled=lambda: done >= stop_at)
    assert not (tmp_path / "a" / "summary.json").exists()
    assert not (tmp_path / "a" / "overlay.mp4").exists()
    export_masks(clip, model, tmp_path / "a")
    export_masks(clip, model, tmp_path / "b")
    assert names(tmp_path / "a") == names(tmp_path / "b")
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / "masks" / name).read_bytes() == (tmp_path / "b" / "masks" / name).read_bytes()


def test_another_look_replaces_the_results(clip: Clip, model, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    export_masks(clip, model, tmp_path)
    first = (tmp_path / "overlay.mp4").read_bytes()
    export_masks(clip, model, tmp_path, drawing=Drawing(style="outline"))
    assert (tmp_path / "overlay.mp4").read_bytes() != first
    assert json.loads((tmp_path / "summary.json").read_text())["frames"] == FRAMES


def test_the_background_is_not_tinted_unless_it_is_asked_for(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = FakeMethod()
    model.card = model.card.model_copy(update={"class_set": bundled_class_set("300vw-mask")})
    asked: list[list[int]] = []

    def note(rgb: NDArray[np.uint8], *_: object, visible: NDArray[np.bool_], **__: object) -> NDArray[np.uint8]:
        asked.append(np.flatnonzero(~visible).tolist())
        return rgb

    monkeypatch.setattr("engine.results.drawing.blend", note)
    export_masks(clip, model, tmp_path / "a", range_=(0, 0))
    export_masks(clip, model, tmp_path / "b", range_=(0, 0), drawing=Drawing(visible=np.ones(256, bool)))
    assert asked == [[0], []]
