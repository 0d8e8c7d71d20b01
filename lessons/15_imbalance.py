"""Imbalance: 5 positives in 100, and what thresholds, weights, copies and turned pictures really change.

About 3 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_digits

run = lesson.start("15_imbalance", epochs=200, lr=0.3)
rng = np.random.default_rng(run.seed)

# %% The claim
# Widely copied articles say that cross-entropy "cannot handle class imbalance": it leans towards the frequent class and
# predicts the rare one with low precision. Class weights, re-sampling and augmentation, such as pictures mirrored or
# turned, are to help. An example: 5 points in 100 lie around (1.1, 1.1), the others around (0, 0), all with variance 1.


def points(count):
    labels = (rng.random((count, 1)) < 0.05).astype(np.float32)
    inputs = rng.standard_normal((count, 2)) + 1.1 * labels
    return mg.tensor(inputs.astype(np.float32)), mg.tensor(labels)


def train(model, inputs, labels, loss, epochs, lr, shown=False):
    optimizer, progress = optim.Adam(model.parameters(), lr=lr), run.progress(epochs, shown=shown)
    for _ in progress:  # full batches
        batch_loss = loss(model(inputs), labels)
        optimizer.zero_grad()
        batch_loss.backward()
        optimizer.step()
        progress.note(train_loss=batch_loss.item())


# %% What happens
# 20,000 points to learn from, 200,000 for the test. Accuracy says little: who always answers 0 has .95. Recall is the
# share of the positives that are found, precision the share of positives in what is found; loss is log loss, in nats.
(inputs, labels), (test_inputs, test_labels) = points(20_000), points(200_000)
positive, operating_points = test_labels.numpy()[:, 0] > 0, {}


def test_logits(loss, rows=slice(None), shown=False):
    """What logistic regression, trained with this loss on these rows, gives for the test points."""
    model = nn.Linear(2, 1)
    train(model, inputs[rows], labels[rows], loss, run.epochs, run.lr, shown)
    return model(test_inputs).detach().numpy()[:, 0].astype(float)


def report(name, z, threshold=0.5):
    found, p = z > np.log(threshold / (1 - threshold)), 1 / (1 + np.exp(-z))
    recall, precision = found[positive].mean(), positive[found].sum() / max(1, found.sum())
    loss, cost = np.logaddexp(0, np.where(positive, -z, z)).mean(), np.where(positive, 19 * ~found, found).mean()
    shares = f"recall {recall:.3f} precision {precision:.3f} accuracy {(found == positive).mean():.3f}"
    print(f"{name:26} {shares} mean p {p.mean():.3f} loss {loss:.4f} cost {cost:.3f}")
    operating_points[name[2:]] = (recall, precision)


plain = test_logits(nn.BCEWithLogitsLoss(), shown=True)
report("1 cross-entropy", plain)
report("1 squared error", test_logits(lambda z, y: ((mg.sigmoid(z) - y) ** 2).mean()))


# %% Why
# It is not the loss that leans: of the points with a predicted probability p, a share p is positive. But few points are
# more likely than not of the rare class, and the threshold .5 asks for that. So recall is low; precision is not.
def calibration(z):
    """For each bin of probability with at least 100 points: the mean prediction, and the share of positives."""
    p = 1 / (1 + np.exp(-z))
    bins = np.digitize(p, (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8))
    filled = [bins == b for b in range(11) if (bins == b).sum() >= 100]
    return np.array([[values[rows].mean() for rows in filled] for values in (p, positive)])


print("2 predicted", *(f"{p:.3f}" for p in calibration(plain)[0]))
print("2 observed ", *(f"{share:.3f}" for share in calibration(plain)[1]))

# %% The right version
# Leave the probabilities alone and say what errors cost. If a miss costs 19 times a false alarm, answering 1 costs less
# where p > 1 / (1 + 19) = .05. The cost that is printed is the mean over the points, a false alarm costing 1.
report("3 threshold .05", plain, threshold=0.05)

# %% The experiment
# To weight the positives by 19, or to copy them up to one half, gives such answers at the threshold .5, and wrong
# probabilities: it multiplies the odds by 19. With log 19 subtracted from the logits, they are right again.
weighted = test_logits(nn.BCEWithLogitsLoss(pos_weight=mg.tensor(19.0)))
rare, frequent = (np.flatnonzero(labels.numpy() == answer) for answer in (1, 0))
report("4 weight 19", weighted)
report("4 copies", test_logits(nn.BCEWithLogitsLoss(), np.append(frequent, rng.choice(rare, len(frequent)))))
report("4 weight 19, minus log 19", weighted - np.log(19))

# Copies made before the split lie on both sides of it: on pure noise, the nearest neighbour then seems to know a lot.
noise, classes, order = rng.standard_normal((1000, 10)), rng.random(1000) < 0.05, rng.permutation(1000)


def copy_up(rows):
    rare, frequent = rows[classes[rows]], rows[~classes[rows]]
    return rng.permutation(np.append(frequent, rng.choice(rare, len(frequent))))


splits = {"before": np.split(copy_up(order), [1400]), "after": (copy_up(order[:700]), order[700:])}
for when, (known, asked) in splits.items():
    nearest = known[((noise[known] ** 2).sum(1) - 2 * noise[asked] @ noise[known].T).argmin(1)]
    recalls = [(classes[nearest] == classes[asked])[classes[asked] == answer].mean() for answer in (False, True)]
    print(f"5 noise, copied {when:6} the split: mean of the recalls of both classes {np.mean(recalls):.3f}")

# %%
# Augmentation must keep the label. Here all 6s but ten are kept out, and 110 more are made of the ten: the same again,
# moved to the left by a pixel, mirrored, or turned by 180 degrees. Means over five choices of the ten.
(x, y), (test_x, test_y) = ((x.reshape(-1, 8, 8), y) for x, y in (part.tensors for part in load_digits()))
ways, scores = {"none": lambda x: x[:0], "copied": lambda x: x, "moved": lambda x: x.roll(-1, 2)}, {}
ways |= {"mirrored": lambda x: x.flip(2), "turned": lambda x: x.flip((1, 2))}
for way in 5 * list(ways) if not run.quick else ways:
    ten = x[y == 6][mg.tensor(rng.permutation(136)[:10])]
    sixes = mg.cat([ten, ways[way](ten)])
    sixes = sixes[mg.arange(10 if way == "none" else 120) % len(sixes)]
    model, digits = nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), mg.cat([y[y != 6], mg.full((len(sixes),), 6)])
    train(model, mg.cat([x[y != 6], sixes]), digits, nn.CrossEntropyLoss(), epochs=150, lr=0.01)
    answers, turned = model(test_x).argmax(1), model(test_x[test_y == 6].flip((1, 2))).argmax(1)
    shares = answers[test_y == 6] == 6, test_y[answers == 6] == 6, answers == test_y, turned == 9
    scores.setdefault(way, []).append([share.float().mean().item() for share in shares])
for way, values in scores.items():
    print("6 {:9} recall {:.3f} precision {:.3f} accuracy {:.3f}, turned is 9 {:.3f}".format(way, *np.mean(values, 0)))

# %% The picture
# Left, what a weight does to probabilities; in the middle, that all answers lie on one curve; right, what turning does.
left, middle, right = run.figure(16, 4.8).subplots(1, 3)
numbers = {"digit": mg.stack([ten[0], ten[0].flip((0, 1)), test_x[test_y == 9][0], ten[0].roll(-1, 1)])}
left.plot((0, 1), (0, 1), color=plot.GREY, linewidth=0.8, label="right probabilities")
for name, z, style, color in (("cross-entropy", plain, "o-", plot.BLUE), ("weight 19", weighted, "s--", plot.ORANGE)):
    numbers[name] = calibration(z)
    left.plot(*numbers[name], style, color=color, label=name)
found = np.cumsum(positive[np.argsort(-plain)])[999::1000]
middle.plot(found / found[-1], found / np.arange(1000, 200_001, 1000), color=plot.GREY, label="all thresholds")
for (name, place), marker in zip(operating_points.items(), "oP^sDv", strict=True):
    middle.plot(*place, marker, color=plot.ORANGE if "19" in name or "copies" in name else plot.BLUE, label=name)
left.set(xlabel="predicted probability", ylabel="share of positives", title="A weight spoils the probabilities")
middle.set(xlabel="recall", ylabel="precision", title="and moves along the curve, as a threshold does")
for ax in (left, middle):
    ax.legend(frameon=False)
plot.image_grid(numbers["digit"], titles=("a 6", "turned", "a 9", "moved"), label="ink", ax=right)
numbers |= {"recall_precision": list(operating_points.values()), "sixes": [np.mean(v, axis=0) for v in scores.values()]}
run.finish(left.figure, numbers, epochs=run.epochs, recall=operating_points["cross-entropy"][0])

# %% Your turn
# Write the weighted loss and its gradient, and set the logits right again: exercise ex15 of the classroom. Try:
# - Move the positives to (3, 3): how much is left for thresholds and weights to change, and why?
# - `pos_weight` of 100 instead of 19: which threshold on the plain probabilities gives the same answers?
