from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from engine.cli import COMMANDS
from engine.cli.entry import main as run
from tests.engine.cli.conftest import ROOT


class FakeWindow:
    """A designer that only remembers what it was asked to do."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def open(self, arguments):
        self.asked.append(("open", arguments))
        return 0

    def screenshot(self, project, to, style, size, canvas_only):
        self.asked.append((project.name, to, style, size, canvas_only))

    def gallery(self, folder):
        self.asked.append(("gallery", folder))
        return [folder / "a.png"]


def test_the_help_lists_every_command(convoscope):
    said = convoscope("--help")
    assert said.code == 0
    assert all(re.search(rf"^ +{name}\s", said.out, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps_with_examples(convoscope, name):
    said = convoscope(name, "--help")
    assert said.code == 0
    assert f"convoscope {name}" in said.out.partition("examples:")[2]


def test_without_a_command_the_window_opens():
    window = FakeWindow()
    assert run([], window) == 0
    assert window.asked == [("open", [])]


def test_a_file_opens_in_the_window(lenet):
    window = FakeWindow()
    assert run([str(lenet)], window) == 0
    assert window.asked == [("open", [str(lenet)])]


def test_a_mistyped_command_is_guessed(refused):
    assert "'trian' is neither a file nor a command; did you mean train?" in refused("trian")


def test_two_files_are_one_too_many(refused, lenet):
    assert "one file" in refused(lenet, lenet)


def test_an_unknown_option_is_one_sentence(refused):
    assert "unrecognized arguments: --jsonn" in refused("datasets", "--jsonn")
    assert "required: COMMAND" in refused("--nothing")


def test_a_missing_argument_is_one_sentence(refused):
    assert "PROJECT.convo" in refused("summary")


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["summary", "LENET"], ["check", "LENET"], ["layers", "Conv2d"], ["datasets"]],
)
def test_what_needs_neither_torch_nor_qt_imports_neither(lenet, arguments):
    words = [str(lenet) if word == "LENET" else word for word in arguments]
    code = (
        "import sys, main; code = main.main(sys.argv[1:]); "
        "heavy = {'torch', 'PySide6', 'sklearn', 'scipy', 'networkx'} & set(sys.modules); "
        "sys.exit(repr(heavy) if heavy else code)"
    )
    subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, check=True, capture_output=True)


def test_a_reader_that_has_enough_is_no_error(lenet):
    command = f"{sys.executable} main.py summary {lenet} --json | head -c 10"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, check=False)
    assert done.stdout == b'{\n  "param'
    assert done.stderr == b""


def test_it_runs_as_a_script_from_anywhere(script, tmp_path, tiny):
    done = script("check", tiny.name, cwd=tiny.parent)
    assert done.returncode == 0
    assert "größe 1.convo is valid" in done.stdout


def test_output_that_the_terminal_cannot_encode_is_no_error(script, tiny):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    said = script("summary", tiny, env=environment)
    assert said.returncode == 0, said.stderr
    assert "8?16?16" in said.stdout
    missing = script("check", tiny.with_name("fehlt é"), env=environment)
    assert missing.returncode == 2
    assert missing.stderr.endswith("there is no such file or folder.\n")
