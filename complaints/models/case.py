"""A case, its timeline, and the numbers it is known by."""

from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from complaints.keys import KeyField, name_key, place_key
from complaints.models.listing import CaseQuerySet, SearchEntry, is_searched
from organizations.models import Department, User
from organizations.tenancy import TenantModel
from policies.models import PolicyVersion


class State(models.TextChoices):
    """The product's fixed skeleton. A pack may leave a state unused, never add one."""

    RECORDED = "recorded", _("recorded")
    EXPLAINED = "explained", _("explained, not opened")
    REJECTED = "rejected", _("rejected")
    ACCEPTED = "accepted", _("to dispatch")
    DISPATCHED = "dispatched", _("dispatched")
    IN_HAND = "in_hand", _("in hand")
    HANDLED = "handled", _("handled")
    TOLD = "told", _("result told")
    FOLLOWED_UP = "followed_up", _("followed up")
    CLOSED = "closed", _("closed")


ENDED = (State.EXPLAINED, State.REJECTED, State.CLOSED)
OPEN = tuple(state for state in State if state not in ENDED)


class NumberSequence(TenantModel):
    """The last number given out for a series (one series for each organization, kind and month)."""

    series = models.CharField(max_length=20)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "series"], name="series_per_organization")
        ]


class Complaint(TenantModel):
    """One matter with one number, from the first contact to the close-out.

    The columns are the current state, kept for lists and filters; what happened, when and by whom is in
    `events`, and every deadline can be computed again from there.
    """

    number = models.CharField(_("number"), max_length=24)
    external_number = models.CharField(_("external number"), max_length=60, blank=True)
    request_key = models.UUIDField(
        null=True, blank=True, help_text="Makes a repeated submission the same case"
    )

    channel = models.CharField(_("channel"), max_length=40)
    complainant_name = models.CharField(_("complainant"), max_length=80, blank=True)
    complainant_phone = models.CharField(_("phone"), max_length=40, blank=True)
    complainant_type = models.CharField(_("kind of complainant"), max_length=40, blank=True)
    place = models.CharField(_("room or place"), max_length=200, blank=True)
    occurred_at = models.DateTimeField(_("happened at"), null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    content = models.TextField(_("what happened"))
    request = models.TextField(_("what is asked for"), blank=True)
    respondent = models.ForeignKey(
        Department,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("department complained about"),
    )
    nature = models.CharField(_("nature"), max_length=40, blank=True)
    category = models.CharField(_("category"), max_length=60, blank=True)
    tier = models.CharField(_("tier"), max_length=40, blank=True)
    tier_criterion = models.CharField(_("criterion"), max_length=60, blank=True)
    outcome = models.CharField(_("outcome"), max_length=40, blank=True)
    liability = models.CharField(_("liability"), max_length=40, blank=True)
    satisfaction = models.CharField(_("satisfaction"), max_length=20, blank=True)
    facts = models.JSONField(default=dict, blank=True)  # further facts the pack asks for

    desk = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", verbose_name=_("desk"))
    lead_department = models.ForeignKey(
        Department,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("leading department"),
    )
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")

    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.RECORDED)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    paused_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(_("received"))  # the first contact; never changes
    recorded_at = models.DateTimeField(_("registered"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)  # NULL until the first event is written
    revision = models.PositiveIntegerField(
        default=1
    )  # grows with every verb: the optimistic lock of the pages
    quiet_until = models.DateTimeField(
        null=True, blank=True
    )  # imported history: rungs before this never fire
    next_effect_at = models.DateTimeField(
        null=True, blank=True
    )  # when a trigger's timer, or a rung it listens to, comes due
    place_key = KeyField(source="place", fold=place_key)
    name_key = KeyField(source="complainant_name", fold=name_key)

    objects = ScopedManager(
        organization="organization", _manager_class=models.Manager.from_queryset(CaseQuerySet)
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="complaint_number_once"),
            models.UniqueConstraint(
                fields=["organization", "external_number"],
                condition=~models.Q(external_number=""),
                name="complaint_external_number_once",
            ),
            models.UniqueConstraint(fields=["organization", "request_key"], name="complaint_request_once"),
        ]
        indexes = [
            models.Index(fields=["organization", "-received_at", "-id"], name="complaint_newest"),
            models.Index(fields=["organization", "state", "-received_at", "-id"], name="complaint_by_state"),
            # A few of one number, place or name, the newest first, without reading the others.
            models.Index(
                fields=["organization", "complainant_phone", "-received_at", "-id"], name="complaint_by_phone"
            ),
            models.Index(
                fields=["organization", "place_key", "-received_at", "-id"], name="complaint_by_place"
            ),
            models.Index(
                fields=["organization", "name_key", "-received_at", "-id"], name="complaint_by_name"
            ),
            models.Index(fields=["organization", "closed_at"], name="complaint_by_closing"),
            models.Index(
                fields=["next_effect_at", "id"],
                condition=models.Q(next_effect_at__isnull=False),
                name="complaint_effect_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    def save(self, *args, **kwargs) -> None:
        if names := kwargs.get("update_fields"):
            keys = [row.name for row in self._meta.concrete_fields if getattr(row, "source", "") in names]
            kwargs["update_fields"] = [*names, *keys]
        super().save(*args, **kwargs)
        if names is None or is_searched(names):
            SearchEntry.keep([self])

    def get_absolute_url(self) -> str:
        return reverse("case", args=[self.organization.slug, self.number])

    def change(self, columns: Mapping[str, Any]) -> set[str]:
        """Set columns, without saving; returns the names of those that are different now."""
        changed = {name for name, value in columns.items() if getattr(self, name) != value}
        for name in changed:
            setattr(self, name, columns[name])
        return changed

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class CaseEvent(TenantModel):
    """Something that happened on a case. Written once, never changed: corrections are events of their own.

    `at` is when it happened, `recorded_at` when it was written down. `data` may hold `facts` (what the event
    made true, read by the planner), `changes` ({field: [old, new]}) and whatever the kind needs.
    """

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    role = models.CharField(max_length=40, blank=True)
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ticket_ref = models.PositiveBigIntegerField(default=0)  # the ticket it is about; 0 = the case as a whole
    round = models.PositiveSmallIntegerField(default=1)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["organization", "complaint", "at", "id"], name="event_timeline"),
            models.Index(fields=["organization", "kind", "at"], name="event_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args, **kwargs) -> None:
        if self.pk is not None:
            raise TypeError("a CaseEvent is written once and never changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("a CaseEvent is never deleted")
