"""The answers of the exercises are minigrad's own: what they compute is what `minigrad` computes."""

import types

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.classroom.master import masters
from minigrad.nn import functional as F

ALL = masters()


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def answers(number):
    """The exercise with its answers, as a module."""
    module = types.ModuleType(ALL[number].name)
    exec(compile(ALL[number].solution, ALL[number].filename, "exec"), vars(module))
    return module


def tensor(array, requires_grad=False):
    return mg.tensor(np.array(array), requires_grad=requires_grad)


def gradient(function, array):
    """What backward gives for a scalar function of one array."""
    t = tensor(array, requires_grad=True)
    function(t).backward()
    return t.grad.numpy()


def distribution(rng, *shape):
    weights = rng.random(shape)
    return weights / weights.sum(-1, keepdims=True)


def close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


def test_codes(rng):
    m, counts = answers(1), rng.integers(0, 9, (4, 6)) + np.eye(4, 6)
    p = tensor(counts / counts.sum(-1, keepdims=True))
    in_nats = F.cross_entropy(mg.where(p > 0, p, 1.0).log() - 1e30 * (p == 0), p, reduction="none")
    close(m.entropy_of_counts(counts) * np.log(2), in_nats.numpy())
    # Huffman's words fill a prefix code, and no exchange of their lengths makes the mean shorter
    assert m.huffman_mean(np.array([0.4, 0.2, 0.2, 0.1, 0.1])) == pytest.approx(2.2)
    assert m.room(np.array([1, 3, 4, 4, 3]), 4) == 2 and m.room(np.array([2, 2, 2, 3, 3]), 3) == 0
    with pytest.raises(ValueError, match="Kraft"):
        m.room(np.array([1, 2, 2, 9]), 9)


def test_conditional_entropy_and_what_is_left_of_a_gain(rng):
    metrics = pytest.importorskip("sklearn.metrics")
    m, shape = answers(3), (4, 5)
    y = rng.integers(0, 4, 300)
    x = np.where(rng.random(300) < 0.3, y, rng.integers(0, 5, 300))
    joint = m.joint_table(y, x, shape)
    close(joint.sum(), 1)
    close(m.gain(joint), metrics.mutual_info_score(y, x))
    rows = joint / joint.sum(1, keepdims=True)
    close(m.conditional_entropy(joint), F.cross_entropy(tensor(np.log(rows[y])), tensor(x)).item())
    shuffle = np.random.default_rng(9).permutation
    chance = [metrics.mutual_info_score(shuffle(y), x) for _ in range(20)]
    expected = metrics.mutual_info_score(y, x) - np.mean(chance)
    close(m.gain_beyond_chance(y, x, shape, 9, 20), expected)


def test_gradient_descent_takes_the_steps_of_minigrads_sgd(rng):
    m, start, target = answers(4), rng.standard_normal((2, 3)), rng.standard_normal((2, 3))

    def loss(point):
        return ((point - tensor(target)).exp() + (tensor(target) - point)).sum()

    def value(point):
        return loss(tensor(point)).item()

    expected = gradient(loss, start)
    np.testing.assert_allclose(m.numerical_gradient(value, start), expected, rtol=1e-6, atol=1e-8)
    t = tensor(start, requires_grad=True)
    optimizer = optim.SGD([t], lr=0.1)
    path = m.walk(lambda point: gradient(loss, point), start, 0.1, 5)
    for point in path:
        close(point, t.detach().numpy())
        optimizer.zero_grad()
        loss(t).backward()
        optimizer.step()
    curvatures, rate = np.array([0.5, 1.0, 7.0]), 0.2
    left, steps = np.ones(3), 0
    while np.abs(left).max() > 1 / 300:
        left, steps = left - rate * curvatures * left, steps + 1
    assert m.steps_needed(curvatures, rate, 300) == steps


def test_the_tape_gives_the_gradients_of_minigrad(rng):
    m = answers(5)
    a, b, g = (rng.standard_normal(shape) for shape in ((2, 3), (2, 3), (2, 3)))
    close(m.div_backward(g, a, b)[0], gradient(lambda a: (tensor(g) * a / tensor(b)).sum(), a))
    close(m.div_backward(g, a, b)[1], gradient(lambda b: (tensor(g) * tensor(a) / b).sum(), b))
    for shape in ((3,), (1, 3), (2, 1), (), (1, 1), (2, 3)):
        small = rng.standard_normal(shape)
        close(m.unbroadcast(g, shape), gradient(lambda x: (tensor(g) * x.expand(2, 3)).sum(), small))
    x = m.Var(0.7)
    y = x * x
    m.backward((y + x).exp() * y + x)
    close(x.grad, gradient(lambda x: (x * x + x).exp() * (x * x) + x, 0.7))


@pytest.mark.parametrize("scale", [1, 50])
def test_log_loss_of_groups(rng, scale):
    m, size = answers(6), rng.integers(1, 9, 20)
    k = rng.integers(0, size + 1)
    X, w, b = rng.standard_normal((20, 3)), scale * rng.standard_normal(3), 0.5

    def loss(z):  # a label for each tumour, one after the other
        labels = np.concatenate([np.arange(n) < yes for yes, n in zip(k, size, strict=True)])
        group = np.repeat(np.arange(20), size)
        return F.binary_cross_entropy_with_logits(z[mg.tensor(group)], tensor(labels.astype(float)))

    z = X @ w + b
    close(m.log_loss_from_logit(z, k, size), loss(tensor(z)).item())
    if scale == 1:
        close(m.log_loss(1 / (1 + np.exp(-z)), k, size), loss(tensor(z)).item())
    new_w, new_b = m.step(w, b, X, k, size, 0.1)
    close((w - new_w) / 0.1, gradient(lambda w: loss(tensor(X) @ w + b), w))
    close((b - new_b) / 0.1, gradient(lambda b: loss(tensor(X) @ tensor(w) + b), np.array(b)))


@pytest.mark.parametrize("scale", [1, 300])
def test_softmax_and_cross_entropy(rng, scale):
    m, z, labels = answers(7), scale * rng.standard_normal((9, 5)), rng.integers(0, 5, 9)
    p = F.softmax(tensor(z), 1).numpy()
    close(m.softmax(z), p)

    def loss(z):
        return F.cross_entropy(z, tensor(labels))

    if scale == 1:
        close(m.cross_entropy(p, labels), loss(tensor(z)).item())
    X = rng.standard_normal((9, 3))
    dW, db = m.gradients(X, p, labels)
    dz = gradient(loss, z)
    close(dW, X.T @ dz)
    close(db, dz.sum(axis=0))


def test_squared_error_of_classes(rng):
    m, p, labels = answers(9), distribution(rng, 6, 4), rng.integers(0, 4, 6)
    targets = F.one_hot(tensor(labels), 4).double()
    close(m.brier(p, labels), 4 * F.mse_loss(tensor(p), targets).item())
    z, y = rng.standard_normal(6), np.array([1.0, -1, 1, 1, -1, -1])
    close(m.tanh_gradient(z, y), gradient(lambda z: F.mse_loss(mg.tanh(z), tensor(y)), z))
    yes, h = (y > 0).astype(float), 1e-4
    p, above, below = (1 / (1 + np.exp(-z - step)) for step in (0, h, -h))
    by_differences = ((above - yes) ** 2 - 2 * (p - yes) ** 2 + (below - yes) ** 2) / h**2
    np.testing.assert_allclose(m.bend(p, yes), by_differences, atol=1e-6)


@pytest.mark.parametrize("scale", [1, 1000])
def test_log_sum_exp(rng, scale):
    m, z, labels = answers(8), scale * rng.standard_normal((9, 5)), rng.integers(0, 5, 9)
    z[0, 2:] = -np.inf
    close(m.log_sum_exp(z), mg.logsumexp(tensor(z), -1).numpy())

    def loss(z):
        return F.cross_entropy(z, tensor(labels[1:]))

    z = z[1:]
    close(m.cross_entropy(z, labels[1:]), loss(tensor(z)).item())
    close(m.gradient(z, labels[1:]), gradient(loss, z))


def test_noisy_steps(rng):
    m = answers(10)
    x, t, line = rng.standard_normal(8), rng.standard_normal(8), rng.standard_normal(2)
    rows = np.random.default_rng(4).integers(8, size=20)

    def loss(line):
        return F.mse_loss(line[0] * tensor(x[rows]) + line[1], tensor(t[rows])) / 2

    close(m.batch_gradient(line, x, t, 20, np.random.default_rng(4)), gradient(loss, line))
    x, t = x[:3], t[:3]  # all nine batches of two samples are equally probable
    pairs = [np.array([i, j]) for i in range(3) for j in range(3)]
    errors = [line[0] * x[r] + line[1] - t[r] for r in pairs]
    batches = np.array([[np.mean(e * x[r]), np.mean(e)] for e, r in zip(errors, pairs, strict=True)])
    close(m.noise_trace(line, x, t, 2), batches.var(axis=0).sum())
    rates, a = [0.7, 0.1, 0.4], np.array([0.5, 1.5])
    shrunk = [[(1 - later * a) for later in rates[i + 1 :]] + [np.ones(2)] for i in range(3)]
    left = np.array([r * np.prod(factors, axis=0) for r, factors in zip(rates, shrunk, strict=True)])
    signs = np.array(np.meshgrid(*3 * [[-1, 1]])).reshape(3, 8)  # noise of -1 or 1 in each of the three steps
    w = np.einsum("sd,sn->nd", left, signs)
    close(m.expected_excess(rates, a, np.ones(2)), (a * w**2 / 2).sum(axis=1).mean())


def test_momentum_as_a_mean_and_amsgrad_step_like_minigrads_optimizers(rng):
    m, start, gradients = answers(11), rng.standard_normal(5), rng.standard_normal((20, 5))
    cured = tensor(start, requires_grad=True)
    optimizer = optim.Adam([cured], lr=0.01, betas=(0.8, 0.99), amsgrad=True)
    w, mean, state = start, np.zeros(5), (start, *np.zeros((3, 5)))
    for step, g in enumerate(gradients, start=1):
        cured.grad = tensor(g)
        optimizer.step()
        before, (w, mean) = w, m.momentum_step(w, g, mean, step, 0.1, 0.9)
        state = m.amsgrad_step(state[0], g, *state[1:], step, 0.01, beta1=0.8, beta2=0.99)
        weights = m.weights_of_the_past(0.9, step)
        close(mean / (1 - 0.9**step), weights @ gradients[:step])
        close(w, before - 0.1 * weights @ gradients[:step])
        close(weights.sum(), 1.0)
    close(state[0], cured.detach().numpy())


def test_initialisation_has_the_spread_of_minigrads(rng):
    m, gain = answers(12), nn.init.calculate_gain("relu")
    mg.manual_seed(0)
    back = m.normal_weights, nn.init.kaiming_normal_, "fan_out"
    forward = m.uniform_weights, nn.init.kaiming_uniform_, "fan_in"
    for ours, theirs, mode in (back, forward):
        weight = theirs(mg.empty(400, 300), mode=mode, nonlinearity="relu").numpy()
        np.testing.assert_allclose(ours(rng, 300, 400, gain).std(), weight.std(), rtol=0.02)
        assert ours(rng, 300, 400, gain).shape == weight.shape
    np.testing.assert_allclose(m.gain_for(lambda x: np.maximum(x, 0), rng.standard_normal(10**6)), gain, rtol=0.01)


def test_temperature_patience_and_folds(rng):
    m, z, y = answers(13), rng.normal(0, 3, (6, 4)), rng.integers(0, 4, 6)
    T = np.array(1.7)
    close(m.temperature_slope(z, y, 1.7), gradient(lambda t: F.cross_entropy(tensor(z) / t, tensor(y)), T))
    assert m.early_stopping([3, 1, 2, 2, 0], 2) == (1, 4)
    each = [rng.random(size) for size in (3, 7, 5)]
    losses = np.array([[part.mean() + shift for part in each] for shift in (0.2, 0.1, 0.3)])
    assert m.choose_lambda(losses, np.array([3, 7, 5]), np.array([5.0, 2.0, 9.0])) == 2


def test_sparse_weights_and_dropout(rng):
    m = answers(14)
    w = 2 * rng.standard_normal((3, 4))
    best = m.best_weight(w, 0.5, 0.3)
    assert (best == 0).any() and (best != 0).any()
    for other in np.linspace(-3, 3, 61):  # what the docstring promises: no other v has a lower value

        def cost(v):
            return (v - w) ** 2 / 2 + 0.5 * np.abs(v) + 0.3 * v**2 / 2

        assert (cost(best) <= cost(other) + 1e-12).all()
    X, y, w, b = rng.standard_normal((9, 4)), (rng.random(9) < 0.5).astype(float), best[0], 0.2

    def loss(z):
        return F.binary_cross_entropy_with_logits(z, tensor(y))

    new_w, new_b = m.ista_step(w, b, X, y, 0.1, 0.7)
    u = w - 0.1 * gradient(lambda w: loss(tensor(X) @ w + b), w)
    close(new_w, np.where(u > 0.07, u - 0.07, np.where(u < -0.07, u + 0.07, 0)))
    close(new_b, b - 0.1 * gradient(lambda b: loss(tensor(X @ w) + b), np.array(b)))
    h, g = rng.standard_normal((2, 6, 5))
    kept = np.random.default_rng(1).random(h.shape) >= 0.4
    out, back = m.dropout(h, g, 0.4, np.random.default_rng(1), True)
    close(out, np.where(kept, h / 0.6, 0))
    close(back, gradient(lambda h: (tensor(g) * h * tensor(kept / 0.6)).sum(), h))
    out, back = m.dropout(h, g, 0.4, np.random.default_rng(1), False)
    close(out, F.dropout(tensor(h), 0.4, training=False).numpy())
    close(back, g)


def test_class_weights(rng):
    m, z, y = answers(15), 50 * rng.standard_normal(20), (rng.random(20) < 0.3).astype(float)

    def loss(z):
        return F.binary_cross_entropy_with_logits(z, tensor(y), pos_weight=mg.tensor(19.0, dtype=mg.float64))

    close(m.weighted_loss(z, y, 19.0), loss(tensor(z)).item())
    weights, labels, logits = np.array([1.0, 19.0, 3.0]), rng.integers(0, 3, 20), rng.standard_normal((20, 3))

    def of_many(z):  # minigrad's weighted mean divides by the sum of the weights
        each = F.cross_entropy(z, mg.tensor(labels), weight=mg.tensor(weights), reduction="none")
        return each.mean()

    p = F.softmax(tensor(logits), 1).numpy()
    close(m.weighted_gradient(p, labels, weights), gradient(of_many, logits))
    # balanced to one half: the odds are 19 times too high
    close(m.true_probability(mg.sigmoid(tensor(z)).numpy(), 0.5, 0.05), mg.sigmoid(tensor(z) - np.log(19)).numpy())


def test_gaussian_likelihood(rng):
    m, (mean, log_variance, y) = answers(17), rng.standard_normal((3, 12))

    def loss(mean, log_variance):
        return F.gaussian_nll_loss(mean, tensor(y), mg.exp(log_variance), full=True)

    close(m.gaussian_nll(mean, log_variance, y), loss(tensor(mean), tensor(log_variance)).item())
    of_mean, of_log = m.gaussian_gradients(mean, log_variance, y)
    close(of_mean, gradient(lambda t: loss(t, tensor(log_variance)), mean))
    close(of_log, gradient(lambda t: loss(tensor(mean), t), log_variance))
    mended = log_variance + np.log(m.best_factor(mean, log_variance, y))
    close(m.gaussian_gradients(mean, mended, y)[1].sum(), 0.0)


def test_a_discriminator(rng):
    m, z, (r, g) = answers(25), 30 * rng.standard_normal(12), rng.dirichlet(np.ones(6), 2)
    saturating, other = m.generator_slopes(z)
    close(saturating, gradient(lambda t: F.logsigmoid(-t).mean(), z))
    close(other, gradient(lambda t: F.binary_cross_entropy_with_logits(t, mg.ones_like(t)), z))
    D, L = m.best_discriminator(r, g)
    half = (r + g) / 2
    close(L, 2 * np.log(2) - (r * np.log(r / half) + g * np.log(g / half)).sum())
    for worse in (D * 0.99, 0.99 * D + 0.01):
        assert -(r * np.log(worse) + g * np.log(1 - worse)).sum() > L
    angles = np.arange(8) * np.pi / 4
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    samples = np.repeat(centres[:5], 20, axis=0) + 0.01 * rng.standard_normal((100, 2))
    assert m.modes_covered(samples, centres, 0.1, 0.02) == 5


def test_linear_autoencoder(rng):
    m, x = answers(18), rng.standard_normal((20, 6)) * np.arange(1, 7) + 3
    left, values, right = np.linalg.svd(x - x.mean(0), full_matrices=False)
    for k, error in enumerate(m.errors_of_pca(x)):
        close(error, np.mean(((left[:, :k] * values[:k]) @ right[:k] + x.mean(0) - x) ** 2))
    encode, decode = nn.Linear(6, 2, dtype=mg.float64), nn.Linear(2, 6, dtype=mg.float64)
    arrays = m.layers_of_pca(x.mean(0), right[:2].T)
    with mg.no_grad():
        for parameter, array in zip([*encode.parameters(), *decode.parameters()], arrays, strict=True):
            parameter.copy_(tensor(array))
    close(encode(tensor(x)).detach().numpy(), left[:, :2] * values[:2])
    close(decode(encode(tensor(x))).detach().numpy(), (left[:, :2] * values[:2]) @ right[:2] + x.mean(0))
    E, D, noisy = rng.standard_normal((6, 2)), rng.standard_normal((2, 6)), rng.standard_normal((20, 6))

    def loss(E, D):
        return F.mse_loss(tensor(noisy) @ E @ D, tensor(x))

    of_E, of_D = m.denoising_gradients(noisy, x, E, D)
    close(of_E, gradient(lambda t: loss(t, tensor(D)), E))
    close(of_D, gradient(lambda t: loss(tensor(E), t), D))


def test_attention(rng):
    m, (query, key, value) = answers(19), rng.standard_normal((3, 2, 3, 5, 4))
    later = m.window_mask(5, 5)
    np.testing.assert_array_equal(later, (mg.ones(5, 5).triu(1) > 0).numpy())
    np.testing.assert_array_equal(m.window_mask(5, 2), np.triu(np.ones((5, 5)), 1) + np.tril(np.ones((5, 5)), -2) > 0)
    nowhere = later.copy()
    nowhere[2] = True
    for mask in (False, later, nowhere):
        seen = None if mask is False else tensor(~mask)  # PyTorch's mask here says where to look
        expected = F.scaled_dot_product_attention(tensor(query), tensor(key), tensor(value), attn_mask=seen)
        close(m.attention_weights(query, key, mask) @ value, expected.numpy())
    x = rng.standard_normal((2, 5, 12))
    close(m.split_heads(x, 3), tensor(x).unflatten(-1, (3, -1)).transpose(1, 2).numpy())


def test_transformer(rng):
    m, outputs = answers(22), rng.standard_normal((6, 4))
    changed = outputs + rng.standard_normal((6, 6, 4)) * (rng.random((6, 6, 1)) < 0.4)
    moved = [[not np.allclose(changed[j, i], outputs[i]) for j in range(6)] for i in range(6)]
    np.testing.assert_array_equal(m.leaks(outputs, changed), np.triu(moved, 1))
    x, W1, W2 = rng.standard_normal((2, 3, 4)), rng.standard_normal((4, 6)), rng.standard_normal((6, 4))
    gain, shift, b2, b1 = *rng.standard_normal((3, 4)), rng.standard_normal(6)
    normal = F.layer_norm(tensor(x), (4,), tensor(gain), tensor(shift))
    hidden = F.linear(normal, tensor(W1.T), tensor(b1)).relu()
    close(m.mlp_step(x, gain, shift, W1, b1, W2, b2), (tensor(x) + F.linear(hidden, tensor(W2.T), tensor(b2))).numpy())
    logits = rng.standard_normal((5, 9))
    close(m.belief(logits, 0.7, 9), F.softmax(tensor(logits / 0.7), -1).numpy())
    top = m.belief(logits, 0.7, 1)
    np.testing.assert_array_equal(top, np.eye(9)[logits.argmax(-1)])


def test_recurrent_steps(rng):
    m, x, start = answers(24), rng.standard_normal((4, 6, 3)), rng.standard_normal((1, 4, 5))
    layer, cells = nn.RNN(3, 5, batch_first=True, dtype=mg.float64), nn.LSTMCell(3, 5, dtype=mg.float64)
    W, U, b, other = (parameter.detach().numpy() for parameter in layer.parameters())
    close(m.run_batch(W, U, b + other, x, start[0]), layer(tensor(x), tensor(start))[0].detach().numpy())
    W_4, U_4, b_4, other_4 = (parameter.detach().numpy() for parameter in cells.parameters())
    h, c = rng.standard_normal((2, 4, 5))
    expected = cells(tensor(x[:, 0]), (tensor(h), tensor(c)))
    for got, right in zip(m.lstm_step(W_4, U_4, b_4 + other_4, x[:, 0], h, c), expected, strict=True):
        close(got, right.detach().numpy())
    first = tensor(np.zeros((1, 1, 5)), requires_grad=True)
    states, last = layer(tensor(x[:1]), first)
    d = rng.standard_normal(5)
    (last.flatten() * tensor(d)).sum().backward()
    h = np.concatenate([np.zeros((1, 5)), states.detach().numpy()[0]])
    close(m.way_back(U, h).T @ d, first.grad.numpy().ravel())


def test_adversarial_examples(rng):
    m, (x, W, b) = answers(28), (rng.random((6, 5)), rng.standard_normal((5, 3)), rng.standard_normal(3))
    labels = rng.integers(0, 3, 6)

    def loss(t):
        return F.cross_entropy(t @ tensor(W) + tensor(b), tensor(labels), reduction="sum")

    g = gradient(loss, x)
    close(m.pixel_gradient(x, labels, W, b), g)
    expected = tensor(x + 0.2 * np.sign(g)).clamp(0.0, 1.0).numpy()
    close(m.pgd_step(x, x, g, 0.2, 0.2), expected)
    # two classes: no corner of the cube around a picture is worse than the formula says
    w, y = rng.standard_normal(5), np.array([1.0, -1, 1, -1, 1, -1])
    corners = 0.1 * (2.0 * (np.arange(32)[:, None] // 2 ** np.arange(5) % 2) - 1)
    worst = (y[:, None] * ((x[:, None] + corners) @ w + 0.3)).min(1)
    close(m.robust_share(x, y, w, 0.3, 0.1), (worst > 0).mean())


def test_chain_of_labels(rng):
    m = answers(29)
    z, A = rng.standard_normal((4, 3)), rng.standard_normal((3, 3))
    start, end = rng.standard_normal((2, 3))
    rows = np.indices((3, 3, 3, 3)).reshape(4, -1).T
    scores = [m.score_of_row(z, A, start, end, row) for row in rows]
    close(m.log_partition(z, A, start, end), mg.logsumexp(tensor(scores), 0).item())
    close(m.best_row(z, A, start, end), rows[np.argmax(scores)])
    # ln Z's slope for start is the distribution of the first label
    shares = [sum(np.exp(s) for s, row in zip(scores, rows, strict=True) if row[0] == k) for k in range(3)]
    step = 1e-5 * np.eye(3)
    slopes = [(m.log_partition(z, A, start + h, end) - m.log_partition(z, A, start - h, end)) / 2e-5 for h in step]
    np.testing.assert_allclose(slopes, np.array(shares) / np.exp(scores).sum(), rtol=1e-6)


def test_between_programs(rng):
    m, x, y = answers(30), rng.standard_normal((12, 4)), rng.integers(0, 3, 12)
    W = rng.standard_normal((4, 3))

    def of(rows):
        return {"w": gradient(lambda t: F.cross_entropy(tensor(x[rows]) @ t, tensor(y[rows])), W)}

    joined = m.join_gradients([of(slice(7)), {"w": np.full((4, 3), np.nan)}, of(slice(7, 12))], [7, 0, 5])
    close(joined["w"], of(slice(12))["w"])
    layer = nn.Linear(4, 3, dtype=mg.float64)
    state = m.carry({"kernel": W, "b": x[0, :3]}, {"kernel": "0.weight", "b": "0.bias"})
    nn.Sequential(layer).load_state_dict({name: tensor(array) for name, array in state.items()})
    close(layer(tensor(x)).detach().numpy(), x @ W + x[0, :3])
    with pytest.raises(ValueError):
        m.carry({"kernel": W}, {"kernel": "0.weight", "b": "0.bias"})
    for b in (W + 0.01, W + 0.1, W * np.nan):
        assert m.agree({"w": W}, {"w": b}, 0.01, 0.03) == np.allclose(W, b, 0.01, 0.03)
    assert not m.agree({"w": W}, {"w": W[:1]}, 9, 9)


@pytest.mark.parametrize("master", ALL.values(), ids=lambda m: m.name)
def test_prose_names_the_lesson_and_fits_an_evening(master):
    assert f"Belongs to lesson {master.number:02}, " in master.about
    assert all(part in master.hints for part in master.points)
    assert 5 <= master.max_score <= 7
    hidden = {f.check["part"] for f in master.checks if f.check["hidden"]}
    assert hidden  # at least one check with other shapes, seeds or edge cases


def test_an_honest_split_moved_pictures_and_twins(rng):
    m = answers(16)
    order, y = rng.permutation(200), (rng.random(200) < 0.1).astype(int)
    train, test = m.split_then_balance(order, y, 150)
    assert set(train) == set(order[:150]) and not set(train) & set(test)
    assert (y[train] == 1).sum() == (y[train] == 0).sum()
    images = rng.random((2, 3, 5))
    padded = F.pad(tensor(images), (2, 0), value=1.0).numpy() if hasattr(F, "pad") else None
    if padded is not None:
        close(m.moved(images, 2, 1.0), padded[:, :, :5])
    close(m.moved(images, -2, 1.0)[:, :, ::-1], m.moved(images[:, :, ::-1], 2, 1.0))
    X = rng.random((9, 2))
    share, accuracy = m.honest(X[:6], X[3:], np.arange(6), np.array([9, 9, 9, 3, 4, 9]))
    close([share, accuracy], [0.5, 2 / 3])


def test_word_vectors(rng):
    m = answers(20)
    tokens = rng.integers(0, 5, 30)
    counts = np.zeros((5, 5))
    np.add.at(counts, tuple(np.transpose(m.pairs(tokens.tolist(), 3))), 1)
    steps = [np.eye(5)[tokens[away:]].T @ np.eye(5)[tokens[:-away]] for away in (1, 2, 3)]
    close(counts, sum(step + step.T for step in steps))
    v, U, no = rng.standard_normal(4), rng.standard_normal((5, 4)), np.array([1, 3, 1, 2])
    words, target = tensor([3, *no]), tensor([1.0, 0, 0, 0, 0])
    for array, function, place in (
        (v, lambda t: F.binary_cross_entropy_with_logits(tensor(U)[words] @ t, target, reduction="sum"), 1),
        (U, lambda t: F.binary_cross_entropy_with_logits(t[words] @ tensor(v), target, reduction="sum"), 2),
    ):
        got = m.one_yes(v, U, 3, no)
        close(got[0], function(tensor(array)).item())
        close(got[place], gradient(function, array))
    q = distribution(rng, 5)
    ratio = counts / counts.sum(axis=1, keepdims=True) / q / 2
    close(m.positive_pmi(counts, q, 2), np.maximum(np.where(ratio > 0, np.log(np.where(ratio > 0, ratio, 1)), 0), 0))


def test_counted_pairs_perplexity_and_contexts(rng):
    m = answers(21)
    x = rng.integers(0, 6, 200)
    pairs = np.bincount(6 * x[:-1] + x[1:], minlength=36).reshape(6, 6) + 0.3
    q = m.bigram_table(x, 6, 0.3)
    close(q, pairs / pairs.sum(axis=1, keepdims=True))
    loss = F.nll_loss(tensor(np.log(q[x[:-1]])), tensor(x[1:]))
    close(m.perplexity(q, x), np.exp(loss.item()))
    close(m.contexts_of(x, 3, 0)[3:], np.lib.stride_tricks.sliding_window_view(x, 3)[:-1])
    close(m.contexts_of(x, 3, 5)[1], [5, 5, x[0]])


def test_convolution(rng):
    m, images, kernel = answers(23), rng.standard_normal((3, 9, 8)), rng.standard_normal((4, 3))
    for stride in (1, 2, 3):
        maps = F.conv2d(tensor(images)[:, None], tensor(kernel)[None, None], stride=stride)
        close(m.convolve_all(images, kernel, stride), maps.numpy()[:, 0])
    d = rng.standard_normal((3, 6, 6))

    def loss(kernel):
        return (F.conv2d(tensor(images)[:, None], kernel[None, None])[:, 0] * tensor(d)).sum()

    close(m.kernel_gradient(images, d), gradient(loss, kernel))
    layer, linear = nn.Conv2d(3, 7, 4), nn.Linear(3 * 12 * 17, 7 * 9 * 14)
    numbers, multiplications = m.cost(3, 7, 4, 12, 17, True)
    assert numbers == sum(p.numel() for p in layer.parameters())
    places = linear.out_features // 7  # each output has a window of 3 x 4 x 4 of the inputs
    assert multiplications == linear.out_features * 3 * 4 * 4
    assert m.cost(3, 7, 4, 12, 17, False) == (places * numbers, multiplications)


def test_bound_of_a_variational_autoencoder(rng):
    distributions = pytest.importorskip("minigrad.distributions")
    m, (mean, log_variance, eps) = answers(26), rng.standard_normal((3, 4, 5))
    q = distributions.Normal(tensor(mean), tensor(np.exp(log_variance / 2)))
    prior = distributions.Normal(tensor(np.zeros(5)), tensor(np.ones(5)))
    kl = distributions.kl_divergence(q, prior).sum(-1).numpy()
    close(m.divergence(mean, log_variance), kl)

    def loss(mean, log_variance):
        return (mean + (log_variance / 2).exp() * tensor(eps)).sin().sum()

    z, of_mean, of_log = m.draw_and_slopes(mean, log_variance, eps, np.cos)
    close(z, mean + np.exp(log_variance / 2) * eps)
    close(of_mean, gradient(lambda t: loss(t, tensor(log_variance)), mean))
    close(of_log, gradient(lambda t: loss(tensor(mean), t), log_variance))
    logits, pictures = rng.standard_normal((4, 6)), rng.random((4, 6))
    cross = F.binary_cross_entropy_with_logits(tensor(logits), tensor(pictures), reduction="none")
    close(m.bound_of(logits, pictures, kl), -(cross.sum(-1).numpy() + kl).mean())


def test_policy_gradient(rng):
    m = answers(27)
    rewards, gamma = rng.standard_normal((5, 3)), 0.8
    expected = [sum(gamma ** (k - t) * rewards[k] for k in range(t, 5)) for t in range(5)]
    close(m.returns_to_go(rewards, gamma), np.array(expected))
    z, actions, advantages = rng.standard_normal((6, 4)), rng.integers(0, 4, 6), rng.standard_normal(6)

    def loss(z):
        taken = mg.distributions.Categorical(logits=z).log_prob(tensor(actions))
        return -(tensor(advantages) * taken).mean()

    close(m.surrogate_gradient(z, actions, advantages), gradient(loss, z))
    returns = rng.standard_normal(6)
    others = [returns[i] - np.delete(returns, i).mean() for i in range(6)]
    close(m.leave_one_out(returns), np.array(others))
