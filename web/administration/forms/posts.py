"""The form that gives the roles of the rules their place in the organization."""

from collections.abc import Iterable
from typing import Any

from django.forms import BoundField
from django.utils.translation import gettext as _

from organizations.directory import Directory
from policies.placing import RoleRow
from web.forms.base import VerbForm, dress
from web.forms.fields import DepartmentField

PREFIX = "place-"


class PostsForm(VerbForm):
    """One select for each role. What was chosen when the page was made is sent along, so that only the rows
    somebody changed are written: another administrator's rows stay as they are now."""

    def __init__(self, *args: Any, rows: Iterable[RoleRow], directory: Directory, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = [row for row in directory.departments.values() if row.is_active]
        for row in rows:
            name = f"{PREFIX}{row.id}"
            field = DepartmentField(label=row.title, required=False, show_hidden_initial=True)
            field.offer(directory, departments, _("no place") if row.acts_as else _("not placed yet"))
            self.fields[name] = field
            self.initial[name] = row.department.pk if row.department else None
            dress(field.widget)

    def of(self, row: RoleRow) -> BoundField:
        """The select of a role."""
        return self[f"{PREFIX}{row.id}"]

    def arguments(self) -> dict[str, Any]:
        changed = [name for name in self.changed_data if name in self.cleaned_data]
        return {"places": {name.removeprefix(PREFIX): self.cleaned_data[name] for name in changed}}
