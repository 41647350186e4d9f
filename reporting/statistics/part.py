"""A part of the organization: the cases that its desks keep or its departments lead, as they do now."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

Places = frozenset[int]


@dataclass(frozen=True, slots=True)
class Part:
    """What a reader is shown. Each of `limits` is (desks, leading departments): a case belongs to the part if
    for every one of them its desk or its leading department is in it. No limits: the whole organization."""

    limits: tuple[tuple[Places, Places], ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.limits

    def below(self, departments: Iterable[int]) -> "Part":
        """What of it lies with some departments."""
        places = frozenset(departments)
        return Part((*self.limits, (places, places)))

    def of(self, rows: QuerySet, path: str = "") -> QuerySet:
        """The rows that belong to it. `path` is the way from them to the complaint ("" = they are cases)."""
        before = f"{path}__" if path else ""
        for desks, leads in self.limits:
            rows = rows.filter(
                Q(**{f"{before}desk__in": desks}) | Q(**{f"{before}lead_department__in": leads})
            )
        return rows


WHOLE = Part()
