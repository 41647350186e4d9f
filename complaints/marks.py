"""Short pieces of text as numbers, by which PostgreSQL finds the cases that may hold a word.

A trigram index needs three characters, and two Chinese characters are a word. So a case is marked with every
two neighbouring characters of its texts (投诉电梯 → 投诉, 诉电, 电梯), and with every four of a run of latin
letters and digits, because pairs of digits are in every phone number. A mark is a 32-bit hash of the
organization and the piece: it tells nothing to whoever reads the table, and a search walks only along the
cases of its own organization. Two pieces may share a mark, so marks only ever propose cases; the text itself
decides (`complaints.searching`).
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any
from zlib import crc32

from django.db import models
from django.db.models.lookups import Lookup

from organizations.text import comparable

# What separates words, in a text and in a query alike. A hyphen does not: it is in case numbers and rooms.
_BETWEEN = re.compile(r"[\s,，。.；;！!？?、:：()（）\[\]【】{}<>《》「」『』“”‘’\"'…～~|]+")
_RUN = re.compile(r"[0-9a-z]{4,}")
_PLAIN = re.compile(r"[0-9a-z]{2}")


def words(text: str) -> list[str]:
    """The words of a text or a query, without punctuation."""
    return [word for word in _BETWEEN.split(comparable(text)) if word]


def marks_of(organization_id: int, texts: Iterable[str], place_key: str = "") -> list[int]:
    """The marks of a case with these texts and this key of its place (complaints.keys), sorted."""
    pieces = _neighbours(place_key)
    for text in texts:
        for word in words(text.lower()):
            pieces |= _pairs(word) | _fours(word)
    return _hashed(organization_id, pieces)


def marks_for(organization_id: int, text: str) -> list[int]:
    """The marks that every case with these words has; none where all are single characters."""
    found = words(text.lower())
    pairs = {piece for word in found for piece in _pairs(word)}
    fours = {piece for word in found for piece in _fours(word)}
    # Pairs of digits are in half of all cases: they are asked for only where there is nothing better.
    rare = fours | {pair for pair in pairs if not _PLAIN.fullmatch(pair)}
    return _hashed(organization_id, rare or pairs)


def marks_for_place(organization_id: int, place_key: str) -> list[int]:
    """The marks that every case has whose place has these parts one after the other; none for one part."""
    return _hashed(organization_id, _neighbours(place_key))


def _neighbours(place_key: str) -> set[str]:
    """「3 2 1501」 is 3 2 and 2 1501: the room alone is in every building."""
    return {" ".join(pair) for pair in pairwise(place_key.split())}


def _pairs(word: str) -> set[str]:
    return {word[at : at + 2] for at in range(len(word) - 1)}


def _fours(word: str) -> set[str]:
    return {run[at : at + 4] for run in _RUN.findall(word) for at in range(len(run) - 3)}


def _hashed(organization_id: int, pieces: Iterable[str]) -> list[int]:
    start = crc32(f"{organization_id}:".encode())
    # Signed, as PostgreSQL's integer is.
    return sorted({crc32(piece.encode(), start) - 2**31 for piece in pieces})


class MarksField(models.Field):
    """A set of marks: an integer[] on PostgreSQL, under a GIN index. SQLite keeps none."""

    def db_type(self, connection: Any) -> str:
        return "integer[]" if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return list(value) if connection.vendor == "postgresql" else " ".join(map(str, value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> list[int]:
        return [int(mark) for mark in value.split()] if isinstance(value, str) else list(value)


@MarksField.register_lookup
class HasAll(Lookup):
    """`marks__has_all=[…]`, on PostgreSQL only."""

    lookup_name = "has_all"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} @> %s::integer[]", [*parameters, list(self.rhs)]
