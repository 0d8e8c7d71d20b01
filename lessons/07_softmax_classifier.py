"""The softmax classifier: a much-copied program, defect by defect, then one that is right, on handwritten digits.

About 4 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import datasets, lesson, nn, optim, plot
from minigrad.autograd import gradcheck
from minigrad.utils.data import DataLoader, TensorDataset

run = lesson.start("07_softmax_classifier", epochs=20, lr=0.5, batch_size=32)
rng = np.random.default_rng(run.seed)

# %% The claim
# A widely copied article prints a softmax classifier for 100 samples of 10 random features with random labels 0 or 1,
#     y_hat = softmax(np.dot(X, w) + b)
#     w -= 0.01 * np.dot(X.T, (y_hat - y))
#     b -= 0.01 * np.sum(y_hat - y)
# in a loop, and says that it prints the loss every 100 iterations and, at the end, the accuracy.
X, y = rng.random((100, 10)), rng.integers(0, 2, 100)
w, b = rng.random((10, 10)), rng.random(10)


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


# %% What happens
# It does not finish one iteration: a label is one number, a prediction is ten. After the smallest repair, y[:, None],
# it runs, and the loss (the sum over the samples) climbs until it is no number any more.
try:
    y * np.log(softmax(X @ w + b, axis=0))
except ValueError as error:
    print("The article's program\n1 labels    as printed:", str(error).strip())
losses = []
with np.errstate(all="ignore"):
    for _ in range(1000):
        y_hat = softmax(X @ w + b, axis=0)  # over the samples, as printed
        losses.append(-np.sum(y[:, None] * np.log(y_hat)))
        w, b = w - 0.01 * X.T @ (y_hat - y[:, None]), b - 0.01 * np.sum(y_hat - y[:, None])
print("2 repaired  summed loss, nats:", ", ".join(f"{losses[i]:.0f} (iteration {i})" for i in (0, 100, 500, 999)))

# %% Why
# A target is a distribution over the classes: one-hot, or the index of the class. y[:, None] is all zeros or all ones.
# A row of predictions must be a distribution too, but here the columns, over the samples, are made to add up to 1.
sums = softmax(rng.standard_normal((100, 10)), axis=0).sum(axis=1)
print(f"3 axis      the rows add up to {sums.min():.3f} ... {sums.max():.3f}, not to 1")

# The bias wants a gradient per class. np.sum(y_hat - y) adds them up: 0, always, once the rows add up to 1. Where 80 %
# of the labels are 0 and there are no features, a right bias brings the mean loss down to H(.8, .2) = .5004 nats.
shares, by_sum, by_class = np.array([0.8, 0.2]), np.zeros(2), np.zeros(2)
for _ in range(1000):  # steps along the gradient of the mean loss with respect to the bias
    by_sum -= 0.5 * np.sum(softmax(by_sum, axis=0) - shares)
    by_class -= 0.5 * (softmax(by_class, axis=0) - shares)
ends = [-np.sum(shares * np.log(softmax(bias, axis=0))) for bias in (by_sum, by_class)]
print("4 bias      mean loss, nats: {:.4f} with the summed gradient, {:.4f} with one per class".format(*ends))

# The "accuracy" asks which of 10 x 10 probabilities equal a label. Two classifiers that are always right score:
y_test = rng.integers(0, 2, 10)
for sure in (0.99, 1.0):
    y_hat = np.where(np.eye(10)[y_test] == 1, sure, (1 - sure) / 9)
    printed, right = np.sum(y_hat == y_test) / y_test.size, (y_hat.argmax(axis=1) == y_test).mean()
    print(f"5 accuracy  always right and {sure:.0%} sure: {printed:.1f} as printed, {right:.1f} by argmax")

# %% The right version
# The mean over the N samples of the cross-entropy of the softmax along the classes, computed from the logits, against
# the index of the class. Its gradient with respect to the logits is (p - y) / N, y one-hot.
cross_entropy = nn.CrossEntropyLoss()
logits, classes = mg.randn(4, 10, dtype=mg.float64, requires_grad=True), mg.randint(0, 10, (4,))
cross_entropy(logits, classes).backward()
by_hand = (softmax(logits.detach().numpy(), axis=1) - np.eye(10)[classes.numpy()]) / 4
gradcheck(lambda z: cross_entropy(z, classes), logits, eps=1e-5, atol=1e-9, rtol=0)  # raises if they differ by more
difference = np.abs(logits.grad.numpy() - by_hand).max()
print(f"\nThe right one\ngradient    backward equals (p - y) / N to {difference:.0e} and central differences to 1e-09")


@mg.no_grad()
def evaluate(model, dataset):
    inputs, labels = dataset.tensors
    logits = model(inputs)
    return cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


# %%
def train(model, train_set, test_set, epochs, batch_size, shown=False, **options):
    """Returns the loss of each batch, and that of the test set before the first epoch and after each."""
    penalty = 1 / len(train_set)  # times |W|^2 / 2, as in scikit-learn's LogisticRegression(C=1); the bias is free
    groups = [{"params": [model.weight], "weight_decay": penalty}, {"params": [model.bias]}]
    optimizer, loader = optim.SGD(groups, **options), DataLoader(train_set, batch_size, shuffle=True)
    batch_losses, test_losses, progress = [], [evaluate(model, test_set)[0]], run.progress(epochs, shown=shown)
    for _ in progress:
        for inputs, labels in loader:
            loss = cross_entropy(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            batch_losses.append(loss.item())
        test_losses.append(evaluate(model, test_set)[0])
        progress.note(train_loss=np.mean(batch_losses[-len(loader) :]), test_loss=test_losses[-1])
    return batch_losses, test_losses


def zero_linear(features, classes):
    model = nn.Linear(features, classes)
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    return model


# %% The experiment
# From zero weights, so that the first loss is ln 10. Mini-batches at a constant rate come near the minimum and hover
# there; full batches with momentum reach it. "sklearn" is LogisticRegression(C=1, tol=1e-8, max_iter=10_000) of 1.9.1.
train_set, test_set = datasets.load_digits()
model, full_batches = zero_linear(64, 10), {"epochs": 200 if run.quick else 1000, "lr": 0.5, "momentum": 0.98}
batch_losses, test_losses = train(model, train_set, test_set, run.epochs, run.batch_size, shown=True, lr=run.lr)
print(f"start       test loss {test_losses[0]:.4f} nats; ln 10 = {np.log(10):.4f}")
print("mini-batch  test loss {:.4f} nats, accuracy {:.4f}".format(*evaluate(model, test_set)))
train(model, train_set, test_set, batch_size=len(train_set), **full_batches)
(train_loss, _), (test_loss, accuracy) = evaluate(model, train_set), evaluate(model, test_set)
objective = train_loss + (model.weight**2).sum().item() / 2 / len(train_set)
print(f"full batch  test loss {test_loss:.4f} nats, accuracy {accuracy:.4f}, train loss + penalty {objective:.4f} nats")
print("sklearn     test loss 0.1560 nats, accuracy 0.9689, train loss + penalty 0.2240 nats")

# Labels that are random, as the article's are, can be learnt by heart in part, but there is nothing to know: chance.
noise = [TensorDataset(mg.rand(n, 10), mg.randint(0, 2, (n,))) for n in (100, 10_000)]
shuffled = [TensorDataset(x, y[mg.randperm(len(y))]) for x, y in (train_set.tensors, test_set.tensors)]
for name, control, sets in (("noise", zero_linear(10, 2), noise), ("digits", zero_linear(64, 10), shuffled)):
    train(control, *sets, batch_size=len(sets[0]), **full_batches)
    scores = [evaluate(control, dataset)[1] for dataset in sets]
    print(f"6 random    {name}: accuracy {scores[0]:.3f} in training, {scores[1]:.3f} in the test")

# %% The picture
# What the mini-batches did, and what was found in the end: blue weights speak for a digit, red ones against it.
curve, matrix, weights = run.figure(15, 4.8).subplots(1, 3)
curve.axhline(test_loss, color=plot.GREY, linestyle=":", label=f"test, after full batches: {test_loss:.4g}")
plot.loss_curve(batch_losses, test_losses, epochs=run.epochs, labels=("train", "test"), ax=curve)
counts = plot.confusion_counts(test_set.tensors[1], model(test_set.tensors[0]).argmax(1))
plot.confusion_matrix(counts, ax=matrix)
plot.image_grid(model.weight.reshape(10, 8, 8), titles=range(10), label="weight of the pixel for the digit", ax=weights)
numbers = {"train_loss": batch_losses, "test_loss": test_losses, "count": counts, "weight": model.weight.detach()}
run.finish(curve.figure, numbers, epochs=run.epochs, train_loss=train_loss, test_loss=test_loss, test_accuracy=accuracy)

# %% Your turn
# Write the softmax and its gradient (p - y) / N yourself: exercise ex07 of the classroom. Two things to try:
# - `--lr 2`, then `--lr 0.1 --epochs 60`: how far above the dotted line do the mini-batches hover, and why?
# - Divide the penalty by 10, and by 1000: what becomes of both losses, and of the weights' pictures?
