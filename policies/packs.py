"""The packs that come with the product, and packs handed in as text."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from policies.engine.errors import PolicyError, PolicyErrors, nearest_name
from policies.engine.loading import NO_PACK, load_document, load_head, parse_policy, parse_yaml, resolve
from policies.engine.schema import Policy

PACKS_DIR = Path(settings.BASE_DIR) / "packs"
_UNKEEPABLE = re.compile("[\ud800-\udfff]|" + re.escape("\\u0000"))  # halves of surrogate pairs, NUL in JSON


@dataclass(frozen=True, slots=True)
class PackFile:
    """One shipped pack, by its head."""

    path: Path
    id: str
    title: str
    industry: str
    version: int
    extends: str


def shipped_packs() -> tuple[PackFile, ...]:
    """Every pack of the packs folder that can be read, by title."""
    files = [file for file in sorted(PACKS_DIR.glob("*.yaml")) if not file.name.endswith(NO_PACK)]
    found = (_head_of(file, file.stat().st_mtime_ns) for file in files)
    return tuple(sorted((row for row in found if row), key=lambda row: row.title))


@lru_cache(maxsize=256)
def _head_of(path: Path, _changed: int) -> PackFile | None:
    pack = load_head(path)
    if pack is None or not isinstance(pack.get("id"), str):
        return None
    return PackFile(
        path,
        pack["id"],
        str(pack.get("title") or pack["id"]),
        str(pack.get("industry") or ""),
        int(pack["version"]) if isinstance(pack.get("version"), int) else 0,
        str(pack.get("extends") or ""),
    )


def read_policy(text: str, *, source: str = "") -> Policy:
    """The policy of a YAML text; what it extends is looked up by pack id among the shipped packs.

    Raises PolicyErrors with every fault. A text that is too large, too deep or no plain YAML is refused
    before anything looks inside.
    """
    document = parse_yaml(text, source=source)
    if not isinstance(document, Mapping):
        raise PolicyErrors([PolicyError("", "is not a map of sections", source=source)])
    _check_characters(document, source)

    def base(pack: str) -> Mapping[str, Any]:
        packs = shipped_packs()
        file = next((row for row in packs if row.id == pack), None)
        if file is None:
            nearest = nearest_name(pack, [row.id for row in packs])
            fault = PolicyError(
                "pack.extends", f"no pack {pack!r} is known", "the id of a pack", nearest, source
            )
            raise PolicyErrors([fault])
        return load_document(file.path)

    return parse_policy(resolve(document, base, source=source), source=source)


def _check_characters(document: Mapping[str, Any], source: str) -> None:
    """Refuse what no database keeps in a text; YAML can write both as escapes."""
    for section, value in document.items():
        text = json.dumps([section, value], ensure_ascii=False, default=str)
        if _UNKEEPABLE.search(text):
            raise PolicyErrors(
                [
                    PolicyError(
                        str(section)[:40], "has a character that is no text", "readable text", "", source
                    )
                ]
            )
