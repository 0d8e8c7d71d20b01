"""Activations, normalisation, embedding, convolution, pooling, attention, losses and utilities against PyTorch.

Every row is evaluated in both libraries: values, shapes, dtypes, every gradient, in training and in evaluation.
"""

import inspect
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd import gradgradcheck

from .comparing import difference, is_refusal
from .errors import assert_same_error
from .test_nn_against_torch import PRECISIONS, REDUCTIONS, assert_same, compare, draw

torch = pytest.importorskip("torch")


def load(ours, theirs):
    """Give our module the weights of theirs, which have the same names and shapes."""
    state = theirs.state_dict()
    assert [(k, v.shape) for k, v in ours.state_dict().items()] == [(k, tuple(v.shape)) for k, v in state.items()]
    ours.load_state_dict({name: mg.tensor(value.numpy()) for name, value in state.items()})


def pair_of(layer, dtype):
    """`layer`, an expression over nn, in both libraries, with the same random weights."""
    ours, theirs = eval(layer, vars(mg.nn)), eval(layer, vars(torch.nn))
    theirs = theirs.to(getattr(torch, np.dtype(dtype).name))
    ours.to(np.dtype(dtype))
    with torch.no_grad():
        for i, tensor in enumerate(theirs.parameters()):
            tensor.copy_(torch.tensor(draw(tuple(tensor.shape), dtype, seed=40 + i)))
    load(ours, theirs)
    return ours, theirs


def compare_layers(layer, shape, dtype, rtol, train=True):
    ours, theirs = pair_of(layer, dtype)
    ours.train(train)
    theirs.train(train)
    for seed in range(3):  # running statistics need several steps
        compare(lambda lib, t: (ours if lib is mg else theirs)(t["x"]), {"x": draw(shape, dtype, seed)}, ["x"], rtol)
    for (name, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert p.grad is not None, name
        assert_same(p.grad, q.grad, rtol * 10)
    for b, c in zip(ours.buffers(), theirs.buffers(), strict=True):
        assert_same(b, c, rtol)


# -- Activations ---------------------------------------------------------------------------------------------

ACTIVATIONS = """
    ReLU() ReLU(True) LeakyReLU() LeakyReLU(0.3) ELU() ELU(alpha=0.5) GELU() GELU('tanh') GELU(approximate='none')
    SiLU() ReLU6() SELU() Softplus() Softplus(2.0,3.0) Sigmoid() Tanh() Softmax(1) LogSoftmax(dim=-1)
""".split()


@PRECISIONS
@pytest.mark.parametrize("scale", [1, 30])
@pytest.mark.parametrize("layer", ACTIVATIONS)
def test_activations(layer, scale, dtype, rtol):
    if "True" in layer:
        return test_in_place(layer)
    arrays = {"x": np.concatenate([draw((3, 4), dtype) * scale, np.zeros((1, 4), dtype)])}
    made = {mg: eval(layer, vars(mg.nn)), torch: eval(layer, vars(torch.nn))}
    compare(lambda lib, t: made[lib](t["x"]), arrays, ["x"], rtol)
    if "Softplus" not in layer:
        assert repr(made[mg]) == repr(made[torch])


@pytest.mark.parametrize(
    "layer", "ReLU(True) LeakyReLU(0.3,True) ELU(inplace=True) SiLU(True) ReLU6(True) SELU(True)".split()
)
def test_in_place(layer):
    kept = []

    def call(lib, t):
        x = t["x"] * 2
        out = eval(layer, vars(lib.nn))(x)
        kept.append(x.detach().numpy().copy())
        assert out is x
        return out + 0

    compare(call, {"x": draw((3, 4), np.float64)}, ["x"], 1e-12)
    np.testing.assert_allclose(kept[0], kept[1], rtol=1e-12)
    assert repr(eval(layer, vars(mg.nn))) == repr(eval(layer, vars(torch.nn)))


# -- Layers of one input -------------------------------------------------------------------------------------

LAYERS = [
    ("LayerNorm(4)", (3, 4)),
    ("LayerNorm((3, 4), 1e-3)", (2, 3, 4)),
    ("LayerNorm([4], elementwise_affine=False)", (2, 3, 4)),
    ("LayerNorm(4, bias=False)", (4,)),
    ("BatchNorm1d(3)", (5, 3)),
    ("BatchNorm1d(3, 1e-2, 0.3)", (5, 3, 4)),
    ("BatchNorm1d(3, momentum=None)", (5, 3)),
    ("BatchNorm1d(3, affine=False)", (5, 3)),
    ("BatchNorm1d(3, track_running_stats=False)", (5, 3)),
    ("BatchNorm2d(3)", (2, 3, 4, 5)),
    ("BatchNorm2d(3, momentum=None, affine=False)", (2, 3, 1, 2)),
    ("Conv2d(2, 4, 3)", (3, 2, 6, 5)),
    ("Conv2d(2, 4, 3)", (2, 6, 5)),
    ("Conv2d(1, 8, 3, 1, 1)", (2, 1, 7, 7)),
    ("Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 2), bias=False)", (3, 2, 6, 5)),
    ("Conv2d(2, 4, 2, dilation=2, padding=1)", (3, 2, 6, 5)),
    ("Conv2d(4, 6, 3, groups=2, stride=2)", (2, 4, 8, 7)),
    ("Conv2d(3, 6, 1, groups=3)", (2, 3, 4, 4)),
    ("Conv2d(2, 3, (4, 3), padding='same')", (2, 2, 6, 5)),
    ("Conv2d(2, 3, 2, padding='same', dilation=3)", (2, 2, 6, 5)),
    ("Conv2d(2, 3, 3, padding='valid')", (2, 2, 6, 5)),
    ("Conv2d(2, 3, 3, 3, 2)", (2, 2, 7, 8)),
    ("ConvTranspose2d(2, 4, 3)", (3, 2, 4, 5)),
    ("ConvTranspose2d(2, 4, 3)", (2, 4, 5)),
    ("ConvTranspose2d(2, 4, 3, 2, 1, 1)", (3, 2, 4, 5)),
    ("ConvTranspose2d(4, 6, (2, 3), (3, 1), (1, 0), groups=2, bias=False)", (2, 4, 3, 3)),
    ("ConvTranspose2d(2, 3, 2, 1, 1, 1, dilation=2)", (2, 2, 4, 3)),
    ("MaxPool2d(2)", (2, 3, 5, 6)),
    ("MaxPool2d(3, 2, 1)", (2, 3, 5, 6)),
    ("MaxPool2d((2, 3), stride=(1, 2), dilation=(2, 1))", (3, 5, 6)),
    ("AvgPool2d(2)", (2, 3, 5, 6)),
    ("AvgPool2d((3, 2), (2, 1), 1)", (2, 3, 5, 6)),
    ("AdaptiveAvgPool2d(1)", (2, 3, 5, 6)),
    ("AdaptiveAvgPool2d((3, None))", (2, 3, 5, 6)),
    ("AdaptiveAvgPool2d((4, 7))", (3, 5, 6)),
    ("Conv1d(2, 4, 3)", (3, 2, 6)),
    ("Conv1d(2, 4, 3, 2, 1)", (2, 6)),
    ("Conv1d(4, 6, (2,), dilation=2, groups=2, bias=False)", (2, 4, 7)),
    ("Conv1d(2, 3, 4, padding='same', dilation=3)", (2, 2, 9)),
    ("MaxPool1d(2)", (2, 3, 7)),
    ("MaxPool1d(3, 2, 1, 1, ceil_mode=True)", (3, 8)),
    ("AvgPool1d(2)", (2, 3, 7)),
    ("AvgPool1d((3,), 2, 1, True, False)", (3, 8)),
    ("AdaptiveAvgPool1d(3)", (2, 3, 7)),
    ("GroupNorm(2, 4)", (3, 4)),
    ("GroupNorm(2, 4, 1e-2, bias=False)", (3, 4, 5)),
    ("GroupNorm(1, 3, affine=False)", (2, 3, 4, 5)),
    ("RMSNorm(4)", (3, 4)),
    ("RMSNorm((3, 4), 1e-2)", (2, 3, 4)),
    ("RMSNorm([4], elementwise_affine=False)", (2, 3, 4)),
    ("PixelShuffle(2)", (2, 8, 3, 4)),
    ("PixelShuffle(3)", (9, 2, 2)),
    ("Upsample(scale_factor=2)", (2, 3, 4)),
    ("Upsample((5, 3))", (2, 3, 4, 5)),
    ("Upsample(scale_factor=(1.7, 0.6))", (2, 3, 4, 5)),
    ("Upsample(scale_factor=1.7, recompute_scale_factor=True)", (2, 3, 4, 5)),
    ("Upsample(7, mode='linear')", (2, 3, 4)),
    ("Upsample(scale_factor=2, mode='bilinear')", (2, 3, 4, 5)),
    ("Upsample(scale_factor=(1.7, 0.6), mode='bilinear')", (2, 3, 4, 5)),
    ("Upsample((3, 9), None, 'bilinear', True)", (2, 3, 4, 5)),
    ("Upsample((1, 9), None, 'bilinear', True)", (2, 3, 4, 5)),
]


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@PRECISIONS
@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_layers(layer, shape, train, dtype, rtol):
    compare_layers(layer, shape, dtype, rtol * 10, train)


@pytest.mark.parametrize("layer", sorted({layer for layer, _ in LAYERS}))
def test_printing(layer):
    assert repr(eval(layer, vars(mg.nn))) == repr(eval(layer, vars(torch.nn)))


@pytest.mark.parametrize("seed", range(25))
def test_convolutions_of_random_options(seed):
    rng = np.random.default_rng(seed)
    groups, kernel, size = rng.choice([1, 2]), tuple(rng.integers(1, 4, 2)), tuple(rng.integers(7, 10, 2))
    options = {
        "stride": tuple(rng.integers(1, 4, 2)),
        "padding": tuple(rng.integers(0, 3, 2)),
        "dilation": tuple(rng.integers(1, 3, 2)),
        "groups": groups,
    }
    options = {name: tuple(map(int, v)) if isinstance(v, tuple) else int(v) for name, v in options.items()}
    arrays = {
        "input": draw((2, 4, *size), np.float64, seed),
        "weight": draw((4, 4 // groups, *kernel), np.float64, seed),
        "bias": draw((4,), np.float64, seed),
    }
    for name in ("conv2d", "conv_transpose2d"):
        compare(lambda lib, t, name=name: getattr(lib.nn.functional, name)(**t, **options), arrays, arrays, 1e-11)


@pytest.mark.parametrize("size", [(9, 14), (10, 16), [9, 15], (3, 10, 14), (1, 3, 10, 15)], ids=str)
def test_the_size_of_a_transposed_convolution(size):
    ours, theirs = pair_of("ConvTranspose2d(2, 3, 3, (2, 3), (1, 0), 1, dilation=(1, 2))", np.float64)
    x = draw((2, 5, 4) if len(size) == 3 else (1, 2, 5, 4), np.float64)
    assert_same(ours(mg.tensor(x), size), theirs(torch.tensor(x), size), 1e-12)


def test_ties_of_the_maximum_go_to_the_first():
    x = np.array([[[[1.0, 1, 2], [1, 1, 2], [2, 2, 2]]]])
    compare(lambda lib, t: lib.nn.functional.max_pool2d(t["x"], 2, 1), {"x": x}, ["x"], 0)


def test_functions_of_normalisation_with_their_parameters():
    arrays = {"x": draw((3, 4), np.float64), "w": draw((4,), np.float64, 1), "b": draw((4,), np.float64, 2)}

    def statistics(lib):
        return lib.tensor([0.1, 0.2, 0.3, 0.4]).double(), lib.tensor([1.0, 2.0, 3.0, 4.0]).double()

    compare(lambda lib, t: lib.nn.functional.layer_norm(t["x"], (4,), t["w"], t["b"]), arrays, arrays, 1e-11)
    for training in (True, False):

        def call(lib, t, training=training):
            return lib.nn.functional.batch_norm(t["x"], *statistics(lib), t["w"], t["b"], training)

        compare(call, arrays, arrays, 1e-11)
    compare(lambda lib, t: lib.nn.functional.batch_norm(t["x"], None, None, training=True), arrays, ["x"], 1e-11)


FAR_FROM_ZERO = {  # the function, the shape of the input, and that of weight and bias
    "batch_norm": (lambda F, x, w, b: F.batch_norm(x, None, None, w, b, training=True), (8, 3, 9, 10), (3,)),
    "batch_norm of long channels": (lambda F, x: F.batch_norm(x, None, None, training=True), (3, 2, 5000), None),
    "batch_norm of rows": (lambda F, x, w, b: F.batch_norm(x, None, None, w, b, training=True), (600, 4), (4,)),
    "layer_norm": (lambda F, x, w, b: F.layer_norm(x, (64,), w, b), (32, 64), (64,)),
    "layer_norm of two axes": (lambda F, x, w, b: F.layer_norm(x, (8, 30), w, b), (4, 8, 30), (8, 30)),
    "group_norm": (lambda F, x, w, b: F.group_norm(x, 2, w, b), (4, 8, 6, 6), (8,)),
    "var": (lambda F, x: x.var(), (64, 100), None),
    "var of columns": (lambda F, x: x.var(0), (500, 20), None),
    "std of rows": (lambda F, x: x.std(1), (64, 100), None),
}


def with_gradients(lib, function, arrays, dtype):
    inputs = [lib.from_numpy(x.astype(dtype)).requires_grad_() for x in arrays]
    out = function(lib.nn.functional, *inputs)
    out.backward(lib.from_numpy(draw(tuple(out.shape), "float32", 9).astype(dtype)))
    return [out.detach().numpy(), *[x.grad.numpy() for x in inputs]]


@pytest.mark.parametrize("mean", [1, 1e4, 1e6])
@pytest.mark.parametrize("name", FAR_FROM_ZERO)
def test_deviations_from_a_large_mean_are_exact(name, mean):
    function, shape, parameters = FAR_FROM_ZERO[name]
    arrays = [draw(shape, "float32", 1) + np.float32(mean)]
    arrays += [draw(parameters, "float32", seed) for seed in (2, 3)] if parameters else []
    ours, exact = with_gradients(mg, function, arrays, "float32"), with_gradients(torch, function, arrays, "float64")
    for found, expected in zip(ours, exact, strict=True):
        assert np.abs(found - expected).max() < 5e-7 * np.abs(expected).max()


@pytest.mark.parametrize("shape", [(600, 4), (8, 4, 9, 10)])
def test_running_statistics_far_from_zero_are_exact(shape):
    x = draw(shape, "float32", 1) + np.float32(1e4)
    found = []
    for lib, dtype in ((mg, "float32"), (torch, "float64")):
        mean, variance = (lib.from_numpy(np.zeros(4, dtype)) for _ in range(2))
        lib.nn.functional.batch_norm(lib.from_numpy(x.astype(dtype)), mean, variance, training=True, momentum=1)
        found.append([mean.numpy(), variance.numpy()])
    for ours, exact in zip(*found, strict=True):
        np.testing.assert_allclose(ours, exact, 3e-7)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("shape", [(6, 2), (3, 2, 4)])
def test_running_statistics_of_what_is_not_finite(shape, bad):
    x = draw(shape, "float32", 1)
    x[0, 0] = bad
    found = []
    for lib in (mg, torch):
        mean, variance = (lib.from_numpy(np.zeros(2, "float32")) for _ in range(2))
        lib.nn.functional.batch_norm(lib.from_numpy(x), mean, variance, training=True)
        found.append([mean.numpy(), variance.numpy()])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, 1e-6)


def test_modes_change_the_statistics_once():
    ours, theirs = pair_of("BatchNorm1d(3, momentum=None)", np.float64)
    for step in range(6):
        for layer, lib in ((ours, mg), (theirs, torch)):
            layer.train(step % 3 != 2)
            layer(lib.tensor(draw((4, 3), np.float64, step) * step))
    for b, c in zip(ours.buffers(), theirs.buffers(), strict=True):
        assert_same(b, c, 1e-12)


# -- Embedding, dropout, attention ---------------------------------------------------------------------------


@PRECISIONS
@pytest.mark.parametrize("index", [[0, 2, 2, 1], [[3, 0], [0, 0]], 1, []], ids=str)
@pytest.mark.parametrize("padding", ["", ", 0", ", padding_idx=-1"])
def test_embedding(padding, index, dtype, rtol):
    ours, theirs = pair_of(f"Embedding(4, 3{padding})", dtype)
    assert repr(ours) == repr(theirs) and ours.padding_idx == theirs.padding_idx
    index = np.array(index, np.int64)
    out, expected = ours(mg.tensor(index)), theirs(torch.tensor(index))
    assert_same(out, expected, rtol)
    g = draw(out.shape, dtype)
    out.backward(mg.tensor(g))
    expected.backward(torch.tensor(g))
    assert_same(ours.weight.grad, theirs.weight.grad, rtol)


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_dropout_keeps_the_same_share(p):
    shares = []
    for lib in (mg, torch):
        lib.manual_seed(0)
        x = lib.ones((200, 100), requires_grad=True)
        out = lib.nn.Dropout(p)(x)
        out.sum().backward()
        out = out.detach().numpy()
        np.testing.assert_array_equal(out, x.grad.numpy())
        assert len(np.unique(out)) == (1 if p in (0, 1) else 2)
        shares.append((np.mean(out == 0), out.max()))
        assert lib.nn.Dropout(p).eval()(x).detach().numpy().min() == 1
        assert lib.nn.functional.dropout(x, p, False).detach().numpy().min() == 1
    assert abs(shares[0][0] - shares[1][0]) < 0.02
    assert shares[0][1] == pytest.approx(shares[1][1], rel=1e-6)
    assert repr(mg.nn.Dropout(p)) == repr(torch.nn.Dropout(p))


ATTENTIONS = [
    {},
    {"is_causal": True},
    {"scale": 0.3},
    {"attn_mask": [[True, False, True, True], [True, True, False, False], [False, True, False, True]]},
    {"attn_mask": [[True, False, True, True], [False] * 4, [False, True, False, True]]},
    {"attn_mask": [[0.5, -1.0, 0.0, 2.0]]},
]


@PRECISIONS
@pytest.mark.parametrize("options", ATTENTIONS, ids=str)
@pytest.mark.parametrize("leading", [(), (2,), (2, 3)], ids=str)
def test_scaled_dot_product_attention(leading, options, dtype, rtol):
    arrays = {
        "query": draw((*leading, 3, 5), dtype),
        "key": draw((*leading, 4, 5), dtype, 1),
        "value": draw((*leading, 4, 2), dtype, 2),
    }

    def call(lib, t):
        given = dict(options)
        if "attn_mask" in given:
            mask = np.array(given["attn_mask"])
            given["attn_mask"] = lib.tensor(mask if mask.dtype == bool else mask.astype(dtype))
        return lib.nn.functional.scaled_dot_product_attention(**t, **given)

    compare(call, arrays, arrays, rtol * 10)


MASKS = [
    *[
        ("attn_mask", shape)
        for shape in [(), (1,), (3,), (2, 3), (1, 3), (4, 3), (4, 1), (2, 4, 3), (1, 4, 3), (4, 4, 3)]
    ],
    *[("attn_mask", shape) for shape in [(2, 2, 4, 3), (4, 1, 3), (3, 4), (0, 3)]],
    *[
        ("key_padding_mask", shape)
        for shape in [(), (1,), (3,), (4,), (2, 3), (1, 3), (2, 4), (2, 1), (3, 2), (2, 1, 3)]
    ],
]


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.filterwarnings("ignore:Support for mismatched")
@pytest.mark.parametrize("dtype", ["bool", "float64", "float32", "int64", "uint8"])
@pytest.mark.parametrize(("name", "shape"), MASKS, ids=str)
def test_masks_of_attention(name, shape, dtype):
    """The result, or the type of the error, for queries of 4 and keys of 3 positions, batches of 2 or 1 or none."""
    for layer in ("MultiheadAttention(6, 2)", "MultiheadAttention(6, 2, batch_first=True)"):
        pair = pair_of(layer, np.float64)
        for batch in ([2], [1], []):
            arrays = [draw((*batch, n, 6), np.float64, n) for n in (4, 3)]
            if batch and "batch_first" not in layer:
                arrays = [np.swapaxes(x, 0, 1) for x in arrays]
            for weights in ({}, {"need_weights": False}, {"average_attn_weights": False}):
                results = []
                for lib, module in zip((mg, torch), pair, strict=True):
                    query, key = map(lib.tensor, arrays)
                    mask = lib.tensor(
                        np.asarray(draw(shape, np.float64) > 1 if dtype == "bool" else draw(shape, dtype))
                    )
                    try:
                        results.append(module(query, key, key, **{name: mask}, **weights))
                    except Exception as error:
                        results.append(error)
                ours, theirs = results
                assert type(ours) is type(theirs), (batch, weights, ours, theirs)
                if isinstance(theirs, Exception):
                    assert is_refusal(ours), ours
                else:
                    assert difference(ours, theirs, 1e-11) is None, (batch, weights)


CAUSAL = np.triu(np.ones((3, 3), bool), 1)
PADDED = np.array([[False, True, False], [False, False, True]])
HEADS = [
    ("MultiheadAttention(6, 2)", {}),
    ("MultiheadAttention(6, 3, bias=False)", {"average_attn_weights": False}),
    ("MultiheadAttention(6, 2, 0.0, True, batch_first=True)", {"attn_mask": CAUSAL}),
    ("MultiheadAttention(6, 2, batch_first=True)", {"attn_mask": CAUSAL, "is_causal": True, "need_weights": False}),
    ("MultiheadAttention(6, 2, batch_first=True)", {"key_padding_mask": PADDED}),
    ("MultiheadAttention(6, 2)", {"attn_mask": draw((4, 3, 3), np.float64)}),
    ("MultiheadAttention(6, 2, add_bias_kv=True)", {"attn_mask": CAUSAL}),
    ("MultiheadAttention(6, 2, add_zero_attn=True, add_bias_kv=True)", {"key_padding_mask": PADDED}),
    ("MultiheadAttention(6, 2, kdim=6, vdim=6, add_zero_attn=True)", {"attn_mask": CAUSAL, "key_padding_mask": PADDED}),
    ("MultiheadAttention(6, 2)", {"attn_mask": np.ones((3, 3), bool)}),
    ("MultiheadAttention(6, 2)", {"attn_mask": np.ones((3, 3), bool), "need_weights": False}),
]


@pytest.mark.parametrize("bias", ["True", "False"])
def test_attention_to_other_features(bias):
    ours, theirs = pair_of(f"MultiheadAttention(6, 2, kdim=4, vdim=5, add_bias_kv=True, bias={bias})", np.float64)
    arrays = {"q": draw((3, 2, 6), np.float64), "k": draw((4, 2, 4), np.float64), "v": draw((4, 2, 5), np.float64)}
    compare(lambda lib, t: (ours if lib is mg else theirs)(*t.values())[0], arrays, arrays, 1e-11)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert_same(p.grad, q.grad, 1e-10)
    for name in ("kdim", "vdim", "embed_dim", "head_dim", "add_zero_attn"):
        assert getattr(ours, name) == getattr(theirs, name)


@pytest.mark.filterwarnings("ignore:invalid value")  # where every position is masked
@pytest.mark.parametrize(("layer", "options"), HEADS, ids=str)
@pytest.mark.parametrize("kind", ["self", "cross", "single"])
def test_multihead_attention(kind, layer, options):
    ours, theirs = pair_of(layer, np.float64)
    batch = (2, 3) if "batch_first" in layer else (3, 2)
    if kind == "single":
        batch = (3,)
        if "key_padding_mask" in options:
            options = {"key_padding_mask": options["key_padding_mask"][0]}
        elif "attn_mask" in options and options["attn_mask"].ndim == 3:
            options = {"attn_mask": options["attn_mask"][:2]}
    arrays = {name: draw((*batch, 6), np.float64, i) for i, name in enumerate(("query", "key", "value"))}
    seen = []

    def call(lib, t):
        given = {k: lib.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
        x = [t["query"]] * 3 if kind == "self" else list(t.values())
        out, weights = (ours if lib is mg else theirs)(*x, **given)
        seen.append(weights)
        return out

    compare(call, arrays, ["query"] if kind == "self" else arrays, 1e-11)
    if options.get("need_weights", True):
        assert_same(*seen, 1e-11)
    else:
        assert seen == [None, None]
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert_same(p.grad, q.grad, 1e-10)


# -- Losses --------------------------------------------------------------------------------------------------

PAIR = ("input", "target")
LOSSES = [
    ("smooth_l1_loss", "SmoothL1Loss", {}),
    ("smooth_l1_loss", "SmoothL1Loss", {"beta": 0.3}),
    ("smooth_l1_loss", "SmoothL1Loss", {"beta": 0.0}),
    ("huber_loss", "HuberLoss", {}),
    ("huber_loss", "HuberLoss", {"delta": 0.4}),
    ("kl_div", "KLDivLoss", {}),
    ("kl_div", "KLDivLoss", {"log_target": True}),
    ("gaussian_nll_loss", "GaussianNLLLoss", {}),
    ("gaussian_nll_loss", "GaussianNLLLoss", {"full": True, "eps": 0.5}),
]


@PRECISIONS
@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
@pytest.mark.parametrize(("function", "layer", "options"), LOSSES, ids=str)
def test_losses(function, layer, options, reduction, dtype, rtol):
    if reduction == "batchmean" and function != "kl_div":
        return
    arrays = {"input": draw((4, 3), dtype), "target": draw((4, 3), dtype, 1)}
    if function == "kl_div" and not options:
        arrays["target"] = np.abs(arrays["target"])
    shapes = [(4, 3), (4, 1), (4,)] if function == "gaussian_nll_loss" else [None]
    for shape in shapes:
        if shape:
            arrays["var"] = np.abs(draw(shape, dtype, 2)) + dtype(0.01)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compare(
                lambda lib, t: getattr(lib.nn.functional, function)(**t, **options, reduction=reduction),
                arrays,
                arrays,
                rtol * 10,
            )
            compare(
                lambda lib, t: getattr(lib.nn, layer)(**options, reduction=reduction)(*t.values()),
                arrays,
                arrays,
                rtol * 10,
            )


def test_the_divergence_of_a_target_that_is_zero():
    arrays = {"input": draw((2, 3), np.float64), "target": np.array([[0, 0.5, 0.5], [1.0, 0, 0]])}
    compare(lambda lib, t: lib.nn.functional.kl_div(**t, reduction="sum"), arrays, ["input"], 1e-12)


# -- Second order --------------------------------------------------------------------------------------------

F = mg.nn.functional
CHANNELS = mg.tensor([0.5, -1.0, 2.0]).double()
SECOND = {
    "leaky_relu": (F.leaky_relu, (3, 4)),
    "elu": (F.elu, (3, 4)),
    "selu": (F.selu, (3, 4)),
    "gelu": (F.gelu, (3, 4)),
    "gelu, tanh": (lambda x: F.gelu(x, approximate="tanh"), (3, 4)),
    "silu": (F.silu, (3, 4)),
    "softplus": (F.softplus, (3, 4)),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (4,), w, b), (3, 4), (4,), (4,)),
    "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True), (4, 3, 2), (3,), (3,)),
    "batch_norm, eval": (lambda x, w: F.batch_norm(x, CHANNELS, CHANNELS**2, w), (4, 3), (3,)),
    "embedding": (lambda w: F.embedding(mg.tensor([0, 2, 2]), w) ** 2, (3, 2)),
    "conv2d": (lambda x, w, b: F.conv2d(x, w, b, 2, 1), (1, 2, 4, 3), (2, 2, 3, 2), (2,)),
    "conv_transpose2d": (lambda x, w: F.conv_transpose2d(x, w, None, 2, 1), (1, 2, 3, 2), (2, 2, 3, 2)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2) ** 2, (1, 2, 4, 4)),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 3, 1, 1) ** 2, (1, 2, 4, 3)),
    "conv1d": (lambda x, w, b: F.conv1d(x, w, b, 2, 1), (1, 2, 5), (2, 2, 3), (2,)),
    "group_norm": (lambda x, w, b: F.group_norm(x, 2, w, b), (3, 4, 2), (4,), (4,)),
    "rms_norm": (lambda x, w: F.rms_norm(x, (4,), w), (3, 4), (4,)),
    "interpolate": (lambda x: F.interpolate(x, 5, mode="bilinear") ** 2, (1, 2, 3, 4)),
    "interpolate, nearest": (lambda x: F.interpolate(x, 5) ** 2, (1, 2, 3, 4)),
    "pixel_shuffle": (lambda x: F.pixel_shuffle(x, 2) ** 2, (4, 2, 3)),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, 2) ** 2, (1, 2, 5, 3)),
    "attention": (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), (3, 2), (3, 2), (3, 2)),
    "smooth_l1_loss": (F.smooth_l1_loss, (3, 4), (3, 4)),
    "huber_loss": (F.huber_loss, (3, 4), (3, 4)),
    "kl_div": (lambda x, y: F.kl_div(x, y, log_target=True), (3, 4), (3, 4)),
    "gaussian_nll_loss": (lambda x, y, v: F.gaussian_nll_loss(x, y, v**2 + 0.5), (3, 4), (3, 4), (3, 4)),
}


@pytest.mark.parametrize(("function", "shapes"), [(f, s) for f, *s in SECOND.values()], ids=SECOND)
def test_second_order(function, shapes):
    inputs = [mg.tensor(draw(shape, np.float64, i), requires_grad=True) for i, shape in enumerate(shapes)]
    assert gradgradcheck(function, inputs, atol=1e-6)


# -- How layers start ----------------------------------------------------------------------------------------

STARTS = [
    "Conv2d(16, 64, 5)",
    "Conv2d(16, 64, 5, groups=4)",
    "ConvTranspose2d(32, 64, 5)",
    "Embedding(300, 50)",
    "Embedding(300, 50, 7)",
    "LayerNorm(4)",
    "BatchNorm2d(4)",
    "MultiheadAttention(96, 4)",
    "Conv1d(16, 64, 5)",
    "GroupNorm(2, 4)",
    "RMSNorm(4)",
]


@pytest.mark.parametrize("layer", STARTS)
def test_parameters_start_with_the_same_distribution(layer):
    states = []
    for lib in (mg, torch):
        lib.manual_seed(0)
        states.append(eval(layer, vars(lib.nn)).state_dict())
    assert list(states[0]) == list(states[1])
    for ours, theirs in zip(states[0].values(), states[1].values(), strict=True):
        assert ours.shape == tuple(theirs.shape)
        ours, theirs = ours.numpy(), theirs.numpy()
        assert ours.dtype == theirs.dtype
        if ours.size < 200:
            assert np.abs(ours).max() <= np.abs(theirs).max() * 1.2
        else:
            assert abs(ours.mean() - theirs.mean()) <= 5 * theirs.std() / ours.size**0.5
            assert ours.std() == pytest.approx(theirs.std(), rel=0.05)
            assert (ours == 0).sum() == (theirs == 0).sum()
            if "Embedding" not in layer:
                assert ours.max() == pytest.approx(theirs.max(), rel=0.05)


# -- Arguments -----------------------------------------------------------------------------------------------

SHARED = """
    ReLU ReLU6 SELU
    LeakyReLU ELU GELU SiLU Softplus Dropout LayerNorm BatchNorm1d BatchNorm2d Embedding Conv2d ConvTranspose2d
    MaxPool2d AvgPool2d AdaptiveAvgPool2d MultiheadAttention SmoothL1Loss HuberLoss KLDivLoss GaussianNLLLoss
    MSELoss L1Loss NLLLoss CrossEntropyLoss BCELoss BCEWithLogitsLoss Flatten Unflatten Linear Softmax LogSoftmax
    Dropout1d Dropout2d Conv1d MaxPool1d AvgPool1d AdaptiveAvgPool1d GroupNorm RMSNorm PixelShuffle Upsample
    LazyLinear LazyConv2d LazyBatchNorm1d LazyBatchNorm2d DataParallel ParameterDict
""".split()


@pytest.mark.parametrize("name", SHARED)
def test_arguments_have_the_same_names_places_and_defaults(name):
    def arguments(lib):
        return [p for n, p in inspect.signature(getattr(lib.nn, name)).parameters.items() if n != "self"]

    theirs = {p.name: (i, p) for i, p in enumerate(arguments(torch))}
    for i, p in enumerate(arguments(mg)):
        if p.kind is p.VAR_KEYWORD:
            continue
        place, other = theirs[p.name]
        assert p.default == other.default
        assert p.kind is p.KEYWORD_ONLY or place == i


def calls_that_fail(lib):
    F, nn, t = lib.nn.functional, lib.nn, lib.tensor
    x, image, weight = lib.ones((2, 3)), lib.ones((1, 2, 5, 5)), lib.ones((4, 2, 3, 3))
    whole = t([1, 2])
    return {
        "dropout: p": lambda: nn.Dropout(2.0)(x),
        "dropout: negative": lambda: F.dropout(x, -0.1),
        "leaky_relu: integers": lambda: F.leaky_relu(whole),
        "elu: integers": lambda: F.elu(whole),
        "silu: list": lambda: F.silu([1.0]),
        "softplus: integers": lambda: F.softplus(whole),
        "gelu: name": lambda: F.gelu(x, approximate="x"),
        "gelu: positional": lambda: F.gelu(x, "tanh"),
        "relu: leaf in place": lambda: F.relu(lib.ones(2, requires_grad=True), True),
        "ReLU: keyword": lambda: nn.ReLU(out=1),
        "layer_norm: shape": lambda: nn.LayerNorm(4)(x),
        "layer_norm: weight": lambda: F.layer_norm(x, [3], lib.ones(2)),
        "layer_norm: number": lambda: F.layer_norm(x, 3),
        "batch_norm: channels": lambda: nn.BatchNorm1d(4)(x),
        "batch_norm: one axis": lambda: nn.BatchNorm1d(3)(lib.ones(3)),
        "batch_norm: three axes": lambda: nn.BatchNorm2d(3)(lib.ones((2, 3, 3))),
        "batch_norm: one value": lambda: nn.BatchNorm1d(3)(lib.ones((1, 3))),
        "batch_norm: no statistics": lambda: F.batch_norm(x, None, None),
        "BatchNorm1d: keyword": lambda: nn.BatchNorm1d(3, affine=False, epsilon=1),
        "embedding: range": lambda: nn.Embedding(3, 4)(t([3])),
        "embedding: negative": lambda: nn.Embedding(3, 4)(t([-1])),
        "embedding: floats": lambda: nn.Embedding(3, 4)(t([1.0])),
        "embedding: list": lambda: F.embedding([0], x),
        "embedding: vector": lambda: F.embedding(whole, lib.ones(4)),
        "Embedding: padding": lambda: nn.Embedding(3, 4, padding_idx=3),
        "conv2d: channels": lambda: F.conv2d(lib.ones((1, 3, 5, 5)), weight),
        "conv2d: axes": lambda: F.conv2d(x, weight),
        "conv2d: small": lambda: F.conv2d(lib.ones((1, 2, 2, 5)), weight),
        "conv2d: dtype": lambda: F.conv2d(image.double(), weight),
        "conv2d: bias": lambda: F.conv2d(image, weight, lib.ones(3)),
        "conv2d: same": lambda: F.conv2d(image, weight, stride=2, padding="same"),
        "conv2d: list": lambda: F.conv2d(image, [1.0]),
        "Conv2d: same": lambda: nn.Conv2d(2, 4, 3, padding="same", stride=2),
        "Conv2d: padding": lambda: nn.Conv2d(2, 4, 3, padding="x"),
        "Conv2d: groups": lambda: nn.Conv2d(2, 4, 3, groups=3),
        "Conv2d: keyword": lambda: nn.Conv2d(2, 4, 3, strides=3),
        "ConvTranspose2d: too few lengths": lambda: nn.ConvTranspose2d(2, 1, 3)(image, (7,)),
        "ConvTranspose2d: lengths of a batch": lambda: nn.ConvTranspose2d(2, 1, 3)(image[0], (1, 1, 7, 7)),
        "ConvTranspose2d: too small": lambda: nn.ConvTranspose2d(2, 1, 3)(image, (6, 7)),
        "ConvTranspose2d: too large": lambda: nn.ConvTranspose2d(2, 1, 3, 2)(image, (11, 13)),
        "ConvTranspose2d: one length": lambda: nn.ConvTranspose2d(2, 1, 3)(image, 7),
        "ConvTranspose2d: fraction": lambda: nn.ConvTranspose2d(2, 1, 3)(image, (7.0, 7)),
        "conv_transpose2d: extra": lambda: F.conv_transpose2d(image, lib.ones((2, 3, 2, 2)), output_padding=1),
        "conv_transpose2d: channels": lambda: F.conv_transpose2d(image, lib.ones((3, 3, 2, 2))),
        "max_pool2d: small": lambda: F.max_pool2d(image, 6),
        "max_pool2d: padding": lambda: F.max_pool2d(image, 3, padding=2),
        "max_pool2d: axes": lambda: F.max_pool2d(x, 2),
        "avg_pool2d: small": lambda: F.avg_pool2d(image, 6),
        "avg_pool2d: padding": lambda: F.avg_pool2d(image, 2, padding=2),
        "attention: both": lambda: F.scaled_dot_product_attention(x, x, x, lib.ones((2, 2)), is_causal=True),
        "attention: widths": lambda: F.scaled_dot_product_attention(x, lib.ones((2, 4)), x),
        "attention: list": lambda: F.scaled_dot_product_attention(x, x, [1.0]),
        "heads": lambda: nn.MultiheadAttention(5, 2),
        "heads: causal": lambda: nn.MultiheadAttention(3, 1)(x, x, x, is_causal=True),
        "mse: weight": lambda: F.mse_loss(x, x, weight=lib.ones(3)),
        "l1: weight": lambda: F.l1_loss(x, x, weight=lib.ones((2, 1))),
        "huber: weight": lambda: F.huber_loss(x, x, weight=lib.ones(())),
        "weighted: reduction": lambda: F.mse_loss(x, x, weight=x, reduction="x"),
        "huber: delta": lambda: F.huber_loss(x, x, delta=0),
        "smooth: beta": lambda: F.smooth_l1_loss(x, x, beta=-1),
        "kl: reduction": lambda: F.kl_div(x, x, reduction="x"),
        "gaussian: negative": lambda: F.gaussian_nll_loss(x, x, -x),
        "gaussian: shape": lambda: F.gaussian_nll_loss(x, x, lib.ones(4)),
        "gaussian: reduction": lambda: F.gaussian_nll_loss(x, x, x, reduction="x"),
        "gaussian: positional": lambda: nn.GaussianNLLLoss(True),
        "clip: infinite": lambda: nn.utils.clip_grad_norm_(infinite(lib), 1.0, error_if_nonfinite=True),
    }


def infinite(lib):
    p = lib.ones(2, requires_grad=True)
    p.grad = lib.tensor([float("inf"), 1.0])
    return [p]


@pytest.mark.parametrize("case", calls_that_fail(mg))
def test_errors_have_the_same_type(case):
    assert_same_error(calls_that_fail(mg)[case], calls_that_fail(torch)[case])


# -- Utilities -----------------------------------------------------------------------------------------------


def parameters(lib):
    made = []
    for i, shape in enumerate([(3, 2), (4,), ()]):
        p = lib.nn.Parameter(lib.tensor(draw(shape, np.float64, i)))
        p.grad = lib.tensor(draw(shape, np.float64, 10 + i))
        made.append(p)
    return [*made, lib.nn.Parameter(lib.ones(2).double())]


@pytest.mark.parametrize("norm_type", [2.0, 1, 3, float("inf")])
@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_clipping_the_norm(max_norm, norm_type):
    mine, its = parameters(mg), parameters(torch)
    total = mg.nn.utils.clip_grad_norm_(mine, max_norm, norm_type, False, True)
    assert_same(total, torch.nn.utils.clip_grad_norm_(its, max_norm, norm_type, False, True), 1e-12)
    for p, q in zip(mine[:-1], its, strict=False):
        assert_same(p.grad, q.grad, 1e-12)
    assert mine[-1].grad is None
    assert_same(mg.nn.utils.clip_grad_norm_([], 1.0), torch.nn.utils.clip_grad_norm_([], 1.0), 0)
    assert_same(mg.nn.utils.clip_grad_norm_(mine[0], 0.1), torch.nn.utils.clip_grad_norm_(its[0], 0.1), 1e-12)


def test_clipping_the_values():
    mine, its = parameters(mg), parameters(torch)
    mg.nn.utils.clip_grad_value_(mine, 0.3, foreach=False)
    torch.nn.utils.clip_grad_value_(its, 0.3, foreach=False)
    for p, q in zip(mine[:-1], its, strict=False):
        assert_same(p.grad, q.grad, 0)


def test_parameters_as_a_vector():
    mine, its = parameters(mg), parameters(torch)
    vectors = []
    for lib, given in ((mg, mine), (torch, its)):
        vector = lib.nn.utils.parameters_to_vector(given)
        lib.nn.utils.vector_to_parameters(vector.detach() * 2, given)
        vectors.append(vector)
    assert_same(*vectors, 0)
    for p, q in zip(mine, its, strict=True):
        assert_same(p, q, 0)
        assert p.requires_grad and p.is_leaf


@pytest.mark.parametrize("value", [-1, 256])
def test_padding_that_the_dtype_cannot_hold_is_refused(value):
    for lib in (mg, torch):
        with pytest.raises(RuntimeError, match="outside of what uint8 holds|without overflow"):
            lib.nn.functional.pad(lib.ones(2, dtype=lib.uint8), (1, 1), value=value)
