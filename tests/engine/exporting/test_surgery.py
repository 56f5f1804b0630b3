"""Nodes are put into an order in which they run."""

from onnx import helper

from engine.exporting.surgery import in_order


def test_nodes_stand_behind_what_they_take_and_else_where_they_stood() -> None:
    given = [
        helper.make_node("Relu", ["late"], ["last"]),
        helper.make_node("Relu", ["input"], ["first"]),
        helper.make_node("Add", ["first", "cast"], ["late"]),
        helper.make_node("Cast", ["weight"], ["cast"], to=1),
        helper.make_node("Relu", ["b"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
    ]
    assert [node.output[0] for node in in_order(given)] == ["first", "cast", "late", "last"]
