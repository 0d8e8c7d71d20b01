"""What a newcomer meets first: a checkout that is not installed, the front page, the ways to contribute."""

import configparser
import math
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad
from tests.conformance.differences import REFUSALS, SENTENCES

ROOT = Path(__file__).parent.parent


# -- Before the installation -------------------------------------------------------------------------------------------


def bare(*words, cwd=ROOT):
    """What Python says without the packages that are installed for it."""
    command = [sys.executable, "-S", "-E", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "words",
    ["-m lessons", "-m lessons 7", "-m lessons all --quick", "lessons", "-m minigrad.classroom check 1"],
)
def test_one_line_says_what_to_install(words):
    done = bare(*words.split())
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert f"{sys.executable} has no numpy, matplotlib, tqdm. In {ROOT}, type " in done.stderr
    assert "-m pip install .`" in done.stderr


def test_a_copy_that_cannot_be_installed_names_the_packages(tmp_path):
    shutil.copytree(ROOT / "minigrad", tmp_path / "minigrad", ignore=shutil.ignore_patterns("__pycache__"))
    done = bare("-m", "minigrad.classroom", cwd=tmp_path)
    assert done.returncode == 2 and "-m pip install numpy matplotlib tqdm`" in done.stderr


def test_a_program_of_others_is_told_by_python_itself():
    done = bare("-c", "import minigrad")
    assert done.returncode == 1 and done.stderr.endswith("ModuleNotFoundError: No module named 'numpy'\n")


def test_lessons_take_minigrad_from_their_checkout_where_it_is_not_installed(tmp_path):
    (tmp_path / "lessons").mkdir()
    shutil.copy(ROOT / "lessons" / "__main__.py", tmp_path / "lessons")
    (tmp_path / "minigrad").mkdir()
    (tmp_path / "minigrad" / "__init__.py").write_text("print('of the checkout')\n")
    (tmp_path / "elsewhere").mkdir()
    done = bare("../lessons", cwd=tmp_path / "elsewhere")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("of the checkout\n")


# -- The pages ---------------------------------------------------------------------------------------------------------

PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".github").glob("*.*")}
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
CONFIG = configparser.ConfigParser()
CONFIG.read(ROOT / "setup.cfg")


def test_the_first_screen_has_two_commands_and_the_picture():
    screen = "\n".join(README.splitlines()[:24])
    install, listing = re.findall(r"^```sh\n(.*)\n```$", screen, re.MULTILINE)
    assert install.endswith(".venv/bin/python lessons/07_softmax_classifier.py")
    assert listing == ".venv/bin/python -m lessons"
    assert "](lessons/gallery/07_softmax_classifier.png)" in screen


def test_the_readmes_programs_do_what_they_say(capsys):
    names = {}
    for program in re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        exec(program, names)
    trained, slope = capsys.readouterr().out.splitlines()
    share = re.fullmatch(r"0\.\d{4} nats, (\d+\.\d)% right", trained)[1]
    assert float(share) > 97
    assert float(slope) == pytest.approx(14 * math.exp(2), rel=1e-6)


def items(text):
    """The items of a page's list, each in one line."""
    return [" ".join(item.split()) for item in re.findall(r"^- (.*(?:\n  .*)*)", text, re.MULTILINE)]


def test_the_differences_from_pytorch_are_those_that_the_tests_let_pass():
    page = (ROOT / "lessons" / "DIFFERENCES.md").read_text(encoding="utf-8")
    assert items(page) == [*SENTENCES, *(f"{text}." for text in REFUSALS)]
    section = README.partition("\n## Differences from PyTorch\n")[2].partition("\n## ")[0]
    assert set(items(section)) < set(SENTENCES) and "(lessons/DIFFERENCES.md)" in section


def test_one_version_is_told_everywhere():
    assert f"\nversion: {minigrad.__version__}\n" in PAGES["CITATION.cff"]
    assert f"\nlicense: {CONFIG['metadata']['license']}\n" in PAGES["CITATION.cff"]
    assert re.findall(r"^## \[(.*)\]", PAGES["CHANGELOG.md"], re.MULTILINE)[:2] == ["Unreleased", minigrad.__version__]


def test_the_hooks_are_the_formatter_and_the_linter_of_ci():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"^ +entry: (.*)$", hooks, re.MULTILINE)
    assert entries == ["python -m ruff format", "python -m flake8"]
    assert [entry for entry in entries if f".venv/bin/{entry}" not in CI] == []


def test_ci_runs_what_is_run_here_from_the_first_python_on():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "run: .ci/run\n" in workflow
    read = re.search(r"grep -m 1 -F '(.*)' README.md", workflow)[1]
    assert f"run_from_readme '{read}'" in CI
    (command, *_) = [line for line in README.splitlines() if read in line]
    assert command.startswith("python3 -m venv .venv && .venv/bin/python ")
    pythons = [re.findall(r"\d\.\d+", line) for line in re.findall(r"python: \[(.*)\]", workflow)]
    assert pythons == [["3.11", "3.12", "3.13", "3.14"]] * 2
    assert CONFIG["options"]["python_requires"] == f">={pythons[0][0]}"


# -- Contributing ------------------------------------------------------------------------------------------------------

CONTRIBUTING = PAGES["CONTRIBUTING.md"]
BLOCK = re.compile(r"(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples():
    """(kind, path, text) of the blocks of the examples, in order; a path stands above the first block of its file."""
    path = None
    for found, kind, text in BLOCK.findall(CONTRIBUTING.partition("\n## Add ")[2]):
        path = found or path
        yield kind, path, text


def test_the_files_that_contributing_names_are_there():
    added = {path for kind, path, _ in examples() if kind == "python"}
    named = set(re.findall(r"\b[\w.]+/[\w/.]+\.(?:py|md)\b", CONTRIBUTING)) - {"tests/lessons/test_NN_name.py"}
    assert len(named) > 20
    assert [name for name in sorted(named - added) if not (ROOT / name).exists()] == []


def apply(change, path):
    """Make a change of the form of a diff: what it has must stand once in the file."""
    lines = change.splitlines()
    old, new = ("\n".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path}:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.slow
def test_the_examples_work_as_they_stand(tmp_path):
    copy, commands = tmp_path / "a copy", []
    kept_out = shutil.ignore_patterns(".*", "__pycache__", "build", "output", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=kept_out)
    shutil.copytree(ROOT / ".github", copy / ".github")
    for name in (".ruff.toml", ".pre-commit-config.yaml"):
        shutil.copy(ROOT / name, copy)
    for kind, path, text in examples():
        if kind == "diff":
            apply(text, copy / path)
        elif kind == "python":
            (copy / path).write_text(text, encoding="utf-8")
        else:
            commands += [shlex.split(line) for line in text.splitlines()]
    assert {command[0] for command in commands} == {".venv/bin/python"}
    files, names = {}, []
    for _, *arguments in commands:
        if "pytest" in arguments:  # all in one run
            *chosen, option, name = arguments[2:]
            assert option == "-k"
            files |= dict.fromkeys(chosen)
            names.append(name)
        else:
            python(*arguments, cwd=copy)
    said = python("-m", "pytest", "-q", "-p", "no:cacheprovider", *files, "-k", " or ".join(names), cwd=copy)
    assert int(re.search(r"(\d+) passed", said)[1]) > 50
    python("-m", "ruff", "format", "--check", "minigrad", cwd=copy)
    python("-m", "flake8", *{path for _, path, _ in examples() if path.endswith(".py")}, cwd=copy)


def python(*arguments, cwd):
    """What Python prints, which must end well."""
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
