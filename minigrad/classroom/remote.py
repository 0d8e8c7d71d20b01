"""The learner's process seen from the checker: starting it, asking it, ending it; stand-ins for
what lies in it.
"""

import base64
import builtins
import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from . import wire

HERE = Path(__file__).parent
OUTPUT_KEPT, OUTPUT_LIMIT = (
    20_000,
    10 * 2**20,
)  # characters shown, bytes after which a file is stopped
MEMORY = 2**30
FILE_SIZE = 16 * 2**20


class Stopped(Exception):
    """The learner's process is gone: `kind` is "timeout" or "crash", the text says why."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


class LearnerError(Exception):
    """The learner's code raised: `name`, `words`, `own` (line, code, function) and the whole
    `text`.
    """

    def __init__(self, name, words, own, text):
        super().__init__(words)
        self.name, self.words, self.own, self.text = name, words, own, text


class Session:
    """A process with a learner's file in it. `ask` sends a request and waits until the deadline set
    by `allow`.
    """

    def __init__(self, memory=MEMORY, cpu=600, warnings=None):
        self.output, self._bytes, self.changed, self.last_call = "", 0, {}, None
        self._codec = wire.Codec(self._export, self._adopt, numbers=True)
        self._callbacks, self._deadline, self._stopped = [], None, None
        self.closed, self._inplace = False, False
        self._folder = tempfile.TemporaryDirectory(prefix="classroom-", ignore_cleanup_errors=True)
        arguments = [sys.executable, "-B", "-P", *([f"-W{warnings}"] if warnings else [])]
        arguments += [str(HERE / "runner.py"), str(HERE / "wire.py")]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            arguments, stdin=pipe, stdout=pipe, stderr=pipe, cwd=self._folder.name, env=_environment(),
            start_new_session=True,
        )  # fmt: skip
        self._incoming, self._outgoing = queue.SimpleQueue(), queue.SimpleQueue()
        for work in (self._receive, self._send, self._drain):
            threading.Thread(target=work, daemon=True).start()
        limits = {
            "RLIMIT_AS": memory,
            "RLIMIT_CPU": cpu,
            "RLIMIT_FSIZE": FILE_SIZE,
            "RLIMIT_CORE": 0,
        }
        limits["RLIMIT_NPROC"] = 0
        limits["RLIMIT_NOFILE"] = 128
        path = [os.path.abspath(p) for p in sys.path]
        forbidden = [str(HERE.resolve() / "masters") + os.sep]
        self._outgoing.put({"path": path, "limits": limits, "forbidden": forbidden})

    def allow(self, seconds):
        """Set the deadline for all that follows: `seconds` from now."""
        self._deadline = time.monotonic() + seconds

    def load(self, source, filename, name):
        """Run the source as a module. Raises LearnerError or Stopped."""
        self.ask("load", base64.b64encode(source).decode(), str(filename), name)

    def begin(self, inplace=False):
        """A stand-in for the learner's module, for one check."""
        self._codec.forget()
        self._callbacks, self.changed, self.last_call, self._inplace = [], {}, None, inplace
        return self.ask("begin")

    # -- Asking

    def ask(self, what, *args):
        """The value that the learner's process answers with."""
        self._outgoing.put({"do": what, "args": args})
        while True:
            message = self._next()
            try:
                if "callback" in message:
                    self._take(message["changes"])
                    self._outgoing.put(self._called_back(message))
                    continue
                if "error" not in message:
                    self._take(message.get("changes", []))
                    return self._codec.decode(message["value"])
                raised = _learner_error(message["error"])
            except (
                Exception
            ) as error:  # the channel is the learner's to write to, and anything may come
                self.close()
                why = f"it wrote to the checker's channel, or returned no usable value ({error})"
                raise Stopped("crash", why) from None
            raise raised

    def _next(self):
        remaining = self._deadline - time.monotonic()
        try:
            message = self._incoming.get(timeout=max(0.0, remaining))
        except queue.Empty:
            self.close()
            raise Stopped(
                "timeout", "it did not finish in time: is there an endless loop?"
            ) from None
        if isinstance(message, dict):
            return message
        if isinstance(message, wire.WireError):
            self.close()
            raise self._stopped or Stopped("crash", f"it returned no usable value: {message}")
        code = self._wait()
        self.close()
        if self._stopped:
            raise self._stopped
        why = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        raise Stopped("crash", f"your file ended the process ({why}) instead of returning a value")

    def _wait(self):
        try:
            return self._process.wait(1)
        except subprocess.TimeoutExpired:
            return None

    def _called_back(self, message):
        function = self._callbacks[message["callback"]]
        args = [self._codec.decode(a) for a in message["args"]]
        kwargs = {k: self._codec.decode(v) for k, v in message["kwargs"].items()}
        try:
            return {"value": self.encode(function(*args, **kwargs))}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def _take(self, changes):
        """What the learner's code changed of the values it was given: kept apart, unless the check
        wants it.
        """
        for number, kind, content in changes:
            value = self._codec.known[number]
            if kind in ("rng", "tensor") or self._inplace:
                self._codec.refill(value, kind, content)
            else:
                self.changed[number] = value

    def encode(self, value):
        """A value of the checker's as a message."""
        return self._codec.encode(value)

    def _export(self, value):
        if isinstance(value, Stand):
            return ["theirs", object.__getattribute__(value, "_number")]
        if callable(value):
            self._callbacks.append(value)
            return ["ours", len(self._callbacks) - 1]
        raise TypeError(f"a {type(value).__name__} cannot be passed to the learner's process")

    def _adopt(self, content):
        owner, number, name, own_name = content
        if owner != "theirs" or not isinstance(number, int) or not isinstance(name, str):
            raise ValueError("no object of this process")
        return Stand(self, number, name[:80], str(own_name)[:80])

    # -- Threads: none of them is ever waited for, since a process may hold a pipe open for good

    def _receive(self):
        try:
            while (message := wire.read(self._process.stdout)) is not None:
                self._incoming.put(message)
            self._incoming.put(None)
        except (OSError, ValueError) as error:
            self._incoming.put(wire.WireError(str(error)))
        except wire.WireError as error:
            self._incoming.put(error)

    def _send(self):
        with contextlib.suppress(OSError, ValueError, wire.WireError):
            while (message := self._outgoing.get()) is not None:
                wire.write(self._process.stdin, message)

    def _drain(self):
        with contextlib.suppress(OSError, ValueError):
            while data := self._process.stderr.read1(65536):
                self._bytes += len(data)
                if len(self.output) < OUTPUT_KEPT:
                    self.output += data.decode("utf-8", "replace")[: OUTPUT_KEPT - len(self.output)]
                if self._bytes > OUTPUT_LIMIT and not self._stopped:
                    self._stopped = Stopped(
                        "crash", f"it printed more than {OUTPUT_LIMIT // 2**20} MB and was stopped"
                    )
                    self._kill()

    def _kill(self):
        with contextlib.suppress(OSError):
            if self._process.poll() is None and not hasattr(os, "killpg"):
                self._process.kill()
            elif hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self):
        """End the process and all of its group, and remove its folder."""
        if self.closed:
            return
        self.closed = True
        self._outgoing.put(None)
        self._kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            _close_later(stream)
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _close_later(stream):
    """Close a stream that a thread may be reading; one whose other end is held open would block, so
    nobody waits.
    """

    def close():
        with contextlib.suppress(OSError, ValueError):
            stream.close()

    threading.Thread(target=close, daemon=True).start()


def _environment():
    single = {
        f"{name}_NUM_THREADS": "1"
        for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
    }
    unwanted = (
        "PYTHONSTARTUP",
        "PYTHONINSPECT",
        "PYTHONWARNINGS",
        "PYTHONDEVMODE",
        "PYTHONPROFILEIMPORTTIME",
    )
    kept = {k: v for k, v in os.environ.items() if k not in unwanted}
    return {
        **kept,
        **single,
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        "MPLBACKEND": "agg",
    }


def _learner_error(described):
    """An exception like the one the learner's code raised: also of its builtin type, so that a
    check can expect it.
    """
    name, words, own, text = (described[k] for k in ("name", "words", "own", "text"))
    for base in described["bases"]:
        kind = getattr(builtins, str(base), None)
        if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception:
            with contextlib.suppress(TypeError):
                error = type("LearnerError", (LearnerError, kind), {})(
                    str(name), str(words), own, str(text)
                )
                return error
    return LearnerError(str(name), str(words), own, str(text))


# -- Stand-ins -------------------------------------------------------------------------------------


class Stand:
    """A stand-in for an object in the learner's process. Equal only to a stand-in for the same
    object.
    """

    __slots__ = ("_name", "_number", "_own_name", "_session")

    def __init__(self, session, number, name, own_name):
        for slot, value in (
            ("_session", session),
            ("_number", number),
            ("_name", name),
            ("_own_name", own_name),
        ):
            object.__setattr__(self, slot, value)

    def remote_name(self):
        """The name of its type over there."""
        return self._name

    def _ask(self, what, *args):
        return self._session.ask(what, ["object", ["theirs", self._number]], *args)

    def __getattr__(self, name):
        if name == "__name__" and self._own_name:
            return self._own_name
        if name.startswith("__") and name != "__doc__":
            raise AttributeError(name)
        return self._ask("getattr", name)

    def __setattr__(self, name, value):
        self._ask("setattr", name, self._session.encode(value))

    def __call__(self, *args, **kwargs):
        encode = self._session.encode
        value = self._ask(
            "call", [encode(a) for a in args], {k: encode(v) for k, v in kwargs.items()}
        )
        self._session.last_call = (self._own_name or self._name, value)
        return value

    def __eq__(self, other):
        return isinstance(other, Stand) and (self._session, self._number) == (
            other._session,
            other._number,
        )

    def __hash__(self):
        return hash(self._number)

    def __iter__(self):
        return iter(self._ask("items"))

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._ask("array"), dtype)

    def __repr__(self):
        text = self._operator("repr", self)
        return text if isinstance(text, str) else f"<{self._name}>"

    def __instancecheck__(self, other):
        return bool(self._operator("isinstance", other, self))

    def _operator(self, name, *args):
        encode = self._session.encode
        return self._session.ask("operator", name, [encode(a) for a in args])


def _operators():
    binary = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
    for name in binary:
        function = {"and": "and_", "or": "or_"}.get(name, name)
        setattr(Stand, f"__{name}__", lambda a, b, f=function: a._operator(f, a, b))
        setattr(Stand, f"__r{name}__", lambda a, b, f=function: a._operator(f, b, a))
    for name in (
        "lt",
        "le",
        "gt",
        "ge",
        "getitem",
        "setitem",
        "delitem",
        "contains",
        "neg",
        "pos",
        "invert",
        "abs",
    ):
        setattr(Stand, f"__{name}__", lambda *args, f=name: args[0]._operator(f, *args))
    for name in ("len", "float", "int", "bool"):
        setattr(Stand, f"__{name}__", lambda a, f=name: a._operator(f, a))


_operators()
