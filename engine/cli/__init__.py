"""The command line: one file per sub-command, listed once in `COMMANDS`.

A command's file has `HELP` (one line), `EXAMPLES`, `configure(parser)` and `run(arguments, window)`
returning the exit code. Nothing heavy is imported before a command runs, and Qt never: what needs
the designer goes through the `Window` that `main.py` hands in.
"""

COMMANDS = (
    "summary",
    "check",
    "compare",
    "train",
    "study",
    "rate-test",
    "runs",
    "export",
    "jobs",
    "layers",
    "datasets",
    "screenshot",
    "bench",
)
