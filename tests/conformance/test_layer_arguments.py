"""What every layer does with arguments of a wrong kind, sign or number: what PyTorch does, in minigrad's own words."""

import inspect

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
    "Softmax": ((1,), [(2, 3)]),
    "LogSoftmax": ((1,), [(2, 3)]),
    "Flatten": ((), [(2, 3, 4)]),
    "Unflatten": ((1, (2, 2)), [(3, 4)]),
    "GaussianNLLLoss": ((), [(2, 3)] * 3),
    "NLLLoss": ((), "classes"),
    "CrossEntropyLoss": ((), "classes"),
    **{f"{name}Loss": ((), PAIR) for name in ("MSE", "L1", "SmoothL1", "Huber", "KLDiv", "BCE", "BCEWithLogits")},
    **{name: ((), [(2, 3)]) for name in ("ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Softplus", "Dropout")},
}
VALUES = [0, -1, 2, 2.5, -0.1, "3", "foo", None, True, (1, 1, 1), (2, 1), (-1, 2), [2, 2], (2.5, 1), ("1", 2), ()]
ROWS = [
    (name, option)
    for name in LAYERS
    for option in inspect.signature(getattr(mg.nn, name)).parameters
    if option not in ("weight", "pos_weight", "device", "dtype")
]

# What PyTorch's code happens to stumble over, with an error of another type than the mistake's.
ACCIDENTS = (
    "Conv2d(padding_mode=[",
    "ConvTranspose2d(padding_mode=[",
    "Embedding(num_embeddings=0",
    "Embedding(padding_idx=2.5",
    "Embedding(padding_idx=-0.1",
    "GaussianNLLLoss(eps=None",
    "GaussianNLLLoss(reduction=",
    "Linear(in_features=True",
    "Conv2d(in_channels=True",
    "MultiheadAttention(kdim=True",
    "MultiheadAttention(vdim=True",
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
            if isinstance(theirs[1], Exception) and not said.startswith(ACCIDENTS):
                assert type(ours[1]) is type(theirs[1]), said
                assert ours[0] == theirs[0] or ours[0] == "built", said
        else:
            assert not isinstance(theirs[1], Exception), said
            assert ours[1].shape == tuple(theirs[1].shape), said
