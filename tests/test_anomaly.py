"""Anomaly detection names the operation that left the finite numbers, and the line that called it."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd import detect_anomaly, set_detect_anomaly


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: mg.log(x - 1), "log made an infinity"),
        (lambda x: (x * 1e30) * 1e30, "mul made an infinity"),
        (lambda x: mg.sqrt(-x), "sqrt made a NaN"),
        (lambda x: (x - x) / (x - x), "div made a NaN"),
    ],
)
def test_the_forward_operation_is_named(function, name):
    x = mg.ones(2, requires_grad=True)
    with (
        pytest.raises(RuntimeError, match=rf"{name} out of finite numbers, called at .*test_anomaly.py:\d+: "),
        detect_anomaly(),
    ):
        function(x)
    assert not mg.autograd.anomaly.is_enabled()
    assert not function(x).isfinite().any()


def test_the_backward_operation_is_named():
    x = mg.zeros(2, requires_grad=True)
    with np.errstate(all="ignore"), detect_anomaly():
        y = mg.sqrt(x).sum()
        with pytest.raises(RuntimeError, match=r"gradient of sqrt made an infinity .*y = mg\.sqrt\(x\)\.sum\(\)"):
            y.backward()


def test_infinities_that_were_put_in_are_left_alone():
    with detect_anomaly():
        x = mg.ones(3, requires_grad=True)
        scores = x.masked_fill(mg.tensor([False, False, True]), float("-inf"))
        mg.softmax(scores, dim=0)[0].backward()
    assert x.grad.tolist() == [0.25, -0.25, 0.0]


def test_as_a_switch():
    set_detect_anomaly(True)
    try:
        assert mg.autograd.anomaly.is_enabled()
    finally:
        set_detect_anomaly(False)
    assert not mg.autograd.anomaly.is_enabled()
