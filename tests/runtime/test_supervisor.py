"""The supervisor of `make run`: it keeps its children alive, and nobody outlives it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts import run

ROOT = Path(__file__).resolve().parents[2]

# Every child writes a line "name pid" when it starts.
SAY = "import os, sys, time; print(sys.argv[1], os.getpid(), file=open(sys.argv[2], 'a', buffering=1)); "
STEADY = SAY + "time.sleep(300)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STEADY
BROKEN = SAY + "sys.exit(3)"
PARENT = (
    f"{SAY}import subprocess; subprocess.run([sys.executable, '-c', {STEADY!r}, 'grandchild', sys.argv[2]])"
)

HARNESS = """
import json, signal, sys
from scripts import run
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests themselves run under nohup
run.LOOK_EVERY, run.BACK_OFF = 0.01, (0.01,)
for name, value in json.loads(sys.argv[3]).items():
    setattr(run, name, value)
code, log = json.loads(sys.argv[1]), sys.argv[2]
commands = {name: [sys.executable, "-c", text, name, log] for name, text in code.items()}
raise SystemExit(run.Supervisor(commands, lambda supervisor: None).run())
"""


class Family:
    """A supervisor with stand-in children, and what they wrote."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self.log = process, log

    def pids(self, name: str) -> list[int]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [int(pid) for child, pid in map(str.split, lines) if child == name]

    def wait_for(self, name: str, *, starts: int = 1) -> int:
        """The pid of the child `name` once it has started `starts` times."""
        wait_until(lambda: len(self.pids(name)) >= starts)
        return self.pids(name)[starts - 1]

    def everybody(self) -> list[int]:
        return [int(line.split()[1]) for line in self.log.read_text().splitlines()]

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def messages(self) -> str:
        return self.process.stderr.read()


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Callable[..., Family]]:
    families: list[Family] = []

    def start(children: dict[str, str], **settings: object) -> Family:
        log = tmp_path / "log"
        arguments = [json.dumps(children), str(log), json.dumps(settings)]
        process = subprocess.Popen(
            [sys.executable, "-c", HARNESS, *arguments], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        families.append(Family(process, log))
        return families[-1]

    yield start
    for one in families:
        one.process.kill()
        one.process.wait()
        one.process.stderr.close()
        for pid in one.everybody() if one.log.exists() else []:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie nobody has collected yet."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return done.stdout.strip()[:1] not in ("", "Z")


def wait_until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


def test_a_killed_child_is_started_again_and_the_others_stay(family):
    one = family({"web": STEADY, "worker": STEADY})
    web, worker = one.wait_for("web"), one.wait_for("worker")

    os.kill(worker, signal.SIGKILL)

    assert one.wait_for("worker", starts=2) != worker
    assert one.end(signal.SIGTERM) == 0
    assert one.pids("web") == [web]
    assert "The worker process died (killed by SIGKILL); starting it again." in one.messages()


def test_a_killed_child_takes_its_own_children_along_before_it_is_started_again(family):
    one = family({"web": PARENT})
    web, grandchild = one.wait_for("web"), one.wait_for("grandchild")

    os.kill(web, signal.SIGKILL)

    one.wait_for("grandchild", starts=2)
    assert not alive(grandchild)


def test_a_child_that_keeps_dying_ends_the_command_with_its_name(family):
    one = family({"web": STEADY, "worker": BROKEN})

    assert one.process.wait(timeout=30) == 1

    assert len(one.pids("worker")) == run.MAX_QUICK_DEATHS
    assert not any(map(alive, one.everybody()))
    messages = one.messages()
    assert "The worker process died 5 times" in messages
    assert "exit code 3" in messages


def test_deaths_of_a_child_that_lived_long_enough_are_not_counted(family):
    one = family({"worker": BROKEN}, QUICK=0)

    one.wait_for("worker", starts=run.MAX_QUICK_DEATHS + 3)

    assert one.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everybody_gently(family, number):
    one = family({"web": PARENT, "worker": STEADY})
    one.wait_for("grandchild")
    one.wait_for("worker")

    assert one.end(number) == 0

    assert not any(map(alive, one.everybody()))
    assert "Stopped." in one.messages()


def test_a_child_that_does_not_end_is_killed_after_the_grace(family):
    one = family({"worker": STUBBORN}, GRACE=0.3)
    one.wait_for("worker")

    assert one.end(signal.SIGTERM) == 0

    assert not any(map(alive, one.everybody()))


def test_asking_twice_ends_at_once(family):
    one = family({"web": STEADY, "worker": STUBBORN}, GRACE=300)
    web = one.wait_for("web")
    worker = one.wait_for("worker")
    one.process.send_signal(signal.SIGINT)
    wait_until(lambda: not alive(web))
    assert alive(worker)

    assert one.end(signal.SIGINT) == 0

    assert not alive(worker)


def watchers() -> list[object]:
    return [pytest.param({"LIBC": None}, id="watching shell")] + (
        [pytest.param({}, id="kernel")] if sys.platform == "linux" else []
    )


@pytest.mark.parametrize("changes", watchers())
def test_nobody_outlives_a_supervisor_that_is_killed(family, changes):
    one = family({"web": STEADY, "worker": STEADY}, **changes)
    one.wait_for("web")
    os.kill(one.wait_for("worker"), signal.SIGKILL)
    one.wait_for("worker", starts=2)

    one.end(signal.SIGKILL)

    wait_until(lambda: not any(map(alive, one.everybody())))


def test_the_watching_shell_ends_with_the_command(family):
    one = family({"web": STEADY}, LIBC=None)
    web = one.wait_for("web")
    everybody = subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True
    ).stdout.splitlines()
    children = [int(pid) for pid, parent in map(str.split, everybody) if int(parent) == one.process.pid]
    assert set(children) > {web}

    assert one.end(signal.SIGTERM) == 0

    assert not any(map(alive, children))


@pytest.mark.parametrize("text", ["", "0", "65536", "eighty", "80.5", "-1", "８０００"])
def test_a_port_that_is_no_port_is_refused(text):
    with pytest.raises(run.CannotStart, match="PORT must be a number"):
        run.read_port(text)


def test_a_port_in_use_is_refused_before_anything_starts(tmp_path):
    with socket.create_server((run.HOST, 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "scripts.run"],
            cwd=ROOT,
            env={**os.environ, "PORT": str(port), "HUIYIN_DATA": str(tmp_path / "data")},
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert done.returncode == 1
    assert f"Port {port} is in use. Choose another: make run PORT={port + 1}" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_data_folder_serves_one_supervisor_at_a_time(tmp_path):
    descriptor = run.lock_data_folder(tmp_path)
    with pytest.raises(run.CannotStart, match="already running"):
        run.lock_data_folder(tmp_path)
    os.close(descriptor)
    os.close(run.lock_data_folder(tmp_path))


def test_the_greeting_waits_for_an_answer_and_tells_the_logins(tmp_path, capsys):
    (tmp_path / "demo-logins.txt").write_text("前台 desk / pass\n", encoding="utf-8")
    supervisor = run.Supervisor({}, lambda _: None)
    with socket.socket() as server:
        server.bind((run.HOST, 0))
        port = server.getsockname()[1]
        greeting = run.Greeting(port, tmp_path)
        greeting(supervisor)
        assert capsys.readouterr().out == ""

    with answering_server(b"HTTP/1.1 302 Found\r\nConnection: close\r\n\r\n") as port:
        greeting.port = port
        greeting(supervisor)
        greeting(supervisor)
    said = capsys.readouterr().out
    assert said.count(f"http://127.0.0.1:{port}/") == 1
    assert "前台 desk / pass" in said


def test_a_failing_web_server_is_not_ready():
    with answering_server(b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n") as port:
        assert not run.answers(port)
    with answering_server(b"") as port:
        assert not run.answers(port)


class answering_server:
    """A server that gives every connection the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def __enter__(self) -> int:
        self.server = socket.create_server((run.HOST, 0))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self.server.getsockname()[1]

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(self.answer)

    def __exit__(self, *_: object) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()
