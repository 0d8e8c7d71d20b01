"""The modes as contexts, functions and decorators of every kind of function, beside PyTorch's."""

import asyncio
import functools

import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def mode(m):
    """What the library says of its mode, and what it does."""
    x = m.ones(1, requires_grad=True)
    return m.is_grad_enabled(), m.is_inference_mode_enabled(), (x * 2).requires_grad


DECORATORS = {
    "no_grad()": lambda m: m.no_grad(),
    "no_grad": lambda m: m.no_grad,
    "enable_grad()": lambda m: m.enable_grad(),
    "enable_grad": lambda m: m.enable_grad,
    "inference_mode()": lambda m: m.inference_mode(),
    "inference_mode": lambda m: m.inference_mode,
    "inference_mode(False)": lambda m: m.inference_mode(False),
    "inference_mode(mode=True)": lambda m: m.inference_mode(mode=True),
    "set_grad_enabled(False)": lambda m: m.set_grad_enabled(False),
    "set_grad_enabled(True)": lambda m: m.set_grad_enabled(True),
}

OUTSIDE = {
    "recording": lambda m: m.enable_grad(),
    "no_grad": lambda m: m.no_grad(),
    "inference": lambda m: m.inference_mode(),
}


def plain(m, make):
    @make(m)
    def function(a, *rest, b=2, **named):
        return mode(m), a, rest, b, named

    return function(1, 3, b=4, c=5)


def of_a_lambda(m, make):
    return make(m)(lambda: mode(m))()


def of_a_partial(m, make):
    return make(m)(functools.partial(lambda a, b: (mode(m), a, b), 1))(b=2)


def of_a_callable(m, make):
    class Callable:
        def __call__(self):
            return mode(m)

    return make(m)(Callable())()


def of_methods(m, make):
    class Class:
        @make(m)
        def method(self, x):
            return mode(m), type(self).__name__, x

        @classmethod
        @make(m)
        def of_class(cls, x):
            return mode(m), cls.__name__, x

        @staticmethod
        @make(m)
        def static(x):
            return mode(m), x

        @property
        @make(m)
        def attribute(self):
            return mode(m)

    instance = Class()
    bound = make(m)(instance.method)
    return (
        *(instance.method(1), instance.of_class(2), instance.static(3), instance.attribute),
        *(Class.of_class(4), Class.static(5), bound(6)),
    )


def of_a_static_method_above(m, make):
    class Class:
        @make(m)
        @staticmethod
        def static(x):
            return mode(m), x

    return Class.static(1)


def recursion(m, make):
    @make(m)
    def function(n):
        return [mode(m), *(function(n - 1) if n else []), mode(m)]

    return function(3)


def exception(m, make):
    @make(m)
    def function():
        raise KeyError("k")

    try:
        function()
    except KeyError as error:
        return error.args


def switched_inside(m, make):
    @make(m)
    def function():
        m.set_grad_enabled(not m.is_grad_enabled())
        return mode(m)

    return function()


def stacked(m, make):
    @m.enable_grad()
    @make(m)
    @m.no_grad()
    @make(m)
    def function():
        return mode(m)

    return function()


def metadata(m, make):
    @make(m)
    def function(x: int):
        "A text."

    function.note = 1
    wrapped = function.__wrapped__
    return function.__name__, function.__doc__, function.__annotations__, wrapped.__name__


def generator(m, make):
    @make(m)
    def function(n):
        for i in range(n):
            yield i, mode(m)
        return mode(m)

    seen = []

    def outer():
        seen.append((yield from function(3)))

    for step in outer():
        seen.append((step, mode(m)))
    return seen


def generator_interleaved(m, make):
    @make(m)
    def function():
        while True:
            yield mode(m)

    one, two, seen = function(), function(), []
    with m.no_grad():
        seen += [next(one), mode(m)]
        with m.enable_grad():
            seen += [next(two), mode(m), next(one), mode(m)]
    return [*seen, next(one), mode(m), next(two), mode(m)]


def generator_send_and_throw(m, make):
    @make(m)
    def function():
        seen = ["start", mode(m)]
        while True:
            try:
                seen += [(yield tuple(seen)), mode(m)]
            except KeyError as error:
                seen += [error.args, mode(m)]
            except ValueError:
                return seen

    running = function()
    out = [next(running), mode(m), running.send(1), mode(m)]
    out += [running.throw(KeyError("k")), mode(m), next(running), mode(m)]
    try:
        running.throw(ValueError())
    except StopIteration as end:
        out += [end.value, mode(m)]
    return out


def generator_throw_out(m, make):
    @make(m)
    def function():
        yield 1

    running = function()
    next(running)
    try:
        running.throw(KeyError("k"))
    except KeyError as error:
        return error.args, mode(m), list(running)


def generator_close(m, make):
    seen = []

    @make(m)
    def function():
        try:
            yield 1
        finally:
            seen.append(mode(m))

    running = function()
    next(running)
    running.close()
    return seen, list(running), list(function())


def generator_that_does_not_close(m, make):
    @make(m)
    def function():
        try:
            yield 1
        except GeneratorExit:
            yield 2

    running = function()
    next(running)
    try:
        running.close()
    except RuntimeError as error:
        return str(error)


def generator_that_switches(m, make):
    @make(m)
    def function():
        m.set_grad_enabled(True)
        yield mode(m)
        yield mode(m)

    running = function()
    return next(running), mode(m), next(running), mode(m)


def generator_arguments_are_bound_at_once(m, make):
    @make(m)
    def function():
        yield 1

    try:
        next(function(1))
    except TypeError as error:
        return type(error)


def context(m, make):
    value = make(m)
    switch = value() if isinstance(value, type) else value
    if isinstance(switch, m.set_grad_enabled):
        m.set_grad_enabled(True)
    with switch as entered:
        inside = mode(m)
    return entered, inside


def context_and_exception(m, make):
    value = make(m)
    try:
        with value() if isinstance(value, type) else value:
            raise KeyError("k")
    except KeyError as error:
        return error.args, mode(m)


def custom_function(m, make):
    seen = []

    class Twice(m.autograd.Function):
        @staticmethod
        def forward(x):
            seen.append(mode(m))
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.append(mode(m))

        @staticmethod
        def backward(ctx, g):
            seen.append(mode(m))
            return g * 2

    with m.enable_grad(), m.inference_mode(False):
        x = m.ones((), requires_grad=True)
        make(m)(lambda: Twice.apply(x).requires_grad)()
        y = Twice.apply(x)
    for create_graph in (False, True):
        seen.append(mode(m))
        backward = make(m)(m.autograd.grad)
        (g,) = backward(y, x, create_graph=create_graph, retain_graph=True)
        seen += [g.item(), g.requires_grad, mode(m)]
    return seen


def hook(m, make):
    seen = []
    with m.inference_mode(False):
        x = m.ones((), requires_grad=True)
        y = x * x
    y.register_hook(lambda g: seen.append((mode(m), g.requires_grad)))

    @make(m)
    def backward(create_graph):
        m.autograd.grad(y, x, create_graph=create_graph, retain_graph=True)
        return mode(m)

    return [backward(False), backward(True), *seen]


KINDS = [value for value in list(globals().values()) if getattr(value, "__code__", None)]
KINDS = [kind for kind in KINDS if kind.__code__.co_varnames[:2] == ("m", "make")]


@pytest.mark.parametrize("outside", OUTSIDE)
@pytest.mark.parametrize("make", DECORATORS.values(), ids=DECORATORS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_modes(kind, make, outside):
    results = []
    for m in (mg, torch):
        with OUTSIDE[outside](m):
            results += [(kind(m, make), mode(m))]
        assert mode(m) == (True, False, True)
    assert results[0] == results[1]


@pytest.mark.parametrize("make", DECORATORS.values(), ids=DECORATORS)
def test_what_is_no_function_is_not_decorated(make):
    """PyTorch fails when such a function is called or, for a class, has come to warn."""

    async def coroutine():
        pass

    async def generator():
        yield

    decorate = make(mg)
    for function in (coroutine, generator, functools.partial(coroutine)):
        with pytest.raises(TypeError, match=r"async.*inside, between two awaits"):
            decorate(function)
    with pytest.raises(TypeError, match="to decorate, not a classmethod; put it below"):
        decorate(classmethod(lambda cls: None))
    with pytest.raises(RuntimeError, match="decorate its methods"):
        decorate(type("Class", (), {}))
    with pytest.raises(TypeError, match="not a property"):
        decorate(property(lambda self: None))
    assert mg.is_grad_enabled()


def test_pytorch_decorates_async_functions_to_no_effect():
    @torch.no_grad()
    async def coroutine():
        return torch.is_grad_enabled()

    assert asyncio.run(coroutine()) is True


@pytest.mark.parametrize("value", [3, 1.0, "x", None, 0])
def test_what_is_no_mode(value):
    for m in (mg, torch):
        with pytest.raises(TypeError):
            m.set_grad_enabled(value)
    for switch in (mg.no_grad, mg.inference_mode):
        if value is not None or switch is mg.inference_mode:
            with pytest.raises(TypeError, match="expected a function to decorate"):
                switch(value)
    assert mg.is_grad_enabled()


AFTERWARDS = {
    "requires_grad_()": lambda x, t: (t.requires_grad_() * x).sum().backward(),
    "requires_grad =": lambda x, t: setattr(t, "requires_grad", True),
    "saved for backward": lambda x, t: (x * t).sum().backward(),
    "written to": lambda x, t: t.add_(1),
}


@pytest.mark.parametrize("use", AFTERWARDS.values(), ids=AFTERWARDS)
def test_tensors_made_in_inference_mode_are_as_others(use):
    """PyTorch refuses to do with them what would need the records that it saved."""
    for m in (mg, torch):
        x = m.tensor([1.0, 2.0], requires_grad=True)
        with m.inference_mode():
            t = m.tensor([3.0, 4.0])
        if m is torch:
            with pytest.raises(RuntimeError, match=r"(?i)inference"):
                use(x, t)
        else:
            use(x, t)
            assert x.grad is None or x.grad.tolist() == [3.0, 4.0]
            assert t.grad is None or t.grad.tolist() == [1.0, 2.0]


def test_one_context_entered_twice_restores_each_time():
    """In PyTorch the second entry forgets what the first had to restore."""
    for make in (mg.no_grad, mg.enable_grad, mg.inference_mode):
        switch = make()
        with switch:
            with switch:
                inside = mode(mg)
            assert mode(mg) == inside
        assert mode(mg) == (True, False, True)
