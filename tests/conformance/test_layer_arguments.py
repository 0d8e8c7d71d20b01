"""What every layer does with arguments of a wrong kind, sign or number: what PyTorch does, in minigrad's own words."""

import inspect
import re

import numpy as np
import pytest

import minigrad as mg

from .comparing import is_refusal

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore")

PAIR = [(2, 3), (2, 3)]
IMAGES = [(1, 2, 7, 7)]
# For each layer the arguments without which it cannot be built, and the shapes of its inputs.
LAYERS = {
    "Linear": ((3, 4), [(2, 3)]),
    "Conv2d": ((2, 4, 3), IMAGES),
    "ConvTranspose2d": ((2, 4, 3), IMAGES),
    "MaxPool2d": ((2,), IMAGES),
    "AvgPool2d": ((2,), IMAGES),
    "AdaptiveAvgPool2d": ((2,), IMAGES),
    "LayerNorm": ((3,), [(2, 3)]),
    "BatchNorm1d": ((3,), [(4, 3)]),
    "BatchNorm2d": ((3,), [(2, 3, 2, 2)]),
    "Embedding": ((5, 3), "indices"),
    "MultiheadAttention": ((4, 2), [(3, 1, 4)] * 3),
    **{name: ((3, 4), [(5, 2, 3)]) for name in ("RNN", "LSTM", "GRU")},
    **{f"{name}Cell": ((3, 4), [(2, 3)]) for name in ("RNN", "LSTM", "GRU")},
    "Conv1d": ((2, 4, 3), [(1, 2, 7)]),
    "MaxPool1d": ((2,), [(1, 2, 7)]),
    "AvgPool1d": ((2,), [(1, 2, 7)]),
    "AdaptiveAvgPool1d": ((2,), [(1, 2, 7)]),
    "GroupNorm": ((2, 4), [(2, 4, 3)]),
    "RMSNorm": ((3,), [(2, 3)]),
    "PixelShuffle": ((2,), [(1, 4, 3, 3)]),
    "Upsample": ((3,), IMAGES),
    "LazyLinear": ((4,), [(2, 3)]),
    "LazyConv2d": ((4, 3), IMAGES),
    "Softmax": ((1,), [(2, 3)]),
    "LogSoftmax": ((1,), [(2, 3)]),
    "Flatten": ((), [(2, 3, 4)]),
    "Unflatten": ((1, (2, 2)), [(3, 4)]),
    "GaussianNLLLoss": ((), [(2, 3)] * 3),
    "NLLLoss": ((), "classes"),
    "CrossEntropyLoss": ((), "classes"),
    **{f"{name}Loss": ((), PAIR) for name in ("MSE", "L1", "SmoothL1", "Huber", "KLDiv", "BCE", "BCEWithLogits")},
    **{name: ((), [(2, 3)]) for name in "ReLU ReLU6 LeakyReLU ELU SELU GELU SiLU Softplus Dropout".split()},
}
VALUES = [0, -1, 2, 2.5, -0.1, "3", "foo", None, True, (1, 1, 1), (2, 1), (-1, 2), [2, 2], (2.5, 1), ("1", 2), ()]
PUBLIC = {*dir(mg.nn), *dir(mg.nn.functional), "flatten", "unflatten"}  # what an error may begin with
ROWS = [
    (name, option)
    for name in LAYERS
    for option in inspect.signature(getattr(mg.nn, name)).parameters
    if option not in ("weight", "pos_weight", "device", "dtype")
    and (name, option) != ("GRU", "proj_size")  # which PyTorch lets only an LSTM name, even with its default
]

# What PyTorch's code happens to stumble over, with an error of another type than the mistake's.
ACCIDENTS = (
    "Conv1d(padding_mode=[",
    "Conv2d(padding_mode=[",
    "GroupNorm(num_groups=0",
    "LazyConv2d(groups=2.5",
    "LazyConv2d(out_channels=",
    "LazyConv2d(padding_mode=[",
    "ConvTranspose2d(padding_mode=[",
    "Embedding(num_embeddings=0",
    "Embedding(padding_idx=2.5",
    "Embedding(padding_idx=-0.1",
    "GaussianNLLLoss(eps=None",
    "GaussianNLLLoss(reduction=",
    "Linear(in_features=True",
    "Upsample(scale_factor='foo'",
    "Conv2d(in_channels=True",
    "MultiheadAttention(kdim=True",
    "MultiheadAttention(vdim=True",
    *[f"{name}(input_size=True" for name in ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")],
)


def outcome(library, name, arguments, options):
    """Where it fails and how, or "built and called" and the output."""
    _, shapes = LAYERS[name]
    try:
        module = getattr(library.nn, name)(*arguments, **options)
    except Exception as error:
        return "built", error
    if shapes == "indices":
        inputs = [library.tensor([0, 1, 2])]
    elif shapes == "classes":
        inputs = [library.zeros(2, 3), library.tensor([0, 1])]
    else:
        arrays = [np.linspace(0, 1, np.prod(shape), dtype=np.float32).reshape(shape) for shape in shapes]
        inputs = [library.from_numpy(array) for array in arrays]
    try:
        out = module.eval()(*inputs)
    except Exception as error:
        return "called", error
    return "built and called", out[0] if isinstance(out, tuple) else out


@pytest.mark.parametrize(("name", "option"), ROWS, ids=map("-".join, ROWS))
def test_wrong_arguments(name, option):
    required, _ = LAYERS[name]
    place = list(inspect.signature(getattr(mg.nn, name)).parameters).index(option)
    for value in VALUES:
        arguments, options = list(required), {}
        if place < len(required):
            arguments[place] = value
        else:
            options[option] = value
        theirs = outcome(torch, name, arguments, options)
        ours = outcome(mg, name, arguments, options)
        said = f"{name}({option}={value!r}): {ours} instead of {theirs}"
        if isinstance(ours[1], Exception):
            assert is_refusal(ours[1]), said
            assert re.match(r"\w+", str(ours[1])).group() in PUBLIC, said
            if isinstance(theirs[1], Exception) and not said.startswith(ACCIDENTS):
                assert type(ours[1]) is type(theirs[1]), said
                assert ours[0] == theirs[0] or ours[0] == "built", said
        else:
            assert not isinstance(theirs[1], Exception), said
            assert ours[1].shape == tuple(theirs[1].shape), said


# -- Convolution and pooling as functions ------------------------------------------------------------------

SHAPES = [
    (1, 2, 7, 7),
    (2, 7, 7),
    (7, 7),
    (1, 1, 2, 7, 7),
    (0, 2, 7, 7),
    (1, 0, 7, 7),
    (1, 2, 0, 7),
    (1, 2, 1, 1),
    (),
    (7,),
]
NUMBERS = [0, -1, 1, 2, 9, (1, 1, 1), (1,), (), (1, -1), 1.5, None, True, "same", "valid", "foo"]
WEIGHTS = [(4, 2, 3), (4, 2, 3, 3, 3), (4, 2, 0, 3), (0, 2, 3, 3), (4, 3, 3, 3)]
FUNCTIONS = {
    "conv2d": ("stride", "padding", "dilation", "groups"),
    "conv_transpose2d": ("stride", "padding", "output_padding", "dilation", "groups"),
    "max_pool2d": ("kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    "avg_pool2d": ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"),
    "adaptive_avg_pool2d": ("output_size",),
}
REQUIRED = {"kernel_size": 2, "output_size": 2}


def calls(name):
    """Shapes of the input and of the weight, the dtype of the input, and options."""
    weight = {"conv2d": (4, 2, 3, 3), "conv_transpose2d": (2, 4, 3, 3)}.get(name)
    for shape in SHAPES:
        yield shape, weight, "float32", {}
    for dtype in ("float64", "int64", "bool"):
        yield SHAPES[0], weight, dtype, {}
    for shape in WEIGHTS if weight else []:
        yield SHAPES[0], shape, "float32", {}
    for option in FUNCTIONS[name]:
        for value in NUMBERS:
            yield SHAPES[0], weight, "float32", {option: value}
    for stride in (1, 2, 3):
        for option in FUNCTIONS[name]:
            for value in (1, 2, 3, True):
                if "stride" in FUNCTIONS[name]:
                    yield SHAPES[0], weight, "float32", {"stride": stride, option: value}


def returned(library, name, shape, weight, dtype, options):
    arrays = [np.ones(shape, dtype)] + ([np.ones(weight, np.float32)] if weight else [])
    given = {option: REQUIRED[option] for option in FUNCTIONS[name] if option in REQUIRED}
    try:
        return getattr(library.nn.functional, name)(*map(library.from_numpy, arrays), **{**given, **options})
    except Exception as error:
        return error


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_images(name):
    for call in calls(name):
        ours, theirs = returned(mg, name, *call), returned(torch, name, *call)
        said = f"{name} {call}: {ours!r} instead of {theirs!r}"
        shape, _, dtype, options = call
        if isinstance(ours, Exception):
            assert is_refusal(ours) and str(ours).startswith(f"{name}()"), said
            by_accident = dtype == "bool" or (name == "avg_pool2d" and len(shape) < 3)
            by_accident |= isinstance(options.get("output_size"), str)  # whose letters it takes for lengths
            if isinstance(theirs, Exception) and not by_accident:
                assert type(ours) is type(theirs), said
        else:
            assert not isinstance(theirs, Exception), said
            assert ours.shape == tuple(theirs.shape), said
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6, err_msg=said)
