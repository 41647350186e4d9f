"""Small policies and timelines for the tests of the engine. Times are in Shanghai unless they say more."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from policies.engine.calendars import Calendar
from policies.engine.events import Event
from policies.engine.loading import load_policy, parse_policy
from policies.engine.planning import PlannedDeadline, plan
from policies.engine.schema import Policy

ROOT = Path(__file__).parents[2]
PACKS = ROOT / "packs"
REFERENCE = ROOT.parent / "shared" / "rules"
SHANGHAI = ZoneInfo("Asia/Shanghai")
DESK = {"kind": "business", "days": "cn_workdays", "hours": ["09:00-12:00", "13:00-17:00"]}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def document(**sections: object) -> dict:
    """A minimal valid document with these sections."""
    return {"pack": {"id": "test", "version": 1, "title": "测试"}, **sections}


def duty(**given: object) -> dict:
    return {
        "id": "solve",
        "owner": "dept_head",
        "from": "recorded",
        "to": "handled",
        "limits": [hours(24)],
        **given,
    }


def hours(value: float, **given: object) -> dict:
    return {"value": value, "unit": "h", **given}


def policy_of(*duties: dict, **sections: object) -> Policy:
    return parse_policy(document(duties=list(duties), **sections))


def standard() -> Policy:
    return load_policy(PACKS / "standard.yaml", packs_dir=PACKS)


def timeline(*rows: tuple) -> list[Event]:
    """Events from (time, kind[, {further fields}]) in the order given."""
    return [
        Event(id=number, at=at(row[0]), kind=row[1], **(row[2] if len(row) > 2 else {}))
        for number, row in enumerate(rows, start=1)
    ]


def planned(policy: Policy, *rows: tuple, facts: dict | None = None, calendar: Calendar | None = None):
    return plan(policy, calendar or Calendar(SHANGHAI), facts or {}, timeline(*rows))


def the(deadlines: list[PlannedDeadline], duty_id: str, **identity: object) -> PlannedDeadline:
    """The one deadline of a duty (and ticket, round, occurrence)."""
    found = [
        row
        for row in deadlines
        if row.duty == duty_id and all(getattr(row, key) == value for key, value in identity.items())
    ]
    assert len(found) == 1, f"{len(found)} deadlines of {duty_id} {identity}"
    return found[0]
