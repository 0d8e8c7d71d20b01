"""Arguments of PyTorch's that minigrad takes at their defaults, and refuses by name with any other value."""

import importlib
import inspect
import operator

import numpy as np
import pytest

import minigrad as mg
from minigrad.arguments import DROPPED

from . import differences
from .names import MODULES, OUR_OWN, public_names

torch = pytest.importorskip("torch")

ROWS = [
    (name, argument)
    for arguments, names in differences.REFUSED_ARGUMENTS
    for name in names.split()
    for argument in arguments.split()
]


# -- Refused -------------------------------------------------------------------------------------------------------


def embedding(**options):
    return mg.nn.functional.embedding(mg.tensor([0]), mg.ones(1, 1), **options)


# What else a call needs that is right but for the one argument; most are refused before that is looked at.
CALLS = {
    "autograd.backward": lambda **options: mg.autograd.backward(leaf(mg).sum(), **options),
    "autograd.grad": lambda **options: mg.autograd.grad(leaf(mg), leaf(mg), **options),
    "autograd.functional.jacobian": lambda **options: mg.autograd.functional.jacobian(mg.exp, leaf(mg), **options),
    "autograd.functional.hessian": lambda **options: mg.autograd.functional.hessian(mg.sum, leaf(mg), **options),
    **{
        f"nn.{name}": lambda name=name, **options: getattr(mg.nn, name)(1, 1, 1, **options)
        for name in ("Conv1d", "Conv2d")
    },
    "nn.LazyConv2d": lambda **options: mg.nn.LazyConv2d(1, 1, **options),
    "nn.MaxPool1d": lambda **options: mg.nn.MaxPool1d(1, **options)(mg.ones(1, 1, 2)),
    "nn.MaxPool2d": lambda **options: mg.nn.MaxPool2d(1, **options)(mg.ones(1, 1, 2, 2)),
    "nn.functional.interpolate": lambda **options: mg.nn.functional.interpolate(
        mg.ones(1, 1, 2, 2), 2, mode="bilinear", **options
    ),
    "nn.Module.register_forward_hook": lambda **options: mg.nn.Module().register_forward_hook(print, **options),
    "nn.Module.load_state_dict": lambda **options: mg.nn.Module().load_state_dict({}, **options),
    "nn.functional.scaled_dot_product_attention": lambda **options: mg.nn.functional.scaled_dot_product_attention(
        *[mg.ones(2, 2)] * 3, **options
    ),
    "nn.Embedding": lambda **options: mg.nn.Embedding(2, 2, **options),
    "nn.functional.embedding": embedding,
}
OTHER = {  # than the default
    "max_norm": 1.0,
    "norm_type": 1.0,
    **dict.fromkeys(("check_undefined_grad", "check_backward_ad", "check_rev_over_rev"), False),
    **dict.fromkeys(("layout", "memory_format", "reduce", "strategy", "outer_jacobian_strategy"), "other"),
    **dict.fromkeys(("output_size", "pickle_protocol"), 5),
    "nondet_tol": 1e-3,
    "padding_mode": "circular",
}


def leaf(m):
    return m.ones(2, dtype=m.float64, requires_grad=True)


def called(name):
    if name in CALLS:
        return CALLS[name]
    if name.startswith("optim."):
        return lambda **options: operator.attrgetter(name)(mg)([leaf(mg)], **options)
    return operator.attrgetter(name.replace("Tensor.", ""))(mg.ones(2) if name.startswith("Tensor.") else mg)


@pytest.mark.parametrize(("name", "argument"), ROWS)
def test_another_value_is_refused_by_name(name, argument):
    with pytest.raises(NotImplementedError, match=argument) as caught:
        called(name)(**{argument: OTHER.get(argument, True)})
    assert name.rpartition(".")[2] in str(caught.value)


@pytest.mark.parametrize("call", [mg.exp, mg.zeros, mg.cat, mg.rand, mg.ones(2).add, mg.nn.functional.relu])
def test_out_is_refused(call):
    with pytest.raises(NotImplementedError, match=rf"^{call.__name__}\(\) has no 'out="):
        call(mg.ones(2), out=mg.ones(2))


# -- Taken ---------------------------------------------------------------------------------------------------------

AT_DEFAULTS = {
    "out": lambda m: (m.add(m.ones(2), 1, out=None), m.zeros(2, out=None), m.sort(m.ones(2), out=None)),
    "layout": lambda m: (m.arange(3, layout=None), m.zeros_like(m.ones(2), layout=None)),
    "layout of new_ones": lambda m: m.ones(1).new_ones(2, layout=None, pin_memory=False),
    "layout of new_full": lambda m: m.ones(1).new_full((2,), 3, layout=None, pin_memory=False),
    "layout of indices": lambda m: m.tril_indices(2, 2, layout=None, pin_memory=False, requires_grad=False),
    "memory_format": lambda m: m.ones(2).clone(memory_format=None),
    "memory_format of to": lambda m: m.ones(2).to(m.float64, memory_format=None),
    "memory_format of float": lambda m: m.ones(2).float(memory_format=None),
    "memory_format of empty": lambda m: m.empty(2, memory_format=None).shape,
    "pin_memory": lambda m: (m.tensor([1], pin_memory=False), m.eye(2, pin_memory=None)),
    "pin_memory that is no flag": lambda m: m.zeros(2, pin_memory=1),
    "implicit": lambda m: m.ones(1).expand(2, implicit=False),
    "output_size": lambda m: m.repeat_interleave(m.ones(2), 2, output_size=None),
    "value": lambda m: m.ones(2).scatter(0, m.tensor([1]), value=3.0),
    "value in place": lambda m: m.ones(2).scatter_(0, m.tensor([1]), value=3),
    "value and src": lambda m: m.scatter(m.ones(2), 0, m.tensor([1]), m.ones(2), value=3.0),
    "sparse_grad": lambda m: m.ones(2).gather(0, m.tensor([1]), sparse_grad=False),
    "non_blocking by place": lambda m: m.ones(2).copy_(m.zeros(2), True),
    "non_blocking": lambda m: m.ones(2).copy_(m.zeros(2), non_blocking=True),
    "generator": lambda m: m.randn_like(m.ones(2), generator=m.Generator()).shape,
    "inputs by place": lambda m: m.autograd.backward(leaf(m).sum(), None, None, False, None, None),
    "grad by place": lambda m: grad_of(m, None, None, False, True, True, False, True),
    "grad_variables": lambda m: m.autograd.backward(leaf(m).sum(), grad_variables=None),
    "vectorize": lambda m: m.autograd.functional.jacobian(m.exp, leaf(m), vectorize=True),
    "vectorize by place": lambda m: m.autograd.functional.hessian(sum_of_exp, leaf(m), False, False, True),
    "vectorize and strict": lambda m: m.autograd.functional.jacobian(m.exp, leaf(m), strict=True, vectorize=True),
    "strategy": lambda m: m.autograd.functional.jacobian(m.exp, leaf(m), strategy="reverse-mode"),
    "dim of unique": lambda m: m.unique(m.tensor([[1, 2], [0, 3], [1, 2]]), True, True, True, 0),
    "dim of unique, slices of no elements": lambda m: m.unique(m.zeros(0, 3), dim=1),
    "dim of unique, no slices": lambda m: m.unique(m.zeros(0, 3), dim=0).shape,
    "gradcheck": lambda m: m.autograd.gradcheck(
        m.exp, leaf(m), nondet_tol=0.0, check_undefined_grad=True, check_grad_dtypes=False, check_batched_grad=False,
        check_batched_forward_grad=False, check_forward_ad=False, check_backward_ad=True, fast_mode=False, masked=None
    ),
    "gradgradcheck": lambda m: m.autograd.gradgradcheck(
        m.exp, leaf(m), gen_non_contig_grad_outputs=False, nondet_tol=0.0, check_undefined_grad=True,
        check_grad_dtypes=False, check_batched_grad=False, check_fwd_over_rev=False, check_rev_over_rev=True,
        fast_mode=True, masked=False
    ),
    "compile": lambda m: m.compile(
        abs, name=None, recompile_limit=None, isolate_recompiles=False, shapes_spec=None, disable=True
    )(-1),
}  # fmt: skip


def sum_of_exp(x):
    return x.exp().sum()


def grad_of(m, *options):
    x, other = leaf(m), leaf(m)
    return m.autograd.grad(sum_of_exp(x), [x, other], *options)


def plain(value):
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    return value.tolist() if isinstance(value, (mg.Tensor, torch.Tensor)) else value


def outcome(call, m):
    try:
        return plain(call(m))
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("call", AT_DEFAULTS.values(), ids=AT_DEFAULTS)
def test_pytorchs_default_changes_nothing(call):
    ours, theirs = outcome(call, mg), outcome(call, torch)
    assert isinstance(ours, type) == isinstance(theirs, type) and (ours == theirs or np.allclose(ours, theirs))


def test_memory_is_pinned_without_a_gpu():
    """PyTorch raises RuntimeError where it finds none."""
    assert mg.zeros(2, pin_memory=True).tolist() == [0, 0]


def test_files_are_written_with_pytorchs_options(tmp_path):
    mg.save(mg.ones(2), tmp_path / "file", pickle_module=None, pickle_protocol=2)
    assert mg.load(tmp_path / "file", pickle_module=None).tolist() == [1, 1]


# -- Complete ------------------------------------------------------------------------------------------------------

# Arguments that the signatures of PyTorch have, and are none: by place, or of its own machinery.
ELSEWHERE = set(
    """
    Tensor.copy_(other) Tensor.to(other) Tensor.to(layout) Tensor.to(pin_memory) as_tensor(t) tensor(t) einsum(args)
    unique(args) unique(kwargs) load(pickle_load_args) save(_disable_byteorder_record)
    save(_use_new_zipfile_serialization)
    """.split()
)
# Arguments that ours take by other means than their signature.
ELSEWHERE |= set(
    """
    Tensor.new_empty(device) Tensor.new_full(device) Tensor.new_full(dtype) Tensor.new_ones(device)
    Tensor.new_zeros(device) Tensor.random_(from) Tensor.random_(to) Tensor.uniform_(from) Tensor.uniform_(to)
    Tensor.scatter(value) Tensor.scatter_(value) scatter(value) norm(out)
    """.split()
)


def arguments_of(function, leaf, skip):
    """The names of the arguments that a function of PyTorch's takes, in any of its overloads."""
    try:
        return set(list(inspect.signature(function).parameters)[skip:])
    except (ValueError, TypeError):
        schemas = torch._C._jit_get_schemas_for_operator(f"aten::{leaf}")
        schemas = [s for s in schemas if any("Tensor" in str(result.type) for result in s.returns)]
    return {a.name for schema in schemas for a in schema.arguments if not a.is_out} - {"self"}


def lacking(ours, theirs, name):
    """The arguments of PyTorch's that a function, or a method of a class, neither has in its signature nor drops."""
    if inspect.isclass(ours):
        for member, value in vars(ours).items():
            if member[0] != "_" and inspect.isfunction(value) and hasattr(theirs, member):
                yield from lacking(value, getattr(theirs, member), f"{name}.{member}")
    elif callable(ours) and callable(theirs):
        leaf = name.rpartition(".")[2]
        dropped = {a for arguments, _, names in DROPPED for a in arguments.split() if leaf in names.split()}
        known = inspect.signature(ours).parameters.keys() | dropped
        for argument in sorted(arguments_of(theirs, leaf, "Tensor." in name) - known):
            yield f"{name}({argument})"


def test_no_other_argument_is_lacking():
    found = []
    for module in [module for module in MODULES if not module.startswith("minigrad.nn")]:
        ours, theirs = importlib.import_module(module), importlib.import_module(MODULES[module])
        for leaf_name in public_names(ours):
            if f"{module}.{leaf_name}" not in OUR_OWN and hasattr(theirs, leaf_name):
                name = f"{module}.{leaf_name}".removeprefix("minigrad.")
                found += lacking(getattr(ours, leaf_name), getattr(theirs, leaf_name), name)
    assert sorted(set(found)) == sorted(ELSEWHERE)
