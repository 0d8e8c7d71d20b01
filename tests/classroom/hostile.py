"""Files that must never pass, by name: (source, the statuses allowed). The exercise is ex01_product_rule.py here."""

WRONG_ANSWERS = """
def mul_backward(g, a, b):
    return g, g

def bias_row(g):
    return g
"""

LOADING = {
    "empty": "",
    "only_spaces": "   \n\n",
    "syntax_error": "def mul_backward(g, a, b:\n    return g",
    "null_byte": "x = 1\0",
    "not_utf8": b"\xff\xfe\x00\x01 caf\xe9",
    "binary": bytes(range(256)) * 10,
    "deep": "(" * 5000 + ")" * 5000,
    "sys_exit": "import sys\nprint('passed')\nsys.exit(0)",
    "os_exit": "import os\nos._exit(0)",
    "raise_system_exit": "raise SystemExit(0)",
    "keyboard_interrupt": "raise KeyboardInterrupt",
    "base_exception": "class E(BaseException):\n    pass\nraise E",
    "stray_error": "import nowhere_to_be_found",
    "recursion": "def f():\n    f()\nf()",
    "segfault": "import ctypes\nctypes.string_at(0)",
    "abort": "import os\nos.abort()",
    "closed_channel": "import os\nos.closerange(0, 50)",
    "memory_hog": "x = []\nwhile True:\n    x.append(bytearray(10**8))",
    "memory_numpy": "import numpy as np\nx = np.ones(10**10)",
    "stop_self": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "kill_parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
}

LOOPING = {
    "endless_loop": "while True:\n    pass",
    "sleeping": "import time\ntime.sleep(1000)",
    "endless_catching": "while True:\n    try:\n        while True:\n            pass\n"
    "    except BaseException:\n        pass",
    "endless_in_c": "import itertools\nfor _ in itertools.count():\n    pass",
    "endless_output": "while True:\n    print('passed' * 1000)",
    "ignored_signals": "import signal\nfor s in range(1, 32):\n    try:\n        signal.signal(s, signal.SIG_IGN)\n"
    "    except (OSError, ValueError):\n        pass\nwhile True:\n    pass",
    "threads": "import threading\nwhile True:\n    try:\n        threading.Thread(target=lambda: None).start()\n"
    "    except RuntimeError:\n        pass",
    "fork_bomb": "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    "stubborn_end": "import atexit, time\natexit.register(time.sleep, 1000)\nraise SystemExit",
}

# what follows has wrong answers, and tries to have them taken for right
FORGING = {
    "wrong_answers": "",
    "prints_passed": "print('passed', '2 points', 'ok', flush=True)",
    "patched_allclose": "import numpy as np\nnp.allclose = np.isclose = np.array_equal = lambda *a, **k: True\n"
    "np.testing.assert_allclose = lambda *a, **k: None",
    "patched_checks": "import minigrad.classroom.checks as c\nc.compare = c._close = lambda *a, **k: True\n"
    "c.check = lambda *a, **k: lambda f: f\nc._compare_numbers.__code__ = (lambda *a: None).__code__",
    "patched_checker": "import minigrad.classroom.checker as c\nc.Report.passed = True\n"
    "c.Checker.run = lambda s: None\n"
    "c.Outcome.status = 'ok'",
    "patched_wire": "import sys\nw = sys.modules['wire']\nw.write = lambda *a: None\n"
    "w.Codec.encode = lambda self, value: True",
    "patched_json": "import json\njson.dumps = lambda *a, **k: '{\"value\": true}'",
    "patched_builtins": "import builtins\nbuiltins.AssertionError = builtins.Exception = ValueError\n"
    "builtins.isinstance = lambda *a: True\nbuiltins.all = builtins.any = lambda *a: True\n"
    "builtins.len = lambda x: 0",
    "patched_modules": "import sys\nfor name in list(sys.modules):\n    if name not in ('sys', 'builtins'):\n"
    "        sys.modules[name] = type(sys)('x')",
    "atexit": "import atexit, os\natexit.register(lambda: os._exit(0))",
    "exit_code": "import sys\nsys.exit = lambda *a: None\nsys.excepthook = lambda *a: None",
    "trace": "import sys\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)",
    "writes_verdicts": "import glob, os\nfor name in ('verdict.json', 'result', '.progress.json'):\n"
    "    open(name, 'w').write('{\"passed\": true}')\nfor fd in range(1, 20):\n    try:\n"
    "        os.write(fd, b'\\x00\\x00\\x00\\x10{\"value\": true}  ')\n    except OSError:\n        pass",
    "forged_messages": "import json, os\ndef send(m):\n    d = json.dumps(m).encode()\n    for fd in range(3, 20):\n"
    "        try:\n            os.write(fd, len(d).to_bytes(4, 'big') + d)\n        except OSError:\n"
    "            pass\n"
    "for _ in range(50):\n    send({'value': ['object', ['theirs', 0, 'your file', '']], 'changes': []})",
    "forged_callback": "import json, os\n"
    "d = json.dumps({'callback': 0, 'args': [], 'kwargs': {}, 'changes': []}).encode()\n"
    "for fd in range(3, 20):\n    try:\n        os.write(fd, len(d).to_bytes(4, 'big') + d)\n"
    "    except OSError:\n        pass",
    "forged_length": "import os\nfor fd in range(3, 20):\n    try:\n        os.write(fd, b'\\xff' * 4 + b'x' * 100)\n"
    "    except OSError:\n        pass",
    "huge_nesting": "import os\nd = b'[' * 10**6\nfor fd in range(3, 20):\n    try:\n"
    "        os.write(fd, len(d).to_bytes(4, 'big') + d)\n    except OSError:\n        pass",
    "frames": "import sys\ndef bias_row(g):\n    f = sys._getframe()\n    while f:\n"
    "        f.f_globals.update(compare=lambda *a: 0)\n"
    "        f = f.f_back\n    return g",
    "garbage": "import gc\nfor f in gc.get_objects():\n"
    "    if type(f) is type(lambda: 0) and 'compare' in f.__name__:\n"
    "        f.__code__ = (lambda *a, **k: None).__code__",
    "reads_the_answers": "import minigrad.classroom, os\n"
    "d = os.path.join(os.path.dirname(minigrad.classroom.__file__), 'masters')\n"
    "for n in sorted(os.listdir(d), reverse=True):\n    exec(open(os.path.join(d, n)).read())",
    "imports_the_answers": "import runpy, minigrad.classroom, os\n"
    "d = os.path.join(os.path.dirname(minigrad.classroom.__file__), 'masters')\n"
    "runpy.run_path(os.path.join(d, sorted(n for n in os.listdir(d) if n[:2] == 'ex')[0]))",
}

# what functions may return, to be taken for right
RETURNING = {
    "always_equal": "class A:\n    def __eq__(s, o):\n        return True\n    def __getitem__(s, i):\n"
    "        return s\n"
    "    def __sub__(s, o):\n        return 0\n    def __bool__(s):\n        return True\n"
    "    def __float__(s):\n        return 0.0\n"
    "    shape = property(lambda s: A())\n    dtype = property(lambda s: A())\nreturn A()",
    "array_subclass": "import numpy as np\nclass A(np.ndarray):\n"
    "    def __array_function__(s, *a, **k):\n        return True\n"
    "    def __array_ufunc__(s, *a, **k):\n        return True\nreturn np.zeros((5, 4)).view(A)",
    "nan": "import numpy as np\nreturn np.full((5, 4), np.nan)",
    "inf": "import numpy as np\nreturn np.full((5, 4), np.inf)",
    "objects": "import numpy as np\nreturn np.full((5, 4), None)",
    "nothing": "return None",
    "true": "return True",
    "empty_tuple": "return ()",
    "module": "import numpy\nreturn numpy",
    "itself": "x = []\nx.append(x)\nreturn x",
    "infinite": "import itertools\nreturn itertools.count()",
    "huge": "import numpy as np\nreturn np.zeros(10**8)",
    "huge_int": "return [10**10000, 10**10000]",
    "text": "return 'passed'",
    "changed_inputs": "import numpy as np\nfor x in args:\n    x[...] = 0\nreturn np.zeros((5, 4)), np.zeros((5, 4))",
    "todo_error": "raise NotImplementedError('TODO A')",
    "wrong_error": "import minigrad.classroom.checks as c\nraise c.Wrong('x')",
    "generator_exit": "raise GeneratorExit",
    "exits": "raise SystemExit(0)",
    "os_exits": "import os\nos._exit(0)",
    "loops": "while True:\n    pass",
    "evil_repr": "class A:\n    def __repr__(s):\n        raise SystemExit\nreturn A()",
    "evil_error": "class E(Exception):\n    def __str__(s):\n        raise SystemExit\nraise E",
    "evil_class": "class A:\n    @property\n    def __class__(s):\n        raise SystemExit\nreturn A()",
}


def _returning(body):
    indented = "\n".join("    " + line for line in body.splitlines())
    return f"def mul_backward(*args):\n{indented}\n\ndef bias_row(*args):\n{indented}\n"


FILES = {
    **LOADING,
    **LOOPING,
    **{name: WRONG_ANSWERS + source for name, source in FORGING.items()},
    **{f"returns_{name}": _returning(body) for name, body in RETURNING.items()},
}
FILES = {name: source if isinstance(source, bytes) else source.encode() for name, source in FILES.items()}
