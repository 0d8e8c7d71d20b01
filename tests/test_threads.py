"""Several threads at once: each has a mode of its own, and what they share is shared safely."""

import asyncio
import itertools
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.autograd import grad
from minigrad.utils.data import DataLoader, TensorDataset

LIMIT = 60  # seconds that a thread may wait for another, beyond all that ever happens


@pytest.fixture(autouse=True)
def frequent_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*functions):
    """What the functions give, each called in a thread of its own."""
    start = threading.Barrier(len(functions), timeout=LIMIT)

    def run(function):
        start.wait()
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        futures = [pool.submit(run, function) for function in functions]
        return [future.result(LIMIT) for future in futures]


def meet(barrier):
    """Wait a moment for the other thread to come as far, which it cannot where a lock is held."""
    try:
        barrier.wait(0.2)
    except threading.BrokenBarrierError:
        pass


def elsewhere(function):
    return at_once(function)[0]


# -- The mode --------------------------------------------------------------------------------------


def modes():
    x = mg.ones(1, requires_grad=True)
    return mg.is_grad_enabled(), mg.is_inference_mode_enabled(), (x * 2).requires_grad


OFF = [mg.no_grad, mg.inference_mode, lambda: mg.set_grad_enabled(False)]


@pytest.mark.parametrize("mode", OFF)
def test_a_new_thread_records_whatever_the_mode_of_the_thread_that_starts_it(mode):
    with mode():
        assert elsewhere(modes) == (True, False, True)
        assert not (mg.ones(1, requires_grad=True) * 2).requires_grad
    assert modes() == (True, False, True)


def test_modes_that_threads_enter_and_leave_crosswise():
    first_in, second_in, first_out = (threading.Barrier(2, timeout=LIMIT) for _ in range(3))

    def first():
        with mg.no_grad():
            first_in.wait()
            second_in.wait()
        first_out.wait()
        return modes()

    def second():
        first_in.wait()
        with mg.no_grad():
            second_in.wait()
            first_out.wait()
            inside = modes()
        return inside, modes()

    recording = (True, False, True)
    assert at_once(first, second) == [recording, ((False, False, False), recording)]


def test_a_mode_that_is_switched_for_good_stays_in_its_thread():
    elsewhere(lambda: mg.set_grad_enabled(False))
    assert mg.is_grad_enabled()


def test_a_forward_during_a_backward_of_another_thread_keeps_its_graph():
    walking, recorded = threading.Event(), threading.Event()
    x = mg.tensor(2.0, requires_grad=True)

    def wait(_g):
        walking.set()
        assert recorded.wait(LIMIT)

    def walk():
        y = x * 3
        y.register_hook(wait)
        (y * y).backward()

    def forward():
        assert walking.wait(LIMIT)
        w = mg.tensor(5.0, requires_grad=True)
        y = w * w
        recorded.set()
        return grad(y, w)[0].item()

    assert at_once(walk, forward)[1] == 10
    assert x.grad.item() == 36


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_walk_leaves_the_mode_of_other_threads_alone(create_graph):
    walking, seen = threading.Event(), threading.Event()

    def wait(_g):
        walking.set()
        assert seen.wait(LIMIT)

    def walk():
        x = mg.tensor(2.0, requires_grad=True)
        y = x * 3
        y.register_hook(wait)
        with mg.no_grad():
            grad(y, x, create_graph=create_graph)

    def look():
        assert walking.wait(LIMIT)
        outside = modes()
        with mg.no_grad():
            inside = modes()
        seen.set()
        return outside, inside

    assert at_once(walk, look)[1] == ((True, False, True), (False, False, False))


def test_a_decorated_function_is_called_by_several_threads():
    inside = threading.Barrier(3, timeout=LIMIT)

    @mg.no_grad()
    def evaluate():
        inside.wait()
        return modes()

    def run():
        return evaluate(), modes()

    assert at_once(run, run, run) == [((False, False, False), (True, False, True))] * 3


def test_a_decorated_generator_that_goes_from_one_thread_to_another():
    @mg.no_grad()
    def generator():
        while True:
            yield modes()

    running = generator()
    for _ in range(3):
        inside, outside = elsewhere(lambda: (next(running), modes()))
        assert (inside, outside) == ((False, False, False), (True, False, True))
        assert next(running) == (False, False, False)


def test_tasks_of_one_thread_share_its_mode():
    async def main():
        entered, seen = asyncio.Event(), asyncio.Event()

        async def first():
            with mg.no_grad():
                entered.set()
                await seen.wait()

        async def second():
            await entered.wait()
            mode = mg.is_grad_enabled()
            seen.set()
            return mode, await asyncio.to_thread(mg.is_grad_enabled)

        return (await asyncio.wait_for(asyncio.gather(first(), second()), LIMIT))[1]

    assert asyncio.run(main()) == (False, True)  # as in PyTorch
    assert mg.is_grad_enabled()


# -- Whole trainings -------------------------------------------------------------------------------


def training(seed, optimizer):
    """A training that evaluates after every epoch: the losses, and the parameters at the end."""
    generator = mg.Generator().manual_seed(seed)
    x = mg.rand(60, 8, generator=generator)
    data = TensorDataset(x, (x.sum(1) * 2).long() % 3)
    model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
    for p in model.parameters():
        with mg.no_grad():
            p.copy_(mg.rand(*p.shape, generator=generator) - 0.5)
    step = optimizer(model.parameters())
    losses = []
    for _ in range(4):
        model.train()
        for images, labels in DataLoader(data, batch_size=15, shuffle=True, generator=generator):
            step.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            step.step()
        model.eval()
        with mg.no_grad():
            losses.append(nn.functional.cross_entropy(model(x), data.tensors[1]).item())
    return losses, [p.tolist() for p in model.parameters()]


OPTIMIZERS = [
    lambda params: optim.SGD(params, lr=0.1, momentum=0.9),
    lambda params: optim.Adam(params, lr=0.01),
]


def test_trainings_at_once_are_those_one_after_the_other():
    runs = [lambda seed=seed: training(seed, OPTIMIZERS[seed % 2]) for seed in range(4)]
    assert at_once(*runs) == [run() for run in runs]


# -- Random interleavings --------------------------------------------------------------------------

SWITCHES = {
    "no_grad": (mg.no_grad, lambda grad, inference: (False, inference)),
    "enable_grad": (mg.enable_grad, lambda grad, inference: (True, inference)),
    "off": (lambda: mg.set_grad_enabled(False), lambda grad, inference: (False, inference)),
    "on": (lambda: mg.set_grad_enabled(True), lambda grad, inference: (True, inference)),
    "inference": (mg.inference_mode, lambda grad, inference: (False, True)),
    "no inference": (lambda: mg.inference_mode(False), lambda grad, inference: (True, False)),
}


class Worker:
    """A thread that takes one step at a time, and what its mode must be."""

    def __init__(self):
        self.pool, self.entered = ThreadPoolExecutor(1), [(None, (True, False))]

    def do(self, function, *args):
        return self.pool.submit(function, *args).result(LIMIT)

    def step(self, name):
        if name in SWITCHES:
            make, change = SWITCHES[name]
            switch = self.do(make)
            self.do(switch.__enter__)
            self.entered.append((switch, change(*self.entered[-1][1])))
        elif name == "exit" and len(self.entered) > 1:
            self.do(self.entered.pop()[0].__exit__, None, None, None)
        elif name == "walk":
            assert self.do(self.walk) == [12.0, 6.0]
        grad_enabled, inference = self.entered[-1][1]
        assert self.do(modes) == (grad_enabled, inference, grad_enabled and not inference)

    def walk(self):
        """The gradient of x**2 at 3, doubled by a hook, and what the hook was given."""
        seen = []
        with mg.inference_mode(False):
            x = mg.tensor(3.0, requires_grad=True)
            x.register_hook(lambda g: seen.append(g.item()) or g * 2)
            y = x * x
        y.backward()
        return [x.grad.item(), *seen]


@pytest.mark.parametrize("seed", range(5))
def test_random_interleavings_of_threads_modes_and_walks(seed):
    rng = np.random.default_rng(seed)
    workers = [Worker() for _ in range(3)]
    for _ in range(80):
        workers[rng.integers(3)].step(str(rng.choice([*SWITCHES, "exit", "exit", "walk", "look"])))
    for worker in workers:
        worker.pool.shutdown()


# -- What threads share ----------------------------------------------------------------------------


def test_gradients_from_several_threads_add_up_in_a_shared_leaf():
    w = mg.zeros(50_000, requires_grad=True)  # so long that other threads run while NumPy adds

    def walks():
        for _ in range(25):
            (w * 2).sum().backward()

    at_once(walks, walks, walks, walks)
    assert np.unique(w.grad.numpy()).tolist() == [200.0]


def test_first_gradients_from_several_threads_add_up():
    for _ in range(50):
        w = mg.tensor(1.0, requires_grad=True)
        at_once(*[lambda w=w: (w * 2).backward()] * 3)
        assert w.grad.item() == 6


def test_two_walks_at_once_through_one_custom_function():
    """Each waits in backward for the other, which must not touch what the first has there."""
    together = threading.Barrier(2)

    class Product(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, g):
            meet(together)
            x, y = ctx.saved_tensors
            return g * y, g * x

    x, y = (mg.tensor(value, requires_grad=True) for value in (3.0, 5.0))
    out = Product.apply(x, y)
    seeds = [mg.tensor(1.0), mg.tensor(10.0)]
    walks = [lambda seed=seed: grad(out, (x, y), seed, retain_graph=True) for seed in seeds]
    results = at_once(*walks)
    assert [[g.item() for g in result] for result in results] == [[5, 3], [50, 30]]


def test_threads_that_draw_from_one_generator_get_different_numbers(monkeypatch):
    source, making = np.random.PCG64, threading.Barrier(2)

    def slow(seed):
        meet(making)
        return source(seed)

    monkeypatch.setattr(np.random, "PCG64", slow)
    g = mg.Generator().manual_seed(0)
    drawn = at_once(*[lambda: [mg.rand(5, generator=g).tolist() for _ in range(20)]] * 2)
    alone = [mg.rand(5, generator=g.manual_seed(0)).tolist()]
    alone += [mg.rand(5, generator=g).tolist() for _ in range(39)]
    assert sorted(itertools.chain(*drawn)) == sorted(alone)


def test_writes_of_many_threads_are_noticed_by_their_own_graphs_only():
    def work():
        wrong = 0
        for i in range(200):
            x = mg.tensor(2.0, requires_grad=True)
            y = x * 3
            z = y * y
            if i % 2:
                y.add_(1)
            try:
                z.backward()
                wrong += i % 2
            except RuntimeError:
                wrong += 1 - i % 2
        return wrong

    assert at_once(work, work, work, work) == [0] * 4


def test_the_first_views_that_two_threads_make_are_both_known(monkeypatch):
    made, making = weakref.WeakSet, threading.Barrier(2)

    def slow():
        meet(making)
        return made()

    x, w = mg.ones(3), mg.ones(3, requires_grad=True)
    monkeypatch.setattr(weakref, "WeakSet", slow)
    views = at_once(lambda: x[0:2], lambda: x[1:3])
    x.mul_(w)
    assert all(view.requires_grad for view in views)


def test_hooks_that_are_added_and_removed_while_another_thread_walks():
    x = mg.tensor(1.0, requires_grad=True)
    walking, changed = threading.Event(), threading.Event()

    def wait(g):
        walking.set()
        assert changed.wait(LIMIT)
        return g * 2

    x.register_hook(wait)
    last = x.register_hook(lambda g: g * 5)

    def change():
        assert walking.wait(LIMIT)
        last.remove()
        x.register_hook(lambda g: g * 10)
        changed.set()

    at_once(lambda: (x * 3).backward(), change)
    assert x.grad.item() == 30  # the hooks that were there when the gradient came
    (x * 3).backward()
    assert x.grad.item() == 30 + 60


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_anomaly_detection_and_the_default_dtype_are_those_of_all_threads():
    with mg.autograd.set_detect_anomaly(True):
        zero = mg.zeros(1, requires_grad=True)
        with pytest.raises(RuntimeError, match="log made an infinity"):
            elsewhere(lambda: mg.log(zero))
    mg.set_default_dtype(mg.float64)
    try:
        assert elsewhere(lambda: mg.ones(1).dtype) == mg.float64
    finally:
        mg.set_default_dtype(mg.float32)
