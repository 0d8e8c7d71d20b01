r"""
How sure is a network of nonsense?
==================================

A trained network must answer, whatever picture it gets. We show noise to it, and a digit that it
never saw. Then we change the pixels of good digits a little, in the worst way. What can the softmax
say, how little is enough to mislead it, and what does a training against such changes buy?

*You need* lessons 05 (p - y), 07 (softmax), 10 (mini-batch), 12 (ReLU, saturated), 13 (confidence).
*New words*: saliency, adversarial example, FGSM, PGD, adversarial training, gradient masking.
*Runs* about 6 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, plot
from minigrad.datasets import load_digits

run = lesson.start("28_adversarial", epochs=30, lr=0.2)
if run.quick:
    print("quick: too short to show what the text says")
rng = np.random.default_rng(run.seed)
most = 100 if run.quick else 2000  # pictures of each part
parts = [[p.numpy()[:most] for p in part.tensors] for part in load_digits()]
(images, labels), (new, truth) = parts

# %%
# The claims
# ----------
# *Versus* (7.3) ends with three challenges of deep models:
#
# 1. A model is usually a black box, and its predictions are hard to explain.
# 2. A model is easily affected by bias in the data, and then its predictions are wrong.
# 3. A model is easily attacked by adversarial examples, and then its predictions are wrong.
#
# All three are true, and *Versus* says no more of them: no size, no remedy. How easily is "easily"?
# Does it need *deep* models? We give numbers for 2 and 3, and a tool for 1.
#
# Finding 1: the softmax cannot say "none of these"
# -------------------------------------------------
# The network has 64 pixels x, 64 hidden units with ReLU, and ten logits z:
#
# .. math:: h = \max(0, x W_1 + b_1), \qquad z = h W_2 + b_2, \qquad p = \mathrm{softmax}(z).
#
# We always train five networks at once: an array of weights has the shape (5, inputs, outputs), and
# each network has its own start and its own batches. `backward` is that of lesson 12, with pictures
# as rows. The gradient of a picture's loss for z is d = p - y. It goes back through :math:`W_2`,
# then the ReLU (slope 1 or 0), and then, the step that we need here, through :math:`W_1`:
#
# .. math::
#
#    \frac{\partial \ell}{\partial h} &= d \, W_2^T, \\
#    a &= \frac{\partial \ell}{\partial h} \cdot [h > 0], \\
#    g &= \frac{\partial \ell}{\partial x} = a \, W_1^T.
#
# g has a number for each pixel: how fast the loss of this picture grows as this pixel gets darker.
# Such a map is called *saliency*. It says which pixels matter, not why: **1** still stands.


def softmax(z):
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# x: (N, 64) or (5, N, 64), one for each network; h: (5, N, 64); z: (5, N, 10)
def forward(x, net, relu=lambda z: np.maximum(z, 0)):
    h = relu(x @ net[0] + net[1])
    return h, h @ net[2] + net[3]


# h; the gradients of each picture's own loss for z, before the ReLU, and for x
def backward(x, label, net):
    h, z = forward(x, net)
    d = softmax(z) - np.eye(10, dtype=np.float32)[label]
    a = (d @ net[2].swapaxes(1, 2)) * (h > 0)
    return h, d, a, a @ net[0].swapaxes(1, 2)


# x with each pixel changed by at most eps, and kept between 0 and 1
def attack(x, label, net, eps, steps, size, start=0.0):
    low = np.maximum(-eps, -x)
    high = np.minimum(eps, 1 - x)
    change = np.clip(start, low, high)
    for _ in range(steps):
        g = backward(x + change, label, net)[3]
        change = np.clip(change + size * np.sign(g), low, high)
    return x + change


# %%
# `attack` goes along the signs of g; finding 2 says why. `train` is the loop of lesson 07, with
# mini-batches of 32. With an eps, it changes each batch before it learns from it (finding 3).

random_sign = np.float32([-1, 1])


def train(eps=0.0, steps=0, absent=-1):  # absent: a digit to leave out
    net = []
    for outputs in (64, 10):  # He's weights, and biases
        net.append(rng.normal(0, (2 / 64) ** 0.5, (5, 64, outputs)).astype(np.float32))
        net.append(np.zeros((5, 1, outputs), np.float32))
    for _ in range(42 * run.epochs):
        batch = rng.choice(np.flatnonzero(labels != absent), (5, 32))
        x = images[batch]  # (5, 32, 64)
        if eps:  # the inner maximum: the worst pictures near these
            start = eps * rng.choice(random_sign, x.shape)
            x = attack(x, labels[batch], net, eps, steps, eps / 2, start)
        h, d, a, _ = backward(x, labels[batch], net)
        slopes = [x.swapaxes(1, 2) @ a, a.sum(axis=1, keepdims=True)]
        slopes += [h.swapaxes(1, 2) @ d, d.sum(axis=1, keepdims=True)]
        # the outer minimum
        net = [w - run.lr / 32 * slope for w, slope in zip(net, slopes, strict=True)]
    return net


# %%
# Pictures without an answer: digits whose pixels are shuffled, each in its own way; noise, each
# pixel drawn evenly from 0 to 1; the same noise times 10 and times 100. Then "bias in the data", in
# its strongest form: five more networks are trained without any 8, and see the 8s. Last, the noise
# after ten steps *down* the loss of "this is a 3" (so the size of a step is negative), by the
# gradient of network 1 alone. No pixel moves by more than 0.3. The control: random signs of 0.3.
#
# The confidence is the largest p (lesson 13). Guess: how large is it on noise? And on noise times a
# hundred, larger or smaller?

plain = train()
no_eights = train(absent=8)
noise = rng.random(new.shape).astype(np.float32)
made = attack(noise, 3, plain, 0.3, 10, -0.075)[0]  # those of network 1
pictures = {"new digits": new, "shuffled digits": rng.permuted(new, axis=1)}
signs = rng.choice(random_sign, (3, 5, *new.shape))  # three sets
pictures |= {"noise": noise, "noise x 10": 10 * noise, "noise x 100": 100 * noise}
pictures |= {"8, never seen": new[truth == 8], "noise made a 3": made}
pictures["noise, signs .3"] = np.clip(noise + 0.3 * signs[0, 0], 0, 1)


def told(values):  # (5, N): the mean, and the deviation of the five networks' means
    return f"{values.mean():.3f} ({values.mean(axis=1).std(ddof=1):.3f})"


print("Finding 1: how sure are five networks? Mean (deviation between them)")
print("pictures        confidence    share over .9 share called 3")
for name, x in pictures.items():
    p = softmax(forward(x, no_eights if "8" in name else plain)[1])  # (5, N, 10)
    print(f"{name:15}", told(p.max(-1)), told(p.max(-1) > 0.9), told(p.argmax(-1) == 3))

# %%
# On noise the mean confidence is 0.711, and a quarter of the noise pictures get more than 0.9. The
# confidence does sink, from 0.963 on digits: so it is a hint. But it is no guard. Of 8s, which no
# training picture showed, the networks are 0.727 confident, and none calls an 8 an 8 (computed
# beforehand). This is sentence **2** at its worst: what the data leave out, the model cannot say.
# (Classes that are rare and not absent: lesson 15.)
#
# **Why.** The ten p add up to 1. So the largest is at least 1/10. And only differences count. If
# the same number t is added to all logits, nothing changes:
#
# .. math:: \frac{e^{z_i + t}}{\sum_j e^{z_j + t}} = \frac{e^t e^{z_i}}{e^t \sum_j e^{z_j}} = p_i.
#
# So "little evidence for every class" (all logits low) and "much evidence" (all high) give the same
# p. But a softmax *could* say 1/10 ten times. Nothing in the training asks for that: every training
# picture has a class. Two controls, of five networks each, were computed beforehand. With 8 noise
# pictures beside each 32 digits, target 1/10 for each class, the confidence on new noise is 0.14;
# 0.974 of the digits are right (noise x 100 still gets 0.95). With ten sigmoids instead of the
# softmax, on digits alone, the largest of the ten is 0.23 on noise (deviation 0.12), 0.95 on new
# digits. So both count: the softmax, and what it is trained on.
#
# **Far away.** Multiply a picture by a number s, and let s grow. A hidden unit gets s times its
# entry of :math:`x W_1`, plus its bias. If the entry is not 0, then from some s on the sign of the
# sum no longer changes: the unit stays on, or stays off. Every unit that stays on is linear in s,
# so each logit is, too:
#
# .. math:: z_i = s \, u_i + v_i, \qquad \frac{p_j}{p_i} = e^{-s (u_i - u_j) - (v_i - v_j)}.
#
# Let :math:`u_i` be the largest of the u, without a tie. Then each of the other ratios goes to 0 as
# s grows, and :math:`p_i` goes to 1. (Hein et al., 2019, prove this for ReLU networks in general.)
# In the table, the networks are as sure of noise x 10 as of digits (0.969), of noise x 100 surer
# (0.997). Such pictures are easily refused, because they have pixels above 1. But between 0 and 1
# there is room enough, too. The networks call 0.044 of the noise a 3, after random signs 0.060, and
# 0.978 of the noise that was moved towards a 3. The steps went by the gradient of network 1, and
# the mean is over all five: so this is no accident of one start.
#
# Finding 2: many small changes add up if they agree with the gradient
# --------------------------------------------------------------------
# Now good digits, and changes c of at most eps for each pixel. For small changes the loss changes
# by about :math:`\sum_k g_k c_k`. How large can this be? Each term is largest on its own:
#
# .. math::
#
#    g_k c_k &\le \epsilon \, |g_k|, \;\; \text{equal if } c_k = \epsilon \, \mathrm{sign}(g_k), \\
#    \sum_k g_k c_k &\le \epsilon \sum_k |g_k| = \epsilon \, |g|_1.
#
# The step ``eps * sign(g)`` is *FGSM* (fast gradient sign method, Goodfellow et al., 2015). A
# picture changed a little to mislead is an *adversarial example*. *PGD* (projected gradient
# descent, Madry et al., 2018) takes several steps, here ten of eps / 4, with a new g each time.
# After each step, every pixel is brought back to within eps of the picture, and between 0 and 1.
#
# **The control.** Random signs, of the same size eps, have no direction. Let D be the number of
# pixels. The signs are independent, with mean 0: so their sum :math:`\sum_k g_k c_k` has mean 0 and
# variance :math:`\epsilon^2 \sum_k g_k^2`, a deviation of :math:`\epsilon \, |g|_2`. FGSM is larger
# by the factor :math:`|g|_1 / |g|_2`. If all :math:`|g_k|` are alike, this is :math:`D / \sqrt{D} =
# \sqrt{D}`. It cannot be more: the squared mean of the :math:`|g_k|`, :math:`(|g|_1 / D)^2`, is at
# most the mean of their squares, :math:`|g|_2^2 / D`. So the *advantage* of the attack can grow
# with the number of pixels: up to 8 for 64 of them, 28 for the 784 of MNIST.
#
# In a linear model with the logit difference :math:`x \cdot w + b` all this is exact, for any eps:
# the worst change (without the limits 0 and 1) moves it by :math:`\epsilon \, |w|_1`. With D
# weights of a fixed size this grows like D. (With pixels alone it need not: cut each pixel into
# four, each with a quarter of its weight. Then :math:`|w|_1` is as before.)
#
# Guess: at eps = 0.1, a tenth of the way from paper to ink, how many digits are still right after
# random signs, and how many after PGD?


def right(x, net):
    return forward(x, net)[1].argmax(axis=-1) == truth  # (5, N)


def pgd(net, eps, steps=10, start=0.0):
    return attack(new, truth, net, eps, steps, eps / 4, start)


g = backward(new, truth, plain)[3]
ratio = (np.abs(g).sum(axis=-1) / np.linalg.norm(g, axis=-1)).mean()
print(f"\nFinding 2: share right of new digits (|g|_1/|g|_2: {ratio:.2f}, at most 8)")
print("         random signs  FGSM          PGD")
limits = [0.0, 0.05, 0.1, 0.15, 0.2, 0.3]
drawn = []  # right after random signs
for eps in limits:
    drawn.append(right(pgd(plain, eps, 0, eps * signs[0]), plain))  # no step
    one = right(attack(new, truth, plain, eps, 1, eps), plain)
    print(f"eps {eps:.2f}", *map(told, [drawn[-1], one, right(pgd(plain, eps), plain)]))

# %%
# At eps = 0.1 random signs change little (0.960 are right, 0.972 without), and PGD leaves 0.492.
# The size is the same; the direction does it (on average :math:`|g|_1 / |g|_2` is 6.02).
# At 0.2 PGD leaves 0.009, random signs 0.912. At 0.3 the random signs, too, do some harm (0.812).
# PGD, which looks again, finds a little more than FGSM: the sum of g c is the change of the loss
# only for small c. (Computed beforehand, for FGSM: at eps = 0.001 the loss grows by 0.0031, and the
# sum says 0.0030; at 0.1 by 1.36, and 0.30. Even :math:`\epsilon \, |g|_1` is 0.40; a pixel at 0 or
# 1 can move one way only, so the sum is less.)
#
# **Does it need depth?** No. A softmax regression (lesson 07) has no hidden layer. Its worst change
# can be found exactly, class by class, by the formula above. Five of them, trained twice as long,
# have 0.964 right without changes, 0.620 at eps = 0.1 and 0.043 at 0.2 (computed beforehand). That
# is more than the 0.492 and 0.009 with a hidden layer, but far from safe. So sentence **3** holds,
# but not only for deep models.
#
# Finding 3: training on attacked pictures helps, and has its price
# -----------------------------------------------------------------
# *Adversarial training* asks for weights w whose *worst* loss near each picture is small:
#
# .. math:: \min_w \; \text{mean over pictures} \; \max_{|c_k| \le \epsilon} \; \ell(x + c, y; w).
#
# Both parts stand in `train`. The inner maximum is an attack of 5 steps of eps / 2, from random
# signs. It costs 5 gradients more for each step of training: six instead of one. The outer minimum
# is the usual step, on the attacked batch. A control ("on signs") learns from random signs alone.
#
# Is an attack strong enough to judge by? PGD from one start may stop early. So the column "strong"
# counts a digit as right only if it stays right under PGD of 40 steps from each of three random
# starts. "By plain's g" is PGD 0.1 by the gradient of `plain`. Two columns are changes that "on PGD
# 0.1" was not trained for: eps = 0.2, and the digit moved to the right by one pixel. Guess them. In
# the last row, plain's last weights and biases are multiplied by 1000.

table = {}
sharp = [*plain[:2], 1000 * plain[2], 1000 * plain[3]]
nets = {"plain": plain, "on signs 0.1": train(0.1)}
nets |= {"on PGD 0.1": train(0.1, 5), "on PGD 0.2": train(0.2, 5)}
moved = np.insert(new.reshape(-1, 8, 8)[..., :-1], 0, 0, axis=2).reshape(-1, 64)
print("\nFinding 3: share right of new digits, by training (rows) and change (columns)")
heads = ["no change", "PGD 0.1", "PGD 0.2", "moved", "by plain's g", "strong PGD 0.1"]
print(" " * 12, *[f"{head:13}" for head in heads])
of_plain = pgd(plain, 0.1)
for name, net in (nets | {"plain x 1000": sharp}).items():
    row = [right(x, net) for x in (new, pgd(net, 0.1), pgd(net, 0.2), moved, of_plain)]
    strong = np.all([right(pgd(net, 0.1, 40, 0.1 * s), net) for s in signs], axis=0)
    table[name] = np.mean([*row, strong], axis=2)  # (6 columns, 5 networks)
    print(f"{name:12}", *map(told, [*row, strong]))

# %%
# **What it buys.** At eps = 0.1, 0.781 instead of 0.492 stay right. Random signs hardly help
# (0.509): so it is not any change that teaches, but the worst one.
# **What it costs.** Six gradients instead of one. Trained at 0.1 the clean share is the same within
# its spread; trained at 0.2 it falls from 0.972 to 0.926.
#
# **What it buys only in part.** At 0.2, networks trained at 0.1 keep 0.206: more than plain's
# 0.009, and still most digits are lost. A shift by one pixel leaves the digit the same for us, and
# under it every row loses about half: 0.434 of plain stay right, 0.497 at best. (A shift changes
# many pixels by much more than 0.1. Lesson 23 has networks that bear it better.)
#
# **A caution.** In "plain x 1000" no answer changes: the logits keep their order. But p - y is now,
# rounded, 0 for nearly every right answer: the output is saturated (lesson 12). The attack gets no
# signs to follow, and 0.955 stay right. Forty steps from three starts do not unmask this (0.932).
# The gradient of `plain` does: 0.492, as for `plain` itself. (Another plain network's: about
# 0.63, computed beforehand.) This is *gradient masking*: the attack got worse, the network no
# better. So judge a defence by more steps, more starts *and* by another network's gradient. For "on
# PGD 0.1" that gradient is a weaker attack (0.841) than its own (0.781), and "strong" is within
# 0.02: no sign of masking, no proof.
#
# The same in minigrad
# --------------------
# The input is a leaf like any weight. It needs ``requires_grad``, and ``backward`` fills its grad.

x = mg.tensor(new, requires_grad=True)
z = forward(x, [mg.tensor(w[0]) for w in plain], mg.relu)[1]  # network 1
nn.functional.cross_entropy(z, mg.tensor(truth), reduction="sum").backward()
print("\nminigrad's g as NumPy's:", np.allclose(x.grad.numpy(), g[0], atol=1e-5))

# %%
# The picture
# -----------
# Left: what network 1 says of noise and of a digit, before and after a change. The change is
# enlarged: black is darker, white lighter. Right: findings 2 and 3.

left, curve = run.figure(14, 5.5).subplots(1, 2)
k = (right(new, plain)[0] & ~right(of_plain, plain)[0]).argmax()
shown = np.stack([noise[1], made[1], new[k], of_plain[0, k]])
names = [f"{p.argmax()}, p {p.max():.3f}" for p in softmax(forward(shown, plain)[1][0])]
enlarged = np.clip(0.5 + (shown[1::2] - shown[::2]) / [[0.6], [0.2]], 0, 1)
grid = np.insert(shown, [1, 3], enlarged, axis=0).reshape(6, 8, 8)
titles = [names[0], "change, 0.3 at most", *names[1:3], "change, 0.1 at most", names[3]]
plot.image_grid(grid, titles=titles, columns=3, label="pixel (no change: 0.5)", ax=left)
left.set_title("Noise gets a sure 3, a digit is misread")
curve.plot(limits, np.mean(drawn, axis=(1, 2)), "k:")
for net, look in zip(nets.values(), ("k-", "0.6", "C1--", "C0-."), strict=True):
    curve.plot(limits, [right(pgd(net, eps), net).mean() for eps in limits], look)
curve.legend(["plain, random signs", *nets], title="training, change (PGD if none)")
curve.set(title="PGD misleads, PGD training helps", xlabel="eps", ylabel="share right")
run.finish(curve.figure, table, test_accuracy=table["plain"][0].mean())

# %%
# What this does not show
# -----------------------
# **In one sentence**: a softmax always names one of its classes, and a training on digits alone
# lets it be sure of nonsense; small changes mislead it if they follow the signs of the gradient;
# training on them helps, for six times the work, but little against a shift.
#
# Digits of 64 pixels are small; how far a change of 0.1 is from "not seen by us" depends on the
# pictures. An attacker without the weights must estimate the gradient, from the answers or from a
# network of his own (finding 1). Other methods to say "none of these" are left out.
#
# Your turn
# ---------
# Write the gradient for the pixels of a classifier without a hidden layer, one step of PGD on the
# picture itself, and the exact share of digits that a linear model of two classes keeps under the
# worst change: exercise 28 of the classroom. ``python -m minigrad.classroom start`` writes the
# file. Then type::
#
#    python -m minigrad.classroom check 28
