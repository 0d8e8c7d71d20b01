r"""
Why does the loss stop falling?
===============================

A program trains on a few samples at a time. At first the loss falls fast. Then it stops
falling, and trembles, though a lower loss is known to exist. Is the walk only slow, or has it
arrived? And what would bring it down?

*You need* lessons 04 (rate, curvature, eigenvector), 05 (Hessian), 07 (softmax regression, epoch).
*New words*: mini-batch, draw with replacement, noise of a gradient, variance, covariance matrix,
trace, excess, noise floor, ragged batch.
*Runs* about 6 seconds.
"""

# %%
import numpy as np

from minigrad import lesson, nn, optim
from minigrad.datasets import load_digits

run = lesson.start("10_stochastic_gradients", epochs=100)
if run.quick:
    print("quick: too short to show what the text says")

# %%
# The claim
# ---------
# The article *Theory* (4.3) says: for large data sets we can use *"stochastic gradient descent,
# mini-batch gradient descent"* and such methods, which make the optimization far more efficient
# *"while guaranteeing convergence"*.
#
# The first half is true, and this lesson measures how true. The second half needs a condition on
# the rate, and the article names none. Guess: at a constant rate, where does the loss go?
#
# The problem is lesson 07's: softmax regression on 1,347 digits. The parameters are one matrix
# :math:`\theta` of shape (65, 10). A last input, always 1, has the biases as its weights. To the
# mean cross-entropy we add a penalty of 0.01 / 2 times the sum of the squares of all 650 numbers.
# The sum is convex, and the penalty bends it upwards in every direction. So there is one minimum.


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def loss(theta):  # (..., 65, 10) to (...): over all images, with the penalty, in nats
    right = np.sum(softmax(X @ theta) * Y, axis=-1)  # (..., 1347)
    return -np.log(right).mean(axis=-1) + penalty / 2 * np.sum(theta**2, axis=(-2, -1))


def gradient(theta, rows):  # the mean over these rows, (..., B), and the penalty's
    x = X[rows]  # (..., B, 65)
    slopes = softmax(x @ theta) - Y[rows]  # p - y, (..., B, 10)
    return np.swapaxes(x, -1, -2) @ slopes / rows.shape[-1] + penalty * theta


images, labels = load_digits()[0].tensors
N = len(images)  # 1347
X = np.column_stack([images.numpy().astype(float), np.ones(N)])  # (N, 65)
Y = np.eye(10)[labels.numpy()]  # (N, 10), one-hot
penalty = 0.01
lowest = np.zeros((65, 10))
way = []
for _ in range(500):  # full batches: all images in every step, at the rate 2
    lowest = lowest - 2 * gradient(lowest, np.arange(N))
    way.append(loss(lowest))
least = way[-1]
print(f"The minimum: {least:.4f} nats; 50 steps before: {way[-51] - least:.0e} more")

# %%
# 500 steps with all images find the minimum, nearly up to rounding: there the gradient is 0. The
# *excess* of a walk is its loss (over all images, with the penalty) minus this least loss. To
# converge is to have an excess that tends to 0.
#
# Finding 1: a mini-batch is right on average, and its variance falls as 1 / B
# ----------------------------------------------------------------------------
# A *mini-batch* is a few samples, drawn for one step. We *draw with replacement*: each of the B
# draws takes any of the N images with the same probability 1/N, whatever was drawn before. Let
# :math:`g_i` be the gradient of image i, and g their mean, the full gradient. The batch's gradient
# is the mean :math:`(g_{i_1} + \dots + g_{i_B}) / B`. Its expectation (mean over all possible
# draws, written E) is
#
# .. math::
#
#    E\Bigl[\frac{1}{B} \sum_k g_{i_k}\Bigr] &= \frac{1}{B} \sum_k E[g_{i_k}] \\
#    &= \frac{1}{B} \sum_k \frac{1}{N} \sum_i g_i \\
#    &= \frac{1}{B} \, B \, g = g.
#
# The *noise of a gradient* is what a batch's gradient has beyond g. Take one of the 650 components
# first. Let v be the *variance* of this component over the images: the mean squared distance from
# its mean, the square of the standard deviation. Let C be that of a batch. The draws
# are independent (mixed products have the mean 0), so the variance of their sum is the sum of their
# variances. The factor 1/B is squared:
#
# .. math::
#
#    C = \frac{1}{B^2} \, (v + \dots + v) = \frac{1}{B^2} \, B \, v = \frac{v}{B}.
#
# With 650 components, C is a square matrix, the *covariance matrix*. On its diagonal stand the 650
# variances, beside it the mean products of two components' noises, which we do not need. (In lesson
# 07 C was the number of classes.) The sum of the diagonal is the *trace*, tr C. It is the mean
# squared length of the noise. A length is the same in any axes at right angles, so tr C is, too.
#
# We look at zeros, where walks begin, and at the minimum. There g is 0, so a batch's gradient is
# *all* noise: each image pulls its own way, and only the sum of the pulls is 0. Guess: four times
# as many images in a batch, how much shorter is the noise?

rng = np.random.default_rng(run.seed)
print("\nFinding 1: mean squared lengths, 1000 batches")
print("         images  full gradient g   noise of one     tr C  mean of 1000, less g")
for place, theta in (("zeros", 0 * lowest), ("minimum", lowest)):
    p = softmax(X @ theta)  # (N, 10)
    # the gradient of every image: (N, 650)
    G = (X[:, :, None] * (p - Y)[:, None] + penalty * theta).reshape(N, 650)
    g = G.mean(axis=0)
    trace = np.sum(G.var(axis=0))  # for batches of one
    for B in (8, 32, 128):
        noise = np.array([G[rng.integers(N, size=B)].mean(0) for _ in range(1000)]) - g
        row = f"{g @ g:16.4f} {np.sum(noise**2) / 1000:14.4f} {trace / B:8.4f}"
        print(f"{place:<8} {B:6} {row} {np.sum(noise.mean(axis=0) ** 2):21.5f}")

# %%
# Four times the images have a quarter of the squared length, so half the length. The law v / B fits
# all six rows, within 4 percent. The last column is what the mean of all 1000 has beyond g: about a
# thousandth of one batch's noise. The noise averages out. A batch is right on average, even where
# its noise is longer than g (zeros, 32 images).
#
# Finding 2: at a small constant rate the loss hovers (rate / 4) tr C above its minimum
# -------------------------------------------------------------------------------------
# First one parameter w, with the minimum at 0. The loss is :math:`\frac{1}{2} a w^2`, a is the
# curvature (lesson 04), r the rate. The full gradient is a w, the batch's is a w + e. The noise e
# has mean 0 and variance C, and does not depend on w. One step leads to
#
# .. math::
#
#    w - r \, (a w + e) = (1 - r a) \, w - r e.
#
# Let s be the mean of :math:`w^2` over many walks. Square, and take the mean. The product of w and
# e drops out, because e is fresh and has the mean 0:
#
# .. math::
#
#    s_{\text{next}} = (1 - r a)^2 \, s + r^2 C.
#
# The step shrinks the distance, and adds noise. If :math:`0 < r a < 2`, the factor
# :math:`(1 - r a)^2` is below 1. Then s tends to the value where both are in balance,
# :math:`s_{\text{next}} = s`:
#
# .. math::
#
#    s \, \bigl(1 - (1 - r a)^2\bigr) &= r^2 C \\
#    s \, (2 r a - r^2 a^2) &= r^2 C \\
#    s &= \frac{r \, C}{a \, (2 - r a)} \\
#    \text{excess} = \tfrac{1}{2} a s &= \frac{r \, C}{2 \, (2 - r a)} \approx \frac{r}{4} \, C
#    \quad \text{if } r a \text{ is small.}
#
# The curvature cancels: in a flat valley w strays far, but there straying costs little. With many
# parameters, look along the eigenvectors of the Hessian H (lesson 05), as lesson 04 did. Direction
# j has a curvature :math:`a_j` and a variance :math:`C_j` of its own, and the formula holds for it.
# The excesses add up, and the :math:`C_j` add up to tr C. So the *noise floor*, at which the walk
# hovers, is :math:`\frac{r}{4}` tr C, if r a is small in every direction.
#
# Guess: the rate is a tenth. What becomes of the floor? And does a walk that *begins* at the
# minimum stay there? Five runs of each, 32 images in a batch, 42 steps in an epoch. We read the
# excess after every epoch, and take the mean over the second half of the epochs.
#
# The Hessian: lesson 05 gave the second derivative of a sample's loss for its logits k and j:
# :math:`p_k (1 - p_k)` if k = j, and :math:`-p_k p_j` if not. The logit is :math:`z_k = \sum_d x_d
# \theta_{dk}`, so for :math:`\theta_{dk}` and :math:`\theta_{ej}` it is this number times
# :math:`x_d x_e`. H is the mean over the samples, plus the penalty on its diagonal.

rates = np.array([1, 0.3, 0.1])


def told(*runs):  # of each: the mean, and the spread (standard deviation) in brackets
    return " ".join(f"{values.mean():.4f} ({values.std():.4f})" for values in runs)


theta = np.zeros((7, 5, 65, 10))  # seven walks, five runs of each
theta[:3] = lowest  # three begin at the minimum, four at zeros
excess = np.zeros((run.epochs, 7, 5))  # after each epoch
for epoch in run.progress(run.epochs):
    for step in range(42 * (epoch - 1), 42 * epoch):
        r = np.array([*rates, *rates, 1 / (1 + step / 42)])[:, None, None, None]
        theta = theta - r * gradient(theta, rng.integers(N, size=(7, 5, 32)))
    excess[epoch - 1] = loss(theta) - least
floors = excess[run.epochs // 2 :].mean(axis=0)  # (7, 5)
# p, G and trace are still those of the loop's last place, the minimum. There g is 0.
bends = p[:, :, None] * (np.eye(10) - p[:, None, :])  # lesson 05: of the logits
H = np.tensordot(X, np.einsum("nkj,ne->nkej", bends, X), (0, 0)) / N  # (65, 10, 65, 10)
a, V = np.linalg.eigh(H.reshape(650, 650) + penalty * np.eye(650))  # a_j, directions
variances = np.mean((G @ V) ** 2, axis=0) / 32  # the C_j of a batch
exact = [np.sum(r * variances / (2 * (2 - r * a))) for r in rates]
print(f"\nFinding 2: tr C = {trace / 32:.4f}, largest a = {a[-1]:.2f}; (spread of 5)")
print("excess (nats)  (r/4) tr C  r C / (2 (2 - r a)) from minimum    from zeros")
for k, r in enumerate(rates):
    print(f"rate {r:<5} {r * trace / 128:14.4f} {exact[k]:20.4f}", told(*floors[k:6:3]))

# %%
# The walks leave the minimum, and hover. From the rate 0.3 to 0.1 the floor falls to a third, as
# the rate does. From 1 to 0.1 it falls further, to about a fifteenth: at the rate 1, r a is not
# small. The smallest 2 - r a is 1.07 there, and not 2. The formula before the last step allows for
# that, and says 0.0291. The runs are still 7 to 18 percent higher (seeds 0 to 4): the derivation
# takes the loss as quadratic and the noise as C everywhere. Both hold only near the minimum. At the
# rates 0.1 and 0.3 the floor is (r / 4) tr C, within 20 percent. (Control: full batches, without
# noise, did find the minimum.)
#
# **One condition** is in C: the samples must disagree at the minimum. If a model fits every sample
# exactly, each gradient is 0 there, C is 0, and so is the floor. Then a constant rate can converge.
# (Tested beforehand, least squares with five weights, batches of 8, rate 0.1, 4000 steps, five
# seeds. With exact targets the excess is below 1e-28, with noisy ones 0.002 to 0.010.)
#
# **Slow, or arrived?** A flat curve alone cannot tell. Start a second walk *at* the minimum, or as
# low as you can. If it climbs to where the other walk falls to, that place is the floor. The two
# columns on the right have independent draws and agree, so these walks have arrived. Slowness looks
# different. With lesson 07's penalty, 1/1347, at the rate 0.5, the floor is 0.0029 (0.0000), but
# from zeros the excess is 0.0149 (0.0008) after 20 epochs and 0.0030 (0.0009) after 60 (computed
# beforehand, five runs).
#
# Finding 3: a rate that falls brings the loss down
# -------------------------------------------------
# The floor is nearly in proportion to the rate, if r a is small. So let the rate fall: 1 / (1 + t /
# 42) at step t, or 1 / (1 + epochs done). Guess: is the falling rate ahead from the start? For
# comparison: full batches. A full step uses 1347 images, 42 batches use 1344, so we count it as
# an epoch.

marks = np.minimum([1, 5, 20], run.epochs) - 1
print("\nFinding 3: excess (nats) from zeros, after epochs; (spread of five runs)")
print(f"{'':<18}", *[f"{m + 1:<15}" for m in marks], "mean of the last 10")
for k, name in enumerate(["rate 1", "rate 0.3", "rate 0.1", "rate falls from 1"], 3):
    print(f"{name:<18}", told(*excess[marks, k], excess[-10:, k].mean(axis=0)))
print(f"{'all images, rate 2':<18}", *[f"{way[m] - least:<15.4f}" for m in marks])

# %%
# No: after one epoch the falling rate is behind the rate 1 that stays (less than the spread; but in
# the mean of 200 runs 0.104 against 0.078, beforehand). After five it is ahead of it, and it ends
# far below all. A smaller constant rate ends lower, too, but is slow at first.
#
# *"More efficient"* is right at first. After one epoch the rate 1 is at 0.09, and the single full
# step at 1.19. After 20 epochs full batches are still above every other row. (They have no floor:
# after 100 steps they are at 0.0001, below them all.) That counts images. In time, a full step took
# a quarter of 42 batches (measured beforehand). So 80 fit in the time of 20 epochs, and they are at
# 0.0003, below every row. But with every image 100 times, a large set, one full step took longer
# than 840 batches.
#
# *"While guaranteeing convergence"* is right for suitable falling rates. Robbins and Monro (1951)
# looked for the root of a monotone function of *one* variable, seen through noise. Their conditions
# on the rates: the sum of all rates is infinite, so that every distance can be walked; the sum of
# the squares is finite, so that the noise dies out. The rates 1, 1/2, 1/3, ... obey both, a
# constant rate only the first. Later theorems, for convex losses of many parameters, keep such
# conditions, with noise of the mean 0 and some bound on its variance.
#
# A guarantee says nothing of speed. With the penalty 1/1347 the same falling rate is *worse* than
# the constant rate 1: 0.0278 (0.0002) against 0.0063 (0.0010) after 400 epochs. It falls too soon:
# a fall ten times as slow, 1 / (1 + t / 420), ends at 0.0006 (0.0001) (all beforehand, five runs).
#
# A trap: three images in the last batch lift the loss
# ----------------------------------------------------
# Most programs do not draw with replacement. They shuffle all images, and cut the row in pieces of
# 32. But 1347 = 42 x 32 + 3: the last batch of every epoch is a *ragged batch* of three images. A
# program that reads its loss at the end of an epoch reads it right after the three. Does it matter?
#
# We start at the minimum. The loss is read before and after the three. As a control, their step
# gets the share 3/32 of the rate, or it is left out (share 0).

share = np.array([1, 3 / 32, 0])[:, None, None, None, None]
r = rates[:, None, None, None]
theta = np.tile(lowest, (3, 3, 5, 1, 1))  # three shares, three rates, five runs
ragged = np.zeros((max(2, 2 * run.epochs // 5), 2, 3, 3, 5))
for both in ragged:  # of an epoch: before and after the three
    order = np.argsort(rng.random((5, N)))  # five shuffles of the N images
    for first in range(0, 1344, 32):
        theta = theta - r * gradient(theta, order[:, first : first + 32])
    both[0] = loss(theta) - least
    theta = theta - share * r * gradient(theta, order[:, 1344:])
    both[1] = loss(theta) - least
before, after = ragged[len(ragged) // 2 :].mean(axis=0)  # (3, 3, 5): share, rate, run
print(f"\nThe trap, 3 images last: excess (nats), {len(ragged) // 2} epochs (spread)")
print("          before          rise by three   derived  after, 3/32     left out")
for k, rate in enumerate(rates):
    rise = rate**2 / 2 * np.sum(a * variances) * 32 / 3
    first = told(before[0, k], after[0, k] - before[0, k])
    print(f"rate {rate:<4} {first} {rise:8.4f}   {told(*after[1:, k])}")

# %%
# It does: the three images add 2 to 4 times the excess from before them at the rate 0.1, and 9 to
# 14 times at the rate 1 (seeds 0 to 4). Who reads the loss there measures the ragged batch. Both
# controls remove the rise, so it is the full-length step on three images that makes it. Why so
# large? The mean of three is 32/3 = 10.7 times as noisy (Finding 1). One step adds :math:`r^2 C_j`
# to :math:`s_j` (what it shrinks is small beside that), so :math:`\frac{1}{2} a_j r^2 C_j` to the
# excess, summed over the directions. This is "derived". The measured rise is within a quarter of it
# at the rates 0.1 and 0.3. At the rate 1 it is larger, up to 1.6 times (seeds 0 to 4).
#
# The cures: leave the ragged batch out (the `DataLoader` of minigrad and of PyTorch can:
# `drop_last`), weigh its step by 3/32, or draw with replacement. The harm is short: the next 42
# batches take it away again, but for 0.0004 at most (seeds 0 to 4).
#
# Shuffling itself is no fault. "Left out" is even lower than the floor of Finding 2: by 0.1 to 0.2
# of it at the rate 1, and at 0.1 a third is left (seeds 0 to 4). But this, too, is a moment: at the
# end of an epoch each image has had its turn, so opposite pulls can have cancelled. At the rate
# 0.1, after 14 of 42 batches, it is 0.0011, a half (beforehand, 25 runs). So (rate / 4) tr C is the
# law of drawing with replacement.
#
# The same in minigrad
# --------------------
# Here is the loop in minigrad, with replacement and a falling rate, beside our NumPy steps.

layer = nn.Linear(64, 10)
optimizer = optim.SGD(layer.parameters(), lr=1.0, weight_decay=penalty)
theta = np.vstack([layer.weight.detach().numpy().T, layer.bias.detach().numpy()])
for step in range(420):  # ten epochs
    rows = rng.integers(N, size=32)
    theta = theta - gradient(theta, rows) / (1 + step / 42)
    optimizer.param_groups[0]["lr"] = 1 / (1 + step / 42)
    optimizer.zero_grad()
    nn.functional.cross_entropy(layer(images[rows]), labels[rows]).backward()
    optimizer.step()
apart = np.abs(layer.weight.detach().numpy().T - theta[:64]).max()
print(f"\n420 steps: excess {loss(theta) - least:.4f}; minigrad is {apart:.0e} away")

# %%
# The picture
# -----------
# Means of five runs. Left: walks with replacement; thin: the derived floors of the rates 1 and 0.1.
# Right: shuffled, at the rate 1.

left, last = run.figure(12, 4.8).subplots(1, 2)
means = excess.mean(axis=2)[:, [3, 0, 5, 6]]  # (epochs, 4)
for line, style in zip(means.T, ("C0-", "C1--", "C2-.", "k:"), strict=True):
    left.loglog(np.arange(1, run.epochs + 1), line, style)
left.hlines(exact[::2], 1, run.epochs, "0.6", linewidth=1)
left.legend(["rate 1, zeros", "rate 1, minimum", "0.1, zeros", "falling", "derived"])
left.set(xlabel="epochs", ylabel="excess (nats)", title="Rate 1 hovers, from two sides")
ways = ragged[:, :, 0, 0].mean(axis=2)  # (epochs, 2): share 1, rate 1
last.semilogy(ways[:, 1], "C3o-", ways[:, 0], "k.--")
last.legend(["after the three", "before the three"], ncols=2, loc="upper right")
last.set(xlabel="epoch (the first is 0)", ylabel="excess (nats)", ylim=(0.005, 4))
last.set(title="Three last images lift the loss", xticks=range(0, len(ways), 3))
run.finish(left.figure, {"excess": means, "ragged": ways}, falls=means[-10:, 3].mean())

# %%
# What this does not show
# -----------------------
# A loss that is not convex, a network's, has noise of another size in every place, and no single
# minimum to start from.
#
# **In one sentence**: a mini-batch's gradient is right on average; but where samples disagree at
# the minimum, batches drawn with replacement, at a small constant rate, keep the loss hovering
# about (rate / 4) tr C above its minimum. A falling rate lets it come down, and a ragged last batch
# lifts it.
#
# Your turn
# ---------
# Write the mini-batch gradient of a straight line (squared error) with replacement; the trace of a
# batch's noise for this line; and the expected excess of a walk with any list of rates, by the
# recursion for s: exercise 10 of the classroom. `rng.integers(N, size=B)` draws B numbers from 0 to
# N - 1. `python -m minigrad.classroom start` writes the file. Then type::
#
#    python -m minigrad.classroom check 10
