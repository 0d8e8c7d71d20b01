"""PyTorch's own optimizer database: its sample options lead here where they lead there, or are refused.

`pytest -s tests/conformance/test_optim_db.py` prints how many inputs of each optimizer were refused. Each input is
trained with two of the ten patterns of groups and missing gradients; the slow tests take the other eight.
"""

import collections
import itertools
import warnings

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest", reason="PyTorch's test databases need it")
from torch.testing._internal.common_optimizers import optim_db  # noqa: E402

from .comparing import REFUSALS, difference, translated  # noqa: E402

DTYPES = {torch.float32: 2e-5, torch.float64: 1e-10}  # and the tolerance
STEPS = 25
RELOADED_AFTER = (9, 17)
SHAPES = [(3,), (2, 4), (), (5, 1, 2), (70, 60), (0, 3), (1,), (64, 64)]

# The positions of the parameters without a gradient, at each step.
MISSING = {
    "none missing": lambda step: (),
    "one missing for a while": lambda step: (1,) if 6 <= step < 12 else (),
    "all but two small ones missing": lambda step: (0, 1, 2, 4, 5) if step in (3, 14) else (),
    "others at each step": lambda step: [i for i in range(len(SHAPES)) if (step + i) % 3 == 0],
    "one that comes late": lambda step: (3, 4) if step < 11 else (),
}
LAYOUTS = {
    "one group": lambda ps: ps,
    "two groups": lambda ps: [{"params": ps[:4]}, {"params": ps[4:], "lr": 0.02}],
}
PATTERNS = list(itertools.product(LAYOUTS, MISSING))
STRIDE = 5

counts = collections.defaultdict(collections.Counter)


def in_common():
    return [info for info in optim_db if hasattr(mg.optim, info.optim_cls.__name__)]


def inputs():
    start = itertools.count()
    for info, dtype in itertools.product(in_common(), DTYPES):
        for sample in info.optim_inputs_func(device="cpu", dtype=dtype):
            label = f"{info.optim_cls.__name__}, {str(dtype).removeprefix('torch.')}, {sample.desc}"
            some = PATTERNS[next(start) % STRIDE :: STRIDE]
            others = [pattern for pattern in PATTERNS if pattern not in some]
            given = (info.optim_cls.__name__, dtype, sample.kwargs)
            yield pytest.param(*given, some, id=label)
            yield pytest.param(*given, others, id=f"{label}, other patterns", marks=pytest.mark.slow)


def error_inputs():
    for info in in_common():
        for sample in info.optim_error_inputs_func(device="cpu", dtype=torch.float64):
            name = info.optim_cls.__name__
            yield pytest.param(name, sample, id=f"{name}, {sample.optimizer_error_input.desc}")


class Run:
    """One library's parameters, which noisy gradients draw to zero, and their optimizer."""

    def __init__(self, lib, name, dtype, options, layout):
        rng = np.random.default_rng(0)
        self.lib = lib
        arrays = [np.asarray(rng.standard_normal(shape), dtype) for shape in SHAPES]
        self.parameters = [lib.nn.Parameter(lib.tensor(array)) for array in arrays]
        self.make = lambda ps: getattr(lib.optim, name)(LAYOUTS[layout](ps), **options)
        self.optimizer = self.make(self.parameters)

    def step(self, number, missing):
        rng = np.random.default_rng(number)
        for i, p in enumerate(self.parameters):
            noise = self.lib.from_numpy(np.asarray(rng.standard_normal(SHAPES[i])))
            p.grad = None if i in missing else p.detach() + noise.to(p.dtype)
        self.optimizer.step()

    def reload(self):
        """Go on with new parameters and a new optimizer, which loads the state of the old one."""
        self.parameters = [self.lib.nn.Parameter(p.detach().clone()) for p in self.parameters]
        saved = self.optimizer.state_dict()
        self.optimizer = self.make(self.parameters)
        self.optimizer.load_state_dict(saved)


def states_differ(ours, theirs, tolerance):
    mine, its = ours.optimizer.state, theirs.optimizer.state
    for i, (p, q) in enumerate(zip(ours.parameters, theirs.parameters, strict=True)):
        state = mine.get(p, {})
        expected = {name: value for name, value in its.get(q, {}).items() if value is not None}
        if not state and expected.get("step", 1) == 0:
            continue  # Adagrad begins the state of a parameter before its first gradient there
        if state.keys() != expected.keys():
            return f"parameter {i} has {list(state)} instead of {list(expected)}"
        for name, value in expected.items():
            if text := difference(state[name], value, tolerance):
                return f"{name} of parameter {i}: {text}"
    return None


@pytest.mark.parametrize(("name", "dtype", "options", "patterns"), list(inputs()))
def test_inputs(name, dtype, options, patterns):
    known = {}
    mine = {option: translated(value, known) for option, value in options.items()}
    array_dtype = str(dtype).removeprefix("torch.")
    for layout, missing in patterns:
        theirs = Run(torch, name, array_dtype, options, layout)
        try:
            ours = Run(mg, name, array_dtype, mine, layout)
        except REFUSALS as error:
            assert str(error).startswith(name), error
            assert known, f"{options} have no tensor, but {error}"
            counts[name]["refused"] += 1
            return
        for step in range(STEPS):
            ours.step(step, MISSING[missing](step))
            theirs.step(step, MISSING[missing](step))
            if step in RELOADED_AFTER:
                ours.reload()
                theirs.reload()
            where = f"{layout}, {missing}, step {step}"
            for i, (p, q) in enumerate(zip(ours.parameters, theirs.parameters, strict=True)):
                text = difference(p.detach(), q.detach(), DTYPES[dtype])
                assert text is None, f"{where}, parameter {i}: {text}"
            text = states_differ(ours, theirs, DTYPES[dtype])
            assert text is None, f"{where}: {text}"
    counts[name]["same"] += 1


def names_what_we_lack(params, options):
    """Whether minigrad refuses the call for another reason: betas as tensors."""
    return any(isinstance(beta, torch.Tensor) for beta in options.get("betas", ()))


@pytest.mark.parametrize(("name", "sample"), list(error_inputs()))
def test_error_inputs(name, sample):
    given = sample.optimizer_error_input
    params = [torch.ones(2, requires_grad=True)] if given.params is None else given.params
    known = {}
    mine = translated_params(params, known)  # before PyTorch writes its defaults into the groups
    options = {option: translated(value, known) for option, value in given.kwargs.items()}
    is_lacking = names_what_we_lack(params, given.kwargs) or sample.error_type is UserWarning
    with warnings.catch_warnings(), pytest.raises(sample.error_type):
        warnings.simplefilter("error")
        getattr(torch.optim, name)(params, **given.kwargs)
    with pytest.raises(REFUSALS if is_lacking else sample.error_type, match=name):
        getattr(mg.optim, name)(mine, **options)
    counts[name]["errors of another kind" if is_lacking else "errors"] += 1


def translated_params(params, known):
    """The same, with the groups as dictionaries."""
    if isinstance(params, list):
        return [translated_params(each, known) for each in params]
    if isinstance(params, dict):
        return {key: translated_params(value, known) for key, value in params.items()}
    return translated(params, known)


def test_print_what_was_refused():
    for name, count in sorted(counts.items()):
        print(f"{name:10} {dict(count)}")
        assert count["same"], f"not one input of {name} is supported"
