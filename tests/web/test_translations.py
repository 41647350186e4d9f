"""Chinese is complete: every text of the sources is in the catalogue, with the same placeholders."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
PO = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
# Sources whose texts people see. Folders with Python or templates of the product.
SOURCES = (
    "api", "complaints", "config", "escalation", "notifications", "organizations", "policies", "reporting",
    "templates", "tickets", "web",
)  # fmt: skip


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="zh_Hans", abort_invalid=True)


def texts(value: str | list[str] | tuple[str, ...]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_everything_is_translated(catalog):
    open_ = [message.id for message in catalog if message.id and not all(texts(message.string))]
    assert open_ == []


def test_nothing_is_guessed(catalog):
    assert [message.id for message in catalog if message.id and message.fuzzy] == []


def test_placeholders_are_kept(catalog):
    for message in catalog:
        if message.id:
            wanted = set(PLACEHOLDER.findall(texts(message.id)[-1]))
            for text in texts(message.string):
                assert set(PLACEHOLDER.findall(text)) == wanted, message.id


def test_chinese_is_chinese(catalog):
    """No words are left as they were. (`¥%(number)s` has none.)"""
    same = [message.id for message in catalog if message.id and message.string == message.id]
    assert [text for text in same if re.search("[A-Za-z]", PLACEHOLDER.sub("", text))] == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="GNU gettext is not on this machine")
def test_the_catalogue_is_complete_for_the_sources(catalog, tmp_path):
    """makemessages over a copy of the sources finds no text that the catalogue does not have."""
    for name in SOURCES:
        ignore = shutil.ignore_patterns("__pycache__", "migrations")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    (tmp_path / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "--no-location"]
    environment = {**os.environ, "PYTHONPATH": "", "DJANGO_SETTINGS_MODULE": ""}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    with (tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po").open("rb") as file:
        found = read_po(file)
    missing = [message.id for message in found if message.id and catalog.get(message.id) is None]
    assert missing == []
