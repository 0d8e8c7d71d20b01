"""Every optimizer against PyTorch's, over a hundred steps with two groups of parameters."""

import inspect

import numpy as np
import pytest

import minigrad as mg
from minigrad import optim

from .errors import assert_same_error
from .outcomes import assert_same

torch = pytest.importorskip("torch")

STEPS = 100
SHAPES = [(4, 3), (3,), (), (2, 2, 2), (0, 3)]

CASES = [
    ("SGD", {}),
    ("SGD", {"lr": 0.05}),
    ("SGD", {"lr": 0.05, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1, "maximize": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 1, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3}),
    ("Adam", {"lr": 0.05, "betas": (0.0, 0.0)}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "amsgrad": True}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1, "maximize": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.3}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0, "amsgrad": True}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.3, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.5, "lr_decay": 0.1, "initial_accumulator_value": 0.2, "eps": 1e-3}),
    ("Adagrad", {"lr": 0.5, "weight_decay": 0.1, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 2.0, "rho": 0.7, "eps": 1e-2, "weight_decay": 0.1, "maximize": True}),
    *[(name, {"foreach": True}) for name in ("SGD", "Adam", "AdamW", "Adagrad", "Adadelta", "RMSprop")],
    *[(name, {"fused": True, "weight_decay": 0.1}) for name in ("SGD", "Adam", "AdamW", "Adagrad")],
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.05, "alpha": 0.8, "eps": 1e-3, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.05, "momentum": 0.9}),
    ("RMSprop", {"lr": 0.05, "centered": True}),
    ("RMSprop", {"lr": 0.05, "centered": True, "momentum": 0.9, "maximize": True}),
]
NAMES = ["SGD", "Adam", "AdamW", "Adagrad", "RMSprop", "Adadelta"]
EACH_CASE = pytest.mark.parametrize(("name", "options"), CASES, ids=str)


class Run:
    """Parameters of one library that are drawn to where a sum of cosines is least, by one optimizer."""

    def __init__(self, lib, name, options, dtype=np.float64):
        rng = np.random.default_rng(0)
        self.lib = lib
        self.parameters = [lib.nn.Parameter(lib.tensor(rng.standard_normal(s).astype(dtype))) for s in SHAPES]
        self.unused = lib.nn.Parameter(lib.ones(2))
        groups = [
            {"params": [*self.parameters[:2], self.unused]},
            {"params": self.parameters[2:], "lr": 0.02, "weight_decay": 0.03},
        ]
        self.optimizer = getattr(lib.optim, name)(groups, **options)
        self.time = 0

    def step(self):
        """One step with gradients that depend on the parameters and on the time."""
        self.optimizer.zero_grad()
        loss = sum(((p * p - (i + 1)) * (p + 0.1 * self.time % 1)).sum() for i, p in enumerate(self.parameters))
        loss.backward()
        for p in self.parameters:
            p.grad = self.lib.tanh(p.grad)
        self.optimizer.step()
        self.time += 1

    def values(self):
        return [p.detach().numpy().copy() for p in self.parameters]


@EACH_CASE
def test_a_hundred_steps(name, options):
    ours, theirs = Run(mg, name, options), Run(torch, name, options)
    for _ in range(STEPS):
        ours.step()
        theirs.step()
        for x, y in zip(ours.values(), theirs.values(), strict=True):
            assert x.dtype == y.dtype
            np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-10)
    assert not np.allclose(ours.values()[0], Run(mg, name, options).values()[0], atol=1e-3)
    np.testing.assert_array_equal(ours.unused.detach().numpy(), 1)


@EACH_CASE
def test_ten_steps_in_float32(name, options):
    ours, theirs = Run(mg, name, options, np.float32), Run(torch, name, options, np.float32)
    for _ in range(10):
        ours.step()
        theirs.step()
    for x, y in zip(ours.values(), theirs.values(), strict=True):
        assert x.dtype == y.dtype == np.float32
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop"])
def test_what_averages_lose_changes_no_parameter(name):
    """PyTorch keeps subnormal numbers in the averages of parameters that get gradients of 0; minigrad has zeros."""
    options = {"SGD": {"momentum": 0.8}, "Adam": {"betas": (0.8, 0.8)}, "RMSprop": {"momentum": 0.8, "alpha": 0.8}}
    ends = []
    for lib in (mg, torch):
        p = lib.nn.Parameter(lib.ones(2))
        optimizer = getattr(lib.optim, name)([p], lr=0.01, **options[name])
        for step in range(600):
            p.grad = lib.tensor([float(step == 0), 0.5 if step % 3 else -0.25])
            optimizer.step()
        ends.append((p.detach().numpy(), *[v.numpy() for v in optimizer.state[p].values()]))
    for ours, theirs in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-31)


@EACH_CASE
def test_state_dict_has_the_same_layout_and_values(name, options):
    ours, theirs = Run(mg, name, options), Run(torch, name, options)
    for _ in range(3):
        ours.step()
        theirs.step()
    mine, its = ours.optimizer.state_dict(), theirs.optimizer.state_dict()
    if name == "Adagrad":
        del its["state"][2]  # PyTorch begins the state of a parameter without gradients too
    assert list(mine) == list(its)
    assert list(mine["state"]) == list(its["state"])
    for position, state in mine["state"].items():
        assert sorted(state) == sorted(its["state"][position])
        for key, value in state.items():
            other = its["state"][position][key]
            assert str(value.dtype) == str(other.dtype).removeprefix("torch.")
            np.testing.assert_allclose(value.numpy(), other.numpy(), rtol=1e-10, atol=1e-12)
    assert mine["param_groups"] == its["param_groups"]


@EACH_CASE
def test_continues_from_a_state_that_torch_saved(name, options):
    ours, theirs = Run(mg, name, options), Run(torch, name, options)
    for _ in range(5):
        theirs.step()
    saved = theirs.optimizer.state_dict()
    state = {i: {k: mg.tensor(v.numpy()) for k, v in s.items() if v is not None} for i, s in saved["state"].items()}
    ours.optimizer.load_state_dict({"state": state, "param_groups": saved["param_groups"]})
    for p, value in zip(ours.parameters, theirs.values(), strict=True):
        p.data = mg.tensor(value)
    ours.time = theirs.time
    for _ in range(5):
        ours.step()
        theirs.step()
    for x, y in zip(ours.values(), theirs.values(), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-12)


def test_defaults_are_the_same():
    for name in NAMES:
        ours, theirs = (getattr(lib.optim, name)([lib.ones(2)]).defaults for lib in (mg, torch))
        assert ours == theirs


def test_signatures_are_the_same():
    def parameters(lib, name):
        found = inspect.signature(getattr(lib.optim, name)).parameters.values()
        by_place = [(p.name, p.default) for p in found if p.kind is not p.KEYWORD_ONLY]
        return by_place, {p.name: p.default for p in found if p.kind is p.KEYWORD_ONLY}

    for name in NAMES:
        assert parameters(mg, name) == parameters(torch, name)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "Adagrad", "RMSprop", "Adadelta"])
def test_rates_that_are_tensors(name):
    def run(lib):
        rate = lib.tensor(0.125, dtype=lib.float64)
        run = Run(lib, name, {"lr": rate})
        scheduler = lib.optim.lr_scheduler.ExponentialLR(run.optimizer, 0.5)
        for _ in range(5):
            run.step()
            scheduler.step()
        assert run.optimizer.param_groups[0]["lr"] is rate
        assert scheduler.get_last_lr()[0] is not rate
        return [*run.values(), scheduler.get_last_lr()[0].numpy()]

    for x, y in zip(run(mg), run(torch), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-10)
    assert run(mg)[-1] == 0.125 / 32


def test_named_parameters():
    def run(lib):
        model = lib.nn.Sequential(lib.nn.Linear(2, 1), lib.nn.Linear(1, 1, bias=False))
        optimizer = lib.optim.Adam(model.named_parameters(), lr=0.1)
        groups = [{"params": model[0].named_parameters(), "lr": 0.5}, {"params": model[1].named_parameters()}]
        two = lib.optim.SGD(groups)
        two.add_param_group({"params": [("more", lib.ones(2))]})
        saved = two.state_dict()
        saved["param_groups"][0]["param_names"] = ["a", "b"]
        del saved["param_groups"][1]["param_names"]
        two.load_state_dict(saved)
        return optimizer.state_dict(), two.state_dict(), repr(optimizer)

    assert run(mg) == run(torch)


def calls_that_fail(lib):
    o = lib.optim
    p, q = (lib.nn.Parameter(lib.ones(2)) for _ in range(2))
    with_gradient = lib.nn.Parameter(lib.ones(2))
    with_gradient.grad = lib.ones(2)
    sgd, two = o.SGD([p, q]), o.SGD([{"params": [p]}, {"params": [q]}])
    return {
        "empty": lambda: o.SGD([]),
        "tensor": lambda: o.SGD(p),
        "dict": lambda: o.SGD({"params": [p]}),
        "strings": lambda: o.SGD(["a"]),
        "module": lambda: o.SGD(lib.nn.Linear(1, 1)),
        "None": lambda: o.SGD(None),
        "non-leaf": lambda: o.SGD([p * 2]),
        "in two groups": lambda: o.SGD([{"params": [p]}, {"params": [p]}]),
        "group without params": lambda: o.SGD([{"lr": 1}]),
        "set": lambda: o.SGD([{"params": {p}}]),
        "mixed": lambda: o.SGD([{"params": [p]}, q]),
        "group of a string": lambda: o.SGD([{"params": "a"}]),
        "added twice": lambda: sgd.add_param_group({"params": [p]}),
        "added list": lambda: sgd.add_param_group([p]),
        "keyword": lambda: o.SGD([p], learning_rate=1),
        "lr": lambda: o.SGD([p], -1.0),
        "lr string": lambda: o.SGD([p], "a"),
        "lr None": lambda: o.SGD([p], None),
        "momentum": lambda: o.SGD([p], momentum=-1),
        "weight_decay": lambda: o.SGD([p], weight_decay=-1),
        "nesterov": lambda: o.SGD([p], nesterov=True),
        "nesterov, dampened": lambda: o.SGD([p], nesterov=True, momentum=0.9, dampening=0.1),
        "Adam lr": lambda: o.Adam([p], -1.0),
        "Adam eps": lambda: o.Adam([p], eps=-1.0),
        "Adam beta1": lambda: o.Adam([p], betas=(1.0, 0.9)),
        "Adam beta2": lambda: o.Adam([p], betas=(0.9, -1)),
        "Adam integer betas": lambda: o.Adam([p], betas=(0, 0)),
        "Adam weight_decay": lambda: o.AdamW([p], weight_decay=-1),
        "Adagrad lr_decay": lambda: o.Adagrad([p], lr_decay=-1),
        "Adagrad start": lambda: o.Adagrad([p], initial_accumulator_value=-1),
        "Adadelta rho": lambda: o.Adadelta([p], rho=-1),
        "Adadelta rho 2": lambda: o.Adadelta([p], rho=2),
        "two rates": lambda: o.Adam([p], lr=lib.tensor([0.1, 0.2])),
        "foreach with a tensor": lambda: o.AdamW([p], lr=lib.tensor(0.1), foreach=True),
        "foreach and fused": lambda: o.SGD([p], foreach=True, fused=True),
        "some names": lambda: o.SGD([("p", p), q]),
        "group without names": lambda: o.SGD([("p", p)]).add_param_group({"params": [q]}),
        "group with names": lambda: sgd.add_param_group({"params": [("more", lib.ones(2))]}),
        "name of a number": lambda: o.SGD([("p", 3)]),
        "RMSprop alpha": lambda: o.RMSprop([p], alpha=-1),
        "RMSprop momentum": lambda: o.RMSprop([p], momentum=-1),
        "load other groups": lambda: sgd.load_state_dict(two.state_dict()),
        "load other sizes": lambda: o.SGD([p]).load_state_dict(sgd.state_dict()),
        "load nothing": lambda: sgd.load_state_dict({}),
        "load list": lambda: sgd.load_state_dict([1]),
        "no update": lambda: o.Optimizer([with_gradient], {}).step(),
    }


@pytest.mark.parametrize("case", calls_that_fail(mg))
def test_errors_have_the_same_type(case):
    assert_same_error(calls_that_fail(mg)[case], calls_that_fail(torch)[case])


def test_our_own_class_is_no_name_of_theirs():
    assert not hasattr(torch.optim, "Momentum")
    ours = Run(mg, "Momentum", {"lr": 0.05})
    theirs = Run(torch, "SGD", {"lr": 0.05, "momentum": 0.9})
    for _ in range(10):
        ours.step()
        theirs.step()
    for x, y in zip(ours.values(), theirs.values(), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12)
    assert optim.Momentum([mg.ones(2)], momentum=0.5).defaults["momentum"] == 0.5


def test_a_users_own_counter_of_steps_is_loaded_as_the_number_that_it_is():
    def program(m):
        class Counting(m.optim.Optimizer):
            def __init__(self, params):
                super().__init__(params, {})

            def step(self):
                for p in self.param_groups[0]["params"]:
                    self.state[p]["step"] = self.state[p].get("step", 0) + 1

        p = m.nn.Parameter(m.zeros(2))
        optimizer = Counting([p])
        optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
        return type(optimizer.state[p]["step"]) is int, optimizer.state[p]["step"]

    assert_same(program)
