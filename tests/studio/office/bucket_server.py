"""A real S3 server for one test: seaweedfs on loopback, on ports below those that outgoing connections take."""

import json
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

ACCESS_KEY, SECRET_KEY = "studio", "only-for-tests"
PATIENCE = 60
APART = 10000  # each port has a second one so far above it
WEED = Path(sys.executable).with_name("weed")


def free_port(taken):
    """A port that is free together with its second one."""
    for port in range(20100, 22700):
        if port in taken:
            continue
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + APART))
            except OSError:
                continue
            return port
    raise RuntimeError("There is no free port.")


@contextmanager
def running(folder: Path):
    """Start the server, give its address, and end it."""
    people = {
        "identities": [
            {
                "name": "studio",
                "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
                "actions": ["Admin", "Read", "Write", "List"],
            }
        ]
    }
    (folder / "s3.json").write_text(json.dumps(people))
    ports = []
    for _name in ("master", "volume", "filer", "s3"):
        ports.append(free_port(ports))
    master, volume, filer, s3 = ports
    command = [
        str(WEED),
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-volume.max=5",
        f"-master.port={master}",
        f"-volume.port={volume}",
        f"-filer.port={filer}",
        "-s3",
        f"-s3.port={s3}",
        f"-s3.config={folder / 's3.json'}",
        "-s3.port.iceberg=0",
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            _wait_for(s3, server, folder / "log")
            yield f"http://127.0.0.1:{s3}"
        finally:
            server.kill()  # it takes its time when asked
            server.wait(PATIENCE)
            shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port, server, log):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"The server did not start: {log.read_text(errors='replace')[-2000:]}")
