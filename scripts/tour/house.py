"""A fresh demonstration organization, and the whole product serving it."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts import ROOT, data_folder
from scripts.run import HOST, READY_WITHIN, answers
from scripts.tour import TourError

# The tour never touches what an installation has in its own database, broker or settings.
_NOT_OURS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "ALLOWED_HOSTS", "HUIYIN_HTTPS", "DEBUG")


@dataclass(frozen=True)
class House:
    """Where the organization is served, and the password of all its logins."""

    address: str
    password: str


def work_folder() -> Path:
    """An empty folder for data, logs and pictures that are not finished yet."""
    path = data_folder() / "tour"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def load(data: Path) -> str:
    """Make a data folder with the demonstration organization; returns the password of its logins."""
    password = secrets.token_hex(8)
    data.mkdir()
    _manage(data, "migrate", "--no-input", "--verbosity", "0")
    _manage(data, "load_demo", "--password", password)
    return password


def _manage(data: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=_environment(data), capture_output=True
    )
    if done.returncode:
        raise TourError(f"manage.py {arguments[0]} failed:\n{done.stderr.decode()}")


def _environment(data: Path, **further: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    return {**ours, "HUIYIN_DATA": str(data), **further}


@contextmanager
def served(data: Path, password: str) -> Iterator[House]:
    """Web, worker and beat on a free port, as `make run` starts them, until the end of the block."""
    port = _free_port()
    log = data.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.run"],
            cwd=ROOT,
            env=_environment(data, PORT=str(port)),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C ends the tour, and the tour ends the server
        )
    try:
        _wait_for(process, port, log)
        yield House(f"http://{HOST}:{port}", password)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise TourError(f"The server did not start; {log} says why.")
        time.sleep(0.2)
