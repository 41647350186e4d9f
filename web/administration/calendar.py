"""The organization's days and hours: a year to look at, and changes with a preview of what they move."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.models import OPEN, Complaint
from escalation.models import Rollout
from escalation.services import change_day, change_hours, change_year, preview_days
from escalation.services.rollouts import Preview, since_day
from organizations.models import Department
from policies.days import OwnDays, hours_of, names_of_business, own_days, ranges_of
from policies.engine.schema import Policy
from policies.models import CalendarDay, OpeningHours
from policies.readable.duties import calendar_title
from policies.readable.words import listed
from policies.rights import check_administrator, check_reader
from policies.selectors import policy_of, rules_of
from policies.services.calendars import YEARS
from policies.yearly import is_known, months
from web.administration.forms.calendar import DayForm, OpeningForm, YearForm
from web.administration.shared import in_force, previewed, surroundings
from web.administration.versions import started
from web.answers import attempt, page
from web.forms.base import VerbForm
from web.request import Request


@dataclass(frozen=True)
class Change:
    """A change that was asked for: in words, as a calendar to preview, and as a verb to carry out."""

    title: str
    days: OwnDays
    since: datetime
    carry_out: Callable[[], Rollout]


@page("GET")
def calendar(request: Request) -> HttpResponse:
    """A year of days, own corrections, opening hours."""
    check_reader(request.actor)
    return calendar_page(request)


def calendar_page(request: Request, failed: VerbForm | None = None, status: int = 200) -> HttpResponse:
    """The page; `failed` is the form that was refused."""
    year = _year(request)
    own = own_days(request.organization)
    corrections = list(CalendarDay.objects.filter(organization=request.organization, day__year=year))
    forms = _forms(request)
    if failed is not None:
        forms[_name(failed)] = failed
    hours = OpeningHours.objects.filter(organization=request.organization).select_related("department")
    policy = _rules(request)
    context = {
        **surroundings(request, "calendar"),
        "year": year,
        "years": [one for one in (year - 1, year, year + 1) if one in YEARS],
        "months": months(own, corrections, year),
        "corrections": corrections,
        "is_known": is_known(own, year),
        "is_confirmed": year in own.years,
        "rule_hours": [
            (calendar_title(policy, name), ranges_of(ranges)) for name, ranges in _business(request).items()
        ]
        if policy
        else [],
        "own_hours": [
            (calendar_title(policy, row.calendar) if policy else row.calendar, row) for row in hours
        ],
        "forms": forms,
    }
    return render(request, "web/administration/calendar.html", context, status=status)


@page("GET", "POST")
def change(request: Request) -> HttpResponse:
    """GET shows what a change would move, POST makes it. The same fields come both times."""
    check_administrator(request.actor)
    given = request.POST if request.method == "POST" else request.GET
    form = _asked(request, given)
    if form is None:
        return redirect("calendar", org=request.organization.slug)
    if not form.is_valid():
        return calendar_page(request, form, 422)
    asked = _change(request, form)
    if request.method == "POST":
        tried = attempt(form, lambda **_values: asked.carry_out())
        if tried.done:
            return started(request, tried.value, "calendar")
        return calendar_page(request, form, tried.status)
    kept = [(name, value) for name, value in given.items() if name != "after"]
    preview = _preview(request, asked)
    context = {
        **surroundings(request, "calendar"),
        "asked": asked,
        "given": kept,
        "further": f"?{urlencode([*kept, ('after', preview.next or '')])}",
        **previewed(request.actor, preview),
    }
    return render(request, "web/administration/change.html", context)


def _preview(request: Request, asked: Change) -> Preview:
    after = request.GET.get("after", "")
    return preview_days(
        organization=request.organization,
        days=asked.days,
        since=asked.since,
        now=request.now,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0,
    )


def _year(request: Request) -> int:
    given = request.GET.get("year", "")
    today = request.now.astimezone(request.organization.zone).year
    year = int(given) if given.isascii() and given.isdigit() and len(given) == 4 else today
    return year if year in YEARS else today


def _rules(request: Request) -> Policy | None:
    current = in_force(request.actor)
    return rules_of(current) if current else None


def _business(request: Request) -> dict[str, Any]:
    """The business calendars of the rules in force and of those that open cases are still under."""
    used = Complaint.objects.filter(organization=request.organization, state__in=OPEN)
    policies = [policy_of(pk) for pk in used.order_by().values_list("policy", flat=True).distinct()]
    policy = _rules(request)
    return names_of_business([*([policy] if policy else []), *policies])


def _opening_form(request: Request, given: Any = None) -> OpeningForm:
    return OpeningForm(given, actor=request.actor, calendars=_business(request), policy=_rules(request))


def _forms(request: Request) -> dict[str, VerbForm]:
    today = request.now.astimezone(request.organization.zone).date()
    return {"day": DayForm(initial={"day": today}), "hours": _opening_form(request)}


def _name(form: VerbForm) -> str:
    return {DayForm: "day", OpeningForm: "hours"}.get(type(form), "year")


def _asked(request: Request, given: Any) -> VerbForm | None:
    """The form of the kind that the request names, filled in."""
    kind = given.get("kind")
    if kind == "day":
        return DayForm(given)
    if kind == "hours":
        return _opening_form(request, given)
    return YearForm(given) if kind == "year" else None


def _change(request: Request, form: VerbForm) -> Change:
    own = own_days(request.organization)
    if isinstance(form, DayForm):
        return _day_change(request, form, own)
    if isinstance(form, OpeningForm):
        return _hours_change(request, form, own)
    year, confirmed = form.cleaned_data["year"], form.cleaned_data["confirmed"] == "yes"
    sentence = _("The working days of %(year)d are right as they stand.")
    return Change(
        (sentence if confirmed else _("%(year)d is to be looked through again.")) % {"year": year},
        own.with_year(year, confirmed),
        request.now,
        lambda: change_year(actor=request.actor, year=year, confirmed=confirmed, now=request.now),
    )


def _day_change(request: Request, form: DayForm, own: OwnDays) -> Change:
    day: date = form.cleaned_data["day"]
    note, is_workday = form.cleaned_data["note"], form.is_workday
    sentences = {
        True: _("%(day)s is worked"),
        False: _("%(day)s is off"),
        None: _("%(day)s is as the official calendar says"),
    }
    return Change(
        " ".join(filter(None, (sentences[is_workday] % {"day": day}, note))),
        own.with_day(day, is_workday),
        since_day(request.organization, day, request.now),
        lambda: change_day(actor=request.actor, day=day, is_workday=is_workday, note=note, now=request.now),
    )


def _hours_change(request: Request, form: OpeningForm, own: OwnDays) -> Change:
    name, ranges = form.cleaned_data["calendar"], form.cleaned_data["ranges"]
    department: Department | None = form.cleaned_data["department"]
    where = department.name if department else request.organization.name
    words = {"where": where, "hours": listed(ranges) or _("as the rules say")}
    return Change(
        _("Opening hours of %(where)s: %(hours)s") % words,
        own.with_hours(name, department.pk if department else None, hours_of(ranges)),
        request.now,
        lambda: change_hours(
            actor=request.actor, calendar=name, department=department, ranges=ranges, now=request.now
        ),
    )
