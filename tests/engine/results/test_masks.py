import csv
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import load_model, open_video
from engine.errors import BackendError, ExportError
from engine.results.masks import Summary, export_masks
from engine.segmentation import Segmentation
from engine.segmenter import Segmenter
from engine.video.clips import Clip
from tests.engine.video.clips import picture, write_plain

FRAMES = 12


class Counting:
    """The bundled model, counting its calls; fails at call `fail_at`."""

    def __init__(self, model: Segmenter, fail_at: int | None = None, how: type[BaseException] = BackendError) -> None:
        self.name, self.card, self.report = model.name, model.card, model.report
        self.calls = 0
        self._model, self._fail_at, self._how = model, fail_at, how

    def segment(self, rgb: np.ndarray, *, scores: bool = False) -> Segmentation:
        if self.calls == self._fail_at:
            raise self._how("the runtime gave up")
        self.calls += 1
        return self._model.segment(rgb, scores=scores)


@pytest.fixture(scope="module")
def model() -> Iterator[Segmenter]:
    segmenter = load_model("street", device="cpu")
    yield segmenter
    segmenter.close()


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    path = write_plain(tmp_path / "drive ä.mp4", (picture(index) for index in range(FRAMES)))
    return Clip(str(path), path.stem)


def run(clip: Clip, model: object, folder: Path) -> Summary:
    return export_masks(clip, model, folder)  # type: ignore[arg-type]


def test_everything_is_written(clip: Clip, model: Segmenter, tmp_path: Path) -> None:
    out = tmp_path / "out"
    seen: list[tuple[int, int | None]] = []
    summary = export_masks(clip, model, out, progress=lambda done, total: seen.append((done, total)))
    assert (summary.frames, summary.size, summary.error, summary.note) == (FRAMES, (160, 96), None, None)
    assert json.loads((out / "summary.json").read_text())["provider"] == "CPUExecutionProvider"
    assert [done for done, _ in seen] == list(range(1, FRAMES + 1))

    masks = sorted((out / "masks").iterdir())
    assert [mask.name for mask in masks] == [f"{index:06d}.png" for index in range(FRAMES)]
    with Image.open(masks[3]) as image:
        assert image.mode == "P"
        assert image.getpalette()[:33] == model.card.class_set.palette()[:11].ravel().tolist()  # type: ignore[index]
        stored = np.asarray(image)
    with open_video(clip.what) as source:
        frames = list(source)
    assert (stored == model.segment(frames[3].rgb).mask).all()

    with (out / "frames.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert [float(row["pts_s"]) for row in rows] == pytest.approx([frame.pts_s for frame in frames], abs=1e-6)
    shares = [float(rows[3][name]) for name in model.card.class_set.names]
    assert sum(shares) == pytest.approx(1, abs=1e-4)
    assert shares[int(stored[0, 0])] > 0

    with open_video(out / "overlay.mp4") as overlay:
        assert overlay.size == (160, 96)
        assert [frame.pts_s for frame in overlay] == pytest.approx([frame.pts_s for frame in frames], abs=1e-4)


def test_a_finished_clip_is_left_alone(clip: Clip, model: Segmenter, tmp_path: Path) -> None:
    first = run(clip, model, tmp_path / "out")
    counting = Counting(model)
    assert run(clip, counting, tmp_path / "out") == Summary(**{**first.as_json(), "size": [160, 96]})
    assert counting.calls == 0


def test_a_run_that_was_cut_off_is_taken_up_again(clip: Clip, model: Segmenter, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    run(clip, model, whole)
    with pytest.raises(KeyboardInterrupt):
        run(clip, Counting(model, fail_at=7, how=KeyboardInterrupt), out)
    kept = len(list((out / "masks").iterdir()))
    assert 0 < kept <= 7
    assert not (out / "summary.json").exists()
    assert not (out / "overlay.mp4").exists()

    counting = Counting(model)
    assert run(clip, counting, out).frames == FRAMES
    assert counting.calls == FRAMES - kept
    for mask in (whole / "masks").iterdir():
        assert (out / "masks" / mask.name).read_bytes() == mask.read_bytes()


def test_of_a_cut_off_run_all_behind_a_mask_that_is_gone_is_segmented_again(
    clip: Clip, model: Segmenter, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run(clip, Counting(model, fail_at=7, how=KeyboardInterrupt), out)
    (out / "masks" / "000001.png").unlink()
    counting = Counting(model)
    assert run(clip, counting, out).frames == FRAMES
    assert counting.calls == FRAMES - 1
    with (out / "frames.csv").open() as table:
        assert len(list(csv.DictReader(table))) == FRAMES


def test_another_clip_replaces_the_results(clip: Clip, model: Segmenter, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(clip, model, out)
    shorter = write_plain(tmp_path / "short.mp4", (picture(index) for index in range(4)))
    assert run(Clip(str(shorter), "short"), model, out).frames == 4
    assert len(list((out / "masks").iterdir())) == 4


def test_a_failing_runtime_keeps_what_was_made(clip: Clip, model: Segmenter, tmp_path: Path) -> None:
    summary = run(clip, Counting(model, fail_at=5), tmp_path / "out")
    assert summary.error is not None
    assert "frame 5" in summary.error
    assert "gave up" in summary.error
    assert summary.frames == 5
    with open_video(tmp_path / "out" / "overlay.mp4") as overlay:
        assert len(list(overlay)) == 5


def test_a_clip_that_does_not_open_is_an_error_in_its_summary(model: Segmenter, tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"not a video")
    summary = run(Clip(str(path), "broken"), model, tmp_path / "out")
    assert summary.frames == 0
    assert "broken.mp4" in (summary.error or "")
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["error"] == summary.error


def test_a_folder_of_images_with_a_rate(model: Segmenter, tmp_path: Path) -> None:
    shots = tmp_path / "shots"
    shots.mkdir()
    for index in range(3):
        Image.fromarray(picture(index)).save(shots / f"s{index}.png")
    summary = export_masks(Clip(str(shots), "shots"), model, tmp_path / "out", fps=Fraction(30000, 1001))
    assert (summary.frames, summary.frame_rate) == (3, "30000/1001")
    with (tmp_path / "out" / "frames.csv").open() as table:
        assert float(list(csv.DictReader(table))[2]["pts_s"]) == pytest.approx(2 * 1001 / 30000, abs=1e-6)


def test_a_place_that_is_no_folder_is_told(clip: Clip, model: Segmenter, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "file is no folder" in (run(clip, model, tmp_path / "file").error or "")
    with pytest.raises(ExportError, match="file"):
        run(clip, model, tmp_path / "file" / "out")


def test_what_a_person_let_be_replaced_and_no_frame_takes_the_place_of_goes(
    clip: Clip, model: Segmenter, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "masks").mkdir(parents=True)
    for name in ("masks/000099.png", ".run.json", "notes.txt"):
        (out / name).write_text("earlier")
    assert "and 2 more" in (export_masks(clip, model, out).error or "")
    assert (out / "masks" / "000099.png").exists()
    assert export_masks(clip, model, out, ask=lambda found: True).error is None
    assert not (out / "masks" / "000099.png").exists()
    assert not (out / ".run.json").exists()
    assert (out / "notes.txt").read_text() == "earlier"
