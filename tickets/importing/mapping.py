"""The mapping file: which column of somebody's file feeds which field. Described in docs/import.md."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from django.utils.translation import gettext as _

from organizations.errors import Refused
from organizations.text import comparable, normalise
from tickets.importing.reading import Layout

FIELDS = frozenset(
    {
        "external_number",
        "channel",
        "complainant_name",
        "complainant_phone",
        "complainant_type",
        "place",
        "subject",
        "content",
        "request",
        "respondent",
        "nature",
        "category",
        "tier",
        "tier_criterion",
        "outcome",
        "liability",
        "satisfaction",
        "occurred_at",
    }
)
REQUIRED_FIELDS = ("external_number", "channel", "subject", "content")
# In the order in which they happen; `reply` is a text and `department` a code or name, the others are times.
HISTORY = (
    "received",
    "recorded",
    "accepted",
    "department",
    "dispatched",
    "signed",
    "reply",
    "replied",
    "told",
    "followed_up",
    "closed",
)
ENDS = ("handled", "told", "closed")
TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y年%m月%d日",
)
_ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf8": "utf-8-sig",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "utf-16": "utf-16",
}
_FILE_KEYS = frozenset({"encoding", "delimiter", "sheet", "header_row"})
_TOP_KEYS = frozenset({"file", "time_zone", "time_formats", "desk", "ends", "fields", "history"})
_SOURCE_KEYS = frozenset(
    {"column", "columns", "join", "value", "values", "otherwise", "truncate", "digest", "formats"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where one value comes from: columns of the row (joined), or a fixed value.

    `values` translates what stands there (compared in normalised form); with `otherwise` anything else
    becomes that value. `truncate` cuts a text that is too long instead of refusing the row, `digest` replaces
    an external number by a short fingerprint of it. `formats` are the time formats of this value.
    """

    columns: tuple[str, ...] = ()
    join: str = " "
    fixed: str | None = None
    values: AnyMapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    truncate: bool = False
    digest: bool = False
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A checked mapping file. `zone` is None where the organization's own is meant."""

    layout: Layout
    zone: ZoneInfo | None
    desk: str
    ends: str
    fields: AnyMapping[str, Source]
    history: AnyMapping[str, Source]

    @property
    def columns(self) -> tuple[str, ...]:
        """The titles of all columns that are read."""
        sources = (*self.fields.values(), *self.history.values())
        return tuple(dict.fromkeys(column for source in sources for column in source.columns))


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file. Raises Refused; `missing` lists every fault of the file at once."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Refused(
            _("The file %(file)s cannot be read: %(why)s") % {"file": path, "why": error.strerror}
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refused(_("The mapping is not a YAML file: %(why)s") % {"why": error}) from error
    return read_mapping(document)


def read_mapping(document: Any) -> Mapping:
    """The mapping of a parsed document. Raises Refused; `missing` lists every fault at once."""
    return _Reader().mapping(document)


class _Reader:
    """Reads one document and collects what is wrong with it."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def mapping(self, document: Any) -> Mapping:
        top = self.section(document, _("the mapping"), _TOP_KEYS)
        formats = self.texts(top.get("time_formats", list(TIME_FORMATS)), "time_formats")
        mapping = Mapping(
            layout=self.layout(top.get("file", {})),
            zone=self.zone(top.get("time_zone")),
            desk=str(top.get("desk") or ""),
            ends=self.choice(top.get("ends", "closed"), "ends", ENDS),
            fields=self.sources(top.get("fields", {}), "fields", FIELDS, formats),
            history=self.sources(top.get("history", {}), "history", frozenset(HISTORY), formats),
        )
        self.needs(mapping)
        if self.faults:
            raise Refused(
                _("The mapping cannot be used: %(faults)s") % {"faults": "; ".join(self.faults)},
                missing=self.faults,
            )
        return mapping

    def needs(self, mapping: Mapping) -> None:
        absent = [name for name in REQUIRED_FIELDS if name not in mapping.fields]
        if "received" not in mapping.history:
            absent.append("received")
        for name in absent:
            self.faults.append(_("%(name)s is needed") % {"name": name})
        if ("reply" in mapping.history) != ("replied" in mapping.history):
            self.faults.append(_("reply and replied (its time) are needed together"))
        if "department" not in mapping.history and {"dispatched", "signed"} & set(mapping.history):
            self.faults.append(_("dispatched and signed need department"))
        if "satisfaction" in mapping.fields and "followed_up" not in mapping.history:
            self.faults.append(_("satisfaction needs followed_up (its time)"))
        if {"told", "followed_up", "closed"} & set(mapping.history) and "reply" not in mapping.history:
            self.faults.append(_("told, followed_up and closed need reply"))

    def section(self, value: Any, where: str, known: frozenset[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.faults.append(_("%(where)s has to be a list of names with values") % {"where": where})
            return {}
        for key in value:
            if key not in known:
                self.faults.append(
                    _("%(where)s: there is no %(key)s (there are: %(known)s)")
                    % {"where": where, "key": key, "known": ", ".join(sorted(known))}
                )
        return value

    def layout(self, value: Any) -> Layout:
        section = self.section(value, "file", _FILE_KEYS)
        encoding, delimiter = section.get("encoding", "auto"), section.get("delimiter", "auto")
        header_row = section.get("header_row", 1)
        if not isinstance(header_row, int) or header_row < 1:
            self.faults.append(_("file.header_row has to be a number from 1"))
            header_row = 1
        if encoding != "auto":
            encoding = _ENCODINGS.get(self.choice(str(encoding).lower(), "file.encoding", tuple(_ENCODINGS)))
        if delimiter != "auto" and (not isinstance(delimiter, str) or len(delimiter) != 1):
            self.faults.append(_("file.delimiter has to be one character"))
            delimiter = "auto"
        sheet = section.get("sheet")
        return Layout(
            encoding=None if encoding == "auto" else encoding,
            delimiter=None if delimiter == "auto" else delimiter,
            sheet=None if sheet is None else str(sheet),
            header_row=header_row,
        )

    def zone(self, value: Any) -> ZoneInfo | None:
        if value is None:
            return None
        try:
            return ZoneInfo(str(value))
        except (ZoneInfoNotFoundError, ValueError):
            self.faults.append(_("time_zone: there is no zone %(zone)s") % {"zone": value})
            return None

    def choice(self, value: Any, where: str, known: tuple[str, ...]) -> str:
        if value not in known:
            self.faults.append(
                _("%(where)s has to be one of: %(known)s") % {"where": where, "known": ", ".join(known)}
            )
            return known[0]
        return value

    def texts(self, value: Any, where: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            self.faults.append(_("%(where)s has to be a list of texts") % {"where": where})
            return ()
        return tuple(value)

    def sources(
        self, value: Any, where: str, known: frozenset[str], formats: tuple[str, ...]
    ) -> dict[str, Source]:
        section = self.section(value, where, known)
        return {
            name: self.source(entry, f"{where}.{name}", formats)
            for name, entry in section.items()
            if name in known
        }

    def source(self, entry: Any, where: str, formats: tuple[str, ...]) -> Source:
        if isinstance(entry, str):  # short form: the title of the column
            return Source(columns=(comparable(entry),), formats=formats)
        entry = self.section(entry, where, _SOURCE_KEYS)
        columns = self.columns(entry, where)
        fixed = entry.get("value")
        if (fixed is None) == (not columns):
            self.faults.append(_("%(where)s needs either a column or a value") % {"where": where})
        values = entry.get("values", {})
        if not isinstance(values, dict):
            self.faults.append(_("%(where)s.values has to be a list of names with values") % {"where": where})
            values = {}
        otherwise = entry.get("otherwise")
        return Source(
            columns=columns,
            join=str(entry.get("join", " ")),
            fixed=None if fixed is None else normalise(str(fixed)),
            values={comparable(str(key)): normalise(str(item)) for key, item in values.items()},
            otherwise=None if otherwise is None else normalise(str(otherwise)),
            truncate=entry.get("truncate") is True,
            digest=entry.get("digest") is True,
            formats=self.texts(entry["formats"], f"{where}.formats") if "formats" in entry else formats,
        )

    def columns(self, entry: dict[str, Any], where: str) -> tuple[str, ...]:
        if "columns" in entry:
            return tuple(comparable(title) for title in self.texts(entry["columns"], f"{where}.columns"))
        column = entry.get("column")
        return () if column is None else (comparable(str(column)),)
