"""PyTorch's own module database: its sample modules do here what they do there, or are refused.

Compared are the output, the gradients of inputs and parameters, and the state after the call, in training and in
evaluation. `pytest -s tests/conformance/test_module_db.py` prints how many samples of each module were refused.
"""

import collections

import pytest

from minigrad import nn

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest", reason="PyTorch's module database needs it")
from torch.testing._internal.common_modules import module_db  # noqa: E402

from .comparing import difference, gradients_differ, is_refusal, tensors_in, translated  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]

TOLERANCE = {torch.float32: 2e-5, torch.float64: 1e-10}
MODULES = {info.module_cls.__name__: info for info in module_db if hasattr(nn, info.module_cls.__name__)}

counts = collections.defaultdict(collections.Counter)


def both_of(name, given, forward, dtype, training):
    """PyTorch's module and ours, with the same arguments and the same state."""
    theirs = MODULES[name].module_cls(*given.args, **given.kwargs).to(dtype).train(training)
    if name.startswith("Lazy"):  # its parameters have no values yet
        theirs.initialize_parameters(*forward.args, **forward.kwargs)
    args, kwargs = translated((given.args, given.kwargs), {})
    ours = getattr(nn, name)(*args, **kwargs).to(translated(dtype, {})).train(training)
    state = {key: translated(value, {}) for key, value in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict(state)
    return theirs, ours


def compared(name, sample, dtype, training):
    """A sentence of what is different, or None; raises what minigrad raises."""
    theirs, ours = both_of(name, sample.constructor_input, sample.forward_input, dtype, training)
    given, known = sample.forward_input, {}
    args, kwargs = translated((given.args, given.kwargs), known)
    expected, got = theirs(*given.args, **given.kwargs), ours(*args, **kwargs)
    tolerance = TOLERANCE[dtype]
    text = difference(got, expected, tolerance)
    if text:
        return text
    inputs = tensors_in((given.args, *given.kwargs.values()), torch.Tensor)
    known.update((id(p), q) for p, q in zip(theirs.parameters(), ours.parameters(), strict=True))
    text = gradients_differ(got, expected, [*inputs, *theirs.parameters()], known, tolerance)
    if text:
        return text
    states = list(ours.state_dict().values()), list(theirs.state_dict().values())
    text = difference(*states, tolerance)
    return text and f"state: {text}"


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("name", MODULES)
def test_samples(name, dtype):
    info, differences = MODULES[name], []
    for training in (True, False):
        torch.manual_seed(0)
        for sample in info.module_inputs_func(info, "cpu", dtype, requires_grad=True, training=training):
            try:
                outcome = compared(name, sample, dtype, training)
            except Exception as error:
                if is_refusal(error):
                    counts[name]["refused"] += 1
                    continue
                outcome = f"{type(error).__name__}: {error}"
            counts[name]["same"] += not outcome
            if outcome:
                arguments = [(x.args, x.kwargs) for x in (sample.constructor_input, sample.forward_input)]
                differences.append(f"{training=}, {arguments}: {outcome}")
    assert not differences, f"{len(differences)}\n" + "\n\n".join(differences[:10])


def error_of(module, wrong, training, translate):
    """At which stage building and calling the module fails, and how; (None, None) if it does not."""
    build, call = wrong.constructor_input, wrong.forward_input
    stage = "construction"
    try:
        args, kwargs = translate((build.args, build.kwargs))
        built = module(*args, **kwargs).to(translate(torch.float64)).train(training)
        stage = "call"
        args, kwargs = translate((call.args, call.kwargs))
        built(*args, **kwargs)
    except Exception as error:
        return stage, error
    return None, None


@pytest.mark.parametrize("name", [name for name, info in MODULES.items() if info.module_error_inputs_func])
def test_errors(name):
    info = MODULES[name]
    for training in (True, False):
        torch.manual_seed(0)
        for wrong in info.module_error_inputs_func(info, "cpu", torch.float64, requires_grad=True, training=training):
            sample = wrong.module_error_input
            stage, expected = error_of(info.module_cls, sample, training, lambda value: value)
            if expected is None or "float16" in str(sample.constructor_input.kwargs):  # a dtype that minigrad lacks
                continue
            got_stage, got = error_of(getattr(nn, name), sample, training, lambda value: translated(value, {}))
            assert (got_stage, type(got)) == (stage, type(expected)), f"{got} instead of {expected}"
            assert is_refusal(got), got


def test_half_of_the_database_is_here():
    assert len(MODULES) >= 50  # of 114


def test_print_what_was_refused():
    for name, count in sorted(counts.items()):
        if count["refused"]:
            print(f"{name:30} refused {count['refused']:4} of {count.total():4}")
        assert count["same"], f"not one sample of {name} is supported"
