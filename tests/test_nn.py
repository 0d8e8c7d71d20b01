"""Modules: registration, order, hooks, copying, saving and loading, containers, initialisers."""

import copy
import os
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.zeta = nn.Parameter(mg.ones(2))
        self.first = nn.Linear(2, 3)
        self.register_buffer("seen", mg.zeros(1))
        self.register_buffer("scratch", mg.zeros(1), persistent=False)
        self.alpha = nn.Parameter(mg.ones(3))
        self.second = nn.Sequential(nn.Linear(3, 3), nn.ReLU())

    def forward(self, x):
        return self.second(self.first(x * self.zeta) * self.alpha)


NAMES = ["zeta", "alpha", "first.weight", "first.bias", "second.0.weight", "second.0.bias"]

# -- Attributes ----------------------------------------------------------------------------------------------


def test_parameters_come_in_the_order_of_definition():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == NAMES
    assert list(net.state_dict()) == [*NAMES[:2], "seen", *NAMES[2:]]


def test_the_order_does_not_depend_on_the_hash_seed():
    script = "from tests.test_nn import Net; print([n for n, _ in Net().named_parameters()])"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        assert run.stdout.strip() == str(NAMES)


def test_reassigning_keeps_the_place_and_changing_the_kind_does_not():
    net = Net()
    net.zeta = None
    net.zeta = nn.Parameter(mg.zeros(2))
    assert [name for name, _ in net.named_parameters()] == NAMES
    net.alpha = None
    assert "alpha" not in dict(net.named_parameters())
    net.seen = nn.Parameter(mg.zeros(1))
    assert [name for name, _ in net.named_parameters()][1] == "seen"
    assert [name for name, _ in net.named_buffers()] == ["scratch"]
    net.scratch = nn.ReLU()
    assert "scratch" in dict(net.named_children())
    del net.scratch
    net.register_buffer("scratch", mg.zeros(1), persistent=False)
    net.scratch = nn.Parameter(mg.zeros(1))
    assert "scratch" in net.state_dict(), "a parameter must not inherit that a buffer was not persistent"
    del net.scratch
    net.plain = 3
    net.plain = nn.Parameter(mg.zeros(1))
    assert [name for name, _ in net.named_parameters(recurse=False)] == ["zeta", "seen", "plain"]


def test_deleting_forgets():
    net = Net()
    del net.first, net.alpha, net.seen
    assert list(net.state_dict()) == ["zeta", "second.0.weight", "second.0.bias"]
    with pytest.raises(AttributeError, match="'Net' object has no attribute 'first'"):
        net.first  # noqa: B018
    with pytest.raises(AttributeError):
        del net.first
    net.scratch = mg.ones(1)
    del net.scratch
    net.register_buffer("scratch", mg.ones(1))
    assert "scratch" in net.state_dict()


def test_unknown_attributes_raise_and_suggest():
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'wieght'; did you mean 'weight'"):
        nn.Linear(1, 1).wieght  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'mode'"):
        assert Net().mode == "eval"
    assert not hasattr(Net(), "qqqqqq")


def test_names_are_listed_for_completion():
    assert {"zeta", "first", "seen", "parameters"} <= set(dir(Net()))
    assert "0" not in dir(Net().second)


class Forgetful(nn.Module):
    def __init__(self, value):
        self.value = value


@pytest.mark.parametrize("value", [nn.Parameter(mg.ones(1)), nn.ReLU()], ids=["parameter", "module"])
def test_assigning_before_init_says_what_to_do(value):
    with pytest.raises(AttributeError, match=r"'value' to Forgetful.*super\(\).__init__\(\)"):
        Forgetful(value)


def test_calling_without_init_says_what_to_do():
    with pytest.raises(AttributeError, match=r"Forgetful.*super\(\).__init__\(\)"):
        Forgetful(3)(1)


REFUSED = {
    "tensor as parameter": (TypeError, "Net.zeta must be a Parameter or None, not Tensor", "zeta", mg.ones(2)),
    "module as parameter": (TypeError, "Net.zeta must be a Parameter or None, not ReLU", "zeta", nn.ReLU()),
    "number as module": (TypeError, "Net.first must be a Module or None, not int", "first", 3),
    "number as buffer": (TypeError, "Net.seen must be a Tensor or None, not int", "seen", 3),
}


@pytest.mark.parametrize(("error", "message", "name", "value"), REFUSED.values(), ids=REFUSED)
def test_a_registered_name_keeps_its_kind(error, message, name, value):
    net = Net()
    with pytest.raises(error, match=message):
        setattr(net, name, value)
    assert getattr(net, name) is not value


def test_parameter():
    data = mg.ones(2)
    p = nn.Parameter(data)
    assert isinstance(p, mg.Tensor) and p.is_leaf and p.requires_grad
    assert np.shares_memory(p._array, data._array)
    assert repr(p) == "Parameter containing:\ntensor([1., 1.], requires_grad=True)"
    assert nn.Parameter(data.requires_grad_() * 2).is_leaf
    assert nn.Parameter().shape == (0,)
    assert not nn.Parameter(mg.tensor([1]), requires_grad=False).requires_grad
    assert type(p * 2) is mg.Tensor
    with pytest.raises(TypeError, match=r"Parameter\(\).*list.*tensor\(\)"):
        nn.Parameter([1.0])


# -- The whole of a model ------------------------------------------------------------------------------------


def test_shared_modules_and_parameters_are_counted_once():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
    net.append(net[0])
    net[2].weight = net[0].weight
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "2.bias"]
    assert [name for name, _ in net.named_parameters(remove_duplicate=False)] == [
        f"{i}.{kind}" for i in (0, 2, 3) for kind in ("weight", "bias")
    ]
    assert [name for name, _ in net.named_modules()] == ["", "0", "1", "2"]
    assert len(list(net.children())) == 3
    assert list(net.state_dict()) == [f"{i}.{kind}" for i in (0, 2, 3) for kind in ("weight", "bias")]


def test_apply_goes_from_the_leaves_up():
    net, seen = Net(), []
    assert net.apply(seen.append) is net
    assert seen == [net.first, net.second[0], net.second[1], net.second, net]


def test_train_and_eval_reach_all():
    net = Net()
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert all(module.training for module in net.train().modules())


def test_requires_grad():
    net = Net()
    assert not any(p.requires_grad for p in net.requires_grad_(False).parameters())
    assert not net(mg.ones(1, 2)).requires_grad
    assert all(p.requires_grad for p in net.requires_grad_().parameters())


def test_conversion_keeps_the_parameters_themselves():
    net = Net()
    net.register_buffer("count", mg.tensor([1]))
    net(mg.ones(1, 2)).sum().backward()
    before = list(net.parameters())
    assert net.double() is net
    after = list(net.parameters())
    assert all(p is q for p, q in zip(before, after, strict=True))
    assert {p.dtype for p in after} == {p.grad.dtype for p in after} == {net.seen.dtype} == {mg.float64}
    assert net.count.dtype == mg.int64
    net.zero_grad()
    net(mg.ones(1, 2, dtype=mg.float64)).sum().backward()
    assert net.zeta.grad.dtype == mg.float64
    assert net.to("cpu", mg.float32).zeta.dtype == net.float().zeta.dtype == mg.float32
    with pytest.raises(TypeError, match=r"floating.*int64"):
        net.to(mg.int64)
    with pytest.raises(RuntimeError, match="cuda"):
        nn.ReLU().to("cuda")


def test_layers_honour_device_and_dtype():
    assert nn.Linear(2, 3, dtype=mg.float64, device="cpu").bias.dtype == mg.float64
    mg.set_default_dtype(mg.float64)
    try:
        assert nn.Linear(2, 3).weight.dtype == mg.float64
    finally:
        mg.set_default_dtype(mg.float32)
    with pytest.raises(RuntimeError, match="cuda"):
        nn.Linear(2, 3, device="cuda")


def test_deepcopy_is_independent_and_learns():
    net = Net()
    net.tied = net.zeta
    net(mg.ones(1, 2)).sum().backward()
    copied = copy.deepcopy(net)
    assert copied.zeta is copied.tied is copied._parameters["zeta"]
    assert all(p.grad is None and p.is_leaf and p.requires_grad for p in copied.parameters())
    with mg.no_grad():
        copied.zeta *= 5
        copied.seen += 1
    assert net.zeta.tolist() == [1.0, 1.0] and net.seen.tolist() == [0.0]
    before = net.zeta.grad.tolist()
    (copied.zeta * 3).sum().backward()
    assert copied.zeta.grad.tolist() == [3.0, 3.0]
    assert net.zeta.grad.tolist() == before


def test_hooks():
    layer, calls = nn.Identity(), []
    pre = layer.register_forward_pre_hook(lambda module, args: calls.append(args) or args[0] + 1)
    post = layer.register_forward_hook(lambda module, args, output: output * 10)
    silent = layer.register_forward_hook(lambda module, args, output: calls.append(output))
    assert layer(1) == 20
    assert calls == [(1,), 20]
    pre.remove()
    assert layer(1) == 10
    post.remove()
    silent.remove()
    silent.remove()
    assert layer(1) == 1


# -- Saving and loading --------------------------------------------------------------------------------------


def test_state_round_trip():
    source, target = Net(), Net()
    source.seen += 7
    identity = list(target.parameters())
    loaded = target.load_state_dict(source.state_dict())
    assert loaded == ([], []) and repr(loaded) == "<All keys matched successfully>"
    x = mg.randn(5, 2)
    np.testing.assert_array_equal(source(x).detach().numpy(), target(x).detach().numpy())
    assert all(p is q and p.requires_grad for p, q in zip(identity, target.parameters(), strict=True))
    assert target.seen.item() == 7
    assert not np.shares_memory(source.zeta._array, target.zeta._array)


def test_state_is_a_view_without_history():
    net = Net()
    state = net.state_dict()
    assert np.shares_memory(state["zeta"]._array, net.zeta._array)
    assert type(state["zeta"]) is mg.Tensor and not state["zeta"].requires_grad


def test_loading_converts_the_dtype():
    net = Net()
    net.load_state_dict({name: value.double() for name, value in Net().state_dict().items()})
    assert net.zeta.dtype == mg.float32


def test_loading_is_seen_by_a_backward_that_needs_the_old_values():
    net = Net()
    loss = (net.zeta * net.zeta).sum()
    net.load_state_dict(Net().state_dict())
    with pytest.raises(RuntimeError, match="in-place"):
        loss.backward()


def test_a_failed_load_lists_everything_and_changes_nothing():
    net = Net()
    before = {name: value.numpy().copy() for name, value in net.state_dict().items()}
    state = {name: value + 1 for name, value in net.state_dict().items()}
    del state["zeta"], state["first.weight"]
    state |= {"extra": mg.ones(1), "first.bias": mg.ones(4), "second.0.bias": [1.0], "more.extra": mg.ones(1)}
    with pytest.raises(RuntimeError) as error:
        net.load_state_dict(state)
    assert str(error.value) == (
        "Error(s) in loading state_dict for Net:\n"
        '\tMissing key(s) in state_dict: "zeta", "first.weight"\n'
        '\tUnexpected key(s) in state_dict: "extra", "more.extra"\n'
        "\tsize mismatch for first.bias: given (4,), the model has (3,)\n"
        "\texpected a Tensor for second.0.bias, not list"
    )
    with pytest.raises(RuntimeError, match="size mismatch"):
        net.load_state_dict(state, strict=False)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[name])


def test_loading_a_part():
    net = Net()
    loaded = net.load_state_dict({"zeta": mg.tensor([5.0, 6.0]), "extra": mg.ones(1)}, strict=False)
    assert net.zeta.tolist() == [5.0, 6.0]
    assert loaded.missing_keys == ["alpha", "seen", *NAMES[2:]]
    assert loaded.unexpected_keys == ["extra"]
    assert "extra" in repr(loaded)


# -- Containers ----------------------------------------------------------------------------------------------


def kinds(modules):
    return [type(module).__name__ for module in modules]


def test_sequential():
    net = nn.Sequential(OrderedDict(a=nn.Linear(1, 2), b=nn.Tanh()))
    assert net.a is net[0] is net[-2]
    assert list(net[1:]._modules) == ["b"] and isinstance(net[1:], nn.Sequential)
    assert len(net) == 2 and kinds(net) == ["Linear", "Tanh"]
    net[1] = nn.Sigmoid()
    assert net.b is net[1] and kinds([net.b]) == ["Sigmoid"]
    assert net.append(nn.ReLU()) is net
    net.extend([nn.Identity()]).insert(0, nn.Flatten())
    assert kinds(net) == ["Flatten", "Linear", "Sigmoid", "ReLU", "Identity"]
    assert list(net._modules) == ["0", "1", "2", "3", "4"]
    del net[1]
    assert kinds(net) == ["Flatten", "Sigmoid", "ReLU", "Identity"]
    assert nn.Sequential()(3) == 3
    with pytest.raises(IndexError, match="Sequential of 4"):
        net[4]
    with pytest.raises(AssertionError, match="needs a Module, not function"):
        net.insert(0, lambda x: x)
    assert kinds(net) == ["Flatten", "Sigmoid", "ReLU", "Identity"]


def test_module_list():
    layers = nn.ModuleList(nn.Linear(i + 1, 1) for i in range(3))
    assert [layer.in_features for layer in layers] == [1, 2, 3]
    assert [layer.in_features for layer in layers[1:]] == [2, 3] and isinstance(layers[1:], nn.ModuleList)
    layers[-1] = nn.ReLU()
    layers.insert(1, nn.Tanh())
    assert kinds(layers) == ["Linear", "Tanh", "Linear", "ReLU"]
    assert len(list(layers.parameters())) == 4


def test_module_dict():
    heads = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Tanh()})
    heads["c"] = nn.Linear(1, 1)
    heads.update([("a", nn.Sigmoid())])
    assert list(heads) == list(heads.keys()) == ["a", "b", "c"]
    assert kinds(heads.values()) == ["Sigmoid", "Tanh", "Linear"]
    assert "b" in heads and len(heads) == 3
    assert kinds([heads.pop("b")]) == ["Tanh"]
    assert "b" not in heads and not hasattr(heads, "b")
    del heads["a"]
    assert [name for name, _ in heads.items()] == ["c"]
    with pytest.raises(KeyError, match="'keys'"):
        heads["keys"] = nn.ReLU()


def test_repr_nests():
    class Described(nn.Sequential):
        def extra_repr(self):
            return "one\ntwo"

    assert repr(Described(nn.Linear(1, 2, bias=False))) == (
        "Described(\n  one\n  two\n  (0): Linear(in_features=1, out_features=2, bias=False)\n)"
    )


def test_activations_are_subclassable_and_named():
    class Sharp(nn.Softmax):
        def forward(self, x):
            return super().forward(x * 1000)

    assert Sharp(dim=0)(mg.tensor([0.0, 1.0])).tolist() == [0.0, 1.0]
    with pytest.raises(TypeError, match=r"Softmax.*unexpected keyword argument 'axis'"):
        nn.Softmax(axis=1)
    with pytest.raises(TypeError, match=r"ReLU.*unexpected keyword argument 'slope'"):
        nn.ReLU(slope=1)


# -- Initialisers --------------------------------------------------------------------------------------------


def test_initialisers_write_in_place_and_are_repeatable():
    p = nn.Parameter(mg.zeros(4, 6))
    array = p._array
    loss = (p * p).sum()
    drawn = []
    for _ in range(2):
        mg.manual_seed(3)
        assert nn.init.kaiming_uniform_(p) is p
        drawn.append(p.tolist())
    assert drawn[0] == drawn[1] and p._array is array and p.is_leaf and p.requires_grad
    with pytest.raises(RuntimeError, match="in-place"):
        loss.backward()
    generator = mg.Generator().manual_seed(7)
    state = mg.get_rng_state().tolist()
    for name in ("uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "xavier_normal_", "orthogonal_"):
        getattr(nn.init, name)(p, generator=generator)
    nn.init.kaiming_normal_(p, generator=generator)
    assert mg.get_rng_state().tolist() == state


def test_the_bounds_of_a_new_linear_layer():
    for features in (1, 16, 400):
        layer = nn.Linear(features, 500)
        for p in layer.parameters():
            largest = np.abs(p.detach().numpy()).max()
            assert 0.98 / features**0.5 < largest <= 1 / features**0.5 * (1 + 1e-6)
    empty = nn.Linear(0, 3)
    assert empty(mg.zeros(2, 0)).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (4, 2, 3)], ids=str)
def test_orthogonal(shape):
    q = nn.init.orthogonal_(mg.zeros(shape, dtype=mg.float64), gain=2).numpy().reshape(shape[0], -1)
    gram = q @ q.T if q.shape[0] <= q.shape[1] else q.T @ q
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_orthogonal_has_no_preferred_sign():
    mg.manual_seed(0)
    corners = [nn.init.orthogonal_(mg.zeros(2, 2))[0, 0].item() > 0 for _ in range(200)]
    assert 70 < sum(corners) < 130


@pytest.mark.parametrize(("a", "b"), [(-2, 2), (0.5, 4), (7.5, 8.5), (-8, -6), (-1e-6, 1e-6), (40, 41)])
def test_truncated_normal_keeps_its_bounds(a, b):
    x = nn.init.trunc_normal_(mg.zeros(5000, dtype=mg.float64), a=a, b=b).numpy()
    assert a <= x.min() and x.max() <= b
    if abs(a) < 40:
        assert len(np.unique(x)) > 4900
        z = np.linspace(a, b, 20001)
        density = np.exp(-((z - max(a, min(b, 0))) * (z + max(a, min(b, 0)))) / 2)
        mean = np.sum(z * density) / np.sum(density)
        assert abs(x.mean() - mean) < 4 * x.std() / 5000**0.5


def test_zero_lengths_are_left_empty():
    for name in ("kaiming_uniform_", "xavier_normal_", "orthogonal_", "trunc_normal_"):
        assert getattr(nn.init, name)(mg.zeros(0, 3)).shape == (0, 3)


@pytest.mark.parametrize(
    ("bias", "said"),
    [(mg.ones(1), r"bias of shape \(1,\) does not fit"), (mg.ones(3, dtype=mg.float64), "bias is float64")],
)
def test_a_bias_that_does_not_fit_is_refused(bias, said):
    layer = nn.Linear(2, 3)
    layer.bias = nn.Parameter(bias)
    with pytest.raises(RuntimeError, match=said):
        layer(mg.ones(4, 2))


def test_reset_parameters_draws_the_layers_own_parameters_alone():
    class Scaled(nn.Linear):
        def __init__(self):
            super().__init__(2, 3)
            self.scale = nn.Parameter(mg.ones(3))

    layer = Scaled()
    before = layer.weight.detach().numpy().copy()
    layer.reset_parameters()
    assert not np.array_equal(layer.weight.detach().numpy(), before)
    np.testing.assert_array_equal(layer.scale.detach().numpy(), [1, 1, 1])
