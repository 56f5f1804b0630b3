"""The readout: the sentence, the table, and what it says where there is nothing."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.compare.readout import Readout
from app.style.theme import apply_theme, colours
from engine.measures import Interval
from tests.app.window.compare.conftest import SMOOTHED, slot, summary

Show = Callable[[Readout, int, int], Readout]


@pytest.fixture
def readout(show: Show) -> Readout:
    return show(Readout(), 236, 500)


def texts(readout: Readout) -> list[str]:
    return [label.text() for label in readout.findChildren(QLabel) if label.isVisible() and label.text()]


def test_nothing_measured_says_what_to_do(readout: Readout) -> None:
    readout.show_summary(None, "")
    told = texts(readout)
    assert any("Nothing is measured yet" in text for text in told)
    assert any("Play the clip" in text for text in told)
    assert len(told) == 2
    readout.show_summary(summary(a=slot(flicker=None, latency_p50=None)), "whole clip")
    assert texts(readout) == told


def test_a_alone_has_its_column_and_an_invitation(readout: Readout) -> None:
    readout.show_summary(summary(), "whole clip")
    told = texts(readout)
    assert "2.55" in told
    assert any("Choose a method for B" in text for text in told)
    assert "B − A" not in told
    assert any("2.55 % of the visible pixels" in text for text in told)


def test_both_are_compared(readout: Readout) -> None:
    readout.show_summary(summary(b=SMOOTHED, flicker=Interval(-0.016, -0.009), tc=Interval(-1, 1)), "frames 1–241")
    told = texts(readout)
    assert readout.sentence.accessibleName().startswith("B flickers 52 % less than A; it trails by 1.3 frames")
    for text in ("frames 1–241", "1.23", "−1.32", "▼ better", "within noise", "▲ worse", "B − A"):
        assert text in told
    assert not any("Choose a method" in text for text in told)


def test_b_goes_again(readout: Readout) -> None:
    readout.show_summary(summary(b=SMOOTHED, flicker=Interval(-0.016, -0.009)), "")
    readout.show_summary(summary(), "")
    assert not {"1.23", "▼ better", "96.81", "B − A"} & set(texts(readout))


def test_it_says_when_it_is_not_done(readout: Readout) -> None:
    readout.show_summary(summary(complete=False), "whole clip")
    assert "whole clip · still measuring" in texts(readout)
    readout.show_summary(summary(complete=False), "")
    assert "Still measuring" in texts(readout)
    readout.show_summary(summary(), "whole clip")
    assert "whole clip" in texts(readout)


def test_better_and_worse_have_their_colours(readout: Readout) -> None:
    def colour(text: str) -> str:
        label = next(each for each in readout.findChildren(QLabel) if each.text() == text and each.isVisible())
        return label.palette().color(label.foregroundRole()).name()

    readout.show_summary(summary(b=SMOOTHED, flicker=Interval(-0.016, -0.009)), "")
    assert colour("▼ better") == colours().accent
    assert colour("+1.3") == colours().amber
    readout.show_summary(summary(b=SMOOTHED, flicker=Interval(-0.016, 0.009)), "")
    assert colour("−1.32") == colours().muted


def test_screen_readers_hear_what_a_number_is(readout: Readout) -> None:
    readout.show_summary(summary(b=SMOOTHED), "")
    names = [label.accessibleName() for label in readout.findChildren(QLabel)]
    assert "Flicker, % of pixels, B: 1.23" in names


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_number_is_cut_in_a_narrow_dock(readout: Readout, qapp: object, theme: str) -> None:
    apply_theme(qapp, theme)  # type: ignore[arg-type]
    slow = slot(latency_p50=1234.5, latency_max=12345.6, flicker=0.1234, tc=100.0, lag=12.5, agreement=100.0)
    readout.show_summary(summary(a=slot(flicker=0.3), b=slow, flicker=Interval(-0.3, -0.1)), "frames 1–241 of 9,999")
    readout.resize(236, 600)
    for label in readout.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap() and label is not readout.span:
            assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())
    assert readout.minimumSizeHint().width() <= 236


def test_words_explain_themselves_and_lead_to_the_page(readout: Readout, qtbot: QtBot) -> None:
    readout.show_summary(summary(b=SMOOTHED, flicker=Interval(-0.016, 0.009), tc=Interval(-1, 1)), "whole clip")
    shown = {label.text(): label.toolTip() for label in readout.findChildren(QLabel) if label.isVisible()}
    assert "resamples" in shown["within noise"]
    assert "brought along the motion" in shown["tc"]
    assert "trails" in shown["Lag"]
    for word in ("Flicker:", "Lag:", "Agreement:", "Within noise:"):
        assert word in readout.sentence.toolTip()
    with qtbot.waitSignal(readout.meaning_asked):
        readout.meaning_button.click()


def test_a_class_is_named(readout: Readout) -> None:
    readout.show_summary(summary(b=SMOOTHED, flicker=Interval(-0.016, -0.009)), "whole clip", "car")
    assert readout.sentence.accessibleName().startswith("On car, B flickers 52 % less than A;")
    assert readout.span.text() == "Class car · whole clip"
    readout.show_summary(summary(), "whole clip", "car")
    assert readout.sentence.accessibleName() == "On car, A flickers on 2.55 % of its pixels a frame."
    readout.show_summary(summary(a=slot(flicker=None)), "whole clip", "car")
    assert "Too little of car" in readout.sentence.accessibleName()
