"""The stable cross-entropy: a constant inside the logarithm caps the loss and kills its gradient, log-sum-exp does not.

About 2 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.autograd import gradcheck
from minigrad.datasets import load_digits
from minigrad.utils.data import DataLoader

run = lesson.start("08_stable_cross_entropy", epochs=60, lr=0.5, batch_size=32)
np.seterr(all="ignore")  # infinities and NaN are the subject here, not accidents

# %% The claim
# A widely copied article refuses predictions unless np.isclose(np.sum(y_pred), 1), and otherwise returns
#     -np.mean(y_true * np.log(y_pred + 1e-10))
# where the constant is said to deal with overflow and underflow. A second one makes both arrays flat, and returns
#     -np.sum(y_true * np.log(y_pred))
# A third has three remedies for extreme predictions: the constant, log-sum-exp, L2 regularization. One of them works.


def with_mean(y_true, y_pred):
    return f"{-np.mean(y_true * np.log(np.add(y_pred, 1e-10))):.4g}" if np.isclose(np.sum(y_pred), 1) else "refused"


def with_sum(y_true, y_pred):
    return f"{-np.sum(np.reshape(y_true, -1) * np.log(np.reshape(y_pred, -1))):.4g}"


# %% What happens
# All losses are in nats. The mean runs over the classes: with four of them the loss is four times too small. The check
# adds up all rows together: it refuses a right batch, and accepts rows that are no distributions.
print(f"1 mean      {with_mean([1, 0, 0, 0], [0.9, 0.05, 0.03, 0.02])}, but -ln 0.9 = {-np.log(0.9):.4g}")
right, wrong = with_mean(np.eye(2), [[0.9, 0.1], [0.2, 0.8]]), with_mean(np.eye(2), [[0.5, 0.2], [0.2, 0.1]])
print(f"2 check     two right rows: {right}; rows that add up to 0.7 and 0.3: {wrong}")
print(f"3 perfect   {with_mean([1, 0], [1.0, 0.0])} with the constant, {with_sum([1, 0], [1.0, 0.0])} without")
# Neither looks at the labels: the index of a class is taken for a number, a transposed array for a right one. And a sum
# of -y_c ln p_c - (1 - y_c) ln(1 - p_c) over c, the same to the second article, is the loss for C separate questions.
print(f"4 index     class 2 of (0.1, 0.2, 0.7): {with_mean(2, [0.1, 0.2, 0.7])}, but -ln 0.7 = {-np.log(0.7):.4f}")
p, y = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.3, 0.6, 0.1]]), np.eye(3)[[0, 1, 2, 1]]
print(f"5 flat      {with_sum(y, p)} for four rows, {with_sum(y.T, p)} with the labels transposed")
print(f"6 binary    class 0 of (0.7, 0.2, 0.1): {-np.log([0.7, 0.8, 0.9]).sum():.4f}, but -ln 0.7 = {-np.log(0.7):.4f}")

# %% Why
# What is extreme are the logits z. The softmax p = exp(z) / sum(exp(z)) overflows in exp, before any logarithm, and an
# L2 penalty added to NaN is NaN. In the other direction exp underflows: exp(-800) is 0, and its logarithm not -800.
e = np.exp([1000.0, 0.0])
print(f"7 overflow  logits 1000 and 0, true class the first: {-np.log(e / e.sum() + 1e-10)[0]}")


def capped(logits, target):
    """With a softmax that cannot overflow, so that the constant is the only defect."""
    return -mg.log(mg.softmax(logits, -1)[mg.arange(len(target)), target] + 1e-10).mean()


def at_gap(loss_of, gap):
    """The loss, and its derivative with respect to the logit of the true class, `gap` below the only other logit."""
    logits = mg.tensor([[-gap, 0.0]], dtype=mg.float64, requires_grad=True)
    loss = loss_of(logits, mg.tensor([0]))
    loss.backward()
    return loss.item(), logits.grad[0, 0].item()


# The constant caps the loss at -ln 1e-10. Where p is far below it, the derivative is not p - 1 but nearly -p / 1e-10.
for gap in (30.0, 50.0, 100.0):
    print("8 capped    gap {:3.0f}: loss {:.2f}, gradient {:.2g}".format(gap, *at_gap(capped, gap)), end="; ")
    print("without the constant {:.2f}, {:.2g}".format(*at_gap(nn.functional.cross_entropy, gap)))

# %% The right version
# ln p = z - ln sum(exp(z)), and the largest logit can be subtracted from all first. Then no exponent is above 0 and one
# is 0, so the sum lies between 1 and C. Nothing needs a check: every row's softmax is a distribution.


def cross_entropy(logits, target):
    """The mean over the rows of `logits` (N, C); `target` holds N classes, or a distribution for each row, (N, C)."""
    shifted = logits - logits.detach().amax(-1, keepdim=True)
    log_p = shifted - mg.log(mg.exp(shifted).sum(-1, keepdim=True))
    costs = log_p[mg.arange(len(target)), target] if target.ndim == 1 else (target * log_p).sum(-1)
    return 0 - costs.mean()  # not -costs.mean(), which makes -0 of 0


z, classes = mg.randn(64, 10, dtype=mg.float64, requires_grad=True), mg.randint(0, 10, (64,))
for target in (classes, mg.eye(10, dtype=mg.float64)[classes], mg.softmax(z.detach().flip(0), 1)):
    assert abs(cross_entropy(100 * z, target) - nn.functional.cross_entropy(100 * z, target)) < 1e-11
    gradcheck(lambda z, target=target: cross_entropy(z, target), z, eps=1e-5, atol=1e-9, rtol=0)
print("9 batch     classes, one-hot and soft targets: value as nn.functional.cross_entropy, gradient right to 1e-09")
wrong, right = at_gap(cross_entropy, 2000), at_gap(cross_entropy, -2000)
print(f"10 extreme  (loss, gradient) with logits 2000 apart: {wrong} if wrong, {right} if right")
soft = mg.tensor([[0.8, 0.2]])
print(f"11 soft     target and p both (0.8, 0.2): {cross_entropy(mg.log(soft), soft).item():.4f}, its entropy, not 0")


# %% The experiment
# One example, its true logit 30 below the other: gradient descent on that logit at rate 1, until p > 0.9. Then the
# digits, from weights far too large, as after a step that was too long; tested with the right cross-entropy.
def recovery(loss_of, gap=30.0):
    steps = 0
    while gap >= -np.log(9):  # p = 1 / (1 + exp(gap))
        gap, steps = gap + at_gap(loss_of, gap)[1], steps + 1
    return steps


def train(loss_of, train_set, test_set, epochs, batch_size, lr, shown=False):
    """The mean loss on the test set before the first epoch and after each, and the accuracy there at the end."""
    mg.manual_seed(run.seed)  # the same start and the same batches for each loss
    model, (images, labels), progress = nn.Linear(64, 10), test_set.tensors, run.progress(epochs, shown=shown)
    nn.init.normal_(model.weight, std=10)
    optimizer, loader = optim.SGD(model.parameters(), lr=lr), DataLoader(train_set, batch_size, shuffle=True)
    losses = [cross_entropy(model(images), labels).item()]
    for _ in progress:
        for x, y in loader:
            loss = loss_of(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(cross_entropy(model(images), labels).item())
        progress.note(test_loss=losses[-1])
    return losses, (model(images).argmax(1) == labels).float().mean().item()


# %%
table = {"gap": np.linspace(0, 60, 121)}
for name, loss_of in (("stable", cross_entropy), ("capped", capped)):
    print(f"12 recovery {name}: {recovery(loss_of)} steps from a gap of 30 to p > 0.9")
    table[f"{name}_loss"], table[f"{name}_gradient"] = np.transpose([at_gap(loss_of, gap) for gap in table["gap"]])
    losses, accuracy = train(loss_of, *load_digits(), run.epochs, run.batch_size, run.lr, shown=name == "stable")
    print(f"13 digits   {name}: test loss from {losses[0]:.2f} to {losses[-1]:.2f} nats, accuracy {accuracy:.3f}")
    table[f"{name}_test_loss"] = losses

# %% The picture
axes, styles = run.figure(15, 4.6).subplots(1, 3), {"stable": (plot.BLUE, "-"), "capped": (plot.ORANGE, "--")}
for ax, column in zip(axes, ("loss", "gradient", "test_loss"), strict=True):
    for (name, (color, line)), label in zip(styles.items(), ("from the logits", "ln(p + 1e-10)"), strict=True):
        y = np.abs(table[f"{name}_{column}"])
        ax.plot(range(len(y)) if ax is axes[2] else table["gap"], y, color=color, linestyle=line, label=label)
    ax.set(xlabel="gap: the other logit minus the true one", ylabel="loss (nats)")
    ax.legend(frameon=False)
axes[0].set(title="The constant caps the loss ...")
axes[1].set(title="... its gradient vanishes ...", ylabel="|gradient| (nats per unit of logit)", yscale="log")
axes[2].set(title="... and training on the digits stalls", xlabel="epoch", ylabel="test loss (nats)", ylim=0)
run.finish(axes[0].figure, table, epochs=run.epochs, test_loss=table["stable_test_loss"][-1])

# %% Your turn
# Write log-sum-exp, and the cross-entropy of logits with it: exercise ex08 of the classroom. Two things to try:
# - A constant of 1e-30 in `capped`, then 1e-9: where is the loss capped, and what becomes of the digits?
# - Start the digits at std=1 instead of 10: is the constant still seen? Which examples does it make the model ignore?
