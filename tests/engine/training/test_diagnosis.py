"""Real runs that ail are diagnosed at the right node, sound ones are not, and remedies mend."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.analysis import analyse
from engine.layers.catalogue import layer
from engine.network import storage
from engine.network.project import DataChoice, Project
from engine.recipe.adam import Adam
from engine.recipe.sgd import SGD
from engine.training.diagnosis import AILMENTS, Finding, Past, diagnose
from engine.training.events import EpochEnded, Failed, Measured, Resumed, Started, Steps
from tests.engine.training.drawing import SMALL, chain, deep, small, trained, with_recipe

TEMPLATES = Path(__file__).parents[3] / "resources" / "templates"
RELU = layer("ReLU")


def diagnosed(project: Project, tmp_path: Path) -> tuple[Finding, ...]:
    _, events = trained(project, tmp_path)
    past = Past()
    past.take(events)
    return diagnose(project, past)


def ailments(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.ailment for finding in findings}


def mended(project: Project, finding: Finding, number: int = 0) -> Project:
    changed = finding.fixes[number].edit(project)
    assert analyse(changed).valid
    return changed


def test_a_deep_network_of_sigmoids_is_saturated_and_its_gradients_vanish(tmp_path: Path) -> None:
    project = with_recipe(deep(layer("Sigmoid")), epochs=20)
    findings = diagnosed(project, tmp_path / "run")
    assert ailments(findings) == {"Saturated", "VanishingGradients"}
    vanishing = next(item for item in findings if item.ailment == "VanishingGradients")
    assert vanishing.node == "conv2d1"
    assert vanishing.evidence.limit == 1e-4 and min(vanishing.evidence.y) < 1e-4
    assert len(vanishing.evidence.x) == len(vanishing.evidence.y) >= 3
    saturated = [item for item in findings if item.ailment == "Saturated"]
    assert all(item.node.startswith("sigmoid") for item in saturated)
    # One of eight would change nothing, and so would larger weights before a sigmoid.
    whole = mended(project, vanishing)
    assert {node.kind for node in whole.network.nodes.values()}.isdisjoint({"Sigmoid"})
    rest = ailments(diagnosed(whole, tmp_path / "mended"))
    assert rest.isdisjoint({"Saturated", "VanishingGradients"})
    for item in saturated:
        project = mended(project, item)
        assert project.network.nodes[item.node].kind == "ReLU"


def test_a_relu_that_large_steps_have_put_out_is_named(tmp_path: Path) -> None:
    project = with_recipe(deep(RELU, times=3), epochs=40, optimizer=Adam(learning_rate=0.3))
    findings = diagnosed(project, tmp_path)
    dead = [item for item in findings if item.ailment == "DeadReLU"]
    assert dead and all(item.node.startswith("relu") for item in dead)
    assert min(dead[-1].evidence.y[-3:]) >= 0.5
    assert mended(project, dead[0]).network.nodes[dead[0].node].kind == "LeakyReLU"
    assert mended(project, dead[0], 1).recipe.optimizer == Adam()


def test_a_remedy_inside_a_block_changes_the_block(tmp_path: Path) -> None:
    project = storage.load(TEMPLATES / "autoencoder.convo")
    instance, block = next(
        (name, project.network.blocks[node.content.block])  # type: ignore[union-attr]
        for name, node in project.network.nodes.items()
        if hasattr(node.content, "block")
    )
    inner = next(name for name, node in block.network.nodes.items() if node.kind == "ReLU")
    measured = Measured(
        1, 1.0, 1e-3, 1, (f"{instance}/{inner}",), (None,), (None,), (None,), (0.9,), (None,)
    )
    past = Past()
    past.take([replace(measured, step=step) for step in (1, 2, 3)])
    (finding,) = diagnose(project, past)
    assert finding.node == f"{instance}/{inner}"
    changed = mended(project, finding)
    name = changed.network.nodes[instance].content.block  # type: ignore[union-attr]
    assert changed.network.blocks[name].network.nodes[inner].kind == "LeakyReLU"


def test_a_rate_that_is_far_too_low_is_told_and_mended(tmp_path: Path) -> None:
    project = with_recipe(small(), epochs=5, optimizer=SGD(learning_rate=1e-7))
    findings = diagnosed(project, tmp_path)
    assert ailments(findings) == {"RateTooLow"}
    assert findings[0].node == ""
    rate = mended(project, findings[0]).recipe.optimizer.learning_rate
    assert 1e-5 <= rate <= 1e-2


def test_a_rate_that_is_too_high_is_told_and_mended(tmp_path: Path) -> None:
    project = with_recipe(deep(layer("Tanh"), times=3), epochs=5, optimizer=SGD(learning_rate=3.0))
    findings = diagnosed(project, tmp_path)
    assert "RateTooHigh" in ailments(findings)
    finding = next(item for item in findings if item.ailment == "RateTooHigh")
    assert mended(project, finding).recipe.optimizer.learning_rate == pytest.approx(0.3)


def test_a_network_that_learns_by_heart_is_told(tmp_path: Path) -> None:
    wide = layer("Linear", out_features=512)
    project = with_recipe(
        chain(SMALL[0], layer("Flatten"), wide, RELU, *SMALL[-2:]), epochs=60, validation=0.9
    )
    findings = diagnosed(project, tmp_path)
    assert ailments(findings) == {"Overfitting"}
    assert mended(project, findings[0]).recipe.patience == 5


def test_a_run_that_diverges_is_an_error_at_its_node_until_it_is_taken_up_again(
    tmp_path: Path,
) -> None:
    project = with_recipe(deep(RELU), optimizer=SGD(learning_rate=100.0))
    _, events = trained(project, tmp_path)
    failed = events[-1]
    assert isinstance(failed, Failed)
    past = Past()
    past.take(events)
    first = diagnose(project, past)[0]
    assert (first.severity, first.node, first.message) == ("error", failed.node, failed.message)
    assert first.evidence.y
    # A tenth of 100 would be as hopeless.
    assert mended(project, first).recipe.optimizer == SGD()
    assert mended(project, first, 1).recipe.clip_norm == 1.0
    past.take([Resumed(1)])
    assert "Diverged" not in ailments(diagnose(project, past))


def test_images_that_are_learned_from_and_checked_on_are_told(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (40, 8, 8)).astype(np.uint8)
    doubled, labels = np.concatenate([images, images]), np.arange(80) % 10
    np.savez(tmp_path / "doubled.npz", images=doubled, labels=labels)
    project = replace(small(), data=DataChoice("npz", str(tmp_path / "doubled.npz")))
    run, events = trained(project, tmp_path / "run")
    assert run.state().status == "finished", run.state().message
    started = next(event for event in events if isinstance(event, Started))
    from engine.data.images import split

    learned, aside = split(labels, project.recipe.validation)
    kept = {doubled[place].tobytes() for place in learned}
    assert started.leaked == sum(doubled[place].tobytes() in kept for place in aside) > 0
    past = Past()
    past.take(events)
    leak = next(item for item in diagnose(project, past) if item.ailment == "Leak")
    assert f"{started.leaked:,} of the {len(aside):,}" in leak.message


def test_gradients_that_have_grown_a_hundredfold_are_told_at_the_longest() -> None:
    project = small()
    past = Past()
    for step in range(1, 31):
        norm = 1.0 if step < 28 else 5000.0
        past.take(
            [
                Measured(
                    step, norm, 1e-3, 1, ("conv2d1", "linear4"), (norm, norm / 2), (1.0, 1.0),
                    (1e-3, 1e-3), (None, None), (None, None),
                )
            ]
        )  # fmt: skip
    (finding,) = diagnose(project, past)
    assert (finding.ailment, finding.node) == ("ExplodingGradients", "conv2d1")
    assert mended(project, finding).recipe.clip_norm == 1.0


@pytest.mark.parametrize(
    "name", ["lenet5", "tiny_cnn", "residual", "convolutional_twin", "autoencoder"]
)
def test_the_templates_are_sound(name: str, tmp_path: Path) -> None:
    project = storage.load(TEMPLATES / f"{name}.convo")
    project = replace(project, recipe=replace(project.recipe, device="cpu", epochs=3))
    assert diagnosed(project, tmp_path) == ()


def test_a_long_run_is_kept_in_little_room() -> None:
    past = Past()
    for step in range(100, 1_000_001, 100):
        past.take([Steps(step, (1.0,) * 100, (), 1.0, 1.0)])
    assert len(past.losses) <= 2048
    assert past.losses[-1][1] == 1.0
    steps = [step for step, _ in past.losses]
    assert steps == sorted(steps) and steps[-1] > 990_000


def test_every_ailment_says_what_is_watched_and_a_run_without_events_has_none() -> None:
    assert len(AILMENTS) == 9
    for ailment in AILMENTS:
        assert ailment.title and ailment.watched.endswith(".")
    assert diagnose(small(), Past()) == ()
    past = Past()
    past.take([EpochEnded(1, 24, 1.0, 0.5, None, None, 1.0, 0.0)])
    assert diagnose(small(), past) == ()


def test_hundreds_of_findings_in_a_long_run_are_worked_out_within_a_frame_or_two() -> None:
    pair = (layer("Conv2d", out_channels=4, kernel_size=3), layer("ReLU"))
    ends = layer("Input", shape=(3, 8, 8)), layer("Output")
    project = chain(ends[0], *pair * 250, ends[1])
    names = tuple(project.network.nodes)
    dead = tuple(0.9 if name.startswith("relu") else None for name in names)
    nothing = (None,) * len(names)
    past = Past()
    past.take(
        Measured(step, 1.0, 1e-3, 1, tuple(names), nothing, nothing, nothing, dead, nothing)
        for step in range(600)
    )
    start = time.process_time()
    found = diagnose(project, past)
    assert time.process_time() - start < 0.25
    assert len(found) == 250 and len(found[0].evidence.x) == 512
