"""An event file of TensorBoard under our own types: the only place that knows its protocol buffers."""

from __future__ import annotations

import io
import os
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tensorboard.compat.proto import (  # pyright: ignore[reportMissingTypeStubs]
    event_pb2,
    graph_pb2,
    summary_pb2,
)
from tensorboard.plugins.hparams import (  # pyright: ignore[reportMissingTypeStubs]
    api_pb2,
    metadata,
    plugin_data_pb2,
)
from tensorboard.summary.writer.record_writer import (  # pyright: ignore[reportMissingTypeStubs]
    RecordWriter,
)
from torch.utils.tensorboard import summary

_events, _graphs, _summaries = (cast(Any, item) for item in (event_pb2, graph_pb2, summary_pb2))
_plans, _plugins = (cast(Any, item) for item in (api_pb2, plugin_data_pb2))

_MARK = "*tfevents*"
_VERSION = "brain.Event:2"
_BINS = 64


@dataclass(frozen=True)
class GraphNode:
    """An operation: its name, with a slash after each box that it lies in, and those of its inputs."""

    name: str
    kind: str
    inputs: tuple[str, ...]


class EventFile:
    """Writes one event file. Each method may raise `OSError`, also for what was written before.

    torch's `SummaryWriter` would do, but for its thread, which is woken for every value.
    """

    def __init__(self, folder: Path, after: int | None) -> None:
        """A new file in a folder, which goes on `after` that step with what others there have told.

        None: from nothing. Whatever they told of later steps is void.
        """
        _await_turn(folder)
        folder.mkdir(parents=True, exist_ok=True)
        where = f"{socket.gethostname()}.{os.getpid()}.0"
        self._file = (folder / f"events.out.tfevents.{int(time.time()):010d}.{where}").open("ab")
        self._records: Any = RecordWriter(self._file)
        self._tell(0, file_version=_VERSION)
        # TensorBoard heeds the second mark of a beginning and those that follow, so there is always one.
        first = 0 if after is None else after + 1
        mark = _events.SessionLog(status=_events.SessionLog.START)
        self._tell(first, session_log=mark)
        self._file.flush()

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Add a point to each of some curves, by their tags."""
        kind = _summaries.Summary.Value
        self._add(step, *(kind(tag=tag, simple_value=value) for tag, value in values.items()))

    def histogram(self, tag: str, values: NDArray[np.float64], step: int) -> None:
        """Add a histogram of finite values (n,)."""
        counts, limits = np.histogram(values, _BINS)
        found = _summaries.HistogramProto(
            min=float(values.min()),
            max=float(values.max()),
            num=len(values),
            sum=float(values.sum()),
            sum_squares=float(np.square(values).sum()),
            bucket_limit=limits[1:].tolist(),
            bucket=counts.tolist(),
        )
        self._add(step, _summaries.Summary.Value(tag=tag, histo=found))

    def image(self, tag: str, pixels: NDArray[np.uint8], step: int) -> None:
        """Add a picture (height, width, 1 or 3)."""
        height, width, channels = pixels.shape
        drawn = io.BytesIO()
        Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels).save(drawn, "PNG")
        picture = _summaries.Summary.Image(
            height=height,
            width=width,
            colorspace=channels,
            encoded_image_string=drawn.getvalue(),
        )
        self._add(step, _summaries.Summary.Value(tag=tag, image=picture))

    def graph(self, nodes: Iterable[GraphNode]) -> None:
        """Add a graph."""
        graph = _graphs.GraphDef()
        for node in nodes:
            graph.node.add(name=node.name, op=node.kind, input=node.inputs)
        self._tell(0, graph_def=graph.SerializeToString())

    def plan(self, values: Mapping[str, float | str], metrics: Iterable[str]) -> None:
        """Tell the HParams page what was chosen, and which curves are the measure of it."""
        known = cast(Any, summary).hparams(dict(values), dict.fromkeys(metrics, 0.0))
        for told in known[:2]:
            self._tell(0, summary=told)

    def end(self, step: int, *, failed: bool) -> None:
        """Tell the HParams page that it is over, and how."""
        status = _plans.STATUS_FAILURE if failed else _plans.STATUS_SUCCESS
        content = _plugins.HParamsPluginData(
            session_end_info=_plugins.SessionEndInfo(status=status),
            version=metadata.PLUGIN_DATA_VERSION,
        )
        kind = _summaries.SummaryMetadata
        plugin = kind.PluginData(
            plugin_name=metadata.PLUGIN_NAME, content=content.SerializeToString()
        )
        value = _summaries.Summary.Value(
            tag=metadata.SESSION_END_INFO_TAG, metadata=kind(plugin_data=plugin)
        )
        self._add(step, value)

    def flush(self) -> None:
        """Let others read everything."""
        self._file.flush()

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def _add(self, step: int, *values: Any) -> None:
        self._tell(step, summary=_summaries.Summary(value=values))

    def _tell(self, step: int, **what: Any) -> None:
        event = _events.Event(wall_time=time.time(), step=step, **what)
        self._records.write(event.SerializeToString())


def has_event_file(folder: Path) -> bool:
    """Whether there is one in a folder."""
    return any(folder.glob(_MARK))


def _await_turn(folder: Path) -> None:
    """Let the second pass in which another file of the folder was begun.

    TensorBoard reads files in the order of their names, which say no more of their beginning than its
    second; the process and a count that follow are no order.
    """
    while any(folder.glob(f"{_MARK}.{int(time.time()):010d}.*")):
        time.sleep(0.05)
