"""Run web, worker and beat in the foreground of one command: `.venv/bin/python -m scripts.run`.

A plain process without Django, so that watching costs little memory. A child that dies is started again; one
that keeps dying ends everything with a message. Ctrl-C and SIGTERM end the children gently and wait for
running tasks; however this process dies, its children do not outlive it.

Environment: PORT (8000), HUIYIN_DATA (var/), LOG_LEVEL (WARNING here), and what config/settings.py reads.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scripts import DEMO_LOGINS, ROOT, data_folder, let_children_find_libraries

HOST = "127.0.0.1"
LOOK_EVERY = 0.2  # seconds between two looks at the children
QUICK = 10.0  # a child that lived shorter than this has died quickly
MAX_QUICK_DEATHS = 5  # in a row; then the command gives up
BACK_OFF = (0.5, 1.0, 2.0, 4.0)  # seconds before the 1st, 2nd ... quick restart
GRACE = 30.0  # seconds a child has to finish its tasks after SIGTERM
READY_WITHIN = 120.0  # seconds the web server has to answer for the first time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class CannotStart(Exception):
    """Nothing was started; the text says why."""


@dataclass
class Child:
    """One process to keep alive, the leader of its own process group."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0
    start_at: float = 0.0  # on the monotonic clock, like `started`

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def commands(port: int, data: Path) -> dict[str, list[str]]:
    """The three processes, in the order in which they are started."""
    python = sys.executable
    level = os.environ["LOG_LEVEL"]
    celery = [python, "-m", "celery", "--app", "config", "--quiet"]
    return {
        "web": [
            *(python, "-m", "gunicorn", "config.wsgi:application", "--bind", f"{HOST}:{port}"),
            *("--worker-class", "gthread", "--workers", "1", "--threads", "4", "--timeout", "60"),
            *("--graceful-timeout", "10", "--no-control-socket", "--log-level", level.lower()),
        ],
        # Threads: one process instead of three. The three --without options serve clusters of workers.
        "worker": [
            *(*celery, "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", level),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        # Its own process: inside the worker (-B) it outlives a killed worker, and every tick comes twice.
        "beat": [
            *(*celery, "beat", "--pidfile=", "--loglevel", level),
            *("--schedule", str(data / "celerybeat-schedule")),
        ],
    }


class Supervisor:
    """Keeps the children alive until it is told to stop or one of them cannot be kept alive."""

    def __init__(self, commands: Mapping[str, list[str]], on_tick: Callable[[Supervisor], None]) -> None:
        self.children = [Child(name, command) for name, command in commands.items()]
        self.on_tick = on_tick
        self.signals = 0
        self.failure = ""
        self.watcher = None if LIBC else Watcher()

    def stop(self, *_: object) -> None:
        """Ask for the end; asking again ends the children without grace. Also the signal handler."""
        self.signals += 1

    def run(self) -> int:
        """Returns the exit code: 0 after a signal, 1 after giving up."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
                signal.signal(number, self.stop)
        try:
            while not self.signals and not self.failure:
                for child in self.children:
                    self.look_after(child)
                self.on_tick(self)
                time.sleep(LOOK_EVERY)
        finally:
            self.end_all()
        if self.failure:
            say(self.failure)
            return 1
        say("Stopped.")
        return 0

    def look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                self.start(child)
            return
        status = child.process.poll()
        if status is None:
            return
        kill_group(child.process, signal.SIGKILL)  # its own children must free the port before the next start
        child.process = None
        lived = now - child.started
        child.quick_deaths = child.quick_deaths + 1 if lived < QUICK else 0
        if child.quick_deaths >= MAX_QUICK_DEATHS:
            self.failure = (
                f"The {child.name} process died {MAX_QUICK_DEATHS} times within {QUICK:.0f} seconds of its "
                f"start ({describe(status)}). Giving up; its messages above say why. The command was:\n"
                f"    {' '.join(child.command)}"
            )
            return
        wait = BACK_OFF[min(child.quick_deaths, len(BACK_OFF)) - 1] if child.quick_deaths else 0.0
        child.start_at = now + wait
        say(f"The {child.name} process died ({describe(status)}); starting it again.")

    def start(self, child: Child) -> None:
        child.started = time.monotonic()
        child.process = subprocess.Popen(
            child.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # the terminal's Ctrl-C comes to the supervisor alone
            preexec_fn=partial(die_with, os.getpid()) if LIBC else None,
        )
        if self.watcher is not None:
            self.watcher.watch([child.process.pid for child in self.children if child.process is not None])

    def end_all(self) -> None:
        """SIGTERM to all, beat first so that nothing new is begun; SIGKILL to what outstays the grace."""
        asked = self.signals
        for child in reversed(self.children):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + GRACE
        told = False
        while any(child.running for child in self.children) and time.monotonic() < deadline:
            if self.signals > asked:
                break
            if not told and time.monotonic() > deadline - GRACE + 5:
                told = True
                busy = ", ".join(child.name for child in self.children if child.running)
                say(f"Waiting for running work to finish ({busy}); Ctrl-C again ends it at once.")
            time.sleep(0.05)
        for child in self.children:
            if child.process is not None:
                kill_group(child.process, signal.SIGKILL)
                child.process.wait()
        if self.watcher is not None:
            self.watcher.dismiss()


class Watcher:
    """Ends the children when the supervisor is killed, where the kernel cannot be asked to (macOS).

    A shell that reads from a pipe, each line the children's process groups at that moment: when the
    supervisor is gone, the pipe ends, and the groups of the last line are told to end, too.
    """

    SCRIPT = (
        "while read -r line; do groups=$line; done; "
        "for group in $groups; do kill -TERM -$group; done; "
        '[ -z "$groups" ] || sleep 10; '
        "for group in $groups; do kill -KILL -$group; done"
    )

    def __init__(self) -> None:
        self.shell = subprocess.Popen(
            ["/bin/sh", "-c", self.SCRIPT],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, groups: list[int]) -> None:
        assert self.shell.stdin is not None
        try:
            self.shell.stdin.write(" ".join(map(str, groups)).encode() + b"\n")
            self.shell.stdin.flush()
        except BrokenPipeError:
            pass  # somebody killed the watcher; the children are fine

    def dismiss(self) -> None:
        self.watch([])
        self.shell.communicate()


class Greeting:
    """Says once that everything is ready: the address and the demonstration logins."""

    def __init__(self, port: int, data: Path) -> None:
        self.port, self.data = port, data
        self.done = False
        self.deadline = time.monotonic() + READY_WITHIN

    def __call__(self, supervisor: Supervisor) -> None:
        if self.done or not all(child.running for child in supervisor.children):
            return
        if not answers(self.port):
            if time.monotonic() > self.deadline:
                supervisor.failure = f"The web server did not answer within {READY_WITHIN:.0f} seconds."
            return
        self.done = True
        lines = [f"Huiyin is ready: http://{HOST}:{self.port}/", "Ctrl-C ends it."]
        try:
            lines.insert(1, (self.data / DEMO_LOGINS).read_text(encoding="utf-8").rstrip())
        except FileNotFoundError:
            pass
        print("\n" + "\n".join(lines) + "\n", flush=True)


def die_with(supervisor: int) -> None:
    """In the child, before exec: ask Linux for SIGTERM when the supervisor dies, even by kill -9."""
    assert LIBC is not None
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != supervisor:  # it died before the request was made
        os._exit(1)


def kill_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        pass


def describe(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    return f"killed by {signal.Signals(-status).name}"


def answers(port: int) -> bool:
    """Whether the web server answers a request with something that is not its own failure."""
    request = f"GET / HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((HOST, port), timeout=5) as connection:
            connection.sendall(request.encode())
            status = connection.makefile("rb").readline().split()
    except OSError:
        return False
    return len(status) >= 2 and status[1].isdigit() and int(status[1]) < 500


def read_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {text!r}.")
    port = int(text)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EACCES:
                raise CannotStart(
                    f"Only root may use port {port}. Choose another: make run PORT=8001"
                ) from error
            raise CannotStart(f"Port {port} is in use. Choose another: make run PORT={port + 1}") from error
    return port


def lock_data_folder(data: Path) -> int:
    """Let one supervisor at a time use a data folder; returns the descriptor that holds the lock."""
    data.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(f"Huiyin is already running with the data folder {data}.") from error
    return descriptor


def say(text: str) -> None:
    print(f"huiyin: {text}", file=sys.stderr, flush=True)


def main() -> int:
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ.setdefault("PYTHONUNBUFFERED", "1")  # so that a log file is complete at any moment
    let_children_find_libraries()
    data = data_folder()
    try:
        port = read_port(os.environ.get("PORT") or "8000")
        lock_data_folder(data)
    except CannotStart as error:
        say(str(error))
        return 1
    return Supervisor(commands(port, data), Greeting(port, data)).run()


if __name__ == "__main__":
    raise SystemExit(main())
