"""A version of the rules as YAML, in a form that can be read, changed and handed in again."""

from collections.abc import Mapping
from typing import Any

import yaml

from policies.engine.parsing import SECTIONS

_FIRST = (
    "id",
    "version",
    "rank",
    "title",
    "text",
    "owner",
    "when",
    "from",
    "to",
    "each",
    "event",
    "value",
    "unit",
)


class _Plain(yaml.SafeDumper):
    """Block style without anchors: the loader refuses aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_yaml(document: Mapping[str, Any]) -> str:
    """The text of a document. Read again it gives the same document.

    Keys stand in one fixed order: a database may keep the keys of JSON in another than they were written in.
    """
    ordered = {name: _ordered(document[name]) for name in SECTIONS if name in document}
    return yaml.dump(
        ordered, Dumper=_Plain, allow_unicode=True, sort_keys=False, default_flow_style=False, width=110
    )


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        first = [key for key in _FIRST if key in value]
        rest = sorted((key for key in value if key not in _FIRST), key=str)
        return {key: _ordered(value[key]) for key in (*first, *rest)}
    if isinstance(value, list | tuple):
        return [_ordered(inner) for inner in value]
    return value
