"""The process in which a learner's file runs: `python runner.py [FOLDER]`, driven by messages on
standard input.

It loads the file, then does what it is asked: get an attribute, call a function. It holds no check
and no expected value, and gives no verdict: it only answers with values. With FOLDER it makes that
folder to work in, and a second process that removes it, whatever ends the first or the checker.
"""

import base64
import builtins
import contextlib
import ctypes
import itertools
import linecache
import operator
import os
import queue
import random
import select
import signal
import sys
import threading
import traceback
import types

LONGEST = 100_000  # elements of something iterated over
PR_SET_PDEATHSIG = 1


def main(folder=None):
    """Take the channel, then serve until it closes."""
    if folder and hasattr(os, "fork"):
        supervise(folder)
    elif folder:
        os.mkdir(folder)
    if folder:
        os.chdir(folder)
        os.environ["TMPDIR"] = folder
    channel_in, channel_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the file prints goes where its errors go: it is no part of the verdict
    nothing, end = os.pipe()
    os.close(end)
    os.dup2(nothing, 0)
    import alone  # beside this file: minigrad itself is slow to import
    import syntax
    import wire

    config = wire.read(channel_in)
    sys.path[:] = config["path"]
    limit(config["limits"])
    alone.refuse_other_processes()
    messages = queue.SimpleQueue()
    threading.Thread(target=receive, args=(channel_in, messages, wire), daemon=True).start()
    Server(messages, channel_out, wire, syntax.syntax_error).serve()


def supervise(folder):
    """Return in a new process. This one waits for it, ends it once the checker is gone or says so
    by SIGTERM, and removes its folder, however deep.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    pid = os.fork()
    if not pid:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.mkdir(folder, 0o700)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        return
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    signal.signal(signal.SIGTERM, lambda *_: kill(pid))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=end_with_the_checker, args=(pid,), daemon=True).start()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(OSError):
        os.rmdir(folder)
    for command in ("rm -rf", "chmod -R u+rwX", "rm -rf"):  # what has files, or locked folders
        if os.path.lexists(folder):
            os.spawnlp(os.P_WAIT, command.split()[0], *command.split(), folder)
    os._exit(status if status >= 0 else 128 - status)


def end_with_the_checker(pid):
    """Kill the process when no one is left who could write to standard input."""
    hung_up = select.poll()
    hung_up.register(0, 0)
    hung_up.poll()
    kill(pid)


def kill(pid):
    """End a process, if it is there."""
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def receive(channel_in, messages, wire):
    """Hand on what the checker sends. When it hangs up, whatever the learner's code does ends."""
    while (message := wire.read(channel_in)) is not None:
        messages.put(message)
    os._exit(0)


def limit(limits):
    """Bound what the process may take, where the platform can."""
    try:
        import resource
    except ImportError:
        return
    for name, value in limits.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            pass  # a platform that knows the limit but not how to set it


class Server:
    """Answers the checker's requests with values of the learner's module."""

    def __init__(self, messages, channel_out, wire, syntax_error):
        import numpy as np

        self._np, self._wire, self._syntax_error = np, wire, syntax_error
        self._messages, self._out = messages, channel_out
        self._codec = wire.Codec(self._export, self._adopt)
        self._handles, self._handle_of, self._snapshots = {}, {}, {}
        self._source, self._filename, self._module = b"", None, None
        own = {"load": self._load, "begin": self._begin, "items": self._items, "array": self._array}
        self._functions = {**vars(builtins), **vars(operator), **own}

    def serve(self):
        """Answer until the checker hangs up, which ends the process."""
        while True:
            self._answer(self._messages.get())

    def _answer(self, request):
        try:
            args = [self._decode(a) for a in request["args"]]
            kwargs = {k: self._decode(v) for k, v in request["kwargs"].items()}
            value = self._functions[request["do"]](*args, **kwargs)
            del args, kwargs
            reply = {"value": self._codec.encode(value), "changes": self._changes()}
            self._send({"number": request["number"], **reply})
        except BaseException as error:  # a SystemExit of the learner's too
            self._send({"number": request["number"], "error": self._described(error)})

    def _send(self, message):
        self._wire.write(self._out, message)

    # -- Requests

    def _load(self, source, filename, name):
        """Run the learner's file as a module and return it."""
        source = base64.b64decode(source)
        self._source, self._filename = source, filename
        self._module = None
        module = types.ModuleType(name)
        module.__file__ = filename
        sys.modules[name] = module
        text = source.decode("utf-8", "replace")
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        random.seed(0)
        self._np.random.seed(0)  # the same numbers for the same file, also where it does not seed
        exec(compile(source, filename, "exec", dont_inherit=True), vars(module))
        if "minigrad" in sys.modules:
            sys.modules["minigrad"].manual_seed(0)
        self._module = module
        return module

    def _begin(self):
        """A new check: forget the values of the last one."""
        self._codec.forget()
        self._handles, self._handle_of, self._snapshots = {}, {}, {}
        return self._module

    def _items(self, iterable):
        """What iterating gives, up to a limit."""
        items = tuple(itertools.islice(iterable, LONGEST + 1))
        if len(items) > LONGEST:
            raise ValueError(f"more than {LONGEST} elements")
        return items

    def _array(self, value):
        """As a NumPy array."""
        return self._np.array(value.detach().numpy() if hasattr(value, "detach") else value)

    # -- Values

    def _decode(self, message):
        value = self._codec.decode(message)
        for number, known in self._codec.known.items():
            if number not in self._snapshots:
                self._snapshots[number] = self._codec.content(known)
        return value

    def _changes(self):
        """The values that came from the checker and are not what they were: [number, content] each.

        A value that nothing of the learner's refers to any more is not watched any longer.
        """
        changes = []
        for number in list(self._codec.known):
            content = self._codec.content(self._codec.known[number])
            if content != self._snapshots[number]:
                changes.append([number, *content])
                self._snapshots[number] = content
            if sys.getrefcount(self._codec.known[number]) <= ALONE:
                self._codec.forget(number)
                del self._snapshots[number]
        return changes

    def _export(self, value):
        number = self._handle_of.get(id(value))
        if number is None:
            number = len(self._handles)
            self._handles[number], self._handle_of[id(value)] = value, number
        name = type(value).__name__
        return ["theirs", number, name, str(getattr(value, "__name__", ""))]

    def _adopt(self, content):
        owner, number = content[:2]
        return self._handles[number] if owner == "theirs" else self._callback(number)

    def _callback(self, number):
        def call(*args, **kwargs):
            encode = self._codec.encode
            args, kwargs = [encode(a) for a in args], {k: encode(v) for k, v in kwargs.items()}
            changes = self._changes()
            self._send({"callback": number, "args": args, "kwargs": kwargs, "changes": changes})
            while "do" in (message := self._messages.get()):
                self._answer(message)
            if "error" in message:
                raise RuntimeError(message["error"])
            return self._decode(message["value"])

        return call

    def _described(self, error):
        """An exception as the checker shows it: its type, its words, the learner's line, the whole
        traceback.
        """
        try:
            words = str(error)
        except BaseException:
            words = ""
        frames = traceback.extract_tb(error.__traceback__)
        own = [
            [f.lineno, (f.line or "")[:200], f.name] for f in frames if f.filename == self._filename
        ]
        if self._module is None and isinstance(error, SyntaxError | ValueError) and not own:
            words, line, code = self._syntax_error(error, self._source)
            own = [[line, code, ""]] if line else []
        shown = traceback.TracebackException.from_exception(error)
        shown.stack[:] = [f for f in shown.stack if f.filename != __file__]
        return {
            "bases": [
                base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins"
            ],
            "name": type(error).__name__,
            "words": words[:1000],
            "own": own[-20:],
            "text": "".join(list(shown.format())[-40:])[:8000],
        }


HELD = {0: object()}
ALONE = sys.getrefcount(HELD[0])  # of what nothing but a dictionary refers to


if __name__ == "__main__":
    main(*sys.argv[1:])
