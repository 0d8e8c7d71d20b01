"""Optimizers: what they refuse, what they leave alone, saving and loading, on their own terms."""

import gc
import tracemalloc

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn, optim

EVERY = [
    (optim.SGD, {"lr": 0.1}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (optim.Momentum, {"lr": 0.1}),
    (optim.Adam, {"lr": 0.1, "amsgrad": True}),
    (optim.AdamW, {"lr": 0.1}),
    (optim.Adagrad, {"lr": 1.0}),
    (optim.Adadelta, {"lr": 1.0, "eps": 1e-2}),
    (optim.RMSprop, {"lr": 0.1, "momentum": 0.5, "centered": True}),
]
each = pytest.mark.parametrize(("kind", "options"), EVERY, ids=lambda v: getattr(v, "__name__", str(v)))


def parameters():
    return [nn.Parameter(mg.tensor([1.0, -2.0, 3.0])), nn.Parameter(mg.tensor(4.0))]


def descend(params, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        sum((p * p).sum() for p in params).backward()
        optimizer.step()


@each
def test_a_bowl_is_descended_in_place_and_unrecorded(kind, options):
    params = parameters()
    arrays = [p._array for p in params]
    optimizer = kind(params, **options)
    descend(params, optimizer, 200)
    for p, array in zip(params, arrays, strict=True):
        assert p._array is array
        assert p.is_leaf and p.requires_grad
        assert np.all(np.abs(array) < 0.6)


def test_one_step_of_plain_descent():
    p = nn.Parameter(mg.tensor([1.0, 2.0]))
    (p * mg.tensor([3.0, 4.0])).sum().backward()
    optim.SGD([p], lr=0.5).step()
    assert p.tolist() == [-0.5, 0.0]


def test_the_first_step_of_adam_is_the_rate_times_the_sign():
    p = nn.Parameter(mg.tensor([1.0, 2.0], dtype=mg.float64))
    (p * mg.tensor([1e-3, -40.0], dtype=mg.float64)).sum().backward()
    optim.Adam([p], lr=0.5, eps=0).step()
    np.testing.assert_allclose(p.tolist(), [0.5, 2.5], rtol=1e-12)


def test_decoupled_decay_does_not_depend_on_the_gradient():
    p = nn.Parameter(mg.tensor([2.0]))
    p.grad = mg.zeros(1)
    optim.AdamW([p], lr=0.1, weight_decay=0.5).step()
    assert p.item() == pytest.approx(1.9)


@each
def test_parameters_without_a_gradient_are_left_alone(kind, options):
    used, unused = parameters()
    optimizer = kind([used, unused], **options)
    descend([used], optimizer, 3)
    assert unused.item() == 4.0
    assert list(optimizer.state_dict()["state"]) in ([0], [])


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("weight_decay", [0, 0.1])
@each
def test_gradients_are_left_as_they_are(kind, options, weight_decay, maximize):
    p, _ = parameters()
    optimizer = kind([p], **{**options, "weight_decay": weight_decay, "maximize": maximize})
    p.grad = mg.tensor([1.0, 2.0, 3.0])
    for _ in range(3):
        optimizer.step()
        assert p.grad.tolist() == [1.0, 2.0, 3.0]
    for state in optimizer.state.values():
        assert not any(np.shares_memory(value._array, p.grad._array) for value in state.values())


@each
def test_a_backward_through_old_values_is_refused_after_the_step(kind, options):
    p, _ = parameters()
    loss = (p * p).sum()
    loss.backward(retain_graph=True)
    kind([p], **options).step()
    with pytest.raises(RuntimeError, match="in-place"):
        loss.backward()


@each
def test_loading_in_the_middle_continues_identically(kind, options):
    params = parameters()
    optimizer = kind(params, **options)
    descend(params, optimizer, 5)
    copies = [nn.Parameter(p.detach().clone()) for p in params]
    loaded = kind(copies, lr=123.0)
    loaded.load_state_dict(optimizer.state_dict())
    assert loaded.param_groups[0]["lr"] == options["lr"]
    descend(params, optimizer, 5)
    assert copies[0].tolist() != params[0].tolist(), "the loaded state must not share memory with the saved one"
    descend(copies, loaded, 5)
    for p, copy in zip(params, copies, strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), copy.detach().numpy())


@each
def test_steps_leave_no_garbage(kind, options):
    p = nn.Parameter(mg.zeros(100, 100))
    optimizer = kind([p], **options)
    p.grad = mg.ones(100, 100)
    for _ in range(2):
        optimizer.step()
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20):
            optimizer.step()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < p._array.nbytes / 2


def test_dampening_spares_the_first_gradient():
    p = nn.Parameter(mg.zeros(1))
    optimizer = optim.SGD([p], lr=1, momentum=0.5, dampening=0.25)
    places = []
    for _ in range(3):
        p.grad = mg.ones(1)
        optimizer.step()
        places.append(p.item())
    assert places == [-1, -2.25, -3.625]  # velocities 1, 0.5 * 1 + 0.75, 0.5 * 1.25 + 0.75


@pytest.mark.skipif(not kernels.ENABLED, reason="MINIGRAD_KERNELS=0: the formulas make temporary arrays")
def test_plain_steps_make_one_temporary_array_at_a_time():
    p = nn.Parameter(mg.zeros(100, 100))
    p.grad = mg.ones(100, 100)
    for optimizer in (optim.SGD([p]), optim.Momentum([p]), optim.Adam([p])):
        optimizer.step()
        tracemalloc.start()
        try:
            optimizer.step()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 1.5 * p._array.nbytes, optimizer


@pytest.mark.parametrize("shape", [(70_001,), (3, 30_000), (1, 70_000), (2, 70_000), (300, 2, 150)], ids=str)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("options", [{}, {"amsgrad": True, "weight_decay": 0.1, "maximize": True}], ids=str)
def test_a_large_parameter_moves_as_its_numbers_do(shape, transposed, options):
    rng = np.random.default_rng(0)
    values, *gradients = rng.standard_normal((4, *shape))
    large = mg.from_numpy(values.T if transposed else values).requires_grad_()
    some = rng.integers(0, values.size, 20)
    small = mg.tensor(values.ravel()[some], requires_grad=True)
    optimizers = [optim.Adam([p], lr=0.1, **options) for p in (large, small)]
    for g in gradients:
        large.grad = mg.tensor(g.T if transposed else g)
        small.grad = mg.tensor(g.ravel()[some])
        for optimizer in optimizers:
            optimizer.step()
    np.testing.assert_allclose(values.ravel()[some], small.tolist(), rtol=1e-13)
    for name, part in optimizers[1].state[small].items():
        whole = optimizers[0].state[large][name].numpy()
        np.testing.assert_allclose((whole.T if transposed else whole).ravel()[some] if whole.ndim else whole, part)


SHRINKING = [
    (optim.SGD, {"momentum": 0.8}),
    (optim.Momentum, {"momentum": 0.8, "nesterov": True}),
    (optim.Adam, {"betas": (0.8, 0.8)}),
    (optim.AdamW, {"betas": (0.8, 0.8)}),
    (optim.RMSprop, {"alpha": 0.8, "momentum": 0.8, "centered": True}),
    (optim.Adadelta, {"rho": 0.8}),
]


@pytest.mark.skipif(not kernels.ENABLED, reason="MINIGRAD_KERNELS=0: the formulas keep what is too small to matter")
@pytest.mark.parametrize("dtype", [mg.float32, mg.float64], ids=str)
@pytest.mark.parametrize("size", [1, 9_000])
@pytest.mark.parametrize(("kind", "options"), SHRINKING, ids=lambda v: getattr(v, "__name__", str(v)))
def test_averages_do_not_become_subnormal(kind, options, size, dtype):
    """Where no gradient comes any more, they shrink by a fifth at each step, in both groups."""
    ps = [mg.zeros(size, dtype=dtype, requires_grad=True) for _ in range(6)]
    optimizer = kind([{"params": ps[:3]}, {"params": ps[3:]}], lr=0.1, **options)
    tiny = np.finfo(dtype).tiny
    for p in ps:
        p.grad = mg.ones(size, dtype=dtype)
    optimizer.step()
    for p in ps[1:]:
        p.grad = mg.zeros(size, dtype=dtype)
    for step in range(int(np.log(tiny) / np.log(0.8)) + 200):
        optimizer.step()
        if step % 50 == 0:
            for name, value in ((n, v.numpy()) for p in ps for n, v in optimizer.state[p].items()):
                assert not ((value != 0) & (np.abs(value) < tiny)).any(), (step, name)
    gone = [v.numpy() for n, v in optimizer.state[ps[-1]].items() if n != "step"]
    assert gone and not any(map(np.any, gone))
    assert all(v.numpy().all() for n, v in optimizer.state[ps[0]].items())


@pytest.mark.skipif(not kernels.ENABLED, reason="MINIGRAD_KERNELS=0: the formulas keep what is too small to matter")
def test_only_averages_lose_what_is_too_small():
    """A state of another name may mean what it says."""

    class Odd(optim.Optimizer):
        def _update(self, x, g, state, group):
            state.setdefault("least", mg.full(x.shape, 1e-40))
            state.setdefault("exp_avg", mg.full(x.shape, 1e-40))

    p = mg.zeros(2, requires_grad=True)
    p.grad = mg.ones(2)
    optimizer = Odd([p], {})
    for _ in range(100):
        optimizer.step()
    assert optimizer.state[p]["least"].numpy().all()
    assert not optimizer.state[p]["exp_avg"].numpy().any()


@pytest.mark.skipif(not kernels.ENABLED, reason="MINIGRAD_KERNELS=0: the formulas keep what is too small to matter")
def test_infinities_and_nan_stay_in_averages():
    p = mg.zeros(3, requires_grad=True)
    optimizer = optim.Adam([p])
    p.grad = mg.tensor([1.0, np.inf, np.nan])
    for _ in range(100):
        optimizer.step()
    assert np.isnan(p.tolist()).tolist() == [False, True, True]
    assert optimizer.state[p]["exp_avg"].tolist()[1] == np.inf
    assert np.isnan(optimizer.state[p]["exp_avg"].tolist()[2])


def test_a_constant_gradient_leaves_the_centered_variance_finite():
    p = nn.Parameter(mg.zeros(50))
    optimizer = optim.RMSprop([p], centered=True)
    for _ in range(3000):
        p.grad = mg.full((50,), 0.1)
        optimizer.step()
    assert np.isfinite(p.detach().numpy()).all()


def test_groups_have_their_own_options():
    p, q = parameters()
    optimizer = optim.SGD([{"params": p}, {"params": [q], "lr": 0.5}], lr=0.1)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5]
    extra = nn.Parameter(mg.ones(1))
    optimizer.add_param_group({"params": (x for x in [extra]), "momentum": 0.9})
    assert optimizer.param_groups[2]["params"][0] is extra
    descend([p, q, extra], optimizer, 1)
    assert q.item() == 0.0
    assert extra.item() == pytest.approx(0.8)
    optimizer.param_groups[1]["lr"] = 0.25
    q.data = mg.tensor(4.0)
    descend([p, q, extra], optimizer, 1)
    assert q.item() == 2.0


def test_the_caller_keeps_the_dictionaries():
    given = {"params": parameters()}
    optim.SGD([given])
    assert list(given) == ["params"]


def test_closure_is_recorded_and_its_loss_returned():
    p, _ = parameters()
    optimizer = optim.SGD([p], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with mg.no_grad():
        assert optimizer.step(closure).item() == 14.0
    assert p.tolist() == pytest.approx([0.8, -1.6, 2.4])
    assert optimizer.step() is None


@pytest.mark.parametrize("owner", ["optimizer", "module"])
def test_zero_grad(owner):
    layer = nn.Linear(2, 1)
    target = optim.SGD(layer.parameters()) if owner == "optimizer" else layer
    target.zero_grad(set_to_none=False)
    assert layer.weight.grad is None
    (layer(mg.ones(1, 2)) ** 2).sum().backward(create_graph=True)
    assert layer.weight.grad.requires_grad
    memory = layer.weight.grad._array
    target.zero_grad(set_to_none=False)
    assert layer.weight.grad._array is memory
    assert layer.weight.grad.tolist() == [[0.0, 0.0]]
    assert not layer.weight.grad.requires_grad
    target.zero_grad()
    assert layer.weight.grad is None


def test_a_model_that_changes_its_dtype_is_still_optimized():
    layer = nn.Linear(2, 1)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    for convert in (layer.float, layer.double):
        convert()
        before = layer.weight.detach().clone()
        layer(mg.ones(1, 2, dtype=layer.weight.dtype)).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
        np.testing.assert_allclose((before - layer.weight.detach()).numpy(), 0.1, rtol=1e-6)


def test_repr_lists_the_options():
    text = repr(optim.SGD([{"params": [nn.Parameter(mg.ones(1))]}, {"params": [nn.Parameter(mg.ones(1))], "lr": 2}]))
    switches = "    differentiable: False\n    foreach: None\n    fused: None\n"
    assert text.startswith(f"SGD (\nParameter Group 0\n    dampening: 0\n{switches}    lr: 0.001\n")
    assert text.endswith("    lr: 2\n    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n)")


def test_a_rate_that_is_a_tensor_stays_one_and_is_copied_by_loading():
    p = nn.Parameter(mg.tensor([1.0]))
    lr = mg.tensor(0.5)
    optimizer = optim.SGD([p], lr=lr)
    descend([p], optimizer, 1)
    assert p.item() == 0.0 and optimizer.param_groups[0]["lr"] is lr
    loaded = optim.SGD([p])
    loaded.load_state_dict(optimizer.state_dict())
    lr.fill_(2.0)
    assert loaded.param_groups[0]["lr"].item() == 0.5

    def closure():
        assert mg.is_grad_enabled()
        lr.fill_(4.0)
        p.grad = mg.ones(1)
        return 7

    with mg.no_grad():
        assert optimizer.step(closure) == 7
    assert p.item() == -4.0


def test_a_rate_is_a_tensor_again_after_a_step_that_fails():
    p = nn.Parameter(mg.ones(2))
    optimizer = optim.SGD([p], lr=mg.tensor(0.5), momentum=0.9)
    p.grad = mg.ones(2)
    optimizer.step()
    optimizer.state[p]["momentum_buffer"] = mg.ones(3)
    with pytest.raises(RuntimeError):
        optimizer.step()
    assert isinstance(optimizer.param_groups[0]["lr"], mg.Tensor)


def test_a_state_from_before_the_switches_is_loaded():
    p, q = parameters()
    optimizer = optim.Adam([p, q])
    state = optimizer.state_dict()
    for name in ("foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay"):
        del state["param_groups"][0][name]
    optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["foreach"] is None
    descend([p, q], optimizer, 1)


def test_a_subclass_of_an_optimizer_has_its_switches():
    class Mine(optim.Momentum):
        def __init__(self, params):
            super().__init__(params, 0.1, foreach=True)

    assert Mine(parameters()).defaults["foreach"] is True
    assert "foreach" not in optim.Optimizer(parameters(), {}).defaults


def load_changed(change):
    p, q = parameters()
    optimizer = optim.Adam([p, q])
    descend([p, q], optimizer, 1)
    before = repr(optimizer.state_dict())
    state = optimizer.state_dict()
    change(state)
    try:
        optimizer.load_state_dict(state)
    finally:
        assert repr(optimizer.state_dict()) == before, "a failed load must change nothing"


REFUSED = {
    "a tensor": (TypeError, "SGD.*iterable.*Parameter.*list", lambda p: optim.SGD(p)),
    "a name alone": (TypeError, "SGD.*Tensors.*tuple", lambda p: optim.SGD([("weight",)])),
    "a name missing": (ValueError, "SGD.*names", lambda p: optim.SGD([("weight", p), nn.Parameter(mg.ones(1))])),
    "a group without names": (
        ValueError,
        "SGD.*names",
        lambda p: optim.SGD([{"params": [("weight", p)]}, {"params": nn.Parameter(mg.ones(1))}]),
    ),
    "nothing": (ValueError, "Adam got an empty parameter list", lambda p: optim.Adam(iter(()))),
    "a computed tensor": (ValueError, r"SGD.*non-leaf.*\(2,\)", lambda p: optim.SGD([p * 2])),
    "twice": (ValueError, r"SGD.*\(2,\) was given twice", lambda p: optim.SGD([p, p])),
    "an unknown option": (ValueError, "SGD.*'momentun'.*momentum", lambda p: optim.SGD([{"params": p, "momentun": 1}])),
    "an unknown keyword": (TypeError, "capturable", lambda p: optim.SGD([p], capturable=True)),
    "capturable": (NotImplementedError, r"Adam\(\).*'capturable=True'", lambda p: optim.Adam([p], capturable=True)),
    "differentiable": (NotImplementedError, r"SGD\(\).*differentiable", lambda p: optim.SGD([p], differentiable=True)),
    "differentiable of a group": (
        NotImplementedError, r"SGD\(\).*'differentiable=", lambda p: optim.SGD([{"params": p, "differentiable": True}])
    ),
    "decoupled": (NotImplementedError, "Adam: .*AdamW", lambda p: optim.Adam([p], decoupled_weight_decay=True)),
    "coupled": (
        NotImplementedError, "AdamW: .*Adam", lambda p: optim.AdamW([p]).load_state_dict(optim.Adam([p]).state_dict())
    ),
    "fused and foreach": (RuntimeError, "AdamW: fused", lambda p: optim.AdamW([p], fused=True, foreach=True)),
    "a word as a switch": (TypeError, "SGD.*foreach must be True or False", lambda p: optim.SGD([p], foreach="no")),
    "rho": (ValueError, "Adadelta: rho", lambda p: optim.Adadelta([p], rho=1.5)),
    "a negative rate": (ValueError, "SGD: lr.*-1", lambda p: optim.SGD([p], lr=-1)),
    "a NaN rate": (ValueError, "SGD: lr.*nan", lambda p: optim.SGD([p], lr=float("nan"))),
    "a negative rate of a group": (ValueError, "Adam: lr.*-1", lambda p: optim.Adam([{"params": p, "lr": -1}])),
    "two rates": (ValueError, "SGD: lr .* one element", lambda p: optim.SGD([p], lr=mg.tensor([0.1, 0.2]))),
    "a negative tensor": (ValueError, "SGD: lr.*-1", lambda p: optim.SGD([p], lr=mg.tensor(-1.0))),
    "a tensor and foreach": (ValueError, "Adam: foreach", lambda p: optim.Adam([p], mg.tensor(0.1), foreach=True)),
    "one beta": (ValueError, "Adam: betas", lambda p: optim.Adam([p], betas=(0.9,))),
    "nesterov": (ValueError, "Momentum: nesterov.*dampening=0.5", lambda p: optim.Momentum([p], 1, 0.9, 0.5, 0, True)),
    "no update": (NotImplementedError, "Optimizer", lambda p: step_of(optim.Optimizer([p], {}), p, mg.ones(2))),
    "sizes": (
        ValueError,
        r"Adam.*\[1\].*\[2\]",
        lambda p: load_changed(lambda s: s["param_groups"][0]["params"].pop()),
    ),
    "another's": (ValueError, "Adam.*'betas'", lambda p: load_changed(lambda s: s["param_groups"][0].pop("betas"))),
    "bad options": (ValueError, "Adam: lr", lambda p: load_changed(lambda s: s["param_groups"][0].update(lr=-1))),
    "unknown parameter": (ValueError, "Adam.*7", lambda p: load_changed(lambda s: s["state"].update({7: {}}))),
    "state's shape": (
        ValueError,
        r"Adam.*exp_avg.*\(5,\).*\(3,\)",
        lambda p: load_changed(lambda s: s["state"][0].update(exp_avg=mg.ones(5))),
    ),
}


def step_of(optimizer, p, gradient):
    p.grad = gradient
    optimizer.step()


@pytest.mark.parametrize(("error", "message", "call"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_why(error, message, call):
    with pytest.raises(error, match=message):
        call(nn.Parameter(mg.ones(2)))
