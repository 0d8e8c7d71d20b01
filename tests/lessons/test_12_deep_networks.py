"""What lesson 12 shows: depth makes gradients vanish and explode, the number of classes and the loss do not."""

import numpy as np
import pytest

from tests.lessons.running import full_run


@pytest.fixture(scope="module", params=[0, 1])
def deep(request):
    return full_run("12_deep_networks", seed=request.param)


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 10, 1_000, 100_000])
def test_the_gradient_of_the_logits_stays_below_the_root_of_two(deep, classes):
    sure, equal, loss = deep.found(rf" {classes}: gradient (\S+) wrong and sure; all equal (\S+), loss (\S+)")
    assert sure == 1.4142
    assert equal == pytest.approx(np.sqrt(1 - 1 / classes), abs=1e-4)
    assert loss == pytest.approx(np.log(classes), abs=1e-4)


@pytest.mark.slow
def test_depth_alone_makes_it_vanish_or_explode(deep):
    norms = deep.table["linear networks"].reshape(3, 2, 31)
    for gain, of_gain in zip((0.5, 1.0, 2.0), norms, strict=True):
        for classes, of_classes in zip((2, 1_000), of_gain, strict=True):
            top, bottom = deep.found(rf"gain {gain}, +{classes} classes: (\S+) on top, (\S+) at the input")
            assert [top, bottom] == pytest.approx(of_classes[[-1, 0]], rel=0.05)
            assert 0.2 < bottom / top / gain**30 < 5
            slopes = np.diff(np.log(of_classes))  # upwards, from the input
            assert slopes == pytest.approx(-np.log(gain), abs=0.5)


@pytest.mark.slow
def test_the_loss_makes_no_difference(deep):
    ratios = {}
    for name in ("sigmoid", "tanh", "ReLU", "ReLU, He"):
        line = rf"3 loss +{name} *: input / top (\S+) with cross-entropy, (\S+) with squared error"
        ratios[name], other = deep.found(line)
        assert 0.3 < ratios[name] / other < 3
    assert ratios["sigmoid"] < 1e-20 and ratios["tanh"] < 1e-5
    assert 0.01 < ratios["ReLU"] / 6**-15 < 100  # 1 / sqrt(6) in each of 30 layers
    assert 0.2 < ratios["ReLU, He"] < 5
    norms = deep.table["networks on digits"].reshape(4, 31)
    assert norms[:, 0] / norms[:, -1] == pytest.approx([*ratios.values()], rel=0.1)


@pytest.mark.slow
def test_initialization_and_clipping_decide_what_is_learnt(deep):
    def learnt(name):
        return deep.found(rf"(?m)^{name} +loss (\S+), largest gradient +(\S+), test accuracy (\S+)$")

    for name in ("30 layers, SGD", "30 layers, Adam"):
        loss, _, accuracy = learnt(name)
        assert loss == pytest.approx(np.log(10), abs=0.01) and accuracy < 0.15
    loss, largest, accuracy = learnt("30 layers, He, SGD")
    assert loss > 2.1 and largest > 5 and accuracy < 0.25
    loss, largest, accuracy = learnt("30 layers, He, SGD, clipped")
    assert loss < 1.1 and largest > 5 and accuracy > 0.45
    loss, _, accuracy = learnt("30 layers, He, Adam, clipped")
    assert loss < 0.7 and accuracy > 0.7
    one_layers_loss, _, one_layers_accuracy = learnt("1 layer, SGD")
    assert one_layers_loss < min(loss, 0.3) and one_layers_accuracy > max(accuracy, 0.92)
    assert deep.results["train_loss"] == loss and deep.results["test_accuracy"] == accuracy
    assert deep.table["training on digits"].shape == (6 * 10,)
