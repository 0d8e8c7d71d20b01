r"""
What does 1e-10 cost?
=====================

Many programs add a tiny constant inside the logarithm of their loss, so that ln 0 cannot occur. The
constant costs nothing while the model is nearly right. It takes away the gradient exactly where the
model is sure and wrong. This lesson derives that price, and the formula that needs no constant.

*You need* lesson 02 (cross-entropy), 05 (p - y) and 07 (softmax classifier).
*New words*: overflow, underflow, gap, cap, log-sum-exp, log-softmax, double softmax, soft target.
*Runs* about 6 seconds.
"""

# %%
import numpy as np

from minigrad import lesson, nn, plot, tensor
from minigrad.datasets import load_digits

run = lesson.start("08_stable_cross_entropy", epochs=300, lr=2.0)
np.seterr(all="ignore")  # infinity and "nan" (not a number) are shown on purpose
if run.quick:
    print("quick: too short to show what the text says")

# %%
# The claims
# ----------
# Of the five articles that this course checks, two print a program for the loss alone. The label is
# a one-hot row y (1 for the true class, 0 for the others), and p holds the probabilities of the C
# classes. Here are both in our own words, with nine numbered defects. Guess them first.


def snippet(y, p):  # the article Snippet
    if not np.isclose(np.sum(p), 1):  # (2)
        raise ValueError("p is no distribution")
    return -np.mean(y * np.log(p + 1e-10))  # (3) (4) (5)


def series(y, p):  # the article Series, section 4.1
    y = np.array(y).reshape(-1)  # (6)
    p = np.array(p).reshape(-1)  # (6) (9)
    return -np.sum(y * np.log(p))  # (7) (8)


# %%
# 1. Snippet prints four quotes as ``\"``: its program is a SyntaxError (plain quotes repair it).
# 2. One sum over the whole array is to show that p is a distribution.
# 3. The constant is inside the logarithm. This is the question of the title.
# 4. The mean runs over the classes.
# 5. No test looks at y. The text calls y the index of a class; the formula needs a one-hot row.
# 6. Both arrays become one long row, whatever their shapes are.
# 7. With several rows, the loss is their sum, and not their mean.
# 8. Where y and p are both 0, the program takes 0 times the logarithm of 0.
# 9. Nothing tests p, and nothing calls the function: the program prints nothing.
#
# Snippet's formula, :math:`-\sum_c y_c \ln p_c`, is right. So is its example: y is one-hot, and p
# adds up to 1. Findings 1 and 2 are about the constant (3): it "helps against overflow and
# underflow", says Snippet. First we settle the other defects; in a hurry, go on at finding 1.
#
# What the programs print
# -----------------------
# No input here is extreme. Guess which of these wrong numbers you would notice if they stood in the
# output of a training.

sure = np.array([1.0, 0.0])
own = np.array([0.9, 0.05, 0.03, 0.02])  # Snippet's own example
p4 = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.3, 0.6, 0.1]])
y4 = np.eye(3)[[0, 1, 2, 1]]  # (4, 3): four samples, three classes
print("What snippet and series, the articles' two programs, print (losses in nats)")
print(f"(2) snippet accepts rows that add up to 1/4: {snippet(y4, p4 / 4):.3f}")
print(f"(3) p = y: {snippet(sure, sure):.0e} (8) series: {series(sure, sure)}, right 0")
print(f"(4) snippet, own p: {snippet(np.eye(4)[0], own):.4f}, right {-np.log(0.9):.4f}")
print(f"(5) snippet, y = 2: {snippet(2, p4[2]):.3f}, right {-np.log(p4[2, 2]):.3f}")
print(f"(6) series: {series(y4, p4):.3f}, labels transposed: {series(y4.T, p4):.3f}")
print(f"(7) series, with each row twice: {series([y4, y4], [p4, p4]):.3f}")
print(f"(9) series, p = (5, 5) and y = (1, 0): {series([1, 0], [5, 5]):.3f}")

# %%
# - **(2)** The whole array adds up to 1: accepted. A right batch of four rows adds up to 4, and is
#   refused. Each *row* must add up to 1, without an element below 0.
# - **(3) (8)** p + 1e-10 is above 1, so its logarithm is above 0 and the loss below 0. The other
#   program says "nan" (0 times minus infinity).
# - **(4)** The cross-entropy is a *sum* over the classes; the mean belongs to the samples. With C
#   classes the loss and its gradients are C times too small: here four times.
# - **(5)** The index 2 is multiplied with every logarithm. Index 0 costs nothing, whatever p is.
# - **(6)** Tables of shapes (4, 3) and (3, 4) both become 12 numbers, in another order.
# - **(7)** The right loss is the mean of the rows, 1.601 / 4 = 0.400, with each row twice, too.
# - **(9)** No cross-entropy of probabilities is below 0.
#
# Finding 1: the constant takes the gradient where the model is sure and wrong
# ----------------------------------------------------------------------------
# Write :math:`\epsilon` for the constant, t for the true class, and :math:`\ell_\epsilon = -\ln(p_t
# + \epsilon)` for the loss of one sample. As :math:`p_t \ge 0`, the loss cannot exceed :math:`-\ln
# \epsilon = 10 \ln 10 = 23.026`. This is its *cap*. How steep is the loss below the cap? Lesson 05
# found that :math:`-\ln p_t` has the derivative :math:`p_c - y_c` with respect to the logit
# :math:`z_c`. By the chain rule :math:`-\ln p_t` also has the derivative :math:`-\frac{1}{p_t}
# \frac{\partial p_t}{\partial z_c}`. Therefore
#
# .. math::
#
#    \frac{\partial p_t}{\partial z_c} &= -p_t \, (p_c - y_c), \\
#    \frac{\partial \ell_\epsilon}{\partial z_c}
#    &= -\frac{1}{p_t + \epsilon} \, \frac{\partial p_t}{\partial z_c}
#    = \frac{p_t}{p_t + \epsilon} \, (p_c - y_c).
#
# So the right gradient, p - y, is multiplied by a factor, :math:`p_t / (p_t + \epsilon)`. For the
# true class (c = t, y = 1) the gradient is :math:`-p_t (1 - p_t) / (p_t + \epsilon)`. The factor is
# nearly 1 if :math:`p_t` is much larger than :math:`10^{-10}`. It is 1/2 at :math:`p_t = 10^{-10}`,
# and nearly 0 if :math:`p_t` is much smaller.
#
# Take two classes, with the logits -g and 0, the first class true. The *gap* g says by how much the
# model is wrong: :math:`p_t = 1 / (1 + e^g)`. At a large gap the model is *sure and wrong*: it
# gives the true class almost no probability. Guess the gradient at gap 50.

EPS = 1e-10
print("\nFinding 1: with the constant, the loss is flat at large gaps (in nats)")
with_eps = f"with {EPS:.0e}"
print(f"gap  p_true     loss: right   {with_eps}   gradient: right   {with_eps}")
for g in (0, 10, 20, 30, 50, 100):
    p_t = 1 / (1 + np.exp(g))
    told = f"{g:3}  {p_t:8.1e} {np.log(1 + np.exp(g)):11.3f} {-np.log(p_t + EPS):12.3f}"
    print(told, f"  {p_t - 1:15.3f} {-p_t * (1 - p_t) / (p_t + EPS):12.1e}")

# %%
# Up to gap 10 the two losses agree to three decimals. At gap 50 the right gradient is -1, the other
# one -1.9e-12: the loss is flat, as if nothing were left to learn. Far above gap 23, :math:`p_t` is
# nearly :math:`e^{-g}`, and the gradient nearly :math:`-e^{-g} / \epsilon`. To move the logit by
# one unit at rate 1 takes about :math:`\epsilon \, e^g` steps of that size: 1069 at gap 30, and
# 5e11 at gap 50. The right gradient needs one step.
#
# Finding 2: log-sum-exp needs no constant
# ----------------------------------------
# Snippet (questions) says that a small constant such as 1e-10 helps against overflow and underflow.
# The article Theory (Q3) says that the logarithm overflows for a tiny probability. Its remedies: a
# small constant, "the log-sum-exp trick" (right), and an L2 penalty. An *overflow* is a result too
# large for the numbers of a computer: it becomes infinite. An *underflow* is too small for them: it
# becomes 0. Which function overflows, the logarithm or the exponential?

print("\nFinding 2: exp(710) and exp(-746) in float64:", *np.exp([710.0, -746.0]))
print(f"ln of the smallest number above 0: {np.log(5e-324):.2f}, ln 0: {np.log(0.0)}")
for row in ([1000.0, 0.0], [0.0, -1000.0]):  # then minus its maximum
    p = np.exp(row) / np.exp(row).sum()
    print(f"softmax as written, logits {row}: p = {p}, ln p = {np.log(p)}")

# %%
# The logarithm does not overflow: the tiniest probability has the harmless logarithm -744. It is
# the exponential that overflows, before the logarithm: inf / inf is "nan", and "nan" plus 1e-10 is
# "nan". Lesson 07 subtracts the maximum of each row, as in the second line. The overflow is gone,
# the *underflow* stays: p is 0, so ln p is minus infinity. (This is the limit of ln, and no
# overflow.) The right value is -1000. If this class is the true one, the loss is infinite, and not
# 1000: this is what lesson 07 left of *its* defect 2, the logarithm of 0. The constant does prevent
# ln 0, and this is what is true of it. A penalty pulls weights towards 0, so that extreme logits
# become rarer. But "nan" plus a penalty is "nan".
#
# The cure is to compute ln p without p. Let m be the largest logit of the row, t the true class:
#
# .. math::
#
#    \ln \sum_k e^{z_k} &= \ln \Bigl( e^m \sum_k e^{z_k - m} \Bigr) \\
#    &= m + \ln \sum_k e^{z_k - m}, \\
#    -\ln p_t &= \ln \sum_k e^{z_k} - z_t, \\
#    \ln p_c &= z_c - \Bigl( m + \ln \sum_k e^{z_k - m} \Bigr) = s_c - \ln \sum_k e^{s_k}.
#
# The first two lines are *log-sum-exp*: exact for any m, and m is chosen well. No exponent
# :math:`z_k - m` is above 0, so no exponential overflows. One exponent is 0, and its exponential 1,
# so the sum lies between 1 and C, and its logarithm between 0 and ln C. Other terms may underflow
# to 0: beside the 1 they are too small to be seen. (So a logit of minus infinity, a class that is
# ruled out, adds 0 to the sum, as it should.) The fourth line puts the second into the third, for
# any class c, with :math:`s_c = z_c - m`. It is the *log-softmax*:


def log_softmax(z):
    """ln p for each row of the logits z: shape (N, C) to the same shape."""
    s = z - z.max(axis=1)[:, None]  # (N, C), the largest of each row is 0
    return s - np.log(np.exp(s).sum(axis=1))[:, None]


def cross_entropy(z, labels):
    """The mean over N rows, in nats, of logits (N, C) and integer labels (N,)."""
    y = np.eye(z.shape[1])[labels]  # (N, C), one-hot rows
    return -np.where(y == 1, log_softmax(z), 0).sum(axis=1).mean()  # no product: no (8)


z = np.array([[1000.0, 0.0, 0.0], [3.0, 2.0, 0.0], [0.0, 1.0, 2.0]])
labels = np.array([0, 1, 2])
print("log-softmax of (1000, 0, 0):", log_softmax(z)[0])
theirs = nn.functional.cross_entropy(tensor(z), tensor(labels)).item()
print(f"loss, rows of z: {cross_entropy(z, labels):.3f}, minigrad's {theirs:.3f}")

# %%
# No p is computed, so no p can be 0. Where y is 0, `np.where` takes 0 and no product, against (8).
#
# Double softmax: where the formula lives
# ---------------------------------------
# minigrad and PyTorch have this formula *inside* `cross_entropy`, and take logits: any numbers,
# also below 0. Here lies a trap that has nothing to do with 1e-10. The article Versus (5.2) says
# that PyTorch's `CrossEntropyLoss` compares "the predicted probability distribution" with the true
# one. Its program passes logits, and this is right. The sentence is true of the number, which
# compares softmax(z) with the label. It is not true of the input. Somebody who believes it passes
# softmax(z), and p is softmaxed once more: *double softmax*. No error is raised. Guess the least
# loss that a model can reach then, with 2 classes and with 10. Each p is between 0 and 1, so each
# :math:`p_k - p_t` is at least -1:
#
# .. math::
#
#    \ln \sum_k e^{p_k} - p_t &= \ln \Bigl( 1 + \sum_{k \ne t} e^{p_k - p_t} \Bigr) \\
#    &\ge \ln \bigl( 1 + (C - 1) / e \bigr).
#
# The two sides are equal if p is 1 at the true class and 0 elsewhere: a perfect model pays this.

least = np.array([cross_entropy(np.eye(C), np.arange(C)) for C in (2, 10)])  # p = y
print("\nDouble softmax, least loss for 2 and 10 classes:", least.round(3), "nats")

# %%
# The formula gives the same: ln(1 + 1/e) = 0.313, ln(1 + 9/e) = 1.461. The right loss is 0. A good
# accuracy beside a loss that never gets below 1.461 (ten classes) is a mark of this mistake.
#
# Findings 1 and 2 on digits: a bad start, and two good ones
# ----------------------------------------------------------
# We train the softmax classifier of lesson 07 (without biases) on 1,347 images, all of them in each
# step. The gradient is right, or it is that of finding 1, with the constant. Nothing else differs.
# The first weights are random, with standard deviation (std) 10, 1 or 0.1. For each step `train`
# keeps the held-out loss (right formula), the accuracy, and the share of the training images with
# :math:`p_t < \epsilon`. Guess: after which starts does the constant matter?

(X, digit), (X_new, digit_new) = ([t.numpy() for t in d.tensors] for d in load_digits())
one_hot = np.eye(10)[digit]  # (1347, 10)


def gradient(p, y, constant):
    p_t = (p * y).sum(axis=1)[:, None]  # (N, 1)
    factor = p_t / (p_t + constant) if constant else 1  # finding 1; right: 1
    return factor * (p - y)


def train(constant, std, start):
    W = np.random.default_rng([run.seed, start]).normal(0, std, (64, 10))
    history = []
    for _ in range(run.epochs + 1):
        z = X_new @ W  # (450, 10)
        p = np.exp(log_softmax(X @ W))  # (1347, 10)
        accuracy = (z.argmax(axis=1) == digit_new).mean()
        below = ((p * one_hot).sum(axis=1) < EPS).mean()
        history.append([cross_entropy(z, digit_new), accuracy, below])
        W -= run.lr * X.T @ gradient(p, one_hot, constant) / len(X)
    return history


# %%
# Both gradients begin with the same five starts. The spread is the standard deviation.

constants = {"right": 0, with_eps: EPS}
found = {(std, name): [] for std in (10, 1, 0.1) for name in constants}
for start in run.progress(5, unit="start"):
    for (std, name), histories in found.items():
        histories.append(train(constants[name], std, start))
print("\nDigits: share of images at the start, held-out loss; mean (spread), 5 starts")
print(f"std   gradient    p_true < {EPS:.0e}   first loss     last loss       accuracy")
for (std, name), histories in found.items():
    h = np.array(histories)  # (5, steps + 1, 3)
    cells = (h[:, 0, 2], h[:, 0, 0], h[:, -1, 0], h[:, -1, 1])
    print(f"{std:<5} {name:<10}", *[f"{v.mean():7.3f} ({v.std():.3f})" for v in cells])

# %%
# The third column is the share of the training images whose factor is below 1/2 in the first step
# with the constant (for most of them it is nearly 0): 77 % after the bad start, and less than 1 %
# after the good ones. After the bad start, the right loss falls from 59.8 to 2.2 in 300 steps,
# while the constant leaves it at 33.3. After the good starts, the two agree in every digit that is
# printed: the constant does not harm an ordinary run. It harms where the label is right, and
# the model is sure of another class, for example after steps that were too long. With `--lr 20` and
# std 0.1, the loss ends at 0.16 with the right gradient, and at 29.2 with the constant.
#
# **In one sentence**: 1e-10 costs the gradient of those samples about which the model is sure
# and wrong, and log-sum-exp makes the constant superfluous.
#
# Finding 3: no probability needs a test, but labels and logits do
# ----------------------------------------------------------------
# Here the question is no longer the constant. The right formula has no p to test. Is our
# `cross_entropy` safe then? Guess which mistakes in the three rows of finding 2 Python finds by
# itself.


def fault(z, labels):
    """What is wrong with logits (N, C) and labels (N,); an empty text if nothing is."""
    if len(z) == 0 or not np.isfinite(z.max(axis=1)).all():
        return "refused: no row, or the largest logit is not finite"
    if labels.shape != (len(z),) or labels.dtype.kind not in "iu":  # signed or unsigned
        return "refused: not one integer for each row"
    if labels.min() < 0 or labels.max() >= z.shape[1]:
        return "refused: a label that is no class"
    return ""


cases = {"no mistake": (z, labels), "labels - 1": (z, labels - 1)}
cases["shape (3, 1)"] = (z, labels[:, None])
cases["infinite logit"] = (np.where(z == 1000, np.inf, z), labels)
print("\nFinding 3: Python refuses none of these\ninput             loss   our test")
for name, case in cases.items():
    print(f"{name:<15} {cross_entropy(*case):6.3f}   {fault(*case) or 'accepted'}")

# %%
# Python finds none of them. Label -1 is the *last* class for NumPy: a -1 for "unknown" gives a
# wrong loss. Labels of shape (3, 1) are broadcast, so each label is paired with each row. An
# infinite logit makes "nan": infinity minus infinity has no value. Minus infinity beside a finite
# logit is allowed (at the label it costs infinity, as it should), so the test looks at the largest
# logit of each row. (Label 3, or a label 1.0, is an IndexError.) minigrad and PyTorch test the
# labels (but -100 means: skip this row), and not the logits.
#
# The picture
# -----------
# A solid line is right, a dashed line has the constant. The third panel has a line for each start.

axes = run.figure(15, 4.6).subplots(1, 3)
gaps = np.linspace(0, 60, 121)
p_gap = 1 / (1 + np.exp(gaps))
bad = {name: np.array(found[10, name])[:, :, 0] for name in constants}
looks = (("-", plot.BLUE), ("--", plot.ORANGE))
for (name, eps), (kind, color) in zip(constants.items(), looks, strict=True):
    axes[0].plot(gaps, -np.log(p_gap + eps), kind, color=color)
    axes[1].semilogy(gaps, p_gap * (1 - p_gap) / (p_gap + eps), kind, color=color)
    axes[2].plot(bad[name].T, kind, color=color)
axes[0].set(title="The constant caps the loss ...", xlabel="gap", ylabel="loss (nats)")
axes[1].set(title="... so the loss gets flat ...", xlabel="gap", ylabel="|gradient|")
axes[2].set(title="... and a bad start lasts", xlabel="step", ylabel="held-out loss")
for panel in axes:  # the first line of each kind
    panel.legend(panel.lines[:: len(panel.lines) // 2], list(constants), frameon=False)
run.finish(axes[0].figure, {"gap": gaps, **bad}, test_loss=bad["right"][:, -1].mean())

# %%
# Two more formulas of the articles
# ---------------------------------
# Series (3.1) says that :math:`-\sum_c[y_c\ln p_c+(1-y_c)\ln(1-p_c)]` equals the cross-entropy
# :math:`H(y \| p) = -\sum_c y_c \ln p_c`. It does not. For p = (0.7, 0.2, 0.1) and the first class
# the first formula gives -ln 0.7 - ln 0.8 - ln 0.9 = 0.685, and the cross-entropy is -ln 0.7 =
# 0.357. For p = (0.7, 0.15, 0.15) it gives 0.682, and the cross-entropy is the same. The first
# formula is the sum of C losses of lesson 06, for C *separate* questions with yes or no ("a cat?",
# "outdoors?"). A softmax answers *one* question with C answers. Series also says that p is the true
# distribution, equal to y. But p is the model's belief. With p = y the sum is :math:`-\sum_c y_c
# \ln y_c`: for a one-hot y this is 0, for every model.
#
# y may also be a distribution that is not one-hot, a *soft target*: (0.8, 0.2). The cross-entropy
# keeps its formula; its least value is the entropy of y (lesson 02), here 0.500. The article
# Softmax (2.3) calls every softmax cross-entropy a "soft-label loss". But softmax makes p, not y.
#
# What this does not show
# -----------------------
# The starts with std 10 are worse than usual: they stand for accidents of training. We compared at
# one rate, on one small data set. Lesson 13 has wrong labels. To try: set EPS to 1e-30 (cap
# 69.078), then to 1e-7 (16.118). Which rows of both tables change? (Bad start: 2.337, 47.966.)
#
# Your turn
# ---------
# Write log-sum-exp along the last axis, the loss from it, and its gradient: exercise 08 of the
# classroom. The lesson's `log_softmax` takes m off; your log-sum-exp must put it back. Lesson 07
# said how `keepdims=True` keeps an axis of length 1 (without it, shape (2, 3, 4) becomes (2, 3)),
# how ``A[np.arange(3), [7, 3, 6]]`` picks three elements, and that `axis=-1` is the last axis. For
# the gradient, lesson 05 is enough: p - y, where p = exp(ln p), and ln p is the log-softmax.
# `python -m minigrad.classroom start` writes the file. Then type::
#
#    python -m minigrad.classroom check 08
