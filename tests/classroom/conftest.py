import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from minigrad.classroom.master import Master


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the classroom needs no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(autouse=True)
def python_is_this_one(monkeypatch):
    """As in an activated environment, so that printed commands begin with `python`."""
    path = [os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)]
    monkeypatch.setenv("PATH", os.pathsep.join(path))


@pytest.fixture(scope="session")
def product_rule():
    """A small exercise of the tests' own."""
    return Master(Path(__file__).parent / "masters" / "ex01_product_rule.py")


@pytest.fixture(autouse=True)
def ctrl_c_as_at_a_terminal():
    """A background job of a script ignores SIGINT, and so would all that the tests start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def orphans_come_here():
    """Linux makes whoever loses its parent a child of this process, where `descendants` finds it."""
    pr_set_child_subreaper = 36
    ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)
    yield
    ctypes.CDLL(None).prctl(pr_set_child_subreaper, 0, 0, 0, 0)
