"""Organizations, their departments, and who holds which role where."""

from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from organizations.tenancy import TenantModel


class Role(models.TextChoices):
    """The product's roles. A pack names its own and says which of these each acts as."""

    RECEPTIONIST = "receptionist", _("receptionist")
    DESK_SUPERVISOR = "desk_supervisor", _("desk supervisor")
    HANDLER = "handler", _("handler")
    DEPT_HEAD = "dept_head", _("department head")
    DEPT_MANAGER = "dept_manager", _("department manager")
    GENERAL_MANAGER = "general_manager", _("general manager")
    ADMINISTRATOR = "administrator", _("administrator")


class User(AbstractUser):
    """A person who signs in. May belong to several organizations; every right comes from a Membership."""

    display_name = models.CharField(_("name"), max_length=80)
    language = models.CharField(_("language"), max_length=10, blank=True)

    first_name = None
    last_name = None

    def get_full_name(self) -> str:
        return self.display_name or self.username

    def __str__(self) -> str:
        return self.get_full_name()


class Organization(models.Model):
    """The tenant. `calendar_revision` grows with every correction of its days, so that caches notice.

    `public_page` switches on the page on which anybody hands in a complaint; `public_details` is what stands
    on it besides: {what the rules want to be public: text}.
    """

    slug = models.SlugField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("Use a-z, 0-9 and -."))],
    )
    name = models.CharField(_("name"), max_length=120)
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    is_active = models.BooleanField(default=True)
    calendar_revision = models.PositiveIntegerField(default=0)
    public_page = models.BooleanField(default=False)
    public_details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Department(TenantModel):
    """A node of the tree group → branch → site → department. The root stands for the whole organization."""

    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    name = models.CharField(_("name"), max_length=80)
    code = models.CharField(max_length=40)
    is_desk = models.BooleanField(default=False, help_text=_("A service desk that takes complaints"))
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="department_code_per_organization"),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(parent=None), name="one_root_per_organization"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """A person's role in a department and everything below it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "department", "role"], name="membership_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
