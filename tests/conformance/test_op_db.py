"""PyTorch's own operator database: its sample calls give here what they give there, or are refused.

`pytest -s tests/conformance/test_op_db.py` prints how many calls of each operation were refused.
"""

import collections

import pytest

import minigrad as mg
from minigrad.nn import functional as F

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest", reason="PyTorch's operator database needs it")
from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402
from torch.testing._internal.common_utils import freeze_rng_state  # noqa: E402

from . import differences  # noqa: E402
from .comparing import REFUSALS, difference, gradients_differ, tensors_in, translated  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]

DTYPES = [torch.float32, torch.float64, torch.int64, torch.int32, torch.uint8, torch.bool]
UNDETERMINED = set(
    """
    bernoulli empty empty_like exponential multinomial new_empty nn.functional.dropout nn.functional.dropout2d normal
    normal_ rand rand_like
    randint randint_like randn randn_like uniform
    """.split()
)
MOST = 25  # samples of one operation and dtype; of more, every second, third, ...
TOLERANCE = {torch.float32: 2e-5, torch.float64: 1e-9}

# Where the database gives the arguments in another order than the function takes them.
ORDER = {
    "where": lambda call: lambda x, condition, y: call(condition, x, y),
    "nn.functional.embedding": lambda call: lambda weight, indices, **options: call(indices, weight, **options),
    "einsum": lambda call: lambda operands, equation: call(equation, *operands),
}

# Every sample names what minigrad has not.
REFUSED_ALTOGETHER = {name for names in differences.REFUSED.values() for name in names}

counts = collections.defaultdict(collections.Counter)


def ours_of(op):
    """The ways in which minigrad has the operation: a dict from a label to the callable."""
    if op.name.startswith("nn.functional."):
        function = getattr(F, op.name.removeprefix("nn.functional."), None)
        return {} if function is None else {"function": ORDER.get(op.name, lambda call: call)(function)}
    function = getattr(mg, op.name, None)
    ways = {"function": ORDER.get(op.name, lambda call: call)(function) if callable(function) else None}
    method = vars(mg.Tensor).get(op.name)
    if isinstance(method, property):
        ways["method"] = lambda self, *args, **kwargs: getattr(self, op.name)
    elif op.method_variant or op.name.startswith("__") or function is None:
        ways["method"] = method
    if op.inplace_variant:
        ways["in place"] = getattr(mg.Tensor, f"{op.name}_", None)
    return {label: call for label, call in ways.items() if call is not None}


OPERATIONS = [op for op in op_db if ours_of(op)]


def compared(op, sample, dtype, way, call):
    """One sample call: "same", "refused", "skipped" (PyTorch refuses it too), or a sentence of what is different."""
    known = {}
    arguments = (sample.input, *sample.args)
    mine = translated(arguments, known)
    keywords = {name: translated(value, known) for name, value in sample.kwargs.items()}
    theirs_call = op.inplace_variant if way == "in place" else op.op
    if way == "in place" or op.name in ("zero_", "normal_"):
        arguments = (arguments[0].clone(), *arguments[1:])
        mine = (mine[0].clone(), *mine[1:])
    try:
        with freeze_rng_state():
            theirs = theirs_call(*arguments, **sample.kwargs)
    except Exception:  # a sample that is meant for other dtypes
        return "skipped"
    try:
        ours = call(*mine, **keywords)
    except REFUSALS as error:
        return "refused" if str(error) else f"{type(error).__name__} without a message"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    tolerance = TOLERANCE.get(dtype, 2e-5)
    if op.name in ("argsort", "sort", "topk") and not sample.kwargs.get("stable"):
        ours, theirs = without_order_of_ties(op, sample, ours, theirs)
    determined = op.name not in UNDETERMINED and not sample.kwargs.get("dropout_p")
    text = difference(ours, theirs, tolerance, values=determined)
    if text is None and determined and dtype == torch.float64:
        inputs = tensors_in((sample.input, *sample.args, *sample.kwargs.values()), torch.Tensor)
        text = gradients_differ(ours, theirs, inputs, known, tolerance)
    return text or "same"


def without_order_of_ties(op, sample, ours, theirs):
    """The results with the values in place of the indices: PyTorch may put equal elements in any order."""
    axis = sample.kwargs.get("dim", sample.args[1] if op.name == "topk" and len(sample.args) > 1 else -1)
    mine, expected = (ours, theirs) if op.name == "argsort" else (ours[1], theirs[1])
    if difference(mine, expected, 0, values=False):
        return mine, expected
    x = sample.input.detach()
    mine = mg.from_numpy(torch.gather(x, axis, torch.tensor(mine.numpy().copy())).numpy())
    expected = torch.gather(x, axis, expected)
    return (mine, expected) if op.name == "argsort" else ((ours[0], mine), (theirs[0], expected))


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.formatted_name)
def test_samples(op):
    found = []
    for way, call in ours_of(op).items():
        for dtype in DTYPES:
            if dtype not in op.dtypes:
                continue
            torch.manual_seed(0)
            differentiated = dtype == torch.float64 and op.supports_autograd
            samples = list(op.sample_inputs("cpu", dtype, requires_grad=differentiated))
            for sample in samples[:: len(samples) // MOST + 1]:
                outcome = compared(op, sample, dtype, way, call)
                if outcome in ("same", "refused", "skipped"):
                    counts[op.formatted_name][outcome] += 1
                else:
                    found.append(f"{way}, {dtype}, {sample.input}, {sample.args}, {sample.kwargs}: {outcome}")
    assert not found, "\n\n".join(found[:10])


def test_print_what_was_refused():
    for name, count in sorted(counts.items()):
        if count["refused"]:
            print(f"{name:50} refused {count['refused']:4} of {count.total() - count['skipped']:4}")
    for name, count in counts.items():
        assert count["same"] or name in REFUSED_ALTOGETHER, f"not one sample of {name} is supported"
