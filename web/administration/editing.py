"""Changing a draft, part by part. Every part has a form; the engine has the last word."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from organizations.errors import NotVisible, Refused
from policies.engine.schema import Policy
from policies.models import PolicyVersion
from policies.readable.duties import calendar_title
from policies.services import change_draft
from web.administration.forms.edit import EditForm
from web.administration.forms.limits import DefaultsForm, DutyForm, ExtensionForm
from web.administration.forms.others import (
    FillForm,
    GateForm,
    HeadingForm,
    HoursForm,
    ListForm,
    RetentionForm,
    RolesForm,
    business_calendars,
    gate_names,
    list_names,
    list_title,
)
from web.administration.forms.templates import TemplateForm
from web.administration.shared import opened, surroundings
from web.answers import attempt, page
from web.request import Request

PARTS: dict[str, type[EditForm]] = {
    "heading": HeadingForm,
    "limit": DutyForm,
    "all-limits": DefaultsForm,
    "extension": ExtensionForm,
    "gate": GateForm,
    "roles": RolesForm,
    "list": ListForm,
    "hours": HoursForm,
    "retention": RetentionForm,
    "text": TemplateForm,
    "open": FillForm,
}


@dataclass(frozen=True)
class Link:
    """A form of a section; `part` and `place` name it in the address."""

    part: str
    place: int
    label: str = ""


def edit_links(policy: Policy) -> dict[str, Any]:
    """Which form changes which line, by section and line; `section` has forms of a whole section."""

    gates = gate_names(policy)
    lists = list_names(policy)
    hours = business_calendars(policy)
    extensions = _extension_ids(policy)
    lines: dict[tuple[str, str], Link] = {
        **{("duties", row.id): Link("limit", at) for at, row in enumerate(policy.duties)},
        **{("extensions", key): Link("extension", at) for at, key in enumerate(extensions)},
        **{("gates", name): Link("gate", at) for at, name in enumerate(gates)},
        **{("lists", name): Link("list", at) for at, name in enumerate(lists)},
        **{("calendars", name): Link("hours", at) for at, name in enumerate(hours)},
        **{("templates", row.id): Link("text", at) for at, row in enumerate(policy.templates)},
        ("lists", "roles"): Link("roles", 0),
    }
    sections = {
        "duties": Link("all-limits", 0, _("What holds for all limits")),
        "templates": Link("text", len(policy.templates), _("A further text")),
    }
    if policy.keeping.retention:
        sections["keeping"] = Link("retention", 0, _("How long things are kept"))
    return {
        "lines": lines,
        "sections": sections,
        "has_texts": bool(policy.templates),
        "lists": [(name, list_title(policy, name)) for name in lists],
        "hours": [(name, calendar_title(policy, name)) for name in hours],
    }


def _extension_ids(policy: Policy) -> Iterable[str]:
    """The ids that `policies.readable` gives the rules about more time."""
    seen: dict[str, int] = {}
    for rule in policy.extensions:
        seen[rule.duty] = place = seen.get(rule.duty, 0) + 1
        yield f"{rule.duty}.{place}"


@page("GET", "POST")
def edit(request: Request, version: int, part: str, place: int) -> HttpResponse:
    """Show and carry out the form of one part of a draft."""
    found = opened(request.actor, version, to_change=True)
    if part not in PARTS:
        raise NotVisible(part)
    if not found.is_draft:
        raise Refused(_("This version is published and cannot be changed any more. Make a draft from it."))
    form = PARTS[part](
        request.POST if request.method == "POST" else None,
        policy=found.policy,
        place=place,
        seen=found.version.checksum,
    )
    status = 200
    if form.can_preview and "preview" in request.POST:
        status = 200 if form.is_valid() else 422
    elif request.method == "POST":

        def carry_out(**given: Any) -> PolicyVersion:
            return change_draft(actor=request.actor, version=found.version, now=request.now, **given)

        tried = attempt(form, carry_out)
        if tried.done:
            same = tried.value.checksum == found.version.checksum
            messages.success(request, _("Nothing has changed.") if same else _("The draft was changed."))
            answer = redirect("rules-version", org=request.organization.slug, version=version)
            answer.headers["Location"] += f"#{anchor(part)}"
            return answer
        status = tried.status
    context = {
        **surroundings(request, "rules"),
        "version": found.version,
        "form": form,
        "part": part,
    }
    return render(request, "web/administration/edit.html", context, status=status)


def anchor(part: str) -> str:
    """Where on the page of the version the part stands."""
    sections = {
        "limit": "duties", "all-limits": "duties", "extension": "extensions", "gate": "gates",
        "roles": "lists", "list": "lists", "hours": "calendars", "retention": "keeping", "open": "open",
        "text": "templates",
    }  # fmt: skip
    return sections.get(part, "content")
