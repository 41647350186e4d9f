"""Changes of a document of rules, as the forms make them. The engine says afterwards whether it may stand."""

from policies.editing.duties import DutyEdit, LimitEdit, RungEdit, edit_defaults, edit_duty
from policies.editing.gates import ExtensionEdit, GateEdit, edit_extension, edit_gate
from policies.editing.lists import ItemEdit, RoleEdit, edit_list, edit_roles
from policies.editing.others import PeriodEdit, edit_heading, edit_hours, edit_retention
from policies.editing.templates import TemplateEdit, edit_template

__all__ = [
    "DutyEdit",
    "ExtensionEdit",
    "GateEdit",
    "ItemEdit",
    "LimitEdit",
    "PeriodEdit",
    "RoleEdit",
    "RungEdit",
    "TemplateEdit",
    "edit_defaults",
    "edit_duty",
    "edit_extension",
    "edit_gate",
    "edit_heading",
    "edit_hours",
    "edit_list",
    "edit_retention",
    "edit_roles",
    "edit_template",
]
