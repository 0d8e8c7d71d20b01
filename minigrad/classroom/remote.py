"""The learner's process seen from the checker: starting it, asking it, ending it; stand-ins for
what lies in it.
"""

import base64
import builtins
import contextlib
import itertools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np

from . import wire

RUNNER = Path(__file__).parent / "runner.py"
OUTPUT_KEPT = 20_000  # characters of what a file prints
OUTPUT_LIMIT = 10 * 2**20  # bytes after which it is stopped
MEMORY = 2**30
FILE_SIZE = 16 * 2**20
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONIOENCODING": "utf-8:backslashreplace",
    "MPLBACKEND": "agg",
} | {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")}
UNWANTED = """PYTHONSTARTUP PYTHONINSPECT PYTHONWARNINGS PYTHONDEVMODE PYTHONPROFILEIMPORTTIME
    PYTHONSAFEPATH""".split()


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

    `wrapper` is the command line that isolates it; without one the process works in a folder of its
    own, and removes it.
    """

    def __init__(self, memory=MEMORY, cpu=600, warnings=None, wrapper=()):
        self.output, self.changed, self.last_call, self.ended = "", {}, None, False
        self._codec = wire.Codec(self._export, self._adopt, numbers=True)
        self._callbacks, self._inplace, self._numbers = [], False, itertools.count()
        self._stopped, self._timer = None, None
        command = [*wrapper, sys.executable, "-B", "-u", *([f"-W{warnings}"] if warnings else [])]
        command.append(str(RUNNER))
        self._folder = None
        if not wrapper:
            name = f"classroom-{secrets.token_hex(8)}"
            self._folder = os.path.join(os.path.abspath(tempfile.gettempdir()), name)
            command.append(self._folder)
        inherited = {} if wrapper else os.environ
        kept = {k: v for k, v in inherited.items() if k not in UNWANTED}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=kept | ENVIRONMENT,
            start_new_session=True,
        )  # fmt: skip
        self._drain = threading.Thread(target=self._keep_output, daemon=True)
        self._drain.start()
        limits = {"AS": memory, "CPU": cpu, "FSIZE": FILE_SIZE, "CORE": 0, "NOFILE": 128}
        limits = {f"RLIMIT_{name}": value for name, value in limits.items()}
        self._send({"path": [os.path.abspath(p) for p in sys.path], "limits": limits})

    def allow(self, seconds):
        """Set the deadline for all that follows: `seconds` from now."""
        self.rest()
        late = Stopped(
            "timeout", "it did not finish in time: is there an endless loop, or work that doubles?"
        )
        self._timer = threading.Timer(seconds, self._stop, [late])
        self._timer.daemon = True
        self._timer.start()

    def rest(self):
        """Take the deadline back: nothing is asked until the next."""
        if self._timer:
            self._timer.cancel()

    def load(self, source, filename, name):
        """Run the source as a module. Raises LearnerError or Stopped."""
        self.ask("load", base64.b64encode(source).decode(), str(filename), name)

    def begin(self, inplace=False):
        """A stand-in for the learner's module, for one check."""
        self._codec.forget()
        self._callbacks, self.changed, self.last_call, self._inplace = [], {}, None, inplace
        return self.ask("begin")

    # -- Asking

    def ask(self, what, *args, **kwargs):
        """The value of a function over there: one of the runner's, of `operator` or a builtin."""
        number = next(self._numbers)
        args, kwargs = (
            [self.encode(a) for a in args],
            {k: self.encode(v) for k, v in kwargs.items()},
        )
        self._send({"do": what, "args": args, "kwargs": kwargs, "number": number})
        while True:
            try:
                message = wire.read(self._process.stdout)
                if message is None:
                    raise self._gone()
                if "callback" in message:
                    self._take(message["changes"])
                    self._send(self._called_back(message))
                    continue
                if message["number"] != number:
                    raise wire.WireError("an answer to nothing that was asked")
                if "error" not in message:
                    self._take(message["changes"])
                    return self._codec.decode(message["value"])
                raised = _learner_error(message["error"])
            except Stopped:
                raise
            except (
                Exception
            ) as error:  # the channel is the learner's to write to: anything may come
                self.close()
                why = f"it wrote to the checker's channel, or returned no usable value ({error})"
                raise self._stopped or Stopped("crash", why) from None
            raise raised

    def _send(self, message):
        with contextlib.suppress(OSError, ValueError):  # it is gone: the next answer is none
            wire.write(self._process.stdin, message)

    def _gone(self):
        try:
            code = self._process.wait(1)
            number = -code if code < 0 else code - 128  # as supervisors and shells pass it on
            why = f"signal {number}" if 0 < number < 65 else f"exit code {code}"
            text = f"your file ended the process ({why}) instead of returning a value"
        except subprocess.TimeoutExpired:
            text = "your file closed the checker's channel instead of returning a value"
        self.close()
        return self._stopped or Stopped("crash", text)

    def _called_back(self, message):
        function = self._callbacks[message["callback"]]
        args = [self._codec.decode(a) for a in message["args"]]
        kwargs = {k: self._codec.decode(v) for k, v in message["kwargs"].items()}
        try:
            return {"value": self.encode(function(*args, **kwargs))}
        except Stopped:
            raise
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def _take(self, changes):
        """What the learner's code changed of the values it was given: kept apart, unless the check
        wants it.
        """
        for number, kind, content in changes:
            value = self._codec.known[number]
            if kind == "rng" or self._inplace:
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
        if owner != "theirs" or type(number) is not int or type(name) is not str:
            raise ValueError("no object of this process")
        return Stand(self, number, name[:80], str(own_name)[:80])

    # -- Ending

    def _keep_output(self):
        count = 0
        with contextlib.suppress(OSError, ValueError):
            while data := self._process.stderr.read1(65536):
                count += len(data)
                text = data.decode("utf-8", "replace")
                self.output += text[: OUTPUT_KEPT - len(self.output)]
                if count > OUTPUT_LIMIT:
                    megabytes = OUTPUT_LIMIT // 2**20
                    text = f"it printed more than {megabytes} MB and was stopped"
                    self._stop(Stopped("crash", text))

    def _stop(self, why):
        """End the process while someone waits for its answer."""
        self._stopped, self.ended = self._stopped or why, True
        self._process.terminate()

    def close(self):
        """End the process, all of its group, and its folder."""
        self.rest()
        self.ended = True
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._drain.join(2)
        streams = [self._process.stdin, self._process.stdout]
        for stream in streams + ([] if self._drain.is_alive() else [self._process.stderr]):
            with contextlib.suppress(OSError):
                stream.close()
        if self._folder:  # where the process could not do it
            with contextlib.suppress(OSError, RecursionError):
                shutil.rmtree(self._folder)


def _learner_error(described):
    """An exception like the one the learner's code raised: also of its builtin type, so that a
    check can expect it.
    """
    name, words, text = (str(described[k])[:8000] for k in ("name", "words", "text"))
    own = [(int(line), str(code), str(function)) for line, code, function in described["own"]]
    for base in described["bases"]:
        kind = getattr(builtins, str(base), None)
        if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception:
            with contextlib.suppress(TypeError):
                return type("LearnerError", (LearnerError, kind), {})(name, words, own, text)
    return LearnerError(name, words, own, text)


# -- Stand-ins -------------------------------------------------------------------------------------


class Stand:
    """A stand-in for an object in the learner's process. Equal only to a stand-in for the same
    object.
    """

    __slots__ = ("_name", "_number", "_own_name", "_session")

    def __init__(self, *values):
        for slot, value in zip(("_session", "_number", "_name", "_own_name"), values, strict=True):
            object.__setattr__(self, slot, value)

    def remote_name(self):
        """The name of its type over there."""
        return self._name

    def _ask(self, what, *args, **kwargs):
        return self._session.ask(what, self, *args, **kwargs)

    def __getattr__(self, name):
        if name == "__name__" and self._own_name:
            return self._own_name
        if name.startswith("__") and name != "__doc__":
            raise AttributeError(name)
        return self._ask("getattr", name)

    def __setattr__(self, name, value):
        self._ask("setattr", name, value)

    def __call__(self, *args, **kwargs):
        value = self._ask("call", *args, **kwargs)
        self._session.last_call = (self._own_name or self._name, value)
        return value

    def __eq__(self, other):
        mine = (self._session, self._number)
        return isinstance(other, Stand) and mine == (other._session, other._number)

    def __hash__(self):
        return hash(self._number)

    def __iter__(self):
        return iter(self._ask("items"))

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._ask("array"), dtype)

    def __repr__(self):
        text = self._ask("repr")
        return text if isinstance(text, str) else f"<{self._name}>"

    def __instancecheck__(self, other):
        return bool(self._session.ask("isinstance", other, self))


def _define_operators():
    binary = "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift".split()
    for name in binary:
        special = name.rstrip("_")
        setattr(Stand, f"__{special}__", lambda a, b, f=name: a._session.ask(f, a, b))
        setattr(Stand, f"__r{special}__", lambda a, b, f=name: a._session.ask(f, b, a))
    others = "lt le gt ge getitem setitem delitem contains neg pos invert abs len float int bool"
    for name in others.split():
        setattr(Stand, f"__{name}__", lambda a, *rest, f=name: a._ask(f, *rest))


_define_operators()
