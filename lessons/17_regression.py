"""Regression: squared error is a Gaussian likelihood in disguise, and what is gained by learning the variance as well.

About 5 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.autograd import gradcheck
from minigrad.datasets import load_diabetes

run = lesson.start("17_regression", epochs=1000, lr=0.03)
rng = np.random.default_rng(run.seed)

# %% The claim
# Widely copied articles keep cross-entropy for classes and squared error for numbers. One adds that cross-entropy may
# serve where the target is Gaussian, and gives, rightly, for a predicted mean m and variance s^2,
#     L = -sum_i [log(1 / (sqrt(2 pi) s)) - (y_i - m)^2 / (2 s^2)]
# "obviously" least where m is close to y and s^2 small. Another: squared error punishes all errors alike.


def gaussian_nll(residual, sigma):  # minus the log of the density, in nats
    return np.log(np.sqrt(2 * np.pi) * sigma) + residual**2 / (2 * sigma**2)


# %% What happens
# With a residual y - m of .5 the loss is least at s = .5 and explodes below. With a residual of 0, there is no least.
for residual in (0.5, 0.0):
    losses = ", ".join(f"{gaussian_nll(residual, sigma):.3f} (s = {sigma})" for sigma in (1, 0.5, 0.1, 0.03, 0.01))
    print(f"1 residual {residual}: {losses}")
print("2 squared error of .1, 1, 10, 100:", ", ".join(f"{error**2:g}" for error in (0.1, 1, 10, 100)))

# %% Why
# With one s for n samples, L = n log(sqrt(2 pi) s) + (sum of squared residuals) / (2 s^2). In m it is least where the
# sum of squares is: to fit by squared error is maximum likelihood for Gaussian noise. In s it is least where s^2 is the
# mean squared residual, so that a small s pays only where the errors are small.
residuals, grid = 2 * rng.standard_normal(1000), np.arange(0.5, 4, 0.001)
total, split = gaussian_nll(residuals, 1).sum(), 500 * np.log(2 * np.pi) + (residuals**2).sum() / 2
best = grid[np.argmin([gaussian_nll(residuals, sigma).sum() for sigma in grid])]
print(f"3 1,000 residuals, s = 1: L = {total:.4f} nats, n / 2 log(2 pi) + (sum of squares) / 2 = {split:.4f}")
print(f"3 best s of a grid {best:.3f}; root mean squared residual {np.sqrt((residuals**2).mean()):.4f}")


# %% The right version
# A model gives two numbers for each sample: m, and log s^2, which may be anything. The loss is the mean over samples.
def likelihood(outputs, y):
    return nn.GaussianNLLLoss(full=True)(outputs[:, :1], y, mg.exp(outputs[:, 1:]))


def squared_error(outputs, y):
    return nn.MSELoss()(outputs[:, :1], y)


class OneVariance(nn.Module):  # the model `mean`, and one log variance for all samples
    def __init__(self, mean):
        super().__init__()
        self.mean, self.log_variance = mean, nn.Parameter(mg.zeros(1, 1))

    def forward(self, x):
        return mg.cat([self.mean(x), self.log_variance.expand(len(x), 1)], 1)


def train(model, x, y, loss, epochs, lr, shown=False):
    optimizer, progress = optim.Adam(model.parameters(), lr=lr), run.progress(epochs, shown=shown)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in progress:  # full batches, the rate falling to 0 along half a cosine
        batch_loss = loss(model(x), y)
        optimizer.zero_grad()
        batch_loss.backward()
        optimizer.step()
        scheduler.step()
        progress.note(train_loss=batch_loss.item())
    if loss is squared_error:
        with mg.no_grad():
            model.log_variance.fill_(np.log(squared_error(model(x), y).item()))  # the best, for these means


outputs, y = mg.randn(4, 2, dtype=mg.float64, requires_grad=True), mg.randn(4, 1, dtype=mg.float64)
gradcheck(lambda outputs: likelihood(outputs, y), outputs, eps=1e-5, atol=1e-9, rtol=0)  # raises if they differ by more
likelihood(outputs, y).backward()
r, variance = (y - outputs[:, :1]).detach().numpy(), np.exp(outputs[:, 1:].detach().numpy())
difference = np.abs(outputs.grad.numpy() - np.hstack([-r / variance, (1 - r**2 / variance) / 2]) / 4).max()
print(f"4 gradient -(y - m) / s^2 for m, (1 - (y - m)^2 / s^2) / 2 for log s^2, over n: to {difference:.0e}")


# %% The experiment
# Noise that grows: y = sin x + (.1 + .2 |x|) e, e standard normal. 4,000 points to learn from, 4,000 for the test, and
# networks with 32 hidden units: squared error and one variance; likelihood and a variance for each x.
def waves(count):
    x = rng.uniform(-3, 3, (count, 1))
    y = np.sin(x) + (0.1 + 0.2 * np.abs(x)) * rng.standard_normal((count, 1))
    return mg.tensor(x, dtype=mg.float32), mg.tensor(y, dtype=mg.float32)


(x, y), (test_x, test_y) = waves(4000), waves(4000)
mean, learned = (nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, outputs)) for outputs in (1, 2))
constant = OneVariance(mean)
train(constant, x, y, squared_error, run.epochs, run.lr)
train(learned, x, y, likelihood, run.epochs, run.lr, shown=True)
truth = mg.cat([mg.sin(test_x), 2 * mg.log(0.1 + 0.2 * test_x.abs())], 1)
for name, z in (("squared error", constant(test_x)), ("likelihood", learned(test_x)), ("the truth", truth)):
    print(f"5 {name:13} test: {likelihood(z, test_y).item():.4f} nats, MSE {squared_error(z, test_y).item():.4f}")
sigmas = mg.exp(learned(mg.linspace(0, 3, 3).unsqueeze(1))[:, 1] / 2).tolist()
print("5 s learned at 0, 1.5, 3: {:.2f} {:.2f} {:.2f} (true: 0.10 0.40 0.70)".format(*sigmas))

# %%
# How diabetes progressed in 331 patients, by ten measurements, and linear models; 111 other patients are the test.
(x, y), (patients, progress) = (part.tensors for part in load_diabetes())
centre, unit = y.mean().item(), y.std(correction=0).item()
(x, y), (patients, progress) = ((f * 18, (t.unsqueeze(1) - centre) / unit) for f, t in ((x, y), (patients, progress)))
linear, spread = [OneVariance(nn.Linear(10, 1)), OneVariance(nn.Linear(10, 1)), nn.Linear(10, 2)], {}
for name, model in zip(("squared error", "one variance", "each its own"), linear, strict=True):
    train(model, x, y, squared_error if name == "squared error" else likelihood, run.epochs, 0.1)
    outputs = model(patients)
    loss = likelihood(outputs, progress).item() + np.log(unit)  # a density per unit of progress, not of its deviation
    error, s = unit**2 * squared_error(outputs, progress).item(), unit * np.exp(outputs.detach().numpy()[:, 1] / 2)
    spread[name] = np.array([s.min(), s.max()])
    print(f"6 {name:13} test: {loss:.4f} nats, MSE {error:.1f}, s {s.min():.2f} to {s.max():.2f}")
print("6 sklearn       LinearRegression: MSE 3180.2")

# %% The picture
# Left, the loss of one sample; in the middle and right, the test, and two standard deviations around the mean.
left, middle, right = run.figure(16, 4.8).subplots(1, 3)
grid, xs, error_of = np.geomspace(0.01, 3, 100), np.linspace(-3, 3, 61), unit * (progress - outputs[:, :1]).detach()
numbers = {"test": mg.cat([test_x, test_y], 1)[:1000].numpy(), "patient s": s, "patient error": error_of.numpy()[:, 0]}
for residual, style in ((0.5, "-"), (0.1, "--"), (0.0, ":")):
    numbers[f"loss {residual}"] = gaussian_nll(residual, grid)
    left.semilogx(grid, numbers[f"loss {residual}"], style, color=plot.BLUE, label=f"y - m = {residual}")
middle.plot(*numbers["test"].T, ".", color=plot.GREY, markersize=2)
right.plot(s, numbers["patient error"], ".", color=plot.GREY)
fits = (constant, "one s", "one variance", "--", plot.ORANGE), (learned, "own s", "each its own", "-", plot.BLUE)
for model, name, patients_s, style, color in fits:
    mean, log_variance = model(mg.tensor(xs[:, None], dtype=mg.float32)).detach().numpy().T
    numbers[name] = mean[:, None] + np.exp(log_variance[:, None] / 2) * [-2, 2]
    middle.plot(xs, numbers[name], style, color=color, label=[f"m - 2s, m + 2s, {name}", "_"])
    right.plot([s.min(), s.max()], spread[patients_s][:, None] * [-2, 2], style, color=color, label=[name, "_"])
left.set(xlabel="s", ylabel="loss (nats)", ylim=(-4, 6), title="One sample")
middle.set(xlabel="x", ylabel="y", ylim=(-2.8, 2.8), title="Noise that grows")
right.set(xlabel="s learned for the patient", ylabel="y - m", title="Diabetes, linear models")
for ax in (left, middle, right):
    ax.legend(frameon=False)
run.finish(left.figure, numbers, epochs=run.epochs, test_loss=loss, test_squared_error=error)

# %% Your turn
# Write the Gaussian loss and its two gradients yourself: exercise ex17 of the classroom. Two things to try:
# - `--epochs 100`: which of the two networks suffers more, in nats and in squared error?
# - Make the tails of the noise heavy, `rng.standard_t(2, (count, 1))`: what do both do about the outliers?
