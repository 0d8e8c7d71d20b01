"""The autoencoder: a much-copied program trained on noise, then one that is right, against PCA, on handwritten digits.

About 14 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_digits, load_mnist
from minigrad.nn import functional as F
from minigrad.utils.data import DataLoader, TensorDataset

run = lesson.start("18_autoencoder", epochs=3, lr=0.003, batch_size=64)


# %% The claim
# A widely copied article prints an autoencoder, 784-128-64-32 and back, with ReLU after each layer, the code's too, and
# a sigmoid at the end, and trains it, "an image autoencoding task" that "optimises the pixel information", on
#     x = torch.randn(3, input_dim)
# Another says that one usually takes the cross-entropy between the "encoder's output and the original input".
class AutoEncoder(nn.Module):
    def __init__(self, *widths, code=nn.Identity, output=nn.Sigmoid, he=True):
        super().__init__()
        self.encoder = nn.Sequential(*self.layers(widths, he), code())
        self.decoder = nn.Sequential(*self.layers(widths[::-1], he), output())

    def layers(self, widths, he):
        found = []
        for i in range(len(widths) - 1):
            found += [nn.Linear(widths[i], widths[i + 1]), nn.ReLU()]
        for linear in found[:-2:2] if he else ():  # those before a ReLU start as wide as He et al. 2015 want it
            nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu")
        return found[:-1]

    def forward(self, x):
        return self.decoder(self.encoder(x))


# %% What happens
# There is no image: three rows of noise, the same ones a hundred times. The loss falls, and nothing has been learnt.
x, fresh = mg.randn(3, 784), mg.randn(1000, 784)
printed = AutoEncoder(784, 128, 64, 32, code=nn.ReLU, he=False)  # he=False: the weights start as in PyTorch
optimizer, losses = optim.Adam(printed.parameters(), lr=0.001), []
for _ in range(100):
    loss = F.mse_loss(printed(x), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(f"1 noise    mean squared error {losses[0]:.3f}, after 100 steps {losses[-1]:.3f}; of other noise", end=" ")
print(f"{F.mse_loss(printed(fresh), fresh):.3f}, and {(fresh**2).mean():.3f} if 0 is the answer to everything")
print(f"2 encoder  its output is {tuple(printed.encoder(x).shape)}, the input {tuple(x.shape)}: no loss compares these")

# %% Why
# A sigmoid stays between 0 and 1; two thirds of the numbers do not. A code shorter than the data keeps their pattern,
# and noise has none: of its 784 directions, all alike, 32 hold 32 / 784 = 4 % of its variance. ReLU on the code makes
# it worse: a unit that is 0 for all the data says nothing, and gets no gradient. And a code is no image: 32 numbers.
beyond, least = ((x < 0) | (x > 1)).float().mean(), ((x - x.clamp(0, 1)) ** 2).mean()
print(f"3 sigmoid  {beyond:.0%} of the targets lie outside of (0, 1): no loss below {least:.3f}")
print(f"4 relu     {(printed.encoder(x) == 0).all(0).sum().item()} of the 32 units of the code are 0 for all rows")


# %% The right version
# Data between 0 and 1, a code without ReLU, the loss between what the DECODER gives and the input, and new images to
# test on. The yardstick is PCA: the best plane. A linear autoencoder must find the same plane (Baldi & Hornik 1989).
def train(model, train_set, test_images, epochs, lr, batch_size=64, loss_of=F.mse_loss, shown=False):
    """Returns the loss of each batch, and the mean squared error on the test images after each epoch."""
    optimizer, loader = optim.Adam(model.parameters(), lr), DataLoader(train_set, batch_size, shuffle=True)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(loader))
    losses, errors, progress = [], [], run.progress(epochs, shown=shown)
    for _ in progress:
        for images, _ in loader:
            loss = loss_of(model(images), images)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
        errors.append(F.mse_loss(model(test_images).detach(), test_images).item())
        progress.note(train_loss=np.mean(losses[-len(loader) :]), test_loss=errors[-1])
    return losses, errors


def pca(train_images, test_images, code):
    """The code of the test images by the plane of PCA, and their reconstruction from it: arrays."""
    mean = train_images.numpy().mean(axis=0)
    centred, plane = train_images.numpy() - mean, test_images.numpy() - mean
    directions = np.linalg.eigh(centred.T @ centred)[1][:, -code:]
    return plane @ directions, plane @ directions @ directions.T + mean


# %% The experiment
# Codes of 2, 4 and 8 numbers for an 8x8 digit beat PCA's; of 32 do not: 32 of 64 directions hold nearly everything.
# Cross-entropy serves where data lie in [0, 1], but of grey pixels even the perfect answer has one: their entropy.
epochs, table, (train_set, test_set) = 2 if run.quick else 40, [], load_digits()
images, test_images = train_set.tensors[0], test_set.tensors[0]
print("\nMean squared error of a pixel of the test images")
for code in (2, 4, 8, 32):
    linear, deep = AutoEncoder(64, code, output=nn.Identity), AutoEncoder(64, 128, 64, code)
    flat = np.mean((pca(images, test_images, code)[1] - test_images.numpy()) ** 2)
    straight = train(linear, train_set, test_images, 2 * epochs, lr=0.03)[1][-1]
    table.append((flat, straight, train(deep, train_set, test_images, epochs, lr=0.005)[1][-1]))
    print("8x8, code of {:2}    PCA {:.4f}, linear autoencoder {:.4f}, autoencoder {:.4f}".format(code, *table[-1]))
other = AutoEncoder(64, 128, 64, 8)
error = train(other, train_set, test_images, epochs, lr=0.005, loss_of=F.binary_cross_entropy)[1][-1]
cross, least = (F.binary_cross_entropy(p, test_images).item() for p in (other(test_images), test_images))
print(f"8, cross-entropy   autoencoder {error:.4f}; cross-entropy {cross:.4f} nats, the perfect answer's {least:.4f}")

# %%
# The article's shape on MNIST: all 60,000 images, `epochs` times over, and 10,000 of other writers to test on.
few = slice(2000 if run.quick else None)
(images, digits), (test_images, labels) = ([column[few] for column in part.tensors] for part in load_mnist())
shown, errors, codes = {"image": test_images.numpy()}, [], []
for code in (2, 32):
    model, shown[f"PCA, {code}"] = AutoEncoder(784, 128, 64, code), pca(images, test_images, code)[1]
    history = train(model, TensorDataset(images, digits), test_images, run.epochs, run.lr, run.batch_size, shown=True)
    shown[f"autoencoder, {code}"] = model(test_images).detach().numpy()
    codes.append(model.encoder(test_images[:1000]).detach().numpy())
    errors.append([np.mean((given - shown["image"]) ** 2) for given in list(shown.values())[-2:]])
    print("MNIST, code of {:2}  PCA {:.4f}, autoencoder {:.4f}".format(code, *errors[-1]))

# %% The picture
# What is left of the first image of each digit; the plane of codes of 2; training; 8x8 digits by the code's length.
grid, plane, curve, lengths = run.figure(17, 8).subplot_mosaic("ggp;clp", width_ratios=(4, 4, 7)).values()
first = [labels.tolist().index(digit) for digit in range(10)]
pixels = np.concatenate([given[first].clip(0, 1) for given in shown.values()])
plot.image_grid(pixels.reshape(-1, 28, 28), columns=10, label="ink", ax=grid)
for row, name in enumerate(shown):
    grid.text(-6, 31.4 * row + 14, name, ha="right", va="center")
for digit, color in enumerate((plot.BLUE, plot.ORANGE, plot.GREY, *plot.MORE, plot.BLUE, plot.ORANGE)):
    plane.scatter(*codes[0][labels[:1000].numpy() == digit].T, marker=f"${digit}$", s=45, color=color, linewidths=0)
plane.set(xscale="asinh", yscale="asinh", xlabel="first number of the code", ylabel="second (both scales: asinh)")
plane.set(xticks=(-10, -1, 0, 1, 10), yticks=(-10, -1, 0, 1, 10), title="codes of 2 of 1,000 test images")
plot.loss_curve(*history, epochs=run.epochs, unit="squared error of a pixel", labels=("train", "test"), ax=curve)
curve.axhline(errors[1][0], color=plot.GREY, linestyle=":")
curve.set(ylim=(0, 0.05), title="MNIST, code of 32 (dotted: PCA, test)")
lengths.set_prop_cycle(color=[plot.BLUE, "black", plot.ORANGE])
for name, style, column in zip(("PCA", "linear", "autoencoder"), ("o-", "x", "s--"), np.transpose(table), strict=True):
    lengths.plot(column, style, label=name)
lengths.set(xticks=range(4), xticklabels=(2, 4, 8, 32), ylim=0, xlabel="length of the code", title="8x8 digits, test")
lengths.legend(title="squared error of a pixel", frameon=False)
numbers = {"train_loss": history[0], "test_loss": history[1], "error": table, "code": codes[0], "pixel": pixels}
run.finish(grid.figure, numbers, epochs=run.epochs, test_loss=history[1][-1])

# %% Your turn
# Find the plane yourself: exercise ex18 of the classroom. Two things to try:
# - `code=nn.ReLU` in `deep`: how many of the units of the code are always 0, and what does it cost?
# - Give the model noisy images and take the loss to the clean ones: what does it do with the noise of new images?
