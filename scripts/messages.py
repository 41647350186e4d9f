"""Compile the translations, locale/*/LC_MESSAGES/*.po to .mo: `.venv/bin/python -m scripts.messages`.

Babel does it in Python, so that nobody needs GNU gettext to run Huiyin. Compiled files are not kept in git.
"""

from __future__ import annotations

import os
from pathlib import Path

from scripts import ROOT, SetupError


def catalogs(root: Path = ROOT) -> list[Path]:
    return sorted((root / "locale").glob("*/LC_MESSAGES/*.po"))


def outdated(root: Path = ROOT) -> list[Path]:
    """The catalogs whose compiled file is missing or older than they are."""
    return [path for path in catalogs(root) if not is_current(path)]


def is_current(path: Path) -> bool:
    compiled = path.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime


def compile_catalog(path: Path) -> None:
    """Write the .mo beside `path`; entries marked fuzzy are left out, as msgfmt does.

    Raises SetupError when the catalog is damaged; the .mo that was there stays.
    """
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as source:
            catalog = read_po(source, locale=path.parts[-3], abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise SetupError(f"{path} is no valid catalog: {error}") from error
    unfinished = path.with_suffix(".mo.tmp")
    with unfinished.open("wb") as target:
        write_mo(target, catalog)
    os.replace(unfinished, path.with_suffix(".mo"))


def main() -> None:
    for path in outdated():
        compile_catalog(path)
        print("Compiled", path.relative_to(ROOT).with_suffix(".mo"))


if __name__ == "__main__":
    try:
        main()
    except SetupError as error:
        raise SystemExit(str(error)) from error
