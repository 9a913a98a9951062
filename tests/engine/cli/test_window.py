from __future__ import annotations

import ctypes
import os

import pytest
from PIL import Image

from engine.cli import display
from engine.cli.entry import main as run
from tests.engine.cli.test_entry import FakeWindow


def test_a_screenshot_is_asked_of_the_window(lenet, tmp_path):
    window = FakeWindow()
    words = ["screenshot", lenet, "--to", tmp_path / "a.png", "--canvas", "--theme", "dark"]
    assert run([*map(str, words), "--size", "800x600"], window) == 0
    assert window.asked == [("LeNet-5", tmp_path / "a.png", "dark", (800, 600), True)]


def test_the_gallery_is_asked_of_the_window(tmp_path):
    window = FakeWindow()
    assert run(["screenshot", "--gallery", str(tmp_path)], window) == 0
    assert window.asked == [("gallery", tmp_path)]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "--to FILE.png"),
        (["--to", "a.jpg"], "does not end in .png"),
        (["--to", "/no such folder/a.png"], "there is no folder"),
        (["--to", "a.png", "--size", "big"], "'big' is not a width and height"),
        (["--to", "a.png", "--size", "99999x1"], "from 200 to 8000"),
        (["--to", "a.png", "--theme", "pink"], "invalid choice: 'pink'"),
        (["--to", "a.png", "--gallery", "docs"], "leave PROJECT.convo and --to away"),
    ],
)
def test_a_picture_that_cannot_be_is_one_sentence(refused, lenet, options, sentence):
    assert sentence in refused("screenshot", lenet, *options)


def test_a_real_screenshot_has_the_size_that_was_asked_for(script, tiny, tmp_path):
    to = tmp_path / "Bild 1.png"
    done = script("screenshot", tiny, "--to", to, "--size", "1300x800")
    assert done.returncode == 0, done.stderr
    with Image.open(to, formats=["PNG"]) as picture:
        assert picture.size == (1300, 800)
        assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 20


def test_without_a_display_the_network_is_trained_drawn_and_exported(script, tiny, tmp_path):
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = script(tiny, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert "There is no display" in done.stdout
    assert "epoch 5/5" in done.stderr
    (run,) = (tmp_path / "runs").iterdir()
    for name in ("tiny_cnn.py", "tiny_cnn.safetensors", "weights.safetensors", "run.json"):
        assert (run / name).is_file()
    for name in ("curves.png", "feature-maps.png"):
        with Image.open(run / name, formats=["PNG"]) as picture:
            assert picture.width > 1000


def test_a_display_is_recognised_by_the_environment(monkeypatch):
    monkeypatch.setattr(display.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not display.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert display.has_display()
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setattr(display.sys, "platform", "darwin")
    assert display.has_display()


@pytest.mark.parametrize(
    ("manager", "command"),
    [(None, "apt-get install libegl1 libxcb-cursor0"), ("/usr/bin/dnf", "dnf install mesa-libEGL")],
)
def test_a_missing_system_library_is_named_with_the_command_that_installs_it(
    monkeypatch, refused, manager, command
):
    def load(name: str) -> None:
        if name in ("libEGL.so.1", "libxcb-cursor.so.0"):
            raise OSError(name)

    monkeypatch.setattr(display.sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(display.shutil, "which", lambda name: manager)
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    sentence = refused()
    assert "the window needs libEGL.so.1 and libxcb-cursor.so.0" in sentence
    assert command in sentence
