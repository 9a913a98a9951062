"""Curves are read from the event files of other programs, old and new, whole and broken off."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from engine.interop.scalars import ScalarsError, has_event_files, read_scalars


def plain(step: int, **values: float) -> Event:
    """As PyTorch and TensorFlow 1 write scalars."""
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=x) for tag, x in values.items()])
    return Event(step=step, summary=summary)


def typed(step: int, tag: str, value: float) -> Event:
    """As TensorFlow 2, Keras and JAX's writers do it."""
    plugin = SummaryMetadata.PluginData(plugin_name="scalars")
    item = Summary.Value(
        tag=tag, tensor=make_tensor_proto(value), metadata=SummaryMetadata(plugin_data=plugin)
    )
    return Event(step=step, summary=Summary(value=[item]))


def written(folder: Path, *events: Event, suffix: str = "") -> Path:
    writer = EventFileWriter(str(folder), filename_suffix=suffix)
    for event in events:
        writer.add_event(event)
    writer.close()
    return max(folder.glob(f"*tfevents*{suffix}"))


def curves(path: Path) -> dict[str, tuple[list[int], list[float]]]:
    return {tag: (s.tolist(), v.tolist()) for tag, (s, v) in read_scalars(path).items()}


def test_scalars_of_all_generations_are_read(tmp_path: Path) -> None:
    written(tmp_path, plain(1, loss=0.5, accuracy=0.25), typed(1, "rate", 2.0), plain(7, loss=0.25))
    assert curves(tmp_path) == {
        "accuracy": ([1], [0.25]),
        "loss": ([1, 7], [0.5, 0.25]),
        "rate": ([1], [2.0]),
    }


def test_folders_below_come_before_the_tag(tmp_path: Path) -> None:
    written(tmp_path / "train", plain(1, loss=0.5))
    written(tmp_path / "fold 2" / "val", plain(1, loss=1.5))
    assert list(read_scalars(tmp_path)) == ["fold 2/val/loss", "train/loss"]


def test_what_a_resumed_run_has_written_anew_counts(tmp_path: Path) -> None:
    start = SessionLog(status=SessionLog.START)
    written(
        tmp_path,
        Event(step=0, session_log=start),
        *(plain(step, loss=step) for step in range(1, 6)),
        suffix=".1",
    )
    written(tmp_path, Event(step=4, session_log=start), plain(4, loss=-4), suffix=".2")
    assert curves(tmp_path) == {"loss": ([1, 2, 3, 4], [1.0, 2.0, 3.0, -4.0])}


def test_a_file_that_breaks_off_counts_as_far_as_it_goes(tmp_path: Path) -> None:
    path = written(tmp_path, plain(1, loss=0.5), plain(2, loss=0.25))
    path.write_bytes(path.read_bytes()[:-3])
    assert curves(tmp_path) == {"loss": ([1], [0.5])}


def test_a_single_file_is_read_too(tmp_path: Path) -> None:
    path = written(tmp_path, plain(1, loss=0.5))
    assert curves(path) == {"loss": ([1], [0.5])}


def test_a_folder_without_event_files_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    assert not has_event_files(tmp_path)
    with pytest.raises(ScalarsError, match="holds no event files of TensorBoard"):
        read_scalars(tmp_path)
    with pytest.raises(ScalarsError, match="holds no event files of TensorBoard"):
        read_scalars(tmp_path / "missing")


def test_bytes_that_are_no_records_are_no_curves(tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1").write_bytes(bytes(range(256)) * 8)
    assert read_scalars(tmp_path) == {}


def test_no_torch_is_loaded_for_it(tmp_path: Path) -> None:
    written(tmp_path, plain(1, loss=0.5))
    code = (
        "import sys, pathlib; from engine.interop.scalars import read_scalars; "
        "assert 'tensorboard' not in sys.modules; "
        f"assert list(read_scalars(pathlib.Path({str(tmp_path)!r}))) == ['loss']; "
        "assert 'torch' not in sys.modules"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=root, check=True)
