"""What the rules have brought about on a case, and what they want people to do."""

from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from organizations.models import Department, User
from organizations.tenancy import TenantModel


class Effect(TenantModel):
    """What a trigger, or a clock stop, of the rules has brought about on a case. Done once for each `key`.

    `actions` are those of the rule, `to` the roles it addresses; `because` is the event, rung or timer that
    set it off. `told_at` NULL: nobody has told those people yet.
    """

    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, related_name="effects", db_index=False
    )  # found by the unique key
    key = models.CharField(max_length=200)
    source = models.CharField(max_length=120)  # id of the trigger; clock_stop.<id>
    because = models.CharField(max_length=120)
    ticket_ref = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actions = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    to = models.JSONField(default=list)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "complaint", "key"], name="effect_once")
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(told_at__isnull=True), name="effect_to_tell")
        ]

    def __str__(self) -> str:
        return self.key


class Task(TenantModel):
    """Something the rules want a person to do, answer or decide on a case, beside its own verbs.

    `action` is the rule's own: {order: 督办工单}, {open_task: ...}, {assign: role}, {create_case: ...},
    {propose: penalty}, or {stop: effect} of a clock stop that waits for its decider. `roles` may settle it,
    at `department` where they belong to one. A supervision order of a person has `issued_by` and, if it is
    to be answered by a time, `due_at`; `reminded_at` is when the sweep told people that this has passed.
    """

    class Kind(models.TextChoices):
        ORDER = "order", _("supervision order")
        TASK = "open_task", _("task")
        HANDOVER = "assign", _("handing over")
        NEW_CASE = "create_case", _("a new case")
        PENALTY = "propose", _("proposed penalty")
        CLOCK = "stop", _("stopping the clock")
        TELLING = "tell", _("telling the complainant")

    class State(models.TextChoices):
        OPEN = "open", _("to do")
        DONE = "done", _("done")
        DECLINED = "declined", _("declined")

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    key = models.CharField(max_length=220)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    number = models.CharField(_("number"), max_length=24, blank=True)  # of a supervision order
    source = models.CharField(max_length=120)  # what set it off: a trigger, clock_stop.<id>, a duty
    action = models.JSONField(encoder=DjangoJSONEncoder)
    roles = models.JSONField(default=list)
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ticket_ref = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    made_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    due_at = models.DateTimeField(_("to be answered by"), null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "complaint", "key"], name="task_once"),
            models.UniqueConstraint(
                fields=["organization", "number"], condition=~models.Q(number=""), name="order_number_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "made_at"], condition=models.Q(state="open"), name="task_open"
            ),
            models.Index(
                fields=["organization", "-made_at", "-id"],
                condition=~models.Q(number=""),
                name="order_newest",
            ),
            # Exactly what the sweep asks for: an order is in it until its people have been reminded.
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(state="open", due_at__isnull=False, reminded_at__isnull=True),
                name="order_to_remind",
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.key

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is still unanswered although its time has come (an exclusive end, as a limit's is)."""
        return self.state == self.State.OPEN and self.due_at is not None and self.due_at <= now
