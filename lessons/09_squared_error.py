r"""
Cross-entropy or squared error for classes?
===========================================

A classifier says p, the probability of class 1; the label y is 0 or 1. Lesson 06 trained it with
cross-entropy. But (p - y) squared is also 0 for a perfect answer, and also grows with the error.
Is squared error wrong for classes, or only slower, and why?

*You need* lessons 04 to 07: steps against the slope, convex, the chain rule, log loss, the softmax
classifier.
*New words*: squared error, proper loss, Brier score, absolute error, flat.
*Runs* about 7 seconds.
"""

# %%
import numpy as np

from minigrad import lesson, manual_seed, nn, optim, tensor
from minigrad.datasets import load_breast_cancer, load_digits

run = lesson.start("09_squared_error", epochs=500)
if run.quick:
    print("quick: too short to show what the text says")

# %%
# The claims
# ----------
# The article *Versus* compares cross-entropy with "least squares". For two classes the first is the
# log loss of lesson 06. The second is the *squared error*, the square of prediction minus target.
#
# 1. Section 2.2.2 prints squared error as a mean over N samples, but 2.1.2 cross-entropy as a sum.
#    In 2.2.1 "least squares" and "mean squared error" are one thing.
# 2. Squared error gives all errors *"the same penalty"*, *"however far"* the prediction is from the
#    truth (2.2.3, again in 7.1).
# 3. *"If the model outputs probabilities, squared error can be used"* (2.3). This is an example of
#    "some link" between the two losses.
# 4. Cross-entropy is for classes, *"especially"* for two (2.1.3, 8.1). Three other articles,
#    too, keep squared error for numbers.
# 5. Cross-entropy punishes errors harder, and this *"helps the model to converge faster"* (8.1).
# 6. Cross-entropy *"matches"* the sigmoid and the softmax (8.1). How, is not said.
#
# Much of this is true: the usual loss for classes is cross-entropy, it punishes a sure and wrong
# answer harder, and in many cases it learns faster. Why does it?


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))  # 1 / (1 + exp(-z)), without overflow


def log_loss(p, y):
    return -np.log(np.where(y == 1, p, 1 - p))  # in nats


# %%
# Finding 1: both losses ask for the true probability
# ---------------------------------------------------
# Of all samples that look alike, a share t has the label 1. The model must give one answer p for
# all of them. Guess: which p has the least mean loss, for log loss, for squared error, and for the
# *absolute error*, the size of p - y?

t = 0.3
print("\nFinding 1: mean losses if t = 0.3\n    p    log loss   squared   absolute")
for p in (0.01, 0.10, 0.30, 0.50, 0.90):
    log = t * log_loss(p, 1) + (1 - t) * log_loss(p, 0)
    squared = t * (1 - p) ** 2 + (1 - t) * p**2
    print(f"  {p:4.2f}   {log:6.3f}    {squared:6.3f}{t * (1 - p) + (1 - t) * p:11.3f}")

# %%
# Log loss and squared error are least at p = 0.30, the truth. Absolute error is not: it would
# rather have the extreme answer. Why? A share t pays the loss of label 1, the rest that of label 0:
#
# .. math::
#
#    \text{log loss:} \quad &\frac{d}{dp} \bigl( -t \ln p - (1 - t) \ln (1 - p) \bigr)
#    = -\frac{t}{p} + \frac{1 - t}{1 - p} = \frac{p - t}{p \, (1 - p)}, \\
#    \text{squared error:} \quad &t \, (1 - p)^2 + (1 - t) \, p^2 = t - 2 t p + p^2
#    = (p - t)^2 + t \, (1 - t), \\
#    \text{absolute error:} \quad &t \, (1 - p) + (1 - t) \, p = t + (1 - 2 t) \, p.
#
# The first slope is negative below t and positive above it. The second line is least at p = t, and
# there it is t (1 - t). The third is a straight line: for t below 1/2 it is least at p = 0. A loss
# whose mean is least at the truth, and nowhere else, for each t, is a (strictly) *proper loss*.
# (Here p is free. A model that cannot say all true shares must compromise, and then the two losses
# choose different compromises.)
#
# **Sentence 3** is right: squared error of probabilities is proper. This is one link between the
# two losses. A second one: both are minus the logarithm of a likelihood (lesson 06), but of
# different models. The log loss belongs to "label 1 with probability p". Squared error belongs to a
# Gaussian (the bell curve; lesson 17) around m with standard deviation 1. It gives a number y the
# density :math:`e^{-(y - m)^2 / 2} / \sqrt{2 \pi}`, and minus its logarithm is :math:`(y - m)^2 /
# 2` plus a constant. A label 0 or 1 is never Gaussian, so likelihood gives no reason to use squared
# error for labels. That it is proper is a reason.
#
# **Ten classes.** The squared error of a sample is now the sum of :math:`(p_c - y_c)^2` over the
# classes c, with one-hot y. Its mean over the samples is the *Brier score* (1950). (For two classes
# this sum is :math:`2 (p - y)^2`: the other class has the same error.) We take the digits and the
# classifier of lesson 07, and five random starts, the same for both. Guess: which loss reads more
# held-out digits?

(inputs, labels), (new_inputs, new_labels) = (part.tensors for part in load_digits())
targets = tensor(np.eye(10, dtype=np.float32)[labels.numpy()])  # (1347, 10), one-hot


def digits(squared, rate, start):
    """Train; the held-out share right, and the training share lost at step 10."""
    manual_seed(1000 * run.seed + start)  # the same start for each loss and rate
    model = nn.Linear(64, 10)  # its weights begin random, between -1/8 and 1/8
    optimizer = optim.SGD(model.parameters(), lr=rate)
    for step in range(max(11, run.epochs // 3)):  # 166 steps: enough at a good rate
        z = model(inputs)
        p = nn.functional.softmax(z, 1)  # (1347, 10)
        if step == 10:
            lost = ((p * targets).sum(1) < 0.01).float().mean().item()
        loss = ((p - targets) ** 2).sum(1).mean()
        loss = loss if squared else nn.functional.cross_entropy(z, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return (model(new_inputs).argmax(1) == new_labels).float().mean().item(), lost


pairs = [(squared, rate) for squared in (False, True) for rate in (1, 5, 20)]
tried = [digits(*pair, i) for i in run.progress(5, unit="start") for pair in pairs]
shares = np.array(tried).reshape(5, 2, 3, 2)  # starts, losses, rates; right, lost
print(f"\nDigits: right of 450 held out, {max(11, run.epochs // 3)} steps, 5 starts")
print("mean (spread) rate 1         rate 5         rate 20        true class < 0.01")
for i, name in enumerate(("cross-entropy", "squared error")):
    columns = [*shares[:, i, :, 0].T, shares[:, i, 2, 1]]
    print(name, "  ".join(f"{a.mean():.3f} ({a.std():.3f})" for a in columns))

# %%
# At rate 5, after 166 steps, the two are equal, up to a few images. (With `--epochs 2000`, so after
# 666 steps, cross-entropy is four or five of the 450 images ahead. Proper losses have the same
# goal, if the model can reach it; how soon a model gets there is another question.) **Sentence 4**:
# both losses serve for ten classes as for two, so nothing in cross-entropy is "especially" for two.
# (Spread: standard deviation.) At rate 1 squared error is some three or four images behind, more
# than the spread: its slopes are smaller, so after 166 steps it has come less far.
#
# But look at rate 20. The last column is the share of training digits whose true class has less
# than 0.01 after 10 steps at this rate: "lost". Cross-entropy has lost many, too, and yet reads
# 0.965 of the held-out digits in the end; squared error 0.196. Why?
#
# Finding 2: squared error is flat where the model is most wrong
# --------------------------------------------------------------
# A step does not move p. It moves weights, and through them the logit z, with :math:`p = 1 / (1 +
# e^{-z})`. So the slope for z counts. Lesson 06 showed :math:`dp/dz = p (1 - p)`, and p - y for the
# log loss. The chain rule for squared error:
#
# .. math:: \frac{d}{dz} (p - y)^2 = 2 \, (p - y) \, \frac{dp}{dz} = 2 \, (p - y) \, p \, (1 - p).
#
# Guess: a sample of label 1 has z = -10, so p = 0.000045. How large are the two slopes? (The last
# two columns, the bends, are the second derivatives for z; derived below.)


def log_slope(p, y):
    return p - y  # for the logit, of the log loss of each sample


def squared_slope(p, y):
    return 2 * (p - y) * p * (1 - p)  # of the squared error of each sample


print("\nFinding 2: one sample of label 1 (log: log loss, sq: squared error)")
print("  z        p   log loss    sq loss  log slope   sq slope   log bend    sq bend")
for z in (-20, -10, -5, -2, 0, 2):
    p = sigmoid(z)
    row = [log_loss(p, 1), (p - 1) ** 2, log_slope(p, 1), squared_slope(p, 1)]
    row += [p * (1 - p), 2 * p * (1 - p) ** 2 * (3 * p - 1)]  # the bends
    print(f"{z:3}{p:9.3g}", " ".join(f"{number:10.3g}" for number in row))

# %%
# At z = -10 the log loss pulls with -1, rounded, and squared error with -9.08e-05, which is
# -0.00009. The model could hardly be more wrong, and squared error is *flat* there: z may move by a
# whole unit, and the loss stays near 1. The factor p (1 - p) says why: the sigmoid itself is flat,
# and 2 (p - y) is at most 2 in size. Log loss escapes because its slope for p is -1/p, and that
# cancels the p of p (1 - p). **Sentence 6** calls this a match, and it is the article's right
# reason.
#
# **Convex or not?** (Convex: lesson 04; by the second derivative: lesson 05.) The slope of the log
# loss is p - y, and its derivative is p (1 - p), never negative: convex in z, and so in w and b,
# because z is linear in them. For squared error and label 1 the slope is :math:`-2 p (1 - p)^2`.
# Its derivative is that for p, times dp/dz:
#
# .. math::
#
#    \frac{d}{dp} \bigl( -2 p (1 - p)^2 \bigr) &= -2 (1 - p)^2 + 4 p \, (1 - p)
#    = 2 \, (1 - p) \, (3 p - 1), \\
#    \frac{d^2}{dz^2} (p - 1)^2 &= 2 \, (1 - p) \, (3 p - 1) \cdot p \, (1 - p)
#    = 2 \, p \, (1 - p)^2 \, (3 p - 1).
#
# It is negative where p < 1/3 (z below -0.69): there squared error bends downwards, and it is not
# convex. The column "sq bend" shows the change of sign. Where the bend is 0, at p = 1/3, the slope
# is largest in size: 2/3 times 4/9 is 8/27.
#
# **How long does the flat way take?** Lesson 06 sent one logit of label 1 from z = -10 until p was
# above 0.9, at rate 1: 21 steps with log loss, and 22064 with the loss 1 - p, which is the absolute
# error. Squared error has the slope of 1 - p, times 2 (1 - p). Guess its steps.


def race(slope, rate):
    """The z of one logit of label 1, from -10 until p is above 0.9."""
    way = [-10.0]
    while sigmoid(way[-1]) <= 0.9:
        way.append(way[-1] - rate * slope(sigmoid(way[-1]), 1))
    return way


fast, slow = [race(slope, 1) for slope in (log_slope, squared_slope)]
print(f"\nOne logit, steps to p > 0.9: log {len(fast) - 1}, squared {len(slow) - 1}")
print(f"at rate 27/8, not 1: squared {len(race(squared_slope, 27 / 8)) - 1}")

# %%
# Squared error needs half of the 22064 steps of absolute error, since 2 (1 - p) is nearly 2 at
# first. On paper: at first p is nearly :math:`e^z`, so z moves by about :math:`2 e^z` a step, and a
# short way dz takes :math:`dz / (2 e^z)` steps. Add up over the way (nearly all steps are at its
# start, so its end may be infinity): :math:`\int_{-10}^{\infty} dz / (2 e^z) = e^{10} / 2 = 11013`.
# At the rate 27/8 the longest step of squared error is that of log loss at rate 1, because 27/8
# times 8/27 is 1. It still needs 3282 steps.
#
# **Breast tumours**: 569 samples, 30 measurements each; 1 is benign. Five random splits, 426 to
# train and 143 held out, small random weights. Good start: b = 0. Bad start: b = -10.

rng = np.random.default_rng(run.seed)
parts = [[array.numpy() for array in part.tensors] for part in load_breast_cancer()]
X_all, y_all = [np.concatenate(both) for both in zip(*parts, strict=True)]  # (569, 30)
draws = []
for _ in range(5):
    order = rng.permutation(len(y_all))
    seen = X_all[order[:426]]
    X = (X_all[order] - seen.mean(axis=0)) / seen.std(axis=0)
    draws.append([X, y_all[order], rng.normal(0, 0.1, 30)])

# %%
# One full pass through the training samples is one step. Each loss may try seven rates.


def train(draw, slope, b, rate):
    """The first step with 97 % right in training, and the held-out share right."""
    X, y, w = draw
    reached = np.inf
    for step in range(run.epochs + 1):
        p = sigmoid(X @ w + b)
        right = (p > 0.5) == y
        reached = min(reached, step if right[:426].mean() >= 0.97 else np.inf)
        pull = slope(p, y)[:426] / 426  # of the mean loss
        w = w - rate * X[:426].T @ pull
        b -= rate * pull.sum()
    return reached, right[426:].mean()


rates = np.array([0.3, 1, 3, 10, 30, 100, 300])
cases = [(b, slope) for b in (0.0, -10.0) for slope in (log_slope, squared_slope)]
found = [train(d, slope, b, r) for b, slope in cases for r in rates for d in draws]
table = np.array(found).reshape(4, 7, 5, 2)  # cases, rates, splits; steps, share right
steps = table[..., 0].mean(axis=2)  # (cases, rates); infinite if one of the splits is
print(f"\nFinding 2: tumours, mean steps to 97 % (inf: not 5 of 5 in {run.epochs})")
print("  rate   b = 0: log   squared  b = -10: log  squared")
for rate, row in zip(rates, steps.T, strict=True):
    print(f"{rate:6.1f}  ", "  ".join(f"{mean:8.1f}" for mean in row))
names = ["log loss, b = 0", "squared, b = 0", "log loss, b = -10", "squared, b = -10"]
for name, mean, splits in zip(names, steps, table, strict=True):
    n, r = splits[mean.argmin()].T  # steps, share right
    print(f"{name:<17} rate {rates[mean.argmin()]:g}: {mean.min():.1f} steps", end=" ")
    print(f"({n.min():.0f} to {n.max():.0f}), held out {r.mean():.3f} ({r.std():.3f})")

# %%
# *From the good start* squared error needs a few steps more at its best rate, 7.6 against 4.4, and
# both are as accurate, within the spread. *From the bad start* the rate 3 does not bring squared
# error back on all splits in 500 steps; log loss comes back at rate 3 in 28.0. At its own best
# rate, 100, squared error takes 39.8 steps, and log loss 4.2 at its best. So a flat start is slow,
# not the end. (In brackets: range and spread over the splits.)
#
# But the rate 100 is too large for squared error from the good start. It is no collapse (in the CSV
# file: 0.934 of the held-out samples are right), but not all splits get to 97 %. The digits show
# why: at a large rate the first steps are so long that they throw samples into the flat place.
# Softmax has it, too. The derivative of :math:`p_c` for :math:`z_k` is :math:`p_k (1 - p_k)` if c =
# k, and :math:`-p_c p_k` if not (lesson 05). The 1 of c = k gives the first term:
#
# .. math::
#
#    \frac{\partial}{\partial z_k} \sum_c (p_c - y_c)^2
#    &= 2 \, (p_k - y_k) \, p_k - 2 \sum_c (p_c - y_c) \, p_c \, p_k \\
#    &= 2 \, p_k \Bigl[ (p_k - y_k) - \sum_c p_c \, (p_c - y_c) \Bigr].
#
# Let the model be sure of the class j, and wrong. For k other than j, :math:`p_k` is near 0. For k
# = j, :math:`p_j` is near 1 and :math:`y_j = 0`; the sum is near :math:`p_j^2`, so near 1, and the
# bracket is near 1 - 1 = 0. No logit is pulled. Cross-entropy has :math:`p_k - y_k`, near -1 for
# the true class, and brings the digits back.
#
# Finding 3: the shape of the slope counts, not the size of the loss
# ------------------------------------------------------------------
# Guess: multiply squared error by 20, so that it is the larger loss on the whole way of our logit.
# Who wins the race? (A loss times 20 is a rate times 20.)

print("\nFinding 3: one logit, its losses on the way\n    z  log loss  20 x squared")
for z in (-10, -2, 2):
    print(f"{z:5} {log_loss(sigmoid(z), 1):9.2f} {20 * (sigmoid(z) - 1) ** 2:13.2f}")
print(f"steps: log {len(fast) - 1}, 20 x squared {len(race(squared_slope, 20)) - 1}")

# %%
# Plain log loss, with its 21 steps, wins against 556: the smaller loss. So **sentence 5** has the
# right effect and a wrong cause. (A huge factor would win, for one logit. But with many samples it
# throws others into the flat place, as rate 100 did from b = 0.) No factor changes the *shape* of
# the slope: p - y is near its largest where p is most wrong; 2 (p - y) p (1 - p) is near 0 there,
# and up to 8/27 elsewhere. This is the match of sentence 6. (The square is never above 1, and a
# loss with a bound must get flat as z goes on.)
#
# The other sentences
# -------------------
# **Sentence 2**: a prediction p = 0.1 for label 1 has the error 0.9, and the squared error is 0.81;
# for p = 0.9 it is 0.01. So the penalty is not the same for all errors; it grows as the square.
# (What is true in it: it is never above 1, so z = -10 and z = -20 cost the same, 1.)
#
# **Sentence 1**: *least squares* is the name of a method: choose the w and b with the least sum of
# squares. Mean squared error is a number. The sum over N samples is N times the mean, so both
# choose the same w and b. But the slopes of the sum are N times as large. With the sum, rate 3 is
# the mean's rate 3 times 426 = 1278, larger than every rate in the table of the tumours. There
# squared error from b = 0 has "inf" from 100 on. (Log loss, which the article sums, still works at
# large rates here: 4.4 steps at 300.) To compare a sum with a mean is no better: for 426 samples at
# p = 1/2, log loss as a sum is 295.3 nats, and squared error as a mean 0.25. But both as means are
# 0.693 nats and 0.25.
#
# **Outliers.** *Theory* (6.1) calls cross-entropy "very sensitive" to them. In the row z = -20 the
# log loss is 20 and its slope -1. If that label is simply wrong, log loss still pulls with full
# force; squared error pays 1 and does not pull. But the pull of log loss has a limit: the slope for
# z is never above 1 in size. (For w it is x times this: an outlying x pulls harder.)
#
# The picture
# -----------
# Left: the size of the slopes for z, for label 1. Right: the race at rate 1.

left, ways = run.figure(12, 4.6).subplots(1, 2)
z = np.linspace(-10, 5, 151)
p = sigmoid(z)
left.plot(z, -log_slope(p, 1), "C0-", z, -squared_slope(p, 1), "C1--")
left.set(xlabel="z of label 1", ylabel="-slope", title="Squared error is flat at -10")
left.legend(["log loss", "squared"], frameon=False)
ways.plot(fast, "C0-", slow, "C1--", (1, 2e4), (2.2, 2.2), "k:")
ways.legend(["log loss", "squared", "p = 0.9"], frameon=False, loc="center")
ways.set(xscale="log", xlim=(1, 2e4), xlabel="step (log axis)", ylabel="z of label 1")
ways.set_title(f"Squared error needs {len(slow) - 1} steps, log loss {len(fast) - 1}")
numbers = {"rates": rates, "steps": steps, "accuracy": table[..., 1].mean(axis=2)}
run.finish(ways.figure, numbers, log_steps=len(fast) - 1, squared_steps=len(slow) - 1)

# %%
# What this does not show
# -----------------------
# Other networks: in a deep network the flat place of the last sigmoid is one of many (lesson 12).
# Optimizers with memory (lesson 11) shorten flat ways.
#
# **In one sentence**: squared error is not wrong for classes, but slower, from a good start by a
# little and from a bad start by far: for a single p it asks for the same answer as cross-entropy,
# but through a sigmoid or a softmax it pulls far less where the model is sure and wrong than where
# it is in doubt, and no factor in front changes this ratio.
#
# Your turn
# ---------
# Write the Brier score of many classes without one-hot rows; the gradient of squared error behind
# another curve, tanh; and, behind the sigmoid again, the bend for both labels: exercise 09 of the
# classroom. `A[np.arange(3), [7, 3, 6]]` picks an element of each row. The tanh is a stretched
# sigmoid: from -1 to 1, flat at both ends. `python -m minigrad.classroom start` writes the file.
# Then type::
#
#    python -m minigrad.classroom check 09
#
# Before that, try `--epochs 2000` (half a minute): which "inf" goes, which stay, and why?
