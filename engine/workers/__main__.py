"""The entry of a worker's process: `python -m engine.workers trainer|lab|study ADDRESS`, or `rank RUN`."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys

from engine.workers import lab, rank, study, trainer
from engine.workers.channel import Server


def main(arguments: list[str]) -> int:
    """Serve as the named worker until its work is done; the exit code."""
    if len(arguments) != 2 or arguments[0] not in ("trainer", "lab", "study", "rank"):
        sys.stderr.write("usage: python -m engine.workers trainer|lab|study ADDRESS | rank RUN\n")
        return 2
    role, address = arguments
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if role == "rank":
        return rank.serve(address)
    server = Server(address)
    try:
        if role == "trainer":
            return trainer.serve(server)
        if role == "study":
            return study.serve(server)
        if hasattr(os, "nice"):
            os.nice(10)
        return lab.serve(server)
    finally:
        server.close()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written and closed; taking torch down piece by piece would last a second.
    os._exit(code)
