"""Results that stand in the place of a function: what is noted comes back, and nothing else."""

import numpy as np
import pytest

from minigrad.classroom.checks import CourseError, answer
from minigrad.classroom.recorded import Recorder, digest, recorded


@answer
def half(values):
    return values / 2


@answer
def both(values):
    return half(values), {"whole": values}


def test_what_was_noted_comes_back_bit_for_bit_and_other_arguments_are_refused():
    arrays = [np.array([0.1, np.nan, -np.inf]), np.zeros((0, 3), dtype=np.float32), np.array(7)]
    values = [*arrays, np.float64(0.1), 3, 0.1, float("inf"), True, None, "text"]
    values += [(1, [2.0]), {"a": (np.arange(3), "b")}]
    for value in values:
        namespace = {"same": answer(lambda _, value=value: value)}
        recorder = Recorder(namespace)
        namespace["same"]("argument")
        again = recorded("same", recorder.tables["same"])
        assert repr(again("argument")) == repr(value) and type(again("argument")) is type(value)
        for other in ("another", 1, None, ["argument"], ("argument",)):
            with pytest.raises(CourseError, match=r"same\(\) has no result for these arguments"):
                again(other)


def test_a_result_is_new_each_time():
    namespace = {"half": half}
    recorder = Recorder(namespace)
    namespace["half"](np.ones(2))
    again = recorded("half", recorder.tables["half"])
    again(np.ones(2))[:] = 7
    assert again(np.ones(2)).tolist() == [0.5, 0.5]


def test_only_what_the_check_itself_asks_for_is_noted():
    namespace = {"half": half, "both": both, "other": len}
    recorder = Recorder(namespace)
    namespace["both"](np.ones(3))
    assert {name: len(table) for name, table in recorder.tables.items()} == {"half": 0, "both": 1}
    with pytest.raises(TypeError):
        namespace["both"]()
    namespace["half"](np.ones(3))
    assert len(recorder.tables["half"]) == 1
    assert namespace["other"] is len


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (np.array([0.3]), np.array([0.1 + 0.2]), True),
        (np.array([0.0]), np.array([-0.0]), True),
        (0.3, np.float64(0.3), True),
        (np.array([0.3]), np.array([0.3001]), False),
        (np.array([1.0]), np.array([1]), False),
        (np.array([1.0]), 1.0, False),
        (np.zeros((2, 3)), np.zeros((3, 2)), False),
        ([1, 2], (1, 2), False),
        ("1", 1, False),
        (True, 1, False),
        (None, "None", False),
        ({"a": 1.0}, {"a": 2.0}, False),
    ],
)
def test_arguments_are_the_same_but_for_rounding_errors(one, other, same):
    assert (digest([one]) == digest([other])) is same


@pytest.mark.parametrize(
    ("function", "argument", "why"),
    [
        (lambda x: len, 1, "a builtin_function_or_method is no result"),
        (lambda x: np.array([x, None]), 1, "an array of object is no result"),
        (lambda x: 1, len, "a builtin_function_or_method is no argument"),
    ],
)
def test_other_than_plain_data_is_the_courses_fault(function, argument, why):
    namespace = {"function": answer(function)}
    Recorder(namespace)
    with pytest.raises(CourseError, match=why):
        namespace["function"](argument)


def test_two_results_for_the_same_arguments_are_the_courses_fault():
    namespace = {"count": answer(lambda _, calls=[]: calls.append(1) or len(calls))}  # noqa: B006
    Recorder(namespace)
    namespace["count"](1)
    with pytest.raises(CourseError, match="two results"):
        namespace["count"](1)
