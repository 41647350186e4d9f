"""Settling a task of the rules."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from complaints.models import Task
from complaints.services import settle_task
from complaints.settling import check_settling
from tickets.access import access_task
from web import actions, case
from web.answers import attempt, page
from web.casefile import CaseFile
from web.forms.tasks import SettleForm
from web.request import Request
from web.todo import SETTLE


@page("GET", "POST")
def settle(request: Request, pk: int) -> HttpResponse:
    """Answer, do or decline one task. GET (after signing in again, say) leads to the case."""
    task = access_task(request.actor, pk)
    file = CaseFile(task.complaint, request.actor, request.now)
    if request.method != "POST":
        return redirect(f"{file.case.get_absolute_url()}#task-{pk}")
    check_settling(request.actor, task, file.posts)
    form = SettleForm(request.POST, file=file, task=task, auto_id=f"task-{pk}-%s")

    def carry_out(**values: Any) -> Task:
        return settle_task(actor=request.actor, task=task, now=request.now, **values)

    tried = attempt(form, carry_out)
    if tried.done:
        declined = tried.value.state == Task.State.DECLINED
        messages.success(request, _("It has been declined.") if declined else _("It has been settled."))
        return case.back_to(request, form, file)
    return case.case_page(request, file, failed=actions.Failed(SETTLE, form, str(pk)), status=tried.status)
