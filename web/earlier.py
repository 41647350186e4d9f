"""What the desk sees of a caller's earlier cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint
from complaints.notable import role_to_note
from complaints.selectors import CONTACTED_AGAIN, Caller, Earlier, history
from organizations.actors import Actor
from tickets.access import visible_cases
from web.countdown import duration
from web.lists import CaseRow, case_rows

SHOWN = 8
KEYS = 9  # Alt+1 to Alt+9
_SAME: dict[str, Promise] = {"phone": _("same number"), "place": _("same place"), "name": _("same name")}


@dataclass(frozen=True)
class EarlierRow:
    """An earlier case in the list. `key` is the digit that adds this contact to it; 0 where it cannot be."""

    row: CaseRow
    same: list[Promise]
    age: str
    contacts: int
    key: int

    @property
    def case(self) -> Complaint:
        return self.row.case


def earlier_cases(actor: Actor, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The context of parts/earlier.html, for what has been typed so far. Three queries at most."""
    caller = caller_of(values)
    found = history(visible_cases(actor), caller)
    shown = found.rows[:SHOWN]
    rows = case_rows([entry.case for entry in shown], now) if shown else []
    keys = iter(range(1, KEYS + 1))
    return {
        "looked": bool(caller),
        "earlier": [_row(actor, entry, row, now, keys) for entry, row in zip(shown, rows, strict=True)],
        "contact": found.contact,
        "more": found.more,
        "left_out": len(found.rows) - len(shown),
    }


def caller_of(values: Mapping[str, Any]) -> Caller:
    """The caller as far as the form knows."""
    typed = {name: str(values.get(name) or "") for name in ("complainant_phone", "place", "complainant_name")}
    return Caller.typed(
        phone=typed["complainant_phone"], place=typed["place"], name=typed["complainant_name"]
    )


def _row(actor: Actor, entry: Earlier, row: CaseRow, now: datetime, keys: Any) -> EarlierRow:
    may_add = entry.case.is_open and role_to_note(actor, entry.case, CONTACTED_AGAIN)
    return EarlierRow(
        row=row,
        same=[label for what, label in _SAME.items() if what in entry.same],
        age=duration(now - entry.case.received_at),
        contacts=entry.contacts,
        key=next(keys) if may_add else 0,
    )
