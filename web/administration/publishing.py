"""The public page as its administrator sees it: switched on or off, filled in, and as a poster to hang up."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.models import PublicPageChange
from complaints.services.public_page import IS_ON, change_public_page, latest_changes
from organizations.models import Organization
from policies.readable.rest import disclosed
from policies.rights import check_administrator, check_reader
from policies.selectors import rules_of
from web.administration.forms.publishing import PublicPageForm
from web.administration.shared import in_force, surroundings
from web.answers import attempt, page
from web.public.promises import ALWAYS, wanted_details
from web.public.qr import qr_code
from web.request import Request


@page("GET", "POST")
def public_page(request: Request) -> HttpResponse:
    """Whether there is a public page, and what stands on it that the rules do not say by themselves."""
    if request.method == "POST":
        check_administrator(request.actor)
    check_reader(request.actor)
    organization = request.organization
    wanted, required = _details(request)
    form = PublicPageForm(
        request.POST if request.method == "POST" else None,
        wanted=wanted,
        required=required,
        stored=organization.public_details,
        initial={"is_on": organization.public_page},
    )
    status = 200
    if request.method == "POST":
        tried = attempt(
            form, lambda **given: change_public_page(actor=request.actor, now=request.now, **given)
        )
        if tried.done:
            messages.success(request, _("The public page has been changed."))
            return redirect("public-page", org=organization.slug)
        status = tried.status
    context = {
        **surroundings(request, "public"),
        "form": form,
        "is_on": organization.public_page,
        "address": public_address(organization),
        "log": [(row, _in_words(row)) for row in latest_changes(organization)],
        "lacking": [disclosed(name) for name in required if not organization.public_details.get(name)],
    }
    return render(request, "web/administration/public.html", context, status=status)


def _in_words(row: PublicPageChange) -> list[tuple[str, str, str]]:
    """(what, before, after) of each thing that was changed."""
    return [(_name(name), _value(before), _value(after)) for name, (before, after) in row.changes.items()]


def _name(name: str) -> str:
    return _("Public page") if name == IS_ON else disclosed(name)


def _value(value: bool | str) -> str:
    if isinstance(value, bool):
        return _("switched on") if value else _("switched off")
    return value or _("nothing")


@page("GET")
def poster(request: Request) -> HttpResponse:
    """The address and its QR code on a sheet of A4."""
    check_reader(request.actor)
    address = public_address(request.organization)
    context = {
        "address": address.partition("://")[2],
        "qr": qr_code(address),
        "phone": request.organization.public_details.get("complaint_phone", ""),
    }
    return render(request, "web/administration/poster.html", context)


def public_address(organization: Organization) -> str:
    """The address of the public page, as it is printed."""
    return settings.SITE_URL.rstrip("/") + reverse("public", args=[organization.slug])


def _details(request: Request) -> tuple[list[str], list[str]]:
    """What can be written about the organization, and what the rules in force want of it. A text that is
    there stays when other rules do not ask for it any more."""
    version = in_force(request.actor)
    policy = rules_of(version) if version else None
    wanted = wanted_details(policy) if policy else list(ALWAYS)
    required = [name for name in wanted if policy and name in policy.keeping.disclosure]
    return list(dict.fromkeys([*wanted, *request.organization.public_details])), required
