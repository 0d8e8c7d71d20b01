"""Lesson 07: the softmax classifier's loop in both libraries."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import InOrder, Silent, datasets, definitions

torch = pytest.importorskip("torch")


def test_the_same_losses_in_both_libraries():
    losses = []
    for m in (mg, torch):
        lesson = definitions("07_softmax_classifier", on_torch=m is torch, run=Silent(), DataLoader=InOrder(m))
        lesson.cross_entropy = m.nn.CrossEntropyLoss()
        train_set, test_set = datasets(m, *load_digits())
        model = lesson.zero_linear(64, 10)
        losses.append(lesson.train(model, train_set, test_set, epochs=2, batch_size=32, lr=0.5, momentum=0.9))
    (ours, ours_test), (theirs, theirs_test) = losses
    assert len(ours) == 2 * 43
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    np.testing.assert_allclose(ours_test, theirs_test, atol=1e-5)
