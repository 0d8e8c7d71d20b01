"""Regularization: 100 digits learnt by heart, and what L2, L1, dropout and stopping in time each do about it.

About 5 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_digits

run = lesson.start("13_regularization", epochs=300)
rng, cross_entropy = np.random.default_rng(run.seed), nn.CrossEntropyLoss()  # in nats, the mean over the samples

# %% The claim
# A widely copied article says that cross-entropy "implicitly" limits the complexity of a model: over-fitting would make
# it rise. Another says that regularization means to add a penalty, with no factor, and that this "solves" over-fitting:
#     loss += penalty
everything, test = (part.tensors for part in load_digits())  # 1,347 and 450 digits, each a pair: images, labels


def draw():  # 100 digits to train on; the first 15 get a wrong label
    rows = mg.tensor(rng.permutation(len(everything[1]))[:100])
    labels = everything[1][rows].numpy()
    labels[:15] = (labels[:15] + rng.integers(1, 10, 15)) % 10
    return everything[0][rows], mg.tensor(labels)


def network(dropout=0.0):
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(dropout), nn.Linear(128, 10))


@mg.no_grad()
def evaluate(model, data):
    """Cross-entropy in nats and accuracy, with dropout switched off."""
    model.eval()
    logits, labels = model(data[0]), data[1]
    model.train()
    return cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


def train(model, data, watch, judge, lr=0.01, decay=0.0, shown=False):
    """Minimizes cross-entropy + decay |W|^2 / 2, in full batches, up to the last epoch in `watch`. Returns for each of
    them: the epoch, the cross-entropy on the data, cross-entropy and accuracy on `judge`."""
    weights, biases = ([p for p in model.parameters() if p.dim() == d] for d in (2, 1))  # the biases have no penalty
    optimizer = optim.Adam([{"params": weights, "weight_decay": decay}, {"params": biases}], lr=lr)
    history, progress = [], run.progress(max(watch), shown=shown)
    for epoch in progress:
        optimizer.zero_grad()
        cross_entropy(model(data[0]), data[1]).backward()
        optimizer.step()  # which first adds decay * W, the gradient of the penalty
        if epoch in watch:
            history.append((epoch, evaluate(model, data)[0], *evaluate(model, judge)))
            progress.note(train_loss=history[-1][1], test_loss=history[-1][2])
    return np.array(history)


# %% What happens
# 128 hidden units, 100 digits, 15 of them with a wrong label; the 450 test digits have right ones. Cross-entropy does
# rise, on the test. On the training digits, where it is minimized, it falls: the wrong labels are learnt as well.
draws, model, most = [draw() for _ in range(2 if run.quick else 4)], network(), 10 * run.epochs
watch = {10, 40, run.epochs, *np.geomspace(1, most, 60).astype(int).tolist()}
alone = train(model, draws[0], watch, test, shown=True)
for row in alone[np.isin(alone[:, 0], (10, 40, run.epochs, most))]:
    print("1 epoch {:<9g} train {:.5f} nats, test {:.3f} nats, accuracy {:.3f}".format(*row))

# %% Why
# Once every training label is met, larger logits lower the training loss further, towards 0, which they never reach.
# Multiply the model's logits: the answers stay, the confidence grows, and in the test each error costs more.
for factor in (0.1, 1, 2):
    losses = [cross_entropy(factor * model(inputs), labels).item() for inputs, labels in (draws[0], test)]
    print("2 logits x {:<6} train {:.5f} nats, test {:.3f} nats".format(factor, *losses))


# %% The right version
# Minimize cross-entropy + lambda R(W), with a lambda chosen on data that training does not see. L2, R = |W|^2 / 2, has
# the gradient W. L1, R = sum |w|, has a kink at 0, and gradient steps jump across it; a soft threshold lands on it.
def train_by_threshold(model, data, epochs, l1, lr=0.5):
    """Minimizes cross-entropy + l1 sum |w|: gradient steps with momentum for the first, thresholds for the second."""
    reached = [parameter.detach().clone() for parameter in model.parameters()]
    for epoch in range(epochs):
        model.zero_grad()
        cross_entropy(model(data[0]), data[1]).backward()
        with mg.no_grad():
            for parameter, last in zip(model.parameters(), reached, strict=True):
                new = parameter - lr * parameter.grad
                if parameter is model.weight:
                    new = new.sign() * (new.abs() - lr * l1).clamp(min=0)
                parameter.copy_(new + epoch / (epoch + 3) * (new - last))  # Beck and Teboulle 2009, section 4
                last.copy_(new)


def held_out(make, data, watch, **options):
    """The loss after each epoch in `watch`, each fifth of the data judging what the others taught: the mean of five."""
    fold, losses = np.arange(len(data[1])) % 5, []
    for k in range(5):
        taught, judge = ([part[mg.tensor(np.flatnonzero(rows))] for part in data] for rows in (fold != k, fold == k))
        losses.append(train(make(), taught, watch, judge, **options)[:, 2])
    return np.mean(losses, axis=0)


# %% The experiment
# Softmax regression; loss += |W|^2 is lambda = 2. Held-out labels are wrong in part, too, so that their loss is higher.
lambdas, end, sweep = [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 2], [run.epochs // 2], []
for decay in lambdas:
    (held,) = held_out(lambda: nn.Linear(64, 10), draws[0], end, lr=0.1, decay=decay)
    ((_, loss, *on_test),) = train(nn.Linear(64, 10), draws[0], end, test, 0.1, decay)
    sweep.append((loss, held, *on_test))  # the loss on the 100, on their fifths, on the test; the accuracy there
    print("3 lambda {:<8g} train {:.3f}, held out {:.3f}, test {:.3f}, accuracy {:.3f}".format(decay, *sweep[-1]))
chosen = lambdas[np.argmin([held for _, held, *_ in sweep])]

# The network, on four draws: with dropout; with that lambda; stopped at the epoch that the held-out fifths choose.
table, stops = {}, [{1 + int(held_out(network, data, range(1, 41)).argmin())} for data in draws]
for way, dropout, decay in (("alone", 0.0, 0.0), ("dropout", 0.5, 0.0), ("L2", 0.0, chosen), ("stopped", 0.0, 0.0)):
    ends = stops if way == "stopped" else [{epoch for epoch in watch if epoch <= run.epochs}] * len(draws)
    table[way] = [train(network(dropout), *pair, test, decay=decay) for pair in zip(draws, ends, strict=True)]
    loss, accuracy = np.transpose([history[-1, 2:] for history in table[way]])
    print(f"4 {way:15} test {loss.mean():.3f} +- {loss.std():.3f}, accuracy {accuracy.mean():.3f}")

# L1 on all 1,347 digits, rightly labelled, with lambda = 1 / 1347: that is scikit-learn's C = 1.
sparse = nn.Linear(64, 10)
train_by_threshold(sparse, everything, 4 * run.epochs, 1 / len(everything[1]))
zeros = (sparse.weight == 0).float().mean().item()
print(f"5 L1              {zeros:.1%} of the weights are exactly 0, test accuracy {evaluate(sparse, test)[1]:.4f}")
print("5 sklearn, L1     75.3% of the weights are exactly 0, test accuracy 0.9733; with L2 6.2% and 0.9689")

# %% The picture
left, middle, right = run.figure(16, 4.8).subplots(1, 3)
curves = [(left, "training", *alone.T[:2], "-"), (left, "test", *alone.T[[0, 2]], "--")]
ways = ("dropout", ":"), ("L2", "-."), ("stopped", "o")
curves += [(left, f"test, {way}", *table[way][0].T[[0, 2]], style) for way, style in ways]
columns = enumerate((("training", "o-"), ("held out", "^:"), ("test", "s--")))
curves += [(middle, name, lambdas, [row[i] for row in sweep], style) for i, (name, style) in columns]
for ax, name, x, losses, style in curves:
    ax.plot(x, losses, style, color={"training": plot.BLUE, "test": plot.ORANGE}.get(name, plot.GREY), label=name)
for ax in (left, middle):
    ax.set(xscale="log", ylim=(0, None), ylabel="cross-entropy (nats)")
    ax.legend(frameon=False)
left.set(xlabel="epoch", title="Network, 100 digits, 15 wrong labels")
middle.set(xlabel="lambda", title=f"Softmax regression, the same 100; chosen: {chosen:g}")
right.set_title(f"L1 on all digits: {zeros:.0%} of the weights are 0")
plot.image_grid(sparse.weight.reshape(10, 8, 8), titles=range(10), label="weight of the pixel for the digit", ax=right)
numbers = {"long": alone, "sweep": sweep, "weight": sparse.weight.detach()} | {way: table[way][0] for way in table}
run.finish(left.figure, numbers, epochs=run.epochs, chosen_lambda=chosen, l1_zeros=zeros)

# %% Your turn
# Write the penalties, the soft threshold and early stopping: exercise ex13 of the classroom. Try:
# - `--epochs 30`: which of the rows called 4 change, and what does that say about the number of epochs?
# - Add `0.001 * weights[0].abs().sum()` to the loss in `train`, where no threshold is: how many weights are exactly 0?
