"""Where a function jumps, bends, ties or leaves the numbers: value and gradient at every such point as in PyTorch."""

import math

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

pytestmark = [pytest.mark.filterwarnings("ignore::RuntimeWarning"), pytest.mark.filterwarnings("ignore::UserWarning")]

NAN, INF = math.nan, math.inf
DTYPES = ["float32", "float64"]
TOLERANCE = {"float32": 3e-6, "float64": 1e-12}
HUGE = {"float32": 3e38, "float64": 1e308}
TINY = {"float32": 1e-37, "float64": 1e-306}

# The deliberate exceptions. At these, PyTorch's result is NaN or infinite though the right one is not, because it
# overflows on the way; there, and only there, the results are not compared.
OVERFLOWS_IN_PYTORCH = {
    "F.softplus of 0.5 and inf": "the exponential of a large number, which a finite threshold prevents",
    "F.gelu": "x * x, or infinity times 0",
    "erf": "x * x times 0, in the second order",
    "0 ** x": "0 times the logarithm of 0, in the second order",
    "pow": "0 times the logarithm of 0, in the second order",
    "remainder": "the quotient",
    "binary_cross_entropy_with_logits": "infinity minus infinity, where the cost is infinite",
    "prod": "the product, which it divides by each factor",
    "normalize": "as in norm",
    "norm": "the powers of the elements and of the norm, of which the gradient needs only the quotient",
}
# Differences of nearly equal numbers, exact only to the digits of what is subtracted.
CANCELLING = """expm1 tanh sigmoid F.tanh F.sigmoid F.gelu F.softplus F.logsigmoid
    binary_cross_entropy binary_cross_entropy_with_logits lerp log_softmax normalize""".split()
# Where two branches meet, PyTorch's second derivative takes the other one than its first; here both take the same.
MEETING = {"F.elu": [0.0], "F.elu of 2": [0.0], "F.softplus": [20.0], "F.softplus of 2": [1.5]}


def belongs(name, names):
    return any(name == n or name.startswith(n + " ") for n in names)


def points(dtype):
    """Numbers at which some function has an edge."""
    usual = [0.5, 1.0, 1.5, 2.0, 3.0, 6.0, 20.0, 20.5, 50.0, 85.0, 104.0, 200.0, 800.0]
    small, large = [1e-30, 1e-20, 1e-7, TINY[dtype]], [1e15, 1e19, 1e30, HUGE[dtype]]
    ends = [*usual, *small, *large, INF]
    return np.array([NAN, 0.0, -0.0, *ends, *[-x for x in ends]], dtype)


def derivatives(library, call, arrays, second):
    """The results, the gradients of their sum and, if asked for, those of the gradients' sum."""
    leaves = [library.tensor(x, requires_grad=True) for x in arrays]
    out = call(library, *leaves)
    outs = list(out) if isinstance(out, tuple) else [out]
    first = gradients(library, outs, leaves, create_graph=second)
    again = gradients(library, first, leaves, create_graph=False) if second else []
    return [[array_of(x) for x in found] for found in (outs, first, again)]


def gradients(library, outs, leaves, create_graph):
    outs = [x for x in outs if x.requires_grad]
    if not outs:
        return [library.zeros_like(x) for x in leaves]
    found = library.autograd.grad(
        outs, leaves, [library.ones_like(x) for x in outs], create_graph=create_graph, allow_unused=True
    )
    return [library.zeros_like(x) if g is None else g for g, x in zip(found, leaves, strict=True)]


def array_of(x):
    return np.array((x.detach() + 0).tolist(), str(x.dtype).removeprefix("torch."))


def compare(name, call, arrays, dtype, second=False, tolerance=None):
    ours, theirs = derivatives(mg, call, arrays, second), derivatives(torch, call, arrays, second)
    rtol = tolerance or TOLERANCE[dtype]
    eps, normal = np.finfo(dtype).eps, np.finfo(dtype).smallest_normal
    atol = 100 * eps if belongs(name, CANCELLING) else normal  # numbers with less than all digits may be flushed to 0
    for order, x, y in zip(("value", "gradient", "second gradient"), ours, theirs, strict=True):
        assert len(x) == len(y)
        for i, (found, expected) in enumerate(zip(x, y, strict=True)):
            assert found.dtype == expected.dtype
            compared = np.full(expected.shape, True)
            if belongs(name, OVERFLOWS_IN_PYTORCH):
                compared &= np.isfinite(expected) | (found == expected)
            if order == "second gradient" and name in MEETING:
                compared &= ~np.isin(arrays[0], MEETING[name])
            text = f"{order} {i} of {name} at {[x.tolist() for x in arrays]}"
            np.testing.assert_allclose(found[compared], expected[compared], rtol, atol, err_msg=text)


UNARY = {
    name: (lambda name: lambda L, x: getattr(L, name)(x))(name)
    for name in """abs sign relu floor ceil round sqrt rsqrt square reciprocal exp expm1 log log1p log2 sin cos tanh
    sigmoid erf neg positive""".split()
}
ACTIVATIONS = {
    "F.relu": lambda L, x: L.nn.functional.relu(x),
    "F.leaky_relu": lambda L, x: L.nn.functional.leaky_relu(x),
    "F.leaky_relu of 0": lambda L, x: L.nn.functional.leaky_relu(x, 0.0),
    "F.leaky_relu of 2": lambda L, x: L.nn.functional.leaky_relu(x, 2.0),
    "F.elu": lambda L, x: L.nn.functional.elu(x),
    "F.elu of 0": lambda L, x: L.nn.functional.elu(x, 0.0),
    "F.elu of 2": lambda L, x: L.nn.functional.elu(x, 2.0),
    "F.silu": lambda L, x: L.nn.functional.silu(x),
    "F.gelu": lambda L, x: L.nn.functional.gelu(x),
    "F.gelu by tanh": lambda L, x: L.nn.functional.gelu(x, approximate="tanh"),
    "abs cubed": lambda L, x: L.abs(x) ** 3,
    "F.softplus": lambda L, x: L.nn.functional.softplus(x),
    "F.softplus of 2": lambda L, x: L.nn.functional.softplus(x, 2.0, 3.0),
    "F.softplus of 0.5 and inf": lambda L, x: L.nn.functional.softplus(x, 0.5, INF),
    "F.logsigmoid": lambda L, x: L.nn.functional.logsigmoid(x),
    "F.sigmoid": lambda L, x: L.nn.functional.sigmoid(x),
    "F.tanh": lambda L, x: L.nn.functional.tanh(x),
}
CLAMPS = {
    f"clamp {low} {high}": (lambda low, high: lambda L, x: L.clamp(x, low, high))(low, high)
    for low in (None, -1.0, 0, 3.0, NAN, INF, -INF)
    for high in (None, -1.0, 0, 3.0, NAN, INF, -INF)
    if (low, high) != (None, None)
}
POWERS = {
    f"pow {p}": (lambda p: lambda L, x: L.pow(x, p))(p)
    for p in (0, 1, 2, 3, -1, -2, 0.5, -0.5, 1.5, 2.5, 1 / 3, 0.0, 1.0, 2.0, INF, -INF, NAN)
}
WITH_NUMBERS = {
    "maximum": lambda L, x: L.maximum(x, L.tensor(2.0)),
    "1 / x": lambda L, x: 1 / x,
    "x / 0": lambda L, x: x / 0,
    "0 * x": lambda L, x: 0 * x,
    "2 ** x": lambda L, x: 2.0**x,
    "0 ** x": lambda L, x: 0.0**x,
    "(-2) ** x": lambda L, x: (-2.0) ** x,
    "x % 3": lambda L, x: x % 3,
    "x % -3": lambda L, x: x % -3.0,
    "x % inf": lambda L, x: x % INF,
    "masked_fill": lambda L, x: L.masked_fill(x, x > 0, 1.0),
    "masked_fill of NaN": lambda L, x: L.masked_fill(x, L.isnan(x), 1.0),
    "where": lambda L, x: L.where(x == x, x, 0.0),
    "where of another": lambda L, x: L.where(x > 0, L.log(x), x),
}
OF_ONE = {**UNARY, **ACTIVATIONS, **CLAMPS, **POWERS, **WITH_NUMBERS}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OF_ONE)
def test_functions_of_one_number(name, dtype):
    compare(name, OF_ONE[name], [points(dtype)], dtype, second=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sign", "floor", "ceil", "round", "pow 0", "pow 0.0"])
def test_functions_without_slope_stop_every_gradient(name, dtype):
    compare(name, lambda L, x: OF_ONE[name](L, x) * INF, [points(dtype)], dtype)
    compare(name, lambda L, x: OF_ONE[name](L, x) * NAN, [points(dtype)], dtype)


def pairs(dtype):
    ends = [NAN, 0.0, -0.0, 0.5, 1.0, 2.0, 1e-30, 1e30, HUGE[dtype], TINY[dtype], INF]
    ends = np.array([*ends, *[-x for x in ends[3:]]], dtype)
    return [x.ravel().copy() for x in np.meshgrid(ends, ends)]


OF_TWO = {
    "maximum": lambda L, x, y: L.maximum(x, y),
    "minimum": lambda L, x, y: L.minimum(x, y),
    "max of two": lambda L, x, y: L.max(x, y),
    "min of two": lambda L, x, y: L.min(x, y),
    "add": lambda L, x, y: L.add(x, y),
    "sub": lambda L, x, y: L.sub(x, y),
    "mul": lambda L, x, y: L.mul(x, y),
    "div": lambda L, x, y: L.div(x, y),
    "div floor": lambda L, x, y: L.div(x, y, rounding_mode="floor"),
    "div trunc": lambda L, x, y: L.div(x, y, rounding_mode="trunc"),
    "remainder": lambda L, x, y: L.remainder(x, y),
    "pow": lambda L, x, y: L.pow(x, y),
    "clamp min": lambda L, x, y: L.clamp(x, min=y),
    "clamp max": lambda L, x, y: L.clamp(x, max=y),
    "clamp both": lambda L, x, y: L.clamp(x, y, y + 1),
    "clamp crossed": lambda L, x, y: L.clamp(x, y + 1, y),
    "lerp": lambda L, x, y: L.lerp(x, y, 0.3),
    "lerp 0": lambda L, x, y: L.lerp(x, y, 0.0),
    "lerp 1": lambda L, x, y: L.lerp(x, y, 1.0),
    "lerp tensor": lambda L, x, y: L.lerp(x, y, L.abs(y)),
    "addcmul": lambda L, x, y: L.addcmul(x, x, y, value=0.5),
    "addcdiv": lambda L, x, y: L.addcdiv(x, x, y, value=0.5),
    "where": lambda L, x, y: L.where(x > y, x, y),
}
OF_TWO.update(
    {
        f"{name} {options}": (
            lambda name, options: lambda L, x, y: getattr(L.nn.functional, name)(x, y, reduction="none", **options)
        )(name, options)
        for name, options in [
            ("mse_loss", {}),
            ("l1_loss", {}),
            ("smooth_l1_loss", {}),
            ("smooth_l1_loss", {"beta": 0.5}),
            ("smooth_l1_loss", {"beta": 0.0}),
            ("huber_loss", {}),
            ("huber_loss", {"delta": 2.0}),
            ("kl_div", {}),
            ("kl_div", {"log_target": True}),
        ]
    }
)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OF_TWO)
def test_functions_of_two_numbers(name, dtype):
    compare(name, OF_TWO[name], pairs(dtype), dtype)


LOGITS = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 30.0, -30.0, 120.0, -120.0, 1e30, -1e30]
OF_TARGETS = {
    "binary_cross_entropy_with_logits": lambda L, x, t: L.nn.functional.binary_cross_entropy_with_logits(
        x, t, reduction="none"
    ),
    "binary_cross_entropy_with_logits weighted": lambda L, x, t: L.nn.functional.binary_cross_entropy_with_logits(
        x, t, L.full_like(x, 2.0).detach(), pos_weight=L.full_like(x, 3.0).detach(), reduction="none"
    ),
    "binary_cross_entropy": lambda L, x, t: L.nn.functional.binary_cross_entropy(
        L.sigmoid(L.where(x == x, x, 0.5)), t, reduction="none"
    ),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("name", OF_TARGETS)
def test_yes_or_no(name, target, dtype):
    logits = np.array(LOGITS, dtype)
    tolerance = 1e-6 if name == "binary_cross_entropy" else None  # PyTorch's bound of the slope is 1e-12 as a float32
    compare(
        name, lambda L, x: OF_TARGETS[name](L, x, L.full_like(x, target).detach()), [logits], dtype, False, tolerance
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", [0.0, 0.25, 1.0])
def test_binary_cross_entropy_at_certainty(target, dtype):
    x = np.array([0.0, -0.0, 1.0, 0.5, TINY[dtype], 1e-7, 1 - 1e-6], dtype)
    t = np.full_like(x, target)
    compare(
        "", lambda L, x, t: L.nn.functional.binary_cross_entropy(x, t, reduction="none"), [x, t], dtype, tolerance=1e-6
    )


# Rows with ties, with NaN among ties, with infinities.
ROWS = [
    [1.0, NAN, 3.0], [NAN, NAN, NAN], [NAN, 2.0, NAN], [2.0, 2.0, 1.0], [1.0, 1.0, 1.0], [0.0, -0.0, 0.0],
    [INF, INF, 1.0], [-INF, -INF, -INF], [-INF, 1.0, INF], [INF, NAN, -INF], [0.0, 0.0, 5.0], [3.0, 1.0, 2.0],
]  # fmt: skip
OVER_AXES = {
    "max()": lambda L, x: x.max(),
    "min()": lambda L, x: x.min(),
    "sort": lambda L, x: L.sort(x, dim=-1, stable=True)[0],
    "sort down": lambda L, x: L.sort(x, dim=-1, descending=True, stable=True)[0],
    "argmax()": lambda L, x: L.argmax(x) + 0 * x.detach(),
    "argmin()": lambda L, x: L.argmin(x) + 0 * x.detach(),
    "topk": lambda L, x: L.topk(x, 1)[0],
    "topk smallest": lambda L, x: L.topk(x, 2, largest=False)[0],
    "softmax": lambda L, x: L.softmax(x, -1) * L.arange(3.0),
    "log_softmax": lambda L, x: L.log_softmax(x, -1) * L.arange(3.0),
    "logsumexp": lambda L, x: L.logsumexp(x, -1),
    "prod": lambda L, x: L.prod(x, -1),
    "std": lambda L, x: L.std(L.where(L.isinf(x), 0.5, x), -1),
    "var": lambda L, x: L.var(L.where(L.isinf(x), 0.5, x), -1),
    "mean": lambda L, x: L.mean(x, -1),
    "cumsum": lambda L, x: L.cumsum(x, -1),
}
for _name in ("amax", "amin"):
    for _dim in ((), 0, -1, (0, 1)):
        OVER_AXES[f"{_name} {_dim}"] = (lambda n, d: lambda L, x: getattr(L, n)(x, d))(_name, _dim)
        OVER_AXES[f"{_name} {_dim} kept"] = (lambda n, d: lambda L, x: getattr(L, n)(x, d, keepdim=True))(_name, _dim)
for _name in ("max", "min"):
    for _dim in (0, -1):
        OVER_AXES[f"{_name} {_dim}"] = (lambda n, d: lambda L, x: tuple(getattr(L, n)(x, d)))(_name, _dim)
        OVER_AXES[f"{_name} {_dim} kept"] = (lambda n, d: lambda L, x: tuple(getattr(L, n)(x, d, True)))(_name, _dim)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OVER_AXES)
def test_reductions_and_extremes(name, dtype):
    rows = np.array(ROWS, dtype)
    for matrix in (rows, rows[3:7], rows[2:4], *[row[None] for row in rows]):
        compare(name, OVER_AXES[name], [matrix], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "options", [{}, {"padding": 1}, {"stride": 1}, {"stride": 1, "padding": 1}, {"ceil_mode": True, "padding": 1}]
)
def test_max_pool2d(options, dtype):
    images = np.array([ROWS[i : i + 3] for i in range(10)], dtype)[:, None]
    compare("max_pool2d", lambda L, x: L.nn.functional.max_pool2d(x, 2, **options), [images], dtype)


OF_EQUAL_ZEROS = {  # of others, such as maximum, PyTorch takes one or the other by its place in the array
    "relu": lambda L, x: L.relu(x),
    "clamp from below": lambda L, x: L.clamp(x, min=0.0),
    "clamp from above": lambda L, x: L.clamp(x, max=-0.0),
    "clamp": lambda L, x: L.clamp(x, -0.0, 0.0),
    "max_pool1d": lambda L, x: L.nn.functional.max_pool1d(x, 3),
    "max_pool2d": lambda L, x: L.nn.functional.max_pool2d(x, 2),
    "max_pool2d overlapping": lambda L, x: L.nn.functional.max_pool2d(x, 3, 1, 1),
    "max_pool2d dilated": lambda L, x: L.nn.functional.max_pool2d(x, 2, dilation=2),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OF_EQUAL_ZEROS)
def test_which_of_the_two_zeros_is_taken(name, dtype):
    rng = np.random.default_rng(0)
    for size in range(4, 40):
        x = rng.choice(np.array([0.0, -0.0], dtype), (3, 5, size))
        ours, theirs = (OF_EQUAL_ZEROS[name](m, m.from_numpy(x.copy())).numpy() for m in (mg, torch))
        np.testing.assert_array_equal(ours, 0)
        np.testing.assert_array_equal(np.signbit(ours), np.signbit(theirs))


@pytest.mark.parametrize("kernel, stride, padding", [(2, 2, 0), (3, 1, 1), (3, 2, 1)])
def test_infinite_gradients_of_max_pool2d_reach_the_winners_alone(kernel, stride, padding):
    def gradient(m, x, g):
        x = m.from_numpy(x.copy()).requires_grad_()
        m.nn.functional.max_pool2d(x, kernel, stride, padding).backward(m.from_numpy(g))
        return x.grad.numpy()

    rng = np.random.default_rng(0)
    for _ in range(20):
        x = rng.choice(np.array([0, 1, np.nan, -np.inf, np.inf], np.float32), (2, 3, 6, 6))
        size = (6 + 2 * padding - kernel) // stride + 1
        g = rng.choice(np.array([1, 2, np.inf], np.float32), (2, 3, size, size))
        np.testing.assert_array_equal(gradient(mg, x, g), gradient(torch, x, g))


# -- Norms ---------------------------------------------------------------------------------------------------

ORDERS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 10, INF, -INF, -0.5, -1, -2, "fro"]


def vectors(dtype):
    tiny, huge = (1e-30, 1e20) if dtype == "float32" else (1e-300, 1e200)
    return [
        [0.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, -2.0, -0.0], [2.0, -2.0, 2.0], [3.0, 0.0, -4.0], [1.0, 1.0, 1.0],
        [tiny, 0.0, 0.0], [tiny, tiny, tiny], [1e-20, 1e-20, 0.0], [huge, 0.0, 0.0], [huge, -huge, huge],
        [huge, 1.0, 0.0], [INF, 1.0, 0.0], [INF, -INF, 2.0], [NAN, 1.0, 0.0], [NAN, INF, -1.0],
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", ORDERS)
def test_norms(p, dtype):
    rows = np.array(vectors(dtype), dtype)
    for x in (*rows, *[row[:1] for row in rows], *[row[:2] for row in rows]):
        compare("norm", lambda L, x: x.norm(p), [x], dtype)
        compare("norm", lambda L, x: L.norm(x * 2, p, 0, True) * 3, [x], dtype)
    for dim in (0, 1, (0, 1), None):
        compare("norm", lambda L, x, dim=dim: L.norm(x, p, dim), [rows[:6]], dtype)
        compare("norm", lambda L, x, dim=dim: L.norm(x, p, dim, True), [rows], dtype)


@pytest.mark.parametrize("p", ORDERS)
def test_second_order_of_norms(p):
    x = np.array([[1.0, -2.0, 0.5], [-3.0, 0.25, 4.0]])
    compare("", lambda L, x: L.norm(x, p, 1) ** 2, [x], "float64", second=True)


@pytest.mark.parametrize("p", [2, 3, "fro"])
def test_second_order_of_norms_at_an_element_that_is_0(p):
    compare("", lambda L, x: L.norm(x, p) ** 2, [np.array([0.0, -2.0, 0.5])], "float64", second=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", ORDERS[:-1])
def test_normalize(p, dtype):
    compare("normalize", lambda L, x: L.nn.functional.normalize(x, p), [np.array(vectors(dtype), dtype)], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_cosine_similarity(dtype):
    rows = np.array(vectors(dtype), dtype)
    small = rows[:6] * np.array(1e-9, dtype)
    for x, y in ((rows, rows[::-1].copy()), (rows, np.ones_like(rows)), (small, rows[:6]), (small, small)):
        compare("", lambda L, x, y: L.nn.functional.cosine_similarity(x, y), [x, y], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, 3, INF])
def test_cdist(p, dtype):
    x, y = np.array([[0.0, 0.0], [1.0, 5.0]], dtype), np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 4.0]], dtype)
    compare("", lambda L, x, y: L.cdist(x, y, p, compute_mode="donot_use_mm_for_euclid_dist"), [x, y], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", [*ORDERS[:-1], "inf"])
def test_clip_grad_norm(p, dtype):
    def clipped(library, arrays):
        parameters = [library.nn.Parameter(library.zeros_like(library.tensor(x))) for x in arrays]
        for parameter, x in zip(parameters, arrays, strict=True):
            parameter.grad = library.tensor(x)
        total = library.nn.utils.clip_grad_norm_(parameters, 1.5, p)
        return [array_of(x) for x in (total, *[parameter.grad for parameter in parameters])]

    for a, b in zip(vectors(dtype), [*vectors(dtype)[4:], *vectors(dtype)[:4]], strict=True):
        arrays = [np.array(a, dtype), np.array([b[:2]], dtype)]
        for x, y in zip(clipped(mg, arrays), clipped(torch, arrays), strict=True):
            assert x.dtype == y.dtype
            np.testing.assert_allclose(x, y, TOLERANCE[dtype], np.finfo(dtype).smallest_normal)


# -- Refusals ------------------------------------------------------------------------------------------------

I, F, D, B = "int64", "float32", "float64", "bool"


def ones(L, *dtypes):
    return [L.ones(2, dtype=getattr(L, dtype)) for dtype in dtypes]


REFUSED = {
    "lerp between dtypes": lambda L: L.lerp(*ones(L, D, F), 0.5),
    "lerp with a weight of another dtype": lambda L: L.lerp(*ones(L, F, F, D)),
    "lerp of integers": lambda L: L.lerp(*ones(L, I, I), 0.5),
    "lerp with a word": lambda L: L.lerp(*ones(L, F, F), "a"),
    "lerp_ between dtypes": lambda L: ones(L, F)[0].lerp_(*ones(L, D), 0.5),
    "addcdiv of integers": lambda L: L.addcdiv(*ones(L, I, I, I)),
    "addcdiv by integers": lambda L: L.addcdiv(*ones(L, F, I, I)),
    "addcdiv of booleans": lambda L: L.addcdiv(*ones(L, F, B, I)),
    "addcdiv_ of integers": lambda L: ones(L, F)[0].addcdiv_(*ones(L, I, I)),
    "addcdiv with a word": lambda L: L.addcdiv(*ones(L, F, F, F), value="a"),
    "addcmul of booleans": lambda L: L.addcmul(*ones(L, B, B, B)),
    "addcmul with a number": lambda L: L.addcmul(*ones(L, F), 2.0, *ones(L, F)),
    "add with a boolean alpha": lambda L: L.add(*ones(L, F, F), alpha=True),
    "add of numbers with a boolean alpha": lambda L: L.add(1, 1, alpha=True),
    "add of integers with a boolean alpha": lambda L: L.add(*ones(L, I, I), alpha=True),
    "add of integers with a floating alpha": lambda L: L.add(*ones(L, I, I), alpha=1.0),
    "add of booleans with a floating alpha": lambda L: L.add(*ones(L, B, B), alpha=1.0),
    "add with a word": lambda L: L.add(*ones(L, F, F), alpha="a"),
    "add with a vector": lambda L: L.add(*ones(L, F, F), alpha=L.ones(2)),
    "add_ with a boolean alpha": lambda L: ones(L, F)[0].add_(1, alpha=True),
    "sub with a boolean alpha": lambda L: L.sub(*ones(L, F, F), alpha=True),
    "sub of integers with a floating alpha": lambda L: L.sub(*ones(L, I, I), alpha=1.0),
    "addmm between dtypes": lambda L: L.addmm(L.ones(2, 2, dtype=L.float64), L.ones(2, 2), L.ones(2, 2)),
    "clamp between shapes": lambda L: L.clamp(L.ones(2), L.ones(3), L.ones(2)),
    "kl_div of integers": lambda L: L.nn.functional.kl_div(*ones(L, F, I), reduction="sum"),
    "max of nothing": lambda L: L.zeros(0).max(),
    "max along nothing": lambda L: L.zeros(2, 0).max(1),
    "max with a number for keepdim": lambda L: L.ones(2).max(0, 1),
    "amin of nothing": lambda L: L.zeros(0).amin(),
    "argmin of nothing": lambda L: L.zeros(0).argmin(),
    "norm of a word": lambda L: L.norm(L.ones(2), "foo"),
    "norm of nothing": lambda L: L.norm(L.zeros(0, 2), INF, 0),
    "norm of fewer digits": lambda L: L.norm(L.ones(2, dtype=L.float64), dtype=L.float32),
    "cdist of a negative order": lambda L: L.cdist(L.ones(2, 2), L.ones(2, 2), -1),
    "cosine_similarity between shapes": lambda L: L.nn.functional.cosine_similarity(L.ones(2, 3), L.ones(2, 4)),
    "topk of a fraction": lambda L: L.topk(L.ones(3), 1.5),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_in_pytorch(name):
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        REFUSED[name](torch)
    with pytest.raises(theirs.type) as ours:
        REFUSED[name](mg)
    assert str(ours.value).split("(")[0] == name.split(" ")[0]
