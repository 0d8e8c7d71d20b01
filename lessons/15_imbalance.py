r"""
What is lost with 5 positives in 100?
=====================================

A bank looks for fraud: 5 payments in 100. A classifier trained with cross-entropy finds few of
them. Is the loss to blame? Class weights and copied samples are said to help. What do they change?

*You need* lessons 05 (Hessian), 06 (log loss, odds), 09 (squared error, proper loss), 11 (Adam).
*New words*: imbalance, false alarm, miss, threshold, confusion matrix, recall, precision, balanced
accuracy, calibrated, class weights.
*Runs* about 4 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot

run = lesson.start("15_imbalance", epochs=400, lr=0.3)
if run.quick:
    print("quick: too short to show what the text says")
rng = np.random.default_rng(run.seed)

# %%
# The claims
# ----------
# Classes of very different frequency are an *imbalance*. Three articles speak of it.
#
# 1. Softmax (5.2): with imbalance, cross-entropy can *"capture too little or too much"*.
# 2. Theory (6.2): cross-entropy *"cannot handle class imbalance"*: it may lean to the frequent
#    class and ignore the rare one. Class weights or the like are needed.
# 3. Softmax (Q3): weights make the model attend to the rare class, and so *"raise"* its capture.
# 4. Versus (8.2): cross-entropy may lean to the frequent class, *and so* the accuracy for the rare
#    one is low. Its cures (8.3): weights and re-sampling, and augmentation (lesson 16).
#
# What is true: the accuracy for the rare class is low here, and weights raise what is found.
#
# **The data** are drawn, so that we know the truth: 5 points in 100 are positive (label y = 1).
# They lie around m = (1.1, 1.1), the negative points around (0, 0), both as a Gaussian (bell curve)
# of variance 1 in each direction. How many positive points lie near a place x? Their share, 0.05,
# times their density there, which is :math:`e^{-|x - m|^2 / 2}` up to a constant. For the negative
# points it is 0.95 times :math:`e^{-|x|^2 / 2}`, with the same constant. So the true odds of a
# positive point at x, and their logarithm, are
#
# .. math::
#
#    \frac{q}{1 - q} &= \frac{0.05}{0.95} \, e^{-|x - m|^2 / 2 + |x|^2 / 2} \\
#    \ln \frac{q}{1 - q} &= -\ln 19 - \tfrac{1}{2} (|x|^2 - 2 \, m \cdot x + |m|^2 - |x|^2) \\
#    &= m \cdot x - \tfrac{1}{2} |m|^2 - \ln 19.
#
# Here q is the true share of positive points at x. Its logit is linear in x, so logistic regression
# *can represent* the truth. There are 19 negative points for each positive point.


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def points(count, place, deviation):
    """X, (count, 3), its first column 1 for the bias; labels y, (count,)."""
    y = (rng.random(count) < 0.05).astype(float)
    x = np.outer(y, place) + deviation ** y[:, None] * rng.standard_normal((count, 2))
    return np.column_stack([np.ones(count), x]), y


def draws(place, deviation=1.0):
    """Five draws; each is a pair (X, y) to learn from, and a pair to test."""
    sizes = [20_000, 20_000 if run.quick else 100_000]
    return [[points(count, place, deviation) for count in sizes] for _ in range(5)]


def fit(X, y, c=1):
    """Logistic regression; the loss of each positive point is multiplied by c."""
    weight = np.where(y == 1, c, 1)  # (n,)
    w = np.zeros(X.shape[1])  # the bias, then a number for each coordinate
    for _ in range(12):
        p = sigmoid(X @ w)
        hessian = (X.T * weight * p * (1 - p)) @ X  # (3, 3); with squares (5, 5)
        w -= np.linalg.solve(hessian, X.T @ (weight * (p - y)))
    return w


# %%
# With c = 1 this minimizes lesson 06's log loss (1/n cancels); c waits for Finding 2. The last line
# of the loop is a step of *Newton's method*: the gradient is divided by the curvature, to go to
# where it would be 0 if the curvature stayed as it is. A point's loss has the second derivative p
# (1 - p) for its logit z, the sum of the :math:`x_j w_j`. So the loss has, for :math:`w_j` and
# :math:`w_k`, the sum over the points of :math:`x_j \, p (1 - p) \, x_k`: the Hessian (lesson 05).
# `solve` divides by it. 12 steps reach the minimum, or (far) come near it.
#
# Four counts tell all about answers 0 and 1: the *confusion matrix*. Its two mistakes are the
# *false alarm* (answer 1, truth 0) and the *miss* (answer 0, truth 1). The answer is 1 where p is
# above the *threshold*: 1/2, unless we say another. Shares of the counts have names:
#
# - *recall*: the positive points that are found, of all positive points;
# - *precision*: the positive points, of all points that get the answer 1;
# - accuracy: the right answers, of all points;
# - *balanced accuracy*: the mean of recall and of the share of negative points answered right.
#
# To answer 0 always has accuracy 0.95, recall 0, and balanced accuracy 0.5. We set the *cost* of a
# false alarm to 1, and that of a miss to 19. So both classes weigh the same.


def measures(z, y, threshold):
    """Seven numbers; counts: rows are the truth, 0 and 1, columns the answer."""
    answer = z > np.log(threshold / (1 - threshold))  # the same as p > threshold
    counts = [[np.sum(answer[y == t] == a) for a in (0, 1)] for t in (0, 1)]
    (right_0, false_alarms), (misses, right_1) = counts
    recall = right_1 / (misses + right_1)
    precision = right_1 / max(1, false_alarms + right_1)
    accuracy = (right_0 + right_1) / len(y)
    balanced = (recall + right_0 / (right_0 + false_alarms)) / 2
    cost = (false_alarms + 19 * misses) / len(y)
    log_loss = np.logaddexp(0, np.where(y == 1, -z, z)).mean()  # ln(1 + exp(-z or z))
    return [recall, precision, accuracy, balanced, cost, sigmoid(z).mean(), log_loss]


def judge(fits, data, at=0.5, by=measures):
    """Measures of the test points at the threshold `at`, (5, 7); or what `by` gives."""
    return np.array([by(X @ w, y, at) for w, (_, (X, y)) in zip(fits, data)])


def table(title, rows, columns="recall precis accur. balan.   cost mean p log loss"):
    """Print the means over the draws, and the largest spread of each column."""
    print(f"\n{title}\n{'':24} {columns}")
    spread = np.max([np.std(row, axis=0) for row in rows.values()], axis=0)
    for name, row in (rows | {"(largest spread)": spread[None]}).items():
        print(f"{name:24}", *(f"{mean:6.3f}" for mean in np.mean(row, axis=0)))


# %%
# Finding 1: the threshold 1/2 loses recall, not the loss, if the model can represent the truth
# ---------------------------------------------------------------------------------------------
# We compare four ways. *True odds* is the formula above, and learns nothing. *Log loss, fitted* is
# `fit`. *Squared error* is trained with minigrad, where a loss is quickly exchanged. *Log loss,
# far* has the positive points around (4, 4) instead, still 5 in 100. Guess: how many of 100
# positive points does log loss find? And how many do the true odds find?


def train(X, y, loss_of):
    """A linear layer of minigrad; loss_of takes logits and labels, both (n, 1)."""
    inputs, labels = (mg.tensor(a, dtype=mg.float32) for a in (X[:, 1:], y[:, None]))
    model = nn.Linear(2, 1)
    optimizer = optim.Adam(model.parameters(), lr=run.lr)
    for _ in range(run.epochs):
        optimizer.zero_grad()
        loss_of(model(inputs), labels).backward()
        optimizer.step()
    return np.append(model.bias.detach().numpy(), model.weight.detach().numpy())


squared_error = lambda z, y: ((mg.sigmoid(z) - y) ** 2).mean()
near = draws((1.1, 1.1))
far = draws((4, 4))
plain = [fit(*known) for known, _ in near]
squared = [train(*known, squared_error) for known, _ in near]
rows = {"true odds": judge([[-np.log(19) - 1.21, 1.1, 1.1]] * 5, near)}
rows |= {"log loss, fitted": judge(plain, near), "squared error": judge(squared, near)}
rows["log loss, far"] = judge([fit(*known) for known, _ in far], far)
table("Finding 1: answers at the threshold 1/2, means of five draws", rows)

# %%
# Log loss finds 13 of 100 positive points (0.129), and so do the true odds (0.131). Squared error
# finds 0.131: the differences are smaller than the spread (the standard deviation over the draws).
# Log loss does not lean, either: where its p is from 0.4 to 0.5, the share of positive points is
# only 0.005 above p (Finding 3). (Its mean p, 0.051, does not show this: at the minimum the slope
# for the bias, the mean of p - y, is 0 with any other columns.) So **sentence 2** blames the wrong
# part here, where the model can represent the truth (Finding 3 drops this condition). What is true
# in it: at the threshold 1/2 the rare class *is* mostly ignored, by the true odds, too.
#
# Why so few? For a positive point, :math:`m \cdot x` lies around :math:`|m|^2 = 2.42`. Its noise is
# 1.1 times the sum of two independent numbers of variance 1: variance 2.42, standard deviation
# 1.556. So its true logit lies around :math:`2.42 - 1.21 - \ln 19 = -1.734`. It is above 0, so p is
# above 1/2, only if it is 1.115 standard deviations above its mean: for a Gaussian 13 times in 100.
# Two things meet: with as many points in each class, ln 19 is missing, and 78 in 100 are found; and
# where the classes hardly overlap (far), recall is 0.989.
#
# **Sentence 4** observes rightly: recall is the accuracy for the rare class, and 0.129 is low.
# (Precision is not: 0.655.) Where the model can represent the truth, its cause is not right:
# squared error and the true odds have the same recall. (*All* points: accuracy 0.952 with each.)
#
# Finding 2: weights are copies, and act like a threshold if the model can represent the truth
# --------------------------------------------------------------------------------------------
# **Threshold.** At a point with probability p, the answer 1 costs 1 - p on average (a false alarm,
# if the truth is 0), and the answer 0 costs 19 p (a miss, if it is 1). So 1 is the cheaper answer
# if 1 - p < 19 p, which is 1 < 20 p: if p > 1/20.
#
# **Weight.** *Class weights* multiply the loss of each sample by a factor for its class: here the
# positive points by c = 19. At a place with the true share q the mean loss is now :math:`-19 \, q
# \ln p - (1 - q) \ln (1 - p)`. Where is it least, if p is free?
#
# .. math::
#
#    -\frac{19 \, q}{p} + \frac{1 - q}{1 - p} &= 0 \\
#    (1 - q) \, p &= 19 \, q \, (1 - p) \\
#    \frac{p}{1 - p} &= 19 \cdot \frac{q}{1 - q}.
#
# The odds are multiplied by 19. (Odds of a to b are the probability a / (a + b).) These p are no
# longer the shares of positive points, but the answers at the threshold 1/2 are those we want: p >
# 1/2 means odds above 1, so q / (1 - q) > 1/19, so q > 1/20: the same threshold.
#
# **Copies.** 19 copies of a positive point add its loss 19 times: the same sum. To keep only 1 in
# 19 negative points multiplies q / (1 - q) by 19, too, but throws data away. So weights, copies and
# left-out points act as if the data had another share of positive points, s, than the world has, t
# (here 1/2 and 1/20): s / (1 - s) is t / (1 - t) times the factor that each place has. So
#
# .. math:: \text{odds in data} = \text{odds in world} \cdot \frac{s / (1 - s)}{t / (1 - t)}.
#
# **The slope** for z: the derivative of -ln p is p - 1, that of -ln(1 - p) is p (lesson 06). So the
# weighted loss :math:`-c \, y \ln p - (1 - y) \ln (1 - p)` has the slope c (p - 1) for y = 1, and p
# for y = 0: each p - y, times the weight of the sample. Its derivative for z is the weight times p
# (1 - p). `fit` has both lines.
#
# Guess: what does the weight do to the mean p, and what to the log loss?

weighted = [fit(*known, c=19) for known, _ in near]
copies = [np.repeat(np.arange(len(y)), np.where(y == 1, 19, 1)) for (_, y), _ in near]
copied = [fit(X[chosen], y[chosen]) for ((X, y), _), chosen in zip(near, copies)]
ways = {"threshold 1/2": judge(plain, near), "threshold 1/20": judge(plain, near, 0.05)}
ways |= {"weight 19": judge(weighted, near), "19 copies": judge(copied, near)}
ways["weight 19, minus ln 19"] = judge([w - [np.log(19), 0, 0] for w in weighted], near)
table("Finding 2: threshold 1/2, unless named, means of five draws", ways)
w = train(*near[0][0], nn.BCEWithLogitsLoss(pos_weight=mg.tensor(19.0)))
print(f"draw 1, weight 19: minigrad's w is fit's up to {max(abs(w - weighted[0])):.3f}")

# %%
# Weight and copies agree exactly: it is the same sum. The means of the threshold 1/20 differ from
# theirs by 0.001 at most in the first five columns. From the threshold 1/2, recall rises from 0.129
# to 0.785, and the cost falls from 0.842 to 0.421. So **sentence 3** is right: weights raise what
# is captured. But here, where the model can represent the truth, the threshold 1/20 on the plain
# model does it, too, without new training. And the precision falls from 0.655 to 0.157: five of six
# answers 1 are false alarms. **Sentence 1** is true in this sense: a threshold that does not fit
# the costs captures too little or too much, also with the true odds.
#
# The difference is in the last two columns. After the weight, the mean p is 0.327, where 5 in 100
# are positive, and the log loss is 0.469. Probabilities are *calibrated* if, say, of the points
# that get p = 0.3, a share of 0.3 is positive, and so for each p. The plain ones are calibrated
# here, the weighted ones are not (the picture, left). Their odds are 19 times too high; so the
# logit, the logarithm of the odds, is ln 19 too high. The last way subtracts ln 19 from the bias:
# mean p and log loss are back, 0.051 and 0.148, and so is the low recall.
#
# (Minigrad and PyTorch call the weight `pos_weight`. Scikit-learn's `LogisticRegression(C=np.inf,
# class_weight={0: 1, 1: 19}, solver="newton-cg", tol=1e-10)` gives the same three numbers as `fit`
# for the first draw of seed 0, -1.219, 1.108 and 1.123, computed beforehand with version 1.9.)
#
# Finding 3: ln 19 repairs the probabilities if the model can represent them
# --------------------------------------------------------------------------
# The derivation let p be *free* at each place. A model with three numbers is not free; so far the
# true logit was linear. Now the positive points are a small cluster around m = (2.5, 0), with
# variance 0.25. Their density is :math:`4 \, e^{-|x - m|^2 / 0.5}` up to the same constant (half
# the deviation in two directions: 4 times as dense). The true logit is
#
# .. math:: -2 \, |x - m|^2 + \tfrac{1}{2} |x|^2 + \ln 4 - \ln 19.
#
# The squares no longer cancel: a linear model cannot say this. With the squares of both coordinates
# as two more columns, it can. A line is also wrong for *two clusters*: 40 of 100 positive points
# are moved to (-0.5, 2). We compare weights 1 and 19 (the latter minus ln 19, so the threshold is
# 1/20 for both). In which of the four cases will the rows differ? For two clusters we also repeat
# Finding 1 (their odds add up, as densities do). Does the loss matter?


def binned(z, y, n):
    """Mean p and share of positives in n - 1 bins of width 1/n; the last is double."""
    bins = [np.digitize(sigmoid(z), np.arange(1, n - 1) / n) == i for i in range(n - 1)]
    return [[values[inside].mean() for inside in bins] for values in (sigmoid(z), y)]


cluster = draws((2.5, 0), 0.5)
moves = lambda y: np.outer(y * (rng.random(len(y)) < 0.4), [0, -3, 2])
two = [[(X + moves(y), y) for X, y in draw] for draw in cluster]
squares = [[(np.hstack([X, X[:, 1:] ** 2]), y) for X, y in draw] for draw in cluster]
cases = {"near, line": near, "cluster, line": cluster}
cases |= {"two clusters, line": two, "cluster, squares": squares}
bins_of = {}
rows = {}
for name, data in cases.items():
    for c in (1, 19):  # ln c comes off the bias alone, by the row (1, 0, 0)
        fits = [fit(X, y, c) - np.log(c) * np.eye(X.shape[1])[0] for (X, y), _ in data]
        found = bins_of[name, c] = judge(fits, data, 10, binned)  # (5, 2, 9)
        row = np.hstack([judge(fits, data, 0.05), found[:, 1] - found[:, 0]])  # (5, 16)
        rows[f"{name:18} {c:2}"] = row[:, [0, 1, 4, 6, 11, 15]]  # bins 4 and 8
title = "Finding 3: weights, threshold 1/20; last: share - p, p in .4 to .5, above .8"
table(title, rows, "recall precis   cost logls.  .4-.5    >.8")
odds = lambda x, m: 4 / 19 * np.exp((x**2 / 2 - 2 * (x - m) ** 2).sum(axis=1))
true = lambda x: np.log(0.6 * odds(x, (2.5, 0)) + 0.4 * odds(x, (-0.5, 2)))
half = {"two, true odds": [measures(true(X[:, 1:]), y, 0.5) for _, (X, y) in two]}
half["two, log loss"] = judge([fit(*known) for known, _ in two], two)
half["two, squared error"] = judge([train(*d, squared_error) for d, _ in two], two)
table("Finding 3: two clusters, line, threshold 1/2, means of five draws", half)

# %%
# - *Near*: the rows agree within 0.001 (four columns), and share - p is 0 up to the spread.
# - *Cluster, line*: of the points with p from 0.4 to 0.5 too many are positive (by 0.069), above
#   0.8 too few (by 0.079). A line cannot be right everywhere, and the weight moves the compromise:
#   in each of the five draws recall is lower with it (0.971, not 0.979), precision higher (0.465,
#   not 0.431), log loss higher (0.066, not 0.064). The cost is lower in 3 of 5.
# - *Two clusters*: the weight finds *more*, 0.868 and not 0.825, with higher precision and at a
#   lower cost, 0.316 and not 0.373, in each draw. But with both, p above 0.8 is far too high (by
#   0.719 and 0.731), with the weight p from 0.4 to 0.5, too (by 0.147), and its log loss is higher
#   (0.154, not 0.145).
# - *Cluster, squares*: rows agree within 0.003 (four columns); -0.025 is chance (seed 1: 0.024).
#
# The equality of Finding 2 is sure only if the model can represent the truth. If not, the weight
# gives another model, which may find less than the threshold, or more. Try both on held-out data.
#
# Here the loss matters: at 1/2 a line finds 0.072 of *two clusters* with log loss, 0.341 with
# squared error (0.352 at its minimum, computed beforehand), the true odds 0.470: this order in each
# draw. (Squared error has the higher log loss.) With a wrong model **sentences 2 and 4** can hold.
#
# The picture
# -----------
# Left and right: a mark is a bin of p, means of five draws. Middle: the plain model at many
# thresholds, and the five ways of Finding 2, draw 1; marks at one place are nested.

left, middle, right = run.figure(15, 5).subplots(1, 3)
left.plot(*judge(weighted, near, 10, binned).mean(axis=0), "C2s--", label="weight 19")
titles = ["Weight 19 makes p too high", "A line misses the cluster's truth"]
for ax, name, title in zip((left, right), cases, titles):
    ax.plot(*bins_of[name, 1].mean(axis=0), "C0o-", label="log loss")
    ax.plot(*bins_of[name, 19].mean(axis=0), "C4^:", label="weight 19, minus ln 19")
    ax.plot([0, 1], [0, 1], color=plot.GREY, label="calibrated")
    ax.set(xlabel="mean p of a bin", ylabel="share of positive points", title=title)
    ax.legend(frameon=False)
curve = [judge(plain[:1], near[:1], t)[0, :2] for t in np.arange(1, 60) / 100]
middle.plot(*np.transpose(curve), color=plot.GREY, label="thresholds 0.01 to 0.59")
for (name, row), style, size in zip(ways.items(), "oDsp^", (6, 5, 11, 18, 13)):
    middle.plot(*row[0, :2], style, markersize=size, fillstyle="none", label=name)
middle.set(xlabel="recall", ylabel="precision", title="Three ways share one point")
middle.legend(frameon=False)
run.finish(left.figure, {"bins": [*bins_of.values()]}, recall=curve[49][0])

# %%
# What this does not show
# -----------------------
# Networks may over-fit the few positive points (lesson 13). Copies made before the test points are
# split off are a trap (lesson 16). The true costs are rarely known.
#
# **In one sentence**: with 5 positives in 100, classes that overlap, and a model that can represent
# the truth, not the loss but the threshold 1/2 loses recall; then class weights, which are copies,
# answer as a lower threshold does, and ln of the weight, taken off the logit, repairs the odds.
#
# Your turn
# ---------
# Write the weighted loss from the logit; the weighted gradient for many classes; and the true
# probability if the training data had another share of positives than the world: exercise 15 of the
# classroom, `python -m minigrad.classroom check 15` (before it, `start` writes the file).
#
# Before that: let a false alarm cost 4, and a miss 12. Which threshold is right? And which weight
# gives the same answers at the threshold 1/2?
