"""An infinity, a NaN and a number too small to hold are answers: no function warns of one or raises for it."""

import functools
import itertools
import subprocess
import sys
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn import functional as F
from tests.operations import OPERATIONS
from tests.quick import first_quick

EXTREMES = [0.0, -0.0, 1e-45, -1e-30, 1e30, 3e38, 200.0, -200.0, 1e4, -1e4, np.inf, -np.inf, np.nan, 1.0, 0.5]
each_dtype = pytest.mark.parametrize("dtype", first_quick(["float32", "float64"]))
RUNS = {
    "raise": {"all": "raise"},
    "warn": {"all": "warn"},
    "call": {"all": "call", "call": lambda *alarm: pytest.fail(f"NumPy called: {alarm}")},
}


def inputs(shapes, start, dtype):
    """Tensors filled with the extremes, each from another one on."""
    made = []
    for shift, shape in enumerate(shapes):
        values = itertools.islice(itertools.cycle(EXTREMES), start + 4 * shift, start + 4 * shift + int(np.prod(shape)))
        made.append(mg.from_numpy(np.array(list(values), dtype).reshape(shape)).requires_grad_())
    return made


def answers(compute):
    """What `compute` gives, or the type of its error if it is not of NumPy's alarms."""
    try:
        return compute()
    except (ValueError, RuntimeError, IndexError, NotImplementedError) as error:
        return type(error)


def same_in_every_setting(compute):
    before = np.geterr()
    with np.errstate(all="ignore"):
        expected = answers(compute)
    for setting in RUNS.values():
        with warnings.catch_warnings(), np.errstate(**setting):
            warnings.simplefilter("error", RuntimeWarning)
            inside = np.geterr()
            got = answers(compute)
            assert np.geterr() == inside
        np.testing.assert_equal(got, expected)
    assert np.geterr() == before


def values_and_gradients(call, xs):
    out = call(*xs)
    if isinstance(out, mg.Tensor) and out.requires_grad:
        out.backward(mg.full(out.shape, 0.7, dtype=out.dtype))
    outs = out if isinstance(out, (tuple, list)) else [out]
    return [x.detach().numpy() if isinstance(x, mg.Tensor) else x for x in [*outs, *[x.grad for x in xs]]]


@each_dtype
@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_every_operation(row, dtype):
    for start, shapes in itertools.product(range(len(EXTREMES)), row.shapes[:3]):
        same_in_every_setting(
            lambda: values_and_gradients(lambda *xs: row.call(mg, *xs), inputs(shapes, start, dtype))  # noqa: B023
        )


def binary_targets(x):
    return (x.detach() > 0).to(x.dtype)


def classes(x):
    return mg.zeros(len(x), dtype=mg.int64)


def layer_of_the_same_weights(dtype):
    mg.manual_seed(0)
    return nn.Linear(5, 3, dtype=dtype).requires_grad_(False)


FUNCTIONS = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "sigmoid": F.sigmoid,
    "softplus": F.softplus,
    "logsigmoid": F.logsigmoid,
    "softmax": lambda x: F.softmax(x, 0),
    "log_softmax": lambda x: F.log_softmax(x, 1),
    "normalize": F.normalize,
    "normalize 3": lambda x: F.normalize(x, p=3),
    "cosine_similarity": lambda x: F.cosine_similarity(x, x.flip(0)),
    "layer_norm": lambda x: F.layer_norm(x, (5,)),
    "LayerNorm": lambda x: nn.LayerNorm(5, dtype=x.dtype)(x),
    "BatchNorm1d": lambda x: nn.BatchNorm1d(5, dtype=x.dtype)(x),
    "BatchNorm1d eval": lambda x: nn.BatchNorm1d(5, dtype=x.dtype).eval()(x),
    "Linear": lambda x: layer_of_the_same_weights(x.dtype)(x),
    "linear": lambda x: F.linear(x, x[:2], x[0, :2]),
    "conv2d": lambda x: F.conv2d(x[None, None], x[None, None, :2, :2], x[0, :1]),
    "avg_pool2d": lambda x: F.avg_pool2d(x[None], 2),
    "max_pool2d": lambda x: F.max_pool2d(x[None], 2),
    "dropout": lambda x: F.dropout(x, 0.0),
    "attention": lambda x: F.scaled_dot_product_attention(x, x, x),
    "attention masked": lambda x: F.scaled_dot_product_attention(x, x, x, x[:, :3].detach()),
    "mse_loss": lambda x: F.mse_loss(x, x.flip(1)),
    "l1_loss": lambda x: F.l1_loss(x, x.flip(1)),
    "smooth_l1_loss": lambda x: F.smooth_l1_loss(x, x.flip(1), beta=1e-30),
    "huber_loss": lambda x: F.huber_loss(x, x.flip(1)),
    "kl_div": lambda x: F.kl_div(x, x.flip(1)),
    "kl_div log": lambda x: F.kl_div(x, x.flip(1), log_target=True),
    "gaussian_nll_loss": lambda x: F.gaussian_nll_loss(x, x.flip(1), x.detach() ** 2),
    "bce logits": lambda x: F.binary_cross_entropy_with_logits(x, binary_targets(x), pos_weight=mg.tensor(1e30)),
    "bce": lambda x: F.binary_cross_entropy(mg.sigmoid(x), binary_targets(x)),
    "cross_entropy": lambda x: F.cross_entropy(x, classes(x)),
    "cross_entropy sum": lambda x: F.cross_entropy(x, classes(x), reduction="sum", label_smoothing=0.1),
    "cross_entropy probabilities": lambda x: F.cross_entropy(x, x.detach()),
    "cross_entropy weight": lambda x: F.cross_entropy(x, classes(x), weight=x[0].detach()),
    "nll_loss": lambda x: F.nll_loss(x, classes(x)),
    "matmul": lambda x: x @ x.T,
    "matmul 3d": lambda x: x[None] @ x.T[None],
    "einsum": lambda x: mg.einsum("ij,ij->j", x, x),
    "cdist": lambda x: mg.cdist(x, x.flip(0)),
    "int": lambda x: x.int(),
    "long": lambda x: x.long(),
    "byte": lambda x: x.to(mg.uint8),
    "float": lambda x: x.double().mul(1e200).float(),
    "x * 1e300": lambda x: x * 1e300,
    "pow numbers": lambda x: 1e30**x + x**-2.5,
    "isclose": lambda x: mg.isclose(x, x.flip(1)),
    "allclose": lambda x: mg.allclose(x, x.flip(1)),
    "in place": lambda x: x.detach().clone().mul_(1e30).div_(1e-30).add_(x.detach()).exp_(),
    "assignment": lambda x: x.detach().clone().__setitem__((0, 0), 1e300),
    "repr": lambda x: repr(x) + str(x.detach() * 1e-30),
    "mean of nothing": lambda x: x[:0].mean(0) + x[:0].sum(0) / 0,
    "var of one": lambda x: x[:1].var(0) + x[:1].std(0),
    "cumsum": lambda x: x.cumsum(0).cumsum(1),
    "clip_grad_norm_": lambda x: clipped(nn.utils.clip_grad_norm_, x, 1.0),
    "clip_grad_norm_ inf": lambda x: clipped(nn.utils.clip_grad_norm_, x, 1e-30, float("inf")),
    "clip_grad_norm_ 3": lambda x: clipped(nn.utils.clip_grad_norm_, x, 1e-30, 3.0),
    "clip_grad_value_": lambda x: clipped(nn.utils.clip_grad_value_, x, 1.0),
}


def clipped(clip, x, *args):
    parameter = nn.Parameter(x.detach().clone())
    parameter.grad = x.detach().clone()
    return [parameter.grad, clip([parameter], *args)]


@each_dtype
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_a_matrix(name, dtype):
    function = FUNCTIONS[name]
    for start in range(len(EXTREMES)):
        same_in_every_setting(lambda: values_and_gradients(function, inputs([(3, 5)], start, dtype)))  # noqa: B023
    for value in EXTREMES:
        full = functools.partial(mg.tensor, np.full((3, 5), value, dtype), requires_grad=True)
        same_in_every_setting(lambda: values_and_gradients(function, [full()]))  # noqa: B023


@pytest.mark.parametrize("make", [
    lambda p: optim.SGD(p, lr=1e30, momentum=0.9, nesterov=True, weight_decay=1e-30),
    lambda p: optim.Adam(p, lr=1e-30, amsgrad=True),
    lambda p: optim.Adam(p, betas=(1e-200, 1e-300), eps=0.0),
    lambda p: optim.AdamW(p, weight_decay=1e-30),
    lambda p: optim.Adagrad(p, lr_decay=1e30),
    lambda p: optim.RMSprop(p, centered=True, momentum=0.9, eps=0.0),
])  # fmt: skip
@each_dtype
def test_every_optimizer(make, dtype):
    def steps():
        parameters = [nn.Parameter(x.detach()) for x in inputs([(3, 5), (4,), (2,), ()], 0, dtype)]
        optimizer = make(parameters)
        for start in range(4):
            for p, g in zip(parameters, inputs([p.shape for p in parameters], start, dtype), strict=True):
                p.grad = g.detach()
            optimizer.step()
        return [p.detach().numpy() for p in parameters]

    same_in_every_setting(steps)


def test_making_numbers_that_do_not_fit():
    for make in (
        lambda: mg.tensor([1e300, 1e-300, -1e39]),
        lambda: mg.tensor(1e300),
        lambda: mg.tensor([np.nan, np.inf, 1e30], dtype=mg.int64),
        lambda: mg.tensor(np.array([1e300]), dtype=mg.float32),
        lambda: mg.as_tensor(np.array([1e300]), dtype=mg.float32),
        lambda: mg.FloatTensor([1e300]),
        lambda: mg.linspace(0, 1e300, 3),
        lambda: mg.arange(0.0, 1e-44, 3e-45),
        lambda: mg.full((2,), np.inf).to(mg.int32),
        lambda: nn.init.constant_(mg.zeros(2), 1e300),
        lambda: nn.init.normal_(mg.zeros(2), 1e30, 0.0) * 0,
        lambda: nn.init.xavier_uniform_(mg.zeros(3, 0)),
        lambda: nn.init.kaiming_normal_(mg.zeros(2, 2)) * 0,
        lambda: nn.init.orthogonal_(mg.zeros(2, 2)).abs() * 0,
    ):
        same_in_every_setting(lambda: make().numpy())  # noqa: B023


def test_random_numbers_that_do_not_fit():
    for draw in (
        lambda: mg.randn(3) * 3e38,
        lambda: mg.normal(0.0, 1e300, (3,)),
        lambda: mg.zeros(3).normal_(0, 1e300),
        lambda: mg.zeros(3).uniform_(0, 1e-44),
        lambda: mg.multinomial(mg.tensor([1e-45, 3e38, 1.0]), 2),
    ):

        def again():
            mg.manual_seed(0)
            return draw().numpy()  # noqa: B023

        same_in_every_setting(again)


def test_loading_numbers_that_do_not_fit():
    layer = nn.Linear(2, 2)
    state = {name: x.double() * 1e300 for name, x in layer.state_dict().items()}

    def load():
        layer.load_state_dict(state)
        return layer.weight.detach().numpy()

    same_in_every_setting(load)


def test_checks_of_gradients_and_higher_orders():
    def second_order():
        x = mg.tensor([1e-45, 200.0, -200.0, 1e30, np.inf, np.nan], requires_grad=True)
        (g,) = mg.autograd.grad((mg.sigmoid(x) * mg.exp(x) + F.softplus(x)).sum(), x, create_graph=True)
        return mg.autograd.grad(g.sum(), x)[0].numpy()

    same_in_every_setting(second_order)
    x = mg.tensor([1e-30, -500.0], dtype=mg.float64, requires_grad=True)
    same_in_every_setting(lambda: mg.autograd.gradcheck(mg.sigmoid, (x,)))
    same_in_every_setting(lambda: mg.autograd.gradgradcheck(mg.sigmoid, (x,)))
    same_in_every_setting(lambda: mg.autograd.gradcheck(lambda x: x * np.inf, (x,), raise_exception=False))


def test_the_setting_holds_for_the_programs_own_arrays():
    with np.errstate(all="raise"):
        layer = nn.Linear(2, 2)
        layer.register_forward_hook(lambda *_: np.float32(1) / np.zeros(1))
        with pytest.raises(FloatingPointError):
            layer(mg.ones(1, 2))
        with pytest.raises(RuntimeError, match="broadcast"):
            mg.ones(2) + mg.ones(3)
        assert set(np.geterr().values()) == {"raise"}


def test_the_import_changes_no_setting():
    program = "import numpy as np; np.seterr(all='raise'); import minigrad as mg; mg.exp(mg.tensor([-1e3, 1e3])); "
    program += "import minigrad.plot; assert set(np.geterr().values()) == {'raise'}"
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=60)
