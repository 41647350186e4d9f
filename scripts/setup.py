"""Everything Huiyin needs before it can run or be tested: `python3 -m scripts.setup run|test`.

Runs with any Python 3 of the system and uses only the standard library. Each step looks first whether it has
been done, so a second run takes a moment; a step that is interrupted is done again. What cannot be installed
without the user's help is found out before the first change is made, and the exact command is printed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import DEMO_LOGINS, ROOT, SetupError, data_folder, let_children_find_libraries

VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)
REQUIREMENTS = {
    "run": ("requirements.txt", "constraints.txt"),
    "test": ("requirements-dev.txt", "requirements.txt", "constraints.txt"),
}


def main(arguments: list[str]) -> int:
    if arguments not in (["run"], ["test"]):
        print(__doc__)
        return 2
    purpose = arguments[0]
    try:
        use_new_enough_python(arguments)
        from scripts import assets, messages, system

        let_children_find_libraries()
        system.provide(shutil.which)
        make_virtual_environment()
        install_requirements(purpose)
        assets.provide(VENV_PYTHON, for_tests=purpose == "test")
        if messages.outdated():
            run([str(VENV_PYTHON), "-m", "scripts.messages"], "The translations could not be compiled.")
        if purpose == "run":
            prepare_database()
    except SetupError as error:
        print(f"\nSet-up stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up interrupted; the same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def use_new_enough_python(arguments: list[str]) -> None:
    """Go on in a newer Python when this one is too old and another is installed."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in range(14, OLDEST_PYTHON[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            sys.stdout.flush()
            os.execv(newer, [newer, "-m", "scripts.setup", *arguments])  # noqa: S606
    found = ".".join(map(str, sys.version_info[:3]))
    raise SetupError(
        f"Huiyin needs Python 3.11 or newer, and this is Python {found} ({sys.executable}).\n"
        "Debian/Ubuntu: sudo apt-get install python3.11 python3.11-venv\n"
        "macOS: brew install python@3.12\n"
        "Then run the command again; PYTHON=/path/to/python3.12 names one explicitly."
    )


def make_virtual_environment() -> None:
    """Make .venv, or make it anew when its Python is gone (a system upgrade may remove it)."""
    if VENV_PYTHON.exists() and (VENV / "bin" / "pip").exists():
        return
    print(f"Making the virtual environment {VENV.name} ...", flush=True)
    run([sys.executable, "-m", "venv", "--clear", str(VENV)], "The virtual environment could not be made.")


def install_requirements(purpose: str) -> None:
    """Install the pinned packages of `purpose`, unless they were installed from the same files before."""
    stamps = {kind: VENV / f"installed-{kind}" for kind in REQUIREMENTS}
    if _read(stamps[purpose]) == fingerprint(REQUIREMENTS[purpose]):
        return
    print("Installing Python packages (the first time this takes a minute or two) ...", flush=True)
    pip = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    run([*pip, "-r", REQUIREMENTS[purpose][0]], "The Python packages could not be installed.")
    run(
        [str(VENV_PYTHON), "-c", "import weasyprint"],
        "WeasyPrint, which makes the PDF reports, cannot load its system libraries.\n"
        "They are Pango (1.44 or newer), HarfBuzz and Fontconfig.",
    )
    for kind in ("run", "test") if purpose == "test" else ("run",):
        stamps[kind].write_text(fingerprint(REQUIREMENTS[kind]))


def fingerprint(names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def prepare_database() -> None:
    """Bring the database up to date and make sure of the demonstration organization."""
    manage = [str(VENV_PYTHON), "manage.py"]
    run(
        [*manage, "migrate", "--no-input", "--verbosity", "0"],
        "The database could not be brought up to date.",
    )
    # It repeats the logins each time, and `make run` tells them when everything is ready.
    told = (data_folder() / DEMO_LOGINS).exists()
    run([*manage, "load_demo"], "The demonstration organization could not be loaded.", quiet=told)


def run(command: list[str], failure: str, *, quiet: bool = False) -> None:
    """Run `command` in the repository's root; SetupError with `failure` when it does not succeed."""
    try:
        output = subprocess.DEVNULL if quiet else None
        status = subprocess.run(command, cwd=ROOT, stdout=output).returncode
    except OSError as error:
        raise SetupError(f"{failure}\n{error}") from error
    if status:
        raise SetupError(f"{failure} (exit code {status} of: {' '.join(command)})")


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
