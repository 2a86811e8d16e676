"""`./dev db`: the private PostgreSQL by hand."""

import argparse
import os
import sys

from studio.dev.children import become
from studio.dev.postgres import private_server
from studio.dev.programs import find_programs
from studio.dev.surroundings import has_own_server, say, without_postgres_variables


def run(arguments: list[str]) -> int:
    """Run one of url, start, stop, psql, bin; return the exit code."""
    parser = argparse.ArgumentParser(prog="./dev db", description="The private PostgreSQL.")
    commands = parser.add_subparsers(dest="command", required=True)
    url = commands.add_parser("url", help="print the owner's address, starting the server when it is not running")
    start = commands.add_parser("start", help="start the server")
    for command in (url, start):
        command.add_argument("--tcp", action="store_true", help="listen on 127.0.0.1 too, at a free port")
    commands.add_parser("stop", help="stop the server")
    commands.add_parser("bin", help="print the folder of its client programs")
    commands.add_parser("psql", help="open psql as the owner; what follows is psql's own")
    given, rest = parser.parse_args(arguments[:1]), arguments[1:]
    if given.command != "psql":
        given, rest = parser.parse_args(arguments), []
    match given.command:
        case "bin":
            sys.stdout.write(f"{find_programs()}\n")
        case "psql":
            become([find_programs() / "psql", _url(tcp=False), *rest], without_postgres_variables())
        case "url":
            sys.stdout.write(f"{_url(tcp=given.tcp)}\n")
        case "start":
            _start(tcp=given.tcp)
        case "stop":
            _stop()
    return 0


def _url(*, tcp: bool) -> str:
    if has_own_server():
        return os.environ["DATABASE_URL"]
    server = private_server()
    running = server.start(tcp=tcp)
    return server.tcp_address(running) if tcp else server.address(running)


def _start(*, tcp: bool) -> None:
    if has_own_server():
        say("DATABASE_URL names a server of your own: no private one is started.")
        return
    server = private_server()
    running = server.start(tcp=tcp)
    place = f"127.0.0.1, port {running.port}, and a socket" if running.tcp else "a socket"
    say(f"PostgreSQL is running on {place} in {running.folder}; './dev db url' prints the address.")


def _stop() -> None:
    say("PostgreSQL is stopped." if private_server().stop() else "PostgreSQL was not running.")
