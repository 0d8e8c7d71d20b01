r"""
Where does squared error come from?
===================================

A model predicts a number m, and the truth is the number y. Nearly everybody then takes the square
of y - m as the loss. Why the square? And may a model also say how sure it is of m?

*You need* lessons 04 (gradient descent), 06 (likelihood), 09 (squared error) and 11 (Adam).
*New words*: density, Gaussian distribution, residual, negative log likelihood, least squares,
standard error, outlier, Laplace distribution.
*Runs* about 6 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim
from minigrad.datasets import load_diabetes

run = lesson.start("17_regression", epochs=1000, lr=0.01)
rng = np.random.default_rng(run.seed)
if run.quick:
    print("quick: too short to show what the text says")

# %%
# The claims
# ----------
# The quotations are from two articles (*Theory*, if no other is named):
#
# 1. Cross-entropy is for classes, squared error for numbers. *"The two suit different types of
#    machine learning problems"* (Q1; three other articles say it in other words).
# 2. For numbers one usually takes squared error, *"but if the output follows some probability
#    distribution, for example a Gaussian, cross-entropy can be used"* (3.2). Its formula, for n
#    numbers :math:`y_i`, with a mean :math:`\mu` and a variance :math:`\sigma^2` from the model (we
#    write m and :math:`s^2`), is the sum over i of :math:`-\ln \frac{1}{\sqrt{2 \pi} s} +
#    \frac{(y_i - m)^2}{2 s^2}`.
# 3. *"Obviously"*, L is least when m is close to :math:`y_i` and :math:`s^2` is *"rather small"*
#    (3.2).
# 4. *Versus* (4.2) announces a view of least squares *"from the angle of statistics"*, and then
#    prints the mean of the squares again.
# 5. Cross-entropy is *"very sensitive to abnormal samples"* (*Theory* 6.1).
#
# Much is true. The usual choices are as sentence 1 says. The formula is right, and sentence 2 names
# the idea that we need. (A model for many inputs gives each sample its own m, so m and s, too, need
# the index i.) What do sentences 1 and 2 hide by setting the two losses against each other?
#
# Finding 1: squared error is the surprise at a Gaussian number
# -------------------------------------------------------------
# Five people waited for a bus: 2, 3, 3, 4 and 8 minutes. Which one number m describes them best? A
# *residual* is truth minus prediction, r = y - m. To choose the m with the least sum of squared
# residuals is the method of *least squares*.
#
# Lesson 06 chose the parameters under which the data are most probable. One exact number has
# probability 0. So a model of numbers gives a *density*: probability per unit, here per minute. The
# *Gaussian distribution* (the bell curve) with the mean m and the standard deviation s, the typical
# size of r, has the density (its first factor makes the area under it 1: a narrow bell is high)
#
# .. math:: \frac{1}{\sqrt{2 \pi} \, s} \, e^{-(y - m)^2 / (2 s^2)}.
#
# If the numbers are independent, their densities are multiplied: this is the likelihood. Minus its
# logarithm is the *negative log likelihood*, a sum over the samples. We take the mean, in nats:
#
# .. math::
#
#    L &= -\frac{1}{n} \sum_i \ln \Bigl( \frac{1}{\sqrt{2 \pi} \, s} \,
#    e^{-r_i^2 / (2 s^2)} \Bigr) \\
#    &= \ln ( \sqrt{2 \pi} \, s ) + \frac{1}{2 s^2} \cdot \frac{1}{n} \sum_i r_i^2.
#
# Guess: does the best m depend on which s we believe in?


def gaussian_nll(r, s):
    """Minus the logarithm of the density of each residual, in nats."""
    return np.log(np.sqrt(2 * np.pi) * s) + r**2 / (2 * s**2)


waits = np.array([2.0, 3.0, 3.0, 4.0, 8.0])  # minutes
print("\nFinding 1: five waits, one m for all (m and s in minutes); mean losses")
print("    m   squared error   -ln density, nats: s = 1     s = 2     s = 5")
for m in (2, 3, 4, 5, 6):
    columns = "".join(f"{gaussian_nll(waits - m, s).mean():10.3f}" for s in (1, 2, 5))
    print(f"{m:5} {np.mean((waits - m) ** 2):15.2f} {columns:>44}")

# %%
# No: each column is least in the row m = 4, the mean of the five. Set the slope for m to 0. Only
# the last term of L has m in it, and :math:`dr_i / dm = -1`:
#
# .. math::
#
#    \frac{dL}{dm} &= \frac{1}{2 s^2} \cdot \frac{1}{n} \sum_i 2 \, r_i \cdot (-1) \\
#    &= -\frac{1}{s^2} \cdot \frac{1}{n} \sum_i (y_i - m) = 0 \\
#    \sum_i y_i &= n \, m.
#
# The factor :math:`1/s^2` drops out. So least squares *is* maximum likelihood, for independent
# Gaussian numbers with one s. This is the statistical view that **sentence 4** leaves out. And it
# answers **sentence 1**: both losses are one thing, minus the logarithm of what the model gave to
# the truth. For classes it gave a probability, for numbers a Gaussian density; what differs is the
# distribution. **Sentence 2** needs no "but": squared error is its formula with s fixed, up to a
# factor and a constant.
#
# **A loss below 0.** A density may be above 1, and then its logarithm is positive and the loss
# negative. Count the waits in hours: the density per hour is 60 times the density per minute, so
# each loss falls by ln 60 = 4.094. For m = 4 and s = 2 minutes, 2.162 becomes -1.932, and nothing
# has got better. Compare such losses only in the same unit. (A log loss is never negative.)
#
# **A model with inputs.** Now :math:`m_i = \sum_j x_{ij} w_j + b`, and s is one number. The data:
# 442 patients, ten measurements each; y tells how diabetes progressed in a year (no unit is
# published). 331 patients are to learn from, 111 held out. First least squares by linear algebra.
# Then the likelihood, with w, b and s all learnt by descent. The model says u = ln s: u may be any
# number, and s = exp(u) is never below 0. (`seen` and `new` say which patients, by their places in
# the table. Finding 3 trains on several splits at once, so both have a row for each split.)

parts = [[array.numpy() for array in part.tensors] for part in load_diabetes()]
x_all, y_all = [np.concatenate(pair) for pair in zip(*parts, strict=True)]
# The file's columns have sum of squares 1; the root gives size 1. The ones are for b.
x_all = np.column_stack([x_all * np.sqrt(442), np.ones(442)])
y_all = y_all[:, None].astype(float)  # (442, 1); x_all: (442, 11)
nll = nn.GaussianNLLLoss(full=True, reduction="none")  # (m, y, s^2), with ln(2 pi) / 2


def descend(parameters, loss_of_each):
    """Train all splits or starts at once by Adam, full batches.

    Each has parameters of its own: the sum of their mean losses trains each alone.
    """
    optimizer = optim.Adam(parameters, lr=run.lr)
    for _ in run.progress(run.epochs, unit="step", shown=False):
        optimizer.zero_grad()
        loss_of_each().mean((1, 2)).sum().backward()
        optimizer.step()


def diabetes(seen, new, width):
    """m and s of the new patients; u is (the last `width` columns of x) v."""
    x = mg.tensor(x_all[seen])  # (splits, patients, 11)
    y = mg.tensor((y_all[seen] - 150) / 80)  # near 0, and of size 1
    w = nn.Parameter(mg.zeros(len(seen), 11, 1, dtype=mg.float64))
    v = nn.Parameter(mg.zeros(len(seen), width, 1, dtype=mg.float64))
    descend([w, v], lambda: nll(x @ w, y, mg.exp(x[:, :, -width:] @ v) ** 2))
    m = 150 + 80 * (x_all[new] @ w.detach().numpy())  # (splits, new patients, 1)
    return m, 80 * np.exp(x_all[new][:, :, -width:] @ v.detach().numpy())


# %%
# With `width` 1 only the column of ones is used, so u is one number for all patients.

split = [np.arange(331)[None], np.arange(331, 442)[None]]  # that of the file: one row
one_m, one_s = diabetes(*split, 1)  # (1, 111, 1)
least_m = x_all @ np.linalg.lstsq(x_all[:331], y_all[:331], rcond=None)[0]  # (442, 1)
of_seen, of_new = np.split((y_all - least_m) ** 2, [331])
print("\nFinding 1: diabetes, 111 held out   mean squared error  s (seen)")
print(f"least squares {of_new.mean():40.1f} {np.sqrt(of_seen.mean()):9.2f}")
print(f"likelihood {np.mean((y_all[331:] - one_m) ** 2):43.1f} {one_s.mean():9.2f}")
print(f"largest difference of predictions: {np.abs(least_m[331:] - one_m).max():.2f}")

# %%
# The likelihood arrives where linear algebra arrives (scikit-learn: 3180.2, computed beforehand).
#
# Finding 2: a small s pays only if the residuals are small, too
# --------------------------------------------------------------
# **Sentence 3** calls for a small s. Guess: with the residual r = 0.5, which s is the best? And
# with r = 0?

print("\nFinding 2: loss of one sample in nats\n    s    r = 0.5     r = 0")
for s in (2, 1, 0.5, 0.1, 0.03, 0.01):
    print(f"{s:5} {gaussian_nll(0.5, s):10.3f} {gaussian_nll(0.0, s):9.3f}")

# %%
# With r = 0.5 the loss is least at s = 0.5. At s = 0.01 it is 1246.314: a model that is sure and
# wrong pays most. Set the slope for s to 0. Note that :math:`\ln (\sqrt{2 \pi} s) = \ln \sqrt{2
# \pi} + \ln s`:
#
# .. math::
#
#    \frac{dL}{ds} &= \frac{1}{s} - \frac{2}{2 s^3} \cdot \frac{1}{n} \sum_i r_i^2 = 0 \\
#    \frac{1}{s} &= \frac{1}{s^3} \cdot \frac{1}{n} \sum_i r_i^2 \\
#    s^2 &= \frac{1}{n} \sum_i r_i^2.
#
# The best :math:`s^2` is the mean squared residual. (For diabetes, the first row computes this root
# for the patients seen, 52.73; the second learns it. For the new ones it is 56.39.) So sentence 3
# is right if m fits: the smaller the residuals, the smaller the best s. For r = 0 the loss falls
# without end as s goes to 0: no s is the best. A model with an s for each sample can go that way,
# if it meets one exactly. So `GaussianNLLLoss` raises variances below 1e-6 to 1e-6.
#
# **A second trap.** Let a network say m and u = ln s for each x. The slope of one sample's loss for
# its m is :math:`-r / s^2`, from the line for dL/dm. A sample with a large s hardly pulls m. With
# really large noise this is right. But r may also be large because m is not learnt yet. Then s
# stays large, and m is *starved* of its slope, while the samples that were learnt first pull more
# and more. (Nix and Weigend 1994 gave networks this loss. Seitzer et al. 2022 describe the trap
# with such a wave; their cure multiplies each sample's loss by a power of its s, held constant.)
#
# The truth is the wave sin 10x plus Gaussian noise of size 0.02 or 0.3. 200 samples, 32 hidden
# units, five starts. Two more rows test the reason. "m freed" switches :math:`1/s^2` off in the
# slope for m only: m has that of :math:`r^2 / 2`, u that of the likelihood. (`m.detach()` is m as a
# constant, without a slope.) "s + 0.3" is the likelihood with s + 0.3 for s: no factor is above 1 /
# 0.09. Which rows find the wave?

x_wave = rng.uniform(-1, 1, (5, 200, 1))  # five starts, each with samples of its own
standard = rng.standard_normal((5, 200, 1))  # the noise, of size 1
starts = [*rng.uniform(-3, 3, (2, 5, 1, 32))]  # W and b
starts += [rng.uniform(-0.2, 0.2, (5, 32, 2)), np.zeros((5, 1, 2))]  # V and c
grid = np.tile(np.linspace(-1, 1, 201)[:, None], (5, 1, 1))  # (5, 201, 1)
truth = np.sin(10 * grid[:, :, 0])  # (5, 201)


def network(x, parameters):
    """The m and the s for each x, in minigrad."""
    W, b, V, c = parameters
    out = mg.tanh(mg.tensor(x, dtype=mg.float32) @ W + b) @ V + c  # m and u: (5, n, 2)
    return out[:, :, :1], mg.exp(out[:, :, 1:])


def wave(noise, loss):
    """Train from the five starts; m and s on the grid, (5, 201)."""
    parameters = [nn.Parameter(mg.tensor(array, dtype=mg.float32)) for array in starts]
    y = mg.tensor(np.sin(10 * x_wave) + noise * standard, dtype=mg.float32)
    descend(parameters, lambda: loss(y, *network(x_wave, parameters)))
    return [part.detach().numpy()[:, :, 0] for part in network(grid, parameters)]


losses = {
    "squared error": lambda y, m, s: (y - m) ** 2,
    "likelihood": lambda y, m, s: nll(m, y, s**2),
    "m freed": lambda y, m, s: (y - m) ** 2 / 2 + nll(m.detach(), y, s**2),
    "s + 0.3": lambda y, m, s: nll(m, y, (s + 0.3) ** 2),
}
waves = {name: [wave(0.02, loss), wave(0.3, loss)] for name, loss in losses.items()}
print("\nFinding 2: squared distance of m from the wave, mean (spread) of 5 starts")
print("                 noise 0.02         noise 0.3      farther than squared error")
far = np.array([[np.mean((m - truth) ** 2, 1) for m, _ in w] for w in waves.values()])
for name, row in zip(waves, far, strict=True):  # far: (losses, noises, starts)
    cells = "  ".join(f"{each.mean():8.4f} ({each.std():.4f})" for each in row)
    small, large = (row > far[0]).sum(axis=1)
    print(f"{name:<13} {cells}    in {small} and {large} of 5 starts")

# %%
# With noise 0.3 all four rows find the wave (0.0100 to 0.0125). With noise 0.02 the likelihood has
# not found it after 1000 steps: 0.2090 (spread: standard deviation). The answer m = 0 has 0.48, the
# mean of the squared wave; squared error has 0.0006. With m freed, it is 0.0195: over nine tenths
# of the miss are gone (with `--seed 1` to 4, well over half). So :math:`1/s^2` is the main cause;
# the rest comes through the hidden units, which u's slope moves, too. In the picture s is large
# where m misses: the model takes for noise what it has not yet learnt. It is starved, not stuck:
# with `--epochs 6000` it comes to 0.013, where squared error has 0.0001.
#
# Why only with the small noise? Because s can become small there. The last row is the test: with s
# + 0.3 in place of s, the likelihood finds the wave, too (0.0003).
#
# Finding 3: is an s for each patient worth it?
# ---------------------------------------------
# Back to the patients. One s for all, or an s for each, with ln s linear in the ten measurements?
# An own s can pay. Let half of the residuals have the size 0.1, the others 0.7. The best single s
# is :math:`\sqrt{(0.01 + 0.49) / 2} = 0.5`. With the best :math:`s^2` (Finding 2) in L, its second
# term is the same for both, so an own s gains ln 0.5 - (ln 0.1 + ln 0.7) / 2 = 0.64 nats.
#
# For the 111 held-out patients we do not know s. The two models judge the *same* patients, so take
# the difference for each patient, d = loss with one s - loss with own s. A mean of n independent
# numbers has 1/n of the variance of one (lesson 10): its *standard error* is std(d) / sqrt(n).
# This is its typical distance from the mean over very many. Guess: is the gain, 0.0219 nats, real?
#
# To have more patients, we also cut all 442 into 13 random groups of 34. Each group is held out
# once, while the other 408 patients train the models.

groups = rng.permutation(442).reshape(13, 34)
others = np.array([np.delete(groups, k, 0).ravel() for k in range(13)])  # (13, 408)
print("\nFinding 3: diabetes, held-out loss in nats; d = one s - own s")
print("patients   one s    own s   mean d   standard error   share d > 0   least d")
for seen, new in (split, (others, groups)):
    m, s = diabetes(seen, new, 1)
    one_loss = gaussian_nll(y_all[new] - m, s)
    m, s = diabetes(seen, new, 11)
    own_loss = gaussian_nll(y_all[new] - m, s)
    d = one_loss - own_loss  # (splits, new patients, 1)
    error = d.std() / np.sqrt(d.size)
    row = f"{d.size:8} {one_loss.mean():7.4f} {own_loss.mean():8.4f} {d.mean():8.4f}"
    print(row, f"{error:16.4f} {np.mean(d > 0):13.2f} {d.min():9.2f}")
worst = np.unravel_index(d.argmin(), d.shape)
print(f"least d: r = {(y_all[groups] - m)[worst]:.0f}, own s = {s[worst]:.0f}")

# %%
# On the split of the file own s wins: the loss 5.4560 falls to 5.4342. But the gain, 0.0219 before
# rounding, is smaller than its standard error, 0.0234. Other 111 patients could turn the sign. With
# each patient held out once, the mean is -0.0013, and the standard error 0.0187. (A rough one: the
# groups share training patients.) So this experiment shows no gain, but not that there is none: a
# gain of 0.015 would be within one standard error. Of the 442 about half gain, the others lose, one
# 5.19 nats. Its own s is 20, its residual 73: sure and wrong, as in Finding 2. With `--seed` 1 to 5
# the same patient loses most (3 to 9 nats), and the mean is below its standard error in size.
#
# The other sentence: outliers
# ----------------------------
# **Sentence 5**: a sure and wrong answer costs much. That is true. Is it special to cross-entropy?
# Take label 1. The log loss, :math:`\ln (1 + e^{-z})`, at z = -20 is 20.00, and its slope p - 1 is
# -1.00. For very negative z this loss is nearly the straight line -z, and its slope is never above
# 1 in size. Squared error straight on the logit, :math:`(z - 1)^2` with targets +1 and -1, is 441
# there, and its slope -42. So here cross-entropy is the milder loss. (The square of p - y, lesson
# 09, is milder still: it never passes 1.)
#
# Finding 1 says why squares are so sensitive: under a Gaussian with s fixed, a residual of 10 s has
# only :math:`e^{-50}` of the density at m, so m must move. Let the bus of 8 minutes be an
# *outlier*, a sample far from the others, at 80: the mean goes from 4 to 18.4. Another density,
# another loss: the *Laplace distribution* has the density :math:`e^{-|r| / a} / (2 a)`. Minus its
# logarithm is :math:`\ln (2 a) + |r| / a`, the absolute error, up to constants. The slope of
# :math:`|r|` for m is +1 where y is below m, and -1 where it is above. Just below 3 the slopes add
# to 1 - 4 = -3, just above 3 to 3 - 2 = +1. So the sum is least at 3 minutes, the *median* (the
# middle number), with 8 or with 80.
#
# The picture
# -----------
# Left: one sample's loss. Middle: the start that the likelihood misses most, noise 0.02; the bands
# are m - 2s to m + 2s. Right: the gain d of the 442, each held out once; line: its mean, near 0.

one, fit, right = run.figure(15, 4.6).subplots(1, 3)
sizes = np.geomspace(0.01, 3, 100)
for r, style, place in ((0.5, "C0-", (0.2, 4.5)), (0, "k:", (0.02, -3.6))):
    one.semilogx(sizes, gaussian_nll(r, sizes), style)
    one.text(*place, f"r = {r}")
one.set(xlabel="s", ylabel="nats", ylim=(-4, 6), title="Small s pays only with small r")
start = far[1, 0].argmax()  # of the likelihood, noise 0.02
for name, style in (("likelihood", "C1-"), ("m freed", "C0--")):
    wave_m, wave_s = [part[start] for part in waves[name][0]]
    band = [wave_m - 2 * wave_s, wave_m + 2 * wave_s]
    fit.fill_between(grid[0, :, 0], *band, color=style[:2], alpha=0.25)
    fit.plot(grid[0, :, 0], wave_m, style, label=name)
fit.plot(grid[0, :, 0], truth[0], "k:", label="the wave")
fit.legend(ncols=3, loc="upper center", columnspacing=1)
fit.set(xlabel="x", ylabel="y", ylim=(-5, 7), title="Where s is large, m misses")
right.plot(s[:, :, 0], d[:, :, 0], "C0.")
right.axhline(d.mean(), color="k")
right.set(xlabel="own s", ylabel="gain (nats)", title="Diabetes: gain and loss cancel")
numbers = {"d": d[:, :, 0], "own_s": s[:, :, 0]}
run.finish(one.figure, numbers, gain=d.mean(), standard_error=error)

# %%
# What this does not show
# -----------------------
# **In one sentence**: squared error is minus the logarithm of a Gaussian density with s fixed; a
# learnt s should be as large as the residuals, and whether an own s for each pays must be tested.
#
# Least squares can be used without asking whether the residuals are independent, Gaussian and of
# one size. What is lost then is the claim "most likely". The starved m was seen in one kind of
# network, with one optimizer, after 1000 steps. All patients are from one study.
#
# Your turn
# ---------
# Programs often let the network say the logarithm of the variance :math:`s^2`, not of s. Write the
# loss for this output, then both its slopes, and then one factor that mends variances which are all
# too small or all too large: exercise 17 of the classroom, `python -m minigrad.classroom check 17`.
#
# Before the exercise: at the best s, what is the second term of L? Then run with `--seed 1` to
# `--seed 3`: does the mean d keep its sign?
