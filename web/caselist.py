"""The list of cases as an address describes it: which cases, in which order, how many on a page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint, Deadline, State
from complaints.searching import is_enough, numbered, words_of
from organizations.actors import Actor
from policies.engine.schema import Policy
from tickets.access import visible_cases
from web import behind, choices, lists, paging
from web.forms.filters import CaseFilter

SIZES = (25, 50, 100, 200)
NEWEST = "-received"
# The whole list: an address without any parameter leads to a person's default view.
ALL = "view=all"
_NEVER = {True: datetime(1900, 1, 1, tzinfo=UTC), False: datetime(2999, 1, 1, tzinfo=UTC)}

Order = Callable[[QuerySet[Complaint], Policy, bool], tuple[QuerySet[Complaint], paging.Key]]


def _by_received(cases: QuerySet, policy: Policy, descending: bool) -> tuple[QuerySet, paging.Key]:
    return cases, paging.by_time("received_at", descending=descending)


def _by_number(cases: QuerySet, policy: Policy, descending: bool) -> tuple[QuerySet, paging.Key]:
    return cases, paging.by_text("number", descending=descending)


def _by_state(cases: QuerySet, policy: Policy, descending: bool) -> tuple[QuerySet, paging.Key]:
    """In the order in which a case passes through them."""
    return _by_place(cases, "state", State.values, descending)


def _by_tier(cases: QuerySet, policy: Policy, descending: bool) -> tuple[QuerySet, paging.Key]:
    return _by_place(cases, "tier", [tier.id for tier in policy.tiers], descending)


def _by_place(
    cases: QuerySet, column: str, values: Iterable[str], descending: bool
) -> tuple[QuerySet, paging.Key]:
    whens = [When(**{column: value, "then": Value(place)}) for place, value in enumerate(values, 1)]
    cases = cases.annotate(place_in_order=Case(*whens, default=Value(0), output_field=IntegerField()))
    return cases, paging.by_number("place_in_order", descending=descending)


def _by_department(cases: QuerySet, policy: Policy, descending: bool) -> tuple[QuerySet, paging.Key]:
    cases = cases.annotate(place_in_order=Coalesce(F("lead_department__code"), Value("")))
    return cases, paging.by_text("place_in_order", descending=descending)


def _by_due(cases: QuerySet, policy: Policy, descending: bool) -> tuple[QuerySet, paging.Key]:
    """By the limit that runs out first; cases without one come last, either way."""
    running = Deadline.objects.filter(
        organization=OuterRef("organization"),
        complaint=OuterRef("pk"),
        state=Deadline.State.OPEN,
        due_at__isnull=False,  # SQLite would take an unlimited one for the first
    )
    first = Subquery(running.order_by("due_at").values("due_at")[:1])
    cases = cases.annotate(place_in_order=Coalesce(first, Value(_NEVER[descending])))
    return cases, paging.by_time("place_in_order", descending=descending)


_ORDERS: dict[str, Order] = {
    "received": _by_received,
    "number": _by_number,
    "state": _by_state,
    "tier": _by_tier,
    "department": _by_department,
    "due": _by_due,
}
# (name of the order, or "" for a column that has none; heading)
_COLUMNS: tuple[tuple[str, Promise], ...] = (
    ("number", _("Number")),
    ("", _("Case")),
    ("state", _("State")),
    ("tier", _("Tier")),
    ("", _("Complainant")),
    ("department", _("Department")),
    ("received", _("Received")),
    ("due", _("Next limit")),
)


@dataclass(frozen=True)
class Heading:
    """A column's heading. `url` sorts by it; `sorted` is as aria-sort has it: ascending, descending or ""."""

    label: Promise
    url: str = ""
    sorted: str = ""


@dataclass(frozen=True)
class Chip:
    """A filter that is set. `url` is the list without it."""

    label: str
    value: str
    url: str


class CaseList:
    """What the parameters of an address ask for. Whatever they say that is not understood is left out."""

    def __init__(self, actor: Actor, now: datetime, given: QueryDict) -> None:
        self.actor, self.now, self.given = actor, now, given
        self.policy = choices.policy_in_force(actor)
        self.filter = CaseFilter(given, actor=actor, policy=self.policy, auto_id="filter-%s")
        sort, size = given.get("sort", ""), given.get("per", "")
        self.sort = sort if sort.removeprefix("-") in _ORDERS else NEWEST
        self.size = int(size) if size in map(str, SIZES) else paging.PAGE_SIZE

    @cached_property
    def chosen(self) -> dict[str, Any]:
        return self.filter.chosen

    @property
    def words(self) -> list[str]:
        """What the rows are searched for, to be marked in them."""
        return words_of(self.chosen.get("q", ""))

    @property
    def is_too_short(self) -> bool:
        """Whether something is searched for that is no word of two characters."""
        return "q" in self.chosen and not is_enough(self.chosen["q"])

    # --- addresses ----------------------------------------------------------------------------------------

    @property
    def query(self) -> str:
        """The query string of this list, the same in whatever way it was written; "" for all cases."""
        return self._written({})

    def _written(self, changes: dict[str, str]) -> str:
        """The same list with other parameters; "" takes one away. The page that was looked at is not kept."""
        usual = {"sort": NEWEST, "per": str(paging.PAGE_SIZE)}
        parameters = {**dict(self.filter.parameters()), "sort": self.sort, "per": str(self.size), **changes}
        return urlencode(
            [(name, value) for name, value in parameters.items() if value not in ("", usual.get(name))]
        )

    def url(self, **changes: str) -> str:
        return f"?{self._written(changes) or ALL}"

    def chips(self) -> list[Chip]:
        return [Chip(label, value, self.url(**{name: ""})) for name, label, value in self.filter.chips()]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form of the filters has no field for, and hands on."""
        names = [row.split("=")[0] for row in self.query.split("&")]
        return [(name, self.given[name]) for name in ("sort", "per", *behind.FILTERS) if name in names]

    @property
    def search_alone(self) -> str:
        """The search without the other filters."""
        return "?" + urlencode({"q": self.chosen.get("q", "")})

    def headings(self) -> list[Heading]:
        return [self._heading(name, label) for name, label in _COLUMNS]

    def _heading(self, name: str, label: Promise) -> Heading:
        if not name:
            return Heading(label)
        if self.sort not in (name, f"-{name}"):
            return Heading(label, self.url(sort=NEWEST if name == "received" else name))
        descending = self.sort.startswith("-")
        turned = name if descending else f"-{name}"
        return Heading(label, self.url(sort=turned), "descending" if descending else "ascending")

    def sizes(self) -> list[tuple[int, str, bool]]:
        """(rows on a page, the list with so many, whether it has so many now)"""
        return [(size, self.url(per=str(size)), size == self.size) for size in SIZES]

    # --- cases --------------------------------------------------------------------------------------------

    def cases(self) -> QuerySet[Complaint]:
        """The cases of the list that exist for the actor, in no order."""
        return lists.filtered(visible_cases(self.actor), self.chosen, self.policy, self.actor, self.now)

    def page(self) -> paging.Slice:
        """One page as CaseRow; the case whose number was searched for comes first."""
        exact = self._exact()
        rest = self.cases().exclude(pk__in=[case.pk for case in exact]) if exact else self.cases()
        rows, key = self._ordered(rest.select_related("lead_department"))
        found = paging.keyed(self.given, rows, key, self.size)
        if not any(name in self.given for name in paging.CURSORS):
            found.rows[:0] = exact
        return paging.Slice(lists.case_rows(found.rows, self.now), found.newer, found.older)

    def ids(self, most: int) -> list[int]:
        """The primary keys of all pages, in the order of the list; at most so many."""
        exact = [case.pk for case in self._exact()]
        rows, key = self._ordered(self.cases())
        others = rows.order_by(*key.order).values_list("pk", flat=True)[:most]
        return [*exact, *(pk for pk in others if pk not in exact)][:most]

    def _ordered(self, cases: QuerySet[Complaint]) -> tuple[QuerySet[Complaint], paging.Key]:
        order = _ORDERS[self.sort.removeprefix("-")]
        return order(cases, self.policy, self.sort.startswith("-"))

    def _exact(self) -> list[Complaint]:
        if "q" not in self.chosen:
            return []
        return list(numbered(self.cases().select_related("lead_department"), self.chosen["q"]))
