"""Who asks on the public page: an address to count by, and the case that was opened a moment ago."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from complaints.models import PublicAccess
from complaints.services.opening import opened_before, seal_of
from organizations.errors import NotVisible
from web.request import Request

COOKIE = "huiyin_case"
OPEN_SECONDS = 3600
# A household has a network of IPv6 addresses, and could ask from each of them in turn.
_IPV6_NETWORK_BITS = 64


def address_of(request: HttpRequest) -> str:
    """The network address that limits are counted by; "" where the server does not know it.

    X-Forwarded-For counts from its end, as far as our own proxies have written it (TRUSTED_PROXIES).
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        address = hops[-min(settings.TRUSTED_PROXIES, len(hops))] or address
    try:
        known = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or int(known) >> (128 - _IPV6_NETWORK_BITS))
    return str(known)


def keep_open(request: Request, response: HttpResponseBase, access: PublicAccess) -> None:
    """Let this browser look at the case for an hour. The cookie says which case, signed; never its code."""
    response.set_signed_cookie(
        COOKIE,
        f"{access.pk}.{seal_of(access)}",
        salt=_salt(request),
        max_age=OPEN_SECONDS,
        path=_path(request),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def close(request: Request, response: HttpResponseBase) -> None:
    """Forget the case in this browser."""
    response.delete_cookie(COOKIE, path=_path(request), samesite="Strict")


def opened(request: Request) -> PublicAccess | None:
    """The case that this browser has opened within the hour, None if there is none."""
    kept = request.get_signed_cookie(COOKIE, default="", salt=_salt(request), max_age=OPEN_SECONDS)
    pk, _dot, seal = (kept or "").partition(".")
    if not pk.isdecimal():
        return None
    try:
        return opened_before(organization=request.organization, pk=int(pk), seal=seal)
    except NotVisible:
        return None


def _salt(request: Request) -> str:
    return f"web.public:{request.organization.pk}"


def _path(request: Request) -> str:
    return reverse("public-case", args=[request.organization.slug])
