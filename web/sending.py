"""Forms on a case that arrive twice: carried out once, and answered both times as if it were the first.

Each has a key of its own in its input `once`. Without one (a script's form, an undo) nothing is remembered,
and what the verb itself finds out has to do.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from complaints.services.sending import SentBefore, carry_out_once, check_not_sent, key_of
from organizations.actors import Actor
from web.forms.base import BACK, CaseForm, VerbForm

_OF_THE_BROWSER = "csrfmiddlewaretoken"


def check(request: HttpRequest) -> None:
    """Raise SentBefore if this very form has been carried out. Asks nothing where there is no key."""
    actor = getattr(request, "actor", None)
    if request.method != "POST" or actor is None:
        return
    if key := _key(actor, request.POST, request.FILES):
        check_not_sent(actor, key)


def once(form: VerbForm, verb: Callable[[], Any]) -> Any:
    """Carry out the verb of a form that is in order; raises SentBefore if it arrived twice at once."""
    if not isinstance(form, CaseForm):
        return verb()
    file = form.file
    key = _key(file.actor, form.data, form.files)
    if key is None:
        return verb()
    return carry_out_once(actor=file.actor, complaint=file.case, key=key, verb=verb, now=file.now)


def answer_again(request: HttpRequest, error: SentBefore) -> HttpResponse:
    """Back to where the form came from, saying that it was carried out."""
    messages.success(request, _("This had arrived already and is on record once."))
    back = request.POST.get("back")
    if back in BACK and back != "case":
        return redirect(back, org=error.complaint.organization.slug)
    return redirect(error.complaint)


def _key(actor: Actor, data: QueryDict, files: MultiValueDict) -> UUID | None:
    try:
        form = UUID(data.get("once", ""))
    except ValueError:
        return None
    return key_of(form, actor, [*_words(data.lists()), *_names(files)])


def _words(lists: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, str]]:
    for name, values in lists:
        if name != _OF_THE_BROWSER:
            yield from ((name, value) for value in values)


def _names(files: MultiValueDict) -> Iterator[tuple[str, str]]:
    for name, uploads in files.lists():
        yield from ((name, f"{upload.name} {upload.size}") for upload in uploads)
