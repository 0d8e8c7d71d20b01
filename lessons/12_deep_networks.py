"""Deep networks: gradients vanish and explode with depth, not with the loss or the number of classes.

About 6 seconds.
"""

# %%
from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_digits
from minigrad.utils.data import DataLoader

run = lesson.start("12_deep_networks", epochs=10, batch_size=32)

# %% The claim
# Widely copied articles say that cross-entropy makes gradients vanish or explode when there are many classes, "because
# the gap between prediction and truth becomes large", and that vanishing gradients are cured by the choice of the loss.

# %% What happens
# The gradient of the cross-entropy with respect to the logits is p - y. Its norm is at most sqrt(2) = 1.4142, however
# many classes there are. What grows with them is the loss of a model that knows nothing, ln C, and that only slowly.
cross_entropy = nn.CrossEntropyLoss()
for classes in (2, 10, 1_000, 100_000):
    logits = mg.zeros(2, classes)
    logits[0, 1] = 50.0  # sure of class 1 where class 0 is right; the second row gives every class the same probability
    losses = nn.functional.cross_entropy(logits.requires_grad_(), mg.tensor([0, 0]), reduction="none")
    losses.sum().backward()
    sure, equal = np.linalg.norm(logits.grad.numpy(), axis=1)
    print(f"1 classes  {classes:7}: gradient {sure:.4f} wrong and sure; all equal {equal:.4f}, loss {losses[1]:.4f}")


# %%
class Deep(nn.Module):
    """`depth` hidden layers as wide as the input, an activation after each, and a linear layer to the logits."""

    def __init__(self, width, depth, classes, activation, initialize=None):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(*sizes) for sizes in pairwise([width] * (depth + 1) + [classes])])
        self.activation = activation
        for layer in self.layers if initialize else []:
            initialize(layer.weight)
            nn.init.zeros_(layer.bias)

    def hidden(self, x):
        outputs = [x]  # and then the output of each hidden layer
        for layer in self.layers[:-1]:
            outputs.append(self.activation(layer(outputs[-1])))
        return outputs

    def forward(self, x):
        return self.layers[-1](self.hidden(x)[-1])


def gradient_norms(model, x, y, loss):
    """Norms of the gradients of the loss with respect to the input and to the output of each hidden layer."""
    outputs = model.hidden(x.detach().clone().requires_grad_())
    for output in outputs:
        output.retain_grad()
    loss(model.layers[-1](outputs[-1]), y).backward()
    return np.array([np.linalg.norm(output.grad.numpy().astype(float)) for output in outputs])


def normal(gain):
    """An initialization of variance gain^2 / n, where n is the number of a layer's inputs."""
    return lambda weight: nn.init.normal_(weight, 0.0, gain / weight.shape[1] ** 0.5)


# %%
# Thirty linear layers, 100 wide: the gradient vanishes or explodes on the way down, no matter how many the classes are.
linear, digits, he = {}, {}, normal(2**0.5)
for gain in (0.5, 1.0, 2.0):
    for classes in (2, 1_000):
        model = Deep(100, 30, classes, nn.Identity(), normal(gain))
        norms = gradient_norms(model, mg.randn(64, 100), mg.randint(0, classes, (64,)), cross_entropy)
        print(f"2 depth     gain {gain:3}, {classes:4} classes: {norms[-1]:.3f} on top, {norms[0]:.1e} at the input")
        linear[f"gain {gain:g}, {classes} classes"] = norms

# Nor does the loss make a difference: 30 layers on the digits, initialized as nn.Linear does it, or as He does (below).
train_set, test_set = load_digits()
images, labels = train_set[:128]
losses = [cross_entropy, lambda z, y: ((z.softmax(1) - nn.functional.one_hot(y, 10)) ** 2).sum(1).mean()]
for name, *options in (("sigmoid", mg.sigmoid), ("tanh", mg.tanh), ("ReLU", mg.relu), ("ReLU, He", mg.relu, he)):
    model = Deep(64, 30, 10, *options)
    norms = [gradient_norms(model, images, labels, loss) for loss in losses]
    digits[name], ratios = norms[0], [each[0] / each[-1] for each in norms]
    print("3 loss      {:8}: input / top {:.1e} with cross-entropy, {:.1e} with squared error".format(name, *ratios))

# %% Why
# Backward multiplies the gradient by the weights and by the slopes of the activation, once in each layer. With weights
# of variance gain^2 / n, a layer keeps gain^2 of the mean square, 30 layers gain^30 of the norm: 9e-10 or 1e9 here.
# nn.Linear has a gain of 1/sqrt(3), and ReLU lets half of the mean square pass. A sigmoid's slope is at most 1/4.


# %% The right version
# Initialization that keeps the variance: before ReLU a gain of sqrt(2) (He et al. 2015), as in nn.init.kaiming_normal_
# with nonlinearity="relu". And clipping, for gradients that get large all the same: a common norm over 1 is made 1.
def train(model, epochs, batch_size, kind, lr, clip):
    """The loss of each batch and the norm of its gradient before clipping: (epochs, batches, 2)."""
    optimizer, history = kind(model.parameters(), lr=lr), []
    for _ in range(epochs):
        for inputs, labels in DataLoader(train_set, batch_size, shuffle=True):
            optimizer.zero_grad()
            loss = cross_entropy(model(inputs), labels)
            loss.backward()
            history.append((loss.item(), nn.utils.clip_grad_norm_(model.parameters(), clip).item()))
            optimizer.step()
    return np.array(history).reshape(epochs, -1, 2)


# %% The experiment
# ReLU networks on the digits, of one hidden layer and of 30. As nn.Linear initializes them the deep ones learn nothing,
# with Adam either; ln 10 is 2.303. With He's initialization SGD learns once it is clipped. One layer is still the best.
trials = {
    "1 layer, SGD": (1, None, optim.SGD, 0.1, np.inf),
    "30 layers, SGD": (30, None, optim.SGD, 0.1, np.inf),
    "30 layers, Adam": (30, None, optim.Adam, 0.001, np.inf),
    "30 layers, He, SGD": (30, he, optim.SGD, 0.1, np.inf),
    "30 layers, He, SGD, clipped": (30, he, optim.SGD, 0.1, 1.0),
    "30 layers, He, Adam, clipped": (30, he, optim.Adam, 0.001, 1.0),
}
curves, table = {}, []
for _, (name, (depth, initialize, *options)) in zip(run.progress(6, "network"), trials.items(), strict=True):
    model = Deep(64, depth, 10, mg.relu, initialize)
    history = train(model, run.epochs, run.batch_size, *options)
    curves[name], largest = history[..., 0].mean(1), history[..., 1].max()
    score = (model(test_set.tensors[0]).argmax(1) == test_set.tensors[1]).float().mean().item()
    table.append(f"{name:28} loss {curves[name][-1]:.4f}, largest gradient {largest:5.1f}, test accuracy {score:.4f}")
print(*table, sep="\n")

# %% The picture
axes = depths, _, learning = run.figure(16, 5).subplots(1, 3)
colors, styles = (plot.BLUE, plot.ORANGE, "#009E73", "#CC79A7", "black", plot.GREY), ("-", "--", "-.", ":", "--", "-")
views = {"linear networks": linear, "networks on digits": digits, "training on digits": curves}
looks = ([color for color in colors for _ in range(2)], ("-", "--") * 3), (colors, styles), (colors, styles)
for ax, (title, lines), (shades, patterns) in zip(axes, views.items(), looks, strict=True):
    for (name, y), color, style in zip(lines.items(), shades, patterns, strict=False):
        ax.plot(np.arange(len(y)) + (ax is learning), y, style, color=color, label=name)
    ax.set(xlabel="hidden layer (0: the input)", ylabel="norm of the gradient", yscale="log", title=title)
    ax.legend(frameon=False, fontsize=9)
learning.set(xlabel="epoch", ylabel="loss in training (nats)", yscale="linear", ylim=(0, 3.9))
numbers = {name: [*lines.values()] for name, lines in views.items()}
run.finish(depths.figure, numbers, epochs=run.epochs, train_loss=curves[name][-1], test_accuracy=score)

# %% Your turn
# Write the initialization yourself: exercise ex12 of the classroom. Two things to try:
# - Carry the input past each hidden layer: outputs[-1] + activation(layer(outputs[-1])). What becomes of the gradients?
# - A gain of 2 before ReLU, clipped: why does clipping not make up for a wrong initialization?
