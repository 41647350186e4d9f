"""The form for what the rules wait for besides the verbs, and for facts learnt on the way."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.notable import notable, notable_now, role_to_note
from policies.engine.naming import asked_facts
from policies.engine.occasions import EVENT_OF
from policies.readable import phrases
from web import choices, texts, wording
from web.casefile import CaseFile
from web.forms.base import CaseForm
from web.forms.facts import PREFIX, fact_fields, fact_values
from web.forms.fields import LocalDateTimeField, long_text
from web.forms.papers import Comes


class NoteForm(CaseForm):
    """What happened (`event`, with the form or the list it is about: `form_filed:corrective`), the forms that
    come with it, and facts of the pack."""

    event = forms.ChoiceField(label=_("What is to be noted"))
    note = long_text(label=_("Note"), required=False, rows=2)
    promised_due = LocalDateTimeField(label=_("Answer promised until"), required=False)
    renamed = {"list": "event", "forms": "event"}
    papers_after, insists = "note", False

    def fit(self) -> None:
        policy = self.file.policy
        offered = event_choices(self.file)
        self.fields["event"].choices = offered
        kinds = {key.partition(":")[0] for key, _title in offered}
        self.texts = _texts(self.file, dict(offered))
        if "promise_made" not in kinds:
            del self.fields["promised_due"]
        promised = ["promised_due"] if "promise_made" in notable(policy) else []
        self.fields.update(fact_fields(policy, *promised))
        for name, value in self.file.case.facts.items():
            if PREFIX + name in self.fields:
                now = wording.fact_words(policy, name, value, self.file.case.organization)
                self.fields[PREFIX + name].help_text = gettext("Now: %(value)s") % {"value": now}

    def fit_papers(self) -> None:
        if not self.file.policy.forms:
            return
        file, chosen = self.file, self.typed("event")
        own = {fact.id: PREFIX + fact.id for fact in asked_facts(file.policy)}
        for key, _title in self.fields["event"].choices:
            event, _colon, about = key.partition(":")
            comes = Comes(event, text="note", brings=own, certain=key == chosen, key=key, one_of=True)
            role = role_to_note(file.actor, file.case, event)
            if event == "form_filed":
                form = next(row for row in file.policy.forms if row.id == about)
                self.add_paper(file.policy, comes, form, {**file.facts, **self.stated(own)}, role)
            else:
                counts = file.course.run.fold.counts(file.now)
                self.add_papers(file.policy, comes, file.facts, role, counts=counts)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        for paper in self.papers:
            filled = [
                name for name in (*paper.inputs, *paper.boxes) if values.get(name) not in (None, "", False)
            ]
            if filled and paper.key != values.get("event") and "event" not in self.errors:
                self.add_error(filled[0], gettext("These do not belong to what happened."))
        return values

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        event, _colon, about = values["event"].partition(":")
        filled = self.filled_papers(values["event"])
        if event == "form_filed":
            filled.setdefault(about, {})  # nothing in it was open any more
        data: dict[str, Any] = {"list": about} if event == "listed" else {}
        if values.get("promised_due") and event == "promise_made":
            data["promised_due"] = values["promised_due"]
        same = {name: values[name] for name in ("note", "revision")}
        return {**same, "event": event, "facts": fact_values(values), "data": data, "forms": filled}


def _texts(file: CaseFile, offered: Mapping[str, str]) -> texts.Suggestions | None:
    """What the rules have written to be said with one of the events."""
    found = [
        replace(said, keys=(event,), label=offered[event])
        for occasion, event in EVENT_OF.items()
        if event in offered and (own := texts.suggestions(file, occasion, "note"))
        for said in own.texts
    ]
    return texts.Suggestions("note", found, "event") if found else None


def has_something_to_note(file: CaseFile) -> bool:
    """Whether the rules wait for an event, or ask for a fact, that the actor could note on the case now."""
    kinds = notable_now(file.policy, file.case, file.actor)
    return bool(kinds - {"noted"}) or ("noted" in kinds and bool(asked_facts(file.policy)))


def event_choices(file: CaseFile) -> list[choices.Choice]:
    """What can be noted on the case now; `noted` first, then by title. One entry for each form and list."""
    policy = file.policy
    kinds = notable_now(policy, file.case, file.actor)
    found = [(kind, phrases.event(policy, kind)) for kind in kinds - {"noted", "form_filed", "listed"}]
    if "form_filed" in kinds:
        found += [
            (f"form_filed:{row.id}", _titled("form_filed", row.title or row.id))
            for row in policy.forms
            if row.at not in kinds and file.facts.get(f"form.{row.id}") is not True
        ]
    if "listed" in kinds:
        rows = (row for row in policy.schedules if row.selects)
        found += [(f"listed:{row.id}", _titled("listed", row.title or row.id)) for row in rows]
    first = [("noted", phrases.event(policy, "noted"))] if "noted" in kinds else []
    return first + sorted(found, key=lambda row: row[1])


def _titled(kind: str, title: str) -> str:
    return f"{wording.event_title(kind)}: {title}"
