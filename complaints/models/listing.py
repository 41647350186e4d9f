"""What the list of cases keeps: the marks by which a case is found, and the views that people have saved."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from complaints.marks import MarksField, marks_of
from organizations.models import Role, User
from organizations.tenancy import TenantModel, TenantQuerySet

if TYPE_CHECKING:
    from complaints.models import Complaint

# The columns of a case that a search looks at.
SEARCHED = (
    "number",
    "external_number",
    "complainant_name",
    "complainant_phone",
    "place",
    "subject",
    "content",
    "request",
)


class SearchEntry(TenantModel):
    """The marks of one case: a table of its own, so that the many updates of a case leave its index alone.

    Only PostgreSQL has entries. They hold no text and have to stay outside row-level security, because a GIN
    index is not used behind a policy (docs/adr/0004).
    """

    complaint = models.OneToOneField(
        "complaints.Complaint", on_delete=models.CASCADE, related_name="search_entry"
    )
    marks = MarksField(default=list)

    @classmethod
    def keep(cls, cases: Iterable["Complaint"]) -> None:
        """Write the entries of these stored cases. One statement for all of them; none on SQLite."""
        if connection.vendor != "postgresql":
            return
        rows = [
            cls(
                organization_id=case.organization_id,
                complaint=case,
                marks=marks_of(
                    case.organization_id, [getattr(case, name) for name in SEARCHED], case.place_key
                ),
            )
            for case in cases
        ]
        # The cases have just been checked against the scope, and the entries only repeat what they say.
        cls._base_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["complaint"], update_fields=["marks"]
        )


class CaseQuerySet(TenantQuerySet):
    """Bulk writes of cases bring their entries along, as `Complaint.save` does."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        cases = super().bulk_create(objs, *args, **kwargs)
        SearchEntry.keep(cases)
        return cases

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], *args: Any, **kwargs: Any) -> int:
        objs, fields = list(objs), list(fields)
        count = super().bulk_update(objs, fields, *args, **kwargs)
        if is_searched(fields):
            SearchEntry.keep(self.model._base_manager.filter(pk__in=[case.pk for case in objs]))
        return count

    def update(self, **values: Any) -> int:
        ids = list(self.values_list("pk", flat=True)) if is_searched(values) else []
        count = super().update(**values)
        SearchEntry.keep(self.model._base_manager.filter(pk__in=ids))
        return count


def is_searched(fields: Iterable[str]) -> bool:
    """Whether a write of these columns changes what a case is found by. (SQLite looks at the texts.)"""
    return connection.vendor == "postgresql" and not set(SEARCHED).isdisjoint(fields)


class SavedView(TenantModel):
    """A list of cases under a name: `query` is the query string of its address.

    It is its owner's alone, unless `role` shares it with everybody who has that role.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(_("shared with"), max_length=20, choices=Role.choices, blank=True, default="")
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=2000)
    position = models.PositiveIntegerField(default=0)
    is_default = models.BooleanField(default=False)  # what its owner sees first on opening the list

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "user", "name"], name="saved_view_name_once"),
            models.UniqueConstraint(
                fields=["organization", "user"],
                condition=models.Q(is_default=True),
                name="one_default_view",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "role"], condition=~models.Q(role=""), name="saved_view_shared"
            )
        ]

    def __str__(self) -> str:
        return self.name
