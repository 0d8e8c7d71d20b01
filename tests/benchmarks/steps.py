"""The training steps, each written once for minigrad and PyTorch: a function of the library `m`.

It builds model, data and optimizer, and returns the whole step: zero_grad, forward, backward, update, loss as a float.
All libraries begin with the same weights and see the same data, so their losses are the same.
"""

import ast
import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
AUTOENCODER = (784, 128, 64, 32, 64, 128, 784)
RATE = 1e-3


# -- Data and weights, for by_hand.py and with_jax.py, too -----------------------------------------


def batch_of(batch, features, classes=10):
    """Images (batch, features) and labels (batch,) as arrays."""
    rng = np.random.default_rng(0)
    return rng.random((batch, features), np.float32), rng.integers(0, classes, batch)


def weights(shapes):
    """Arrays to begin with: uniform within 1 / the root of the number of inputs."""
    rng = np.random.default_rng(1)
    return [(rng.uniform(-1, 1, shape) / np.prod(shape[1:]) ** 0.5).astype(np.float32) for shape in shapes]


def training(m, model, optimizer, loss_of):
    parameters = dict(model.named_parameters())
    matrices = [p for p in parameters.values() if p.dim() > 1]
    with m.no_grad():
        for p, weight in zip(matrices, weights([tuple(p.shape) for p in matrices]), strict=True):
            p.copy_(m.from_numpy(weight))
        for name, p in parameters.items():
            if "bias" in name:
                p.zero_()
    optimizer = getattr(m.optim, optimizer)(model.parameters(), lr=RATE)

    def step():
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


# -- The steps -------------------------------------------------------------------------------------


def dense(m, sizes, last):
    """Linear layers of these sizes with ReLU between them, then the modules `last`."""
    modules = []
    for n_in, n_out in itertools.pairwise(sizes):
        modules += [m.nn.Linear(n_in, n_out), m.nn.ReLU()]
    return m.nn.Sequential(*modules[:-1], *last)


def classifier(m, sizes, batch, optimizer):
    model = dense(m, sizes, [])
    images, labels = map(m.from_numpy, batch_of(batch, sizes[0], sizes[-1]))
    cross_entropy = m.nn.CrossEntropyLoss()
    return training(m, model, optimizer, lambda: cross_entropy(model(images), labels))


def autoencoder(m, batch):
    model = dense(m, AUTOENCODER, [m.nn.Sigmoid()])
    images = m.from_numpy(batch_of(batch, AUTOENCODER[0])[0])
    mse = m.nn.MSELoss()
    return training(m, model, "Adam", lambda: mse(model(images), images))


def gpt(m, batch, length, width, heads=4, blocks=2, vocabulary=64):
    nn, F = m.nn, m.nn.functional

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

        def forward(self, x):
            n, length, _ = x.shape
            q, k, v = (
                part.view(n, length, heads, width // heads).transpose(1, 2) for part in self.qkv(x).split(width, dim=2)
            )
            seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out(seen.transpose(1, 2).contiguous().view(n, length, width))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention, self.norm1, self.norm2 = Attention(), nn.LayerNorm(width), nn.LayerNorm(width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x):
            x = x + self.attention(self.norm1(x))
            return x + self.mlp(self.norm2(x))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.token, self.position = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
            self.blocks, self.norm = nn.Sequential(*[Block() for _ in range(blocks)]), nn.LayerNorm(width)
            self.head = nn.Linear(width, vocabulary, bias=False)

        def forward(self, tokens):
            x = self.token(tokens) + self.position(m.arange(tokens.shape[1]))
            return self.head(self.norm(self.blocks(x)))

    model = GPT()
    tokens = m.from_numpy(np.random.default_rng(0).integers(0, vocabulary, (batch, length + 1)))

    def loss():
        logits = model(tokens[:, :-1])
        return F.cross_entropy(logits.reshape(-1, vocabulary), tokens[:, 1:].reshape(-1))

    return training(m, model, "AdamW", loss)


def cnn(m, channels, kernel, batch, norm=False, side=28):
    """Twice a convolution that keeps the size, batch norm if `norm`, ReLU and pooling, then a linear layer."""
    nn = m.nn
    modules = []
    for n_in, n_out in itertools.pairwise(channels):
        modules += [nn.Conv2d(n_in, n_out, kernel, padding=kernel // 2)]
        modules += [nn.BatchNorm2d(n_out)] * norm
        modules += [nn.ReLU(), nn.MaxPool2d(2)]
    model = nn.Sequential(*modules, nn.Flatten(), nn.Linear(channels[-1] * (side // 4) ** 2, 10))
    images, labels = map(m.from_numpy, batch_of(batch, channels[0] * side**2))
    images = images.reshape(batch, channels[0], side, side)
    cross_entropy = nn.CrossEntropyLoss()
    return training(m, model, "Adam", lambda: cross_entropy(model(images), labels))


def batch_norm(m, batch, channels, side):
    """Batch norm alone, with the gradient of its input."""
    rng = np.random.default_rng(0)
    images, target = (m.from_numpy(rng.random((batch, channels, side, side), np.float32)) for _ in range(2))
    images.requires_grad_()
    model, mse = m.nn.BatchNorm2d(channels), m.nn.MSELoss()

    def loss():
        images.grad = None
        return mse(model(images), target)

    return training(m, model, "SGD", loss)


def recurrent(m, layer, batch, length, features, hidden):
    model = getattr(m.nn, layer)(features, hidden, batch_first=True)
    rng = np.random.default_rng(0)
    x, target = (m.from_numpy(rng.random((batch, length, n), np.float32)) for n in (features, hidden))
    mse = m.nn.MSELoss()
    return training(m, model, "Adam", lambda: mse(model(x)[0], target))


def of_lesson(m, name, definitions):
    """The functions and classes of a lesson that are called so, with the library `m` as its imports."""
    path = ROOT / "lessons" / f"{name}.py"
    found = [part for part in ast.parse(path.read_text()).body if getattr(part, "name", None) in definitions]
    names = {"mg": m, "nn": m.nn, "F": m.nn.functional}
    exec(compile(ast.Module(found, []), path, "exec"), names)
    return [names[name] for name in definitions]


def lesson_22(m, batch=32, kinds=79, places=16):
    transformer, surprise = of_lesson(m, "22_transformer", ["Transformer", "surprise", "Block"])[:2]
    model = transformer(kinds, places, 2)
    rng = np.random.default_rng(0)
    return training(m, model, "Adam", lambda: surprise(model, rng.integers(0, kinds, (batch, places + 1))).mean())


def lesson_23(m, batch=50):
    nn = m.nn
    model = of_lesson(m, "23_convolution", ["cnn"])[0](nn.Conv2d(1, 4, 5), nn.Conv2d(4, 24, 5))
    images, labels = map(m.from_numpy, batch_of(500, 784))
    rng = np.random.default_rng(0)

    def loss():
        rows = m.from_numpy(rng.integers(0, 500, batch))
        return nn.functional.cross_entropy(model(images[rows]), labels[rows])

    return training(m, model, "Adam", loss)


# -- The table -------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Step:
    """What builds a step, from which sizes, and the highest ratios of times that are acceptable."""

    make: Callable
    sizes: dict
    bars: dict = dataclasses.field(default_factory=dict)
    one_thread: bool = False

    def small(self):
        """The same step in a size that takes no time."""
        return dataclasses.replace(self, sizes={**self.sizes, **SMALL[self.make]})


def bars(torch, jax=None, hand=None):
    return {name: bar for name, bar in (("PyTorch", torch), ("JAX", jax), ("hand", hand)) if bar}


SMALL = {  # the sizes that a small step has instead
    classifier: {"batch": 4},
    autoencoder: {"batch": 1},
    gpt: {"batch": 2, "length": 4, "width": 8, "blocks": 1},
    cnn: {"batch": 2, "side": 4, "channels": (1, 2, 3)},
    batch_norm: {"batch": 2, "side": 4},
    recurrent: {"batch": 2, "length": 3, "features": 4, "hidden": 5},
    lesson_22: {"batch": 2, "places": 4},
    lesson_23: {"batch": 2},
}
LAYER = {"batch": 32, "length": 28, "features": 64, "hidden": 128}
STEPS = {
    "softmax 64-10, batch 32, SGD": Step(
        classifier, {"sizes": (64, 10), "batch": 32, "optimizer": "SGD"}, bars(0.40, 0.70, 2.0)
    ),
    "MLP 64-32-10, batch 32, Adam": Step(
        classifier, {"sizes": (64, 32, 10), "batch": 32, "optimizer": "Adam"}, bars(0.35, 0.90, 2.0)
    ),
    "MLP 784-128-64-10, batch 64, Adam": Step(
        classifier, {"sizes": (784, 128, 64, 10), "batch": 64, "optimizer": "Adam"}, bars(0.60, 1.00, 1.25)
    ),
    "autoencoder, batch 64, Adam": Step(autoencoder, {"batch": 64}, bars(0.70, 1.10, 1.20)),
    "autoencoder, batch 256, Adam": Step(autoencoder, {"batch": 256}, bars(0.85, 1.10, 1.15)),
    "GPT width 64, AdamW": Step(gpt, {"batch": 16, "length": 32, "width": 64}, bars(0.75)),
    "GPT width 128, AdamW": Step(gpt, {"batch": 32, "length": 64, "width": 128}, bars(1.00)),
    "lesson 22, two blocks": Step(lesson_22, {}),
    "lesson 23, the CNN": Step(lesson_23, {}),
    "CNN 1-8-16, 3x3, batch 32": Step(cnn, {"channels": (1, 8, 16), "kernel": 3, "batch": 32}, bars(1.20)),
    "CNN 1-32-64, 3x3, batch 64": Step(
        cnn, {"channels": (1, 32, 64), "kernel": 3, "batch": 64}, bars(1.60), one_thread=True
    ),
    "CNN 1-16-32, 5x5, norm, batch 100": Step(
        cnn, {"channels": (1, 16, 32), "kernel": 5, "batch": 100, "norm": True}, bars(1.60), one_thread=True
    ),
    "CNN 16-16-32, 3x3, norm, batch 32": Step(
        cnn,
        {"channels": (16, 16, 32), "kernel": 3, "batch": 32, "norm": True, "side": 32},
        bars(1.60),
        one_thread=True,
    ),
    "batch norm, 32 x 16 x 28 x 28": Step(batch_norm, {"batch": 32, "channels": 16, "side": 28}, one_thread=True),
    "LSTM 64-128, length 28, batch 32": Step(recurrent, {"layer": "LSTM", **LAYER}, bars(1.20), one_thread=True),
    "GRU 64-128, length 28, batch 32": Step(recurrent, {"layer": "GRU", **LAYER}, bars(1.20), one_thread=True),
}
# the names of steps that differ also when small
KINDS = list({str((step.make, step.small().sizes)): name for name, step in STEPS.items()}.values())
