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
ACTIONS = RNG.integers(0, 2, (12, 10))
PUSHES = RNG.standard_normal((12, 10, 1))
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


def corridor(actions):
    """Walk in a corridor of five places from the middle, right (1) or left (0): yields the place, action and reward."""
    place = 2
    for action in actions:
        moved = min(max(place + 2 * action - 1, 0), 4)
        yield place, action, 1.0 if moved == 4 else -0.1
        place = 2 if moved == 4 else moved


def returns(rewards, gamma=0.9):
    """What is still to come, at each step, of the rewards of an episode."""
    found = [0.0]
    for reward in reversed(rewards):
        found.insert(0, reward + gamma * found[0])
    return found[:-1]


def actor_critic(m, load):
    nn, F = m.nn, m.nn.functional
    Categorical = m.distributions.Categorical

    class ActorCritic(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Linear(5, 16)
            self.actor = nn.Linear(16, 2)
            self.critic = nn.Linear(16, 1)

        def forward(self, x):
            x = m.tanh(self.body(x))
            return Categorical(logits=self.actor(x)), self.critic(x).squeeze(-1)

    model = load(ActorCritic())
    optimizer = m.optim.Adam(model.named_parameters(), lr=m.tensor(np.array(0.01)))
    scheduler = m.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.03, total_steps=2 * STEPS)
    for (actions,) in batches(ACTIONS, size=1):
        log_probs, values, entropies, rewards = [], [], [], []
        for place, action, reward in corridor(actions[0].tolist()):
            distribution, value = model(m.tensor(np.eye(5)[place]))
            log_probs.append(distribution.log_prob(m.tensor(action)))
            entropies.append(distribution.entropy())
            values.append(value)
            rewards.append(reward)
        values = m.stack(values)
        target = m.tensor(np.array(returns(rewards)))
        advantage = target - values.detach()
        policy_loss = -(m.stack(log_probs) * advantage).mean()
        loss = policy_loss + F.smooth_l1_loss(values, target) - 0.01 * m.stack(entropies).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        yield loss.item()


def gaussian_policy(m, load):
    nn = m.nn

    class Policy(nn.Module):
        def __init__(self):
            super().__init__()
            self.mean = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
            self.log_std = nn.Parameter(m.zeros(1))

        def forward(self, x):
            return m.distributions.Normal(self.mean(x), self.log_std.exp().expand(len(x), 1))

    model = load(Policy())
    optimizer = m.optim.Adadelta(model.parameters(), lr=1.0, foreach=False)
    scheduler = m.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 10, 2, eta_min=0.1)
    with m.no_grad():
        old = model(m.tensor(PUSHES[0]))
        old = m.distributions.Normal(old.loc.clone(), old.scale.clone())
    for (pushes,) in batches(PUSHES, size=1):
        place, places, rewards = 1.0, [], []
        for push in pushes[0, :, 0].tolist():  # the actions: each moves a point that ought to lie at 0
            places.append([place])
            place = 0.9 * place + 0.3 * push
            rewards.append(-(place**2))
        policy = model(m.tensor(np.array(places)))
        weights = m.tensor(np.array(returns(rewards)))
        weights = (weights - weights.mean()) / (weights.std() + 1e-8)
        log_probs = policy.log_prob(m.tensor(pushes[0])).sum(-1)
        away = m.distributions.kl_divergence(old, model(m.tensor(PUSHES[0]))).mean()
        loss = -(log_probs * weights).mean() - 0.01 * policy.entropy().mean() + 0.1 * away
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        yield loss.item()


PROGRAMS = [softmax_classifier, self_attention, autoencoder, gpt, heads, cnn, vae, gan, convolutional_autoencoder]
PROGRAMS += [actor_critic, gaussian_policy]


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
