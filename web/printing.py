"""A form of the rules as a sheet: to be printed, filled in with what is known, and signed on paper."""

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from reporting.document import pdf_of, sheet_style
from tickets.access import access_case
from web.answers import page
from web.casefile import CaseFile
from web.request import Request
from web.sheets import sheet_of


@page("GET")
def paper(request: Request, number: str, form: str) -> HttpResponse:
    """The sheet on a page of its own; `?pdf` makes a PDF of it."""
    file = CaseFile(access_case(request.actor, number), request.actor, request.now)
    context = {"case": file.case, "sheet": sheet_of(file, form), "now": request.now}
    if "pdf" not in request.GET:
        return render(request, "web/paper.html", context)
    html = render_to_string("reporting/sheet.html", {**context, "style": sheet_style()}, request)
    headers = {
        "Content-Disposition": f'inline; filename="{number}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(pdf_of(html), content_type="application/pdf", headers=headers)
