"""Forty thousand random calls, right and wrong ones: PyTorch's result, or an error where it or minigrad refuses."""

import inspect
import random

import numpy as np
import pytest

import minigrad as mg
from minigrad import methods, ops

torch = pytest.importorskip("torch")

from . import differences  # noqa: E402
from .comparing import REFUSALS, difference, translated  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]

BATCHES, CALLS = 200, 200
SHAPES = [(), (), (0,), (1,), (3,), (3,), (2, 3), (2, 3), (1, 3), (2, 1), (3, 2), (3, 3), (2, 0), (2, 3, 2), (3, 1, 2)]
DTYPES = [torch.float32] * 4 + [torch.float64] * 2 + [torch.int64] * 3 + [torch.int32, torch.uint8] + [torch.bool] * 2
NOT_CALLED = set("empty empty_like tensor from_numpy backward __deepcopy__ __reduce_ex__ __repr__ __format__".split())
NOT_CALLED |= set("__array__ __array_ufunc__ __array_function__ __iter__ __setitem__ __getitem__ numpy normal_".split())
NOT_CALLED |= set(
    "__init__ FloatTensor LongTensor new_empty uniform_ bernoulli_ exponential_ register_hook retain_grad".split()
)
NOT_CALLED |= {"new", "random_"}  # memory that is not set, and random numbers
NOT_CALLED |= {"clip", "clip_"}  # they are `clamp`
NOT_CALLED |= {"stride"}  # of an empty tensor says nothing
NOT_CALLED |= {"__rtruediv__"}  # of two tensors PyTorch takes another dtype than from x / y, which is never spelled so

FUNCTIONS = [name for name in vars(ops) if inspect.isfunction(getattr(mg, name, None)) and hasattr(torch, name)]
METHODS = [name for name, method in methods.METHODS.items() if callable(method) and hasattr(torch.Tensor, name)]
CALLABLE = [(mg, torch, name) for name in FUNCTIONS if name not in NOT_CALLED]
CALLABLE += [(mg.Tensor, torch.Tensor, name) for name in METHODS if name not in NOT_CALLED]


def a_tensor(choose, dtypes=DTYPES, special=True):
    shape, dtype = choose.choice(SHAPES), choose.choice(dtypes)
    values = np.random.default_rng(choose.randrange(10**9)).integers(-3, 4, shape)
    if dtype == torch.uint8:
        values = abs(values)
    x = torch.tensor(values).to(dtype)
    if dtype.is_floating_point:
        if choose.random() < 0.7:
            x = x + torch.tensor(np.random.default_rng(choose.randrange(10**9)).random(shape)).to(dtype)
        if special and x.numel() and choose.random() < 0.15:
            x = x.clone()
            x.view(-1)[choose.randrange(x.numel())] = choose.choice([float("nan"), float("inf"), -float("inf")])
    return x


def a_number(choose):
    return choose.choice([choose.randint(-3, 3), choose.randint(-3, 3), choose.uniform(-3, 3), choose.random() < 0.5])


def an_axis(choose):
    return choose.choice([0, 0, 1, -1, -1, -2, 2, choose.randint(-4, 4)])


def some_axes(choose):
    return choose.choice([an_axis(choose), tuple(an_axis(choose) for _ in range(choose.randint(0, 3)))])


def a_size(choose):
    wanted = choose.choice([(-1,), (6,), (3, 2), (2, 3), (2, -1), (1, 3), (2, 2, 3), (), (0,), None])
    return tuple(choose.randint(-1, 4) for _ in range(choose.randint(0, 3))) if wanted is None else wanted


def tensor_or_number(choose):
    return a_tensor(choose) if choose.random() < 0.75 else a_number(choose)


def some_tensors(choose):
    first = a_tensor(choose)
    rest = [choose.choice([first, first * 2, a_tensor(choose)]) for _ in range(choose.randint(0, 2))]
    return choose.choice([list, tuple])([first, *rest])


def an_index(choose):
    return a_tensor(choose, [torch.int64] * 5 + [torch.int32, torch.float32], special=False) % choose.randint(1, 4)


BY_NAME = {
    "a_tensor": "input self tensor mat2 vec2 vec src",
    "tensor_or_number": "other exponent value min max",
    "an_axis": "dim0 dim1 dim2 start_dim end_dim",
    "some_axes": "dim dims source destination shifts",
    "a_size": "size shape repeats sizes numbers",
    "some_tensors": "tensors",
    "an_index": "index",
}
GENERATORS = {name: globals()[maker] for maker, names in BY_NAME.items() for name in names.split()}
GENERATORS.update(
    mask=lambda choose: a_tensor(choose, [torch.bool] * 9 + [torch.float32]),
    condition=lambda choose: a_tensor(choose, [torch.bool] * 9 + [torch.int64]),
    dtype=lambda choose: choose.choice(DTYPES),
    device=lambda choose: choose.choice(["cpu", "cpu", "abc"]),
    p=lambda choose: choose.choice([1, 2, 3, 0, "fro", float("inf"), -float("inf"), 1.5, "nuc", -1]),
    rounding_mode=lambda choose: choose.choice([None, "floor", "trunc", "up"]),
    fill_value=a_number,
    alpha=lambda choose: choose.choice([1, 2, -1, 0.5]),
    split_size_or_sections=lambda choose: choose.choice([choose.randint(-1, 4), [1, 2], [2, 1], [1, 1], [3]]),
    split_size=lambda choose: choose.choice([choose.randint(-1, 4), [1, 2], [2, 1], [1, 1], [3]]),
    equation=lambda choose: choose.choice(
        ["ij,jk->ik", "ij,ij->i", "i,i", "ii", "ij->ji", "...i,...i->...", "i,j", "ij,k"]
    ),
    correction=lambda choose: choose.choice([0, 1, 2, 0.5]),
    unbiased=lambda choose: choose.random() < 0.5,
)
WRONG = ["x", None, 1.5, True, [], (0,), -7, 100, [1.5], 2]


def an_argument(choose, name, default):
    """A value for the parameter `name`, now and then a wrong one."""
    if name not in ("self", "device") and choose.random() < 0.03:
        return choose.choice(WRONG)
    if name in GENERATORS:
        return GENERATORS[name](choose)
    if isinstance(default, bool):
        return choose.random() < 0.5
    return choose.choice([choose.randint(-1, 3), choose.randint(0, 2), a_number(choose)])


def a_call(choose, function, is_method):
    """Positional and keyword arguments for a function of ours, for the most part such as its parameters ask for."""
    positional, keywords, by_place = [a_tensor(choose)] if is_method else [], {}, True
    for i, parameter in enumerate(list(inspect.signature(function).parameters.values())[is_method:]):
        kind, name = parameter.kind, parameter.name
        if kind is parameter.VAR_KEYWORD:
            continue
        needed = parameter.default is parameter.empty
        if choose.random() > (0.98 if needed or i == 0 else 0.3):
            by_place = False
            continue
        if name in ("args", "operands"):
            positional += [a_tensor(choose) for _ in range(choose.randint(0, 2))]
            continue
        value = an_argument(choose, name, parameter.default)
        if kind is parameter.VAR_POSITIONAL:
            positional += [value] if choose.random() < 0.5 or not isinstance(value, tuple) else list(value)
        elif by_place and kind is not parameter.KEYWORD_ONLY and (i == 0 or needed or choose.random() < 0.7):
            positional.append(value)
        else:
            by_place = False
            keywords[name] = value
    if choose.random() < 0.01:
        keywords["unheard_of"] = 1
    return positional, keywords


def described(value):
    if isinstance(value, torch.Tensor):
        return f"{str(value.dtype)[6:]}{value.tolist()}" if value.numel() else f"{str(value.dtype)[6:]} {value.shape}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(described(part) for part in value)}]"
    return repr(value)


def outcome(function, arguments, keywords, errors):
    try:
        return function(*arguments, **keywords)
    except errors as error:
        return error


def check(choose):
    """One random call; a sentence if it is different from PyTorch's."""
    ours, theirs, name = choose.choice(CALLABLE)
    arguments, keywords = a_call(choose, getattr(ours, name), ours is mg.Tensor)
    text = f"{ours.__name__}.{name}({', '.join(map(described, arguments))}, {keywords})"
    known = {}
    copies = [x.clone() if isinstance(x, torch.Tensor) else x for x in arguments]
    mine = translated(tuple(arguments), known)
    named = {key: translated(value, known) for key, value in keywords.items()}
    expected = outcome(getattr(theirs, name), copies, keywords, Exception)
    try:
        got = outcome(getattr(ours, name), mine, named, REFUSALS)
    except Exception as error:
        same = isinstance(error, type(expected)) and str(error)  # int(inf) is Python's own OverflowError
        return None if same else f"{text}: {type(error).__name__}: {error}"
    if isinstance(got, Exception):
        return None if str(got) else f"{text}: {type(got).__name__} without a message"
    if isinstance(expected, Exception):
        call = inspect.signature(getattr(ours, name)).bind(*arguments, **keywords).arguments
        return None if allowed(name, call, expected) else f"{text}: PyTorch raises {expected}, we give {got}"
    found = difference(got, expected, 1e-5)
    return found and f"{text}: {found}"


def allowed(name, call, error):
    """Whether minigrad gives a result on purpose where PyTorch refuses; `call` maps parameters to arguments."""
    found = f"PyTorch raises {type(error).__name__} ({error}), we give a value"
    texts = [f"{name}: {key} = {described(value)}: {found}" for key, value in call.items()]
    return any(pattern.search(text) for pattern in differences.ON_PURPOSE for text in texts)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_calls(batch):
    choose = random.Random(batch)
    found = [text for text in (check(choose) for _ in range(CALLS)) if text]
    assert not found, "\n".join(found)
