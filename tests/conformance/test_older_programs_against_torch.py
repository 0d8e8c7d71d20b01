"""Paths, hooks, loaders and older names that programs for PyTorch use, against PyTorch."""

import importlib

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

from .comparing import difference  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

PATHS = """
    nn.parameter:Parameter nn.modules:Linear nn.modules.module:Module nn.modules.loss:CrossEntropyLoss
    nn.modules.linear:Linear nn.modules.conv:Conv2d nn.modules.container:Sequential nn.modules.activation:ReLU
    nn.modules.batchnorm:BatchNorm2d nn.modules.normalization:LayerNorm nn.modules.pooling:MaxPool2d
    nn.modules.dropout:Dropout nn.modules.sparse:Embedding nn.modules.flatten:Flatten utils.data.dataloader:DataLoader
    utils.data.dataset:Dataset utils.data.sampler:Sampler autograd:Variable autograd.variable:Variable
    backends.cudnn:benchmark cuda:is_available accelerator:is_available
""".split()


@pytest.mark.parametrize("path", PATHS)
def test_paths(path):
    module, _, name = path.partition(":")
    for package in ("torch", "minigrad"):
        scope = {}
        exec(f"import {package}.{module} as m\nfrom {package}.{module} import {name}", scope)
        assert getattr(eval(f"{package}.{module}", {package: importlib.import_module(package)}), name) is scope[name]
    if module.startswith(("nn", "utils")):
        short = module[: module.index(".", 6) if module.startswith("utils") else 2]
        assert getattr(importlib.import_module(f"minigrad.{short}"), name) is scope[name]


# -- The same expression in both packages ----------------------------------------------------------------------

IT = """
class It(m.utils.data.IterableDataset):
    def __init__(self, n): self.n = n
    def __iter__(self): return iter(range(self.n))
class Sized(It):
    def __len__(self): return self.n
L = m.utils.data.DataLoader
five = list(range(5))
def next_of(t): return [(n is None, i, len(n.next_functions)) for n, i in t.grad_fn.next_functions]
x = m.tensor([[1.0, 0.0, 3.0], [0.0, 2.0, 5.0]])
y = m.arange(6)
"""
EXPRESSIONS = [
    "list(L(It(5), batch_size=2))",
    "list(L(It(5), batch_size=2, drop_last=True))",
    "list(L(It(3), batch_size=None))",
    "list(L(It(3), 2, collate_fn=sum))",
    "[len(L(Sized(5), n, drop_last=d)) for n in (None, 1, 2) for d in (False, bool(n))]",
    "len(L(It(5)))",
    "m.utils.data.ConcatDataset([It(2)])",
    "m.utils.data.IterableDataset()",
    "It(2)[0]",
    "L(It(5), shuffle=True)",
    "L(It(5), shuffle=False).batch_size",
    "L(It(5), sampler=[1])",
    "L(It(5), batch_sampler=[[1]])",
    "list(L(five, batch_size=None))",
    "len(L(five, batch_size=None, shuffle=True))",
    "len(L(five, batch_size=None))",
    "list(L(five, batch_size=None, sampler=[3, 1]))",
    "L(five, batch_size=None, drop_last=True)",
    "L(five, batch_size=None, batch_sampler=[[1]])",
    "L(five, timeout=-1)",
    "list(L(five, timeout=1))",
    "L(five, prefetch_factor=2)",
    "L(five, prefetch_factor=-2, num_workers=1)",
    "L(five, persistent_workers=True)",
    "L(five, multiprocessing_context='fork')",
    "L(five, 2, False, None, None, 0, None, False, True, 0, print, None, None).worker_init_fn is print",
    "[b.tolist() for b in L(five, 2, worker_init_fn=print, pin_memory=True, in_order=True, pin_memory_device='')]",
    "setattr(L(five), 'dataset', five)",
    "setattr(L(five), 'collate_fn', list)",
    "list(L([(np.ones(2), 1, 1.5, 'a', {'k': np.float32(2)}.get('k'), [np.ones(1)])], batch_size=None))",
    "m.utils.data.default_convert(np.array(['a']))[0] == 'a'",
    "m.utils.data.get_worker_info()",
    "y[range(2, 5)]",
    "y[range(5, -1, -2)]",
    "y[range(0)]",
    "y.view(2, 3)[range(2), 0]",
    "y.view(2, 3)[0, range(1, 3)]",
    "y.index_put_((m.tensor(0),), m.tensor(1)) if 0 else y.__setitem__(range(3), 7) or y",
    "m.where(x)",
    "m.where(x > 1)",
    "m.where(m.tensor(3))",
    "m.where(condition=x)",
    "m.where(x > 1, 1)",
    "m.LongTensor((1, 2))",
    "m.LongTensor([[1], [2]])",
    "m.IntTensor(range(3)) if 0 else m.IntTensor([1, 2])",
    "m.DoubleTensor([1, 2])",
    "m.ByteTensor([1, 2])",
    "m.BoolTensor([True, False])",
    "m.FloatTensor(((1, 2), (3, 4)))",
    "m.FloatTensor((1.5, 2))",
    "m.FloatTensor(1.5)",
    "m.LongTensor(m.ones(2))",
    "m.FloatTensor()",
    "[isinstance(v, m.FloatTensor) for v in (x, y, 3, m.nn.Parameter(x))]",
    "[isinstance(v, m.LongTensor) for v in (x, y, m.LongTensor([1]))]",
    "[x.type(), y.type(), (x > 1).type(), x.double().type(), y.int().type(), y.type(m.uint8).type()]",
    "x.type(m.LongTensor)",
    "x.is_cuda",
    "x.sum(axis=1, keepdims=True)",
    "m.sum(x, axis=0)",
    "m.sum(x, 0, axis=0)",
    "m.sum(x, dim=0, axis=0)",
    "x.max(axis=1).values",
    "m.argmax(x, axis=1, keepdims=True)",
    "x.mean(axis=(0, 1), keepdims=True)",
    "x.std(axis=0)",
    "m.cat([x, x], axis=1)",
    "m.stack([x, x], axis=2)",
    "x.unsqueeze(axis=1)",
    "x.squeeze(axis=0)",
    "x.cumsum(axis=1)",
    "m.softmax(x, axis=1)",
    "m.gather(x, axis=1, index=y.view(2, 3) * 0)",
    "m.narrow(x, axis=0, start=0, length=1)",
    "x.size(axis=1)",
    "x.topk(2, axis=1).values",
    "m.nn.functional.cosine_similarity(x, x + 1, axis=0)",
    "m.nn.functional.normalize(x, axis=1)",
    "m.norm(x, axis=1)",
    "x.norm(axis=1)",
    "x.split(1, axis=1)",
    "x.unique(axis=0)",
    "m.autograd.Variable(x, requires_grad=True)",
    "m.autograd.Variable(x)",
    "m.autograd.Variable((x.requires_grad_() * 2)).requires_grad",
    "m.autograd.Variable(y, requires_grad=True)",
    "m.autograd.Variable([1.0])",
    "isinstance(x, m.autograd.Variable)",
    "m.autograd.Variable(x, volatile=True)",
    "m.autograd.Variable(x, True, True)",
    "m.autograd.grad((x.requires_grad_() ** 2).sum(), x, None, None, False, True, True)[0]",
    "m.autograd.grad((x.requires_grad_() ** 2).sum(), x, only_inputs=False)[0]",
    "x.new(2, 3).shape",
    "str(x.new(2).dtype)[-7:], y.new([1, 2]), x.new([[1, 2]]), x.new(x), x.new(), y.new([1.5, 2.5]), x.new(np.ones(2))",
    "x.new(y)",
    "x.new(1.5)",
    "x.new('a')",
    "x.new(-1)",
    "x.new(2, dtype=m.int64)",
    "x.double().new((1.5, 2))",
    "x.requires_grad_().new(1).requires_grad",
    "[x.byte(), (x * -1.5).byte(), (x * 100).byte(), m.tensor(-1).byte()]",
    "[(x * 0).random_(3, 4), y.random_(1), (x > 9).random_(1), x.random_(-5, -4)]",
    "[x.random_(2).max() <= 1, y.random_().min() >= 0, x.double().random_().max() <= 2**53]",
    "[str(v.random_(4).dtype)[-5:] for v in (x, y, y.int(), y.byte())]",
    "x.random_(0)",
    "x.random_(5, 3)",
    "x.random_(2.5)",
    "x.random_(True)",
    "x.random_(1, 2, 3)",
    "y.byte().random_(300)",
    "y.byte().random_(-3, 2)",
    "(x > 9).random_(3)",
    "x.requires_grad_().random_(3)",
    "m.max(input=x, other=m.tensor(2.0))",
    "[m.min(x, other=x * 2), x.max(other=x * 2)]",
    "m.max(x, 0, other=x)",
    "m.max(x, other=3)",
    "m.max(x, True, x)",
    "[m.set_default_device('cpu'), m.set_default_device(None), m.get_default_device().type]",
    "m.set_default_device(3.5)",
    "m.set_default_device('xyz')",
    "[m.set_float32_matmul_precision(p) for p in ('high', 'medium', 'highest', 'x')]",
    "m.set_float32_matmul_precision(3)",
    """[(m.set_default_tensor_type(k), m.ones(1)) for k in (m.DoubleTensor, 'torch.FloatTensor', 'torch.DoubleTensor',
        m.FloatTensor)]""",
    "m.set_default_tensor_type(m.LongTensor)",
    "m.set_default_tensor_type(m.float32)",
    "[m.functional.norm(x), m.functional.einsum('ij->j', x)]",
    "m.fmod(3, x)",
    "m.fmod(y - 3, 0)",
    "m.fmod(x - 2.5, 0)",
    "[m.fmod(y - 3, m.tensor([-2])), m.fmod(x - 2.5, y.view(2, 3) - 4), (x - 3).fmod_(2), (y - 3).fmod(2.5)]",
    "m.dist(x, x + 1, 0.5)",
    "m.dist(y, y)",
    "m.dist(x, 2.0)",
    "[m.dist(x, x[0] * 3, p) for p in (0, 1, 2, 3, float('inf'))]"
    " + [m.dist(x, x.double() * 2), m.dist(x, y.view(2, 3))]",
    "[m.select(x, 1, 0), x.select(-1, -1), x.select(dim=0, index=1)]",
    "x.select(0, 2)",
    "x.select(2, 0)",
    "x.select(0, 1.5)",
    "x.select(0, True)",
    "m.tensor(1.0).select(0, 0)",
    "next_of((x.requires_grad_() * 2 + x.exp()).sum())",
    "x.requires_grad_().exp().grad_fn.next_functions[0][0].next_functions",
    "(x.requires_grad_() * 2).grad_fn.next_functions[1]",
    "next_of(2 * x.requires_grad_()), next_of(1 + x)",
    "list(zip(range(70), m.utils.data.RandomSampler([7], True, 10**12)))[-1]",
    "list(zip(range(70), m.utils.data.RandomSampler([7], False, 10**12)))[-1]",
    "len(list(m.utils.data.RandomSampler(five, True, 33))), sorted(m.utils.data.RandomSampler(five, False, 10))",
    "m.nn.functional.pad(x[None], (1, 2), 'reflect')",
    "m.nn.functional.pad(x, (1, 2), mode='reflect')",
    "m.nn.functional.pad(y.view(1, 1, 2, 3), (2, 1, 1, 0), 'reflect')",
    "m.nn.functional.pad(x, (3, 0), 'reflect')",
    "m.nn.functional.pad(x, (1, 1, 1, 1), 'reflect')",
    "m.nn.functional.pad(x[None], (1, 1, 1), 'reflect')",
    "m.nn.functional.pad(x[None], (1, 1), 'reflect', 2.0)",
    "m.nn.functional.pad(x[:, :0], (1, 1), 'reflect')",
    "repr(m.nn.ReflectionPad2d(2)), repr(m.nn.ReflectionPad2d((1, 2, 3, 4)))",
    "m.nn.ReflectionPad2d((1, 2, 1, 0))(x[None])",
    "m.nn.ReflectionPad2d(2)(x[None])",
    "m.nn.ReflectionPad2d(1)(x)",
    "repr(m.nn.PReLU()), repr(m.nn.PReLU(3, init=0.5)), list(m.nn.PReLU().state_dict())",
    "m.nn.PReLU(3)(x - 2), m.nn.PReLU()(m.tensor(-1.0)), m.nn.PReLU()(-x[0])",
    "m.nn.PReLU(2)(x)",
    "m.nn.functional.prelu(x, x)",
    "m.nn.functional.prelu(x, m.ones(1, dtype=m.float64))",
    "m.nn.functional.prelu(y, m.tensor([1]))",
    "m.nn.functional.prelu(x, 0.5)",
    "m.compile(sum, backend='eager')([1, 2])",
    "m.compile(backend='eager', dynamic=False)(sum)([1, 2])",
    "m.compile(3)",
    "[m.cuda.is_available(), m.cuda.device_count(), m.cuda.empty_cache(), m.cuda.manual_seed_all(0)]",
    "[m.accelerator.is_available(), m.accelerator.device_count(), m.accelerator.current_accelerator()]",
    "[m.backends.cudnn.benchmark, m.backends.cudnn.deterministic, m.backends.cudnn.is_available()]",
]


SHAPES = """
m.zeros(2, 3).shape
m.zeros(2, 3).size()
m.zeros(()).shape
m.Size()
m.Size([2, 3])
m.Size((True, 2))
m.Size(m.zeros(2, 3).shape)
m.Size(x for x in (1, 2))
m.Size([m.tensor(2), np.int64(3)])
m.Size([2.0])
m.Size(["a"])
m.Size(3)
s + (1,)
(1,) + s
s + [1]
s * 2
2 * s
s[1:]
s[-1]
s[:0].numel()
s.numel()
m.Size([-1]).numel()
s == (2, 3)
hash(s) == hash((2, 3))
sorted([s, (1, 9)])
isinstance(s, m.Size)
isinstance(m.zeros(2).size(), tuple)
m.ones(s).sum().item()
m.zeros(6).reshape(s).shape
m.zeros(2, 3)[0].shape == m.Size([3])
"""


@pytest.mark.parametrize("expression", SHAPES.split("\n")[1:-1])
def test_shapes_count_as_torchs_do(expression):
    results = []
    for m in (mg, torch):
        try:
            found = eval(expression, {"m": m, "np": np, "s": m.zeros(2, 3).shape})
        except TypeError:
            found = TypeError
        results.append((isinstance(found, m.Size), tuple(found) if isinstance(found, tuple) else found))
    assert results[0] == results[1]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions(expression):
    results = []
    for m in (mg, torch):
        scope = {"m": m, "np": np}
        exec(IT, scope)
        try:
            results.append(eval(expression, scope))
        except Exception as error:
            results.append(error)
    ours, theirs = results
    if isinstance(theirs, Exception):
        assert type(ours) is type(theirs) or isinstance(ours, type(theirs)), f"{ours!r} instead of {theirs!r}"
    else:
        assert difference(ours, theirs, 1e-6) is None


def test_no_other_device():
    for call in (mg.ones(1).cuda, mg.nn.ReLU().cuda, mg.cuda.synchronize):
        with pytest.raises(RuntimeError, match="minigrad computes on the CPU"):
            call()
    mg.backends.cudnn.benchmark = mg.backends.cudnn.deterministic = True
    assert mg.backends.cudnn.deterministic
    mg.backends.cudnn.benchmark = mg.backends.cudnn.deterministic = False


def parameters_clipped(m, name):
    p = m.nn.Parameter(m.ones(3))
    (p**2).sum().backward()
    return getattr(m.nn.utils, name)([p], 1.0, norm_type=1), p.grad


OLD_NAMES = "uniform normal constant eye xavier_uniform xavier_normal kaiming_uniform kaiming_normal orthogonal".split()


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", OLD_NAMES)
def test_old_names_of_initialisations(name):
    arguments = (0.5,) if name == "constant" else ()
    with pytest.warns(FutureWarning) as theirs:
        getattr(torch.nn.init, name)(torch.ones(2, 3), *arguments)
    with pytest.warns(FutureWarning) as ours:
        x = getattr(mg.nn.init, name)(mg.ones(2, 3), *arguments)
    assert [str(w.message) for w in ours] == [str(w.message) for w in theirs]
    assert ours[0].filename == __file__ and x.shape == (2, 3)
    mg.manual_seed(0)
    y = getattr(mg.nn.init, name + "_")(mg.ones(2, 3), *arguments)
    mg.manual_seed(0)
    assert mg.equal(y, getattr(mg.nn.init, name)(mg.ones(2, 3), *arguments))


@pytest.mark.filterwarnings("default")
def test_the_old_name_of_clip_grad_norm():
    with pytest.warns(FutureWarning) as theirs:
        expected = parameters_clipped(torch, "clip_grad_norm")
    with pytest.warns(FutureWarning) as ours:
        assert difference(parameters_clipped(mg, "clip_grad_norm"), expected, 1e-6) is None
    assert [str(w.message) for w in ours] == [str(w.message) for w in theirs]


WARNING = """
    m.autograd.Variable(x, volatile=True)
    m.autograd.grad(x.requires_grad_().sum(), x, only_inputs=False)
    m.set_float32_matmul_precision("x")
    m.set_default_tensor_type(m.FloatTensor)
""".split("\n")[1:-1]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("expression", WARNING)
def test_warnings(expression):
    categories = []
    for m in (mg, torch):
        torch.set_warn_always(True)
        try:
            with pytest.warns() as found:
                eval(expression, {"m": m, "x": m.ones(1)})
        finally:
            torch.set_warn_always(False)
        categories.append([w.category for w in found])
    assert categories[0] == categories[1]


def test_out_is_refused_in_one_form():
    x = mg.ones(2, 2)
    for call in (lambda: mg.matmul(x, x, out=x), lambda: mg.zeros(2, out=x), lambda: x.add(x, out=x)):
        with pytest.raises(NotImplementedError, match=r"\(\) has no 'out=.*'; a program that needs it runs on"):
            call()


def test_values_are_loaded_whether_mapped_or_not(tmp_path):
    mg.save([mg.ones(2)], tmp_path / "saved")
    assert mg.load(tmp_path / "saved", mmap=True)[0].tolist() == [1, 1]
    torch.save([1], tmp_path / "of torch")
    for m, name in ((mg, "saved"), (torch, "of torch")):
        with open(tmp_path / name, "rb") as file, pytest.raises(ValueError):
            m.load(file, mmap=True)


# -- Hooks -------------------------------------------------------------------------------------------------------

HOOKS = """
def said(grads): return [None if g is None else g.detach().numpy().round(9).tolist() for g in grads]
log = []
def hook(module, grad_input, grad_output): log.append((type(module).__name__, said(grad_input), said(grad_output)))
class Two(m.nn.Module):
    def forward(self, a, b, n, k=None): return a * b * n, a + b
class Other(m.nn.Module):
    def forward(self, *args, **kwargs): return f(*args, **kwargs)
def ones(*size, grad=True): return (m.arange(size[0] * 2, dtype=m.float64) / 7).view(-1, 2).requires_grad_(grad)
linear = m.nn.Linear(2, 3).double()
with m.no_grad():
    for p in linear.parameters(): p.copy_(m.arange(p.numel(), dtype=m.float64).view(p.shape) / 10)
x = ones(2)
"""
PROGRAMS = {
    "plain": "linear.register_full_backward_hook(hook); linear(x).sum().backward()",
    "replaced": """linear.register_full_backward_hook(lambda module, i, o: (i[0] * 10,))
linear.register_full_backward_hook(hook); linear(x).sum().backward()""",
    "to None": "linear.register_full_backward_hook(lambda *_: (None,)); linear(x).sum().backward()",
    "too many": "linear.register_full_backward_hook(lambda _, i, o: (i[0], i[0])); linear(x).sum().backward()",
    "of another dtype": """linear.register_full_backward_hook(lambda _, i, o: (i[0].float(),))
linear(x).sum().backward()""",
    "no input": "linear.register_full_backward_hook(hook); linear(ones(2, grad=False)).sum().backward()",
    "no input, replaced": """linear.register_full_backward_hook(lambda *_: (ones(2),))
linear(ones(2, grad=False)).sum().backward()""",
    "two": """two = Two(); two.register_full_backward_hook(hook); y = ones(2); a, b = two(x, y, 3, k=y)
a.sum().backward(retain_graph=True); (b ** 2).sum().backward()""",
    "one of two": """two = Two(); two.register_full_backward_hook(hook)
two(x, ones(2, grad=False), 3)[0].sum().backward()""",
    "same twice": "two = Two(); two.register_full_backward_hook(hook); two(x, x, 3)[0].sum().backward()",
    "as is": "f = lambda x: x; o = Other(); o.register_full_backward_hook(hook); (o(x) ** 2).sum().backward()",
    "keywords": "f = lambda d: d * 2; o = Other(); o.register_full_backward_hook(hook); o(d=x).sum().backward()",
    "dictionary": """f = lambda x: {1: x * 2}; o = Other(); o.register_full_backward_hook(hook)
o(x)[1].sum().backward()""",
    "nested": """s = m.nn.Sequential(linear, m.nn.Tanh(), m.nn.Flatten())
for layer in s.modules(): layer.register_full_backward_hook(hook)
(s(x) ** 2).sum().backward()""",
    "order": """for i in range(3): linear.register_full_backward_hook(lambda *_, i=i: log.append(i), prepend=i == 1)
linear(x).sum().backward()""",
    "removed": """h = linear.register_full_backward_hook(hook); h.remove(); h.remove(); linear(x).sum().backward()
with linear.register_full_backward_hook(hook): y = linear(x).sum()
y.backward()""",
    "for the weight": "linear.register_full_backward_hook(hook); m.autograd.grad(linear(x).sum(), linear.weight)",
    "second order": """linear.register_full_backward_hook(lambda _, i, o: (i[0] * 3,)); y = (linear(x) ** 2).sum()
(g,) = m.autograd.grad(y, x, create_graph=True); log.append(said([g])); (g ** 2).sum().backward()""",
    "integers": """e = m.nn.Embedding(3, 2).double(); e.register_full_backward_hook(hook)
e(m.tensor([1, 0])).sum().backward()""",
    "no_grad": """linear.register_full_backward_hook(hook)
with m.no_grad(): log.append(linear(x).requires_grad)""",
    "with forward hooks": """linear.register_full_backward_hook(hook)
linear.register_forward_hook(lambda _, i, o: o * 3)
linear.register_forward_pre_hook(lambda _, i: (i[0] * 5,)); linear(x).sum().backward()""",
    "with kwargs": """two = Two()
two.register_forward_hook(lambda _, a, k, o: log.append((len(a), k)), with_kwargs=True)
two.register_forward_pre_hook(lambda _, a, k: (a, {"k": 1}), with_kwargs=True); two(x, x, 3, k=2)""",
    "with kwargs, replaced": """f = lambda x, k: x * k; o = Other()
o.register_forward_pre_hook(lambda _, a, k: ((a[0] * 2,), {"k": 5}), with_kwargs=True)
(o(x, k=1) ** 2).sum().backward()
o.register_forward_hook(lambda _, a, k, out: out * k["k"], with_kwargs=True); log.append(said([o(x, k=1)]))""",
    "with kwargs, wrong": "linear.register_forward_pre_hook(lambda _, a, k: a, with_kwargs=True); linear(x)",
    "order of forward": """for i in range(3):
    linear.register_forward_hook(lambda *_, i=i: log.append(i), prepend=i == 1)
    linear.register_forward_pre_hook(lambda *_, i=i: log.append(-i), prepend=i == 2)
linear(x)""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_hooks_of_modules(program):
    results = []
    for m in (mg, torch):
        scope = {"m": m}
        exec(HOOKS, scope)
        try:
            exec(PROGRAMS[program], scope)
        except Exception as error:
            scope["log"].append(type(error).__name__)
            scope["x"] = scope["x"].detach()  # some parameters may have a gradient
            scope["linear"].zero_grad()
        grads = [scope["x"].grad, *[p.grad for p in scope["linear"].parameters()]]
        results.append((scope["log"], [None if g is None else g.detach().numpy().round(9).tolist() for g in grads]))
    assert results[0] == results[1]


def test_the_gradients_through_a_hook_are_right():
    layer = mg.nn.Linear(2, 3).double()
    layer.register_full_backward_hook(lambda *_: None)
    x = mg.rand(4, 2, dtype=mg.float64, requires_grad=True)
    assert mg.autograd.gradcheck(lambda x: layer(x).tanh(), (x,))
    assert mg.autograd.gradgradcheck(lambda x: layer(x).tanh(), (x,))


def test_a_warning_says_when_no_input_has_a_gradient():
    layer = mg.nn.Linear(2, 3)
    layer.register_full_backward_hook(lambda *_: None)
    with pytest.warns(UserWarning, match="no inputs require gradients"):
        layer(mg.ones(1, 2)).sum().backward()
