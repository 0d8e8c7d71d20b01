"""What a module's class may override, and what modules and containers refuse, in both libraries."""

import pytest

import minigrad as mg
from minigrad import nn

from .comparing import is_refusal
from .outcomes import outcome

torch = pytest.importorskip("torch")

BOTH = pytest.mark.parametrize("lib", [mg, torch], ids=["minigrad", "torch"])


def counter(lib):
    """A class whose modules have a count beside a parameter."""

    class Counter(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = lib.nn.Parameter(lib.zeros(1))
            self.count = 0

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    return Counter


@BOTH
def test_extra_state(lib):
    source, target = (lib.nn.Sequential(counter(lib)(), lib.nn.Linear(1, 1), counter(lib)()) for _ in range(2))
    source[0].count, source[2].count = 3, 5
    state = source.state_dict()
    assert list(state) == ["0.weight", "0._extra_state", "1.weight", "1.bias", "2.weight", "2._extra_state"]
    assert state["2._extra_state"] == {"count": 5}
    keys = target.load_state_dict(state)
    assert (target[0].count, target[2].count) == (3, 5) and not any(keys)
    del state["0._extra_state"]
    state["1._extra_state"] = 7
    with pytest.raises(RuntimeError) as error:
        target.load_state_dict(state)
    assert '"0._extra_state"' in str(error.value) and '"1._extra_state"' in str(error.value)
    keys = target.load_state_dict(state, strict=False)
    assert (keys.missing_keys, keys.unexpected_keys) == (["0._extra_state"], ["1._extra_state"])
    for call in (lib.nn.ReLU().get_extra_state, lambda: lib.nn.ReLU().set_extra_state(1)):
        with pytest.raises(RuntimeError):
            call()


@BOTH
def test_extra_state_of_one_direction(lib):
    class Given(lib.nn.Module):
        def get_extra_state(self):
            return 1

    class Taken(lib.nn.Module):
        def set_extra_state(self, state):
            self.state = state

    assert Given().state_dict(prefix="a.") == {"a._extra_state": 1}
    assert Given().load_state_dict({"_extra_state": 1}, strict=False).unexpected_keys == ["_extra_state"]
    assert Taken().load_state_dict({}, strict=False).missing_keys == ["_extra_state"]


@BOTH
def test_call_super_init(lib):
    class Named:
        def __init__(self, name="none"):
            self.name = name

    class Both(lib.nn.Module, Named):
        call_super_init = True

        def __init__(self, name):
            super().__init__(name)

    class First(lib.nn.Module, Named):
        def __init__(self):
            super().__init__()

    assert Both("a").name == "a" and Both("a").training
    assert not hasattr(First(), "name")
    for wrong in (lambda: lib.nn.Module(3), lambda: lib.nn.Module(name=3)):
        with pytest.raises(TypeError):
            wrong()


@BOTH
def test_a_shared_module_is_found_once_or_as_often_as_it_is_there(lib):
    shared = lib.nn.Linear(1, 1)
    net = lib.nn.Sequential(shared, lib.nn.Sequential(shared))
    assert [type(module).__name__ for module in net.modules()] == ["Sequential", "Linear", "Sequential"]
    found = net.modules(remove_duplicate=False)
    assert [type(module).__name__ for module in found] == ["Sequential", "Linear", "Sequential", "Linear"]


@BOTH
def test_a_state_of_the_parameters_themselves_in_a_dictionary_that_is_there(lib):
    net = lib.nn.Sequential(lib.nn.Linear(1, 1), lib.nn.BatchNorm1d(1))
    state = {"epoch": 3}
    assert net.state_dict(destination=state, prefix="net.", keep_vars=True) is state
    assert list(state) == ["epoch", *[f"net.{name}" for name in net.state_dict()]]
    assert state["net.0.weight"] is net[0].weight and state["net.1.running_var"] is net[1].running_var
    assert not net.state_dict()["0.weight"].requires_grad


@BOTH
def test_methods_that_a_child_overrides_are_called(lib):
    class Frozen(lib.nn.Linear):
        def train(self, mode=True):
            return super().train(False)

        def state_dict(self, *args, **kwargs):
            state = super().state_dict(*args, **kwargs)
            state[kwargs["prefix"] + "note"] = 1
            return state

    class Half(lib.nn.Sequential):
        def named_parameters(self, *args, **kwargs):
            return (pair for pair in super().named_parameters(*args, **kwargs) if "bias" in pair[0])

        def named_buffers(self, *args, **kwargs):
            return iter([("b", 1)])

    net = lib.nn.Sequential(lib.nn.Sequential(Frozen(1, 1)), lib.nn.ReLU()).train()
    assert [module.training for module in net.modules()] == [True, True, False, True]
    assert list(net.state_dict()) == ["0.0.weight", "0.0.bias", "0.0.note"]
    half = Half(lib.nn.Linear(1, 1))
    assert len(list(half.parameters())) == 1 and list(half.buffers()) == [1]
    half.requires_grad_(False)
    assert [half[0].weight.requires_grad, half[0].bias.requires_grad] == [True, False]


@pytest.mark.parametrize("name", ["_apply", "_call_impl", "_load_from_state_dict", "_save_to_state_dict"])
def test_what_would_never_be_called_is_refused(name):
    assert hasattr(torch.nn.Module, name)
    with pytest.raises(NotImplementedError, match=rf"class Own defines {name}\(\)"):
        type("Own", (nn.Module,), {name: lambda self: None})


def two(lib, kind):
    return (
        kind([lib.nn.ReLU(), lib.nn.Sigmoid()]) if kind is lib.nn.ModuleList else kind(lib.nn.ReLU(), lib.nn.Sigmoid())
    )


REFUSED = {
    "to cpu, True": lambda lib, net: net.to("cpu", True),
    "to copy": lambda lib, net: net.to(copy=True),
    "to cpu copy": lambda lib, net: net.to("cpu", copy=True),
    "to dtype, flag, copy": lambda lib, net: net.to(lib.float64, True, True),
    "to tensor, flag, copy": lambda lib, net: net.to(lib.zeros(1), False, True),
    "to all": lambda lib, net: net.to("cpu", lib.float64, False, True),
    "to integers": lambda lib, net: net.to(lib.int64),
    "to dtype, cpu": lambda lib, net: net.to(lib.float64, "cpu"),
    "to cpu, cpu": lambda lib, net: net.to("cpu", "cpu"),
    "to unknown": lambda lib, net: net.to("foo"),
    "to by unknown name": lambda lib, net: net.to(x=1),
    "train": lambda lib, net: net.train(1),
    "requires_grad_": lambda lib, net: net.requires_grad_(1),
    **{f"insert {i}": lambda lib, net, i=i: two(lib, lib.nn.Sequential).insert(i, net) for i in (-5, -3, 3, 5, 1.5)},
    **{f"insert in list {i}": lambda lib, net, i=i: two(lib, lib.nn.ModuleList).insert(i, net) for i in (-5, -1, 0.5)},
    "insert no module": lambda lib, net: two(lib, lib.nn.Sequential).insert(0, 3),
    "append no module": lambda lib, net: two(lib, lib.nn.Sequential).append(3),
    "extend by none": lambda lib, net: two(lib, lib.nn.ModuleList).extend(3),
    "list of none": lambda lib, net: lib.nn.ModuleList(3),
    "dictionary of none": lambda lib, net: lib.nn.ModuleDict(3),
    "parameters of none": lambda lib, net: lib.nn.ParameterList(3),
    "half a place": lambda lib, net: two(lib, lib.nn.Sequential)[0.5],
    "place by name": lambda lib, net: two(lib, lib.nn.Sequential)["a"],
    "delete": lambda lib, net: two(lib, lib.nn.Sequential).__delitem__(9),
    "load no dictionary": lambda lib, net: net.load_state_dict(3),
    "load a list": lambda lib, net: net.load_state_dict([]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    with pytest.raises(Exception) as theirs:
        REFUSED[name](torch, torch.nn.Linear(2, 2))
    with pytest.raises(theirs.type) as ours:
        REFUSED[name](mg, nn.Linear(2, 2))
    assert is_refusal(ours.value), ours.value


@BOTH
def test_insert(lib):
    net = two(lib, lib.nn.Sequential)
    assert net.insert(-1, lib.nn.Tanh()) is net
    net.insert(3, lib.nn.Identity()).insert(-4, lib.nn.Flatten())
    assert [type(m).__name__ for m in net] == ["Flatten", "ReLU", "Tanh", "Sigmoid", "Identity"]
    modules = two(lib, lib.nn.ModuleList)
    assert modules.insert(1, lib.nn.Tanh()) is None
    assert [type(m).__name__ for m in modules] == ["ReLU", "Tanh", "Sigmoid"]


@pytest.mark.parametrize("module", [mg.nn, mg.nn.functional, mg.nn.init, mg.nn.utils], ids=lambda m: m.__name__)
def test_a_missing_name_says_what_to_do(module):
    with pytest.raises(AttributeError, match=rf"^{module.__name__} has no 'Foo'.*runs on PyTorch"):
        module.Foo  # noqa: B018


def test_a_missing_name_gives_the_nearest():
    with pytest.raises(AttributeError, match=r"minigrad\.nn has no 'Conv3d'; did you mean .*'Conv2d'"):
        mg.nn.Conv3d  # noqa: B018
    with pytest.raises(AttributeError, match=r"minigrad\.nn\.functional has no 'crossentropy'.*'cross_entropy'"):
        mg.nn.functional.crossentropy  # noqa: B018


# -- Resetting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset", ["reset_parameters", "reset_running_stats"])
@pytest.mark.parametrize("options", [{}, {"affine": False}, {"track_running_stats": False}], ids=str)
def test_batch_norm_begins_anew(reset, options):
    def program(m):
        norm = m.nn.BatchNorm1d(2, **options)
        norm(m.tensor([[1.0, 2.0], [3.0, 8.0]])).sum()
        if norm.weight is not None:
            m.nn.init.constant_(norm.weight, 3.0)
        getattr(norm, reset)()
        return [x for pair in norm.state_dict().items() for x in pair]

    theirs, ours = outcome(program, torch), outcome(program, mg)
    assert ours == theirs
