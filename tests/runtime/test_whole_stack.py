"""The real web server, worker and beat under the real supervisor, with a database of their own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kombu import Connection

from config.celery import app
from config.file_broker import Transport

ROOT = Path(__file__).resolve().parents[2]


class Stack:
    """A running `make run` without its set-up."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.log = folder / "log"
        self.process: subprocess.Popen | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        names = ("DATABASE_URL", "REDIS_URL", "HUIYIN_HTTPS", "ALLOWED_HOSTS", "LOG_LEVEL")
        self.environment = {key: value for key, value in os.environ.items() if key not in names}
        self.environment |= {"HUIYIN_DATA": str(self.data), "PORT": str(self.port)}

    def migrate(self) -> None:
        migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=self.environment, check=True, timeout=120)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scripts.run"],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
        )

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def children(self) -> dict[str, int]:
        """The pid of each child by name."""
        # Without -ww, ps cuts each line at 80 columns, and a long path to the checkout hides the name.
        lines = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True).stdout
        found = {}
        for line in lines.splitlines():
            pid, parent, command = line.split(None, 2)
            if int(parent) == self.process.pid:
                name = re.search(r"gunicorn|worker|beat", command)
                found[name[0] if name else command] = int(pid)
        return found

    def waiting_messages(self) -> list[str]:
        return [path.name for path in (self.data / "queue").rglob("*.msg")]

    def send(self, task: str) -> None:
        options = {"folder": str(self.data / "queue")}
        with Connection(transport=Transport, transport_options=options) as connection:
            app.send_task(task, connection=connection)

    def wait_until(self, condition: Callable[[], bool], *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not in time; it said:\n{self.said()}"
            assert self.process.poll() in (None, -signal.SIGKILL), f"it ended; it said:\n{self.said()}"
            time.sleep(0.05)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    one = Stack(tmp_path)
    yield one
    if one.process and one.process.poll() is None:
        one.process.terminate()
        one.process.wait(timeout=60)


def test_everything_starts_works_survives_a_kill_and_ends(stack):
    stack.migrate()
    stack.start()
    stack.wait_until(lambda: "Huiyin is ready" in stack.said())
    before = stack.children()
    assert before.keys() == {"gunicorn", "worker", "beat"}

    os.kill(before["worker"], signal.SIGKILL)
    for task in {entry["task"] for entry in app.conf.beat_schedule.values()}:
        stack.send(task)
    assert stack.waiting_messages()
    stack.wait_until(lambda: stack.waiting_messages() == [])

    after = stack.children()
    assert after["worker"] != before["worker"]
    assert after["gunicorn"] == before["gunicorn"]
    stack.process.send_signal(signal.SIGINT)
    assert stack.process.wait(timeout=60) == 0
    said = stack.said()
    assert said.count("Huiyin is ready") == 1
    assert f"http://127.0.0.1:{stack.port}/" in said
    assert "Traceback" not in said
    assert "ERROR" not in said


def test_nothing_outlives_a_killed_supervisor(stack):
    stack.start()
    stack.wait_until(lambda: "Huiyin is ready" in stack.said())
    children = stack.children()
    assert children.keys() == {"gunicorn", "worker", "beat"}

    stack.process.kill()
    stack.process.wait()

    def gone() -> bool:
        states = [
            subprocess.run(
                ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True
            ).stdout.strip()
            for pid in children.values()
        ]
        with socket.socket() as probe:
            refused = probe.connect_ex(("127.0.0.1", stack.port)) != 0
        return refused and all(state[:1] in ("", "Z") for state in states)

    stack.wait_until(gone)
