"""An organization's own word on its days and hours. Re-planning open cases is the caller's."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from organizations.actors import Actor
from organizations.errors import Refused
from organizations.models import Department, Organization, User
from organizations.text import normalise
from policies.days import MOST_RANGES, hours_of
from policies.models import CalendarDay, CalendarYear, OpeningHours, RuleChange
from policies.readable.words import listed
from policies.rights import check_administrator
from policies.services.log import log_change

YEARS = range(2000, 2101)
LONGEST_NOTE = 80


@transaction.atomic
def correct_calendar(
    *,
    organization: Organization,
    day: date,
    is_workday: bool,
    note: str = "",
    now: datetime | None = None,
    by: User | None = None,
) -> CalendarDay:
    """Say that a day is worked, or off, whatever the statutory table says. With `now` it is logged.

    Refused for a note that is too long or a day outside 2000 to 2100.
    """
    note = normalise(note)
    if len(note) > LONGEST_NOTE:
        raise Refused(_("At most %(limit)d characters.") % {"limit": LONGEST_NOTE}, field="note")
    _check_year(day.year, "day")
    row, _created = CalendarDay.objects.update_or_create(
        organization=organization, day=day, defaults={"is_workday": is_workday, "note": note}
    )
    said = _("%(day)s is worked") if is_workday else _("%(day)s is off")
    _changed(organization, now, by, f"{said % {'day': day}} {note}".strip())
    return row


@transaction.atomic
def remove_correction(*, actor: Actor, day: date, now: datetime) -> None:
    """Let the statutory table decide on a day again. Refused if there is no correction of it."""
    check_administrator(actor)
    deleted, _rows = CalendarDay.objects.filter(organization=actor.organization, day=day).delete()
    if not deleted:
        raise Refused(_("There is no correction of %(day)s.") % {"day": day}, field="day")
    _changed(actor.organization, now, actor.user, _("the correction of %(day)s was removed") % {"day": day})


@transaction.atomic
def set_opening_hours(
    *, actor: Actor, calendar: str, department: Department | None, ranges: Sequence[str], now: datetime
) -> None:
    """Set the opening ranges of a business calendar ("08:30-12:00", in order); none = those of the rules.

    Refused if a range ends before it begins, or two overlap.
    """
    check_administrator(actor)
    if len(ranges) > MOST_RANGES:
        raise Refused(_("At most %(count)d ranges a day.") % {"count": MOST_RANGES}, field="ranges")
    try:
        hours_of(ranges)
    except ValueError as error:
        raise Refused(str(error), field="ranges") from error
    rows = OpeningHours.objects.filter(
        organization=actor.organization, calendar=calendar, department=department
    )
    if ranges:
        rows.update_or_create(
            organization=actor.organization,
            calendar=calendar,
            department=department,
            defaults={"ranges": list(ranges)},
        )
    else:
        rows.delete()
    where = department.name if department else actor.organization.name
    words = {"where": where, "hours": listed(ranges) or _("as the rules say")}
    _changed(actor.organization, now, actor.user, _("opening hours of %(where)s: %(hours)s") % words)


@transaction.atomic
def confirm_year(*, actor: Actor, year: int, confirmed: bool, now: datetime) -> None:
    """Say that the working days of a year are right as they stand, or take that back."""
    check_administrator(actor)
    _check_year(year, "year")
    rows = CalendarYear.objects.filter(organization=actor.organization, year=year)
    if confirmed:
        rows.get_or_create(
            organization=actor.organization,
            year=year,
            defaults={"confirmed_at": now, "confirmed_by": actor.user},
        )
    else:
        rows.delete()
    said = _("the working days of %(year)d were confirmed") if confirmed else _("%(year)d is open again")
    _changed(actor.organization, now, actor.user, said % {"year": year})


def _check_year(year: int, field: str) -> None:
    if year not in YEARS:
        raise Refused(_("Choose a date between 2000 and 2100."), field=field)


def _changed(organization: Organization, now: datetime | None, by: User | None, note: str) -> None:
    """Let every cache notice, and write it down."""
    Organization.objects.filter(pk=organization.pk).update(calendar_revision=F("calendar_revision") + 1)
    organization.refresh_from_db(fields=["calendar_revision"])
    if now is not None:
        log_change(organization=organization, kind=RuleChange.Kind.CALENDAR, now=now, by=by, note=note)
