"""The process of a study: it waits for one, has its runs trained, and ends with it.

It loads no torch; the runs have trainers of their own. Clients are served as a trainer serves them.
"""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from types import FrameType

from engine.studies.errors import StudyError
from engine.studies.folder import StudyDirectory
from engine.training.rundir import RunDirectory
from engine.workers.channel import Server
from engine.workers.conductor import Conductor
from engine.workers.messages import Message, Refused, Start
from engine.workers.trainer import Trainer

GLANCE = 0.1
"""Seconds between two looks at the runs."""


class StudyServer(Trainer):
    """Serves clients; the folder of the study stands where a trainer has its run's."""

    conductor: Conductor | None = None

    def _start(self, message: Start) -> Message | None:
        with self._changed:
            if self._run is not None:
                sentence = f"This process trains {self._run.path} already; start another one."
                return Refused(sentence, number=message.number)
            try:
                folder = StudyDirectory.open(Path(message.run))
                self.conductor = Conductor(folder, self._server.address)
            except StudyError as error:
                return Refused(str(error), number=message.number)
            self._run = RunDirectory(folder.path)
            self._changed.notify_all()
            return self._state()


def serve(server: Server) -> int:
    """Wait for a study, train it and end; the process's exit code."""
    study = StudyServer(server)
    threading.Thread(target=study.admit, daemon=True).start()
    study.announce_ready()
    if study.wait() is None or study.conductor is None:
        return 0

    def end(number: int, frame: FrameType | None) -> None:
        study.control.stop()

    signal.signal(signal.SIGTERM, end)
    obey(study.conductor, study)
    return 0


def obey(conductor: Conductor, study: StudyServer) -> None:
    """Conduct to the end, as the clients wish."""
    paused = False
    while not conductor.done:
        if study.control.stopped:
            conductor.stop()
        elif study.control.paused != paused:
            paused = study.control.paused
            (conductor.pause if paused else conductor.resume)()
        conductor.look()
        time.sleep(GLANCE)
