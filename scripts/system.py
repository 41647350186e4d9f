"""What has to come from the operating system: the parts of Python and of Pango that pip cannot install."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable

from scripts import BREW_FOLDERS, SetupError

# The libraries WeasyPrint opens by name, and the Debian package of each; Fontconfig and HarfBuzz come along.
LINUX_LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
# Older systems have no package of it and WeasyPrint can do without it: wanted, never demanded.
OPTIONAL_PACKAGES = {"libharfbuzz-subset0"}

Which = Callable[[str], "str | None"]


def provide(which: Which) -> None:
    """Install what is missing where that is allowed, else raise SetupError with the exact command.

    `which` is shutil.which.
    """
    if sys.platform == "darwin":
        provide_on_macos(which)
    else:
        provide_on_linux(which)


def missing_debian_packages() -> list[str]:
    packages = [] if has_module("ensurepip") else [venv_package(sys.executable)]
    return packages + [package for name, package in LINUX_LIBRARIES.items() if not has_library(name)]


def venv_package(executable: str) -> str:
    """Debian's package with the venv module of this Python: 3.11 from /usr/bin has python3.11-venv."""
    if os.path.realpath(executable).startswith("/usr/bin/"):
        return f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    return "python3-venv"


def provide_on_linux(which: Which) -> None:
    missing = missing_debian_packages()
    if not missing:
        return
    if which("apt-get") is None:
        if set(missing) <= OPTIONAL_PACKAGES:
            return
        raise SetupError(
            "some system packages are missing. Their names on Debian are: " + " ".join(missing) + ".\n"
            "Install those of this system (Fedora: sudo dnf install python3-pip pango), then try again."
        )
    missing = [package for package in missing if package not in OPTIONAL_PACKAGES or apt_knows(package)]
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    prefix = root_prefix(which)
    if prefix is None:
        if set(missing) <= OPTIONAL_PACKAGES:
            return
        raise SetupError(
            "some system packages are missing and only root may install them. Run\n\n"
            f"    sudo apt-get update && sudo {' '.join(install)}\n\nand then the command again."
        )
    print("Installing system packages:", " ".join(missing), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A failing update is not the end: the lists on this machine may be good enough.
    subprocess.run([*prefix, "apt-get", "update", "-q"], env=environment, stdout=subprocess.DEVNULL)
    status = subprocess.run([*prefix, *install], env=environment, stdout=subprocess.DEVNULL).returncode
    if status and not set(missing) <= OPTIONAL_PACKAGES:
        raise SetupError(
            f"apt-get failed with exit code {status}. The command was: {' '.join(prefix + install)}"
        )


def root_prefix(which: Which) -> list[str] | None:
    """What to put before a command to run it as root without asking anybody; None when nothing does."""
    if os.geteuid() == 0:
        return []
    if which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def apt_knows(package: str) -> bool:
    return subprocess.run(["apt-cache", "show", package], capture_output=True).returncode == 0


def provide_on_macos(which: Which) -> None:
    if ctypes.util.find_library("pangoft2-1.0") or any(
        os.path.exists(f"{folder}/libpangoft2-1.0.dylib") for folder in BREW_FOLDERS
    ):
        return
    if which("brew") is None:
        raise SetupError(
            "the library Pango is missing. Install Homebrew, run\n\n    brew install pango\n\nand come back."
        )
    print("Installing Pango with Homebrew ...", flush=True)
    status = subprocess.run(["brew", "install", "--quiet", "pango"]).returncode
    if status:
        raise SetupError(f"brew failed with exit code {status}. The command was: brew install pango")


def has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None
