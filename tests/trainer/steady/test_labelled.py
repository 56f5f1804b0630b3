"""Images with labels beside the clips: found in any layout, refused by their classes' names, learnt and judged."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import DatasetError, UnknownNameError
from engine.models.classes import bundled_class_set
from resources import MODELS
from tests.engine.datasets.layouts import write_camvid
from tests.trainer.steady.lone import write_labelled
from tests.trainer.steady.small import SMALL, START, small_student
from tests.trainer.steady.test_new_student import clip
from tests.trainer.steady.test_run import run
from trainer.job import Job
from trainer.recipe import parse_recipe
from trainer.steady import ClipSpan, Labelled, holds_labels, plan_steadying, read_verdict
from trainer.steady.labelled import look_at, split_labelled
from trainer.steady.run import labelled_of

__all__ = ["clip"]
CAMVID, FOREGROUND = bundled_class_set("camvid"), bundled_class_set("foreground")


def classes_json(names: list[str]) -> str:
    colours = {each.name: each.colour for each in CAMVID.classes}
    classes = [{"name": name, "colour": colours.get(name, "#112233")} for name in names]
    return json.dumps({"name": "mine", "classes": classes})


def test_two_thirds_are_learnt_and_the_rest_judges(tmp_path: Path, clip: Path) -> None:
    mine = write_labelled(tmp_path / "mine", 9)
    how: dict[str, Any] = {"threads": 1, "device": "cpu", "changes": SMALL}
    plan = plan_steadying([ClipSpan(clip)], small_student(tmp_path), labelled=Labelled(mine), **how)
    assert (plan.images, plan.labelled) == (9, mine)
    assert (plan.recipe.data.dataset, plan.recipe.data.height) == ("folder", 96)
    assert plan.recipe.loss.cross_entropy > 0
    job = Job.create(tmp_path / "run", plan.spec)
    spec = job.spec()
    split = labelled_of(spec, parse_recipe(spec.recipe, "job.toml"), CAMVID)
    assert split is not None
    learnt, kept = ({sample.name for one in side for sample in one.samples} for side in (split.learn, split.held_out))
    assert (len(learnt), len(kept), learnt & kept) == (6, 3, set())
    run(job)
    document = read_verdict(job.folder)
    assert document["labelled"]["images"] == 3
    assert 0 < document["labelled"]["miou_after"] <= 100
    assert set(document["labelled"]["by_class"]) <= set(CAMVID.names)
    assert [each["name"] for each in document["conditions"]][-1] == "labelled"
    assert any("labelled images" in reason for reason in document["reasons"])
    events = [event for event, _ in job.events()]
    assert any("cross_entropy" in event for event in events)


def test_layouts_are_told_apart_and_from_clips(tmp_path: Path, clip: Path) -> None:
    write_camvid(tmp_path / "camvid", "test")
    assert holds_labels(tmp_path / "camvid")
    assert look_at(Labelled(tmp_path / "camvid"), CAMVID)[0] == "camvid"
    mine = write_labelled(tmp_path / "mine", 6)
    assert holds_labels(mine)
    assert look_at(Labelled(mine), CAMVID) == ("folder", 6)
    assert not holds_labels(clip)
    assert not holds_labels(clip / "00.png")
    with pytest.raises(DatasetError, match=r"no images with labels in any layout"):
        look_at(Labelled(clip), CAMVID)
    with pytest.raises(UnknownNameError, match="no dataset 'mine'"):
        look_at(Labelled(mine, "mine"), CAMVID)


def test_other_classes_are_refused_by_their_names(tmp_path: Path, clip: Path) -> None:
    names = [*CAMVID.names[:-1], "horse"]
    mine = write_labelled(tmp_path / "mine", 6, classes_json(names))
    with pytest.raises(DatasetError, match=r"horse only there, bicyclist only in the student"):
        plan_steadying([ClipSpan(clip)], START, labelled=Labelled(mine))
    bare = write_labelled(tmp_path / "bare", 6)
    with pytest.raises(DatasetError, match=r"\.png holds the class \d+, and the student knows 0 to 1"):
        look_at(Labelled(bare), FOREGROUND)


def test_the_same_classes_in_another_order_are_put_in_order(tmp_path: Path) -> None:
    plain = write_labelled(tmp_path / "plain", 6)
    turned = write_labelled(tmp_path / "turned", 6, classes_json(list(CAMVID.names[::-1])))
    labels = []
    for folder in (plain, turned):
        (held_out,) = split_labelled(folder, "folder", "", CAMVID).held_out
        labels.append(held_out.labels(held_out.samples[0]))
    one, other = labels
    known = one != 255
    assert np.array_equal(one[known], len(CAMVID) - 1 - other[known])


def test_too_few_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has 5 images with a label; at least 6"):
        look_at(Labelled(write_labelled(tmp_path / "few", 5)), CAMVID)
    sparse = write_labelled(tmp_path / "sparse", 12)
    for number in range(6, 12):
        (sparse / "labels" / f"{number:02d}.png").unlink()
    split = split_labelled(sparse, "folder", "", CAMVID)
    counts = [
        sum(each.label is not None for one in side for each in one.samples) for side in (split.learn, split.held_out)
    ]
    assert counts == [4, 2], "its last third has none, so every third label is kept"


def test_a_label_that_vanishes_is_named(tmp_path: Path, clip: Path) -> None:
    mine = write_labelled(tmp_path / "mine", 9)
    plan = plan_steadying([ClipSpan(clip)], MODELS / "street.safetensors", labelled=Labelled(mine), changes=SMALL)
    job = Job.create(tmp_path / "run", plan.spec)
    shutil.rmtree(mine)
    with pytest.raises(DatasetError, match="mine"):
        run(job)
