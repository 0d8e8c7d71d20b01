"""Eight training steps, each written once: a function of the library `m`, minigrad or PyTorch.

It builds model, data and optimizer, and returns the whole step: zero_grad, forward, backward, update, loss as a float.
"""

import itertools

import numpy as np

VOCABULARY = 64


def data(m, batch, features, classes):
    rng = np.random.default_rng(0)
    images = m.from_numpy(rng.random((batch, features), np.float32))
    return images, m.from_numpy(rng.integers(0, classes, batch))


def training(m, model, optimizer, loss_of):
    def step():
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def layers(m, sizes, last):
    """Linear layers of these sizes with ReLU between them, then the modules `last`."""
    modules = []
    for n_in, n_out in itertools.pairwise(sizes):
        modules += [m.nn.Linear(n_in, n_out), m.nn.ReLU()]
    return m.nn.Sequential(*modules[:-1], *last)


def classifier(m, sizes, batch, optimizer_of):
    model = layers(m, sizes, [])
    images, labels = data(m, batch, sizes[0], sizes[-1])
    cross_entropy = m.nn.CrossEntropyLoss()
    optimizer = optimizer_of(m)(model.parameters(), lr=1e-3)
    return training(m, model, optimizer, lambda: cross_entropy(model(images), labels))


def autoencoder(m, batch):
    model = layers(m, AUTOENCODER, [m.nn.Sigmoid()])
    images, _ = data(m, batch, AUTOENCODER[0], 10)
    mse = m.nn.MSELoss()
    return training(m, model, m.optim.Adam(model.parameters(), lr=1e-3), lambda: mse(model(images), images))


def gpt(m, batch, length, width, heads=4, blocks=2):
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
            self.token, self.position = nn.Embedding(VOCABULARY, width), nn.Embedding(length, width)
            self.blocks, self.norm = nn.Sequential(*[Block() for _ in range(blocks)]), nn.LayerNorm(width)
            self.head = nn.Linear(width, VOCABULARY, bias=False)

        def forward(self, tokens):
            x = self.token(tokens) + self.position(m.arange(tokens.shape[1]))
            return self.head(self.norm(self.blocks(x)))

    model = GPT()
    tokens = m.from_numpy(np.random.default_rng(0).integers(0, VOCABULARY, (batch, length + 1)))

    def loss():
        logits = model(tokens[:, :-1])
        return F.cross_entropy(logits.reshape(-1, VOCABULARY), tokens[:, 1:].reshape(-1))

    return training(m, model, m.optim.AdamW(model.parameters(), lr=1e-3), loss)


def cnn(m, batch=32):
    nn = m.nn
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * 7 * 7, 10),
    )  # fmt: skip
    images, labels = data(m, batch, 28 * 28, 10)
    images, cross_entropy = images.reshape(batch, 1, 28, 28), nn.CrossEntropyLoss()
    return training(m, model, m.optim.Adam(model.parameters(), lr=1e-3), lambda: cross_entropy(model(images), labels))


def sgd(m):
    return m.optim.SGD


def adam(m):
    return m.optim.Adam


AUTOENCODER = (784, 128, 64, 32, 64, 128, 784)
STEPS = {  # name: (the step, the highest ratio to PyTorch that is acceptable)
    "softmax 64-10, batch 32, SGD": (lambda m: classifier(m, (64, 10), 32, sgd), 0.40),
    "MLP 64-32-10, batch 32, Adam": (lambda m: classifier(m, (64, 32, 10), 32, adam), 0.40),
    "MLP 784-128-64-10, batch 64, Adam": (lambda m: classifier(m, (784, 128, 64, 10), 64, adam), 0.85),
    "autoencoder, batch 64, Adam": (lambda m: autoencoder(m, 64), 0.85),
    "autoencoder, batch 256, Adam": (lambda m: autoencoder(m, 256), 1.00),
    "GPT width 64, AdamW": (lambda m: gpt(m, 16, 32, 64), 1.00),
    "GPT width 128, AdamW": (lambda m: gpt(m, 32, 64, 128), 1.20),
    "CNN 1-8-16 channels, batch 32, Adam": (cnn, 2.00),
}
