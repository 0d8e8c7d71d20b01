"""Whole programs in plain PyTorch style, run in both libraries from the same weights: the same losses, step by step.

A program is a function of the library `m` and of `load`, which gives a model the weights that both start from. It
yields the loss of each step.
"""

import math

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
STEPS = 100
IMAGES = RNG.uniform(size=(64, 1, 28, 28))
LABELS = RNG.integers(0, 10, 64)
SEQUENCES = RNG.standard_normal((64, 5, 8))
NOISE = RNG.standard_normal((64, 5))
TEXT = (np.arange(24)[:, None] + np.arange(9)) ** 2 % 11


def batches(*arrays, size):
    """Endless mini-batches over the arrays, in order."""
    start = 0
    while True:
        stop = start + size
        yield tuple(x[start:stop] for x in arrays)
        start = 0 if stop + size > len(arrays[0]) else stop


def softmax_classifier(m, load):
    x = IMAGES.reshape(-1, 784)
    model = load(m.nn.Linear(784, 10))
    criterion = m.nn.CrossEntropyLoss()
    optimizer = m.optim.SGD(model.parameters(), lr=0.003, momentum=0.9)
    for images, labels in batches(x, LABELS, size=16):
        logits = model(m.tensor(images))
        loss = criterion(logits, m.tensor(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def self_attention(m, load):
    class SelfAttention(m.nn.Module):
        def __init__(self, width):
            super().__init__()
            self.query = m.nn.Linear(width, width)
            self.key = m.nn.Linear(width, width)
            self.value = m.nn.Linear(width, width)
            self.out = m.nn.Linear(width, width)
            self.softmax = m.nn.Softmax(dim=-1)

        def forward(self, x):
            q, k, v = self.query(x), self.key(x), self.value(x)
            scores = m.matmul(q, k.transpose(-2, -1)) / x.shape[-1] ** 0.5
            return self.out(m.matmul(self.softmax(scores), v))

    model = load(SelfAttention(8))
    optimizer = m.optim.Adam(model.parameters(), 1e-2)
    for (x,) in batches(SEQUENCES, size=4):
        x = m.tensor(x)
        loss = m.nn.functional.mse_loss(model(x), x.flip(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def autoencoder(m, load):
    nn = m.nn

    class Autoencoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(
                nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(True), nn.Linear(64, 32)
            )
            self.decoder = nn.Sequential(
                nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid()
            )

        def forward(self, x):
            return self.decoder(self.encoder(x)).view(-1, 1, 28, 28)

    model = load(Autoencoder())
    criterion = nn.MSELoss()
    optimizer = m.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for (images,) in batches(IMAGES, size=16):
        images = m.tensor(images)
        optimizer.zero_grad()
        loss = criterion(model(images), images)
        loss.backward()
        optimizer.step()
        yield loss.item()


def gpt(m, load):
    nn, F = m.nn, m.nn.functional
    vocabulary, block, width, heads = 11, 8, 16, 4

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.qkv = nn.Linear(width, 3 * width)
            self.out = nn.Linear(width, width)
            self.register_buffer("mask", m.tril(m.ones(block, block)).view(1, 1, block, block))

        def forward(self, x):
            batch, length, _ = x.shape
            q, k, v = (
                t.view(batch, length, heads, width // heads).transpose(1, 2) for t in self.qkv(x).split(width, dim=2)
            )
            scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
            scores = scores.masked_fill(self.mask[:, :, :length, :length] == 0, float("-inf"))
            y = F.softmax(scores, dim=-1) @ v
            return self.out(y.transpose(1, 2).reshape(batch, length, width))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.attention = Attention()
            self.mlp = nn.Sequential(
                nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(0.0)
            )

        def forward(self, x):
            x = x + self.attention(self.norm1(x))
            return x + self.mlp(self.norm2(x))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(vocabulary, width)
            self.positions = nn.Embedding(block, width)
            self.blocks = nn.ModuleList([Block() for _ in range(2)])
            self.norm = nn.LayerNorm(width)
            self.head = nn.Linear(width, vocabulary, bias=False)

        def forward(self, idx):
            x = self.tokens(idx) + self.positions(m.arange(idx.shape[1]))
            for layer in self.blocks:
                x = layer(x)
            return self.head(self.norm(x))

    model = load(GPT())
    optimizer = m.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.1)
    for (text,) in batches(TEXT, size=6):
        idx, targets = m.tensor(text[:, :-1]), m.tensor(text[:, 1:])
        logits = model(idx)
        loss = F.cross_entropy(logits.view(-1, vocabulary), targets.reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        yield loss.item()


def heads(m, load):
    nn = m.nn

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.norm = nn.LayerNorm(8)
            self.mask = m.triu(m.ones(5, 5), diagonal=1).bool()

        def forward(self, x):
            seen, _ = self.attention(x, x, x, attn_mask=self.mask, need_weights=False)
            return self.norm(x + seen)

    model = load(Reader())
    optimizer = m.optim.RMSprop(model.parameters(), lr=1e-3)
    for (x,) in batches(SEQUENCES, size=4):
        x = m.tensor(x)
        loss = nn.SmoothL1Loss()(model(x)[:, :-1], x[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def cnn(m, load):
    nn, F = m.nn, m.nn.functional

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 4, 3, 1, 1)
            self.bn1 = nn.BatchNorm2d(4)
            self.conv2 = nn.Conv2d(4, 8, kernel_size=3, padding=1)
            self.bn2 = nn.BatchNorm2d(8)
            self.pool = nn.MaxPool2d(2)
            self.fc = nn.Linear(8 * 7 * 7, 10)

        def forward(self, x):
            x = self.pool(F.relu(self.bn1(self.conv1(x))))
            x = self.pool(F.relu(self.bn2(self.conv2(x))))
            return self.fc(m.flatten(x, 1))

    model = load(Net())
    optimizer = m.optim.SGD(model.parameters(), lr=0.0003, momentum=0.9, weight_decay=1e-4)
    for step, (images, labels) in enumerate(batches(IMAGES, LABELS, size=8)):
        images, labels = m.tensor(images), m.tensor(labels)
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()
        if step % 10 == 9:
            model.eval()
            with m.no_grad():
                yield F.nll_loss(F.log_softmax(model(images), dim=1), labels, reduction="sum").item()
            model.train()


def vae(m, load):
    nn, F = m.nn, m.nn.functional

    class VAE(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.fc21, self.fc22 = nn.Linear(784, 40), nn.Linear(40, 5), nn.Linear(40, 5)
            self.fc3, self.fc4 = nn.Linear(5, 40), nn.Linear(40, 784)

        def forward(self, x, eps):
            h = F.relu(self.fc1(x.view(-1, 784)))
            mu, logvar = self.fc21(h), self.fc22(h)
            z = mu + eps * m.exp(0.5 * logvar)
            return m.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar

    model = load(VAE())
    optimizer = m.optim.Adam(model.parameters(), lr=1e-3)
    for images, noise in batches(IMAGES, NOISE, size=16):
        images = m.tensor(images)
        recon, mu, logvar = model(images, m.tensor(noise))
        bce = F.binary_cross_entropy(recon, images.view(-1, 784), reduction="sum")
        kld = -0.5 * m.sum(1 + logvar - mu.pow(2) - logvar.exp())
        loss = bce + kld
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def gan(m, load):
    nn = m.nn
    generator = load(nn.Sequential(nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 8), nn.Tanh()))
    discriminator = load(nn.Sequential(nn.Linear(8, 16), nn.LeakyReLU(0.2), nn.Dropout(0.0), nn.Linear(16, 1)))
    criterion = nn.BCEWithLogitsLoss()
    optimizer_g = m.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999))
    optimizer_d = m.optim.Adam(discriminator.parameters(), lr=2e-3, betas=(0.5, 0.999))
    for real, noise in batches(SEQUENCES[:, 0], NOISE, size=8):
        real, fake = m.tensor(real), generator(m.tensor(noise))
        real_labels, fake_labels = m.ones(len(real), 1).to(real.dtype), m.zeros_like(discriminator(real))
        optimizer_d.zero_grad()
        loss_d = criterion(discriminator(real), real_labels) + criterion(discriminator(fake.detach()), fake_labels)
        loss_d.backward()
        optimizer_d.step()
        optimizer_g.zero_grad()
        loss_g = criterion(discriminator(fake), real_labels)
        loss_g.backward()
        optimizer_g.step()
        yield loss_d.item() + loss_g.item()


def convolutional_autoencoder(m, load):
    nn = m.nn
    model = load(
        nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Linear(4 * 49, 4 * 49),
            nn.ELU(),
            nn.Unflatten(1, (4, 7, 7)),
            nn.ConvTranspose2d(4, 4, 4, 2, 1),
            nn.Softplus(),
            nn.ConvTranspose2d(4, 1, 3, stride=2, padding=1, output_padding=1),
        )
    )
    optimizer = m.optim.Adagrad(model.parameters(), lr=0.01)
    criterion = nn.HuberLoss(delta=0.5)
    for (images,) in batches(IMAGES, size=8):
        images = m.tensor(images)
        loss = criterion(model(images), images)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


PROGRAMS = [softmax_classifier, self_attention, autoencoder, gpt, heads, cnn, vae, gan, convolutional_autoencoder]


class InSingle:
    """The library `m` with float32 for whatever numbers a program has."""

    def __init__(self, m):
        self.m = m

    def __getattr__(self, name):
        return getattr(self.m, name)

    def tensor(self, data):
        made = self.m.tensor(data)
        return made.float() if made.dtype == self.m.float64 else made


def losses(m, program, weights, double=True):
    """The losses of the first steps; `weights` has the starting values of each model, drawn the first time."""
    models = []

    def load(model):
        model = model.double() if double else model
        if len(weights) == len(models):
            weights.append({name: value.numpy().copy() for name, value in model.state_dict().items()})
        model.load_state_dict({name: m.tensor(value) for name, value in weights[len(models)].items()})
        models.append(model)
        return model

    return [loss for loss, _ in zip(program(m if double else InSingle(m), load), range(STEPS), strict=False)]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_losses_of_a_hundred_steps(program):
    weights = []
    torch.manual_seed(0)
    theirs = losses(torch, program, weights)
    ours = losses(mg, program, weights)
    assert len(ours) == STEPS and theirs[-1] != theirs[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_losses_of_a_hundred_steps_in_single_precision(program):
    weights = []
    torch.manual_seed(0)
    theirs = losses(torch, program, weights, double=False)
    ours = losses(mg, program, weights, double=False)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
