"""`runs`: what was trained, what came of it, and what is said of it."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.cli.console import InputError, Window, add_json, console, count, show_json

if TYPE_CHECKING:
    from engine.training.about import About
    from engine.training.rundir import RunDirectory
    from engine.training.summary import Summary

HELP = "List the runs there are; show, name, note, tag or delete one."
EXAMPLES = """\
  convoscope runs
  convoscope runs --tag baseline --sort val_accuracy
  convoscope runs show 20260314-101500-lenet-5
  convoscope runs name runs/first "Wider, with dropout"
  convoscope runs tag runs/first baseline paper
  convoscope runs delete runs/first --yes

RUN is a run's folder, or its name in the user's folder of runs. Options stand before the action.
exit code: 0, or 2 when there is no such run, or it cannot be changed."""

SORTS = {
    "created": True,
    "name": False,
    "status": False,
    "epochs_done": True,
    "val_loss": False,
    "best_loss": False,
    "val_accuracy": True,
    "best_accuracy": True,
    "test_accuracy": True,
    "parameters": False,
}
"""What the list may be sorted by, and whether the largest comes first; what is not known comes last."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sort", choices=SORTS, default="created", help="the best or newest first")
    parser.add_argument("--tag", metavar="TAG", help="only runs with this tag")
    add_json(parser)
    actions = parser.add_subparsers(metavar="ACTION", parser_class=type(parser))
    show = _action(actions, "show", "say everything that is known of one run", _show)
    # Not as its default, which would take back what stands before the action.
    show.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    name = _action(actions, "name", "give a run a name", _name)
    name.add_argument("text", metavar="NAME", help="empty: that of its network")
    note = _action(actions, "note", "write down what there is to say of a run", _note)
    note.add_argument("text", metavar="NOTE", help="empty: none")
    tag = _action(actions, "tag", "give a run tags", _tag)
    tag.add_argument("tags", metavar="TAG", nargs="+")
    tag.add_argument("--remove", action="store_true", help="take these tags away instead")
    delete = _action(actions, "delete", "delete a run's folder, weights and all", _delete)
    delete.add_argument("--yes", action="store_true", help="do not ask")


def _action(actions: Any, name: str, text: str, do: Callable[..., int]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    parser.add_argument("run", metavar="RUN", help="its folder, or its name in the folder of runs")
    parser.set_defaults(do=do)
    return parser


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Print the list, or do what is asked with one run."""
    from engine.training.rundir import RunError

    try:
        if hasattr(arguments, "do"):
            return arguments.do(arguments)
        return _list(arguments)
    except RunError as error:
        raise InputError(str(error)) from None


def _list(arguments: argparse.Namespace) -> int:
    from engine.training.rundir import runs_folder
    from engine.training.runlist import RunList

    known = RunList()
    for _ in known.look():
        pass
    known.save()
    found = known.summaries
    if arguments.tag is not None:
        found = [item for item in found if arguments.tag in item.about.tags]
    found = _sorted(found, arguments.sort)
    if arguments.json:
        show_json([facts(item) for item in found])
    elif found:
        _print(found)
    else:
        with_tag = f" with the tag {arguments.tag}" if arguments.tag is not None else ""
        console().print(f"There is no run{with_tag} in {runs_folder()}.", soft_wrap=True)
    return 0


def _sorted(found: list[Summary], what: str) -> list[Summary]:
    known = [item for item in found if getattr(item, what) is not None]
    rest = [item for item in found if getattr(item, what) is None]
    return sorted(known, key=lambda item: getattr(item, what), reverse=SORTS[what]) + rest


def facts(item: Summary) -> dict[str, Any]:
    """A summary for programs: times in seconds since 1970, accuracies as parts of 1."""
    hidden = ("path", "about", "status", "pid", "host", "heard")
    return {
        "path": str(item.path),
        "name": item.name,
        "note": item.about.note,
        "tags": list(item.about.tags),
        "status": status_of(item),
        **{name: value for name, value in vars(item).items() if name not in hidden},
        "seconds": item.seconds,
    }


def _print(found: list[Summary]) -> None:
    from rich.table import Table

    screen = console()
    table = Table()
    for heading in ("run", "name", "status", "data", "optimiser"):
        table.add_column(heading, no_wrap=True)
    for heading in ("epochs", "val loss", "val acc", "test acc", "parameters"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("tags")
    for item in found:
        table.add_row(
            item.path.name,
            item.name,
            status_of(item),
            item.data,
            f"{item.optimizer} {item.learning_rate:g}" if item.learning_rate is not None else "",
            f"{item.epochs_done}/{item.epochs}",
            _loss(item.val_loss),
            _part(item.val_accuracy),
            _part(item.test_accuracy),
            count(item.parameters) if item.parameters is not None else "",
            ", ".join(item.about.tags),
        )
    # In full, however narrow the terminal: a number that is cut short is a wrong one.
    whole = screen.measure(table, options=screen.options.update(width=10_000)).maximum
    screen.width = max(screen.width, whole)
    screen.print(table)
    for item in found:
        if item.trouble:
            screen.print(f"{item.path.name}: {item.trouble}", soft_wrap=True)


def status_of(item: Summary) -> str:
    """How a run stands; `silent` where it claims to go on and is not heard of."""
    from engine.workers.watch import goes_on

    return "silent" if item.live and not goes_on(item) else item.status


def _show(arguments: argparse.Namespace) -> int:
    from engine.cli.figures import figures, show_figures
    from engine.network.storage import StorageError
    from engine.training.events import EventError
    from engine.training.rundir import RunError
    from engine.training.runlist import find

    item = _summary(arguments)
    run = find(arguments.run)
    if arguments.json:
        told = facts(item)
        try:
            told |= figures(run)
        except (EventError, RunError, StorageError) as error:
            told["trouble"] = told["trouble"] or str(error)
        show_json(told)
        return 0
    screen = console()
    began = datetime.fromtimestamp(item.created) if item.created else None
    seconds = item.seconds
    rows = {
        "name": item.name,
        "note": item.about.note,
        "tags": ", ".join(item.about.tags),
        "folder": str(item.path),
        "status": status_of(item),
        "begun": f"{began:%Y-%m-%d %H:%M:%S}" if began else "",
        "took": str(timedelta(seconds=round(seconds))) if seconds is not None else "",
        "epochs": f"{item.epochs_done} of {item.epochs}, {count(item.step)} steps",
        "validation": _both(item.val_loss, item.val_accuracy),
        "best": _both(item.best_loss, item.best_accuracy),
        "test": _both(item.test_loss, item.test_accuracy),
        "parameters": count(item.parameters) if item.parameters is not None else "",
        "data": item.data,
        "optimiser": item.optimizer,
        "rate": f"{item.learning_rate:g}" if item.learning_rate is not None else "",
        "batch": f"{item.batch_size}" if item.batch_size is not None else "",
        "seed": str(item.seed),
        "device": item.device,
        "from": f"{item.parent}, step {count(item.parent_step)}" if item.parent else "",
        "message": item.message,
        "trouble": item.trouble,
    }
    for name, text in rows.items():
        if text:
            screen.print(f"{name:<12}{text}", soft_wrap=True)
    try:
        show_figures(run)
    except (EventError, RunError, StorageError) as error:
        if not item.trouble:
            screen.print(f"{'trouble':<12}{error}", soft_wrap=True, markup=False)
    return 0


def _both(loss: float | None, accuracy: float | None) -> str:
    parts = (f"loss {_loss(loss)}" * (loss is not None), _part(accuracy))
    return ", ".join(filter(None, parts))


def _loss(value: float | None) -> str:
    return f"{value:.4f}" if value is not None else ""


def _part(value: float | None) -> str:
    return f"{value:.2%}" if value is not None else ""


def _summary(arguments: argparse.Namespace) -> Summary:
    from engine.training.runlist import find
    from engine.training.summary import Reading

    reading = Reading(find(arguments.run).path)
    reading.look()
    return reading.summary


def _name(arguments: argparse.Namespace) -> int:
    return _say(arguments, name=arguments.text)


def _note(arguments: argparse.Namespace) -> int:
    return _say(arguments, note=arguments.text)


def _tag(arguments: argparse.Namespace) -> int:
    _, about = _about(arguments)
    kept = tuple(tag for tag in about.tags if tag not in arguments.tags)
    return _say(arguments, tags=kept if arguments.remove else (*about.tags, *arguments.tags))


def _say(arguments: argparse.Namespace, **changes: Any) -> int:
    from engine.training.about import change_about

    directory, _ = _about(arguments)
    about = change_about(directory, **changes)
    parts = [about.name, about.note, " ".join(f"#{tag}" for tag in about.tags)]
    said = " · ".join(filter(None, parts)) or "no name, note or tag"
    console().print(f"{directory.path.name}: {said}", soft_wrap=True)
    return 0


def _about(arguments: argparse.Namespace) -> tuple[RunDirectory, About]:
    from engine.training.about import read_about
    from engine.training.runlist import find

    directory = find(arguments.run)
    return directory, read_about(directory)


def _delete(arguments: argparse.Namespace) -> int:
    from engine.network.storage import reason
    from engine.training.runlist import forget
    from engine.workers.watch import goes_on

    item = _summary(arguments)
    if goes_on(item):
        raise InputError(f"{item.path} goes on; stop it before you delete it.")
    if not arguments.yes:
        if not sys.stdin.isatty():
            raise InputError(f"{item.path} is not deleted unasked; add --yes.")
        answer = input(f"Delete {item.path}, with its weights? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            return 1
    try:
        shutil.rmtree(item.path)
    except OSError as error:
        raise InputError(f"{item.path} cannot be deleted whole: {reason(error)}.") from None
    forget(item.path)
    console().print(f"deleted {item.path}", soft_wrap=True)
    return 0
