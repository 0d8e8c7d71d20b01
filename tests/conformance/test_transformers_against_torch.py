"""Transformers against PyTorch's: values, gradients, masks, names, errors, and two programs over fifty steps."""

import copy
import inspect
import math
from types import SimpleNamespace

import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd import gradcheck, gradgradcheck

from .comparing import is_refusal

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

NAMES = "TransformerEncoderLayer TransformerDecoderLayer TransformerEncoder TransformerDecoder Transformer".split()
SIZES = "d_model=6, nhead=2, dim_feedforward=5, dropout=0.0"
RNG = np.random.default_rng(0)
OPTIONS = [
    "",
    "norm_first=True",
    "activation='gelu', batch_first=True",
    "bias=False, norm_first=True, batch_first=True",
    "activation=torch.tanh, layer_norm_eps=0.1",
]


def built(lib, text):
    return eval(text, {"nn": lib.nn, "torch": lib})


def pair_of(text, dtype="float64"):
    """PyTorch's module and ours in training mode, with the same state, which is loaded in both directions."""
    torch.manual_seed(0)
    theirs = built(torch, text).to(getattr(torch, dtype))
    with torch.no_grad():
        for i, p in enumerate(theirs.parameters()):
            p += 0.1 * torch.from_numpy(np.random.default_rng(i).standard_normal(p.shape))
    ours = built(mg, text).to(getattr(mg, dtype))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(
        {name: mg.tensor(value.numpy()) for name, value in theirs.state_dict().items()}
    )
    theirs.load_state_dict(
        {name: torch.tensor(value.numpy()) for name, value in ours.state_dict().items()}
    )
    return theirs, ours


def compared(theirs, ours, arrays, options, tolerance=1e-10):
    """Outputs, and the gradients of inputs and parameters, must agree."""
    found = []
    for lib, model in ((torch, theirs), (mg, ours)):
        inputs = [lib.tensor(x).requires_grad_() for x in arrays]
        out = model(
            *inputs,
            **{k: lib.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()},
        )
        (out * lib.arange(out.shape[-1]).to(out.dtype)).sum().backward()
        grads = [x.grad for x in inputs] + [p.grad for p in model.parameters()]
        found.append([out.detach().numpy(), *(g.numpy() for g in grads)])
    for x, y in zip(*found, strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_allclose(y, x, rtol=tolerance, atol=tolerance)


def drawn(*shape):
    return RNG.standard_normal(shape)


CAUSAL = np.triu(np.ones((4, 4), bool), 1)
ADDED = np.where(CAUSAL, -np.inf, 0.0)
PADDED = np.array([[False, False, True, True], [False, False, False, True]])
OF_SOURCE = [
    {},
    {"mask": CAUSAL},
    {"mask": ADDED, "is_causal": True},
    {"mask": drawn(4, 4, 4)},
    {"src_key_padding_mask": PADDED},
    {"mask": CAUSAL, "src_key_padding_mask": PADDED, "is_causal": True},
    {
        "mask": np.zeros((4, 4)),
        "is_causal": True,
    },  # PyTorch believes the hint and does not read the mask
    {"src_key_padding_mask": np.array([[True] * 4, [False] * 4])},  # rows that may look nowhere
]


def turned(array, text):
    return array if "batch_first" in text else np.swapaxes(array, 0, 1)


@pytest.mark.parametrize("masks", OF_SOURCE, ids=lambda masks: "-".join(masks))
@pytest.mark.parametrize("options", OPTIONS)
def test_encoders(options, masks):
    layer = f"nn.TransformerEncoderLayer({SIZES}, {options})"
    x = turned(drawn(2, 4, 6), options)
    compared(*pair_of(f"nn.TransformerEncoder({layer}, 2, norm=nn.LayerNorm(6))"), [x], masks)
    masks = {"src_mask" if name == "mask" else name: value for name, value in masks.items()}
    compared(*pair_of(layer), [x], masks)


MEMORY_PADDED = np.array([[False, False, True], [False, False, False]])
OF_TARGET = [
    {},
    {"tgt_mask": ADDED, "memory_mask": drawn(4, 3), "tgt_key_padding_mask": PADDED},
    {"tgt_mask": CAUSAL, "tgt_is_causal": True, "memory_key_padding_mask": MEMORY_PADDED},
    {"tgt_mask": ADDED, "memory_mask": CAUSAL[:, :3], "memory_is_causal": True},
    {"tgt_mask": np.zeros((4, 4)), "tgt_is_causal": True, "memory_mask": np.zeros((4, 3)), "memory_is_causal": True},
]


@pytest.mark.parametrize("masks", OF_TARGET, ids=lambda masks: "-".join(masks))
@pytest.mark.parametrize("options", OPTIONS)
def test_decoders(options, masks):
    layer = f"nn.TransformerDecoderLayer({SIZES}, {options})"
    arrays = [turned(drawn(2, 4, 6), options), turned(drawn(2, 3, 6), options)]
    compared(*pair_of(layer), arrays, masks)
    compared(*pair_of(f"nn.TransformerDecoder({layer}, 2)"), arrays, masks)


@pytest.mark.parametrize("masks", OF_TARGET, ids=lambda masks: "-".join(masks))
@pytest.mark.parametrize("options", OPTIONS)
def test_whole_transformers(options, masks):
    sizes = f"{SIZES}, num_encoder_layers=2, num_decoder_layers=1"
    pair = pair_of(f"nn.Transformer({sizes}, {options})")
    arrays = [turned(drawn(2, 3, 6), options), turned(drawn(2, 4, 6), options)]
    masks = {**masks, "src_mask": drawn(3, 3), "src_key_padding_mask": MEMORY_PADDED}
    compared(*pair, arrays, masks)
    if "memory_key_padding_mask" not in masks and "tgt_key_padding_mask" not in masks:
        del masks["src_key_padding_mask"]
        compared(*pair, [drawn(3, 6), drawn(4, 6)], masks)


def test_single_precision():
    arrays = [drawn(4, 2, 6).astype(np.float32), drawn(3, 2, 6).astype(np.float32)]
    compared(
        *pair_of(f"nn.Transformer({SIZES}, num_encoder_layers=2)", "float32"), arrays, {}, 1e-4
    )


@pytest.mark.parametrize("place", ["p", "attention", "dropout", "dropout1", "dropout2", "dropout3"])
@pytest.mark.parametrize("norm_first", [False, True])
def test_places_of_dropout(place, norm_first):
    """A probability of 1 drops all, whatever the random numbers."""
    pair = pair_of(
        f"nn.Transformer({SIZES}, norm_first={norm_first}, num_encoder_layers=1, num_decoder_layers=2)"
    )
    for module in pair:
        for name, part in module.named_modules():
            if place in ("p", "attention") and type(part).__name__ == "MultiheadAttention":
                part.dropout = 1.0
            if type(part).__name__ == "Dropout" and (place == "p" or name.endswith(f".{place}")):
                part.p = 1.0
    results = [[], []]
    for lib, model, found in zip((torch, mg), pair, results, strict=True):
        for mode in (True, False):
            model.train(mode)
            with lib.enable_grad():
                x = (lib.arange(36).double() / 18 - 1).reshape(3, 2, 6)
                found.append(model(x, x.flip(0)).detach().numpy())
    for theirs, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


def test_gradients_to_second_order():
    mg.manual_seed(0)
    model = mg.nn.Transformer(4, 2, 1, 1, 3, 0.0, "gelu").double()
    mask = model.generate_square_subsequent_mask(2, dtype=mg.float64)
    src, tgt = (mg.tensor(drawn(n, 1, 4), requires_grad=True) for n in (3, 2))
    assert gradcheck(lambda s, t: model(s, t, tgt_mask=mask), [src, tgt], atol=1e-6)
    assert gradgradcheck(lambda s, t: model(s, t, tgt_mask=mask), [src, tgt], atol=1e-5)


# -- Names, defaults, printing, errors -----------------------------------------------------------------------


def signature(function):
    return [
        (p.name, p.kind, getattr(p.default, "__name__", p.default))
        for p in inspect.signature(function).parameters.values()
    ]


@pytest.mark.parametrize("name", NAMES)
def test_signatures(name):
    ours, theirs = getattr(mg.nn, name), getattr(torch.nn, name)
    assert signature(ours) == signature(theirs)
    assert signature(ours.forward) == signature(theirs.forward)
    for block in ("_sa_block", "_mha_block", "_ff_block"):
        assert hasattr(ours, block) == hasattr(theirs, block)


def test_printing_and_attributes():
    for options in ("", ", bias=False", ", activation=nn.ReLU()"):
        models = [
            built(lib, f"nn.Transformer({SIZES}, num_encoder_layers=2{options})")
            for lib in (torch, mg)
        ]
        theirs, ours = models
        assert repr(ours) == repr(theirs)
        for name in ("d_model", "nhead", "batch_first"):
            assert getattr(ours, name) == getattr(theirs, name)
        for name in ("num_layers", "enable_nested_tensor", "mask_check"):
            assert getattr(ours.encoder, name) == getattr(theirs.encoder, name)
        assert ours.decoder.num_layers == theirs.decoder.num_layers == 6


LISTS = [
    "nn.ModuleList()",
    "nn.ModuleList([nn.ReLU()])",
    "nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.Tanh(), nn.Tanh(), nn.Tanh()])",
    "nn.ModuleList([nn.Sequential(nn.ReLU(), nn.Tanh())] * 12)",
    "nn.Sequential(nn.ModuleList([nn.ModuleList([nn.ReLU(), nn.ReLU()])] * 2), nn.Tanh(), nn.Tanh())",
]


@pytest.mark.parametrize("text", LISTS)
def test_printing_lists_of_layers(text):
    assert repr(built(mg, text)) == repr(built(torch, text))


def test_layers_are_deep_copies_that_start_alike():
    layer = mg.nn.TransformerEncoderLayer(6, 2, 5)
    model = mg.nn.TransformerEncoder(layer, 2)
    first, second = model.layers
    assert type(first) is type(layer) and first is not second is not layer
    for p, q, r in zip(layer.parameters(), first.parameters(), second.parameters(), strict=True):
        assert len({id(p), id(q), id(r)}) == 3 and mg.equal(p, q) and mg.equal(q, r)
        assert not np.shares_memory(p.detach().numpy(), q.detach().numpy())
    assert (
        mg.equal(copy.deepcopy(model)(mg.ones(1, 1, 6)), model(mg.ones(1, 1, 6))) is False
    )  # dropout
    whole = mg.nn.Transformer(6, 2, 2, 2, 5)
    assert not mg.equal(
        whole.encoder.layers[0].linear1.weight, whole.encoder.layers[1].linear1.weight
    )


def test_how_transformers_start():
    mine, its = (built(lib, "nn.Transformer(64, 4, 2, 2, 96)").state_dict() for lib in (mg, torch))
    for name, theirs in its.items():
        ours, theirs = mine[name].numpy(), theirs.numpy()
        if ours.ndim > 1:
            bound = math.sqrt(6 / sum(ours.shape))
            assert 0.98 * bound < np.abs(ours).max() <= bound and ours.std() == pytest.approx(
                theirs.std(), rel=0.05
            )
        elif name.endswith(("norm.weight", "norm.bias", "in_proj_bias", "out_proj.bias")):
            np.testing.assert_array_equal(ours, theirs)


class Loud:
    """A custom part that shows what it is called with."""

    def __new__(cls, lib):
        class Custom(lib.nn.Module):
            self_attn = SimpleNamespace(batch_first=False)  # which PyTorch reads

            def forward(self, x, *more, **options):
                shown = {key: value is not None for key, value in options.items()}
                self.seen = len(more), sorted(shown.items())
                return x + 1

        return Custom()


def test_custom_parts_are_called_alike():
    seen = []
    for lib in (torch, mg):
        custom = Loud(lib), Loud(lib)
        model = lib.nn.Transformer(6, 2, custom_encoder=custom[0], custom_decoder=custom[1])
        assert not list(model.parameters())
        out = model(lib.zeros(3, 1, 6), lib.zeros(2, 1, 6), src_mask=lib.zeros(3, 3))
        layered = lib.nn.TransformerDecoder(Loud(lib), 2)
        layered(lib.zeros(3, 1, 6), lib.zeros(3, 1, 6))
        seen.append((out.tolist(), [part.seen for part in (*custom, layered.layers[1])]))
    assert seen[0] == seen[1]


def test_overriding_a_block():
    for lib in (torch, mg):

        class Watching(lib.nn.TransformerEncoderLayer):
            def _sa_block(self, x, attn_mask, key_padding_mask, is_causal=False):
                x, self.weights = self.self_attn(
                    x, x, x, attn_mask=attn_mask, key_padding_mask=key_padding_mask
                )
                return self.dropout1(x)

        layer = Watching(6, 2, 5)
        layer(lib.ones(3, 2, 6))
        assert tuple(layer.weights.shape) == (2, 3, 3)


@pytest.mark.parametrize(
    "arguments", ["3", "0", "2, device='cpu'", "2, dtype=torch.float64", "2, None, torch.bool"]
)
def test_causal_masks(arguments):
    theirs, ours = (
        built(lib, f"nn.Transformer.generate_square_subsequent_mask({arguments})")
        for lib in (torch, mg)
    )
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert str(ours.dtype) == str(theirs.dtype).removeprefix("torch.")


WRONG = [
    "nn.TransformerEncoderLayer(6, 4)",
    "nn.TransformerEncoderLayer(6, 0)",
    "nn.TransformerEncoderLayer('x', 2)",
    "nn.TransformerDecoderLayer(6, 2, -1)",
    "nn.TransformerDecoderLayer(6, 2, 2.5)",
    "nn.TransformerEncoderLayer(6, 2, 5, dropout=2.0)",
    "nn.TransformerEncoderLayer(6, 2, 5, activation='tanh')",
    "nn.TransformerEncoderLayer(6, 2, 5, heads=2)",
    "nn.TransformerEncoderLayer(6, 2, 5, dtype=torch.int64)",
    "nn.TransformerEncoder(3, 1)",
    "nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 5), 'x')",
    "nn.TransformerDecoder(nn.TransformerDecoderLayer(6, 2, 5), 1.5)",
    "nn.Transformer(6, 4)",
    "nn.Transformer(6, 2, 1, 1, 5, activation='silu')",
    "nn.Transformer.generate_square_subsequent_mask(-1)",
    "nn.Transformer.generate_square_subsequent_mask(2.5)",
    "nn.Transformer.generate_square_subsequent_mask(2, dtype=torch.int64)",
    *(
        f"nn.Transformer(6, 2, 1, 1, 5{first})(torch.ones({src}), torch.ones({tgt}))"
        for first in ("", ", batch_first=True")
        for src, tgt in [
            ((3, 2, 6), (3, 3, 6)),
            ((3, 2, 6), (2, 2, 6)),
            ((3, 2, 5), (3, 2, 6)),
            ((3, 2, 6), (3, 2, 5)),
            ((3, 2, 6), (4, 6)),
            ((3, 2, 2, 6), (3, 2, 2, 6)),
            ((3, 5), (4, 5)),
        ]
    ),
    *(
        f"nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 5), 1)(torch.ones(3, 2, 6), {more})"
        for more in (
            "is_causal=True",
            "torch.zeros(3, 3).long()",
            "torch.zeros(2, 3)",
            "torch.zeros(3, 3).double()",
            "src_key_padding_mask=torch.zeros(3, 2)",
            "src_key_padding_mask=torch.zeros(2, 3).int()",
        )
    ),
    "nn.TransformerDecoder(nn.TransformerDecoderLayer(6, 2, 5), 1)(torch.ones(3, 2, 6), torch.ones(3, 1, 6))",
    "nn.TransformerDecoderLayer(6, 2, 5)(torch.ones(3, 2, 6), torch.ones(3, 2, 6), tgt_is_causal=True)",
]


def error_of(lib, call):
    try:
        return built(lib, call)
    except Exception as error:
        return error


@pytest.mark.parametrize("call", WRONG)
def test_errors(call):
    theirs, ours = error_of(torch, call), error_of(mg, call)
    if isinstance(theirs, Exception):
        assert type(ours) is type(theirs), f"{ours} instead of {theirs}"
        assert is_refusal(ours), ours
    else:
        assert ours.shape == tuple(theirs.shape)


# -- Programs ------------------------------------------------------------------------------------------------

STEPS = 50
PAD, BEGIN, END, WORDS = 0, 1, 2, 13


def sentences(seed, n=24, longest=6):
    """Pairs of padded sequences of words: the second is the first backwards, each word moved on by one."""
    rng = np.random.default_rng(seed)
    source = np.full((n, longest), PAD)
    target = np.full((n, longest + 2), PAD)
    for i in range(n):
        words = rng.integers(3, WORDS, rng.integers(2, longest + 1))
        source[i, : len(words)] = words
        target[i, : len(words) + 2] = [BEGIN, *((words[::-1] - 2) % (WORDS - 3) + 3), END]
    return source, target


def positional_encoding(m):
    class PositionalEncoding(m.nn.Module):
        def __init__(self, width, dropout=0.0, longest=20):
            super().__init__()
            self.dropout = m.nn.Dropout(p=dropout)
            position = m.arange(longest).unsqueeze(1)
            rates = m.exp(m.arange(0, width, 2) * (-math.log(10000.0) / width))
            pe = m.zeros(longest, 1, width)
            pe[:, 0, 0::2] = m.sin(position * rates)
            pe[:, 0, 1::2] = m.cos(position * rates)
            self.register_buffer("pe", pe)

        def forward(self, x):
            return self.dropout(x + self.pe[: x.size(0)])

    return PositionalEncoding


def translation(m, load):
    nn = m.nn

    class Seq2SeqTransformer(nn.Module):
        def __init__(self, width=16):
            super().__init__()
            self.width = width
            self.transformer = nn.Transformer(
                d_model=width,
                nhead=4,
                num_encoder_layers=2,
                num_decoder_layers=2,
                dim_feedforward=24,
                dropout=0.0,
            )
            self.generator = nn.Linear(width, WORDS)
            self.src_tok_emb = nn.Embedding(WORDS, width)
            self.tgt_tok_emb = nn.Embedding(WORDS, width)
            self.positional_encoding = positional_encoding(m)(width)

        def embedded(self, table, tokens):
            return self.positional_encoding(table(tokens.long()) * math.sqrt(self.width))

        def forward(
            self,
            src,
            trg,
            src_mask,
            tgt_mask,
            src_padding_mask,
            tgt_padding_mask,
            memory_key_padding_mask,
        ):
            outs = self.transformer(
                self.embedded(self.src_tok_emb, src),
                self.embedded(self.tgt_tok_emb, trg),
                src_mask,
                tgt_mask,
                None,
                src_padding_mask,
                tgt_padding_mask,
                memory_key_padding_mask,
            )
            return self.generator(outs)

    model = load(Seq2SeqTransformer())
    loss_fn = nn.CrossEntropyLoss(ignore_index=PAD)
    optimizer = m.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
    for step in range(STEPS):
        src, tgt = (m.tensor(x).t() for x in sentences(step % 5))
        tgt_input, tgt_out = tgt[:-1, :], tgt[1:, :]
        src_mask = m.zeros((src.shape[0], src.shape[0])).type(m.bool)
        tgt_mask = nn.Transformer.generate_square_subsequent_mask(
            tgt_input.shape[0], dtype=model.generator.weight.dtype
        )
        src_padding = (src == PAD).transpose(0, 1)
        tgt_padding = (tgt_input == PAD).transpose(0, 1)
        logits = model(src, tgt_input, src_mask, tgt_mask, src_padding, tgt_padding, src_padding)
        optimizer.zero_grad()
        loss = loss_fn(logits.reshape(-1, logits.shape[-1]), tgt_out.reshape(-1))
        loss.backward()
        optimizer.step()
        yield loss.item()


def classifier(m, load):
    nn = m.nn

    class Classifier(nn.Module):
        def __init__(self, width=16):
            super().__init__()
            self.embedding = nn.Embedding(WORDS, width, padding_idx=PAD)
            self.positions = positional_encoding(m)(width)
            layer = nn.TransformerEncoderLayer(
                width, 2, 32, 0.0, activation="gelu", batch_first=True, norm_first=True
            )
            self.encoder = nn.TransformerEncoder(layer, num_layers=2, norm=nn.LayerNorm(width))
            self.head = nn.Linear(width, 2)

        def forward(self, tokens):
            padding = tokens == PAD
            x = self.positions(self.embedding(tokens).transpose(0, 1)).transpose(0, 1)
            x = self.encoder(x, src_key_padding_mask=padding)
            kept = (~padding).unsqueeze(-1)
            return self.head((x * kept).sum(1) / kept.sum(1))

    model = load(Classifier())
    optimizer = m.optim.Adam(model.parameters(), lr=3e-3)
    for step in range(STEPS):
        tokens = m.tensor(sentences(step % 3)[0])
        labels = (tokens[:, 0] > 7).long()
        loss = nn.functional.cross_entropy(model(tokens), labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        yield loss.item()


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-7), ("float32", 1e-5)])
@pytest.mark.parametrize("program", [translation, classifier])
def test_programs_of_fifty_steps(program, dtype, tolerance):
    weights = {}

    def losses(lib):
        def load(model):
            model = model.to(getattr(lib, dtype))
            if not weights:
                weights.update(
                    (name, value.numpy().copy()) for name, value in model.state_dict().items()
                )
            model.load_state_dict({name: lib.tensor(value) for name, value in weights.items()})
            return model

        return list(program(lib, load))

    torch.manual_seed(0)
    theirs, ours = losses(torch), losses(mg)
    assert len(ours) == STEPS and theirs[-1] < 0.9 * theirs[0]
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
