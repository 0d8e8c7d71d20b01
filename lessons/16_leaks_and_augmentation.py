r"""
When is a good score a lie?
===========================

A class is rare, so we copy its samples, or we make new ones by turning and mirroring pictures.
The test score rises. Has the model learnt more? It may have. But the model may have seen the
test, and new pictures may carry wrong labels.

*You need* lesson 04 (standardize), 07 (softmax regression, negative control), 15 (imbalance).
*New words*: nearest neighbour, leak, twin, augmentation.
*Runs* about 5 seconds.
"""

# %%
import numpy as np

from minigrad import lesson, plot
from minigrad.datasets import load_breast_cancer, load_mnist

run = lesson.start("16_leaks_and_augmentation")
rng = np.random.default_rng(run.seed)
draws = 2 if run.quick else 10
if run.quick:
    print("quick: too short to show what the text says")

# %%
# The claims
# ----------
# This course reads five articles (`ERRATA.md` lists their errors). *Versus* (8.3) says what to do
# when a class is rare:
#
# 1. *Re-sampling* balances the shares of the classes, *"for example over-sampling or
#    under-sampling"*. We take copies of the rare samples. (Under-sampling makes none.)
# 2. *Augmentation* makes more rare samples, *"for example by flipping and turning pictures"*.
#
# What is true: both are common and often right, and lesson 15 showed what copies do. But the
# article gives no condition. We ask: copied *when* (claim 1)? Turned *by how much* (claim 2)?
#
# Finding 1: copies made before the split carry answers into the test
# -------------------------------------------------------------------
# We begin with a negative control (lesson 07): 1000 samples of ten random numbers. The first 50 are
# the rare class, label 1. The numbers have nothing to do with the label, so nothing can be learnt.
# The score is the *balanced accuracy*: take the share that is right in each class (its *recall*),
# then the mean of the two shares. A guess has 1/2 on average.
#
# The model is the *nearest neighbour*: a new sample gets the label of the training sample that is
# nearest to it. So this model learns each sample by heart. The squared distance of a training
# sample a and a new sample b is
#
# .. math:: \sum_j (a_j - b_j)^2 = \sum_j a_j^2 - 2 \sum_j a_j b_j + \sum_j b_j^2.
#
# The last sum is the same for every a, so we leave it out.


def nearest(X, labels, new_X):
    distance = (X**2).sum(axis=1) - 2 * new_X @ X.T  # (new samples, training samples)
    return labels[distance.argmin(axis=1)]


def spread(values):
    return f"{np.mean(values).round(3) + 0.0:6.3f} ({np.std(values):.3f})"


# %%
# Each rare sample is copied until it stands k times among the rows. There are two orders of work:
#
# - *before*: copy, mix all rows, and then split: one half to train, one half to test;
# - *after*: split the 1000 samples, and then copy in the training half only.
#
# A test row has a *twin* if a copy of the same sample is in the training half. Guess the score on
# pure noise: for k = 1, 2 and 19 before the split, and for k = 19 after it. (With k = 19 both
# classes have 950 rows.)

y = (np.arange(1000) < 50).astype(int)  # 1 is the rare class


def with_copies(rows, k):
    return np.concatenate([rows] + (k - 1) * [rows[y[rows] == 1]])


def noise_score(k, when):
    """The share of rare test rows with a twin, and the balanced accuracy."""
    X = rng.normal(size=(1000, 10))
    rows = rng.permutation(with_copies(np.arange(1000), k if when == "before" else 1))
    train, test = np.array_split(rows, 2)  # numbers of samples
    train = with_copies(train, k if when == "after" else 1)
    said = nearest(X[train], y[train], X[test])
    recalls = [(said[y[test] == c] == c).mean() for c in (0, 1)]
    return np.isin(test, train)[y[test] == 1].mean(), np.mean(recalls)


cases = [(1, "before"), (2, "before"), (4, "before"), (19, "before"), (19, "after")]
scores = np.array([[noise_score(*case) for _ in range(draws)] for case in cases])
print(f"Finding 1: noise copied before or after a split, mean (spread), {draws} draws")
print(" k  copied  twins: derived, found      balanced accuracy: derived, found")
for (k, when), (twins, score) in zip(cases, scores.transpose(0, 2, 1), strict=True):
    s = 1 - 0.5 ** (k - 1) if when == "before" else 0
    b = 0.5 + s * 475 / (475 + 50 * (1 - 0.5**k)) / 2  # derived below
    print(f"{k:2}  {when:<6}  {s:14.3f} {spread(twins)} {b:25.3f} {spread(score)}")

# %%
# With k = 19, copies before the split give pure noise a score of 0.949, nearly that of a good
# classifier. As many copies, made after the split, give 0.494: chance. One copy each (k = 2) is
# enough for 0.746. Why?
#
# **How many twins?** A rare test row has k - 1 copies elsewhere. Each copy is in the test, too,
# with probability 1/2 (nearly: exactly half of the rows go there). All of them are in the test
# with probability :math:`0.5^{k-1}`. Else the row has a twin. So the share of rare test rows with
# a twin is :math:`s = 1 - 0.5^{k-1}`: 0, then 1/2, then 7/8, then nearly 1.
#
# **What does a twin do?** Its distance is 0, so it is the nearest neighbour, and its label is
# right. A row without a twin meets noise. Let g be the share of the rare among the *different*
# training samples (copies lie in one place, so they count once). A rare sample is in the training
# half with probability :math:`1 - 0.5^k`, so there are about :math:`50 \, (1 - 0.5^k)` of them,
# beside 475 of the others (half of 950). A row that meets noise is called rare with probability g.
# The recalls :math:`R_1` of the rare class and :math:`R_0` of the other are therefore
#
# .. math::
#
#    R_1 &= s \cdot 1 + (1 - s) \, g \\
#    R_0 &= 1 - g \\
#    \frac{R_1 + R_0}{2} &= \frac{s + g - s g + 1 - g}{2} = \frac{1}{2} + \frac{s \, (1 - g)}{2}.
#
# This is the column "derived", where :math:`1 - g = 475 / (475 + 50 \, (1 - 0.5^k))`. No step uses
# that the model knows anything. The runs agree with it within the spread, the standard deviation
# over the draws.
#
# The last row is the control. Its rare training samples stand there 19 times, too, but no test row
# has a twin, and its score is at chance. So the twins make the score, and not the copies as such.
# How large the score gets depends on the model. A logistic regression cannot learn each sample by
# heart from ten numbers: it gets 0.58 (0.03) from the same twins, and 0.51 (0.06) without twins
# (scikit-learn, 20 draws, computed beforehand). **Claim 1** is good advice with a condition: split
# first, then copy, and only in the training part.
#
# Finding 2: whatever a choice sees of the test is a leak, large or small
# -----------------------------------------------------------------------
# A *leak* is a way by which training, or a choice made for it, learns something from the test
# samples. Twins are one leak. Here are two more, with 50 training and 50 test samples:
#
# - *Features*: noise has 2000 random features, and random labels, 0 or 1: about half of the answers
#   are right by chance. Keep the ten features whose means differ most between the classes. The
#   leak: all samples are used for this choice. Honest: the training samples only.
# - *Standardizing* (lesson 04): subtract a mean, divide by a deviation. The leak: those of all
#   samples. Honest: those of the training samples. Here the data are real, the breast tumours of
#   lesson 06, because noise has nothing to scale.
#
# Both use the nearest neighbour. Guess: which of the two leaks is small?


def half_right(X, labels):
    """Train on the first 50 samples; the share right of the others."""
    return (nearest(X[:50], labels[:50], X[50:]) == labels[50:]).mean()


def features(noise, labels, seen):
    """Choose ten features by the first `seen` samples."""
    means = [noise[:seen][labels[:seen] == c].mean(axis=0) for c in (0, 1)]
    ten = abs(means[1] - means[0]).argsort()[-10:]
    return half_right(noise[:, ten], labels)


def standardizing(some, seen):
    """Scale by the mean and the deviation of the first `seen` samples."""
    known = tumours[some[:seen]]
    return half_right((tumours[some] - known.mean(0)) / known.std(0), benign[some])


tumours, benign = [array.numpy() for array in load_breast_cancer()[0].tensors]  # 426
found = []
for _ in range(10 * draws):
    noise = rng.normal(size=(100, 2000))
    labels = rng.permutation(100) % 2
    some = rng.permutation(426)[:100]
    for seen in (100, 50):  # with the leak, without
        found.append([features(noise, labels, seen), standardizing(some, seen)])
leaks = np.array(found).reshape(10 * draws, 2, 2).T  # kinds; with, without; draws
print(f"\nFinding 2: share right, mean (spread) of {10 * draws} draws")
print("                       with the leak   without         difference")
for name, pair in zip(["features", "standardizing"], leaks, strict=True):
    print(f"{name:<21}", spread(pair[0]), spread(pair[1]), spread(pair[0] - pair[1]))

# %%
# **Features.** With the leak, noise has 0.688, without it 0.488. A feature of noise differs between
# the classes by accident. The ten largest of 2000 accidents are large. If the test samples took
# part in the choice, then the accident is in the test, too. If they did not, the test has only its
# own accidents, and they have no reason to agree.
#
# **Standardizing.** The difference is 0.005, with a spread of 0.016. In 300 other draws (computed
# beforehand) it is 0.001 (0.017). So this leak is small (the spread of a mean of 100 is 0.016 /
# 10). Still use the training part: it costs nothing, and nobody has to ask how large the leak is.
#
# Against all leaks of this kind: split first, and let each choice see the training part only.
#
# Finding 3: a changed picture helps where it still shows its label
# -----------------------------------------------------------------
# *Augmentation* adds training samples that are made of others by a change that is meant to keep the
# label. Now the labels are real: handwritten digits of 28 x 28 pixels (MNIST). The training part is
# small, 10 pictures of each digit. The test has 2000 pictures. We split first, and change training
# pictures only. The picture of this lesson shows the four changes:
#
# - *shifted* by a pixel: down, up, left, right (four new pictures of each). NumPy's `roll` would
#   let the column that leaves on one side come in again on the other. So we first put a frame of
#   zeros round the picture (`np.pad`), and then cut a window out of it.
# - *turned a little*: by -15, -7.5, 7.5 and 15 degrees (four new pictures).
# - *mirrored*: left and right are exchanged (one new picture).
# - *turned by 180* degrees (one new picture).
#
# How is a picture turned by an angle a? Ask each pixel of the *new* picture where it comes from.
# Let u and v be its row (downwards) and its column, counted from the middle. Let r be its distance
# from the middle, and t its direction: :math:`u = r \sin t` and :math:`v = r \cos t`. The pixel
# comes from the same distance, in the direction t + a:
#
# .. math::
#
#    \text{row} &= r \sin(t + a) = r \sin t \cos a + r \cos t \sin a = u \cos a + v \sin a \\
#    \text{column} &= r \cos(t + a) = r \cos t \cos a - r \sin t \sin a = v \cos a - u \sin a.
#
# (With a = 90 degrees, the pixel on the right, u = 0, comes from below, row v: the picture turns to
# the left.) We round both to whole pixels. A corner is :math:`13.5 \sqrt 2 = 19.1` from the middle,
# 5.6 more than the border, so a frame of 6 zeros holds what comes from outside.


def shifted(images, down, right):
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1)))  # (n, 30, 30)
    return framed[:, 1 - down : 29 - down, 1 - right : 29 - right]


def turned(images, degrees):
    a = np.deg2rad(degrees)
    u, v = np.mgrid[-13.5:14, -13.5:14]  # (28, 28) each
    places = [u * np.cos(a) + v * np.sin(a), v * np.cos(a) - u * np.sin(a)]
    rows, columns = np.rint(np.array(places) + 13.5 + 6).astype(int)
    return np.pad(images, ((0, 0), (6, 6), (6, 6)))[:, rows, columns]


SIDES = ((1, 0), (-1, 0), (0, -1), (0, 1))  # down, up, left, right
changes = {
    "copied": lambda A: [A],
    "shifted": lambda A: [shifted(A, *side) for side in SIDES],
    "turned a little": lambda A: [turned(A, a) for a in (-15, -7.5, 7.5, 15)],
    "mirrored": lambda A: [A[:, :, ::-1]],
    "turned by 180": lambda A: [A[:, ::-1, ::-1]],
}

# %%
# The model is the nearest neighbour again. For it, mere copies are the same as no change: a copy is
# no nearer than its sample. So *copied* is our zero: a gain is the share right of all test pictures
# minus that of the same draw with mere copies. Guess: which changes help? And which digit does a 6
# become when it is turned by 180 degrees? There are three kinds of runs:
#
# - *all*: 10 pictures of each digit, and all of them are changed;
# - *not 6, 9*: the same pictures, but no 6 and no 9 is changed (a control);
# - *rare 6*, as in claim 2: 10 pictures of 6 and 100 of each other digit. Only the 6s are changed.
#
# In a run of *rare 6* all new pictures have the label 6. So an answer can only turn *into* 6, and
# the recall of 6 cannot fall, whatever we add. (Lesson 15: recall alone can be bought.) The price
# is paid by other digits that are now called 6. The share right counts both.

(pixels, digits), new = [[a.numpy() for a in part.tensors] for part in load_mnist()]
images = pixels.reshape(-1, 28, 28)
new_X, truth = [array[::5] for array in new]  # (2000, 784) and (2000,): every fifth
numbers = []
for _ in run.progress(draws, unit="draw"):
    order = rng.permutation(60_000)
    many = np.array([order[digits[order] == c][:100] for c in range(10)])  # (10, 100)
    few = many[:, :10].ravel()
    rare_6 = np.append(many[6, :10], np.delete(many, 6, axis=0))
    kinds = [(few, range(10)), (few, [0, 1, 2, 3, 4, 5, 7, 8]), (rare_6, [6])]
    for change in changes.values():
        for rows, which in kinds:
            chosen = rows[np.isin(digits[rows], which)]
            made = change(images[chosen])
            X = np.concatenate([images[rows], *made]).reshape(-1, 784)
            said = nearest(X, digits[np.append(rows, len(made) * [chosen])], new_X)
            sixes = [np.mean(said[truth == 6] == c) for c in (9, 6)]
            numbers.append([np.mean(said == truth), *sixes])  # right, 6s as 9, as 6
table = np.array(numbers).reshape(draws, -1, 9).T  # nine: all, not 6 and 9, rare 6
gains = (table - table[:, :1])[[0, 3, 6]]  # all; not 6, 9; rare 6
print(f"\nFinding 3, {draws} draws: gain in share right (spread); share of 6s called")
print(f"{'':16}all{'':12}not 6, 9{'':7}rare 6{'':7}9 (all) 9 (not 6, 9) 6 (rare 6)")
for i, name in enumerate(changes):
    shares = "{:10.3f}{:13.3f}{:11.3f}".format(*table[[1, 4, 8], i].mean(axis=1))
    print(f"{name:<15}", *map(spread, gains[:, i]), shares)

# %%
# **What helps.** Mere copies have 0.718 right. Shifts by a pixel gain 0.027, small turns 0.054,
# each more than twice its spread. With a rare 6 the recall rises from 0.663 to 0.777 and 0.799, and
# the share right of all digits, 0.868, rises, too, by 0.008 and 0.010. So *claim 2* is good advice
# for these changes and pictures and this model: somebody could have written the changed 6 just so.
#
# **What does not.** Turned by 180 degrees, a 6 looks like a 9, but it still has the label 6. With
# all digits turned, 0.118 of the true 6s are called 9 (0.009 with mere copies). The share right
# falls by 0.050 (mirrored: by 0.020). In the control 6 and 9 are not turned: 0.003 of the 6s are
# called 9, but the share right still falls by 0.035. So turning the *other* digits alone does most
# of the harm. A 7 upside down is hardly ever written, but it looks like many 6s: in the control
# 0.137 of the 6s are called 7 (0.006 with mere copies; same draws, counted beforehand).
#
# A rare 6, mirrored or turned by 180 degrees, brings next to nothing: recalls of 0.666 and 0.663,
# and the share right falls by 0.001 and 0.000. The falls with all digits say: for this model, a
# change must *keep the label*, and it must make pictures that *can occur*.
#
# **Conditions.** Four new pictures do more than one: alone, a shift to the right gains -0.001
# (0.005), and a turn by 7.5 degrees 0.019 (0.006). On the digits of lesson 07, 8 x 8 pixels, one
# pixel is a large shift. Still, shifts raise the share right of the nearest neighbour from 0.911 to
# 0.927, but *lower* that of logistic regression from 0.899 to 0.871 (100 training pictures,
# scikit-learn). These figures are means of ten other draws, computed beforehand.
#
# The picture
# -----------
# Left: Finding 1 (dotted: chance). Middle: the changes (to the right; by 15 degrees). Right: gains.

left, middle, right = run.figure(16, 4.8).subplots(1, 3)
ticks = [f"k = {k}, {when} the split" for k, when in cases]
left.errorbar(scores[..., 1].mean(1), ticks, xerr=scores[..., 1].std(1), fmt="C0o")
left.set(xlabel="balanced accuracy", title="Copies before the split fake a score")
shown = [f(images[few[60:61]])[-1] for f in changes.values()] + [images[few[90:91]]]
plot.image_grid(np.vstack(shown), titles=[*changes, "a 9"], label="ink", ax=middle)
middle.set_title("Turned by 180 degrees, a 6 looks like a 9")
for gain, style in zip(gains[[0, 2]], ("C0o", "C1s"), strict=True):
    right.errorbar(gain.mean(1), list(changes), xerr=gain.std(1), fmt=style, mfc="none")
right.legend(["all digits changed", "a rare 6 changed"], frameon=False)
right.set(xlabel="gain in share right", title="Small changes help, half turns do not")
left.axvline(0.5, ls=":")  # chance
right.axvline(0, ls=":")
run.finish(middle.figure, {"scores": scores, "gains": gains}, gain=gains[0, 2].mean())

# %%
# What this does not show
# -----------------------
# Other models: for networks trained by steps, mixed or cut pictures, which cannot occur, are in
# common use: there, a test must decide. Other pictures: a mirrored cat is a cat, and a cell under
# the microscope may be turned by any angle. So the question is not "is turning good?", but "does
# the new picture still show its label, and can it occur?". Other leaks: a feature that is known
# only after the answer, or the best of many models by their test scores.
#
# **In one sentence**: split first, let every choice see the training part only, and, for a nearest
# neighbour, change a picture only into one that keeps its label and can occur; a score that breaks
# the first two rules may be a lie, large or small; a change that breaks the third may harm.
#
# Your turn
# ---------
# Split first, and then copy until the classes are balanced; move pictures on dark or white paper by
# any number of columns; find the test rows with a twin, and judge a model on the other rows:
# exercise 16 of the classroom. `python -m minigrad.classroom start` writes the file. Then type::
#
#    python -m minigrad.classroom check 16
#
# Before that, guess: what does the first table show if X has 2 features in place of 10? In place of
# the four small turns, take only -30 and 30 degrees, then -45 and 45: where does turning begin to
# harm?
