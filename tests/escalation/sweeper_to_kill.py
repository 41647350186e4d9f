"""A process whose sweepers die where they are told to. Only tests run it; the product knows nothing of it.

Reads {"now", "batch_size", "kills": [[function, "before" | "after", nth call], ...]} as JSON from standard
input. For each kill a child is forked that sweeps and sends itself SIGKILL at that point: no exception, no
clean-up, no rollback of our own. Two children run at a time. Prints how each of them ended (the number of its
signal; 0 for one that found nothing left to do). Whoever called decides what must be true afterwards.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path


def deadly(function: Callable, when: str, nth: int) -> Callable:
    calls = 0

    @wraps(function)
    def wrapper(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == nth and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapper


def sweep_and_die(job: dict, name: str, when: str, nth: int) -> None:
    from escalation import sweep

    setattr(sweep, name, deadly(getattr(sweep, name), when, nth))
    sweep.sweep(datetime.fromisoformat(job["now"]), batch_size=job["batch_size"])


def child(job: dict, kill: list) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        sweep_and_die(job, *kill)
        code = 0
    finally:
        os._exit(code)
    raise AssertionError("unreachable")


def ended(pid: int) -> int:
    status = os.waitpid(pid, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    job = json.load(sys.stdin)
    outcomes = []
    for first in range(0, len(job["kills"]), 2):
        pids = [child(job, kill) for kill in job["kills"][first : first + 2]]
        outcomes += [ended(pid) for pid in pids]
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
