"""The edge where a pack comes in as a file: what is not small, plain YAML is refused unread."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from policies.engine.errors import PolicyError, PolicyErrors, nearest_name
from policies.engine.merging import Document, resolve
from policies.engine.parsing import parse_policy
from policies.engine.parsing.plain import GREATEST_DEPTH
from policies.engine.schema import Policy

__all__ = [
    "NO_PACK",
    "load_document",
    "load_head",
    "load_policy",
    "load_yaml",
    "parse_policy",
    "parse_yaml",
    "resolve",
]

GREATEST_SIZE = 512 * 1024
NO_PACK = (".scenarios.yaml", "coverage.yaml")  # what else lies in a folder of packs
_HEAD = re.compile(r"^pack:[^\n]*\n(?:(?:[ \t#][^\n]*)?\n)*", re.MULTILINE)


class PackLoader(yaml.SafeLoader):
    """Safe YAML without the parts that bite: no aliases, no duplicate keys, no bottomless nesting, and no
    dates or base-60 numbers made out of what looks like text (08:30 is not 510)."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise _refusal(
                self.peek_event().start_mark, "aliases (*name) are not allowed: write the value out"
            )
        if getattr(self.peek_event(), "anchor", None):
            raise _refusal(self.peek_event().start_mark, "anchors (&name) are not allowed")
        self.depth += 1
        if self.depth > GREATEST_DEPTH:
            raise _refusal(self.peek_event().start_mark, f"nested deeper than {GREATEST_DEPTH} levels")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        if node.flow_style:
            node.value = _rejoined(node.value)
        seen: set[Any] = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, list | dict):
                raise _refusal(key_node.start_mark, "a key must be text")
            if key in seen:
                raise _refusal(key_node.start_mark, f"the key {key!r} is there twice")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _rejoined(pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """The pairs of a map with the texts put together again that a bare comma has cut.

    In {text: 非人为因素,易改进} YAML sees a second key without a value, and the half of a rule's words
    would be lost. A comma between entries is followed by a space; one that is not belongs to the text
    before it.
    """
    kept: list[tuple[Any, Any]] = []
    for key, value in pairs:
        before = kept[-1][1] if kept else None
        is_bare = isinstance(key, yaml.ScalarNode) and value.start_mark.index == value.end_mark.index
        if before is not None and is_bare and _follows_at_once(key, before):
            before.value, before.tag = f"{before.value},{key.value}", "tag:yaml.org,2002:str"
            before.end_mark = key.end_mark
        else:
            kept.append((key, value))
    return kept


def _follows_at_once(key: yaml.Node, before: yaml.Node) -> bool:
    is_text = isinstance(before, yaml.ScalarNode) and not before.style
    return is_text and key.start_mark.index - before.end_mark.index == 1


def _without_surprises(resolvers: Mapping[str, list[tuple[str, Any]]]) -> dict[str, list[tuple[str, Any]]]:
    unwanted = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int", "tag:yaml.org,2002:merge"}
    return {first: [pair for pair in pairs if pair[0] not in unwanted] for first, pairs in resolvers.items()}


PackLoader.yaml_implicit_resolvers = _without_surprises(yaml.SafeLoader.yaml_implicit_resolvers)
PackLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789")
)


class _Refusal(yaml.YAMLError):
    """A fault of the text itself, with its place."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


def _refusal(mark: yaml.Mark, message: str) -> _Refusal:
    return _Refusal(mark.line + 1, message)


def parse_yaml(text: str, *, source: str = "") -> Any:
    """The data of a YAML text. Raises PolicyErrors, naming the line, for anything but small plain YAML."""
    if len(text) > GREATEST_SIZE:
        raise PolicyErrors([PolicyError("", f"is larger than {GREATEST_SIZE // 1024} KiB", source=source)])
    try:
        return yaml.load(text, Loader=PackLoader)  # noqa: S506 - a SafeLoader
    except _Refusal as refusal:
        raise PolicyErrors([PolicyError(f"line {refusal.line}", str(refusal), source=source)]) from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise PolicyErrors([PolicyError(line, f"is not YAML: {error.problem}", source=source)]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PolicyErrors([PolicyError("", f"is not YAML: {error}", source=source)]) from error


def load_yaml(path: Path) -> Any:
    """The data of one file. Raises PolicyErrors if it cannot be read or is not small plain YAML."""
    source = path.name
    try:
        if path.stat().st_size > GREATEST_SIZE:
            raise PolicyErrors(
                [PolicyError("", f"is larger than {GREATEST_SIZE // 1024} KiB", source=source)]
            )
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PolicyErrors([PolicyError("", f"cannot be read: {error.strerror}", source=source)]) from error
    except UnicodeDecodeError as error:
        raise PolicyErrors([PolicyError("", "is not UTF-8 text", source=source)]) from error
    return parse_yaml(text, source=source)


def load_document(path: Path) -> Document:
    """The raw document of one pack file, not resolved. Raises PolicyErrors if it is not a map of sections."""
    document = load_yaml(path)
    if not isinstance(document, Mapping):
        raise PolicyErrors([PolicyError("", "is not a map of sections", source=path.name)])
    return document


def load_head(path: Path) -> Mapping[str, Any] | None:
    """The section `pack` of a pack file, or None if there is none that can be read.

    Only that section is parsed where it stands for itself, as it does in any pack written as usual: reading a
    folder of whole packs for their ids would take seconds.
    """
    try:
        head = _HEAD.search(path.read_text(encoding="utf-8"))
        document = parse_yaml(head.group(0)) if head else None
    except (OSError, UnicodeDecodeError):
        return None
    except PolicyErrors:
        document = _document_or_none(path)
    pack = document.get("pack") if isinstance(document, Mapping) else None
    return pack if isinstance(pack, Mapping) else None


def _document_or_none(path: Path) -> Document | None:
    try:
        return load_document(path)
    except PolicyErrors:
        return None


def load_policy(path: Path, *, packs_dir: Path) -> Policy:
    """The policy of a pack file; what it extends is looked up by pack id beside it and in `packs_dir`.

    Raises PolicyErrors with every fault.
    """
    path = Path(path)

    def base(pack_id: str) -> Document:
        return _find_pack(pack_id, (path.parent, Path(packs_dir)), source=path.name)

    return parse_policy(resolve(load_document(path), base, source=path.name), source=path.name)


def _find_pack(pack_id: str, folders: tuple[Path, ...], *, source: str) -> Document:
    known = []
    for file in (file for folder in folders for file in sorted(folder.glob("*.yaml"))):
        if file.name.endswith(NO_PACK):
            continue
        found = (load_head(file) or {}).get("id")
        document = _document_or_none(file) if found == pack_id else None
        if document is not None:
            return document
        known.append(str(found))
    nearest = nearest_name(pack_id, known)
    raise PolicyErrors(
        [PolicyError("pack.extends", f"no pack {pack_id!r} is known", "the id of a pack", nearest, source)]
    )
