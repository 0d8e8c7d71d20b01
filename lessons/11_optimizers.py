"""Optimizers: five of them on one problem at tuned rates, the noise floor, and a game that Adam loses.

About 6 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_digits
from minigrad.optim.lr_scheduler import LambdaLR
from minigrad.utils.data import DataLoader

run = lesson.start("11_optimizers", epochs=20, batch_size=32)

# %% The claim
# A widely copied article says that momentum, AdaGrad, RMSProp and Adam "speed up convergence and improve it", and that
# stochastic and mini-batch gradient descent are much more efficient "while guaranteeing convergence".

# %% What happens
# A game of Reddi, Kale and Kumar (2018): in every third step the loss is 3 x, otherwise -x, and x is kept in [-1, 1].
# Three steps together cost x, so that -1 is best and 1 worst. Adam with betas (0, .1) and falling rates ends at 1.


def play(kind, steps, **options):
    """The x after each step of an optimizer of this kind, from x = 0 on."""
    x = mg.zeros(1, dtype=mg.float64, requires_grad=True)
    optimizer, path = kind([x], lr=0.5, **options), []
    scheduler = LambdaLR(optimizer, lambda step: (1 + step) ** -0.5)
    for step in range(steps):
        optimizer.zero_grad()
        (x * (-1 if step % 3 else 3)).sum().backward()
        optimizer.step()
        scheduler.step()
        with mg.no_grad():
            x.clamp_(-1, 1)
        path.append(x.item())
    return path


steps = 150 if run.quick else 1500
paths = {"Adam": play(optim.Adam, steps, betas=(0.0, 0.1)), "SGD": play(optim.SGD, steps)}
print("1 the game  last x, -1 is best:", ", ".join(f"{name} {path[-1]:.3f}" for name, path in paths.items()))


# %%
# The problem for all the rest: softmax regression on the 8x8 digits. Its objective is the mean cross-entropy in nats
# and a small penalty; a run's excess is its objective minus the lowest there is, which 300 full batches reach.
@mg.no_grad()
def objective(model, dataset):
    x, y = dataset.tensors
    return (nn.CrossEntropyLoss()(model(x), y) + (model.weight**2).sum() / 2 / len(y)).item()


def train(dataset, kind, epochs, batch_size, start=None, schedule=lambda step: 1.0, **options):
    """From `start`, else from zeros. Returns the model, and its objective before the first epoch and after each."""
    model = nn.Linear(64, 10)
    model.load_state_dict(start or {name: mg.zeros_like(p) for name, p in model.named_parameters()})
    groups = [{"params": [model.weight], "weight_decay": 1 / len(dataset)}, {"params": [model.bias]}]
    optimizer, loader = kind(groups, **options), DataLoader(dataset, batch_size, shuffle=True)
    scheduler, objectives = LambdaLR(optimizer, schedule), [objective(model, dataset)]
    for _ in range(epochs):
        for inputs, labels in loader:
            optimizer.zero_grad()
            nn.CrossEntropyLoss()(model(inputs), labels).backward()
            optimizer.step()
            scheduler.step()
        objectives.append(objective(model, dataset))
    return model, np.array(objectives)


train_set, test_set = load_digits()
best, way = train(train_set, optim.SGD, 200 if run.quick else 300, len(train_set), lr=3.0, momentum=0.95, nesterov=True)
minimum, batches = way[-1], -(-len(train_set) // run.batch_size)
print(f"2 minimum   {minimum:.4f} nats; that of scikit-learn 1.9.1's LogisticRegression(C=1): 0.2240")


# Mini-batches that start at the minimum leave it, and while the rate is constant they do not settle there again.
def leave(name, lr, schedule=lambda step: 1.0):
    """Prints the mean excess in the second half of the epochs, and returns the excess after each."""
    _, objectives = train(train_set, optim.SGD, run.epochs, run.batch_size, best.state_dict(), schedule, lr=lr)
    excess = objectives[1:] - minimum
    print(f"floor       SGD from the minimum, {name:20}: mean excess {excess[len(excess) // 2 :].mean():.5f} nats")
    return excess


floors = {name: leave(name, lr) for name, lr in (("rate 1", 1.0), ("rate 0.3", 0.3), ("rate 0.1", 0.1))}

# %% Why
# At the minimum the gradient of the objective is zero, but not that of a mini-batch. A step moves by the rate times
# this noise, and where pushing off and rolling back are in balance depends on the rate: the noise floor.
#   Adam divides a gradient by the root of a mean of recent squares, its own among them: in the game the 3 by 2.9, then
# each -1 by 1.3 and 1.0. A rare large gradient counts no more than a frequent small one.
for batch_size in (len(train_set), run.batch_size):
    norms = []
    for inputs, labels in DataLoader(train_set, batch_size):
        best.zero_grad()
        penalty = (best.weight**2).sum() / 2 / len(train_set)
        (nn.CrossEntropyLoss()(best(inputs), labels) + penalty).backward()
        norms.append(nn.utils.clip_grad_norm_(best.parameters(), np.inf).item())  # clips nothing
    print(f"noise       gradient at the minimum, from {batch_size:4} images: mean norm {np.mean(norms):.4f}")

# %% The right version
# Rates that fall. If their sum is infinite and that of their squares finite, as for 1 / (1 + epoch), SGD converges on
# a convex problem like this (Robbins and Monro 1951). For Adam, AMSGrad: the mean that it divides by never falls again.
floors["rate 1 / (1 + epoch)"] = leave("rate 1 / (1 + epoch)", 1.0, lambda step: 1 / (1 + step / batches))
paths["AMSGrad"] = play(optim.Adam, steps, betas=(0.0, 0.1), amsgrad=True)
print(f"the game    last x of AMSGrad: {paths['AMSGrad'][-1]:.3f}\n")

# %% The experiment
# Five optimizers from zeros, each at four rates; shown is the rate with the lowest excess in the end, and what comes of
# three times that rate when it falls to 0 in a straight line. The last curve is that of full batches, a step per epoch.
curves, ends, few = {}, [], -(-run.epochs // 4)
table = [f"excess      in nats after 1, {few} and {run.epochs} epochs; at three times the rate, falling to 0"]
kinds = {optim.SGD: 0.1, optim.Momentum: 0.03, optim.Adagrad: 0.1, optim.RMSprop: 0.003, optim.Adam: 0.003}
for _, (kind, lowest) in zip(run.progress(5, unit="optimizer"), kinds.items(), strict=True):
    tried = []
    for lr in (lowest, 3 * lowest, 10 * lowest, 30 * lowest):
        excess = train(train_set, kind, run.epochs, run.batch_size, lr=lr)[1] - minimum
        tried.append((excess[-1], lr, excess))
    last, lr, excess = min(tried, key=lambda each: each[0])
    curves[f"{kind.__name__}, rate {lr:g}"], falling = excess, lambda step: 1 - step / run.epochs / batches
    model, objectives = train(train_set, kind, run.epochs, run.batch_size, schedule=falling, lr=3 * lr)
    ends.append((objectives[-1] - minimum, model))
    table.append(f"{kind.__name__:8} {lr:5g} {excess[1]:.4f}, {excess[few]:.4f}, {last:.4f}; falling {ends[-1][0]:.4f}")
print(*table, sep="\n")
curves["full batches, rate 1"] = train(train_set, optim.SGD, run.epochs, len(train_set), lr=1.0)[1] - minimum

# %% The picture
race, floor, game = run.figure(16, 5).subplots(1, 3)
colors = (plot.BLUE, plot.ORANGE, "#009E73", "#CC79A7", "black", plot.GREY)
styles, epochs = ("-", "--", "-.", ":", "--", ":"), range(run.epochs + 1)
for ax, x, lines in ((race, epochs, curves), (floor, epochs[1:], floors), (game, range(1, steps + 1), paths)):
    for (name, y), color, style in zip(lines.items(), colors, styles, strict=False):
        ax.plot(x, y, style, color=color, label=name)
    ax.legend(frameon=False, loc="upper right")
    ax.set(xlabel="epoch", ylabel="objective above its minimum (nats)", yscale="log")
race.set(title="each at its best rate", ylim=(0.003, 200))
floor.set(title="SGD from the minimum", ylim=(1e-5, 20))
game.set(title="a game that Adam loses", xlabel="step", ylabel="x", xscale="log", yscale="linear", ylim=(-1.1, 1.7))
excess, model = min(ends, key=lambda end: end[0])
accuracy = (model(test_set.tensors[0]).argmax(1) == test_set.tensors[1]).float().mean().item()
numbers = {"curves": [*curves.values()], "floors": [*floors.values()], "paths": [*paths.values()]}
run.finish(race.figure, numbers, epochs=run.epochs, minimum=minimum, excess=excess, test_accuracy=accuracy)

# %% Your turn
# Write the updates of momentum and of Adam yourself: exercise ex11 of the classroom. Two things to try:
# - `--batch-size 8`, then 128: what becomes of the noise, of the floors, and of the time that an epoch takes?
# - Give Adam betas of (0.0, 0.9) in the game. Then let a gradient of 10 come once in ten steps, instead of 3 in three.
