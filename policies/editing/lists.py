"""Roles, categories and the other lists."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RoleEdit:
    """A role of the pack. `id` "" = a new one; without a title it is taken away."""

    id: str
    title: str
    acts_as: str


@dataclass(frozen=True, slots=True)
class ItemEdit:
    """An entry of a list. `key` is that of `keyed`, "" = a new one, which hangs under the entry `parent`.

    Without a title the entry is taken away, with everything below it.
    """

    key: str
    title: str
    parent: str = ""


def edit_roles(document: Document, edits: Sequence[RoleEdit]) -> None:
    """Write titles and product roles; new roles get an id of their own."""
    rows = document.setdefault("lists", {}).setdefault("roles", [])
    known = {row.get("id"): row for row in rows}
    taken = {str(name) for name in known}
    kept = []
    for edit in edits:
        if not edit.title:
            continue
        row = dict(known.get(edit.id) or {"id": new_id(taken, "new")})
        row["title"] = edit.title
        if edit.acts_as:
            row["acts_as"] = edit.acts_as
        else:
            row.pop("acts_as", None)
        kept.append(row)
    document["lists"]["roles"] = kept


def edit_list(document: Document, name: str, edits: Sequence[ItemEdit]) -> None:
    """Write the titles of a list, or of a dimension of the categories (`categories.<dimension>`).

    Entries keep their order, their further keys and, for tiers, their criteria; new ones follow. KeyError if
    the pack has no such list.
    """
    rows = list_at(document, name)
    taken = {str(row["id"]) for _key, row in keyed(rows)}
    parents = dict(keyed(rows))
    for edit in edits:
        if not edit.key and edit.title and (not edit.parent or edit.parent in parents):
            row = {"id": new_id(taken, name.rpartition(".")[2]), "title": edit.title}
            if edit.parent:
                below = parents[edit.parent].setdefault(children_key(name), [])
                below.append(_as_child(name, row))
            else:
                rows.append(_as_top(name, row, rows))
    rows[:] = _kept(rows, {edit.key: edit.title for edit in edits if edit.key}, "")


def _kept(rows: Iterable[Document], titles: Mapping[str, str], above: str) -> list[Document]:
    found = []
    for row in rows:
        key = f"{above}{row['id']}"
        title = titles.get(key)
        if title == "":
            continue
        if title is not None:
            row["text" if "title" not in row and "text" in row else "title"] = title
        for below in ("children", "criteria"):
            if isinstance(row.get(below), list):
                row[below] = _kept(row[below], titles, f"{key}/")
        found.append(row)
    return found


def list_at(document: Mapping[str, Any], name: str) -> Any:
    """The entries of a list, frozen if the document is. KeyError if the pack has no such list."""
    base, _dot, dimension = name.partition(".")
    found = document.get("lists", {})[base]
    found = found["dimensions"][dimension] if dimension else found
    if not isinstance(found, list | tuple):
        raise KeyError(name)
    return found


def keyed(rows: Iterable[Document], above: str = "") -> Iterator[tuple[str, Document]]:
    """The entries of a list and everything below them, each with a key that is its own: parent/child."""
    for row in rows:
        key = f"{above}{row['id']}"
        yield key, row
        for below in ("children", "criteria"):
            yield from keyed(row.get(below) or (), f"{key}/")


def children_key(name: str) -> str:
    return "criteria" if name == "tiers" else "children"


def _as_child(name: str, row: Document) -> Document:
    return {"id": row["id"], "text": row["title"]} if name == "tiers" else row


def _as_top(name: str, row: Document, rows: Sequence[Mapping[str, Any]]) -> Document:
    """What an entry of this list needs besides its title."""
    if name == "tiers":
        return {**row, "rank": max((int(one.get("rank") or 0) for one in rows), default=0) + 1}
    if name == "accept_reasons":
        return {"id": row["id"], "text": row["title"], "effect": "register"}
    return row


def new_id(taken: set[str], stem: str) -> str:
    """An id that is not `taken` yet; from now on it is."""
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    taken.add(f"{stem}_{number}")
    return f"{stem}_{number}"
