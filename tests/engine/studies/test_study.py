"""Studies as values: what varies, every variant checked, and what cannot be asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

import resources
from engine.network import edits, storage
from engine.network.network import Link
from engine.network.project import Project
from engine.recipe.recipe import OPTIMIZERS
from engine.studies.errors import StudyError
from engine.studies.study import Plan, design
from engine.studies.targets import put, target, targets
from engine.studies.variables import grid, parse, suggestion, tell, variable
from tests.engine.workers.conftest import small_project


@pytest.fixture
def tiny() -> Project:
    return storage.load(resources.TEMPLATES / "tiny_cnn.convo")


@pytest.fixture
def residual() -> Project:
    return storage.load(resources.TEMPLATES / "resnet8.convo")


def vary(project: Project, *texts: str, **plan: int) -> Plan:
    kind = "random" if "draws" in plan else "grid"
    return Plan(kind, variables=tuple(parse(project, text) for text in texts), **plan)


def refusal(project: Project, plan: Plan) -> str:
    with pytest.raises(StudyError) as caught:
        design(project, plan)
    return str(caught.value)


def test_a_grid_has_every_combination_and_each_is_the_project_but_for_that(tiny: Project) -> None:
    plan = vary(tiny, "optimizer.learning_rate=0.001..0.1:log:3", "batch_size=32,64", seeds=2)
    study = design(tiny, plan)
    assert [variant.label for variant in study.variants] == [
        f"learning_rate {rate}, batch_size {size}"
        for rate in (0.001, 0.01, 0.1)
        for size in (32, 64)
    ]
    assert len(study.trials) == 12
    assert {trial.seed for trial in study.trials[:6]} == {tiny.recipe.seed}
    last = study.trained(study.trials[-1])
    assert (last.recipe.optimizer.learning_rate, last.recipe.batch_size) == (0.1, 64)
    assert last.recipe.seed == tiny.recipe.seed + 1
    as_before = replace(
        last.recipe, optimizer=tiny.recipe.optimizer, batch_size=tiny.recipe.batch_size, seed=0
    )
    assert replace(last, recipe=as_before) == tiny


def test_a_random_search_is_the_same_for_equal_numbers_and_never_repeats_itself(
    tiny: Project,
) -> None:
    asked = ("optimizer.learning_rate=0.001..0.1:log", "epochs=1..3", "schedule=constant,StepLR")
    one, again = (design(tiny, vary(tiny, *asked, draws=12)) for _ in range(2))
    other = design(tiny, replace(one.plan, chance=1))
    assert one == again
    assert {item.setting for item in one.variants} != {item.setting for item in other.variants}
    assert len({item.setting for item in one.variants}) == 12
    rates = [dict(item.setting)["optimizer.learning_rate"] for item in one.variants]
    assert all(isinstance(rate, float) and 0.001 <= rate <= 0.1 for rate in rates)


def test_draws_end_where_there_are_no_other_values(tiny: Project) -> None:
    study = design(tiny, vary(tiny, "batch_size=32,64", "epochs=1..2", draws=50))
    assert len(study.variants) == 4


def test_the_kind_of_a_part_is_set_before_its_parameters(tiny: Project) -> None:
    study = design(tiny, vary(tiny, "optimizer.momentum=0.5,0.9", "optimizer=sgd,adam"))
    assert [item.label for item in study.variants] == [
        "momentum 0.5, optimizer SGD",
        "momentum 0.9, optimizer SGD",
    ]
    assert [item.label for item in study.refused] == [
        "momentum 0.5, optimizer Adam",
        "momentum 0.9, optimizer Adam",
    ]
    assert study.refused[0].sentence == "Adam: momentum is not one of its parameters."


def test_parameters_of_layers_blocks_and_instances_vary(residual: Project) -> None:
    for text, wanted in (
        ("conv1.out_channels=8,16", (8, 16)),
        ("conv1.kernel_size=3,5x3", (3, (5, 3))),
        ("layer1.width=8,24", (8, 24)),
        ("layer2.repeat=1,2", (1, 2)),
        ("layer1/conv1.bias=on,off", (True, False)),
    ):
        path = text.partition("=")[0]
        made = parse(residual, text)
        assert grid(target(residual, path), made) == wanted
        changed = put(residual, path, made.choices[-1])
        assert changed != residual or target(residual, path).present == made.choices[-1]
        assert target(changed, path).present == made.choices[-1]


def test_rows_of_numbers_vary_as_wholes(tiny: Project) -> None:
    made = parse(tiny, "loss.class_weights=1x2.5x1e-3,all alike")
    aim = target(tiny, "loss.class_weights")
    assert grid(aim, made) == ((1.0, 2.5, 0.001), None)
    assert tell(aim.spec, made) == "1x2.5x0.001,all alike"
    with pytest.raises(StudyError, match="class_weights must be 1 to 10,000 numbers"):
        parse(tiny, "loss.class_weights=1xtwo")


def test_what_can_be_varied_can_be_told_and_read_again(residual: Project) -> None:
    paths = [item.path for item in targets(residual)]
    assert len(paths) == len(set(paths))
    assert {"optimizer", "optimizer.momentum", "conv1.out_channels", "layer1.width"} <= set(paths)
    assert "seed" not in paths
    for item in targets(residual):
        text = suggestion(item)
        made = variable(residual, item.path, text)
        assert variable(residual, item.path, tell(item.spec, made)) == made


def test_every_variant_is_checked_and_the_bad_ones_are_named(tiny: Project) -> None:
    conv = next(name for name, node in tiny.network.nodes.items() if node.kind == "Conv2d")
    study = design(tiny, vary(tiny, f"{conv}.groups=1,5", seeds=2))
    assert [item.label for item in study.variants] == [f"{conv}.groups 1"]
    assert conv in study.refused[0].sentence and "5" in study.refused[0].sentence
    assert study.refused[0].sentence.endswith(".")


def test_an_ablation_mutes_where_the_chain_bears_it_and_bypasses_elsewhere() -> None:
    project = edits.connect(small_project(epochs=1), Link("conv1", "add", 0, 2))
    study = design(
        project, Plan("ablation", seeds=2, nodes=("conv2", "relu1", "flatten", "output"))
    )
    assert [item.label for item in study.variants] == [
        "unchanged",
        "conv2 muted",
        "relu1 bypassed",
    ]
    assert [item.label for item in study.refused] == ["flatten", "output"]
    assert "always active" in study.refused[1].sentence
    assert study.trained(study.trials[1]).network.nodes["conv2"].mode == "muted"
    # With each seed all are trained, so that they can be compared.
    assert [trial.variant for trial in study.trials] == [0, 1, 2] * 2


def test_only_ends_cannot_be_taken_out(tiny: Project) -> None:
    output = next(name for name, node in tiny.network.nodes.items() if node.kind == "Output")
    assert refusal(tiny, Plan("ablation", nodes=(output,))) == (
        f"Nothing is left to train; {output}: {output} is where the network begins or ends, so it is "
        "always active."
    )


def test_a_broken_network_is_not_studied(tiny: Project) -> None:
    flat = next(name for name, node in tiny.network.nodes.items() if node.kind == "Flatten")
    broken = edits.remove(tiny, [flat])
    assert refusal(broken, Plan("seeds", seeds=3)).startswith(
        "Nothing is left to train; as drawn: "
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("epoch=3", "There is no parameter 'epoch' in this project; did you mean epochs?"),
        ("learning_rate=1", "did you mean optimizer.learning_rate?"),
        ("nothing=1", "a parameter is named as conv1.out_channels."),
        ("seed=1,2", "The seed is not varied as a parameter"),
        ("batch_size", "is no variable; write it as batch_size=32,64."),
        ("batch_size=", "is no variable"),
        ("batch_size=0,4", "batch_size must be a whole number from 1 to 65,536, not 0."),
        ("batch_size=64..32", "the range from 64 to 32 is empty"),
        ("batch_size=1.5..3", "'1.5' is no whole number"),
        ("epochs=1..1000", "has no end of values; say how many"),
        ("optimizer.learning_rate=0.1..0.2", "has no end of values; say how many"),
        ("optimizer.learning_rate=0..1:log:4", "a logarithmic range begins above 0, not at 0"),
        ("optimizer.learning_rate=0.1..1e9:4", "must be a number from 1e-09 to 100"),
        ("optimizer.learning_rate=nan..1:4", "'nan' is no number"),
        ("optimizer.learning_rate=0.1..1:1", "'1' after the range is neither log nor a number"),
        ("loss=hinges", "loss must be one of"),
        ("loss=a..b", "loss has no range, as it is no number; list its values."),
        ("batch_size=32", "A study of one run is no study"),
        ("optimizer.learning_rate=0.01..1:999", "but a study has at most 2,000"),
    ],
)
def test_a_bad_variable_is_one_sentence(tiny: Project, text: str, sentence: str) -> None:
    with pytest.raises(StudyError) as caught:
        design(tiny, vary(tiny, text, seeds=3 if ":999" in text else 1))
    assert sentence in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


def test_a_plan_without_anything_to_do_is_one_sentence(tiny: Project) -> None:
    size = parse(tiny, "batch_size=8,16")
    for plan, sentence in (
        (Plan("seeds", seeds=0), "must be at least 1, not 0."),
        (Plan("seeds", seeds=1), "A study of one run is no study"),
        (Plan("grid"), "Nothing varies"),
        (Plan("random", variables=(size,), draws=0), "must be at least 1, not 0."),
        (Plan("ablation"), "Nothing is taken out"),
        (Plan("ablation", nodes=("conv9",)), "There is no node 'conv9' in this project."),
        (Plan("grid", variables=(size, size)), "batch_size varies twice"),
    ):
        assert sentence in refusal(tiny, plan)
    last = replace(tiny, recipe=tiny.recipe.changed(seed=2**31 - 2))
    assert "There are no 5 seeds" in refusal(last, Plan("seeds", seeds=5))


def test_every_kind_of_optimizer_can_be_one_of_a_study(tiny: Project) -> None:
    matrices = [kind for kind in OPTIMIZERS if kind != "Muon"]
    study = design(tiny, vary(tiny, f"optimizer={','.join(matrices)}"))
    assert [study.trained(trial).recipe.optimizer.kind() for trial in study.trials] == matrices
