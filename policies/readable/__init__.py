"""A policy in words, for people who will never look at its YAML. Every sentence goes through gettext."""

from collections.abc import Callable, Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from policies.engine.schema import Policy
from policies.readable import duties, lists, rest, texts
from policies.readable.duties import duty_line, limit_line
from policies.readable.lines import Line, Section

__all__ = ["SECTIONS", "Line", "Section", "duty_line", "limit_line", "sections"]

SECTIONS: tuple[tuple[str, Promise, Callable[[Policy], Iterable[Line]]], ...] = (
    ("duties", _("Limits"), duties.duties),
    ("extensions", _("More time"), duties.extensions),
    ("clock_stops", _("Stopping the clock"), duties.clock_stops),
    ("gates", _("What has to be true first"), rest.gates),
    ("triggers", _("What happens by itself"), rest.triggers),
    ("routes", _("Who gets the case"), rest.routes),
    ("grants", _("Who may promise or do what"), rest.grants),
    ("penalties", _("Penalties that are proposed"), rest.penalties),
    ("schedules", _("Reports and reviews"), rest.schedules),
    ("metrics", _("Figures"), rest.metrics),
    ("keeping", _("Keeping and publishing"), rest.keeping),
    ("calendars", _("How time is counted"), duties.calendars),
    ("lists", _("Lists"), lists.lists),
    ("facts", _("Further facts"), lists.facts),
    ("forms", _("Forms"), lists.forms),
    ("templates", _("Texts"), texts.templates),
)


def sections(policy: Policy) -> list[Section]:
    """All rules in words, in the order people ask about them; a section the pack does not use is left out."""
    found = (Section(name, str(title), list(lines(policy))) for name, title, lines in SECTIONS)
    return [section for section in found if section.lines]
