"""The binary classifier: log loss from the logit, against squared error and against formulas that lack a part.

About 2 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_breast_cancer

run = lesson.start("06_logistic_regression", epochs=500, lr=0.5)

# %% The claim
# For n samples with labels y, 0 or 1, and predicted probabilities p of a 1, much-copied articles print the log loss as
#     -1/n [y log(p) + (1-y) log(1-p)]        -sum_i y_i log(p_i)        -sum_i y_i log(p_i) + (1-y_i) log(1-p_i)
# and say that its gradient is small near p = 0 and 1, which makes training slow; that squared error has "the same
# penalty for all errors"; and that log loss learns faster because its penalty is the larger one.


def log_losses(p, y):
    """In nats, for each sample: the cross-entropy of the distribution (1-p, p) against the label's, (1-y, y)."""
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


# %% What happens
# One article's example is right. The formulas are not: the first has a 1/n but no sum; the second charges nothing for a
# 0 taken for a 1; in the third, the minus and the sum hold for the first term only, so that an error earns a reward.
print(f"example     label 1: p = .8 costs {log_losses(0.8, 1):.4f} nats, p = .2 costs {log_losses(0.2, 1):.4f} nats")
losses = log_losses(np.array([0.9, 0.2, 0.6, 0.7]), np.array([1, 0, 1, 1]))
print(f"1 no sum    first of four samples: {losses[0] / 4:.4f} as printed; the mean of the four: {losses.mean():.4f}")
print(f"2 half      label 0, p = .99: 0 as printed; {log_losses(0.99, 0):.3f} is right")
y, p = np.array([1, 0]), np.array([0.8, 0.9])
printed = -np.sum(y * np.log(p)) + np.sum((1 - y) * np.log(1 - p))
print(f"3 brackets  labels 1, 0 with p = .8, .9: {printed:.3f} as printed; {log_losses(p, y).sum():.3f} is right")
print("4 penalty   squared errors of 0.1, 1, 10:", ", ".join(f"{error**2:g}" for error in (0.1, 1, 10)))


log_loss = nn.BCEWithLogitsLoss()


def squared_error(z, y):
    return ((mg.sigmoid(z) - y) ** 2).mean()


def race(loss, z, lr=1.0):
    """Gradient descent from the logit z of one sample of label 1 to p > .9: first loss and gradient, and the steps."""
    z = mg.tensor([z], dtype=mg.float64, requires_grad=True)
    optimizer, y, seen = optim.SGD([z], lr=lr), mg.ones_like(z), []
    while z.item() <= np.log(9):  # the logit of .9
        optimizer.zero_grad()
        value = loss(z, y)
        value.backward()
        seen.append((value.item(), z.grad.item()))
        optimizer.step()
    return *seen[0], len(seen)


# From z = -10, p = .000045, wrong and sure of it. A twentieth of log loss is less than squared error all the way to .9.
z, twentieth = -7.0 if run.quick else -10.0, {"log loss / 20": lambda z, y: log_loss(z, y) / 20}
for name, loss in {"log loss": log_loss, **twentieth, "squared error": squared_error}.items():
    print("5 race      {:13} begins at {:7.4f} with gradient {:9.6f}, takes {:5} steps".format(name, *race(loss, z)))

# %% Why
# What moves a classifier is the gradient of a sample's loss with respect to its logit. As p = 1 / (1 + exp(-z)), it is
#     log loss: p - y        squared error: 2 (p - y) p (1 - p)
# The first is small only where p is right. The second is small also where p is as wrong as can be: the sigmoid is flat.
# Size is not the reason: at z = -10 a twentieth of log loss costs half as much and pulls 550 times as hard.

# %% The right version
# The mean of log(1 + exp(z)) - y z, straight from the logit: float32 rounds p to 1 where z is 20, and log(1-p) is -inf.
# The same loss is the cross-entropy of a softmax over the logits (0, z): two classes are no special case.
z, zero = mg.tensor([20.0]), mg.zeros(1)
two_logits = nn.CrossEntropyLoss()(mg.stack([zero, z], 1), mg.tensor([0])).item()
print(
    f"\nlabel 0     z = 20, p = {mg.sigmoid(z).item()}: {log_loss(z, zero).item():.4f}; of two logits {two_logits:.4f}"
)


@mg.no_grad()
def evaluate(model, x, y):
    z = model(x).squeeze(1)
    return log_loss(z, y).item(), ((z > 0) == (y > 0)).float().mean().item()


def train(train_set, test_set, loss, bias, epochs, lr, shown=False):
    """Full batches. Returns the model and, after each step, log loss and accuracy in training and in the test."""
    x, y = train_set
    model = nn.Linear(x.shape[1], 1)
    nn.init.zeros_(model.weight)
    nn.init.constant_(model.bias, bias)
    penalty = 1 / len(y)  # times |w|^2 / 2, as in scikit-learn's LogisticRegression(C=1); the bias is free
    groups = [{"params": [model.weight], "weight_decay": penalty}, {"params": [model.bias]}]
    optimizer, history, progress = optim.SGD(groups, lr=lr, momentum=0.95), [], run.progress(epochs, shown=shown)
    for _ in progress:
        optimizer.zero_grad()
        loss(model(x).squeeze(1), y).backward()
        optimizer.step()
        history.append([*evaluate(model, x, y), *evaluate(model, *test_set)])
        progress.note(train_loss=history[-1][0], test_loss=history[-1][2])
    return model, np.array(history)


# %% The experiment
# Breast tumours: 30 measurements each; 1 is benign, 0 malignant; 426 to train on, 143 for the test; standardized by the
# training set's means and deviations. A model starts without weights and with a bias of 0 or -10: "malignant, surely".
# From there squared error does not come back in 500 steps. Half a log loss learns to say 1 to everything.
# "sklearn" is LogisticRegression(C=1, tol=1e-8, max_iter=10_000) of scikit-learn 1.9.1.
(x, y), (x_test, y_test) = (part.tensors for part in load_breast_cancer())
mean, deviation = x.mean(0), x.std(0, correction=0)
sets = [((inputs - mean) / deviation, labels.float()) for inputs, labels in ((x, y), (x_test, y_test))]
losses, trials = {"log loss": log_loss, "squared error": squared_error}, {}
losses["half a log loss"] = lambda z, y: (y * nn.functional.softplus(-z)).mean()  # -y log(p)
for bias in (0, -10):
    for name, loss in losses.items():
        _, history = trials[name, bias] = train(*sets, loss, bias, run.epochs, run.lr, shown=not trials)
        print(f"{name:15} from {bias:3}: log loss {history[-1, 2]:.4f} nats, accuracy {history[-1, 3]:.4f}")
model, history = trials["log loss", 0]
train_loss, _, test_loss, accuracy = history[-1]
objective = train_loss + (model.weight**2).sum().item() / 2 / len(y)
print(f"sklearn         test: 0.0859 nats, 0.9580; train log loss + penalty: 0.0635 nats (ours: {objective:.4f})")

# %% The picture
# How strongly one sample pulls, how six models learn, and what the first of them says of the tumours of the test.
slope, learning, sure = run.figure(15, 4.6).subplots(1, 3)
z = np.linspace(-10, 10, 201)
p = 1 / (1 + np.exp(-z))
slope.semilogy(z, 1 - p, color=plot.BLUE, label="log loss: 1 - p")
slope.semilogy(z, 2 * p * (1 - p) ** 2, color=plot.ORANGE, label="squared error: 2 p (1 - p)^2")
slope.set(xlabel="logit z of a sample of label 1 (wrong below 0)", ylabel="size of the gradient with respect to z")
for (name, bias), (_, history) in trials.items():
    color, style = dict(zip(losses, (plot.BLUE, plot.ORANGE, plot.GREY), strict=True))[name], "--" if bias else "-"
    learning.loglog(np.arange(1, run.epochs + 1), history[:, 2], style, color=color, label=f"{name} from {bias}")
learning.set(xlabel="step", ylabel="log loss of the test (nats)", ylim=(0.06, 100))
p = mg.sigmoid(model(sets[1][0])).squeeze(1).detach().numpy()
parts = {name: p[y_test.numpy() == label] for label, name in enumerate(("malignant", "benign"))}
sure.hist(parts.values(), bins=20, color=[plot.ORANGE, plot.BLUE], label=[*parts], log=True)
sure.set(xlabel="probability of benign", ylabel="tumours of the test")
for ax, title in ((slope, "one sample"), (learning, "six models"), (sure, "the model of log loss from 0")):
    ax.set_title(title)
    ax.legend(frameon=False)
numbers = {"test_loss": [history[:, 2] for _, history in trials.values()], "probability": p}
run.finish(slope.figure, numbers, epochs=run.epochs, train_loss=train_loss, test_loss=test_loss, test_accuracy=accuracy)

# %% Your turn
# Write the loss from the logit, and its gradient, yourself: exercise ex06 of the classroom. Two things to try:
# - `--epochs 2000`: after how many steps does squared error come back from -10? And from -20, if you change the bias?
# - Call a tumour benign only where p is over .9. Which errors become fewer, which more, and which of them matter more?
