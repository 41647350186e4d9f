"""An organization's rules, versioned, its own corrections of the calendar, and who changed what of both."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from organizations.models import Department, User
from organizations.tenancy import TenantModel


class PolicyVersion(TenantModel):
    """One version of an organization's rules. A published version never changes: cases point at it.

    A draft changes with every edit; its `checksum` says which state of it somebody has seen.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    number = models.PositiveIntegerField()
    pack = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    document = models.JSONField()  # the pack with everything it extends resolved
    checksum = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    based_on = models.PositiveIntegerField(null=True, blank=True)  # number of the version it was copied from
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="policy_number_per_organization")
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"


class CalendarDay(TenantModel):
    """An organization's own word on one day: worked although it is a holiday, or off although it is not."""

    day = models.DateField()
    is_workday = models.BooleanField()
    note = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["organization", "day"], name="calendar_day_once")]

    def __str__(self) -> str:
        return f"{self.day} {'work' if self.is_workday else 'rest'}"


class CalendarYear(TenantModel):
    """A year whose working days the organization has checked itself, so that they are no longer a guess."""

    year = models.PositiveSmallIntegerField()
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["year"]
        constraints = [models.UniqueConstraint(fields=["organization", "year"], name="calendar_year_once")]

    def __str__(self) -> str:
        return str(self.year)


class OpeningHours(TenantModel):
    """The opening ranges of a business calendar of the rules, stronger than what the rules say.

    Without a department they hold for the whole organization; with one, for the cases of that service desk
    and of the desks below it.
    """

    calendar = models.CharField(max_length=60)
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ranges = models.JSONField(default=list)  # ["08:30-12:00", "13:30-17:30"], in order and apart

    class Meta:
        ordering = ["calendar", "department_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "calendar", "department"], name="opening_hours_of_department"
            ),
            models.UniqueConstraint(
                fields=["organization", "calendar"],
                condition=models.Q(department=None),
                name="opening_hours_of_organization",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {', '.join(self.ranges)}"


class Post(TenantModel):
    """The place of a role in the organization: "this role of our rules is this department".

    `role` is an id of `lists.roles`. It belongs to the organization and not to a version: the next version's
    role of the same id has the same place.
    """

    role = models.CharField(max_length=40)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["role"]
        constraints = [models.UniqueConstraint(fields=["organization", "role"], name="post_of_role_once")]

    def __str__(self) -> str:
        return f"{self.role} = {self.department}"


class RuleChange(TenantModel):
    """One entry of the log: who did what to the rules or the calendar, and when. Never changed."""

    class Kind(models.TextChoices):
        DRAFTED = "drafted", _("draft made")
        EDITED = "edited", _("draft changed")
        DROPPED = "dropped", _("draft dropped")
        PUBLISHED = "published", _("published")
        APPLIED = "applied", _("applied to open cases")
        CALENDAR = "calendar", _("calendar changed")
        POSTS = "posts", _("role placed")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(null=True, blank=True)  # of the version; NULL: of no version
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["organization", "-at", "-id"], name="rule_change_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
