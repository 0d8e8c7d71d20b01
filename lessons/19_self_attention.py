"""Self-attention: a much-copied layer taken apart, one that is right, and what order, masks and attention are worth.

About 6 seconds.
"""

# %%
import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.nn import functional as F

run = lesson.start("19_self_attention", lr=0.003, batch_size=64)

# %% The claim
# A widely copied article has self-attention first appear in 2017, in "Transformer for Language Understanding". There is
# no such paper: Vaswani et al. 2017 is "Attention Is All You Need", a model that translates, and Cheng et al. 2016 used
# self-attention before. The article's layer has four nn.Linear(10, 10) and softmax = nn.Softmax(dim=2), and computes
#     scores = self.softmax(Q @ K.transpose(-2, -1) / np.sqrt(self.input_dim))
# as "the similarity of queries, keys and values"; "a linear layer" then adds up "the positions with higher weights".
# It says nothing of the order of the positions, nor of which may look at which.
q_linear, k_linear, v_linear, out_linear = (nn.Linear(10, 10) for _ in range(4))


def printed(x):
    weights = nn.Softmax(dim=2)(q_linear(x) @ k_linear(x).transpose(-2, -1) / np.sqrt(10))
    return out_linear(weights @ v_linear(x))


# %% What happens
# It stops at a name. With the import that it lacks it is right for the article's input, (batch, positions, features).
# Only there is dim=2 the axis of the keys: with heads, (batch, heads, positions, positions), it is that of the queries.
x, sums = mg.randn(3, 5, 10), mg.randn(3, 2, 5, 5).softmax(dim=2).sum(-1)  # of the keys' weights, for two heads
try:
    printed(x)
except NameError as error:
    print("1 import  as printed:", error)
import numpy as np  # noqa: E402 - this is the line that it lacks

difference = printed(x) - out_linear(F.scaled_dot_product_attention(q_linear(x), k_linear(x), v_linear(x)))
print(f"          with the import it is within {difference.abs().max():.0e} of nn.functional's attention")
print(f"2 axis    of two heads, dim=2: a query's weights add up to {sums.min():.2f} ... {sums.max():.2f}, not to 1")

# %% Why
# The layer is softmax(Q K^T / sqrt(d)) V, the softmax along the keys. A query's weights are a distribution over all the
# positions, its own too, and its output the mean of V's rows under it; V has no part in the weights. They are made of
# x, so the whole is not linear in x. No position's number occurs: reordered rows give the same rows, reordered.
bent = printed(2 * x) - printed(0 * x) - 2 * (printed(x) - printed(0 * x))
reordered = printed(x[:, [3, 0, 4, 2, 1]]) - printed(x)[:, [3, 0, 4, 2, 1]]
moved = printed(mg.cat([x[:, :4], -x[:, 4:]], dim=1)) - printed(x)
print(f"3 linear  f(2x) - f(0) and 2 (f(x) - f(0)) differ by up to {bent.abs().max():.2f}")
print(f"4 order   f of the reordered x and f(x) reordered differ by up to {reordered.abs().max():.0e}")
print(f"5 future  another last token moves the first output by up to {moved[:, 0].abs().max():.3f}")
# The dot product of two vectors of d independent numbers of mean 0 and variance 1 has variance d. If it is not divided
# by sqrt(d), one weight p is nearly 1; its derivative with respect to its score, p (1 - p), nearly 0: it hardly learns.
dots = mg.randn(1000, 1, 1024) @ mg.randn(1000, 1024, 8)
for name, p in (("q.k", dots.softmax(-1)), ("q.k / sqrt(d)", (dots / 1024**0.5).softmax(-1))):
    print(f"6 scale   d=1024, {name:13}: mean max p {p.max(-1)[0].mean():.3f}, p(1 - p) {(p * (1 - p)).mean():.4f}")


# %% The right version
def attention(query, key, value, mask=None):
    """The means of `value` under the weights, and the weights; all (..., positions, d). `mask`: where not to look."""
    scores = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5
    if mask is not None:
        scores = scores.masked_fill(mask, -float("inf"))  # before the softmax: a row still adds up to 1
    weights = scores.softmax(-1)
    return weights @ value, weights


class SelfAttention(nn.Module):
    def __init__(self, width, heads=1):
        super().__init__()
        self.heads, self.qkv_linear, self.out_linear = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x, mask=None):
        parts = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv_linear(x).chunk(3, dim=-1))
        out, self.weights = attention(*parts, mask)  # (batch, heads, positions, d), (batch, heads, queries, keys)
        return self.out_linear(out.transpose(1, 2).flatten(2))


# %%
class Reverser(nn.Module):
    def __init__(self, positions=True, attention=True, mask=None, width=32):
        super().__init__()
        self.token, self.position = nn.Embedding(10, width), nn.Embedding(8, width) if positions else None
        self.attention, self.mask = SelfAttention(width) if attention else None, mask
        self.head = nn.Sequential(nn.Linear(width, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, tokens):
        x = self.token(tokens) + (self.position.weight if self.position else 0)
        return self.head(x + self.attention(x, self.mask) if self.attention else x)


def train(models, batches, lr):
    """The losses in nats, (steps, models). No parameter is shared: the sum trains each model as if it were alone."""
    optimizer, losses, progress = optim.Adam(models.parameters(), lr), [], run.progress(len(batches), unit="step")
    for step in progress:
        tokens, targets = batches[step - 1], batches[step - 1].flip(1).flatten()
        each = [F.cross_entropy(model(tokens).flatten(0, 1), targets) for model in models.values()]
        optimizer.zero_grad()
        sum(each).backward()
        optimizer.step()
        losses.append([loss.item() for loss in each])
        progress.note(losses=" ".join(f"{loss:.4f}" for loss in losses[-1]))
    return losses


layer, library, future = SelfAttention(32, 4), nn.MultiheadAttention(32, 4, batch_first=True), mg.ones(8, 8).triu(1) > 0
library.load_state_dict(dict(zip(library.state_dict(), layer.state_dict().values(), strict=True)))  # of the same shapes
x = mg.randn(2, 8, 32)
difference = (layer(x, future) - library(x, x, x, attn_mask=future)[0]).abs().max()
moved = (layer(mg.cat([x[:, :7], -x[:, 7:]], dim=1), future) - layer(x, future))[:, :7].abs().max()
print(f"right     4 heads, causal mask: within {difference:.0e} of nn.MultiheadAttention; 5 is now {moved:.3f}")

# %% The experiment
# Reverse 8 random tokens of 10 kinds, new ones at every step. What can be known can be learnt: all; without positions
# which are the 7 others; behind a causal mask half; without attention nothing. "of": the best that is expected of it.
models = nn.ModuleDict({"positions": Reverser(), "no positions": Reverser(positions=False)})
models.update({"causal mask": Reverser(mask=future), "no attention": Reverser(attention=False)})
losses = np.array(train(models, mg.randint(0, 10, (100 if run.quick else 800, run.batch_size, 8)), run.lr))
tokens = mg.randint(0, 10, (4000, 8))
own = np.eye(10)[tokens.numpy()]
p = (own.sum(axis=1, keepdims=True) - own) / 7  # the shares of the 10 kinds among the 7 others, and their entropy
least = [0, -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=-1).mean(), np.log(10) / 2, np.log(10)]
most, results = [1, p.max(axis=-1).mean(), 0.55, 0.1], {}
for (name, model), possible, floor in zip(models.items(), most, least, strict=True):
    logits, targets = model(tokens).detach().flatten(0, 1), tokens.flip(1).flatten()
    right, loss = (logits.argmax(-1) == targets).float().mean().item(), F.cross_entropy(logits, targets).item()
    results[name] = right, loss
    print(f"{name:12} accuracy {right:.3f} of {possible:.3f}, loss {loss:.4f} of {floor:.4f} nats")

# %% The picture
# Left: means of 10 steps, and dotted the least to expect. Right: mean weights: nobody said where to look.
curve, *maps = run.figure(17, 4.4).subplots(1, 4, width_ratios=(1.3, 1, 1, 1))
styles = ("-", plot.BLUE), ("--", plot.ORANGE), ("-.", "#009E73"), ("-", plot.GREY)
for name, column, floor, (line, color) in zip(models, losses.T, least, styles, strict=True):
    curve.plot(np.arange(5, len(column), 10), column.reshape(-1, 10).mean(axis=1), line, color=color)
    curve.axhline(floor, linestyle=":", color=color)
    curve.text(len(column), floor - 0.03, f"{name}, at best {floor:.2f}", color=color, ha="right", va="top")
curve.set(xlabel="step", ylabel="training loss (nats)", xscale="log", ylim=(-0.2, 2.6))
weights = [models[name].attention.weights.mean((0, 1)) for name in list(models)[:3]]
for name, mean, ax in zip(models, weights, maps, strict=False):
    plot.attention_map(mean, ax=ax).images[0].set_clim(0, 1)  # one scale for all three
    ax.set_title(f"{name}: {results[name][0]:.1%} right")
numbers = {"train_loss": losses, "test": list(results.values()), "weight": mg.cat(weights).detach()}
run.finish(curve.figure, numbers, test_accuracy=results["positions"][0])

# %% Your turn
# Write the attention and its mask yourself: exercise ex19 of the classroom. Two things to try:
# - Multiply the scores by 10, then by 100: which losses still come down to their dotted line, and when?
# - Mask after the softmax, weights times 0: what does a row add up to, and which loss falls below the possible, why?
