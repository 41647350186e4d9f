"""The verbs on a case, one POST each: `complaints/{number}/{verb}/`. Each shows the case as it is then."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.complaints import CaseView
from api.fields import LONG, DepartmentField, Forms, Moment, Note, Revision, Text
from complaints import services
from complaints.models import Complaint
from complaints.rights import RIGHTS
from complaints.services.correction import CORRECTABLE
from complaints.services.replying import Satisfaction
from tickets.services import dispatch


class VerbInput(serializers.Serializer):
    revision = Revision(
        help_text="The revision that was seen; 409 if the case has moved on. May be left out."
    )


class VerbWithForms(VerbInput):
    forms = Forms()


class CaseVerb(CaseView):
    """POST: parse, do, answer with the case."""

    serializer_class: type[serializers.Serializer] = VerbInput

    def post(self, request: Request, org: str, number: str) -> Response:
        case = self.case()
        self.act(complaint=case, actor=self.actor, now=self.now, **self.parse())
        return Response(self.answer(case))

    def act(self, **given: Any) -> Any:
        raise NotImplementedError


class AcceptInput(VerbWithForms):
    reason = Note(max_length=60, help_text="An entry of the list accept_reasons whose effect is register")
    note = Note()


class Accept(CaseVerb):
    """Open the case formally."""

    serializer_class = AcceptInput

    def act(self, **given: Any) -> Complaint:
        return services.accept(**given)


class ExplainInput(VerbWithForms):
    reason = Note(max_length=60, help_text="An entry of the list accept_reasons whose effect is explain_only")
    note = Note(max_length=LONG, help_text="What was explained")


class Explain(CaseVerb):
    """End a case that an explanation has settled."""

    serializer_class = ExplainInput

    def act(self, **given: Any) -> Complaint:
        return services.explain_only(**given)


class RejectInput(VerbWithForms):
    reason = Text(max_length=60, help_text="An entry of the list accept_reasons whose effect is reject")
    note = Note()


class Reject(CaseVerb):
    """Refuse a case; it stays on record."""

    serializer_class = RejectInput

    def act(self, **given: Any) -> Complaint:
        return services.reject(**given)


class GradeInput(VerbWithForms):
    tier = Text(max_length=40)
    criterion = Note(max_length=60)
    reason = Note(help_text="Needed when a tier is changed")


class Grade(CaseVerb):
    """Set or change the tier; the limits are chosen anew."""

    serializer_class = GradeInput

    def act(self, **given: Any) -> Complaint:
        return services.grade(**given)


class CorrectInput(VerbWithForms):
    field = serializers.ChoiceField(choices=CORRECTABLE)
    value = Note(max_length=LONG, allow_null=True, help_text="The new value; of a time, ISO 8601")
    reason = Note()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["field"] == "occurred_at":
            try:
                attrs["value"] = Moment(allow_null=True).run_validation(attrs["value"] or None)
            except serializers.ValidationError as error:
                raise serializers.ValidationError({"value": error.detail}) from error
        else:
            attrs["value"] = attrs["value"] or ""
        return attrs


class Correct(CaseVerb):
    """Correct one field; the timeline keeps the old value and the new one."""

    serializer_class = CorrectInput

    def act(self, **given: Any) -> Complaint:
        return services.correct(**given)


class DispatchInput(VerbWithForms):
    lead = DepartmentField()
    helpers = serializers.ListField(child=DepartmentField(), required=False, default=list, max_length=50)
    instructions = Note(max_length=LONG)


class Dispatch(CaseVerb):
    """Send the case to a leading department and any number of helping ones."""

    serializer_class = DispatchInput

    def act(self, **given: Any) -> Any:
        return dispatch(**given)


class PauseInput(VerbWithForms):
    cause = Text(max_length=60, help_text="An entry of the list pause_reasons")
    reason = Text(max_length=1000)
    stop = Note(max_length=60, help_text="A clock stop of the rules; the first that fits if left out")


class Pause(CaseVerb):
    """Stop the clock."""

    serializer_class = PauseInput

    def act(self, **given: Any) -> Complaint:
        return services.pause(**given)


class ResumeInput(VerbWithForms):
    reason = Note()


class Resume(CaseVerb):
    """Let the clock run again."""

    serializer_class = ResumeInput

    def act(self, **given: Any) -> Complaint:
        return services.resume(**given)


class TellInput(VerbWithForms):
    summary = Text(max_length=LONG, help_text="What the complainant was told")
    way = Note(max_length=40, default="phone")
    outcome = Note(max_length=40)
    liability = Note(max_length=40)


class Tell(CaseVerb):
    """The result has been checked and told to the complainant."""

    serializer_class = TellInput

    def act(self, **given: Any) -> Complaint:
        return services.tell(**given)


class FollowUpInput(VerbWithForms):
    reached = serializers.BooleanField()
    solved = serializers.BooleanField(required=False, allow_null=True, default=None)
    satisfaction = serializers.ChoiceField(
        choices=Satisfaction.choices, required=False, allow_blank=True, default=""
    )
    note = Note(max_length=LONG)


class FollowUp(CaseVerb):
    """Record a follow-up call: an attempt, or what the complainant says."""

    serializer_class = FollowUpInput

    def act(self, **given: Any) -> Complaint:
        return services.follow_up(**given)


class ConsentInput(VerbWithForms):
    role = serializers.ChoiceField(choices=RIGHTS["consent"], help_text="The role in which you consent")
    note = Note()


class Consent(CaseVerb):
    """Give the consent a gate asks for."""

    serializer_class = ConsentInput

    def act(self, **given: Any) -> Complaint:
        return services.consent(**given)


class NoteInput(VerbWithForms):
    event = Text(max_length=40, default="noted", required=False, help_text="An event that the rules name")
    note = Note(max_length=LONG)
    facts = serializers.DictField(required=False, default=dict, help_text="Further facts of the rules")
    promised_due = Moment(required=False, allow_null=True, default=None, help_text="Of a promise_made")
    forms = Forms(help_text="The forms that come with the event; of `form_filed` the one that is filed")
    list = Note(max_length=60, help_text="Of `listed`: a schedule that selects cases")


class TakeNote(CaseVerb):
    """Record an event that the rules wait for, or facts that were learnt."""

    serializer_class = NoteInput

    def act(self, **given: Any) -> Complaint:
        data = {name: given.pop(name) for name in ("promised_due", "list")}
        return services.note(data={name: value for name, value in data.items() if value}, **given)


class CloseInput(VerbWithForms):
    note = Note()


class Close(CaseVerb):
    """Close the case out; 422 with `missing` while the rules do not let it pass."""

    serializer_class = CloseInput

    def act(self, **given: Any) -> Complaint:
        return services.close(**given)


class ReopenInput(VerbWithForms):
    reason = Text(max_length=1000)


class Reopen(CaseVerb):
    """Start the next round."""

    serializer_class = ReopenInput

    def act(self, **given: Any) -> Complaint:
        return services.reopen(**given)
