"""What PyTorch refuses: one argument of a right call is made wrong, and minigrad refuses it too.

The right calls are the samples of PyTorch's databases of operators, modules and optimizers, and a
table for what these lack. An error must be raised by minigrad itself, be of the type that PyTorch
raises, and name the public function. Where PyTorch accepts the call, minigrad gives the same or
refuses. What is otherwise on purpose stands in `differences.py`.

No complaint is made about:
- Python's own words for a call that does not fit a signature, if they name the function;
- the type of the error where PyTorch does not refuse an argument but stumbles over it (`STUMBLING`), or asserts;
- a TypeError where PyTorch fails to find an attribute, and NotImplementedError where it raises RuntimeError;
- the type of the error for an integer that 64 bits do not hold, for a device that is neither a name nor a number, and
  for bytes and an empty dictionary, which PyTorch takes for a string and an empty list;
- an error of a layer that names the function behind it, and one in place that names the function of the same name.

By default each operation is called with one sample; MINIGRAD_DATABASES=full takes up to three.
"""

import inspect
import math
import operator
import os
import re
import traceback
import warnings
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest", reason="PyTorch's databases need it")
from torch.testing._internal.common_modules import module_db  # noqa: E402
from torch.testing._internal.common_optimizers import optim_db  # noqa: E402
from torch.testing._internal.common_utils import freeze_rng_state  # noqa: E402

from . import differences  # noqa: E402
from .comparing import difference, is_refusal, translated  # noqa: E402
from .test_op_db import OPERATIONS, UNDETERMINED, ours_of  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

REFUSALS = (TypeError, ValueError, IndexError, RuntimeError, KeyError, OverflowError, AssertionError)
SAMPLES = 3 if os.environ.get("MINIGRAD_DATABASES") == "full" else 1  # right calls of one operation
# How PyTorch fails of an argument that it did not look at, or of another one than was made wrong.
STUMBLING = re.compile(
    r"Boolean value of Tensor|truth value of an|could not be broadcast|unsupported operand|can only concatenate"
    r"|did not contain a loop|tuple index out of range|tensor has no dimensions|Dimension out of range .* got -3"
    r"|not supported between|Overflow when unpacking|could not convert string|can be converted to Python scalar"
    r"|Input dimension should be|Dimension out of range .* got (1|-2)\)|multi-target not supported"
    r"|unsigned byte integer|input to _none_or_dtype"
    r"|INDICES element is out of|output with shape \[\] doesn't match|At least one of 'min' or 'max'"
    r"|to have non-zero size|expected target dtype to be Long or Byte|weight tensor should be defined"
    r"|not supported for strided conv|setStorage: sizes"
    r"|list index out of range|index 0 is out of bounds|hidden0 has inconsistent|Expected hx\[0\] to be"
    r"|sizes must be non-empty|Subtraction, the `-` operator|between 0 and 1, but got (nan|2.0)"
)
HUGE = 2**70
# Changes to which the type of the error does not matter.
OF_ANY_TYPE = re.compile(rf"device = |.* = ({HUGE}|b'x'|\{{\}})$")
OPERATORS = "add sub mul truediv floordiv mod pow matmul and or xor".split()


class Thing:
    """An object that nobody can compute with."""

    def __repr__(self):
        return "Thing()"


def wrong_values():
    """Values of wrong type, sign, size, shape and dtype; few arguments are right with any of them."""
    plain = ["x", None, [], (), -7, 100, HUGE, 1.5, math.nan, -math.inf, True, {}, Thing(), [1.5], (1, -1, 1), b"x"]
    plain += ["1", [HUGE], [[1, 2], [3]], math.inf]
    numpy = [np.float64(2.5), np.int64(-3), np.bool_(True), np.ones(2), np.array("x"), np.array([None])]
    shapes = [torch.ones(7, 5), torch.ones(0), torch.tensor(2.0), torch.ones(1, 1, 1, 1, 1)]
    dtypes = [torch.ones(2, 3, dtype=dtype) for dtype in (torch.int64, torch.bool, torch.float64, torch.uint8)]
    return plain + numpy + shapes + dtypes


def corrupted(arguments, keywords, first):
    """(what was changed, arguments, keywords): each argument from `first` on takes each wrong value, or is left out."""
    for i in range(first, len(arguments)):
        for wrong in wrong_values():
            yield f"argument {i} = {shown(wrong)}", (*arguments[:i], wrong, *arguments[i + 1 :]), keywords
    for name in keywords:
        for wrong in wrong_values():
            if name == "num_layers" and wrong is HUGE:  # PyTorch would add layers until the memory is full
                continue
            yield f"{name} = {shown(wrong)}", arguments, {**keywords, name: wrong}
    yield "the last argument left out", arguments[:-1], keywords
    yield "one argument more", (*arguments, Thing()), keywords
    yield "an unknown keyword", arguments, {**keywords, "unheard_of": 1}


def shown(value):
    if isinstance(value, torch.Tensor):
        return f"{str(value.dtype)[6:]} {tuple(value.shape)}"
    return repr(value)


def outcome(call, arguments, keywords):
    """(value, None) or (None, error)."""
    try:
        with freeze_rng_state(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(*arguments, **keywords), None
    except Exception as error:
        return None, error


def complaint(name, ours, theirs, arguments, keywords, *, same_values, is_named=True):
    """What is wrong with minigrad's answer to one call, or None."""
    known = {}
    try:
        mine, options = translated(tuple(arguments), known), {k: translated(v, known) for k, v in keywords.items()}
    except TypeError:  # a sample of a dtype that minigrad has not
        return None
    expected, refusal = outcome(theirs, *copied(arguments, keywords))
    got, error = outcome(ours, mine, options)
    if error is None and refusal is None:
        return difference(got, expected, 1e-4, values=same_values)
    if error is None:
        return f"PyTorch raises {type(refusal).__name__} ({first_line(refusal)}), we give a {type(got).__name__}"
    text = f"{type(error).__name__}: {error}"
    if not is_refusal(error) and not place_of(error).startswith(str(Path(__file__).parent)):
        return f"raised at {place_of(error)}: {text}"
    if is_named and not any(word in str(error) for word in ("<lambda>", *names_of(name))):
        return f"names neither of {names_of(name)}: {text}"
    if refusal is None or isinstance(refusal, AssertionError) or STUMBLING.search(str(refusal)):
        return None
    expected = TypeError if isinstance(refusal, AttributeError) else type(refusal)
    if not isinstance(error, (expected, NotImplementedError)):
        return f"PyTorch raises {type(refusal).__name__} ({first_line(refusal)}), we {text}"
    return None


def place_of(error):
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename}:{last.lineno}"


def is_supported(ours, arguments, keywords):
    """Whether the right call is one that minigrad has."""
    known = {}
    try:
        mine, options = translated(tuple(arguments), known), {k: translated(v, known) for k, v in keywords.items()}
    except TypeError:
        return False
    return outcome(ours, mine, options)[1] is None


def first_line(error):
    return (str(error).splitlines() or [""])[0][:120]


def names_of(name):
    """What a function may call itself in its errors; an operator as its function, a layer as the function behind it."""
    leaf = name.rpartition(".")[2]
    plain = leaf.strip("_")
    if leaf.startswith("__"):
        plain = plain[plain[0] in "ri" and plain[1:] in OPERATORS :]
    return {leaf, plain, *differences.ALSO_CALLED.get(plain, ())}


def copied(arguments, keywords):
    def copy(value):
        return value.detach().clone().requires_grad_(value.requires_grad) if isinstance(value, torch.Tensor) else value

    return [copy(value) for value in arguments], {name: copy(value) for name, value in keywords.items()}


def allowed(name, change, found):
    return any(pattern.search(f"{name}: {change}: {found}") for pattern in differences.ON_PURPOSE)


def all_complaints(name, ours, theirs, calls, *, same_values=True, first=0):
    found = []
    for arguments, keywords in calls:
        if not is_supported(ours, arguments, keywords):
            continue
        for change, wrong, named in corrupted(arguments, keywords, first):
            text = complaint(name, ours, theirs, wrong, named, same_values=same_values)
            is_pedantic = text and "PyTorch raises" in text and "we give" not in text and OF_ANY_TYPE.match(change)
            if text and not is_pedantic and not allowed(name, change, text):
                found.append(f"{name}: {change} of {[shown(x) for x in arguments]} {keywords}: {text}")
    return found


# Of `normal` the database means several calls of different arguments; one stands in the table below.
CALLED = [op for op in OPERATIONS if op.name != "normal" and op.dtypes]


@pytest.mark.parametrize("op", CALLED, ids=lambda op: op.formatted_name)
def test_operations(op):
    dtype = torch.float32 if torch.float32 in op.dtypes else sorted(op.dtypes, key=str)[0]
    torch.manual_seed(0)
    samples = list(op.sample_inputs("cpu", dtype, requires_grad=False))
    chosen = samples[:: len(samples) // SAMPLES + 1]
    calls = [((sample.input, *sample.args), sample.kwargs) for sample in chosen]
    found = []
    for way, call in ours_of(op).items():
        if isinstance(vars(mg.Tensor).get(op.name), property):
            continue
        theirs = {"in place": op.inplace_variant, "method": op.method_variant}.get(way) or op.op
        name = op.name + "_" * (way == "in place")
        is_method = way != "function"  # which is called on a tensor
        same_values = op.name not in UNDETERMINED and op.name not in ("topk", "sort", "argsort")
        same_values = same_values and not any(sample.kwargs.get("dropout_p") for sample in chosen)
        first = int(is_method or op.name == "einsum")  # whose operands the database has in one list
        found += all_complaints(name, call, theirs, calls, same_values=same_values, first=first)
    assert not found, f"{len(found)}\n" + "\n".join(found[:20])


def ours_of_module(info):
    return getattr(mg.nn, info.module_cls.__name__, None) if info.module_cls.__module__.startswith("torch.nn") else None


ENDLESS = ("nn.TransformerEncoder", "nn.Transformer")  # both libraries build as many layers as they are told to
MODULES = [info for info in module_db if inspect.isclass(ours_of_module(info)) and info.name not in ENDLESS]


@pytest.mark.parametrize("info", MODULES, ids=lambda info: info.name)
def test_layers(info):
    inputs = info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=True)
    ours, theirs, name = ours_of_module(info), info.module_cls, info.module_cls.__name__
    made = [(sample.constructor_input.args, sample.constructor_input.kwargs) for sample in inputs]
    made = made[:: len(made) // SAMPLES + 1]
    found = all_complaints(name, built(ours), built(theirs), made)
    for sample in inputs[:: len(inputs) // SAMPLES + 1]:
        make = sample.constructor_input
        layer = theirs(*make.args, **make.kwargs)
        try:
            mine = ours(*make.args, **make.kwargs)
        except REFUSALS:
            continue
        if name.startswith("Lazy"):
            layer.initialize_parameters(*sample.forward_input.args)
        mine.load_state_dict({key: mg.from_numpy(value.numpy().copy()) for key, value in layer.state_dict().items()})
        call = (sample.forward_input.args, sample.forward_input.kwargs)
        found += all_complaints(name, mine, layer, [call], same_values="Dropout" not in name)
    assert not found, f"{len(found)}\n" + "\n".join(found[:20])


OPTIMIZERS = [info for info in optim_db if hasattr(mg.optim, info.optim_cls.__name__)]


@pytest.mark.parametrize("info", OPTIMIZERS, ids=lambda info: info.optim_cls.__name__)
def test_optimizers(info):
    name = info.optim_cls.__name__
    inputs = info.optim_inputs_func(device="cpu", dtype=torch.float32)
    calls = []
    for sample in inputs[:: len(inputs) // SAMPLES + 1]:
        parameters = [torch.ones(2, 3, requires_grad=True), torch.ones(3, requires_grad=True)]
        calls.append(((parameters,), sample.kwargs))
    ours, theirs = built(getattr(mg.optim, name)), built(info.optim_cls)
    found = all_complaints(name, ours, theirs, calls)
    assert not found, f"{len(found)}\n" + "\n".join(found[:20])


def built(kind):
    """A call that makes the layer or optimizer and says nothing but that it could be made."""

    def call(*arguments, **keywords):
        kind(*arguments, **keywords)

    return call


def a_matrix():
    return torch.arange(6.0).reshape(2, 3)


# Right calls of what the databases lack: "path": (arguments, keywords).
TABLE = {
    "tensor": ([[1.0, 2.0]], {"dtype": torch.float32, "requires_grad": True}),
    "zeros": ((2, 3), {"dtype": torch.float32}),
    "ones": ((2, 3), {"device": "cpu"}),
    "rand": ((2, 3), {"requires_grad": False}),
    "randperm": ((5,), {"dtype": torch.int64}),
    "multinomial": ((torch.ones(4), 2, True), {}),
    "bernoulli": ((torch.full((3,), 0.5),), {}),
    "normal": ((0.0, 1.0, (2, 3)), {}),
    "manual_seed": ((3,), {}),
    "from_numpy": ((np.ones(2),), {}),
    "is_tensor": ((a_matrix(),), {}),
    "is_floating_point": ((a_matrix(),), {}),
    "numel": ((a_matrix(),), {}),
    "set_default_dtype": ((torch.float32,), {}),
    "promote_types": ((torch.float32, torch.int64), {}),
    "eye": ((3, 2), {}),
    "full_like": ((a_matrix(), 2.0), {}),
    "nn.functional.linear": ((a_matrix(), torch.ones(4, 3), torch.ones(4)), {}),
    "nn.functional.softmax": ((a_matrix(), 1), {}),
    "nn.functional.sigmoid": ((a_matrix(),), {}),
    "nn.functional.mse_loss": ((a_matrix(), a_matrix()), {"reduction": "sum"}),
    "nn.functional.l1_loss": ((a_matrix(), a_matrix()), {"reduction": "sum"}),
    "nn.functional.elu": ((a_matrix() - 2.5, 0.5), {}),
    "nn.utils.clip_grad_norm_": (([a_matrix().requires_grad_()], 1.0), {"norm_type": 2.0}),
    "nn.utils.clip_grad_value_": (([a_matrix().requires_grad_()], 1.0), {}),
    "nn.utils.parameters_to_vector": (([a_matrix(), a_matrix()],), {}),
    "nn.utils.vector_to_parameters": ((torch.ones(6), [a_matrix()]), {}),
    "nn.utils.rnn.pad_sequence": (([a_matrix(), a_matrix()[:1]],), {"padding_value": 1.0, "padding_side": "left"}),
    "nn.utils.rnn.pack_padded_sequence": ((a_matrix(), [2, 1, 1]), {"batch_first": False}),
    "nn.utils.rnn.pack_sequence": (([a_matrix(), a_matrix()[:1]],), {"enforce_sorted": True}),
    "nn.init.uniform_": ((a_matrix(), 0.0, 2.0), {}),
    "nn.init.normal_": ((a_matrix(), 0.0, 2.0), {}),
    "nn.init.trunc_normal_": ((a_matrix(), 0.0, 1.0, -2.0, 2.0), {}),
    "nn.init.constant_": ((a_matrix(), 0.5), {}),
    "nn.init.ones_": ((a_matrix(),), {}),
    "nn.init.zeros_": ((a_matrix(),), {}),
    "nn.init.eye_": ((a_matrix(),), {}),
    "nn.init.xavier_uniform_": ((a_matrix(), 1.0), {}),
    "nn.init.xavier_normal_": ((a_matrix(), 1.0), {}),
    "nn.init.kaiming_uniform_": ((a_matrix(), 0.0, "fan_in", "relu"), {}),
    "nn.init.kaiming_normal_": ((a_matrix(), 0.0, "fan_out", "leaky_relu"), {}),
    "nn.init.orthogonal_": ((a_matrix(), 1.0), {}),
    "nn.init.calculate_gain": (("leaky_relu", 0.1), {}),
    "Tensor.fill_": ((a_matrix(), 2.0), {}),
    "Tensor.copy_": ((a_matrix(), a_matrix()), {}),
    "Tensor.uniform_": ((a_matrix(), 0.0, 1.0), {}),
    "Tensor.bernoulli_": ((a_matrix(), 0.5), {}),
    "Tensor.normal_": ((a_matrix(), 0.0, 1.0), {}),
    "Tensor.masked_fill_": ((a_matrix(), a_matrix() > 2, 1.0), {}),
    "Tensor.scatter_": ((a_matrix(), 1, torch.zeros(2, 1, dtype=torch.int64), 1.0), {}),
    "Tensor.view": ((a_matrix(), 3, 2), {}),
    "Tensor.permute": ((a_matrix(), 1, 0), {}),
    "Tensor.requires_grad_": ((a_matrix(), True), {}),
    "Tensor.size": ((a_matrix(), 1), {}),
    "Tensor.stride": ((a_matrix(), 1), {}),
    "Tensor.type_as": ((a_matrix(), a_matrix()), {}),
    "Tensor.view_as": ((a_matrix(), a_matrix()), {}),
    "Tensor.backward": ((a_matrix().requires_grad_().sum(),), {"retain_graph": False}),
    "Tensor.__setitem__": ((a_matrix(), 0, 1.0), {}),
    "Tensor.__contains__": ((a_matrix(), 1.0), {}),
}


@pytest.mark.parametrize("path", TABLE)
def test_others(path):
    ours, theirs = operator.attrgetter(path)(mg), operator.attrgetter(path)(torch)
    if path == "manual_seed":  # what it gives is a generator of another library
        ours, theirs = built(ours), built(theirs)
    arguments, keywords = TABLE[path]
    drawn = ("rand", "normal", "bernoulli", "uniform", "multinomial", "orthogonal", "xavier", "kaiming")
    found = all_complaints(
        path.removeprefix("Tensor."),
        ours,
        theirs,
        [(tuple(arguments), keywords)],
        same_values=not any(word in path for word in drawn),
        first=int(path.startswith("Tensor.")),
    )
    assert not found, f"{len(found)}\n" + "\n".join(found[:20])


ARITHMETIC = "add sub mul truediv floordiv mod pow matmul and_ or_ xor eq ne lt le gt ge".split()


@pytest.mark.parametrize("name", ARITHMETIC)
def test_operators(name):
    """The operator itself, with the wrong value on either side: what it says need not name anything of minigrad's."""
    apply = getattr(operator, name)
    dtype = torch.int64 if name in ("and_", "or_", "xor") else torch.float32
    x = torch.ones(2, 2, dtype=dtype)
    found = []
    for first in (0, 1):
        for wrong in wrong_values():
            pair = (wrong, x) if first else (x, wrong)
            text = complaint(name.strip("_"), apply, apply, pair, {}, same_values=True, is_named=False)
            change = f"argument {1 - first} = {shown(wrong)}"
            if text and not allowed(name, change, text):
                found.append(f"{name}: {change} of []: {text}")
    assert not found, f"{len(found)}\n" + "\n".join(found[:20])


def test_a_number_that_its_dtype_cannot_hold_is_refused_where_pytorch_wraps_it():
    assert torch.tensor(-1, dtype=torch.uint8).item() == 255
    with pytest.raises(RuntimeError, match="outside of what uint8 holds"):
        mg.tensor(-1, dtype=mg.uint8)
