r"""
What makes a weight exactly zero?
=================================

A weight that is exactly 0 can be left out: the model gets smaller, and we see which inputs it
does not use. L2, the penalty of lesson 13, makes weights small. Does it make any of them 0? Which
penalty does? And what happens if we set numbers inside a network to 0 at random?

*You need* lesson 04 (derivative, rate), 07 (softmax regression), 13 (over-fitting, L2, lambda).
*New words*: L1, soft threshold, ISTA, sparse, dropout.
*Runs* about 8 seconds.
"""

# %%
import numpy as np

from minigrad import lesson, manual_seed, nn, optim, plot, tensor
from minigrad.datasets import load_digits

run = lesson.start("14_sparsity_and_dropout", epochs=4500, lr=4.0)
if run.quick:
    print("quick: too short to show what the text says")

# %%
# The claims
# ----------
# 1. *Series* (article 22): regularization is a technique that *"adds a penalty during training"*.
# 2. *Series* lists the main types. The first is *"L1 regularization"*. There the file ends: of L1
#    it has the name only. This lesson supplies what is missing.
# 3. *Theory* (4.2) adds a term R, *"such as L1, L2"*, times lambda. It does not say how the two
#    differ.
#
# True in all three: a penalty does regularize, and L1 and L2 are the best-known penalties. *L1* is
# :math:`\lambda \sum_j |w_j|`, and L2 is :math:`\frac{\lambda}{2} \sum_j w_j^2`, over all weights
# :math:`w_j` and without the biases. Sentence 1 is too narrow as a definition: Finding 3 has a
# regularization that adds nothing to the loss. (Early stopping, in lesson 13, is another.)
#
# Finding 1: L1 has a jump in its derivative, and a jump can hold a weight at 0
# -----------------------------------------------------------------------------
# One weight v. The data want the value u, so the loss is :math:`(v - u)^2 / 2`. With L1 we look for
# the v that makes :math:`f(v) = (v - u)^2 / 2 + t |v|` smallest, where t > 0. The derivative of
# :math:`|v|` is 1 for v > 0 and -1 for v < 0. At 0 it jumps from -1 to 1, and has no value. So
# there are two cases, and what is left over:
#
# .. math::
#
#    v > 0: \quad f'(v) = v - u + t = 0 \quad & \text{gives} \quad v = u - t \\
#    v < 0: \quad f'(v) = v - u - t = 0 \quad & \text{gives} \quad v = u + t.
#
# The first v is above 0 only if u > t, the second is below 0 only if u < -t.
#
# Now let u lie from -t to t. For each v > 0 the derivative :math:`v + (t - u)` is positive: f
# rises to the right of 0. For each v < 0 the derivative :math:`v - (u + t)` is negative: f falls
# towards 0 from the left. So the minimum is at v = 0, exactly, and for a whole range of u. The
# three cases together are the *soft threshold*: move u towards 0 by t, but not across 0.
#
# With L2 the function is :math:`(v - u)^2 / 2 + t v^2 / 2`. Its derivative :math:`v - u + t v` is 0
# at :math:`v = u / (1 + t)`. Guess: for which of the five u below is the best v exactly 0, with L1
# and with L2? We search among 4001 values of v, and compare L1 with the soft threshold.


def soft_threshold(u, t):
    return np.sign(u) * np.maximum(np.abs(u) - t, 0)


v = np.arange(-2000, 2001) / 1000  # -2, -1.999, ..., 2
print("Finding 1: the v with the smallest (v - u)^2 / 2 + penalty, t = 0.5")
print("   u   L1, by search   soft threshold   L2, by search")
for u in (-1.5, -0.3, 0.0, 0.3, 0.6):
    best = v[np.argmin((v - u) ** 2 / 2 + 0.5 * np.abs(v))]
    best_L2 = v[np.argmin((v - u) ** 2 / 2 + 0.5 * v**2 / 2)]
    # + 0 prints -0.0 as 0.0
    print(f"{u:4.1f} {best:15.3f} {soft_threshold(u, 0.5) + 0:16.3f} {best_L2:15.3f}")

# %%
# L1: the three u from -0.5 to 0.5 give 0. L2: only u = 0 does. The pull of L2 is :math:`t v`, and
# it fades as v comes near 0. The pull of L1 keeps its size t up to the end.
#
# **How does a program get there?** Let L be the loss without the penalty, and g its derivative at
# the present weight w. Near w, L is about :math:`L(w) + g \, (v - w)`. This is good only near w, so
# distance must cost something: we add :math:`(v - w)^2 / (2 r)`, where r is the rate. The next
# weight is the v for which the sum of these and the penalty is smallest. Let :math:`u = w - r g`,
# the plain gradient step. Then
#
# .. math::
#
#    & L(w) + g \, (v - w) + \frac{(v - w)^2}{2 r} + \lambda |v| \\
#    &= \frac{1}{r} \left[ \frac{(v - w)^2}{2} + r g \, (v - w) + r \lambda |v| \right] + L(w) \\
#    &= \frac{1}{r} \left[ \frac{(v - u)^2}{2} + r \lambda |v| \right] + L(w) - \frac{r g^2}{2},
#
# because :math:`(v - u)^2 = (v - w + r g)^2 = (v - w)^2 + 2 r g \, (v - w) + r^2 g^2`. The bracket
# is f again, with :math:`t = r \lambda`. So: first the gradient step of L alone, to u, then the
# soft threshold of u by :math:`r \lambda`. With many weights, distance and penalty are sums over
# the weights: each weight has a bracket and a threshold of its own. This is *ISTA* (iterative
# shrinkage-thresholding algorithm).
#
# The other way is a plain gradient step of the whole, loss and penalty, with `np.sign(v)` as the
# derivative of :math:`|v|`. We try both for the loss :math:`(v - 0.1)^2 / 2` and lambda = 0.5, from
# v = 1. Guess: the best v is 0. Do the plain steps get there, at least with a smaller rate?

print("\nFinding 1: loss (v - 0.1)^2 / 2, lambda = 0.5, the last three values of 1000")
for rate in (0.2, 0.02):
    plain = [1.0]
    ista = [1.0]
    for _ in range(1000):
        plain.append(plain[-1] - rate * (plain[-1] - 0.1 + 0.5 * np.sign(plain[-1])))
        ista.append(soft_threshold(ista[-1] - rate * (ista[-1] - 0.1), rate * 0.5))
    print(f"rate {rate}: plain", *np.round(plain[-3:], 4), "  ISTA", *ista[-3:])

# %%
# The plain steps jump across 0 again and again. A rate that is ten times smaller makes smaller
# jumps, but no 0. ISTA lands on 0 and stays.
#
# Finding 2: on the digits, L1 makes three weights in four exactly 0
# ------------------------------------------------------------------
# Softmax regression reads 1347 digits of 8 x 8 pixels; 450 are held out. It has 640 weights, and
# all begin at 0. We take lambda = 1/1347 (scikit-learn's C = 1) and the rate 4, and each step is
# made with all digits. (4 is bold: the loss rises now and then, above all at first.) The biases
# have no penalty, so they have no threshold. Four pixels are white in all 1347 digits: their inputs
# are 0. Guess: what share of the weights is exactly 0 in the end, with L1 by ISTA, with L1 by plain
# steps, and with L2?

parts = [[tensor.numpy() for tensor in part.tensors] for part in load_digits()]
# (1347, 64), (1347,); held out: (450, 64), (450,)
(X, labels), (new_X, new_labels) = parts
Y = np.eye(10, dtype=np.float32)[labels]  # (1347, 10), one-hot
lam = 1 / len(X)


def slopes(W, b):
    """The gradients of the mean cross-entropy, without the penalty."""
    z = X @ W + b  # (1347, 10)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    dz = (e / e.sum(axis=1, keepdims=True) - Y) / len(X)  # p - y, over 1347
    return X.T @ dz, dz.sum(axis=0)  # (64, 10), (10,)


def train(rule):
    """Softmax regression, from W = 0 and b = 0; `rule` makes the new W of W and dW."""
    W, b = [np.zeros(shape, dtype=np.float32) for shape in ((64, 10), 10)]
    for _ in range(run.epochs):
        dW, db = slopes(W, b)
        W = rule(W, dW)
        b = b - run.lr * db
    return W, b


def report(name, W, b):
    right = (np.argmax(new_X @ W + b, axis=1) == new_labels).mean()
    print(f"{name:<24} {(W == 0).mean():8.1%} {(W == 0).all(1).sum():13} {right:18.4f}")
    return right


# %%
# With this rule the four lines of the loop are ISTA. The other rules are plain gradient steps.

W, b = train(lambda W, dW: soft_threshold(W - run.lr * dW, run.lr * lam))
W2, b2 = train(lambda W, dW: W - run.lr * (dW + lam * W))
print(f"\nFinding 2: {run.epochs} steps  weights at 0  unused pixels  held out, right")
accuracy = report("L1, ISTA", W, b)
report("L1, plain", *train(lambda W, dW: W - run.lr * (dW + lam * np.sign(W))))
report("L2, plain", W2, b2)

# %%
# A model with many weights that are exactly 0 is called *sparse*. L1 makes three weights in four 0,
# and 20 of the 64 pixels are not used at all: the four white ones and 16 more. L2 has 6.2 %, the 40
# weights of the white pixels: their dW is always 0, so they stay where they began. (From another
# start they only come near 0.) Plain steps for L1 have only these, too. scikit-learn 1.9 (C = 1,
# computed beforehand) has with L1 75.3 %, right 0.9733, and with L2 6.2 %, right 0.9689. ISTA has
# 75.3 % after 12000 steps (beforehand, too).
#
# **What L1 does not buy.** 0.9733 against 0.9689 is two images of 450: nothing. L1 is no better
# reader here; it reads as well with a quarter of the weights. And L1 is not the only way. Train
# with L2, and set as many of the smallest weights to 0: 0.8733 of the digits are right. Train the
# other weights again: 0.9667 (both computed beforehand). L1 does it in one training.
#
# **Which weights are 0?** The same two cases give the rule. At the minimum, a weight above 0 has
# :math:`\partial L / \partial w = -\lambda`, a weight below 0 has :math:`+\lambda`. A weight at 0
# has :math:`|\partial L / \partial w| \le \lambda`: to move it costs at least as much as it brings.
# So lambda is a price: the last bit of a weight must bring in lambda for each unit. For L2,
# :math:`\partial L / \partial w = -\lambda w`: a weight is 0 only if its derivative is exactly 0.

size = np.abs(slopes(W, b)[0]) / lam
print(f"\nFinding 2: |dL/dw| / lambda: where w is 0, up to {size[W == 0].max():.2f};")
print(f"where w is not 0, from {size[W != 0].min():.2f} to {size[W != 0].max():.2f}")

# %%
# Where w is not 0, the rule says exactly 1. ISTA is still on its way (after 12000 steps: 0.997 to
# 1.005, computed beforehand).
#
# Finding 3: dropout sets numbers to 0 at random, and adds nothing to the loss
# ----------------------------------------------------------------------------
# Now a network with one hidden layer, and a ReLU behind it. A *unit* is one number of this layer.
# *Dropout* (Srivastava and others, 2014): in each training step, and for each sample, each unit is
# set to 0 with probability q. The idea is that a unit then cannot count on any one other unit. (We
# test whether dropout helps, and not whether this is why.)
#
# Let h be the units' numbers. A *mask* m of the same shape holds 1 (kept) with probability 1 - q,
# and 0 (dropped) with probability q. It is drawn anew in each step. The next layer gets :math:`h m
# / (1 - q)`. Why the division? Take the mean over the masks, its *expectation* E:
#
# .. math::
#
#    E \left[ \frac{h \, m}{1 - q} \right]
#    = (1 - q) \cdot \frac{h \cdot 1}{1 - q} + q \cdot \frac{h \cdot 0}{1 - q} = h.
#
# So on average the next layer gets the h that it will get in the test, where nothing is dropped and
# nothing is divided. Without the division the test would bring it numbers :math:`1 / (1 - q)` times
# as large as in training, on average. (The paper does not divide in training, but multiplies by
# :math:`1 - q` in the test.) For the backward pass, :math:`m / (1 - q)` is a plain factor:
# the gradient for h is the gradient for the output times the *same* factor.

h = np.tile([1.0, 2.0, 3.0, 4.0], (100_000, 1))  # (100000, 4), each row 1 2 3 4
mask = np.random.default_rng(run.seed).random(h.shape) >= 0.25  # q = 0.25; True is 1
after = h * mask / (1 - 0.25)
print("\nFinding 3: dropout of h = 1 2 3 4, with q = 0.25")
print("NumPy, two samples:    ", *after[:2].round(2))
print("NumPy, mean of 100000: ", after.mean(axis=0).round(2))
print("nn.Dropout, 2 samples: ", *nn.Dropout(0.25)(tensor(h[:2])).numpy().round(2))
print("nn.Dropout, test:      ", *nn.Dropout(0.25).eval()(tensor(h[:1])).numpy())

# %%
# `eval()` switches dropout off, for the test, and `train()` switches it on again. Does dropout
# help? We take a problem like lesson 13's: 100 digits, 15 of them with a wrong label, and 128
# units. Beside it: the same with right labels, and with only 8 units. On its way we look at each
# network 30 times, with dropout off. Guess: does dropout keep the wrong labels from being learnt?
# Where does it help?

every = max(1, run.epochs // 450)  # steps between two looks


def look(draw, units, wrong, q):
    """30 looks (30, 3): test loss, share right in the test, wrong labels learnt."""
    choice = np.random.default_rng(5 * run.seed + draw)  # the same for each q
    rows = choice.permutation(len(X))[:100]
    taught = labels[rows]
    taught[:wrong] = (taught[:wrong] + choice.integers(1, 10, wrong)) % 10
    manual_seed(5 * run.seed + draw)
    layers = [nn.Linear(64, units), nn.ReLU(), nn.Dropout(q), nn.Linear(units, 10)]
    model = nn.Sequential(*layers)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    looks = []
    for step in range(1, 30 * every + 1):
        model.train()
        optimizer.zero_grad()
        # the loss has no penalty
        nn.functional.cross_entropy(model(tensor(X[rows])), tensor(taught)).backward()
        optimizer.step()
        if step % every == 0:
            model.eval()
            learnt = (model(tensor(X[rows])).argmax(1).numpy() == taught)[:wrong].sum()
            z = model(tensor(new_X))
            loss = nn.functional.cross_entropy(z, tensor(new_labels)).item()
            looks.append([loss, (z.argmax(1).numpy() == new_labels).mean(), learnt])
    return looks


# %%
# The two networks of a row have the same digits and start. So we compare draw by draw: "lower"
# counts the draws in which dropout has the lower test loss. "Learnt" is the number of wrong labels
# that the network gives for its training digits, without and with dropout. The spread is a standard
# deviation.

found = {}
print("\nFinding 3: in the test: mean loss and share right of five draws (spread)")
print("units wrong step  draws   learnt      loss, right                   loss, right")
print("                  lower   w/o, with   without dropout               dropout")
for units, wrong in ((128, 15), (128, 0), (8, 15)):
    for q in (0.0, 0.5):
        found[units, wrong, q] = np.array([look(i, units, wrong, q) for i in range(5)])
    for k in (1, 3, 9, 29):
        plain, noisy = [found[units, wrong, q][:, k].T for q in (0.0, 0.5)]  # (3, 5)
        pieces = (*plain[:2], *noisy[:2])
        cells = "  ".join(f"{part.mean():.3f} ({part.std():.3f})" for part in pieces)
        learnt = f"{plain[2].mean():4.1f}, {noisy[2].mean():4.1f}"
        head = f"{units:5} {wrong:5} {every * (k + 1):4}"
        print(f"{head}  {np.sum(noisy[0] < plain[0])} of 5  {learnt}  {cells}")

# %%
# **It delays the learning of the wrong labels.** After 40 steps the first network has learnt 14.4
# of the 15 without dropout, and 6.8 with it. After 300 steps both have all 15: with 128 units
# dropout keeps none out. With 8 units and dropout only 7.8 are learnt by then (without: 15).
#
# **Where does it help?** In the first problem the test loss is lower in 5 of 5 draws from 40 steps
# on. After 300 steps it is 0.995 in the mean, not 1.584, and 0.796 are right, not 0.742. The loss
# in the loop is plain cross-entropy: nothing is added to it. So not every regularization is a
# penalty. With right labels the loss is a little lower after 40, 100 and 300 steps, in 4 or 5 of 5
# draws, and the share right changes by at most 0.003 (0.01 with --seed 1 and 2). With 8 units the
# loss is higher in 5 of 5 draws after 20, 40 and 100 steps, and lower in 5 of 5 after 300 (but then
# 0.687 are right, not 0.706).
#
# **A stop at the right step does as well** in the first problem. There the least mean loss of the
# 30 looks is 0.597 without dropout, after 20 steps, and 0.596 with it, after 40 (both chosen on the
# test digits; with the seeds 1 to 4 the two differ by at most 0.05, computed beforehand). With
# right labels the stop does not do quite as well: 0.400 without and 0.366 with dropout (with the
# seeds 1 to 4 lower, too). So the gap after 300 steps is over-fitting, which comes later and more
# slowly with dropout. That is of use: it matters less when we stop. With 8 units dropout, at this
# q, harms: its least loss is 1.084, not 0.741.

# %%
# **What is true in sentence 1.** Sometimes noise *is* a penalty, on average. Take a linear model,
# :math:`z = \sum_j w_j h_j m_j / (1 - q)`, and squared error. The mean of a square is the square
# of the mean plus the variance. The variance of :math:`m_j / (1 - q)` is :math:`(1 - q) / (1 - q)^2
# - 1^2 = q / (1 - q)`; and variances of independent numbers add up. So
#
# .. math::
#
#    E (z - y)^2 = \Bigl( \sum_j w_j h_j - y \Bigr)^2 + \frac{q}{1 - q} \sum_j w_j^2 h_j^2.
#
# The last term is an L2 penalty, with a factor :math:`h_j^2` for each j. So "a penalty" can be not
# far from what noise does. For our network with cross-entropy the equation does not hold.
#
# The picture
# -----------
# Left and middle: for each digit, the 8 x 8 weights of the pixels. Dark: a weight that is not 0.
# Right: the test loss of the first problem, a line for each draw.

first, second, third = run.figure(13, 4.4).subplots(1, 3)
for ax, dark in ((first, W != 0), (second, W2 != 0)):
    plot.image_grid(0.1 + 0.9 * dark.T.reshape(10, 8, 8), titles=range(10), ax=ax)
    ax.images[-1].colorbar.remove()  # two values need none
first.set_title(f"L1 makes {(W == 0).mean():.0%} of the weights 0")
second.set_title("L2: 0 only at always-white pixels")
for q, style in ((0.0, "C1--"), (0.5, "C0-")):
    third.plot(every * np.arange(1, 31), found[128, 15, q][:, :, 0].T, style)
third.set(xlabel="step", ylabel="test loss (nats)", ylim=(0, None))
third.legend(third.lines[::5], ["without", "with dropout"], loc="lower right")
third.set_title("Without dropout the loss rises sooner")
numbers = {"L1": W, "L2": W2} | {str(key): found[key].reshape(5, 90) for key in found}
run.finish(first.figure, numbers, test_accuracy=accuracy, zeros=(W == 0).mean())

# %%
# What this does not show
# -----------------------
# Lambda and q are choices; lesson 13 chooses lambda by cross-validation; q can be chosen so, too.
#
# **In one sentence**: a weight can become exactly 0 where the derivative of the penalty jumps at 0
# and the step can land there: with L1 and the soft threshold it does if the loss pulls by no more
# than lambda; dropout sets numbers inside the network to 0 at random, in training only, and
# regularizes without a penalty in the loss.
#
# Your turn
# ---------
# Write the threshold for L1 and L2 together, an ISTA step for logistic regression, and dropout with
# its backward pass: exercise 14 of the classroom. Then type::
#
#    python -m minigrad.classroom check 14
#
# Before that: from which lambda on do *all* weights of the digits stay 0? (Look at W = 0,
# with the best b for it. The answer lies between 0.06 and 0.07.)
