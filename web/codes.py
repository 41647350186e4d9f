"""The slip with number and code that the desk hands to a complainant."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from complaints.services.public import Receipt
from web.public.qr import qr_code
from web.request import Request


def slip(request: Request, receipt: Receipt) -> HttpResponse:
    """The page that shows a code once, to be read out or printed. Its QR code leads to the door of the public
    page and says nothing of the case."""
    address = settings.SITE_URL.rstrip("/") + reverse("public-follow", args=[request.organization.slug])
    context = {"receipt": receipt, "address": address.partition("://")[2], "qr": qr_code(address)}
    answer = render(request, "web/slip.html", context)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
