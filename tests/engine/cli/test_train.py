from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from engine.network import storage
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.shift import Shift
from engine.recipe.augmentation.vertical_flip import VerticalFlip
from engine.recipe.sgd import SGD
from engine.training.rundir import RunDirectory
from tests.engine.cli.conftest import ROOT

EPOCH = {
    *("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "val_top5"),
    "images_per_second",
}


def test_a_training_tells_programs_of_every_epoch_and_of_its_run(convoscope, tiny, tmp_path):
    out = tmp_path / "mein Lauf"
    said = convoscope(
        *("train", tiny, "--data", "digits", "--epochs", 2, "--batch-size", 64, "--lr", 0.01),
        *("--optimizer", "sgd", "--seed", 7, "--device", "cpu", "--threads", 1),
        *("--out", out, "--json"),
    )
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0
    assert said.err == ""
    assert [line["epoch"] for line in lines[:-1]] == [1, 2]
    assert all(set(line) == EPOCH for line in lines[:-1])
    assert lines[-1] == {"run": str(out), "done": True}
    run = RunDirectory.open(out)
    recipe = run.project().recipe
    assert (recipe.epochs, recipe.batch_size, recipe.seed, recipe.device) == (2, 64, 7, "cpu")
    assert recipe.optimizer.kind() == "SGD"
    assert recipe.optimizer.learning_rate == 0.01
    assert run.state().threads == 1
    assert run.weights_file.is_file()


def test_what_is_not_said_is_as_the_project_says(convoscope, tiny, tmp_path):
    said = convoscope("train", tiny, "--epochs", 1, "--out", tmp_path / "run", "--threads", 1)
    assert said.code == 0
    assert "epoch 1/1 · training loss" in said.err
    assert f"finished: {tmp_path / 'run'}" in said.out
    recipe = RunDirectory.open(tmp_path / "run").project().recipe
    assert recipe.optimizer == storage.load(tiny).recipe.optimizer
    assert recipe.batch_size == storage.load(tiny).recipe.batch_size


def test_what_ails_a_run_is_said_once(convoscope, tiny, tmp_path):
    said = convoscope(
        *("train", tiny, "--epochs", 6, "--lr", 1e-9, "--optimizer", "sgd"),
        *("--out", tmp_path / "run", "--threads", 1),
    )
    assert said.code == 0
    assert said.err.count("Learning rate too low: ") == 1


def test_a_run_that_diverges_ends_with_the_step_and_the_node(convoscope, tmp_path):
    template = ROOT / "resources" / "templates" / "residual.convo"
    said = convoscope(
        *("train", template, "--epochs", 9, "--lr", 100, "--optimizer", "sgd", "--threads", 1),
        *("--weight-decay", 10, "--out", tmp_path / "run"),
    )
    assert said.code == 1
    failed = RunDirectory.open(tmp_path / "run").events()[0][-1]
    assert failed.node in storage.load(template).network.nodes
    assert f"at step {failed.step:,}: {failed.node} " in said.err


def test_a_network_that_rebuilds_images_is_told_of_without_an_accuracy(convoscope, tmp_path):
    from engine.cli.headless import leave

    template = ROOT / "resources" / "templates" / "autoencoder.convo"
    out = tmp_path / "run"
    said = convoscope("train", template, "--epochs", 1, "--out", out, "--threads", 1)
    assert said.code == 0
    assert "validation loss" in said.err and "accuracy" not in said.err + said.out
    run = RunDirectory.open(out)
    written = leave(run.project(), run)
    assert all(path.stat().st_size > 100 for path, _ in written)
    said = convoscope("train", template, "--epochs", 1, "--out", tmp_path / "two", "--json")
    line = json.loads(said.out.splitlines()[0])
    assert set(line) == EPOCH
    assert (line["train_accuracy"], line["val_accuracy"]) == (None, None)


def test_the_exported_file_gives_the_trainers_outputs_to_the_last_bit(convoscope, tiny, tmp_path):
    run, to = tmp_path / "run", tmp_path / "Ausgabe" / "net.py"
    to.parent.mkdir()
    assert convoscope("train", tiny, "--epochs", 1, "--out", run, "--json").code == 0
    assert convoscope("export", tiny, "--to", to, "--run", run).code == 0
    code = (
        "import torch, net\n"
        "from safetensors.torch import load_file\n"
        "module = net.build()\n"
        "module.load_state_dict(load_file('net.safetensors'), strict=True)\n"
        "kept = load_file(r'{}')\n"
        "with torch.no_grad():\n"
        "    assert torch.equal(module.eval()(kept['inputs']), kept['outputs'])\n"
    ).format(run / "outputs.safetensors")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "-c", code], cwd=to.parent, env=environment, check=True)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--epochs", "0"], "--epochs must be a whole number from 1"),
        (["--epochs", "2.5"], "--epochs: invalid int value"),
        (["--lr", "nan"], "--lr must be a number from"),
        (["--lr", "-1"], "--lr must be a number from"),
        (["--lr", "inf"], "--lr must be a number from"),
        (["--batch-size", "0"], "--batch-size must be"),
        (["--seed", "-1"], "--seed must be"),
        (["--validation", "1"], "--validation must be"),
        (["--weight-decay", "-1"], "--weight-decay must be"),
        (["--threads", "0"], "--threads must be"),
        (["--optimizer", "Lion"], "'Lion' is none of Adagrad"),
        (["--device", "gpu"], "invalid choice: 'gpu'"),
        (
            ["--schedule", "stairs"],
            "'stairs' is none of constant, cosine, one-cycle, plateau, step",
        ),
        (["--augment", "flop"], "'flop' is none of color-jitter, cutout, flip, mixup"),
        (["--augment", "shift:size=4"], "shift takes pixels=..., border=..., not 'size=4'"),
        (["--augment", "shift:4"], "shift takes pixels=..., border=..., not '4'"),
        (["--augment", "shift:pixels=0"], "shift: pixels must be a whole number from 1"),
        (["--augment", "shift:border=sky"], "shift: border must be one of 'reflect', 'mean'"),
        (["--augment", "none:x=1"], "'none' is none of"),
        (["--augment", "none", "--augment", "flip"], "--augment none leaves out all"),
        (["--augment", "flip", "--augment", "flip"], "the augmentations have HorizontalFlip twice"),
        (
            ["--augment", "mixup", "--augment", "flip"],
            "HorizontalFlip after Mixup, which comes last",
        ),
        (
            ["--loss", "crossentropyloss:class_weights=1x2"],
            "has 2 class weights, but Digits has 10",
        ),
        (
            ["--loss", "crossentropyloss:class_weights=1x0"],
            "class_weights holds a number that must be",
        ),
        (
            ["--loss", "crossentropyloss:weights=1"],
            "takes label_smoothing=..., balanced=..., class_",
        ),
        (["--loss", "mseloss:margin=1"], "mseloss takes no parameters, not 'margin=1'"),
        (["--optimizer", "sgd:nesterov=on,momentum=0"], "sgd: nesterov wants a momentum above 0"),
        (
            ["--optimizer", "sgd:momentum"],
            "sgd takes learning_rate=..., weight_decay=..., momentum",
        ),
        (["--schedule", "cosine:warmup=-1"], "cosine: warmup must be a number"),
        (["--loss", "absolute"], "'absolute' is none of BCEWithLogitsLoss, CrossEntropyLoss"),
        (["--loss", "mseloss"], "MSELoss compares it with the image"),
        (["--clip-norm", "0"], "--clip-norm must be a number from 1e-06"),
        (["--patience", "0"], "--patience must be a whole number from 1"),
        (["--precision", "fp8"], "invalid choice: 'fp8'"),
        (["--data", "nowhere"], "'nowhere' is neither a dataset"),
        (["--data", str(ROOT / "engine")], "holds the files of no known dataset"),
        (["--data", "shapes"], "6 classes"),
    ],
)
def test_a_bad_option_is_one_sentence_and_leaves_no_run(refused, tiny, tmp_path, options, sentence):
    out = tmp_path / "run"
    assert sentence in refused("train", tiny, "--out", out, *options)
    assert not out.exists()


def test_a_run_can_be_calmed_gathered_averaged_and_ended_early(convoscope, tiny, tmp_path):
    said = convoscope(
        *("train", tiny, "--epochs", 6, "--lr", 1e-9, "--schedule", "One-Cycle", "--patience", 1),
        *("--clip-norm", 1, "--accumulate", 2, "--ema-decay", 0.9, "--precision", "bf16"),
        *("--deterministic", "--out", tmp_path / "run", "--threads", 1, "--optimizer", "sgd"),
    )
    assert said.code == 0
    assert "the validation loss was lowest in epoch" in said.err
    recipe = RunDirectory.open(tmp_path / "run").project().recipe
    assert recipe.schedule.kind() == "OneCycleLR"
    assert (recipe.clip_norm, recipe.accumulate, recipe.ema_decay) == (1.0, 2, 0.9)
    assert (recipe.precision, recipe.patience, recipe.deterministic) == ("bf16", 1, True)


def test_parts_take_parameters_and_keep_those_of_the_project(convoscope, tiny, tmp_path):
    weights = "x".join(["1"] * 9 + ["2.5"])
    said = convoscope(
        *(
            "train",
            tiny,
            "--epochs",
            1,
            "--lr",
            0.02,
            "--optimizer",
            "SGD:momentum=0.5,nesterov=on",
        ),
        *("--loss", f"crossentropyloss:class_weights={weights}", "--schedule", "cosine:warmup=0.5"),
        *("--initialization", "he", "--out", tmp_path / "run", "--threads", 1),
    )
    assert said.code == 0
    run = RunDirectory.open(tmp_path / "run")
    recipe = run.project().recipe
    assert recipe.optimizer == SGD(learning_rate=0.02, momentum=0.5, nesterov=True)
    assert recipe.loss.class_weights == (*(1.0,) * 9, 2.5)
    assert (recipe.schedule.warmup, recipe.initialization) == (0.5, "he")
    kept = ("train", run.project_file, "--epochs", 1, "--optimizer", "sgd:momentum=0.6")
    assert convoscope(*kept, "--out", tmp_path / "two", "--threads", 1).code == 0
    again = RunDirectory.open(tmp_path / "two").project().recipe
    assert again.optimizer == recipe.optimizer.changed(momentum=0.6)
    assert again.loss == recipe.loss


def test_images_are_augmented_as_asked_for_or_not_at_all(convoscope, tiny, tmp_path):
    options = ("train", tiny, "--epochs", 1, "--threads", 1, "--out")
    asked = ("--augment", "Shift:pixels=2,border=black", "--augment", "vertical-flip")
    assert convoscope(*options, tmp_path / "one", *asked, "--augment", "mixup").code == 0
    project = RunDirectory.open(tmp_path / "one").project()
    assert project.recipe.augmentations == (
        Shift(pixels=2, border="black"),
        VerticalFlip(),
        Mixup(),
    )
    again = tmp_path / "again.convo"
    storage.save(project, again)
    options = ("train", again, *options[2:])
    assert convoscope(*options, tmp_path / "two").code == 0
    assert len(RunDirectory.open(tmp_path / "two").project().recipe.augmentations) == 3
    assert convoscope(*options, tmp_path / "three", "--augment", "none").code == 0
    assert RunDirectory.open(tmp_path / "three").project().recipe.augmentations == ()


def test_a_device_that_is_not_there_is_one_sentence(refused, tiny, tmp_path):
    import torch

    for device, there in (
        ("cuda", torch.cuda.is_available()),
        ("mps", torch.backends.mps.is_available()),
    ):
        if not there:
            sentence = refused("train", tiny, "--device", device, "--out", tmp_path / "run")
            assert device in sentence
            assert "auto" in sentence


def test_a_dataset_whose_files_are_damaged_is_one_sentence_and_leaves_no_run(
    refused, tiny, tmp_path
):
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        (folder / name).write_bytes(b"\0" * 20)
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        (folder / name).write_bytes(b"\0" * 20)
    out = tmp_path / "run"
    refused("train", tiny, "--data", folder, "--out", out)
    assert not out.exists()


def test_a_run_is_never_written_into_a_folder_that_holds_something(refused, tiny, tmp_path):
    assert "not an empty folder" in refused("train", tiny, "--out", tiny.parent)
    assert "cannot be written" in refused("train", tiny, "--out", tiny / "run")
    assert [item.name for item in tiny.parent.iterdir()] == [tiny.name]


def test_a_broken_network_is_not_trained(refused, broken, tmp_path):
    assert "conv3" in refused("train", broken, "--out", tmp_path / "run")


def test_a_training_that_diverges_breaks_off_with_1_and_keeps_the_run(convoscope, tiny, tmp_path):
    out = tmp_path / "run"
    said = convoscope(
        *("train", tiny, "--optimizer", "SGD", "--lr", 100, "--weight-decay", 10),
        *("--out", out, "--json"),
    )
    assert said.code == 1
    assert json.loads(said.out.splitlines()[-1]) == {"run": str(out), "done": False}
    assert "learning rate" in said.err
    assert RunDirectory.open(out).state().status == "failed"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_ends_a_training_and_keeps_its_run(tiny, tmp_path):
    out = tmp_path / "run"
    command = [sys.executable, ROOT / "main.py", "train", tiny, "--epochs", "5000", "--out", out]
    with subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["epoch"] == 1
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == ""
    assert json.loads(rest.splitlines()[-1]) == {"run": str(out), "done": False}
    run = RunDirectory.open(out)
    assert run.state().status == "stopped"
    assert run.weights_file.is_file()


def test_export_refuses_in_one_sentence(refused, lenet, broken, tmp_path):
    assert "does not end in .py" in refused("export", lenet, "--to", tmp_path / "net.txt")
    assert "conv3" in refused("export", broken, "--to", tmp_path / "net.py")
    assert "is not a run" in refused(
        "export", lenet, "--to", tmp_path / "net.py", "--run", tmp_path / "missing"
    )
    assert "cannot be written" in refused("export", lenet, "--to", tmp_path / "no" / "net.py")
    assert not (tmp_path / "net.py").exists()
