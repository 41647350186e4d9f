"""The versions of the rules: their list, one of them in words, made, published, applied, exported."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.models import OPEN, Complaint
from escalation.models import Rollout
from escalation.selectors import open_cases_of_other_rules
from escalation.services import apply_version, carry_on, preview_version
from organizations.errors import Refused
from policies.comparing import compare
from policies.engine.errors import PolicyErrors
from policies.exporting import as_yaml
from policies.filling import OpenEntry, open_entries
from policies.models import PolicyVersion, RuleChange
from policies.packs import PackFile, shipped_packs
from policies.readable import Section, sections
from policies.readable.words import INDUSTRIES
from policies.rights import check_administrator, check_reader, is_administrator
from policies.selectors import rules_of, version_numbered
from policies.services import (
    draft_from_pack,
    draft_from_version,
    draft_from_yaml,
    drop_draft,
    publish_version,
)
from web.administration.editing import edit_links
from web.administration.forms.drafts import ApplyForm, PackForm, SeenForm, YamlForm
from web.administration.posts import open_roles
from web.administration.shared import Opened, in_force, opened, previewed, surroundings
from web.answers import attempt, page
from web.request import Request

LOG_SHOWN = 40
PACK, YAML, VERSION = "pack", "yaml", "version"
CASES_FIRST = 60  # what one request does of a rollout before it answers


@dataclass(frozen=True)
class VersionRow:
    """One version in the list. `standing`: draft | in_force | superseded."""

    version: PolicyVersion
    standing: str
    open_cases: int


@page("GET")
def rules(request: Request) -> HttpResponse:
    """Every version, what is under way, and the log."""
    check_reader(request.actor)
    current = in_force(request.actor)
    versions = PolicyVersion.objects.filter(organization=request.organization)
    rows = versions.select_related("created_by", "published_by").defer("document")
    cases = Complaint.objects.filter(organization=request.organization, state__in=OPEN)
    counted = dict(cases.order_by().values_list("policy").annotate(Count("pk")))
    log = RuleChange.objects.filter(organization=request.organization).select_related("by")
    done = Rollout.objects.filter(organization=request.organization).select_related("version", "started_by")
    context = {
        **surroundings(request, "rules"),
        "rows": [VersionRow(row, _standing(row, current), counted.get(row.pk, 0)) for row in rows],
        "current": current,
        "elsewhere": sum(counted.values()) - (counted.get(current.pk, 0) if current else 0),
        "log": log[:LOG_SHOWN],
        "rollouts": done.exclude(finished_at=None)[:10],
        "open_roles": open_roles(request.actor, rules_of(current)) if current else [],
    }
    return render(request, "web/administration/rules.html", context)


def _standing(version: PolicyVersion, current: PolicyVersion | None) -> str:
    if version.state == PolicyVersion.State.DRAFT:
        return "draft"
    return "in_force" if current and version.pk == current.pk else "superseded"


# --- making a draft -----------------------------------------------------------------------------------------


@page("GET", "POST")
def new(request: Request) -> HttpResponse:
    """Make a draft: from a shipped pack, from YAML, or from a version there is."""
    check_administrator(request.actor)
    packs = shipped_packs()
    way = request.POST.get("way", "") if request.method == "POST" else ""
    pack_form = PackForm(request.POST if way == PACK else None, packs=packs)
    yaml_form = YamlForm(request.POST if way == YAML else None, request.FILES if way == YAML else None)
    faults: list[Any] = []
    status = 200 if request.method == "GET" else 422
    try:
        version = _make(request, way, pack_form, yaml_form)
    except PolicyErrors as errors:
        version, faults = None, list(errors.errors)
    if version is not None:
        messages.success(request, _("Version %(number)d is there as a draft.") % {"number": version.number})
        return redirect("rules-version", org=request.organization.slug, version=version.number)
    context = {
        **surroundings(request, "rules"),
        "packs": _by_industry(packs),
        "pack_form": pack_form,
        "yaml_form": yaml_form,
        "faults": faults,
        "current": in_force(request.actor),
    }
    return render(request, "web/administration/new.html", context, status=status)


def _by_industry(packs: tuple[PackFile, ...]) -> list[tuple[str, list[PackFile]]]:
    grouped: dict[str, list[PackFile]] = {}
    for row in sorted(packs, key=lambda row: (row.industry != "general", row.industry)):
        grouped.setdefault(str(INDUSTRIES.get(row.industry, row.industry)), []).append(row)
    return list(grouped.items())


def _make(request: Request, way: str, pack_form: PackForm, yaml_form: YamlForm) -> PolicyVersion | None:
    """The draft that was asked for; None if nothing was, or the form has to be shown again."""
    form: Any = {PACK: pack_form, YAML: yaml_form}.get(way)
    if form is not None:
        verb = draft_from_pack if way == PACK else draft_from_yaml
        return attempt(form, lambda **given: verb(actor=request.actor, now=request.now, **given)).value
    if way == VERSION:
        number = request.POST.get("version", "")
        source = version_numbered(request.organization, int(number) if _is_number(number) else 0)
        return draft_from_version(actor=request.actor, version=source, now=request.now)
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


# --- one version --------------------------------------------------------------------------------------------


@page("GET")
def show(request: Request, version: int) -> HttpResponse:
    """One version in words, with everything that can be done with it."""
    found = opened(request.actor, version)
    current = in_force(request.actor)
    context = {
        **surroundings(request, "rules"),
        "version": found.version,
        "policy": found.policy,
        "standing": _standing(found.version, current),
        "current": current,
        "sections": sections(found.policy),
        "links": edit_links(found.policy) if found.is_draft and is_administrator(request.actor) else {},
        "open_entries": open_entries(found.policy),
        "open_roles": open_roles(request.actor, found.policy) if found.is_draft else [],
        "seen": found.version.checksum,
    }
    return render(request, "web/administration/version.html", context)


@page("GET")
def export(request: Request, version: int) -> HttpResponse:
    """A version as a YAML file."""
    found = opened(request.actor, version)
    answer = HttpResponse(as_yaml(found.version.document), content_type="application/yaml; charset=utf-8")
    name = f"{request.organization.slug}-rules-{found.version.number}.yaml"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@page("GET")
def difference(request: Request, version: int) -> HttpResponse:
    """What is different from another version: the one named by `?with=`, else the one in force."""
    found = opened(request.actor, version)
    given = request.GET.get("with", "")
    current = in_force(request.actor)
    if _is_number(given):
        other = opened(request.actor, int(given))
    elif current is not None:
        other = opened(request.actor, current.number)
    else:
        other = found
    versions = PolicyVersion.objects.filter(organization=request.organization).defer("document")
    context = {
        **surroundings(request, "rules"),
        "version": found.version,
        "other": other.version,
        "versions": [row for row in versions if row.pk != found.version.pk],
        "differences": _by_section(other, found),
    }
    return render(request, "web/administration/compare.html", context)


def _by_section(old: Opened, new_: Opened) -> list[tuple[str, list[Any]]]:
    grouped: dict[str, list[Any]] = {}
    for row in compare(old.policy, new_.policy):
        grouped.setdefault(row.title, []).append(row)
    return list(grouped.items())


@page("GET", "POST")
def publish(request: Request, version: int) -> HttpResponse:
    """What publishing a draft changes for new cases, and doing it."""
    found = opened(request.actor, version, to_change=True)
    if not found.is_draft:
        raise Refused(_("This version is published and cannot be changed any more. Make a draft from it."))
    form = SeenForm(request.POST or None, initial={"seen": found.version.checksum})
    status = 200
    if request.method == "POST":

        def carry_out(seen: str) -> PolicyVersion:
            return publish_version(actor=request.actor, version=found.version, seen=seen, now=request.now)

        tried = attempt(form, carry_out)
        if tried.done:
            words = {"number": tried.value.number}
            messages.success(request, _("Version %(number)d is in force for cases from now on.") % words)
            return redirect("rules", org=request.organization.slug)
        status = tried.status
        form = _seen_again(form, found)
    current = in_force(request.actor)
    context = {
        **surroundings(request, "rules"),
        "version": found.version,
        "policy": found.policy,
        "current": current,
        "sections": _sections_of_first(found) if current is None else [],
        "differences": _by_section(opened(request.actor, current.number), found) if current else [],
        "open_entries": _missing(found),
        "form": form,
    }
    return render(request, "web/administration/publish.html", context, status=status)


def _seen_again(form: SeenForm, found: Opened) -> SeenForm:
    """What was refused stays above the form; the page below shows the draft as it is now."""
    form.data = {**form.data.dict(), "seen": found.version.checksum}  # type: ignore[attr-defined]
    return form


def _sections_of_first(found: Opened) -> list[Section]:
    return [section for section in sections(found.policy) if section.id in ("duties", "extensions", "gates")]


def _missing(found: Opened) -> list[OpenEntry]:
    return [one for one in open_entries(found.policy) if one.is_missing]


@page("POST")
def drop(request: Request, version: int) -> HttpResponse:
    """Throw a draft away."""
    found = opened(request.actor, version, to_change=True)
    form = SeenForm(request.POST)
    tried = attempt(
        form,
        lambda seen: drop_draft(actor=request.actor, version=found.version, seen=seen, now=request.now),
    )
    if not tried.done:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("rules-version", org=request.organization.slug, version=version)
    messages.success(request, _("The draft was dropped."))
    return redirect("rules", org=request.organization.slug)


# --- open cases ---------------------------------------------------------------------------------------------


@page("GET", "POST")
def apply(request: Request, version: int) -> HttpResponse:
    """What the version in force would move in the open cases, page by page, and bringing them under it."""
    found = opened(request.actor, version, to_change=True)
    form = ApplyForm(request.POST or None)
    status = 200
    if request.method == "POST":

        def carry_out(reason: str) -> Rollout:
            return apply_version(actor=request.actor, version=found.version, reason=reason, now=request.now)

        tried = attempt(form, carry_out)
        if tried.done:
            return started(request, tried.value, "rules")
        status = tried.status
    after = request.GET.get("after", "")
    preview = preview_version(
        organization=request.organization,
        version=found.version,
        now=request.now,
        after=int(after) if _is_number(after) else 0,
    )
    context = {
        **surroundings(request, "rules"),
        **previewed(request.actor, preview),
        "version": found.version,
        "standing": _standing(found.version, in_force(request.actor)),
        "cases": open_cases_of_other_rules(request.organization, found.version),
        "form": form,
    }
    return render(request, "web/administration/apply.html", context, status=status)


def started(request: Request, rollout: Rollout, page_: str) -> HttpResponse:
    """Do a first part of a rollout at once; most organizations are done with that."""
    rollout = carry_on(rollout=rollout, now=request.now, cases=CASES_FIRST, seconds=5)
    words = {"seen": rollout.seen, "moved": rollout.moved}
    if rollout.finished_at:
        done = _("%(seen)d open cases were looked at, %(moved)d limits have changed.") % words
    else:
        done = _("%(seen)d open cases have been looked at so far; the rest follows by itself.") % words
    messages.success(request, done)
    return redirect(page_, org=request.organization.slug)
