"""What the classes of one set stand for in another."""

import pickle

import numpy as np
import pytest

from engine.errors import UnknownNameError
from engine.flow import Motion
from engine.measures import count_pair
from engine.models.classes import VOID, ClassSet, SegmentClass
from engine.models.mapping import ClassMapping


def set_of(*names: str) -> ClassSet:
    return ClassSet(name="test", classes=tuple(SegmentClass(name=name, colour="#102030") for name in names))


A = set_of("road", "car", "Traffic Light", "person")


def test_classes_meet_by_name() -> None:
    mapping = ClassMapping.by_name(A, set_of("person", "sky", "traffic_light", " CAR "))
    assert mapping.stands_for == (3, None, 2, 1)
    assert (mapping.names, mapping.compared) == (("car", "Traffic Light", "person"), 3)
    assert mapping.left_out == (("road",), ("sky",))
    assert mapping.why_not is None
    assert not mapping.is_identity
    assert pickle.loads(pickle.dumps(mapping)) == mapping


def test_nothing_is_guessed() -> None:
    mapping = ClassMapping.by_name(A, set_of("cars", "roads", "trafficlight", "people"))
    assert mapping.stands_for == (None,) * 4
    twice = ClassMapping.by_name(set_of("bus stop", "bus_stop", "road"), set_of("bus-stop", "bus_stop", "road"))
    assert twice.stands_for == (None, 1, 2), "one that might be two is neither"


@pytest.mark.parametrize("names", [A.names, ("ROAD", "car", "traffic-light", "person")])
def test_one_and_the_same_set_is_translated_nowhere(names: tuple[str, ...]) -> None:
    mapping = ClassMapping.by_name(A, set_of(*names))
    assert mapping.is_identity
    assert mapping.views == (None, None)
    assert mapping.class_set(A) is A
    assert mapping.why_not is None
    one = set_of("thing")
    assert ClassMapping.by_name(one, one).why_not is None


def test_by_hand_several_may_stand_for_one_and_one_for_none() -> None:
    mapping = ClassMapping.by_name(A, set_of("car", "truck", "person"))
    mapping = mapping.answered([("truck", "car"), ("person", ""), ("TRUCK", "Car")])
    assert mapping.stands_for == (1, 1, None)
    assert mapping.answers == {"car": "car", "truck": "car", "person": ""}
    with pytest.raises(UnknownNameError, match="B has no class 'lorry'; its classes: car, truck, person"):
        mapping.answered([("lorry", "car")])
    with pytest.raises(UnknownNameError, match="A has no class 'truck'"):
        mapping.answered([("truck", "truck")])


def test_why_two_sets_cannot_be_compared() -> None:
    apart = ClassMapping.by_name(A, set_of("cat", "dog"))
    assert apart.why_not == (
        "A and B have no class in common: A knows road, car, Traffic Light, person, and B knows cat, dog."
    )
    one = ClassMapping.by_name(A, set_of("cat", "person"))
    assert one.why_not == ("A and B have only the class person in common, and of one class alone nothing can differ.")


def test_a_mask_is_translated_pixel_by_pixel() -> None:
    mapping = ClassMapping.by_name(A, set_of("person", "sky", "car")).answered([])
    ours, theirs = mapping.views
    assert ours is not None
    assert theirs is not None
    assert ours.of(np.array([[0, 1, 2, 3, 9, VOID]], np.uint8)).tolist() == [[2, 0, 2, 1, VOID, VOID]]
    assert theirs.of(np.array([[0, 1, 2, 3]], np.uint8)).tolist() == [[1, 2, 0, VOID]]
    more = ClassMapping.by_name(A, set_of(*A.names, "sky"))
    assert more.views[0] is None, "A's classes are all compared: its masks stay as they are"


def test_folded_counts_are_those_of_translated_masks() -> None:
    random = np.random.default_rng(5)
    mapping = ClassMapping.by_name(A, set_of("person", "sky", "car", "truck")).answered([("truck", "car")])
    view = mapping.views[1]
    assert view is not None
    before, now = (random.integers(0, 5, (24, 32), np.uint8) for _ in range(2))  # 4 is no class at all
    still = Motion.still((32, 24))
    own = count_pair(before, now, still, 4, splits=False).pairs()
    translated = count_pair(view.of(before), view.of(now), still, view.classes, splits=False).pairs()
    assert np.array_equal(view.fold(own), translated)
