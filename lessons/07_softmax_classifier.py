r"""
What is wrong with this softmax classifier?
===========================================

An article prints a short program. It is said to train a classifier, and to print its loss and its
accuracy. Here it is, written anew, with its ten defects numbered. We repair them (lesson 08 repairs
the rest of the second), and then the program reads handwritten digits.

*You need* lesson 02 (cross-entropy), 04 (gradient descent, bias), 05 (softmax, one-hot, p - y),
06 (label, held-out data, penalty).
*New words*: softmax regression, accuracy, negative control, epoch.
*Runs* about 5 seconds.
"""

# %%
import numpy as np

from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_digits

run = lesson.start("07_softmax_classifier", epochs=4000, lr=2.0)
np.seterr(all="ignore")  # infinity and "nan" (not a number) are shown on purpose
if run.quick:
    print("quick: too short to show what the text says")

# %%
# The claim
# ---------
# This course reads five articles: *Softmax*, *Snippet*, *Series*, *Theory* and *Versus* (ERRATA.md
# lists their errors). *Softmax* (section 4) prints a program. The article says that it trains a
# model by gradient descent, prints the loss every 100 iterations, and computes the accuracy on test
# data. Below is a program of our own with its steps and its defects. To read it:
#
# - There are :math:`N` samples with :math:`D` numbers each, in an array :math:`X` of shape (N, D).
# - Each sample has a label: the number of its class, from 0 to C - 1.
# - The model makes a logit for each class, :math:`z = X W + b`, with weights :math:`W` of shape
#   (D, C) and biases :math:`b` of shape (C,), one number for each class.
# - Softmax makes probabilities of each row of z: :math:`p_c = e^{z_c} / \sum_k e^{z_k}`. They add
#   up to 1. (*Theory* says that it maps to [0, 1] and gives the probabilities of the classes, but
#   not that they add up to 1. The sigmoids of 2, 1, 0 lie in [0, 1], too, and add up to 2.11.)
# - The loss is the cross-entropy between the true class and :math:`p`.
# - The *accuracy* is the share of samples whose largest probability is at the right class.
#
# This plan is called *softmax regression*, and the plan is right.
#
# The program
# -----------
# Read it, and mark what you would change. The numbers (1) to (10) stay the same to the end.


def wrong_softmax(z):
    e = np.exp(z - np.max(z))  # (4)
    return e / np.sum(e, axis=0)  # (3)


rng = np.random.default_rng(run.seed)  # (10)
X_noise = rng.random((100, 10))
labels_noise = rng.integers(0, 2, 100)  # (9)


def wrong_program(X, labels):
    W = rng.random((10, 10))  # (6)
    b = rng.random(10)
    losses = []
    for _ in range(1000):
        p = wrong_softmax(X @ W + b)
        losses.append(-np.sum(labels * np.log(p)))  # (1) (2) (5)
        W -= 0.01 * X.T @ (p - labels)  # (1) (5)
        b -= 0.01 * np.sum(p - labels)  # (1) (5) (7)
    test_labels = rng.integers(0, 2, 10)  # (9)
    test_p = wrong_softmax(rng.random((10, 10)) @ W + b)
    return losses, np.sum(test_p == test_labels) / test_labels.size  # (8)


# %%
# 1. A label, a number, is used where a distribution is needed.
# 2. The logarithm of 0 is taken.
# 3. Columns add up to 1, and rows do not.
# 4. One maximum is subtracted from all rows.
# 5. Losses and gradients are added up over the samples: no mean.
# 6. There are ten outputs for two classes.
# 7. One number moves all ten biases.
# 8. The accuracy compares probabilities with labels.
# 9. The labels are random.
# 10. The article sets no seed, so nobody could get its numbers again. (Ours is set: the lesson must
#     print the same numbers twice. Defect 10 is repaired in this one line.)
#
# Finding 1: it stops, and made to run, it learns nothing
# -------------------------------------------------------
# Guess: what does the program print for its first loss? The labels have the shape (100,), the
# probabilities (100, 10). The smallest repair gives the labels a second axis, shape (100, 1). NumPy
# then repeats each label ten times, once for each class. What happens to the loss then?

try:
    wrong_program(X_noise, labels_noise)
except ValueError as error:
    print("Finding 1: (1) as it stands, ValueError:", str(error).strip())
climbing = np.array(wrong_program(X_noise, labels_noise[:, None])[0])
print("(1) loss, steps 0 100 500 999:", *climbing[[0, 100, 500, 999]].round())
sums = np.sort(wrong_softmax(X_noise @ rng.random((10, 10))).sum(axis=1))
print(f"(3) a first p: its rows add up to {sums[0]:.3f} ... {sums[-1]:.3f}, not to 1")

# %%
# The program does not finish its first step: it never printed a loss or an accuracy. Made to run,
# its loss climbs to "nan" (and may be infinite first; with a few seeds, such as 8, it only climbs).
# Why? Take one sample and three classes.
#
# **(1)** A target must be a distribution, like :math:`p`. A sample of class 1 has the one-hot
# target :math:`y` = (0, 1, 0). The cross-entropy keeps one term of its sum over the *classes*:
#
# .. math:: -\sum_c y_c \ln p_c = -\ln p_{\text{label}}.
#
# The mean over the samples comes after that. (The article's formula has one sum, from 1 to n, of an
# integer times a vector, so its result is a vector and no loss.) The program multiplies all of
# :math:`\ln p` by the label itself. By hand:
#
# - label 1, sure and right, :math:`p = (0.1, 0.8, 0.1)`:
#   :math:`-(\ln 0.1 + \ln 0.8 + \ln 0.1)` = 4.83. The right loss is 0.22.
# - label 1, undecided, :math:`p = (1/3, 1/3, 1/3)`: :math:`3 \ln 3` = 3.30. The right loss is 1.10.
# - label 0, any :math:`p`: 0, whatever the program believes.
#
# Under label 1, "undecided" is cheaper than "sure and right", and under label 0 nothing is ever
# wrong. So even with nothing else broken, the least loss belongs to a program without an opinion.
#
# **(3)** The columns of p add up to 1, so it is the *samples* that compete for a class, and not the
# classes for a sample. The labels add up to about 50, a column of p to 1: p never comes near them,
# and, as no input is negative, each update makes W larger. The rows of X differ, so the logits of a
# column move apart. So in each column the largest logit takes nearly all of the 1, the other
# samples have less and less, and -ln p grows: the loss climbs. **(2)** At last some p is exactly 0,
# and its logarithm is minus infinity. Such a sample costs infinity if its label is 1. If its label
# is 0, the product is 0 times infinity, and this is "nan". One-hot targets need no such product:
# take the logarithm only where y is 1. This repairs the "nan". The infinity stays where the right
# class has p = 0 (this half is left).
#
# The repaired program
# --------------------
# The update needs the gradient. Lesson 05 derived it and checked it by differences. Here it is
# again, for one sample with the true class t. Its loss is :math:`\ell = -\ln p_t = \ln \sum_k
# e^{z_k} - z_t`. The last term, :math:`z_t`, has the derivative 1 for c = t and 0 for every other
# c: this is :math:`y_c`. Hence
#
# .. math::
#
#    \frac{\partial \ell}{\partial z_c} &= \frac{e^{z_c}}{\sum_k e^{z_k}} - y_c \\
#    &= p_c - y_c.
#
# The article expects that this gradient "may be very complex". It is one subtraction. Next
# :math:`W` and :math:`b`. The loss of the batch, :math:`L`, is the mean over N samples, so
# :math:`\partial L / \partial z_{ic} = (p_{ic} - y_{ic}) / N`. The element of z in row i, column c,
# is :math:`z_{ic} = \sum_d X_{id} W_{dc} + b_c`. So a change of :math:`W_{dc}` moves :math:`z_{ic}`
# by :math:`X_{id}` times as much, in every sample i, and :math:`b_c` moves it by 1 times as much:
#
# .. math::
#
#    \frac{\partial L}{\partial W_{dc}} &= \frac{1}{N} \sum_i X_{id} \, (p_{ic} - y_{ic})
#    \quad \text{or} \quad \frac{\partial L}{\partial W} = X^T (p - y) / N, \\
#    \frac{\partial L}{\partial b_c} &= \frac{1}{N} \sum_i (p_{ic} - y_{ic}).
#
# The gradient of W has the shape of W, and that of b the shape of b: add over the samples, never
# over the classes. (The article has a formula for a single :math:`w_{ij}`, with the class first,
# and none for b. It calls the derivative for one number the gradient of the vector.)


def one_hot(labels, C):
    return np.eye(C)[labels]  # (N,) to (N, C): rows of the unit matrix


def softmax(z):
    e = np.exp(z - z.max(axis=1)[:, None])  # (4) the maximum of each row
    return e / e.sum(axis=1)[:, None]  # (3) the sum of each row


def cross_entropy(y, p):
    return -np.log(p[y == 1]).mean()  # (1) one-hot, (2) no product, (5) a mean


def train(X, y, rate, steps, penalty=0.0):  # the penalty is for later, and 0 until then
    W = np.zeros((X.shape[1], y.shape[1]))  # (6) an output for each class that exists
    b = np.zeros(y.shape[1])
    losses = []
    for _ in range(steps):
        p = softmax(X @ W + b)  # (N, C)
        losses.append(cross_entropy(y, p))
        W -= rate * (X.T @ (p - y) / len(X) + penalty * W)  # (5)
        b -= rate * (p - y).mean(axis=0)  # (5), and (7) a number for each class
    return W, b, losses


def accuracy(z, labels):
    return (z.argmax(axis=1) == labels).mean()  # (8) the class of the largest logit


# %%
# All weights begin at 0, so p is 1/C everywhere, and the first loss must be ln C. This is a good
# check of any new classifier whose logits begin near 0.
#
# Finding 2: what runs can still be wrong
# ---------------------------------------
# Defects 4 to 8 do not stop this program: even with "nan" it runs on. We run (4), (5) and (8), and
# show (6) and (7) by hand. Guess which of them you would notice. For (5), the sum runs on 100
# digits, and then on the same digits, each copied ten times.

(inputs, labels), (new_inputs, new_labels) = [part.tensors for part in load_digits()]
X = inputs.numpy()  # (1347, 64)
y = one_hot(labels.numpy(), 10)
z = np.array([[1000.0, 0.0], [0.0, 1.0]])
# z.T, because wrong_softmax adds down the columns (3): so only (4) is tested
print("\nFinding 2: (4) p:", wrong_softmax(z.T)[:, 1], "fixed:", softmax(z)[1].round(3))
for k in (1, 10):  # the sum at the rate 0.01 steps like the mean at 0.01 N = k
    told = train(np.repeat(X[:100], k, axis=0), np.repeat(y[:100], k, axis=0), k, 20)[2]
    print(f"(5) sum, {k} of each, steps 0 1 2 19:", *np.round(told, 3)[[0, 1, 2, 19]])
few = labels_noise[:10]  # one_hot(few, 10) is p of a classifier that is right and sure
print(f"(8) always right: the score is {np.sum(one_hot(few, 10) == few) / 10:.0%}")

# %%
# **(4)** Any number m may be subtracted from a row: :math:`e^{z - m} = e^z / e^m`, and the factor
# cancels in p. But row 2 lies 1000 below the maximum of the batch. All its exponentials are 0, and
# 0/0 is "nan". With its own maximum, its largest exponential is 1: the sum cannot be 0.
#
# **(5)** With 100 samples, the sum at the rate 0.01 takes the steps of the mean at the rate 1. A
# copy says nothing new, and a mean does not notice it. But the sum's steps are ten times as long
# with ten copies: they leap over the valley and up the other side, to 15.7, almost 7 times the
# first loss. (Here the walk comes down again and is even lower at the end: a long step is not
# always bad.) The sum's gradient is not false, but the *number of samples* has chosen the rate.
#
# **(6)** Eight of the ten outputs belong to classes that do not exist. With all weights at 0 each
# output gets p = 1/10, so the loss begins at ln 10 = 2.3026 and not at ln 2 = 0.6931. An absent
# class has y = 0 in every row: its :math:`p - y` is above 0, so each step lowers its bias. No input
# is negative here, so its logits fall, too. The harm is small: steps are spent on classes that do
# not exist.
#
# **(7)** Take five samples, labels 0 0 0 0 1, and inputs that are all 0: only b can learn. At first
# p is (1/2, 1/2) in each row, and the sums of p - y are (-1.5, 1.5), one for each class. Together:
# 0. This is always so: a row of p adds up to 1, and so does a one-hot row. The single number never
# moves a bias, and the loss stays at ln 2 = 0.6931. With one number for each class the biases rest
# where both sums are 0: p = (0.8, 0.2), and the loss is H(0.8, 0.2) = 0.5004.
#
# **(8)** The comparison asks which of 10 x 10 probabilities *equal* a label, 0 or 1. NumPy compares
# column c with the label of *sample* c, and every zero counts as right where that label is 0. Here
# samples 1, 5, 6 and 7 (counted from 0) have the label 0. Their columns hold 4, 10, 10 and 10
# zeros, and column 0 holds four ones, for a label 1: 38 hits, divided by 10 labels, are 380 %. A
# classifier that is right and 99 % sure has no p of 0 or 1, and scores 0.0. With 20 test rows the
# comparison would stop the program. Ten rows and, by (6), ten outputs hid that. (With `--seed 3`
# the score is 20 %: it is a number without a meaning, not only too high.)
#
# Which would you notice? (4) only by luck: by "nan", if the largest logits of two samples are more
# than about 745 apart. On our digits they never are, and (4) shows in nothing. (5) by the first
# loss, if the loss is a sum, too: 100 ln 10 = 230.3. (Our lines print the mean, and only the steps
# are those of the sum.) (6) by the first loss. (8) by 380 %, but not by 20 %. (7) shows in nothing,
# either: the program runs, and learns less well where the classes are unequal.
#
# Finding 3: random labels can be memorized, not learnt
# -----------------------------------------------------
# Now all is repaired except (9) and the half of (2), which does not show here: the labels have
# nothing to do with X. Guess the accuracy of the right program, on the 100 samples that it has
# seen, and on held-out data: 10,000 samples that it has not seen.

X_many = rng.random((10_100, 10))
found = []
for _ in range(max(2, run.epochs // 200)):
    drawn = rng.integers(0, 2, 10_100)  # labels
    W, b, losses = train(X_many[:100], one_hot(drawn[:100], 2), 1.0, 1000)
    z_many = X_many @ W + b
    new_right = accuracy(z_many[100:], drawn[100:])
    new_loss = cross_entropy(one_hot(drawn[100:], 2), softmax(z_many[100:]))
    found.append([accuracy(z_many[:100], drawn[:100]), losses[-1], new_right, new_loss])
print("\nFinding 3: (9)        seen: accuracy   loss  held out: accuracy   loss")
row = "{:15.3f} {:6.3f} {:19.3f} {:6.3f}"
print(f"mean of {len(found)} draws  ", row.format(*np.mean(found, axis=0)))
print("standard deviation", row.format(*np.std(found, axis=0)), "\n")

# %%
# On held-out data the right program is at chance, 1/2, as it must be, and its loss there is *above*
# ln 2 = 0.693: to believe 1/2 in each class would be better. On seen data the accuracy is higher
# and the loss lower, because the 22 numbers in W and b (with two classes, 11 differences) can
# memorize a part of 100 random labels. So a low loss on the seen samples promises no low loss on
# new data.
#
# Such a run is a *negative control*: nothing can be learnt in it. If a classifier beats chance on
# *held-out* data with random labels by much more than the spread (by three standard deviations,
# say), look for an error. But the control cannot show what a classifier *can* do, and the article
# has nothing else. (Its ten test samples would not even show chance: a coin gets 7 or more of 10
# right with probability 176/1024 = 0.17.)
#
# The right program on real data
# ------------------------------
# We have 1,347 images to learn from, and 450 held out, of 8 x 8 pixels each: D = 64 and C = 10. We
# compare with a known program, scikit-learn's LogisticRegression. It minimizes the loss plus a
# penalty, :math:`\frac{\lambda}{2} \sum_{dc} W_{dc}^2`, with :math:`\lambda = 1/N`. The derivative
# is :math:`\lambda W_{dc}`, the term in `train`. minigrad calls this term `weight_decay`; the
# biases have none.
#
# First, the article *Versus* (5.1) has a linear layer, `CrossEntropyLoss` and `backward`, and there
# its program ends. (It promises an example of the loss, and it is a right example of the loss. Its
# labels are random, too.) We call these lines twice. Guess what changes.

criterion = nn.CrossEntropyLoss()  # takes logits and labels: softmax and mean are in it
model = nn.Linear(64, 10)
nn.init.zeros_(model.weight)  # (C, D): minigrad and PyTorch store W transposed
nn.init.zeros_(model.bias)
for call in (1, 2):
    criterion(model(inputs), labels).backward()
    print(f"Versus, call {call}: largest gradient {model.weight.grad.abs().max():.4f}")

# %%
# `backward` computes gradients and moves nothing: the loop's first loss is still ln 10 = 2.3026.
# The second call *adds* its gradient. So `zero_grad`, `step` and a loop are missing. An *epoch* is
# a pass through all training samples. One step sees all of them here, so an epoch is one step. Both
# losses are noted at the same weights, before the step.

decayed = {"params": [model.weight], "weight_decay": 1 / len(X)}
optimizer = optim.SGD([decayed, {"params": [model.bias]}], lr=run.lr)
history = []
for _ in run.progress(run.epochs):
    loss = criterion(model(inputs), labels)
    history.append([loss.item(), criterion(model(new_inputs), new_labels).item()])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
seen, held_out = np.array(history).T
apart = np.abs(seen - train(X, y, run.lr, run.epochs, 1 / len(X))[2]).max()
said = model(new_inputs).argmax(1).numpy()
wrong = np.flatnonzero(said != new_labels.numpy())
share = 1 - len(wrong) / 450
print(f"\nDigits: first loss {seen[0]:.4f}, minigrad and NumPy {apart:.0e} apart")
print(f"minigrad: loss {seen[-1]:.4f}, held out {held_out[-1]:.4f}, {share:.4f} right")
print("scikit-learn 1.9.1: loss 0.1179, held out 0.1560, 0.9689 right")

# %%
# The NumPy program and minigrad take the same steps (minigrad in float32), and minigrad ends close
# to scikit-learn. (Its line was computed beforehand.) The answer to the title: ten things. The
# worst are numbers used as distributions (1), sums over the wrong axis (3) and random labels (9),
# and nine of the ten let the program run. So a program that runs, or that prints a number, is not
# yet right. The first loss ln C, a negative control, and a comparison with a known program can
# tell.
#
# The picture
# -----------
# On random labels, the article's program climbs to infinity or "nan", the repaired one (the last of
# the 20 draws) stays near ln 2: nothing can be learnt (9). On digits the repaired one learns. Both
# axes are logarithmic and have no 0: the first step is 1 (so a NaN goes in front of each curve).
# The article's loss is a sum over 100 samples: it is divided by 100 here, and ends where it is
# infinite or "nan".

left, grid = run.figure(13, 5).subplots(1, 2)
lines = [[np.nan, *curve] for curve in (seen, held_out, climbing / 100, losses)]
left.loglog(lines[0], "-", lines[1], "--", lines[2], "-.", lines[3], ":")
left.legend("digits,new digits,article's program,repaired: random labels".split(","))
left.set(xlabel="steps from 1", ylabel="nats a sample", title="One climbs, ours falls")
pairs = [f"{new_labels.numpy()[i]} -> {said[i]}" for i in wrong]
plot.image_grid(new_inputs.reshape(-1, 8, 8)[wrong], titles=pairs, label="ink", ax=grid)
grid.set_title(f"{len(wrong)} of 450 are misread (digit -> answer)")
numbers = {"climbing": climbing, "train": seen, "held_out": held_out, "wrong": wrong}
results = {"train_loss": seen[-1], "test_accuracy": share}
run.finish(left.figure, numbers, epochs=run.epochs, **results)

# %%
# What this does not show
# -----------------------
# One image is 0.2 percent of the held-out data: differences of a few images mean nothing. Lesson 08
# computes the loss from the logits, as `CrossEntropyLoss` does, and shows what happens if it is
# given probabilities. Lesson 09 asks why cross-entropy learns faster than squared error.
#
# Your turn
# ---------
# Write the softmax, the loss and the gradients of W and b for plain labels, without one-hot rows:
# exercise 07 of the classroom. The lesson's softmax needs exactly two axes; yours must do with one,
# two or three. `np.max` and `np.sum` keep an axis, with length 1, if they are told `keepdims=True`:
# shape (2, 3, 4) becomes (2, 3, 1), and NumPy repeats it along the last axis, `axis=-1`. And
# `A[np.arange(3), [7, 3, 6]]` picks three elements: row 0, column 7; row 1, column 3; row 2, column
# 6. After `B = A.copy()` and `B[np.arange(3), [7, 3, 6]] -= 5`, three elements of B are 5 less than
# those of A, and A is as before. `python -m minigrad.classroom start` writes the file. Then type::
#
#    python -m minigrad.classroom check 07
