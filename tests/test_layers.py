"""Layers on their own terms: what they say when refusing, modes, repeatability, and identities that need no oracle."""

import copy
import inspect
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn
from minigrad.nn import functional as F


def test_dropout_is_repeatable_and_off_in_evaluation():
    layer, x = nn.Dropout(0.3), mg.ones(50, 20)
    drawn = []
    for _ in range(2):
        mg.manual_seed(5)
        drawn.append(layer(x).tolist())
    assert drawn[0] == drawn[1] != layer(x).tolist()
    state = mg.get_rng_state().tolist()
    assert layer.eval()(x) is x
    assert mg.get_rng_state().tolist() == state


def test_dropout_in_place_changes_its_input():
    x = mg.ones(1000)
    assert nn.Dropout(0.5, True)(x) is x
    assert set(x.tolist()) == {0.0, 2.0}


def test_a_convolution_with_a_kernel_of_one_is_a_linear_layer():
    conv, x = nn.Conv2d(3, 5, 1), mg.randn(2, 3, 4, 4)
    expected = F.linear(x.movedim(1, -1), conv.weight.flatten(1), conv.bias).movedim(-1, 1)
    np.testing.assert_allclose(conv(x).detach().numpy(), expected.detach().numpy(), atol=1e-5)


def test_a_convolution_shows_its_options_as_attributes():
    conv = nn.Conv2d(4, 6, 3, 2, 1, groups=2)
    assert (conv.kernel_size, conv.stride, conv.padding, conv.groups) == ((3, 3), (2, 2), (1, 1), 2)
    conv.stride = (1, 1)
    assert conv(mg.ones(1, 4, 5, 5)).shape == (1, 6, 5, 5)


def test_a_convolution_and_its_transpose_are_adjoint():
    x, weight = mg.randn(2, 4, 7, 6, dtype=mg.float64), mg.randn(6, 2, 3, 2, dtype=mg.float64)
    options = {"stride": 2, "padding": 1, "groups": 2}
    y = F.conv2d(x, weight, **options)
    g = mg.randn(*y.shape, dtype=mg.float64)
    back = F.conv_transpose2d(g, weight, output_padding=(0, 0), **options)
    assert back.shape == x.shape
    assert (y * g).sum().item() == pytest.approx((x * back).sum().item())


def test_writing_into_the_input_of_a_convolution_does_not_spoil_its_gradient():
    x, weight = mg.ones(1, 1, 2, 2), mg.ones(1, 1, 1, 1, requires_grad=True)
    out = F.conv2d(x, weight)
    x *= 100
    if kernels.ENABLED:
        with pytest.raises(RuntimeError, match=r"convolution: its input of shape \(1, 1, 2, 2\) was changed"):
            out.sum().backward()
    else:  # the composition has laid the windows out, in memory of its own
        out.sum().backward()
        assert weight.grad.item() == 4


def test_normalised_layers_have_mean_0_and_variance_1():
    x = mg.randn(40, 6) * 5 + 3
    for out in (nn.LayerNorm(6)(x), nn.BatchNorm1d(6)(x).T):
        np.testing.assert_allclose(out.mean(1).detach().numpy(), 0, atol=1e-5)
        np.testing.assert_allclose(out.var(1, correction=0).detach().numpy(), 1, atol=1e-3)


def test_running_statistics_are_buffers_that_evaluation_leaves_alone():
    layer = nn.BatchNorm1d(2)
    assert [name for name, _ in layer.named_buffers()] == ["running_mean", "running_var", "num_batches_tracked"]
    layer(mg.randn(8, 2))
    before = copy.deepcopy(layer).state_dict()
    layer.eval()(mg.randn(1, 2))
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[name].numpy())
    layer.double()
    assert layer.running_mean.dtype == mg.float64 and layer.num_batches_tracked.dtype == mg.int64


def test_the_padding_row_of_an_embedding_gets_no_gradient():
    layer = nn.Embedding(4, 2, padding_idx=1)
    layer(mg.tensor([1, 1, 2, 2])).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [0, 0], [2, 2], [0, 0]]
    assert layer.weight[1].tolist() == [0, 0]


def test_nobody_looks_ahead():
    mg.manual_seed(0)
    q, k, v = (mg.randn(2, 5, 4) for _ in range(3))
    out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    k[:, 3:], v[:, 3:] = 9.0, 9.0
    np.testing.assert_array_equal(F.scaled_dot_product_attention(q, k, v, is_causal=True)[:, :3], out[:, :3].numpy())


def test_weights_of_losses_are_buffers():
    criterion = nn.CrossEntropyLoss(mg.tensor([1.0, 2.0]))
    assert list(criterion.state_dict()) == ["weight"] and not list(criterion.parameters())
    criterion.double()
    assert criterion.weight.dtype == mg.float64
    assert list(nn.BCEWithLogitsLoss().state_dict()) == []


def test_layers_can_be_copied_and_documented():
    for name in nn.__dict__:
        made = getattr(nn, name)
        if isinstance(made, type):
            assert made.__doc__ and made.__name__ == name
            assert made.__module__.startswith(("minigrad.nn", "minigrad.core"))
    layer = nn.Sequential(nn.Conv2d(1, 2, 3), nn.LeakyReLU(0.3), nn.MaxPool2d(2))
    x = mg.randn(1, 1, 6, 6)
    assert copy.deepcopy(layer)(x).tolist() == layer(x).tolist()


SHARED = "args kwargs device dtype inplace reduction size_average reduce"  # the head of `minigrad.nn` tells these


def told_by(docstring):
    """The words of a docstring, and of those of the layers and functions that it names in code."""
    pages, words = [docstring], set()
    for page in pages:  # grows while it is read
        words.update(re.findall(r"\w+", page))
        for name in re.findall(r"`(?:nn\.functional\.)?(\w+)`", page):
            linked = getattr(getattr(nn, name, None) or getattr(F, name, None), "__doc__", None)
            if linked and linked not in pages:
                pages.append(linked)
    return words


@pytest.mark.parametrize("name", [name for name in dir(nn) if isinstance(getattr(nn, name), type)])
def test_every_parameter_of_a_layer_is_told_there_or_where_its_docstring_links_to(name):
    layer = getattr(nn, name)
    told = told_by(layer.__doc__) | set(SHARED.split())
    assert [p for p in inspect.signature(layer).parameters if p not in told] == []


def test_the_head_of_nn_tells_what_layers_share():
    assert {"device", "dtype", "inplace", "reduction", "size_average", "reduce"} <= told_by(nn.__doc__)


X, IMAGE = mg.ones(2, 3), mg.ones(1, 2, 5, 5)
REFUSED = {
    "dropout": (ValueError, r"Dropout\(\).*\[0, 1\].*2", lambda: nn.Dropout(2)(X)),
    "elu": (NotImplementedError, r"elu\(\).*int64", lambda: F.elu(X.long())),
    "gelu": (RuntimeError, r"gelu\(\).*'x'", lambda: F.gelu(X, approximate="x")),
    "LeakyReLU": (TypeError, r"LeakyReLU.*unexpected keyword argument 'slope'", lambda: nn.LeakyReLU(slope=1)),
    "layer_norm": (RuntimeError, r"layer_norm\(\).*\(2, 3\).*\(4,\)", lambda: nn.LayerNorm(4)(X)),
    "batch_norm": (RuntimeError, r"batch_norm\(\).*\(3,\).*\(4,\)", lambda: nn.BatchNorm1d(4)(X)),
    "BatchNorm2d": (ValueError, r"BatchNorm2d.*\(2, 3\)", lambda: nn.BatchNorm2d(3)(X)),
    "one value": (ValueError, r"batch_norm\(\).*\(1, 3\)", lambda: nn.BatchNorm1d(3)(X[:1])),
    "embedding": (IndexError, r"embedding\(\).*\[0, 3\]", lambda: nn.Embedding(4, 2)(mg.tensor([4]))),
    "conv2d": (RuntimeError, r"conv2d\(\).*\(4, 3, 3, 3\).*\(1, 2, 5, 5\)", lambda: nn.Conv2d(3, 4, 3)(IMAGE)),
    "bias": (RuntimeError, r"conv2d\(\).*bias \(3,\)", lambda: F.conv2d(IMAGE, mg.ones(4, 2, 3, 3), mg.ones(3))),
    "small": (RuntimeError, r"conv2d\(\).*\(7, 7\).*\(1, 2, 5, 5\)", lambda: nn.Conv2d(2, 4, 7)(IMAGE)),
    "groups": (ValueError, "groups=3", lambda: nn.Conv2d(2, 4, 3, groups=3)),
    "max_pool2d": (RuntimeError, r"max_pool2d\(\).*\(2, 3\)", lambda: nn.MaxPool2d(2)(X)),
    "return_indices": (
        NotImplementedError,
        "return_indices",
        lambda: nn.MaxPool2d(2, return_indices=True),
    ),
    "padding_mode": (
        NotImplementedError,
        r"Conv2d\(\) has no .padding_mode='reflect'.*padding_mode='zeros'",
        lambda: nn.Conv2d(2, 4, 3, padding_mode="reflect"),
    ),
    "heads": (AssertionError, "divisible", lambda: nn.MultiheadAttention(5, 2)),
    "mask": (
        RuntimeError,
        r"scaled_dot_product_attention\(\).*not both",
        lambda: F.scaled_dot_product_attention(X, X, X, X, is_causal=True),
    ),
    "smooth_l1_loss": (ValueError, r"smooth_l1_loss\(\).*\(2, 3\).*\(3,\)", lambda: F.smooth_l1_loss(X, X[0])),
    "kl_div": (ValueError, r"kl_div\(\).*'x'", lambda: F.kl_div(X, X, reduction="x")),
    "gaussian": (ValueError, r"gaussian_nll_loss\(\).*var \(4,\)", lambda: F.gaussian_nll_loss(X, X, mg.ones(4))),
}


@pytest.mark.parametrize(("error", "message", "call"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_why(error, message, call):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("momentum", [0.1, None])
@pytest.mark.parametrize(
    ("layer", "shape"),
    [(nn.BatchNorm1d, (0, 3)), (nn.BatchNorm1d, (2, 3, 0)), (nn.BatchNorm2d, (0, 3, 4, 4))],
    ids=str,
)
def test_an_empty_batch_leaves_the_running_statistics_alone(layer, shape, momentum):
    norm = layer(3, momentum=momentum)
    out = norm(mg.zeros(shape, requires_grad=True))
    out.sum().backward()
    assert out.shape == shape
    assert norm.running_mean.tolist() == [0, 0, 0]
    assert norm.running_var.tolist() == [1, 1, 1]
    assert norm.num_batches_tracked.item() == 1
    assert norm.weight.grad.tolist() == norm.bias.grad.tolist() == [0, 0, 0]
