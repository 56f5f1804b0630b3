"""Other names and colours for a model's classes: in both files, whole or not at all, with all that was measured."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import ModelError, UnknownNameError
from engine.methods import MethodPool
from engine.models.bundle import read_card, read_graph, read_peer_card, read_weights, write_bundle, write_card
from engine.models.card import Measurement, ModelCard
from engine.models.classes import SegmentClass
from engine.models.library import Library
from engine.models.relabel import why_not_named
from resources import MODELS
from tests.engine.fakes import FakeMethod


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model `mine`, both files of it, of which something was measured."""
    folder = tmp_path_factory.mktemp("models")
    model, card = read_graph(MODELS / "street.onnx")
    tensors = read_weights(MODELS / "street.safetensors")
    (folder / "mine").mkdir()
    card = card.model_copy(update={"name": "mine", "measurements": ()})
    card = write_bundle(folder / "mine" / "mine", model, tensors, card)
    assert card.graph_hash is not None
    by_class = dict.fromkeys(card.class_set.names, 50.0)
    measured = Measurement(
        measure="miou", value=50, unit="", data="d", command="c", graph_hash=card.graph_hash, by_class=by_class
    )
    write_card(folder / "mine" / "mine", card.measured(measured))
    return folder


@pytest.fixture
def library(bundle: Path, tmp_path: Path) -> Iterator[Library]:
    shutil.copytree(bundle, tmp_path / "library")
    with Library(tmp_path / "library") as library:
        yield library


def other(card: ModelCard) -> tuple[SegmentClass, ...]:
    return tuple(SegmentClass(name=f"new {entry.name}", colour="#0a0b0c") for entry in card.class_set.classes)


def test_both_files_say_it_and_what_was_measured_stays_true(library: Library) -> None:
    path = library.find("mine")
    before, card = read_graph(path)
    classes = other(card)
    library.relabel("mine", classes)
    after, now = read_graph(path)
    assert after.graph == before.graph
    assert now.class_set.classes == classes
    assert (now.graph_hash, now.weights_hash) == (card.graph_hash, card.weights_hash)
    peer = path.with_suffix(".safetensors")
    assert read_peer_card(peer) == now
    assert read_weights(peer)
    (measured,) = now.current_measurements()
    assert list(measured.by_class) == [entry.name for entry in classes]
    entry = library.entry("mine")
    assert entry.card == now


def test_names_that_classes_cannot_have_are_told(library: Library) -> None:
    assert why_not_named(["road", "car"]) is None
    assert why_not_named(["road", " "]) == "Class 2 has no name; every class needs one."
    assert why_not_named(["a", "b", "a"]) == "Classes 1 and 3 are both called a; every class needs a name of its own."
    assert "81 characters" in str(why_not_named(["a" * 81]))
    card = read_card(library.find("mine"))
    twice = (SegmentClass(name="road", colour="#000000"),) * len(card.class_set)
    with pytest.raises(ModelError, match="both called road"):
        library.relabel("mine", twice)
    with pytest.raises(ModelError, match="name all of them"):
        library.relabel("mine", twice[:1])
    assert read_card(library.find("mine")) == card


def test_bundled_and_unknown_models_stay_as_they_are(library: Library) -> None:
    with pytest.raises(ModelError, match="bundled"):
        library.relabel("street", ())
    with pytest.raises(UnknownNameError):
        library.relabel("nothing", ())


def test_what_cannot_be_written_is_as_it_was(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    path = library.find("mine")
    card, data = read_card(path), path.read_bytes()

    def full(self: Path, target: Path) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ModelError, match="cannot be changed"):
        library.relabel("mine", other(card))
    assert path.read_bytes() == data
    assert sorted(each.name for each in path.parent.iterdir() if each.name.startswith(".part")) == []


def test_who_has_the_model_keeps_it_and_who_comes_gets_the_new_one() -> None:
    loaded: list[FakeMethod] = []

    def load(name: str) -> FakeMethod:
        loaded.append(FakeMethod(name))
        return loaded[-1]

    pool = MethodPool(load)  # type: ignore[arg-type]
    first = pool.make("mine")
    assert pool.make("mine").card is first.card
    pool.forget("mine")
    again = pool.make("ema(mine)")
    assert len(loaded) == 2
    assert again.card is loaded[1].card
    assert not loaded[0].closed
