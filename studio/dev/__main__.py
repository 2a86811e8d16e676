"""The commands of ./dev."""

import signal
import sys
from importlib import import_module

from studio.dev.children import become_manage
from studio.dev.surroundings import CannotGoOn, say

USAGE = """\
./dev demo [--no-serve] [--port N]   two demonstration studios, served; from a bare clone
./dev test [pytest arguments]        everything that must pass before a commit; with arguments pytest alone
./dev manage COMMAND ...             a management command
./dev db url|start|stop|psql|bin     the private PostgreSQL
./dev bench [NAME] [--json]          the benchmarks
DATABASE_URL in the environment names a server of your own; then no private one is started."""
COMMANDS = {
    "demo": "studio.dev.demo",
    "test": "studio.dev.gate",
    "db": "studio.dev.database",
    "bench": "studio.dev.bench",
}


def main(arguments: list[str]) -> int:
    """Run the command named first and return the exit code."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever asks to end: what was started is stopped
    try:
        if name == "manage":
            become_manage(rest)
        if name in COMMANDS:
            return int(import_module(COMMANDS[name]).run(rest))
    except CannotGoOn as reason:
        say(str(reason))
        return 1
    except KeyboardInterrupt:
        return 130
    say(USAGE)
    return 0 if name in {"help", "--help", "-h"} else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
