r"""
What does sharing weights buy?
==============================

A network for pictures may use the same few weights at every place of a picture. What does this win?
We compare such a network with others of as many numbers and of as many multiplications, and with
its twin that does not share. Then we shift the pictures.

*You need* lessons 05 (gradients add up at a shared node), 07 (the training loop), 11 (Adam) and 12
(ReLU).
*New words*: convolution, kernel, feature map, channel, max pooling, CNN, MLP, equivariance,
invariance.
*Runs* about 30 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_mnist
from minigrad.nn import functional as F

run = lesson.start("23_convolution", epochs=8, lr=0.01)
if run.quick:
    print("quick: too short to show what the text says")
rng = np.random.default_rng(run.seed)

# %%
# The claim
# ---------
# *Snippet* (its applications) says that cross-entropy is used, in image recognition, to train
# "convolutional neural networks". *Versus* (6.1) says that cross-entropy is widely used for image
# classification, "for example in the ImageNet competition". Both are right. (The competition ended
# in 2017; from 2012 on, its winners were convolutional networks.) Neither says what a convolutional
# network is, or why pictures need one. Cross-entropy cannot tell: it sees logits and no pixels.
#
# The networks of lessons 07 to 12 see no picture either. For them it is a row of numbers, and each
# pixel has weights of its own. This lesson is about the network, not the loss.
#
# Finding 1: a convolution is a linear layer in which few numbers stand at many places
# ------------------------------------------------------------------------------------
# Take a small square of weights k, the *kernel*, with K rows and K columns. Lay it on a picture x,
# multiply each weight by the pixel under it, and add up. Move it to the next place. The sums are
# the *feature map* y, and to compute y is a *convolution*:
#
# .. math:: y_{ij} = \sum_{a=0}^{K-1} \sum_{b=0}^{K-1} k_{ab} \, x_{i+a, \, j+b}.
#
# (Mathematicians call this a cross-correlation, and turn the kernel by 180 degrees for their
# convolution. A network learns its kernel, so it does not care.) For a picture with H rows, the
# last row under the kernel is :math:`i + K - 1`, and at most H - 1. So i goes from 0 to H - K: the
# map has H - K + 1 rows.
#
# Now a picture of 5 x 5 pixels: 1 is ink, and the ink is one vertical stroke in the middle. The
# kernel has -1 in its left column, 0 in the middle, 1 on the right. Guess the map.


def convolve(x, k):
    """The map of a square picture x under a square kernel k."""
    K = len(k)
    at = range(len(x) - K + 1)  # the places in a row, and in a column
    return np.array([[np.sum(k * x[i : i + K, j : j + K]) for j in at] for i in at])


print("Finding 1: the map of the stroke, 3 x 3")
print(convolve(np.tile([0, 0, 1, 0, 0], (5, 1)), np.tile([-1, 0, 1], (3, 1))))

# %%
# The map is 3 where ink begins, -3 where ink ends, and 0 where left and right are alike. With the
# number of the sum as its row, and the pixel as its column, the same sums are a matrix times the
# picture as a row of 25 numbers. Column p of a matrix is what it makes of a picture with a single
# 1, at pixel p: so we find the matrix by convolving such pictures. The nine weights are numbered 1
# to 9, row by row, and a point is a 0.

numbered = np.arange(1, 10).reshape(3, 3)
maps = [convolve(pixel.reshape(5, 5), numbered).ravel() for pixel in np.eye(25)]
which = np.array(maps, int).T  # (9 sums, 25 pixels)
print("\nFinding 1: the matrix, 9 sums x 25 pixels: which weight stands where")
print(*["".join(".123456789"[w] for w in row) for row in which], sep="\n")

# %%
# Of 225 entries 81 are not 0, and 9 are different. Each line has the same nine weights, farther to
# the right. Two things make a convolution of a linear layer. It is *local*: a sum sees only pixels
# that are near each other, and all else is 0. And it is *shared*: each sum has the same weights.
#
# **The gradient.** Let :math:`d_{ij}` be the gradient of the loss L for :math:`y_{ij}`. The weight
# :math:`k_{ab}` takes part in each sum. It is a shared node, and there gradients add up (lesson
# 05):
#
# .. math::
#
#    \frac{\partial L}{\partial k_{ab}}
#    &= \sum_i \sum_j \frac{\partial L}{\partial y_{ij}} \cdot
#    \frac{\partial y_{ij}}{\partial k_{ab}} \\
#    &= \sum_i \sum_j d_{ij} \, x_{i+a, \, j+b}.
#
# In words: give each entry of the matrix its own gradient, as in a linear layer, :math:`d x^T`, and
# add up those of entries that share a weight. We try this on random numbers, beside minigrad:
# `F.linear` with the matrix, and `F.conv2d`, which is `nn.Conv2d` with weights that we give.

x = rng.standard_normal((5, 5))
k, d = rng.standard_normal((2, 3, 3))
kernel = mg.tensor(k[None, None], requires_grad=True)  # (1 kernel, 1 channel, 3, 3)
y = F.conv2d(mg.tensor(x[None, None]), kernel)[0, 0]
(y * mg.tensor(d)).sum().backward()  # L = sum of d y: its gradient for y is d
dense = F.linear(mg.tensor(x.ravel()), mg.tensor(np.append(0, k)[which])).numpy()
added = [np.outer(d, x)[which == w].sum() for w in range(1, 10)]
print("\nFinding 1: largest difference of maps by two ways, and of gradients")
print(f"loops, minigrad      {np.abs(convolve(x, k) - y.detach().numpy()).max():.0e}")
print(f"loops, linear layer  {np.abs(dense - convolve(x, k).ravel()).max():.0e}")
print(f"gradient, minigrad   {np.abs(added - kernel.grad.numpy().ravel()).max():.0e}")

# %%
# All three agree up to rounding.
#
# Finding 2: with as many numbers the CNN beats the MLP, if the pixels are not mixed
# ----------------------------------------------------------------------------------
# A convolutional network (*CNN*) has several kernels in a layer, and so several maps, called
# *channels*. The kernels of the next layer have weights for each channel, and the sum runs over
# channels, too. Each kernel also has a bias. Between the layers, *max pooling* keeps the largest of
# each 2 x 2 numbers of a map, so that its sides are halved. Ours:
#
# - 4 kernels of 1 x 5 x 5 on the 28 x 28 pixels: 4 maps of 24 x 24; pooled, 12 x 12; ReLU;
# - 24 kernels of 4 x 5 x 5: 24 maps of 8 x 8; pooled, 4 x 4; ReLU;
# - a linear layer from these 384 numbers to 10 logits.
#
# Count its numbers: 4 (25 + 1) + 24 (100 + 1) + 10 (384 + 1) = 104 + 2,424 + 3,850 = 6,378. A
# weight of a kernel is used once for each place of its map. So for one picture there are more
# multiplications: 24 x 24 x 4 x 25 + 8 x 8 x 24 x 100 + 384 x 10 = 215,040.
#
# Its rivals. An *MLP* (multilayer perceptron) is what lesson 12 had: linear layers with ReLU
# between them. With 8 hidden units an MLP has as many numbers as the CNN; with 271, as many
# multiplications (784 x 271 + 271 x 10 = 215,174). The third rival, "not shared", is the CNN again,
# but each place has kernels of its own, drawn like those of `nn.Conv2d`. It is as local as the CNN,
# it pools, it multiplies as often. All that it lacks is sharing. The last, "no max", is the CNN
# with the upper left of each 2 x 2 numbers in place of the largest; all else is the same. You need
# not read the class `Unshared`: it lays, at each place, that place's own kernels on the 25 pixels
# under it.


class Unshared(nn.Module):
    """A convolution with 5 x 5 kernels of its own at each of n x n places."""

    def __init__(self, channels, kernels, n):
        super().__init__()
        draws = 2 * mg.rand(n * n, channels * 25 + 1, kernels) - 1  # the last: biases
        self.weight = nn.Parameter(draws / (channels * 25) ** 0.5)

    def forward(self, x):
        n = int(len(self.weight) ** 0.5)
        seen = [x[:, :, a : a + n, b : b + n] for a in range(5) for b in range(5)]
        # (pictures, channels, 25, n n), and then (n n, pictures, 25 channels)
        seen = mg.stack(seen, 2).flatten(3).permute(3, 0, 1, 2).flatten(2)
        y = seen @ self.weight[:, :-1] + self.weight[:, -1:]  # (n n, pictures, kernels)
        return y.permute(1, 2, 0).unflatten(2, (n, n))


def cnn(first, second, window=2):
    pool = [nn.MaxPool2d(window, 2), nn.ReLU()]  # the largest of window x window
    layers = [nn.Unflatten(1, (1, 28, 28)), first, *pool, second, *pool]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(384, 10))


def mlp(hidden):
    return nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 10))


# %%
# **The data**: 500 pictures of MNIST to train on, 500 to tune by, 1,000 to test. (All of MNIST
# would take too long here.) Each network is trained by Adam, eight epochs, batches of 50, from five
# starts. The rate is 0.01. Of 0.003, 0.01 and 0.03 it is the best for each of the first four, on
# the 500 pictures to tune by. (Computed beforehand. For "not shared", 0.003 comes within 0.001; for
# the wide MLP, 0.03. So does 0.03 for "no max" below.)
#
# **The control**, "mixed": one random order of the 784 pixels, the same for all pictures, those to
# train on and those to test. No number is lost, but neighbours are neighbours no more. Guess: what
# does this do to the MLP? And to the CNN?

n = 50 if run.quick else 500
(x_all, y_all), (x_new, y_new) = [[t[: 2 * n] for t in p.tensors] for p in load_mnist()]
mixed = rng.permutation(784)


def right(model, x, y):
    """The share of pictures x (n, 784) whose largest logit is that of the label."""
    return (model(x).detach().argmax(1) == y).numpy().mean()


def train(make, x):
    model = make()
    optimizer = optim.Adam(model.parameters(), lr=run.lr)
    for _ in range(run.epochs):
        for batch in mg.randperm(n).reshape(-1, 50):
            loss = F.cross_entropy(model(x[batch]), y_all[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def shifted(x, s):
    """Pictures (n, 784), s pixels to the right; paper, 0, comes in on the left."""
    return F.pad(x.reshape(-1, 28, 28)[:, :, : 28 - s], (s, 0)).flatten(1)


# %%
# `shifted` is for Finding 3: the shares are computed for shifts of 0 to 4 pixels, and here we look
# at shift 0. The spread is the standard deviation over the five starts.

networks = {
    "CNN": lambda: cnn(nn.Conv2d(1, 4, 5), nn.Conv2d(4, 24, 5)),
    "not shared": lambda: cnn(Unshared(1, 4, 24), Unshared(4, 24, 8)),
    "MLP, 8 hidden": lambda: mlp(8),
    "MLP, 271 hidden": lambda: mlp(271),
}
networks |= {f"{name}, mixed": networks[name] for name in ("CNN", "MLP, 8 hidden")}
networks["CNN, no max"] = lambda: cnn(nn.Conv2d(1, 4, 5), nn.Conv2d(4, 24, 5), 1)
models = {}
shares = {}
for i in run.progress(len(networks), "network"):
    name, make = [*networks.items()][i - 1]
    order = mixed if "mixed" in name else np.arange(784)
    models[name] = [train(make, x_all[:, order]) for _ in range(max(1, n // 100))]
    sets = [(x_all[n:], y_all[n:]), *[(shifted(x_new, s), y_new) for s in range(5)]]
    table = [[right(m, x[:, order], y) for m in models[name]] for x, y in sets]
    shares[name] = np.array(table)  # (1 to tune by and 5 shifts, starts)

print(f"\nFinding 2: share right, mean (spread); starts: {len(models[name])}")
print("network               numbers    500 to tune by    1,000 to test")
for name, table in shares.items():
    told = [f"  {share.mean():.3f} ({share.std():.3f})" for share in table[:2]]
    print(f"{name:21}{sum(p.numel() for p in models[name][0].parameters()):8}", *told)

# %%
# *As many numbers.* The CNN is right for 0.890 of the pictures, the MLP with 8 hidden units for
# 0.757. Such a narrow MLP is a weak rival; but the wide one, with as many multiplications and 34
# times the numbers, comes to 0.841.
#
# *Mixed pixels.* The MLP has 0.724, and had 0.757: a difference within the spread. It must be so.
# Mix the columns of its first weights in the same way, and it computes the same logits. The
# gradients are mixed in the same way, too, and Adam treats each number alone: so the two stay
# equal, step by step. And the draws of the mixed weights are as likely as those of the others.
# The CNN falls to 0.657, and lower at the two other rates: its lead is gone. It still has its
# depth, its pooling and its number of multiplications: these alone give no lead. They need
# neighbours that are neighbours.
#
# *No max.* In the right order, max pooling has a part in the lead: without it the CNN has 0.851,
# not 0.890. In mixed pixels it even does harm: without it the mixed CNN has about 0.76 (computed
# beforehand), not 0.657: about as much as the narrow MLP, and no lead.
#
# *Not shared.* This row keeps the order of the pixels, and lacks sharing alone. It comes to 0.869.
# **So a local network that pools leads the MLPs even without sharing, by 0.112 and 0.028. Sharing
# adds 0.021, and needs a 34th of the numbers.** (On the 500 to tune by, the lead over the wide MLP
# has the parts 0.018 and 0.049: which is larger, five starts do not tell.) The gain by sharing is
# twice the spread, and with `--seed 1` it is 0.019. But it is no law. At the rate 0.003 the CNN has
# 0.857 and its twin 0.853. Without max pooling the CNN has 0.851 and its twin about 0.86 (computed
# beforehand).
#
# Finding 3: the map moves with the picture, and yet the answers change
# ---------------------------------------------------------------------
# Shift a picture by s pixels to the right: :math:`x'_{ij} = x_{i, \, j-s}` for :math:`j \ge s`, and
# the new columns on the left are paper, 0. For the new map, and :math:`j \ge s`:
#
# .. math::
#
#    y'_{ij} &= \sum_a \sum_b k_{ab} \, x'_{i+a, \, j+b} \\
#    &= \sum_a \sum_b k_{ab} \, x_{i+a, \, j-s+b} = y_{i, \, j-s}.
#
# The last step needs the same k at both places: sharing. So the map of the shifted picture is the
# shifted map, but for its first s columns. This is *equivariance*. (*Invariance* would mean that
# nothing changes: y' = y.) Guess: does the share right stay, too, if the pictures shift?


kernels = models["CNN"][0][1].weight.detach()  # (4, 1, 5, 5)
digits = np.reshape([shifted(x_new[:1], s).numpy() for s in range(5)], (5, 28, 28))
maps = F.conv2d(mg.tensor(digits[:, None]), kernels).numpy()  # (5, 4, 24, 24)
print("\nFinding 3: a digit shifted by 1 to 4, its new maps: largest difference from")
moved = [np.abs(maps[s, ..., s:] - maps[0, ..., :-s]).max() for s in range(1, 5)]
print("the old maps         ", *[f"{np.abs(y - maps[0]).max():.3f}" for y in maps[1:]])
print("the old maps, moved  ", *[f"{gap:.3f}" for gap in moved])
print("\nFinding 3: share right, shifted by 0 to 4; mean (spread)")
for name in [name for name in networks if "mixed" not in name]:
    cells = [f"{share.mean():.3f} ({share.std():.3f})" for share in shares[name][1:]]
    print(f"{name:15}", *cells)

# %%
# *The maps* of the four kernels. Each old map, moved, is the new map: the difference is 0. *The
# share right* falls all the same, also that of the CNN: from 0.890 to 0.416 with four pixels. The
# CNN is equivariant in its maps, but its answer is not invariant. The linear layer at its end has a
# weight for each of the 4 x 4 places of the last maps. It shares nothing, and a moved map is
# another input to it. (Hardly any ink leaves the picture: 0.4 percent at four pixels.) Pooling does
# not simply keep the equivariance, either. It takes columns by pairs: 0 and 1, 2 and 3. After a
# shift by 2 the pairs are the same, one place farther. After a shift by 1, columns 0 and 1 fall
# into different pairs.
#
# Now compare the rows. The CNN stays above all others at each shift. And here sharing pays more: at
# a shift by 2 the CNN has 0.751, its twin without sharing 0.623, the wide MLP 0.579. What a shared
# kernel has learnt at one place, it can do at all places. A kernel that is not shared knows only
# what came by its own place, and the digits of MNIST are all centred. (With `--lr 0.003`: 0.72,
# 0.64 and 0.58; with `--seed 1`: 0.718, 0.631 and 0.572.) But sharing pays so much only with max
# pooling: with "no max", the CNN has 0.666, its twin about 0.63 (computed beforehand).
#
# The picture
# -----------
# Left: above, the four kernels of the CNN's first layer (blue: above 0, red: below); in the middle
# a test picture and its four maps; below, the same, four pixels farther right. Each square is
# divided by its largest number in size. Right: Finding 3, with the spread.

grid, lines = run.figure(13, 4.8).subplots(1, 2, width_ratios=(5, 4))
large = np.kron(kernels.numpy()[:, 0], np.ones((1, 4, 4)))  # (4, 20, 20)
squares = [digits[0], *large, digits[0], *maps[0], digits[4], *maps[4]]
squares = [np.pad(w / np.abs(w).max(), (28 - len(w)) // 2) for w in squares]
plot.image_grid(squares, columns=5, label="share of the largest number", ax=grid)
grid.set_title("Shift the picture, and the maps move")
for name, style in zip(networks, ("o-", "s--", "^:", "v-."), strict=False):
    means = shares[name].mean(axis=1)[1:]
    lines.errorbar(range(5), means, shares[name].std(axis=1)[1:], fmt=style, label=name)
lines.legend()
lines.set(title="Shifts hurt", xlabel="pixels", ylabel="share right", xticks=range(5))
run.finish(grid.figure, shares, test_accuracy=shares["CNN"][1].mean())

# %%
# What this does not show
# -----------------------
# **In one sentence**: sharing makes a local linear layer out of a few numbers, whose map moves with
# the picture; with a 34th of the numbers, the share right is 0.02 higher here on centred digits,
# and about 0.1 higher on digits shifted by two pixels.
#
# These are small networks and 500 pictures; with more pictures the kernels that are not shared see
# more, too. Sharing assumes that a stroke means the same everywhere. Where places differ in kind,
# this may be wrong: the mixed pixels are an extreme case. Means over all places of the last maps,
# or shifted training pictures (lesson 16), can make the answers depend less on the place.
#
# Your turn
# ---------
# Write a convolution of many pictures whose kernel moves by a *stride* of s pixels at a time, then
# the gradient of a kernel that was laid on many pictures, then how many numbers and multiplications
# a layer needs, with sharing and without: exercise 23 of the classroom. `python -m
# minigrad.classroom start` writes the file. Then type::
#
#    python -m minigrad.classroom check 23
#
# Before that: how many rows has the map of 29 x 29 pixels under a 5 x 5 kernel with stride 2?
