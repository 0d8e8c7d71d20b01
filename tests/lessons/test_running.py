"""What the tests of the lessons share: how far a number may be from that of the text."""

import pytest

from tests.lessons.running import Prose

TEXT = Prose("At 0.1 the loss is 0.492 (1.2e-7), -3.50 of 300 in 5 of 5 draws; 1,000 steps of x2 leave 12.")


@pytest.mark.parametrize(
    "words",
    ["loss is 0.492", "loss is 0.495 (1.2e-7)", "(1.21e-07), -3.45", "of 303 in 5 of 5 draws", "of x2 leave 12."],
)
def test_the_last_digits_may_differ(words):
    assert words in TEXT


OTHERS = ["loss is 0.505", "loss is 0.929", "(1.3e-7)", ", 3.50 of", "of 310 in", "in 4 of 5", "of x3", "leave 13"]


@pytest.mark.parametrize("words", [*OTHERS, "a loss"])
def test_other_numbers_and_other_words_are_not_said(words):
    assert words not in TEXT
