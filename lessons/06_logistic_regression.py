r"""
Why the logarithm?
==================

A model says of a tumour: "benign, with probability 0.9". Later we learn the truth, a plain
yes or no. How good was the 0.9? The usual answer is minus the logarithm of the probability
that the model gave to the true answer. Why the logarithm, and what does it do to the gradient?

*You need* lesson 02 (cross-entropy, Gibbs' inequality), 04 (gradient descent), 05 (softmax, p - y).
*New words*: label, held-out data, odds, sigmoid, logistic regression, likelihood, maximum
likelihood, log loss, Bernoulli distribution, hard label, penalty, weight decay.
*Runs* about 2 seconds. Nothing is random, so `--seed` and `--quick` change nothing.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_breast_cancer

run = lesson.start("06_logistic_regression", lr=2.0)
np.seterr(all="ignore")  # overflow is shown on purpose

# %%
# The claims
# ----------
# This course reads five articles (`ERRATA.md` lists their errors). Here :math:`y_i` is the true
# answer for sample i, 1 for yes and 0 for no (later: "is it benign?"), and :math:`p_i` is the
# predicted probability of yes.
#
# 1. Softmax (2.3.1): the loss is :math:`-\frac{1}{n} [y \log p + (1 - y) \log (1 - p)]`.
# 2. Theory (3.1): it is :math:`-\sum_i y_i \log p_i`. The program of Series (4.1) has this line,
#    too.
# 3. Versus (2.1.2): it is :math:`-\sum_i y_i \log p_i + (1 - y_i) \log (1 - p_i)`.
# 4. Softmax (3.1) regards p and y as *"samples of two probability distributions"*.
# 5. Softmax (3.1): *"for values near 0 and 1 the gradient gets very small"*, so training is slow.
# 6. Theory (3.1): *"obviously, when p equals y, the loss reaches its minimum, 0"*.
#
# What is true: the articles mean the cross-entropy, and that is the right loss. Versus (4.3)
# computes an example with both minus signs: its formula has a slip of the pen, and no wrong idea.
# Guess: which of the three formulas can a program make small without learning anything?
#
# One tumour, one number
# ----------------------
# Our data are 569 breast tumours: 426 to learn from, and 143 *held-out data*, which the training
# never uses. Each has 30 measurements, and a *label* y, the number of its class: 1 is benign, 0 is
# malignant. Each measurement is standardized (lesson 04), with the mean and the standard deviation
# of the 426. First we take one measurement, the perimeter of the largest cell nuclei.

parts = [[tensor.numpy() for tensor in part.tensors] for part in load_breast_cancer()]
(features, y), (new_features, new_y) = parts  # to learn from, and held out
mean = features.mean(axis=0, dtype=float)  # (30,)
deviation = features.std(axis=0, dtype=float)
X = (features - mean) / deviation  # (426, 30)
new_X = (new_features - mean) / deviation  # (143, 30)
x = X[:, 22]  # (426,), column 22 is the perimeter
print(f"The data: {len(y)} tumours, {y.sum()} benign; {len(new_y)} held out")
print("the first four: perimeter (standardized)", *x[:4].round(2), " label", *y[:4])

# %%
# A linear model computes :math:`z = w x + b`. A probability lies between 0 and 1, but z can be any
# number. The *odds* of a yes, :math:`p / (1 - p)`, lie between 0 and infinity, and their logarithm
# can be any number. So let z be the logarithm of the odds, and solve for p:
#
# .. math::
#
#    \ln \frac{p}{1 - p} &= z \\
#    p &= (1 - p) \, e^z \\
#    p \, (1 + e^z) &= e^z \qquad \text{(we have added } p \, e^z \text{)} \\
#    p &= \frac{e^z}{1 + e^z} = \frac{1}{1 + e^{-z}} = \sigma(z).
#
# The function :math:`\sigma` is the *sigmoid*. The number z is again a logit: softmax of the two
# logits 0 and z (lesson 05) gives :math:`e^z / (e^0 + e^z)` to the yes, the same p. This model,
# with the loss that follows, is *logistic regression*.
#
# Finding 1: the logarithm turns a product into a sum, with a price for each answer
# ---------------------------------------------------------------------------------
# If the model is right, how probable is what really happened? A no has probability 1 - p, a yes has
# p. One formula says both, because a power with exponent 0 is 1: :math:`p^y (1 - p)^{1 - y}`. If
# the answers are independent (given the measurements, one tumour's answer says nothing about
# another's), the probabilities are multiplied. The product, as a function of w and b, is the
# *likelihood*. To choose the w and b with the largest likelihood is called *maximum likelihood*.
# The logarithm of a product is a sum. The logarithm rises, so the best w and b stay the best.
# Change the sign, divide by n, and this is the *log loss*, in nats:
#
# .. math::
#
#    L = -\frac{1}{n} \ln \prod_i p_i^{y_i} (1 - p_i)^{1 - y_i}
#    = -\frac{1}{n} \sum_i \left[ y_i \ln p_i + (1 - y_i) \ln (1 - p_i) \right].
#
# We let b = 0 and try five w. The product is computed in float32, as the numbers in a network
# usually are. Guess: what does it say about w = 0, where each p is 1/2?


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def prices(p, y):
    """What true answers cost, in nats; p, y and the result: shape (n,), or numbers."""
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


print("\nFinding 1: 426 answers\n   w     product, float32    log loss (nats)")
for w in (0.0, -1.0, -2.0, -6.0, -12.0):
    p = sigmoid(w * x)
    likelihood = np.prod(np.where(y == 1, p, 1 - p), dtype=np.float32)
    print(f"{w:5.0f}         {likelihood:8.1e}       {prices(p, y).mean():6.3f}")

# %%
# The best of the five is w = -6: a large perimeter speaks against "benign". For three of the w,
# float32 makes the product 0: at w = 0 it is 2 to the power of -426, about 6e-129, and float32 ends
# at 1.4e-45. The log loss puts all five in order; for w = 0 it is ln 2 = 0.693. And the derivative
# of a sum is simple: the sum of the derivatives, one for each tumour.
#
# **What the logarithm means.** An answer that is yes with probability p has the *Bernoulli
# distribution* with parameter p: the shares of no and yes are (1 - p, p). For one tumour, take the
# truth P = (1 - y, y) and the belief Q = (1 - p, p). Lesson 02's cross-entropy is :math:`H(P, Q) =
# -(1 - y) \ln (1 - p) - y \ln p`, the term of the log loss: the price of the true answer. Sentence
# 4 also sees two distributions, but here p and y are their *parameters*, not samples.
#
# **What if a part is missing?** Four answers (yes, no, yes, yes) are predicted by a careful model,
# and by a model that says "yes" with p = 0.99 to everything. We take means for (2) and (3), too: a
# sum has its minimum at the same place. Which model does each formula prefer?

four = np.array([1, 0, 1, 1])
careful = np.array([0.9, 0.2, 0.6, 0.7])
rules = {
    "log loss": prices,
    "(2) a no is free": lambda p, y: -y * np.log(p),
    "(3) no brackets": lambda p, y: -y * np.log(p) + (1 - y) * np.log(1 - p),
}
print("\nPrice in nats, mean of four: careful   always yes | one no at p = 0.99")
for name, rule in rules.items():
    costs = [rule(careful, four).mean(), rule(0.99, four).mean(), rule(0.99, 0) + 0]
    print("{:<22} {:13.4f} {:12.4f} | {:12.4f}".format(name, *costs))  # -0 + 0 is 0
print("formula (1), careful, four numbers:", *(prices(careful, four) / 4).round(4))

# %%
# Only the log loss prefers the careful model. **(1)** has a 1/n, but no sum over the samples. For n
# = 1 it is right. Here it gives four numbers, the first is 0.0263. Their sum, 0.2990, is right.
#
# **(2)** The term :math:`(1 - y) \ln (1 - p)` is missing: a no costs nothing. (If y and p are the
# shares of *all* classes of one sample, this sum is right: too much for one class takes from
# another. The program of Series is right for that, but it asks for "True labels, 1-D array".)
#
# **(3)** Most readers add the brackets in their minds. Typed as printed, the minus binds the first
# term only: a sure "yes" *earns* 4.6052 nats if the truth is no. (In the article's example y is 1:
# the second term is 0 with either sign.) So p near 1 for all makes (2) and (3) small.
#
# **Sentence 6** is true if y is 0 or 1, a *hard label*, as in the article: p = y costs :math:`-\ln
# 1 = 0` (a sigmoid only comes near it). (By its own formula (2), a no costs 0 at *every* p.) Now
# take ten tumours with equal measurements, seven of them benign. All get the same p. Their mean
# price is :math:`-0.7 \ln p - 0.3 \ln (1 - p)`, the price of a label y = 0.7. Which p is the
# cheapest?

print("\nSeven yes in ten, y = 0.7, price in nats\n    p     log loss    (2)")
for p in (0.5, 0.7, 0.9, 0.99):
    print(f"  {p:4.2f}     {prices(p, 0.7):6.4f}    {-0.7 * np.log(p):6.4f}")

# %%
# By Gibbs' inequality the cheapest belief is the truth, p = 0.7. It costs the entropy of (0.3,
# 0.7), 0.6109 nats, and not 0. With formula (2), p = 1 is the cheapest. So: the logarithm, because
# it makes a sum; both terms, because a no must cost something.
#
# Finding 2: the slope 1/p of the logarithm undoes the flat sigmoid
# -----------------------------------------------------------------
# Let :math:`\ell` be the price of one sample. We need the slope of the sigmoid and the slope of the
# price for p; the chain rule multiplies the two. Note that :math:`1 - p = e^{-z} / (1 + e^{-z})`,
# and that the derivative of :math:`\ln (1 - p)` is :math:`-1 / (1 - p)`:
#
# .. math::
#
#    \sigma'(z) &= \frac{e^{-z}}{(1 + e^{-z})^2} \\
#    &= \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}} = p \, (1 - p) \\
#    \frac{d \ell}{d p} &= -\frac{y}{p} + \frac{1 - y}{1 - p} \\
#    &= \frac{-y \, (1 - p) + (1 - y) \, p}{p \, (1 - p)} = \frac{p - y}{p \, (1 - p)} \\
#    \frac{d \ell}{d z} &= \frac{d \ell}{d p} \cdot \sigma'(z) = p - y.
#
# So sentence 5 must say: the gradient *with respect to what*? Take y = 1. At z = -10 the model is
# very sure, and wrong. For comparison, we leave the logarithm out: the loss 1 - p falls, too, when
# p rises. Its slope for z is :math:`-p \, (1 - p)`. Guess: where is each of the three slopes small?

print("\nFinding 2: one sample, y = 1   loss -ln p           loss 1 - p")
print("    z         p     slope for p    slope for z    slope for z")
for z in (-10.0, -5.0, 0.0, 5.0, 10.0):
    p = sigmoid(z)
    print(f"{z:5.0f}  {p:10.6f}  {-1 / p:12.3f}  {p - 1:13.6f}  {-p * (1 - p):13.6f}")
for loss, power, rate in (("-ln p", 0, 1), ("1 - p", 1, 1), ("1 - p", 1, 1000)):
    z = -10.0
    steps = 0
    while sigmoid(z) <= 0.9:
        z += rate * sigmoid(-z) * sigmoid(z) ** power  # sigmoid(-z): 1 - p
        steps += 1
    print(f"steps from z = -10 to p > 0.9, rate {rate}, loss {loss}: {steps}")

# %%
# For p, the slope of -ln p is never small: its size is above 1 for every p below 1. For z, its
# slope is small only where the prediction is right. The slope of 1 - p for z is small at *both*
# ends. This is the true kernel of sentence 5: the *sigmoid* is flat near 0 and 1. The model that is
# sure and wrong needs 21 steps, without the logarithm 22064. The rate 1000 frees this one sample in
# 25 steps. But all samples share w and b, and so the rate: at z = 0 the slope is -0.25, and this
# rate takes z to 250. A tumour with y = 0 that the same step takes there stays there: the slope of
# its loss p for z is about :math:`e^{-250}`.
#
# Finding 3: compute the loss from the logit, and not from p
# ----------------------------------------------------------
# In float32, p is rounded to exactly 1 from about z = 17 on, and ln(1 - p) is minus infinity. But a
# no at z = 20 costs only about 20 nats. So leave p out: :math:`-\ln p = \ln (1 + e^{-z})`, and
# :math:`-\ln (1 - p) = \ln (1 + e^z)`. With :math:`1 + e^{-z} = e^{-z} (e^z + 1)`,
#
# .. math::
#
#    \ell &= y \ln (1 + e^{-z}) + (1 - y) \ln (1 + e^z) \\
#    &= y \left[ \ln (1 + e^z) - z \right] + (1 - y) \ln (1 + e^z) \\
#    &= \ln (1 + e^z) - y z.
#
# But :math:`e^z` is too large for float32 from z = 89 on, and for float64 from z = 710 on. For
# :math:`z > 0` take the large factor out: :math:`1 + e^z = e^z (e^{-z} + 1)`, so
# :math:`\ln (1 + e^z) = z + \ln (1 + e^{-z})`. For all other z keep :math:`\ln (1 + e^z)`. There
# :math:`z = -|z|`, and :math:`\max(z, 0)` is 0. Both cases in one:
#
# .. math:: \ell = \max(z, 0) - y z + \ln (1 + e^{-|z|}).
#
# No exponent is above 0 now, so nothing overflows. NumPy's `log1p(u)` is :math:`\ln (1 + u)`, and
# keeps all its digits for a small u, where 1 + u is rounded to 1.


def log_loss_from_logit(z, y):
    return np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))


print("\nFinding 3: the price of one answer in nats, in float32")
print("    z   y      from p   ln(1+e^z)-yz   max(z,0)-yz+log1p(e^-|z|)")
for z, answer in zip(np.float32([5, -20, 20, 100, 20]), [0, 0, 0, 0, 1], strict=True):
    by_p = prices(sigmoid(z), answer) + 0
    by_exp = np.log(1 + np.exp(z)) - answer * z
    stable = log_loss_from_logit(z, answer)
    print(f"{z:5.0f}   {answer}  {by_p:10.4g} {by_exp:14.4g} {stable:14.4g}")

# %%
# For z = 5 all three agree. At -20 the price is tiny, and only `log1p` keeps it. A no at 20 has an
# infinite price from p. A yes at 20 gives "nan" (not a number): p is 1, so the other term is 0
# times minus infinity. For this yes, the second way subtracts two equal numbers and loses the
# price; at 100 it overflows. The third way is right in each line.
#
# All 30 measurements
# -------------------
# Now :math:`z_i = \sum_j x_{ij} w_j + b`. By the chain rule, :math:`\partial L / \partial w_j` is
# the mean of :math:`(p_i - y_i) \, x_{ij}`, and :math:`\partial L / \partial b` is the mean of
# :math:`p_i - y_i`.
#
# With 30 numbers, the 426 tumours can be separated without an error. So L has no minimum (lesson
# 04): twice such w and b make each price smaller. A *penalty* :math:`\frac{\lambda}{2} \sum_j
# w_j^2`, added to the loss, keeps the weights small (lesson 13). Its derivative is :math:`\lambda
# w_j`, so each step also multiplies w by a factor below 1: *weight decay*. We take :math:`\lambda =
# 1/n` (scikit-learn's C = 1), and no penalty for b. Now L grows without limit in every direction:
# the penalty sees to w, the two kinds of answer to b (a large b costs each no, a very negative b
# each yes). So there is a minimum. And each price is convex in z (its second derivative is :math:`p
# \, (1 - p)`), while the penalty bends L upwards along w: halfway between two lowest places L would
# be lower still, so there is only one.
#
# The rate 2 is above lesson 04's limit, 0.60 at the start (computed beforehand). But each price's
# curvature has the factor :math:`p \, (1 - p)`, which shrinks as predictions get sure: after one
# step, the limit is 9. Formula (2) has the slope :math:`y \, (p - 1)` for z. What will it say?


def trained_logits(slope, steps=2000):
    w = np.zeros(30)
    b = 0.0
    for _ in range(steps):
        dz = slope(sigmoid(X @ w + b))  # (426,)
        w = w - run.lr * (X.T @ dz + w) / len(y)  # the last w is the penalty's
        b = b - run.lr * dz.mean()
    return new_X @ w + b  # z of the held-out tumours


def judge(name, z):
    right = (z > 0) == (new_y == 1)  # z > 0 is p > 1/2
    loss = log_loss_from_logit(z, new_y)
    print(f"{name:<33}  {loss:6.4f}      {right.mean():.4f} {np.sum(z > 0):8} of 143")
    return loss, right


print("\nThe held-out tumours              log loss  share right  called benign")
for steps in (200, 2000):
    half_z = trained_logits(lambda p: y * (p - 1), steps)
    _, half_right = judge(f"(2) a no is free, {steps} steps", half_z)
judge("NumPy, log loss", trained_logits(lambda p: p - y))

# %%
# Formula (2) has no minimum. Its slope for b, the mean of :math:`y \, (p - 1)`, is negative as long
# as one benign tumour has p below 1, so b rises for ever. After 200 steps it calls 109 of the 143
# benign, after 2000 steps all; 90 are. Its log loss is 2.0197 only because we stopped there.
#
# In minigrad the model is a linear layer, and `BCEWithLogitsLoss` (binary cross-entropy) is the
# mean that Finding 3 derives. The layer's output has the shape (n, 1); `squeeze(1)` makes it (n,).

inputs = mg.tensor(X, dtype=mg.float32)
labels = mg.tensor(y, dtype=mg.float32)
model = nn.Linear(30, 1)
for parameter in model.parameters():
    nn.init.zeros_(parameter)
decayed = {"params": [model.weight], "weight_decay": 1 / len(y)}
optimizer = optim.SGD([decayed, {"params": [model.bias]}], lr=run.lr)
for _ in range(2000):
    optimizer.zero_grad()
    nn.BCEWithLogitsLoss()(model(inputs).squeeze(1), labels).backward()
    optimizer.step()

new_z = model(mg.tensor(new_X, dtype=mg.float32)).squeeze(1).detach().numpy()
new_loss, right = judge("minigrad, log loss", new_z)
print("scikit-learn 1.9, C = 1            0.0859      0.9580  (computed beforehand)")

# %%
# All three programs with the log loss agree, as they must once they have arrived: they minimize the
# same L. They misjudge 6 of the 143, three each way: three of the 90 called benign are malignant.
#
# The picture
# -----------
# On the right is each held-out tumour, for both losses. Within a row, heights mean nothing.
grid = np.linspace(-10, 10, 201)
p = sigmoid(grid)
pull, dots = run.figure(12, 4.6).subplots(1, 2)
pull.semilogy(grid, 1 / p, ":", grid, 1 - p, "-", grid, p * (1 - p), "--")
pull.text(-6, 2e3, "loss -ln p, slope for p: 1/p")
pull.text(-9.8, 0.2, "loss -ln p,\nslope for z: 1 - p", va="top")
pull.text(-3.9, 1.5e-3, "loss 1 - p,\nslope for z: p (1 - p)")
pull.set(xlabel="logit z (y = 1)", ylabel="size of the slope")
pull.set_title("The logarithm keeps wrong predictions steep")
for z, good, bottom in ((half_z, half_right, 0), (new_z, right, 2)):
    height = bottom + new_y + 0.6 * (np.arange(len(new_y)) * 0.618 % 1 - 0.5)
    dots.plot(z[good], height[good], "C0o", z[~good], height[~good], "kx", alpha=0.5)
dots.axvline(0, color=plot.GREY, linestyle="--")
rows = "(2): malignant,(2): benign,log loss: malignant,log loss: benign".split(",")
dots.set(xlabel="logit z of a held-out tumour", yticks=range(4), yticklabels=rows)
dots.set_title(f"Formula (2) calls {np.sum(half_z > 0)} of 143 benign (x: misjudged)")
numbers = {"p": p, "new_z": new_z}
run.finish(pull.figure, numbers, test_loss=new_loss, test_accuracy=right.mean())

# %%
# What this does not show
# -----------------------
# **In one sentence**: the logarithm makes a sum of the likelihood's product, with a price for each
# of the two answers, and its slope undoes the flat sigmoid, so that p - y is left.
#
# The product needs independent answers. Lesson 09 compares the logarithm with squared error. To
# call a malignant tumour benign is the worse mistake; the threshold z = 0 ignores this (lesson 15).
# One tumour is 0.7 percent of the 143: small differences mean nothing.
#
# Your turn
# ---------
# Tumours with equal measurements can be counted as a group: k benign of m, as in "seven yes in
# ten". Write the log loss of such groups from p, then from z, and then a training step: exercise 06
# of the classroom, `python -m minigrad.classroom check 06`.
#
# Before the exercise: at which z does a no cost twice as much as at z = 0? Then run with `--lr 0.2`
# (2000 steps are then a little too few for the log loss, too): formula (2) looks better. Is it
# cured, or only slower? (Write 20000 for 2000 in its loop.)
