"""The first five steps by hand in NumPy: no graph, every buffer kept, the parameters in one flat vector.

It is what a NumPy framework can come near to and not pass.
"""

import itertools

import numpy as np

from . import steps


class Network:
    """Linear layers with ReLU between them; `step` trains it on one batch."""

    def __init__(self, sizes, images, target, adam, softmax):
        shapes = list(itertools.pairwise(sizes))
        self.x, self.target, self.adam, self.softmax = images, target, adam, softmax
        count = sum((n + 1) * m for n, m in shapes)
        self.flat, self.flat_grad, self.scratch = (np.zeros(count, np.float32) for _ in range(3))
        self.m, self.v, self.t = np.zeros(count, np.float32), np.zeros(count, np.float32), 0
        self.weights, self.biases = self._views(self.flat, shapes)
        self.weight_grads, self.bias_grads = self._views(self.flat_grad, shapes)
        for weight, start in zip(self.weights, steps.weights([w.shape for w in self.weights]), strict=True):
            weight[...] = start
        self.outs = [np.empty((len(images), m), np.float32) for _, m in shapes]
        self.grads = [np.empty_like(out) for out in self.outs]
        self.masks = [np.empty(out.shape, bool) for out in self.outs]
        self.rows = np.arange(len(images))

    @staticmethod
    def _views(flat, shapes):
        weights, biases, start = [], [], 0
        for n, m in shapes:
            weights.append(flat[start : start + n * m].reshape(m, n))
            biases.append(flat[start + n * m : start + (n + 1) * m])
            start += (n + 1) * m
        return weights, biases

    def step(self):
        x = self.x
        for i, (weight, bias, out) in enumerate(zip(self.weights, self.biases, self.outs, strict=True)):
            np.matmul(x, weight.T, out=out)
            out += bias
            if i < len(self.outs) - 1:
                np.greater(out, 0, out=self.masks[i])
                np.maximum(out, 0, out=out)
            x = out
        loss = self._cross_entropy(x) if self.softmax else self._squared_error(x)
        for i in range(len(self.weights) - 1, -1, -1):
            g = self.grads[i]
            np.matmul(g.T, self.outs[i - 1] if i else self.x, out=self.weight_grads[i])
            np.add.reduce(g, axis=0, out=self.bias_grads[i])
            if i:
                np.matmul(g, self.weights[i], out=self.grads[i - 1])
                np.multiply(self.grads[i - 1], self.masks[i - 1], out=self.grads[i - 1])
        self._update()
        return loss

    def _cross_entropy(self, z):
        g, n = self.grads[-1], len(z)
        np.subtract(z, z.max(axis=1, keepdims=True), out=g)
        at_label = g[self.rows, self.target]
        np.exp(g, out=g)
        total = g.sum(axis=1, keepdims=True)
        loss = float((np.log(total[:, 0]) - at_label).mean())
        g /= total
        g[self.rows, self.target] -= 1
        g *= 1 / n
        return loss

    def _squared_error(self, z):
        g = self.grads[-1]
        np.negative(z, out=z)
        np.exp(z, out=z)
        z += 1
        np.reciprocal(z, out=z)  # the sigmoid
        np.subtract(z, self.target, out=g)
        loss = float(np.dot(g.ravel(), g.ravel())) / g.size
        g *= 2 / g.size
        g *= z
        np.subtract(1, z, out=z)
        g *= z
        return loss

    def _update(self):
        x, g, scratch = self.flat, self.flat_grad, self.scratch
        if not self.adam:
            x -= np.multiply(g, steps.RATE, out=scratch)
            return
        self.t += 1
        m, v, correction = self.m, self.v, 1 - 0.999**self.t
        m *= 0.9
        m += np.multiply(g, 0.1, out=scratch)
        v *= 0.999
        np.multiply(g, g, out=scratch)
        scratch *= 0.001
        v += scratch
        np.sqrt(v, out=scratch)
        scratch += 1e-8 * correction**0.5
        np.divide(m, scratch, out=scratch)
        scratch *= steps.RATE * correction**0.5 / (1 - 0.9**self.t)
        x -= scratch


def classifier(sizes, batch, optimizer):
    images, labels = steps.batch_of(batch, sizes[0], sizes[-1])
    return Network(sizes, images, labels, optimizer == "Adam", softmax=True).step


def autoencoder(batch):
    images, _ = steps.batch_of(batch, steps.AUTOENCODER[0])
    return Network(steps.AUTOENCODER, images, images, adam=True, softmax=False).step


MAKERS = {steps.classifier: classifier, steps.autoencoder: autoencoder}
