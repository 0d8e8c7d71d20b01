"""The process in which a learner's file runs: `python runner.py WIRE`, driven by messages on
standard input.

It loads the file, then does what it is asked: get an attribute, call a function. It holds no check
and no expected value, and gives no verdict: it only answers with values, so there is nothing in it
worth attacking.
"""

import ctypes
import importlib.util
import linecache
import operator
import os
import queue
import random
import signal
import sys
import threading
import traceback
import types
from functools import partial

LONGEST = 100_000  # elements of something iterated over


def main():
    """Take the channel, then serve until it closes."""
    channel_in, channel_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(
        2, 1
    )  # what the file prints goes where its errors go, and is never read for the verdict
    from minigrad_classroom_wire import read

    config = read(channel_in)
    sys.path[:] = config["path"]
    end_with_the_checker()
    messages = queue.SimpleQueue()
    threading.Thread(target=receive, args=(channel_in, messages), daemon=True).start()
    limit(config["limits"])
    server = Server(messages, channel_out)
    random.seed(0)
    server.seed()
    guard(config["forbidden"])
    server.serve()


def end_with_the_checker():
    """Ask Linux to end this process with the one that started it, even inside a loop of C code."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def receive(channel_in, messages):
    """Hand on what the checker sends. When it hangs up, whatever the learner's code is doing ends."""
    from minigrad_classroom_wire import read

    while (message := read(channel_in)) is not None:
        messages.put(message)
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)  # the checker gave this process a group of its own
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


_REFUSED = """
    os.fork os.forkpty os.exec os.posix_spawn os.spawn os.system os.kill os.killpg os.startfile
    subprocess.Popen _posixsubprocess signal.pthread_kill shutil.rmtree
""".split()
_CHANGES = """
    os.remove os.rename os.rmdir os.mkdir os.truncate os.chmod os.chown os.link os.symlink os.chdir
    os.utime os.setxattr
""".split()
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def _check_open(here, forbidden, name, mode, flags, real=os.path.realpath):
    path = real(os.fsdecode(name))
    if any(path.startswith(folder) for folder in forbidden) or path.endswith("/mem"):
        raise PermissionError(
            "the answers are no part of your file: the checker does not open them"
        )
    by_mode = any(c in (mode or "") for c in "wax+")
    writes = bool(flags & _WRITING) if isinstance(flags, int) else by_mode
    if writes and not path.startswith((here, os.devnull, "/dev/shm")):
        raise PermissionError(f"the checker lets no exercise write to {path}")


def _check_change(here, path, real=os.path.realpath):
    if isinstance(path, str | bytes):
        path = os.fsdecode(path)
        if not (real(path) + os.sep).startswith(here):
            raise PermissionError(f"the checker lets no exercise change {path}")


def guard(forbidden):
    """Refuse what no exercise needs: processes, the network, the answers, other files.

    A help against accidents and easy ways out, not a sandbox.
    """
    here = os.path.realpath(os.getcwd()) + os.sep
    refused = frozenset(_REFUSED)
    changes = frozenset(_CHANGES)
    check_open = partial(_check_open, here, forbidden)
    check_change = partial(_check_change, here)

    def hook(event, *args):
        args = args[0] if len(args) == 1 else args
        if event in refused or (event.startswith("socket.") and event != "socket.gethostname"):
            raise PermissionError(f"an exercise has no need of {event}, and the checker refuses it")
        if event == "open" and isinstance(args[0], str | bytes | os.PathLike):
            check_open(*args[:3])
        elif event in changes:
            for path in args:
                check_change(path)

    try:
        import _posixsubprocess

        _posixsubprocess.fork_exec = partial(
            hook, "subprocess.Popen"
        )  # which has no audit event of its own
    except ImportError:
        pass
    sys.addaudithook(hook)


class Server:
    """Answers the checker's requests with values of the learner's module."""

    def __init__(self, messages, channel_out):
        from minigrad_classroom_wire import Codec, WireError, write

        self._messages, self._out, self._write = messages, channel_out, write
        self._wire_error = WireError
        self._codec = Codec(self._export, self._adopt)
        self._handles, self._handle_of, self._snapshots = {}, {}, {}
        self._filename = None

    def seed(self):
        """The same numbers for the same file, also where it forgets to seed."""
        import numpy as np

        np.random.seed(0)

    def serve(self):
        """Answer until the checker hangs up, which ends the process."""
        while True:
            self._reply(self._answer(self._messages.get()))

    def _reply(self, reply):
        try:
            self._write(self._out, reply)
        except self._wire_error as error:
            self._write(self._out, {"error": self._described(error)})

    def _answer(self, request):
        try:
            value = getattr(self, "do_" + request["do"])(*request["args"])
            return {"value": self._codec.encode(value), "changes": self._changes()}
        except BaseException as error:  # a SystemExit of the learner's too
            return {"error": self._described(error)}

    # -- Requests

    def do_load(self, source, filename, name):
        """Run the learner's file as a module and return it."""
        import base64

        source = base64.b64decode(source)
        self._filename = filename
        module = types.ModuleType(name)
        module.__file__ = filename
        sys.modules[name] = module
        text = source.decode("utf-8", "replace")
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        exec(compile(source, filename, "exec", dont_inherit=True), vars(module))
        if "minigrad" in sys.modules:
            sys.modules["minigrad"].manual_seed(0)
        self._module = module
        return module

    def do_begin(self):
        """A new check: forget the values of the last one."""
        self._codec.forget()
        self._handles, self._handle_of, self._snapshots = {}, {}, {}
        return self._module

    def do_getattr(self, target, name):
        """An attribute."""
        return getattr(self._decode(target), name)

    def do_setattr(self, target, name, value):
        """Set an attribute."""
        setattr(self._decode(target), name, self._decode(value))

    def do_call(self, target, args, kwargs):
        """Call with arguments."""
        args = [self._decode(a) for a in args]
        kwargs = {k: self._decode(v) for k, v in kwargs.items()}
        return self._decode(target)(*args, **kwargs)

    def do_operator(self, name, args):
        """One of the operator module's functions, or a builtin such as float."""
        function = getattr(operator, name, None) or BUILTINS[name]
        return function(*(self._decode(a) for a in args))

    def do_items(self, target):
        """What iterating gives, up to a limit."""
        items = []
        for item in self._decode(target):
            items.append(item)
            if len(items) > LONGEST:
                raise ValueError(f"more than {LONGEST} elements")
        return tuple(items)

    def do_array(self, target):
        """As a NumPy array."""
        import numpy as np

        value = self._decode(target)
        return np.array(value.detach().numpy() if hasattr(value, "detach") else value)

    # -- Values

    def _decode(self, message):
        value = self._codec.decode(message)
        for number, known in self._codec.known.items():
            if number not in self._snapshots:
                self._snapshots[number] = self._codec.content(known)
        return value

    def _changes(self):
        """The values that came from the checker and are not what they were: [number, content] each."""
        changes = []
        for number, known in list(self._codec.known.items()):
            content = self._codec.content(known)
            if number in self._snapshots and content != self._snapshots[number]:
                changes.append([number, *content])
            self._snapshots[number] = content
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
            self._write(
                self._out,
                {"callback": number, "args": args, "kwargs": kwargs, "changes": self._changes()},
            )
            while True:
                message = self._messages.get()
                if "do" not in message:
                    break
                self._reply(self._answer(message))
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
        if isinstance(error, SyntaxError) and error.filename == self._filename:
            own = [[error.lineno or 0, (error.text or "").strip()[:200], ""]]
            words = error.msg
        shown = traceback.TracebackException.from_exception(error)
        shown.stack[:] = [f for f in shown.stack if f.filename != __file__]
        text = "".join(list(shown.format())[-40:])
        bases = [base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins"]
        name = type(error).__name__
        return {
            "bases": bases,
            "name": name,
            "words": words[:1000],
            "own": own[-20:],
            "text": text[:8000],
        }


BUILTINS = {
    f.__name__: f
    for f in (float, int, bool, repr, str, len, abs, round, isinstance, hash, complex, divmod)
}


if __name__ == "__main__":
    spec = importlib.util.spec_from_file_location("minigrad_classroom_wire", sys.argv[1])
    wire = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = wire
    spec.loader.exec_module(wire)
    main()
