r"""
What is an autoencoder that can dream?
======================================

An autoencoder paints a picture again from a few numbers. Give its decoder numbers that no picture
has made: does it paint a digit? A variational autoencoder learns to. Its loss has two parts, one of
them a cross-entropy. We derive it, check it where the truth is known, and take its parts away.

*You need* lessons 02 (cross-entropy, KL divergence, Gibbs' inequality), 06 (sigmoid, logit), 08
(soft target), 11 (Adam), 17 (Gaussian density, standard error) and 18 (autoencoder, code).
*New words*: latent variable, prior, posterior, evidence lower bound, reparameterisation, score
function, variational autoencoder, posterior collapse.
*Runs* about 11 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_digits

run = lesson.start("26_vae", epochs=40, lr=0.003, batch_size=50)
if run.quick:
    print("quick: too short to show what the text says")
rng = np.random.default_rng(run.seed)

# %%
# The claims
# ----------
# *Softmax* (5.1) says that cross-entropy *will* be used in more models, and names two: recurrent
# networks (lesson 24) and variational autoencoders. The use is right, but "will be" is wrong:
# Kingma and Welling published the *variational autoencoder* (VAE) in December 2013. For pixels of
# black and white their loss had a cross-entropy in it from the start. *Theory* (5.3) says that
# autoencoders usually compare the output with the input by cross-entropy. For a VAE this is one of
# two terms. What is the other?
#
# Finding 1: the bound is ln p(x), less one KL divergence
# -------------------------------------------------------
# Think of a picture x as made in two steps. First draw a code z that nobody sees, the *latent
# variable*, from a fixed density p(z), the *prior*. Then draw x from p(x | z): the decoder says
# this density. Lesson 06 asks for the parameters under which the data are most probable. Here
# :math:`p(x) = \int p(x | z) \, p(z) \, dz`, and for a network this integral has no formula.
#
# Which codes may have made x? The density p(z | x) is called the *posterior*. We cannot compute it
# either, so let the encoder give another density q(z), as close to it as it can. E means the mean
# over z drawn from q. The logarithm ln p(x) does not depend on z, so it is its own mean:
#
# .. math::
#
#    \ln p(x) &= E[\ln p(x)] \\
#    &= E\Bigl[\ln \frac{p(x | z) \, p(z)}{p(z | x)}\Bigr]
#    \qquad \text{because } p(x) \, p(z | x) = p(x | z) \, p(z) \\
#    &= E\Bigl[\ln \frac{p(x | z) \, p(z)}{q(z)}\Bigr] + E\Bigl[\ln \frac{q(z)}{p(z | x)}\Bigr]
#    \qquad \text{times } q(z) / q(z) \\
#    &= \underbrace{E[\ln p(x | z)] - KL(q \,\|\, \text{prior})}_{\text{the bound}}
#    + KL(q \,\|\, \text{posterior}).
#
# The last term is at least 0 (Gibbs' inequality; integrals for sums leave its two lines the same).
# So the rest is a lower bound of ln p(x), the *evidence lower bound*. It needs no posterior.
#
# Both KL divergences here are between Gaussians. Write N(m, s) for the Gaussian with mean m and
# standard deviation s. With the density of lesson 17, and :math:`E[(z - m)^2] = s^2`:
#
# .. math::
#
#    KL(N(m, s) \,\|\, N(M, S))
#    &= E\Bigl[-\ln s - \frac{(z - m)^2}{2 s^2} + \ln S + \frac{(z - M)^2}{2 S^2}\Bigr] \\
#    &= \ln \frac{S}{s} - \frac{1}{2} + \frac{E[(z - M)^2]}{2 S^2} \\
#    &= \ln \frac{S}{s} - \frac{1}{2} + \frac{s^2 + (m - M)^2}{2 S^2}.
#
# **A model where all is known.** The code is one number z, drawn from N(0, 1). The picture has two
# pixels, :math:`x = w z + \text{noise}`, with noise from N(0, 1) in each. (With any number of
# pixels this is *probabilistic PCA*, Tipping and Bishop 1999.) So
#
# .. math::
#
#    \ln p(x | z) &= -\ln (2 \pi) - |x - w z|^2 / 2, \\
#    \ln p(z | x) &= \ln p(x | z) + \ln p(z) - \ln p(x) \\
#    &= -\tfrac{1}{2} \bigl( (1 + |w|^2) z^2 - 2 \, (w \cdot x) \, z \bigr)
#    + \text{terms without } z \\
#    &= -\tfrac{1}{2} (1 + |w|^2) \Bigl(z - \frac{w \cdot x}{1 + |w|^2}\Bigr)^2
#    + \text{terms without } z.
#
# This is N(M, S) with :math:`M = w \cdot x / (1 + |w|^2)` and :math:`S^2 = 1 / (1 + |w|^2)`. And x
# has a density without z. Along w, x has the variance :math:`1 + |w|^2`, across w it has 1, and the
# two parts are independent. With the covariance matrix :math:`C = w w^T + I` the product of the two
# densities (lesson 17) is :math:`e^{-x^T C^{-1} x / 2} / \sqrt{\det 2 \pi C}`. For q = N(m, s), the
# mean of :math:`|x - w z|^2` is :math:`|x - w m|^2 + |w|^2 s^2`, since z - m has mean 0 and
# variance :math:`s^2`. Guess: which loses more, q = N(M, 1), or N(M, S / 4)?


def kl(m, s, M=0, S=1):
    """KL(N(m, s) || N(M, S)) in nats; N(0, 1) is the prior."""
    return np.log(S / s) - 0.5 + (s**2 + (m - M) ** 2) / (2 * S**2)


def fit(m, s):
    """The mean of ln p(x | z) over z from N(m, s), in nats."""
    return -np.log(2 * np.pi) - (np.sum((x - w * m) ** 2) + w @ w * s**2) / 2


w, x = np.array([[2.0, 1.0], [3.0, 1.0]])
M = w @ x / (1 + w @ w)
S = (1 + w @ w) ** -0.5
C = np.outer(w, w) + np.eye(2)
log_p = -np.log(np.linalg.det(2 * np.pi * C)) / 2 - x @ np.linalg.inv(C) @ x / 2
print(f"Finding 1: two pixels; ln p(x) by its own density is {log_p:.3f} nats")
print("q             m     s  E ln p(x|z)  KL prior      bound   KL post.       sum")
beliefs = {"prior": (0, 1), "mean": (M, 1), "too sure": (M, S / 4), "posterior": (M, S)}
for name, (m, s) in beliefs.items():
    row = [fit(m, s), kl(m, s), fit(m, s) - kl(m, s), kl(m, s, M, S)]
    columns = [f"{value:10.3f}" for value in (*row, row[2] + row[3])]
    print(f"{name:10} {m:4.2f} {s:5.2f}", *columns)

# %%
# The posterior has the largest bound, -3.650, and this is ln p(x). Each other q loses its KL
# divergence from the posterior ("KL post."), "mean" 1.604, "too sure" only 0.918: the last column
# is -3.650 in each row. The two terms of the bound pull against each other. The prior costs no KL,
# and explains x worst. "Too sure" explains x best, but costs 2.468.
#
# Finding 2: a gradient can go through a draw
# -------------------------------------------
# For a network we cannot take the mean over q. We draw z, and take ln p(x | z) there: call it f(z).
# How does a draw depend on m and s? By *reparameterisation*: draw :math:`\varepsilon` from N(0, 1).
# Then :math:`z = m + s \varepsilon` is a draw from N(m, s), and by the chain rule
#
# .. math::
#
#    \frac{\partial}{\partial m} E[f(m + s \varepsilon)] &= E[f'(z)], \\
#    \frac{\partial}{\partial s} E[f(m + s \varepsilon)] &= E[f'(z) \, \varepsilon].
#
# (The derivative may go inside the mean, as f has no jumps and grows at most as a square.) In
# minigrad, `Normal(m, s).sample()` has no gradient, `.rsample()` has this one.
#
# Another way needs no f'. For a density, :math:`\partial q / \partial m = q \; \partial \ln q /
# \partial m`, and for this one :math:`\partial \ln q / \partial m = (z - m) / s^2 = \varepsilon /
# s`, the *score function*. So the slope of :math:`\int q f \, dz` is the mean of :math:`f
# \varepsilon / s`. As :math:`E[\varepsilon] = 0`, a number may be subtracted from f: here f's mean.
#
# In the model of two pixels the slope of `fit` for m is :math:`w \cdot (x - w m)`, and 7 for m = 0.
# Guess: which estimate scatters less? And for the first m of 64 codes, if f is a sum of 64 terms?

eps = rng.standard_normal((20_000, 64))
m_each = mg.zeros(20_000, 64, dtype=mg.float64, requires_grad=True)  # one for each draw
z = m_each + mg.tensor(eps)  # s is 1
f = -np.log(2 * np.pi) - (x @ x - z * (2 * w @ x) + z**2 * (w @ w)) / 2
f.sum().backward()
centred = (f - f.mean(0)).detach().numpy()
slopes = {"through the draw": m_each.grad.numpy()[:, 0]}
slopes["score function, 1 code"] = centred[:, 0] * eps[:, 0]
slopes["score function, 64 codes"] = centred.sum(1) * eps[:, 0]
print("\nFinding 2: slope for m, exactly 7     mean (its error)   spread of one draw")
for name, g in slopes.items():
    print(f"{name:36}{g.mean():6.2f} ({g.std() / 20_000**0.5:.2f}) {g.std():20.1f}")

# %%
# All three are right in the mean, within a few standard errors. But a draw scatters by 5.0 through
# z, and by 12.9 with the score function. With 64 codes this becomes 63.2: the other 63 terms do not
# depend on this m, and are only noise to it. Through the draw their slopes for this m are exactly
# 0: the first row holds for 64 codes, too. (The score function also works where f has no slope.)
#
# Finding 3: to dream from the prior takes both noise and the KL term
# -------------------------------------------------------------------
# Now the digits of lesson 18: 1,347 pictures to learn from, 450 held out, 64 pixels. The encoder
# makes 8 means m and 8 numbers u = ln s (so s stays above 0, and z has the slope :math:`s
# \varepsilon` for u). The prior is N(0, 1) for each of the 8 codes. All are independent, so their
# KL divergences add up (lesson 17: densities are multiplied). The decoder makes a logit for each
# pixel; its sigmoid r is the probability of ink. For a pixel x that is 1 or 0, :math:`-\ln p(x | z)
# = -x \ln r - (1 - x) \ln (1 - r)`: **this is the cross-entropy**. The loss is minus the bound:
#
# .. math:: E\Bigl[\sum_\text{pixels} \text{cross-entropy}(x, r)\Bigr]
#    + \sum_\text{codes} \Bigl( \frac{s^2 + m^2 - 1}{2} - u \Bigr).
#
# **Grey pixels.** Ours are grey, and the formula is used all the same. A grey x is a *soft target*:
# the belief that the pixel has ink with probability x. Draw black and white pictures with these
# probabilities. The cross-entropy is linear in x. So it is exactly the mean of :math:`-\ln p(b|z)`
# over *these* pictures b, and we bound the mean of ln p(b). And lesson 02 splits it into H(x) +
# KL(x || r). The sum of the H(x) is a hidden constant, the cross-entropy if r = x. No network has
# less, and KL(x || r) comes on top.


def start(inputs, out):
    """Two layers for five starts at once: each start has weights of its own."""
    W = mg.randn(5, inputs, 128) * (2 / inputs) ** 0.5
    V = mg.randn(5, 128, out) * (2 / 128) ** 0.5
    return [nn.Parameter(p) for p in (W, mg.zeros(5, 1, 128), V, mg.zeros(5, 1, out))]


def network(x, W, b, V, c):
    return mg.relu(x @ W + b) @ V + c  # (5, n, inputs) to (5, n, out)


def both_parts(encoder, decoder, x, noise):
    """Cross-entropy and KL divergence of each picture, in nats: two tensors (5, n)."""
    m, u = network(x, *encoder).chunk(2, -1)  # each (5, n, 8)
    z = m + noise * mg.exp(u) * mg.randn(*m.shape)
    logits = network(z, *decoder)
    cross = nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return cross.sum(-1), ((mg.exp(2 * u) + m**2 - 1) / 2 - u).sum(-1)


# %%
# The VAE has two things more than an autoencoder: the noise, and the KL term. We switch each off:
# `noise` 0 gives z = m, and `beta` is a factor of the KL term. With both 0 it *is* an autoencoder.
# Guess: in training the VAE, which of the two parts of the loss falls, and which one grows?

digits, new_digits = (part.tensors[0].numpy() for part in load_digits())
seen, new = (mg.from_numpy(np.tile(rows, (5, 1, 1))) for rows in (digits, new_digits))


def train(noise, beta):
    encoder = start(64, 16)
    decoder = start(8, 64)
    optimizer = optim.Adam(encoder + decoder, run.lr)
    history = {}
    for epoch in range(1, run.epochs + 1):
        order = rng.permuted(np.tile(np.arange(len(digits)), (5, 1)), axis=1)
        # -(-a // b) is a / b, rounded up: the number of batches
        for rows in np.array_split(order, -(-len(digits) // run.batch_size), axis=1):
            batch = mg.from_numpy(digits[rows])  # (5, batch, 64)
            cross, divergence = both_parts(encoder, decoder, batch, noise)
            loss = (cross + beta * divergence).mean(1)  # (5,)
            optimizer.zero_grad()
            loss.sum().backward()  # trains each start alone
            optimizer.step()
        if epoch in (1, 5, 10, 20, run.epochs):
            parts = both_parts(encoder, decoder, new, noise)
            history[epoch] = [part.detach().numpy().mean(1) for part in parts]
    return encoder, decoder, history


kinds = {"VAE": (1, 1), "autoencoder": (0, 0), "only noise": (1, 0), "only KL": (0, 1)}
bar = run.progress(4, unit="model")
models = {name: train(*kinds[name]) for _, name in zip(bar, kinds, strict=True)}
print("\nFinding 3: the VAE's loss on held-out digits, nats a picture, five starts")
print("mean (deviation):   cross-entropy             KL               loss")
for epoch, (cross, divergence) in models["VAE"][2].items():
    columns = (cross, divergence, cross + divergence)
    print(f"epoch {epoch:3}", *[f"{p.mean():12.2f} ({p.std():.2f})" for p in columns])
hidden = nn.functional.binary_cross_entropy(new, new).item() * 64
print(f"hidden constant{hidden:7.2f}")

# %%
# The cross-entropy falls from 29.12 to 21.59, and KL grows from 1.81 to 3.27: a code that says more
# costs more. Of the 21.59 nats, 13.65 are the hidden constant. How far is the bound from what it
# bounds? Draw a black and white picture b from the grey x, and 1,000 codes from the q of x. The
# mean of :math:`p(b | z) \, p(z) / q(z)` estimates p(b). The bound is 1.4 nats below the mean of
# ln p(b) (computed beforehand). By Finding 1 this is about the mean KL(q || posterior of b).
#
# **Unused codes.** In each start only 5 or 6 of the 8 codes have more than 0.1 nat of KL (computed
# beforehand). The others say almost nothing: their q is nearly the prior for every picture. This is
# *posterior collapse*. With beta = 3 all 8 collapse.
#
# **Dreaming** is to draw z from the prior, and to look at the sigmoids. Guess: which of the four
# models can do it? Let *dream to real* be the distance from a dream to the nearest held-out
# picture, in the mean over 450 dreams. Alone it is not honest: the grey mean picture does well. So
# let *real to dream* be the distance from a held-out picture to the nearest dream: it is large if
# some digits are never dreamt. Real pictures (450 of the 1,347) set the scale. And perhaps an
# autoencoder's codes have another place and size than N(0, 1). So we also draw z from the Gaussian
# with the mean and the covariance matrix (lesson 10) of its own codes: *fitted*.


def nearest(a, b):
    """Distance of each row of a to the nearest row of b, in the mean."""
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.sqrt(squares.min(1).clip(0)).mean()


def dream(name, z):
    logits = network(mg.tensor(z, dtype=mg.float32), *models[name][1])
    return mg.sigmoid(logits).detach().numpy()


prior_z = rng.standard_normal((5, 450, 8))
sets = {"real pictures": [rng.permutation(digits)[:450] for _ in range(5)]}
sets["mean picture"] = np.tile(digits.mean(0), (5, 450, 1))
sets.update({name: dream(name, prior_z) for name in kinds})
codes = network(seen, *models["autoencoder"][0]).detach().numpy()[:, :, :8]
own_z = [rng.multivariate_normal(c.mean(0), np.cov(c.T), 450) for c in codes]
sets["autoencoder, fitted"] = dream("autoencoder", own_z)
print("\nFinding 3: mean distance (deviation), 5 starts  dream to real   real to dream")
pairs = {}
for name, pictures in sets.items():
    pairs[name] = [[nearest(p, new_digits), nearest(new_digits, p)] for p in pictures]
    columns = [f"{p.mean():.3f} ({p.std():.3f})" for p in np.transpose(pairs[name])]
    print(f"{name:45}", *columns, sep="   ")

# %%
# From the prior, the VAE's dreams are the nearest both ways, 1.285 and 1.361, where real pictures
# have 1.205 and 1.220. The autoencoder has 1.918 and 1.728. One part alone is no better here (1.969
# or more, 1.804 or more): it takes both. Why? (Figures not in the table: computed beforehand.)
#
# - *Only noise*: nothing stops the encoder from making s small. Its KL divergence is about 60 nats:
#   next to its codes the noise is small, and it is nearly an autoencoder.
# - *Only KL*: the term :math:`m^2 / 2` pulls all codes towards 0, and the decoder's weights can
#   multiply small codes up again. The deviation of the codes is 0.26, not 1. With each code drawn
#   from N(0, its own deviation), the distances are 1.50 and 1.43.
# - *Both*: small codes drown in the noise, and small noise costs KL. So the codes of a picture fill
#   a region, and all the regions together come near to the prior.
#
# **Be fair to the autoencoder.** With fitted z it comes to 1.489 and 1.431 (only noise to 1.49 and
# 1.43, only KL to 1.46 and 1.41): most of the gap was only that nobody had asked which codes it
# uses. (Seeds 1 and 2 keep the order VAE, fitted, the rest.) And the VAE pays: its held-out
# cross-entropy is 21.6, or 19.6 with z = m, and the autoencoder's 16.8. It gains two things: the
# codes to draw are known before training, and models can be compared by the bound of ln p(x).
#
# **Grey helps.** The VAE paints greyer (row 2 below), and grey is near to all. Mix each picture
# with the mean picture, 4 parts to 1. Fitted dreams then have 1.415 and 1.400, and even real
# pictures come nearer, 1.151 and 1.181 (computed beforehand). So a part of the VAE's lead is blur.
#
# The picture
# -----------
# Left: eight pictures, and dreams of each first start (rows 2, 3: the same z). Right: the table.

grid, right = run.figure(14, 4.4).subplots(1, 2, width_ratios=(5, 4))
names = ["real pictures", "VAE", "autoencoder", "autoencoder, fitted"]
images = np.concatenate([sets[name][0][:8] for name in names]).reshape(32, 8, 8)
better = min(names[1:3], key=lambda name: np.sum(pairs[name]))
plot.image_grid(images, columns=8, ax=grid).set_title(f"Rows 2, 3: {better} is nearer")
for i, name in enumerate(names):
    grid.text(0, 0.86 - 0.245 * i, name, ha="right", transform=grid.transAxes)
ways = np.mean(list(pairs.values()), axis=1)  # (7, 2)
right.plot(ways[:, 0], list(pairs), "ko", ways[:, 1], list(pairs), "C1s", mfc="none")
best = list(pairs)[2 + ways[2:].sum(1).argmin()]
right.set(xlabel="distance", ylim=(7, -1), title=f"Nearest to real pictures: {best}")
right.legend(["dream to real", "real to dream"])
run.finish(grid.figure, {"distance": ways}, held_out_loss=(cross + divergence).mean())

# %%
# What this does not show
# -----------------------
# **In one sentence**: a VAE is an autoencoder with noise on its code and a price on what the code
# tells; its loss, a cross-entropy plus this price, is an upper bound of -ln p(x), and here only
# both together made codes from the prior decode to pictures near real digits.
#
# The pictures have 64 pixels, and no person has judged the dreams. Another density for grey pixels,
# or another beta, changes the balance of blur and fit. Lesson 25 makes data without a density.
#
# Your turn
# ---------
# Programs often let the encoder say the logarithm of the variance :math:`s^2`, not u = ln s. Write
# the KL divergence from it, then the draw and its slopes, and the bound of a batch from logits that
# may be large: exercise 26 of the classroom. Lesson 06 has the logarithms of a sigmoid.
# `python -m minigrad.classroom start` writes the file. Then type::
#
#    python -m minigrad.classroom check 26
#
# Before that: in Finding 1, which m has the largest bound if s must stay 1? ("KL post." tells.)
# Multiply `prior_z` by 0.5, or 2: what becomes of the VAE's row? (1.368, 1.501; or 1.319, 1.367.)
