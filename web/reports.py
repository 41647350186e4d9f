"""The monthly reports."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render

from reporting.selectors import access_report, read_pdf, reports_for
from web.answers import page
from web.request import Request


@page("GET")
def reports(request: Request) -> HttpResponse:
    """All reports, the newest first."""
    return render(request, "web/reports.html", {"reports": reports_for(request.actor)})


@page("GET")
def report(request: Request, month: date) -> HttpResponse:
    """The PDF of one month; `?save` hands it over as a file."""
    pdf = read_pdf(access_report(request.actor, month))
    disposition = "attachment" if "save" in request.GET else "inline"
    name = f"{request.organization.slug}-{month:%Y-%m}.pdf"
    headers = {
        "Content-Disposition": f'{disposition}; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
