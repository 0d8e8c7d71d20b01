"""Lazy layers, containers, deprecated arguments and other forms in which tutorials use layers, in both libraries."""

import copy
import re

import numpy as np
import pytest

import minigrad as mg

from .comparing import is_refusal
from .errors import assert_same_error
from .test_nn_against_torch import assert_same, compare, draw

torch = pytest.importorskip("torch")

BOTH = pytest.mark.parametrize("lib", [mg, torch], ids=["minigrad", "torch"])


def given(lib, array):
    return lib.tensor(np.asarray(array))


# -- Lazy layers ---------------------------------------------------------------------------------------------

LAZY = [
    ("LazyLinear(4)", (2, 3)),
    ("LazyLinear(4, bias=False)", (2, 5, 3)),
    ("LazyConv2d(4, (3, 2), stride=2, bias=False)", (2, 3, 6, 5)),
    ("LazyConv2d(4, 3)", (3, 6, 5)),
    ("LazyBatchNorm1d()", (4, 3)),
    ("LazyBatchNorm1d(momentum=None, bias=False)", (4, 3, 2)),
    ("LazyBatchNorm2d(1e-3, affine=False)", (4, 3, 2, 2)),
]


@pytest.mark.parametrize(("layer", "shape"), LAZY, ids=str)
def test_lazy_layers(layer, shape):
    ours, theirs = eval(layer, vars(mg.nn)), eval(layer, vars(torch.nn))
    kinds = [[(name, type(value).__name__) for name, value in m.state_dict().items()] for m in (ours, theirs)]
    assert kinds[0] == kinds[1] and any("Uninitialized" in kind for _, kind in kinds[0])
    assert repr(ours) == repr(theirs)
    assert ours.has_uninitialized_params() and theirs.has_uninitialized_params()
    parameters = list(ours.parameters())
    assert [repr(p) for p in parameters] == [repr(p) for p in theirs.parameters()]
    x = draw(shape, np.float32)
    theirs(torch.tensor(x))
    out = ours(mg.tensor(x))
    assert repr(ours) == repr(theirs) and type(ours).__name__ == type(theirs).__name__
    assert all(p is q for p, q in zip(ours.parameters(), parameters, strict=True))  # an optimizer has them still
    assert all(type(p) is mg.nn.Parameter and p.requires_grad for p in parameters)
    assert list(vars(ours)).count("_arguments") == 0
    state = theirs.state_dict()
    assert [(k, v.shape) for k, v in ours.state_dict().items()] == [(k, tuple(v.shape)) for k, v in state.items()]
    if parameters:
        out.sum().backward()
        assert all(p.grad.shape == p.shape for p in parameters)
    fresh = eval(layer, vars(mg.nn))
    fresh.load_state_dict({name: mg.tensor(value.numpy()) for name, value in state.items()})
    again = eval(layer, vars(torch.nn))
    again.load_state_dict(state)
    assert repr(fresh) == repr(again) and not fresh.has_uninitialized_params()
    assert_same(fresh.eval()(mg.tensor(x)), again.eval()(torch.tensor(x)), 1e-5)
    theirs.load_state_dict({name: torch.tensor(value.numpy()) for name, value in ours.state_dict().items()})


@BOTH
def test_a_lazy_model_trains(lib):
    nn = lib.nn
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
    optimizer = lib.optim.SGD(model.parameters(), lr=0.1)
    copied = copy.deepcopy(nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(2))).double()
    assert copied[0].weight.dtype == lib.float64
    x = given(lib, draw((4, 2, 5, 5), np.float32))
    losses = []
    for _ in range(5):
        loss = (model(x) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert copied(x.double()).dtype == lib.float64
    assert [tuple(p.shape) for p in copied.parameters()] == [(4, 2, 3, 3), (4,), (2, 36), (2,)]


def lazy_failures(lib):
    nn, waiting = lib.nn, lib.nn.LazyLinear(2)
    return {
        "shape": lambda: waiting.weight.shape,
        "add": lambda: waiting.weight + 1,
        "numel": lambda: waiting.weight.numel(),
        "init": lambda: nn.init.zeros_(waiting.weight),
        "len": lambda: len(waiting.bias),
        "conv axes": lambda: nn.LazyConv2d(2, 3)(lib.ones((3, 3))),
        "norm axes": lambda: nn.LazyBatchNorm2d()(lib.ones((3, 3))),
        "load waiting": lambda: nn.Linear(3, 2).load_state_dict(waiting.state_dict()),
        "load keys": lambda: waiting.load_state_dict({}),
    }


@pytest.mark.parametrize("case", lazy_failures(mg))
def test_lazy_errors(case):
    assert_same_error(lazy_failures(mg)[case], lazy_failures(torch)[case])


@BOTH
def test_waiting_layers_load_waiting_layers(lib):
    assert not any(lib.nn.LazyLinear(2).load_state_dict(lib.nn.LazyLinear(2).state_dict()))


# -- Containers ----------------------------------------------------------------------------------------------


def as_printed_here(text):
    """PyTorch's text with the names of dtypes as minigrad has them."""
    return text.replace("torch.FloatTensor", "float32").replace("torch.", "")


def lists(lib):
    nn = lib.nn
    modules = nn.ModuleList([nn.Linear(1, 2), nn.ReLU(), nn.ReLU(), nn.Sequential(nn.Tanh(), nn.Tanh())])
    seen = [repr(modules), repr(modules.pop(1)), repr(modules.pop(-1)), repr(modules)]
    both = modules + nn.ModuleList([nn.Sigmoid()])
    same = modules
    modules += [nn.GELU()]
    seen += [repr(both), same is modules, repr(modules), repr(modules.pop(slice(0, 2))), len(modules)]
    net = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    seen += [repr(net.pop(0)), repr(net)]
    net += nn.Sequential(nn.Tanh())
    named = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Tanh()})
    seen += [repr(net), repr(named.pop("b")), list(named.keys()), repr(nn.ModuleList())]
    return seen


def test_lists_of_modules():
    assert lists(mg) == lists(torch)


def parameters(lib):
    nn, t = lib.nn, lib.ones
    kept = nn.ParameterList([t(2), nn.Parameter(t((2, 3)))])
    seen = [repr(kept), list(kept.state_dict()), len(kept), tuple(kept[-1].shape)]
    named = nn.ParameterDict({"b": t(2), "a": nn.Parameter(t((3, 2)))})
    seen += [repr(named), list(named), list(named.state_dict()), "a" in named, named.get("z"), named.get("z", 3)]
    named["c"] = t(4)
    named.update([("e", t(1)), ("d", t(2))])
    seen += [list(named.keys()), [tuple(p.shape) for p in named.values()], [name for name, _ in named.items()]]
    seen += [tuple(named.pop("c").shape), named.popitem()[0], list(named), len(named)]
    seen += [tuple(named.setdefault("f", t(5)).shape), tuple(named.setdefault("f", t(6)).shape), named.b is named["b"]]
    seen += [list(named), named == nn.ParameterDict(named), repr(nn.ParameterDict())]
    model = nn.Module()
    model.choices = named
    return [*seen, [name for name, _ in model.named_parameters()]]


def test_containers_of_parameters():
    assert parameters(mg) == [as_printed_here(x) if isinstance(x, str) else x for x in parameters(torch)]


def failures(lib):
    nn, x = lib.nn, lib.ones
    modules, named = nn.ModuleList([nn.ReLU()]), nn.ParameterDict({"a": x(1)})
    image, sequence = x((1, 2, 4, 4)), x((1, 2, 4))
    F = nn.functional
    return {
        "pop outside": lambda: modules.pop(3),
        "pop name": lambda: modules.pop("a"),
        "missing": lambda: named["z"],
        "pop missing": lambda: named.pop("z"),
        "delete missing": lambda: named.__delitem__("z"),
        "dot": lambda: named.__setitem__("a.b", x(1)),
        "method": lambda: named.__setitem__("keys", x(1)),
        "update": lambda: named.update(3),
        "empty": lambda: nn.ParameterDict().popitem(),
        "call": lambda: named(1),
        "call of a list": lambda: nn.ParameterList()(1),
        "index": lambda: nn.ParameterList()[3],
        "pretrained vector": lambda: nn.Embedding.from_pretrained(x(2)),
        "pretrained padding": lambda: nn.Embedding.from_pretrained(x((2, 3)), padding_idx=2),
        "dropout1d axes": lambda: F.dropout1d(image),
        "dropout1d axes, eval": lambda: nn.Dropout1d().eval()(x(3)),
        "dropout2d p": lambda: nn.Dropout2d(1.5),
        "conv1d axes": lambda: F.conv1d(image, x((3, 2, 1))),
        "conv1d weight": lambda: F.conv1d(sequence, x((3, 2, 1, 1))),
        "conv1d channels": lambda: F.conv1d(sequence, x((3, 3, 1))),
        "conv1d stride": lambda: F.conv1d(sequence, x((3, 2, 1)), stride=(1, 1)),
        "conv1d small": lambda: F.conv1d(sequence, x((3, 2, 5))),
        "max_pool1d padding": lambda: F.max_pool1d(sequence, 2, padding=2),
        "avg_pool1d axes": lambda: F.avg_pool1d(image, 2),
        "group_norm groups": lambda: F.group_norm(x((2, 5, 3)), 2),
        "group_norm one value": lambda: F.group_norm(x((1, 2)), 2),
        "group_norm weight": lambda: F.group_norm(x((2, 4, 3)), 2, x(3)),
        "GroupNorm": lambda: nn.GroupNorm(2, 5),
        "rms_norm shape": lambda: F.rms_norm(x((2, 3)), (4,)),
        "rms_norm number": lambda: F.rms_norm(x((2, 3)), 3),
        "pixel_shuffle channels": lambda: F.pixel_shuffle(x((3, 4, 4)), 2),
        "pixel_shuffle factor": lambda: F.pixel_shuffle(x((4, 4, 4)), 0),
        "interpolate nothing": lambda: F.interpolate(image),
        "interpolate both": lambda: F.interpolate(image, 3, 2),
        "interpolate sizes": lambda: F.interpolate(image, (1, 2, 3)),
        "interpolate scales": lambda: F.interpolate(image, scale_factor=(1.0, 2.0, 3.0)),
        "interpolate bilinear": lambda: F.interpolate(sequence, 3, mode="bilinear"),
        "interpolate mode": lambda: F.interpolate(image, 3, mode="foo"),
        "interpolate corners": lambda: F.interpolate(image, 3, align_corners=False),
        "interpolate nought": lambda: F.interpolate(image, 0),
        "interpolate small": lambda: F.interpolate(image, scale_factor=0.1),
        "interpolate recompute": lambda: F.interpolate(image, 3, recompute_scale_factor=True),
        "interpolate integers": lambda: F.interpolate(image.long(), 3),
    }


@pytest.mark.parametrize("case", failures(mg))
def test_errors(case):
    assert_same_error(failures(mg)[case], failures(torch)[case])
    with pytest.raises(Exception) as error:
        failures(mg)[case]()
    assert is_refusal(error.value) or case in ("empty", "index"), error.value


REFUSED = {
    "return_indices": lambda F, x: F.max_pool1d(x[0], 2, return_indices=True),
    "bicubic": lambda F, x: F.interpolate(x, 3, mode="bicubic"),
    "area": lambda F, x: F.interpolate(x, 3, mode="area"),
    "antialias": lambda F, x: F.interpolate(x, 3, mode="bilinear", antialias=True),
    "nearest-exact": lambda F, x: F.interpolate(x, 3, mode="nearest-exact"),
    r"^MaxPool1d.* 'return_indices=True'": lambda F, x: mg.nn.MaxPool1d(2, return_indices=True),
    r"^MaxPool2d.* 'return_indices=True'": lambda F, x: mg.nn.MaxPool2d(2, None, 0, 1, True),
    "^from_pretrained.* 'max_norm=1.0'": lambda F, x: mg.nn.Embedding.from_pretrained(x[0, 0], max_norm=1.0),
    "^Embedding.* 'max_norm=1.0'": lambda F, x: mg.nn.Embedding(3, 2, None, 1.0),
    "^Embedding.* 'norm_type=1.0'": lambda F, x: mg.nn.Embedding(3, 2, norm_type=1.0),
    "^embedding.* 'scale_grad_by_freq=True'": lambda F, x: F.embedding(
        mg.tensor([0]), x[0, 0], scale_grad_by_freq=True
    ),
    "^embedding.* 'sparse=True'": lambda F, x: F.embedding(mg.tensor([0]), x[0, 0], None, None, 2.0, False, True),
    "^load_state_dict.* 'assign=True'": lambda F, x: mg.nn.ReLU().load_state_dict({}, True, True),
    "tensors only": lambda F, x: mg.nn.ParameterDict({"a": 3}),
    "padding_mode": lambda F, x: mg.nn.Conv1d(1, 1, 1, padding_mode="reflect"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_by_name(name):
    with pytest.raises(NotImplementedError, match=name):
        REFUSED[name](mg.nn.functional, mg.ones(1, 2, 4, 4))


# -- Deprecated arguments ------------------------------------------------------------------------------------

IMPLICIT = [lambda lib, x: lib.nn.functional.softmax(x), lambda lib, x: lib.nn.LogSoftmax()(x)]
IMPLICIT += [lambda lib, x: lib.nn.Softmax()(x), lambda lib, x: lib.nn.functional.log_softmax(x)]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (2, 3, 4, 5)], ids=str)
@pytest.mark.parametrize("call", range(len(IMPLICIT)))
def test_softmax_without_its_axis(call, shape):
    said = []

    def warned(lib, t):
        with pytest.warns(UserWarning, match="Implicit dimension choice") as warnings:
            out = IMPLICIT[call](lib, t["x"])
        said.append(str(warnings[0].message))
        return out

    compare(warned, {"x": draw(shape, np.float64)}, ["x"], 1e-12)
    assert len(set(said)) == 1
    assert repr(mg.nn.Softmax()) == repr(torch.nn.Softmax())


OLD = [{"size_average": False}, {"reduce": False}, {"size_average": True}, {"reduce": True, "size_average": False}]
LOSSES = {
    "mse_loss": "MSELoss",
    "l1_loss": "L1Loss",
    "smooth_l1_loss": "SmoothL1Loss",
    "kl_div": "KLDivLoss",
    "binary_cross_entropy": "BCELoss",
    "binary_cross_entropy_with_logits": "BCEWithLogitsLoss",
    "nll_loss": "NLLLoss",
    "cross_entropy": "CrossEntropyLoss",
}


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize("options", OLD, ids=str)
@pytest.mark.parametrize("function", LOSSES)
def test_size_average_and_reduce(function, options):
    arrays = {"x": draw((4, 3), np.float64, 1) % 1, "y": draw((4, 3), np.float64, 2) % 1}
    layers, said = [], []

    def called(lib, t, layer):
        target = lib.tensor([0, 2, 1, 1]) if function in ("nll_loss", "cross_entropy") else t["y"]
        with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated") as warnings:
            if layer:
                layers.append(getattr(lib.nn, LOSSES[function])(**options))
                out = layers[-1](t["x"], target)
            else:
                out = getattr(lib.nn.functional, function)(t["x"], target, **options)
        said.append(str(warnings[0].message))
        return out

    for layer in (True, False):
        compare(lambda lib, t, layer=layer: called(lib, t, layer), arrays, ["x"], 1e-10)
    assert layers[0].reduction == layers[1].reduction and len(set(said)) == 1


@pytest.mark.filterwarnings("ignore:size_average and reduce")
@pytest.mark.parametrize("options", OLD, ids=str)
@pytest.mark.parametrize("shape", [(4, 3), ()], ids=str)
def test_size_average_and_reduce_with_the_mean_over_a_batch(shape, options):
    arrays = {"x": draw(shape, np.float64, 1) % 1, "y": draw(shape, np.float64, 2) % 1}
    options = {**options, "reduction": "batchmean"}
    compare(lambda lib, t: lib.nn.functional.kl_div(t["x"], t["y"], **options), arrays, ["x"], 1e-10)


# -- The others ----------------------------------------------------------------------------------------------


@BOTH
def test_data_parallel(lib):
    inner = lib.nn.Linear(3, 2)
    model = lib.nn.DataParallel(inner, device_ids=[0, 1])
    x = lib.ones((4, 3))
    assert model.module is inner and list(model.state_dict()) == ["module.weight", "module.bias"]
    assert (model(x) == inner(x)).all() and (model(input=x) == inner(x)).all()
    assert repr(model) == "DataParallel(\n  (module): Linear(in_features=3, out_features=2, bias=True)\n)"
    assert model.device_ids == []


@pytest.mark.filterwarnings("ignore:dropout2d. Received")
@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ("Dropout1d", (200, 30, 3)),
        ("Dropout1d", (2000, 3)),
        ("Dropout2d", (200, 30, 2, 2)),
        ("Dropout2d", (200, 30, 3)),
    ],
)
def test_dropout_of_channels(layer, shape):
    shares = []
    for lib in (mg, torch):
        lib.manual_seed(0)
        x = lib.ones(shape, requires_grad=True)
        module = getattr(lib.nn, layer)(0.3)
        out = module(x)
        out.sum().backward()
        channels = out.detach().numpy().reshape(-1, int(np.prod(shape[1 + (len(shape) > 2) :])))
        assert (channels == channels[:, :1]).all() and len(np.unique(channels)) == 2
        np.testing.assert_array_equal(x.grad.numpy(), out.detach().numpy())
        shares.append((channels == 0).mean())
        assert (module.eval()(x) == 1).all()
    assert shares == pytest.approx([0.3, 0.3], abs=0.05)
    assert repr(getattr(mg.nn, layer)(0.3)) == repr(getattr(torch.nn, layer)(0.3))


@BOTH
def test_dropout2d_warns_of_what_is_no_image(lib):
    with pytest.warns(UserWarning, match="dropout2d: Received a 3-?D input"):
        lib.nn.functional.dropout2d(lib.ones((2, 3, 4)))


@BOTH
def test_pretrained_embeddings(lib):
    rows = given(lib, draw((4, 3), np.float32))
    frozen = lib.nn.Embedding.from_pretrained(rows)
    assert repr(frozen) == "Embedding(4, 3)" and not frozen.weight.requires_grad
    assert (frozen(lib.tensor([2, 0])) == rows[[2, 0]]).all()
    learned = lib.nn.Embedding.from_pretrained(rows, freeze=False, padding_idx=1)
    assert learned.weight.requires_grad and (learned.weight == rows).all()
    learned(lib.tensor([1, 2])).sum().backward()
    assert learned.weight.grad.sum(1).tolist() == [0, 0, 3, 0]
    rows[0] = 7.0
    assert (frozen.weight[0] == 7).all()


def test_the_names_of_errors():
    with pytest.raises(RuntimeError, match=re.escape("conv1d(): weight")):
        mg.nn.functional.conv1d(mg.ones(1, 2, 4), mg.ones(3, 3, 1))
