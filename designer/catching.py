"""Nothing ends the window silently: what goes wrong is logged, and said in the window."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from engine.data.home import home

log = logging.getLogger("convoscope")


def catch_qt() -> None:
    """Log Qt's messages, without what the offscreen plugin says of every window."""
    qInstallMessageHandler(_log_qt)


def catch_everything(say: Callable[[str], None]) -> None:
    """Log every error to the user's data folder and to stderr, and hand a sentence about it to `say`."""
    folder = home()
    folder.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        handlers=[
            logging.FileHandler(folder / "designer.log", encoding="utf-8"),
            logging.StreamHandler(),
        ],
    )
    faulthandler.enable()

    def caught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        log.error("".join(traceback.format_exception(kind, error, trace)))
        if threading.current_thread() is threading.main_thread():
            say(f"Something went wrong inside Convoscope: {error}; the log in {folder} has more.")

    sys.excepthook = caught
    threading.excepthook = lambda args: caught(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if message.startswith("This plugin does not support"):
        return
    quiet = (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
    log.log(logging.INFO if kind in quiet else logging.WARNING, "Qt: %s", message)
