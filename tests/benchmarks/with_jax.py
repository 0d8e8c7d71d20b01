"""The first five steps in JAX: pure functions of the parameters under jit, which may reuse the memory of the old ones.

It is what a compiler makes of a step.
"""

import itertools
from functools import partial

import jax
import jax.numpy as jnp

from . import steps


def sgd(parameters, grads, state):
    return jax.tree.map(lambda p, g: p - steps.RATE * g, parameters, grads), state


def adam(parameters, grads, state):
    t, m, v = state
    t = t + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grads)
    rate = steps.RATE / (1 - 0.9**t)
    root = jnp.sqrt(1 - 0.999**t)

    def updated(p, m, v):
        return p - rate * m / (jnp.sqrt(v) / root + 1e-8)

    return jax.tree.map(updated, parameters, m, v), (t, m, v)


UPDATES = {"SGD": sgd, "Adam": adam}


@partial(jax.jit, donate_argnums=(0, 1), static_argnames=("optimizer", "loss_of"))
def compiled(parameters, state, *batch, optimizer, loss_of):
    loss, grads = jax.value_and_grad(loss_of)(parameters, *batch)
    return loss, *UPDATES[optimizer](parameters, grads, state)


def training(sizes, optimizer, loss_of, *batch):
    matrices = steps.weights([(n_out, n_in) for n_in, n_out in itertools.pairwise(sizes)])
    parameters = [(jnp.array(weight), jnp.zeros(len(weight))) for weight in matrices]
    state = jnp.zeros(()), *(jax.tree.map(jnp.zeros_like, parameters) for _ in range(2))
    batch = jax.device_put(batch)

    def step():
        nonlocal parameters, state
        loss, parameters, state = compiled(parameters, state, *batch, optimizer=optimizer, loss_of=loss_of)
        return float(loss)

    return step


def model(parameters, x):
    for weight, bias in parameters[:-1]:
        x = jax.nn.relu(x @ weight.T + bias)
    weight, bias = parameters[-1]
    return x @ weight.T + bias


def cross_entropy(parameters, images, labels):
    z = model(parameters, images)
    at_label = jnp.take_along_axis(z, labels[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(z, axis=1) - at_label)


def squared_error(parameters, images):
    return jnp.mean((jax.nn.sigmoid(model(parameters, images)) - images) ** 2)


def classifier(sizes, batch, optimizer):
    images, labels = steps.batch_of(batch, sizes[0], sizes[-1])
    return training(sizes, optimizer, cross_entropy, images, labels.astype("int32"))


def autoencoder(batch):
    images, _ = steps.batch_of(batch, steps.AUTOENCODER[0])
    return training(steps.AUTOENCODER, "Adam", squared_error, images)


MAKERS = {steps.classifier: classifier, steps.autoencoder: autoencoder}
