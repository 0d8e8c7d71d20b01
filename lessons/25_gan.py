r"""
What does a discriminator measure?
==================================

Two networks play: a generator makes samples, and a discriminator tells them from real ones. What
does the discriminator's loss measure, and what does it not? We compute it on paper for three
outcomes, train it where the answer is known, and then let both networks learn.

*You need* lessons 02 (cross-entropy, KL divergence), 06 (log loss, sigmoid, held-out data), 08
(stable losses), 11 (Adam), 12 (ReLU), 17 (density).
*New words*: generator, discriminator, GAN, JS divergence, saturating loss, mode, collapse.
*Runs* about 16 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim

run = lesson.start("25_gan", epochs=1500, batch_size=64)
if run.quick:
    print("quick: too short to show what the text says")
rng = np.random.default_rng(run.seed)

# %%
# The claim
# ---------
# A *generator* turns random numbers into samples. A *discriminator* answers each sample x with a
# number D(x): the probability that x is real. Together they are a *generative adversarial network*,
# GAN (Goodfellow et al., 2014). The article *Theory* (5.2) says that both are trained against each
# other, and that the discriminator minimises *the cross-entropy between real and generated
# samples*, to tell true ones from false ones. The goal is right, and cross-entropy is what D
# minimises. But between what?
#
# Take three outcomes. Write r for their real probabilities and g for the generated ones. The
# cross-entropy between these two, :math:`- \sum_x r(x) \ln g(x)`, does not contain D: no
# discriminator could make it smaller. What D can change are its *answers*. The true label of a
# sample is "real" or "generated". So the loss is lesson 06's log loss, between answers and labels.
# We add the mean over real samples and that over generated ones:
#
# .. math:: L = - \sum_x \bigl[ r(x) \ln D(x) + g(x) \ln (1 - D(x)) \bigr].
#
# Finding 1: the best discriminator measures a divergence
# -------------------------------------------------------
# Each outcome has a term of its own, so each D(x) can be chosen alone. Set the slope to 0:
#
# .. math::
#
#    \frac{\partial L}{\partial D} = - \frac{r}{D} + \frac{g}{1 - D} &= 0 \\
#    r \, (1 - D) &= g \, D \\
#    D &= \frac{r}{r + g}.
#
# (Both terms, :math:`- r \ln D` and :math:`- g \ln (1 - D)`, are convex in D: it is the minimum.)
# Put this into L. Let :math:`q = (r + g) / 2` be the mixture of both, so :math:`D = r / (2 q)` and
# :math:`1 - D = g / (2 q)`:
#
# .. math::
#
#    L &= - \sum_x \Bigl[ r \ln \frac{r}{2 q} + g \ln \frac{g}{2 q} \Bigr] \\
#    &= \sum_x r \ln 2 + \sum_x g \ln 2 - \sum_x r \ln \frac{r}{q} - \sum_x g \ln \frac{g}{q} \\
#    &= 2 \ln 2 - \mathrm{KL}(r \| q) - \mathrm{KL}(g \| q).
#
# Half of the sum of these two KL divergences (lesson 02 writes D, which is taken) is the
# *Jensen-Shannon divergence*, JS. So the least loss is 2 ln 2 - 2 JS. If r = g, then JS = 0, and it
# is 2 ln 2 = 1.386. If r and g share no outcome, D can always be right: the least loss is 0, and
# JS = ln 2, its largest value. (Where r or g is 0, its term is 0.)
#
# The code works with the *logit* z of D: :math:`D = \sigma(z) = 1 / (1 + e^{-z})`. Then :math:`1 -
# D = \sigma(-z)`, and both logarithms are stable (lesson 08). The best logit is :math:`\ln (D / (1
# - D)) = \ln (r / g)`. Guess: what does a D pay that is too sure, with 3 times the best logit?

r, g = np.array([[0.1, 0.4, 0.5], [0.5, 0.4, 0.1]])


def log_sigmoid(z):
    """ln sigmoid(z), without overflow for any z."""
    return -np.logaddexp(0, -z)


def loss_of(z, r, g):
    """L for logits z, one for each outcome."""
    return -np.sum(r * log_sigmoid(z) + g * log_sigmoid(-z))


js = np.sum(r * np.log(2 * r / (r + g)) + g * np.log(2 * g / (r + g))) / 2
print("Finding 1: three outcomes, r = .1 .4 .5, g = .5 .4 .1; loss in nats")
print("discriminator     loss   D of each outcome")
for name, factor in (("best", 1), ("knows nothing", 0), ("too sure", 3)):
    z = factor * np.log(r / g)
    print(f"{name:14} {loss_of(z, r, g):7.4f}  ", np.exp(log_sigmoid(z)).round(3))
print(f"2 ln 2 - 2 JS  {2 * np.log(2) - 2 * js:7.4f}   with JS = {js:.4f}")
print(f"cross-entropy of r and g, whatever D is: {-np.sum(r * np.log(g)):.4f}")

# %%
# The best D pays 1.0952. The one that knows nothing pays 2 ln 2 = 1.3863. The one that is too sure
# pays 1.5297, more than the one that knows nothing. The cross-entropy of r and g, 1.5871, is
# another number, and no answer of D changes it.
#
# **Densities.** For continuous samples the sums become integrals, with densities as r and g. Let
# the real samples come from the Gaussian N(0, 1), of mean 0 and standard deviation 1, and the
# generated ones from N(m, 1). We sum the least loss over a fine grid. The best logit is
# :math:`\ln r - \ln g = - x^2 / 2 + (x - m)^2 / 2 = (m^2 - 2 m x) / 2`.
#
# Then we train discriminators that see samples only. Each is judged by 20,000 new samples of both
# kinds. For each m there are five starts. All 25 networks are trained side by side: each weight has
# a first axis for the networks, and ``@`` multiplies each network by its own weights.
# `BCEWithLogitsLoss` is the log loss of a logit, so L is this loss for real samples with the label
# 1, plus that for generated ones with the label 0. Guess: can a trained discriminator have less
# than the least loss?


def networks(*sizes):
    """[W, b, W, b, ...] of networks side by side; sizes[0] says how many."""
    parameters = []
    for a, b in zip(sizes[1:-1], sizes[2:], strict=True):
        he = mg.randn(sizes[0], a, b) * (2 / a) ** 0.5  # lesson 12
        parameters += [nn.Parameter(he), nn.Parameter(mg.zeros(sizes[0], 1, b))]
    return parameters


def outputs(parameters, x):  # x: (networks, n, inputs)
    for i in range(0, len(parameters), 2):
        x = (mg.relu(x) if i else x) @ parameters[i] + parameters[i + 1]
    return x  # (networks, n, 1), or 2 for a generator


def loss_if(y, D, x):
    """The mean log loss of D, (networks,), if all samples x have the label y."""
    z = outputs(D, x)
    return nn.BCEWithLogitsLoss(reduction="none")(z, mg.full_like(z, y)).mean((1, 2))


def loss_on(D, draw, n):
    """L, (networks,), on n samples of both kinds."""
    real, generated = draw(n)
    return loss_if(1, D, real) + loss_if(0, D, generated.detach())  # moves D only


# %%
# A training loop: Adam, and new samples at each step. Then L on 20,000 samples held out.


def step(optimizer, losses):
    optimizer.zero_grad()
    losses.sum().backward()  # each network by its own loss
    optimizer.step()


def train_discriminator(D, draw, steps):
    """Train D on draw(n), real and generated samples; return its held-out L."""
    optimizer = optim.Adam(D, lr=0.005)
    for _ in run.progress(steps, shown=False):
        step(optimizer, loss_on(D, draw, 128))
    return loss_on(D, draw, 2000 if run.quick else 20000).detach().numpy()


shift = mg.tensor([0, 0.5, 1, 2, 4]).repeat_interleave(5).reshape(25, 1, 1)


def gaussians(n):
    return mg.randn(25, n, 1), mg.randn(25, n, 1) + shift  # real, generated


found = train_discriminator(networks(25, 1, 16, 16, 1), gaussians, run.epochs // 5)
grid = np.arange(-12, 16, 0.001)
print("\nFinding 1: N(0, 1) against N(m, 1), loss in nats")
print("   m   least loss      JS   trained, held out: mean (deviation, 5 starts)")
for m, losses in zip((0, 0.5, 1, 2, 4), found.reshape(5, 5), strict=True):
    r, g = (np.exp(-((grid - c) ** 2) / 2) / np.sqrt(2 * np.pi) for c in (0, m))
    least = loss_of((m**2 - 2 * m * grid) / 2, r, g) * 0.001  # z = ln r - ln g
    line = f"{m:4} {least:12.4f} {abs(np.log(2) - least / 2):7.4f}"  # abs: no -0.0000
    print(line, f"{losses.mean():18.4f} ({losses.std():.4f})")

# %%
# The trained discriminators come within 0.01 nats of the least loss, on average over the starts,
# without knowing a density. No D has a smaller *expected* loss; on a finite sample, chance may put
# one a little below. Turn this round: JS is (2 ln 2 - least loss) / 2, and no D has an expected
# loss below the least. So :math:`\ln 2 - L / 2` is **at most JS, whatever D is**. A discriminator
# measures a lower bound of a divergence, and the better D is, the higher the bound.
#
# Finding 2: where D is sure, the saturating loss hardly moves the generator
# --------------------------------------------------------------------------
# The generator wants what D does not want. Only the generated samples depend on the generator. So
# in the original game its loss is the mean of :math:`\ln (1 - D)` over them, which falls as D
# rises. The mean of :math:`- \ln D` falls with it, too. Their slopes for the logit z of a sample,
# with :math:`\sigma' = \sigma (1 - \sigma)` (lesson 06):
#
# .. math::
#
#    \frac{d}{dz} \ln (1 - \sigma(z)) &= - \frac{\sigma (1 - \sigma)}{1 - \sigma} = - \sigma(z), \\
#    \frac{d}{dz} [- \ln \sigma(z)] &= - \frac{\sigma (1 - \sigma)}{\sigma} = - (1 - \sigma(z)).
#
# Early on, D is sure that a generated sample is not real: z is far below 0. There the first slope
# is nearly 0, and the second nearly -1. The first is the *saturating loss*.
#
# The test: the real samples are N(0, 1). The generator adds its only number, m, to Gaussian noise.
# D is always the best one, :math:`z = (m^2 - 2 m x) / 2`. So the expected slopes are the sums of
# :math:`- g D` and of :math:`- g (1 - D)`, with :math:`D = r / (r + g)`. A step of the generator
# holds D and moves the samples x. The slope of z for x is -m, and x = noise + m has the slope 1 for
# m. So the chain rule multiplies the slopes above by -m. The rate is 0.1, with 64 samples a step.
# Guess: from m = 8, how many steps does each loss need until m is below 0.1?

sign = np.array([1, -1]).reshape(2, 1, 1, 1)  # slopes: -sigma(z), -sigma(-z)
path = [np.zeros((2, 5, 5, 1)) + np.array([1, 2, 4, 6, 8])[:, None, None]]
for _ in range(1000):
    m = path[-1]  # (losses, starts, draws, 1)
    x = m + rng.standard_normal((5, 5, 64))
    slope = -np.exp(log_sigmoid(sign * (m**2 - 2 * m * x) / 2))
    path.append(m - 0.1 * slope.mean(axis=-1, keepdims=True) * -m)
steps = np.sum(np.array(path) >= 0.1, axis=0)[..., 0]  # (losses, starts, draws)
print("\nFinding 2: expected slope for z at first; steps to m < 0.1 (1001: not there)")
print("start  ln(1 - D): slope, steps   - ln D: slope, steps")
for i, m in enumerate((1, 2, 4, 6, 8)):
    r, g = (np.exp(-((grid - c) ** 2) / 2) / np.sqrt(2 * np.pi) for c in (0, m))
    slopes = [-np.sum(g * part / (r + g)) * 0.001 for part in (r, g)]  # D, 1 - D
    print(f"{m:5}", *[f"{slopes[k]:10.2g} {steps[k, i].max():8}" for k in (0, 1)])

# %%
# (The steps are those of the slowest of five draws.) From m = 1 the losses hardly differ, 48 steps
# and 43: D is not sure there. From m = 8 the expected slope of the saturating loss is -4.9e-05, and
# 1000 steps are not enough. With - ln D the slope is -1, and 67 steps are enough. So the usual loss
# of the generator is - ln D: it is the log loss with the label "real". At D = 1/2 both slopes are
# the same, -1/2. (This holds for plain steps. With Adam, rate 0.1, from m = 8, the saturating loss
# needs 78 to 135 steps, and - ln D 222 or 223: computed beforehand.)
#
# Finding 3: a loss near 2 ln 2 may mean a weak discriminator
# -----------------------------------------------------------
# Now both learn. The real samples lie on a ring: eight Gaussians of size 0.1, with centres at the
# distance 2 from the middle. Each is a *mode*, a peak of the density. We say that a mode is covered
# if at least 2 in 100 generated samples are within 0.3 of its centre. (Of the real samples, 12 in
# 100 are.) A generator that leaves out modes has *collapsed*.
#
# In turn, D makes a step of Adam on L, and the generator G a step on - ln D. Each step has new
# samples. There are three settings with five starts each. The second and the third differ from the
# first in one thing:
#
# - "two layers": G and D have two hidden layers of 32 units, and G turns two random numbers into a
#   sample;
# - "noise of 8": G gets eight random numbers;
# - "small D": D has one hidden layer, of 8 units.
#
# Then the loss of D is measured on 20,000 new samples of both kinds. Last, G is held, and a *fresh*
# discriminator with two layers of 64 units is trained on its samples. Guess: which setting brings
# its own D nearest to 2 ln 2 = 1.386? Which covers most modes?

centres = 2 * np.array([[np.cos(a), np.sin(a)] for a in np.arange(8) * np.pi / 4])


def ring(n):
    chosen = centres[rng.integers(0, 8, (5, n))]  # (5, n, 2)
    return mg.tensor((chosen + 0.1 * rng.standard_normal((5, n, 2))).astype("float32"))


def play(noise, *hidden):
    """Train five pairs of G and D side by side; then a fresh D on each G."""
    G = networks(5, noise, 32, 32, 2)
    D = networks(5, 2, *hidden, 1)
    of_G = optim.Adam(G, lr=0.001, betas=(0.5, 0.9))
    of_D = optim.Adam(D, lr=0.005, betas=(0.5, 0.9))

    def draw(n):
        return ring(n), outputs(G, mg.randn(5, n, noise))

    rounds = run.epochs // 5 if run.quick else run.epochs
    for _ in run.progress(rounds, shown=False):
        step(of_D, loss_on(D, draw, run.batch_size))
        step(of_G, loss_if(1, D, draw(run.batch_size)[1]))  # - ln D; moves G only
    own = loss_on(D, draw, 2000 if run.quick else 20000).detach().numpy()
    fresh = train_discriminator(networks(5, 2, 64, 64, 1), draw, rounds // 3)
    return D, draw(2000)[1].detach().numpy(), own, fresh


# %%
# All three settings, and the share of the generated samples that are within 0.3 of a centre.

settings = {"two layers": (2, 32, 32), "noise of 8": (8, 32, 32), "small D": (2, 8)}
games = [play(*list(settings.values())[i - 1]) for i in run.progress(3, "setting")]
print("\nFinding 3: 8 modes, 5 starts; held-out loss, nats; near: < 0.3 from a centre")
print("setting     modes covered  share near  loss of its own D          of a fresh D")
near = np.linalg.norm([x[:, :, None] - centres for _, x, _, _ in games], axis=4) < 0.3
modes = (near.mean(axis=2) >= 0.02).sum(axis=2)  # (3, 5); near is (3, 5, 2000, 8)
rows = zip(settings, modes, near.any(axis=3).mean(axis=(1, 2)), games, strict=True)
for name, count, share, (_, _, own, fresh) in rows:
    print(f"{name:11} {count} {share:11.2f}   ", own.round(2), fresh.round(2))

# %%
# **Two layers** cover six to eight modes, though about 3 in 10 of their samples are near none. A
# fresh D has about the loss that D itself had: at most 0.12 less (with ``--seed 1``, once 0.40).
#
# **Noise of 8**: the generator collapses, in all five starts, to one to three modes. Its D sees
# this: the losses, 0.44 to 0.60, are far below 2 ln 2. D measures, and G does not follow. (In four
# starts the fresh D is worse: the lower loss is the better bound. Why 8 is worse than 2 is open.)
#
# **Small D**: in four of five starts the loss is within 0.02 of 2 ln 2, as if r and g were equal.
# But these generators cover one or two modes, and a fresh D has a loss of 0.44 at most on them. In
# the other start, the first, D's loss is 0.96, and no mode is covered. **So the D that is nearest
# to 2 ln 2 belongs to a worse generator**, also with ``--seed`` 1 and 2.
#
# Are 8 units too few to see the difference? Only in part. On such generators, held, we trained
# *fresh* discriminators (ten starts, computed beforehand). Those of 8 units had a loss of 1.19 on
# average after 500 steps (0.75 to 1.33), and 0.99 after 1500 (0.34 to 1.26); those of 64 + 64 had
# 0.47 after 500 (0.24 to 0.66). So on a held generator a small D is also slow. But in the game five
# steps of D for each of G left its loss at 1.29 to 1.40 (ten starts): speed is not all.
#
# The extreme case can be computed. A discriminator without a hidden layer has the logit :math:`z =
# w \cdot x + b`. Let all generated samples be in the middle. The ring turned by 45 degrees is the
# same ring, so a w turned by 45 degrees has the same loss. L is convex in w and b (lesson 04). So
# the mean of the eight turned w is at least as good, and it is 0. Then D is the same everywhere,
# best 1/2: the least loss is exactly 2 ln 2. Yet JS is ln 2, its largest value.
#
# **So a loss of 2 ln 2 does not say that the distributions are equal.** It says that *this* D finds
# no difference.
#
# The picture
# -----------
# Of each setting, the start whose D has the loss nearest to 2 ln 2. The darker, the surer D is that
# a place is real; medium blue: 1/2. Dots: samples of G (right: 17% are outside). Circles: modes.

axes = run.figure(15, 5.4).subplots(1, 3)
axis = np.linspace(-3, 3, 80)
places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(1, -1, 2).astype("float32")
for ax, name, count, (D, x, own, _) in zip(axes, settings, modes, games, strict=True):
    k = np.abs(own - 2 * np.log(2)).argmin()
    z = outputs([p[k : k + 1] for p in D], mg.tensor(places)).reshape(80, 80)
    ax.contourf(axis, axis, mg.sigmoid(z).detach(), np.linspace(0, 1, 11), cmap="Blues")
    ax.plot(*x[k, :500].T, "k.", markersize=4)
    ax.plot(*centres.T, "o", mfc="w", mec="r", markersize=7)
    ax.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
    ax.set_title(f"{name}: G covers {count[k]} of 8, D pays {own[k]:.2f}")
run.finish(ax.figure, {"own": own, "fresh": fresh}, modes=int(count[k]), loss=own[k])

# %%
# What this does not show
# -----------------------
# **In one sentence**: a discriminator minimises the cross-entropy between its answers and the
# labels, and :math:`\ln 2 - L / 2` bounds the JS divergence from below, closely only if D is good.
#
# Modes were counted, because this ring is known. Of photographs nobody knows the modes, and a fresh
# discriminator gives a bound only. One ring, one optimizer and 1500 steps are not all of GANs.
#
# Your turn
# ---------
# Write the best discriminator and its loss for distributions with zeros, both slopes for logits of
# any size, and a count of the modes: exercise 25 of the classroom. ``python -m minigrad.classroom
# start`` writes the file. Then type::
#
#    python -m minigrad.classroom check 25
#
# Before the exercise: for r = (1/2, 1/2, 0) and g = (0, 1/2, 1/2), why is the least L ln 2?
