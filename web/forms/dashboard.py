"""Which part of the organization the dashboard shows."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organizations.actors import Actor
from organizations.models import Department
from reporting.statistics.part import Part
from web.forms.base import VerbForm
from web.forms.fields import DepartmentField


class PartForm(VerbForm):
    part = DepartmentField(label=gettext_lazy("Part of the organization"), required=False)

    def __init__(self, *args: Any, actor: Actor, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = list(actor.directory.departments.values())
        for desks, leads in part.limits:
            rows = [row for row in rows if row.pk in desks or row.pk in leads]
        self.fields["part"].offer(actor.directory, rows, _("All of mine") if part.limits else _("All"))

    @property
    def department(self) -> Department | None:
        """The department that was chosen; None for all, and for one that is not the reader's."""
        self.is_valid()
        return self.cleaned_data.get("part")
