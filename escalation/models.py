"""What happened when a limit was near or passed, requests for more time, decisions on penalties, changed
rules on their way through the open cases, and the sweep's heartbeat."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint, Deadline
from organizations.models import Department, User
from organizations.tenancy import TenantModel
from policies.models import PolicyVersion


class Firing(TenantModel):
    """A rung of a deadline's ladder that has been decided. The unique key is what makes it exactly once.

    `due_at` is the rung's own time, `decided_at` the sweep that saw it: their difference is the lateness.
    `told` lists the users who got a message for it; it is empty for a rung that was passed over because a
    higher one on the same case was due in the same sweep (after an outage a case gets one message, not five).
    """

    class Kind(models.TextChoices):
        WARN = "warn", _("warning")
        BREACH = "breach", _("overdue")
        LADDER = "ladder", _("escalated")

    deadline = models.ForeignKey(
        Deadline, on_delete=models.PROTECT, related_name="firings", db_index=False
    )  # found by the unique key
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="firings")
    duty = models.CharField(max_length=60)
    revision = models.PositiveIntegerField()
    rung = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    told = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deadline", "revision", "rung"], name="rung_decided_once")
        ]
        indexes = [models.Index(fields=["organization", "-due_at", "-id"], name="firing_newest")]

    def __str__(self) -> str:
        return f"{self.duty} #{self.rung}"


class ExtensionRequest(TenantModel):
    """More time asked for on one deadline, with the role that decides it.

    `department` asks; `approver_department` is where the role that decides is held, NULL = there as well.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("waiting for a decision")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="extensions")
    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="extensions")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.TextField(_("reason"))
    wanted_due_at = models.DateTimeField(_("wanted until"))
    approver_role = models.CharField(max_length=40)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    approver_department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["deadline"], condition=models.Q(state="asked"), name="one_extension_waiting"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "department"],
                condition=models.Q(state="asked"),
                name="extension_waiting",
            )
        ]

    @property
    def decided_in_id(self) -> int:
        """The department for which the role that decides is held."""
        return self.approver_department_id or self.department_id


class PenaltyDecision(TenantModel):
    """What somebody decided about a penalty that the rules propose on a case. Never changed.

    `penalty` is its id in the rules, `title` what they called it then. `subjects` says for each of those it
    strikes what was decided, fixed parts and chosen ones, and who that is if it was written down:
    [{who, person, points, sanction, ...}]; it is empty where the penalty was not imposed.
    """

    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, related_name="penalties", db_index=False
    )  # found by the unique key
    penalty = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    round = models.PositiveSmallIntegerField(default=1)
    accepted = models.BooleanField()
    subjects = models.JSONField(default=list, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=200)  # of the rules
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "complaint", "penalty", "round"], name="penalty_decided_once"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Rollout(TenantModel):
    """Another version of the rules, or a corrected calendar, on its way through the open cases.

    `cursor` is the last case looked at, so that any worker can carry on. `failures` are cases that could not
    be computed, [{number, error}]: they keep what they had, and hold nobody up.
    """

    class Kind(models.TextChoices):
        VERSION = "version", _("other rules")
        CALENDAR = "calendar", _("corrected calendar")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    version = models.ForeignKey(
        PolicyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    since = models.DateTimeField()  # calendar: also cases that are over, if a limit of theirs ended after it
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    cursor = models.PositiveBigIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(finished_at__isnull=True), name="rollout_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M}"


class Heartbeat(models.Model):
    """When a periodic job last finished. Not a tenant's row: there is one sweep for all."""

    job = models.CharField(max_length=40, primary_key=True)
    beat_at = models.DateTimeField()
