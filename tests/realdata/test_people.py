"""Portraits and faces, opened as they lie there."""

import numpy as np
import pytest

from engine.datasets import open_dataset
from tests.realdata.test_datasets import folder


@pytest.mark.parametrize(("split", "images", "shape"), [("train", 1290, (400, 300)), ("test", 264, (512, 384))])
def test_eg1800(split: str, images: int, shape: tuple[int, int]) -> None:
    dataset = open_dataset("eg1800", folder("portrait/eg1800"), split)
    assert len(dataset.samples) == images
    shares = []
    for sample in dataset.samples[::100]:
        labels = dataset.labels(sample)
        assert dataset.image(sample).shape[:2] == labels.shape == shape
        assert set(np.unique(labels)) == {0, 1}
        shares.append(labels.mean())
    assert 0.25 < np.mean(shares) < 0.75


def test_celebamask() -> None:
    root = folder("portrait/celebamask")
    aside, train = (open_dataset("celebamask", root, split) for split in ("aside", "train"))
    assert (len(aside.samples), len(train.samples)) == (100, 900)
    assert not {sample.name for sample in aside.samples} & {sample.name for sample in train.samples}
    faces = open_dataset("celebamask-faces", root)
    assert [sample.name for sample in faces.samples] == [sample.name for sample in aside.samples]
    seen = np.zeros(256, bool)
    for sample in faces.samples[::10]:
        person, parts = aside.labels(sample), faces.labels(sample)
        assert (person[np.isin(parts, (1, 2, 3, 4))] == 1).all(), "a face is of the person"
        assert 0.1 < np.isin(parts, (1, 2, 3, 4)).mean() < 0.7
        seen[parts] = True
    assert seen[:5].all()
    assert not seen[5:255].any()


def test_portrait_composites_list_their_clips(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYMASK_HOME", str(tmp_path))
    dataset = open_dataset("portrait-composites", folder("clips").parent)
    assert [clip.frame_count for clip in dataset.clips] == [25] * 16
