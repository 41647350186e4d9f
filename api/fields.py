"""Fields that turn what a client sends into what a verb takes.

Text is normalised here, once. Objects are named by what is unique within the caller's organization and looked
up in the caller's own directory, so another tenant's cannot even be expressed.
"""

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from complaints.forms import LONGEST_VALUE
from organizations.actors import Actor
from organizations.models import Department, User
from organizations.text import normalise

LONG = 20_000  # characters of a description, a result, an answer
SHORT = 1_000  # of a reason or a note
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Nothing(serializers.Serializer):
    """The body of a request that needs none."""


class Text(serializers.CharField):
    """Text, normalised before anything else looks at it (so zero-width characters alone are blank)."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(normalise(data) if isinstance(data, str) else data)


class Note(Text):
    """Text that may be left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"required": False, "default": "", "allow_blank": True, "max_length": SHORT, **kwargs}
        )


class Moment(serializers.DateTimeField):
    """A time; without an offset it is in the organization's zone.

    Limited to years that every zone and database can hold: 9999-12-31T23:59Z does not exist in Shanghai.
    """

    default_error_messages = {"range": _("Only years from 1900 to 2199.")}

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if not EARLIEST <= moment < LATEST:
            self.fail("range")
        return moment


class Revision(serializers.IntegerField):
    """The revision the client saw. A case that has moved on since answers 409."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"required": False, "default": None, "min_value": 0, "max_value": 2**31 - 1, **kwargs}
        )


@extend_schema_field(OpenApiTypes.STR)
class DepartmentField(Text):
    """An active department of the caller's organization, by its code."""

    default_error_messages = {"unknown": _("There is no department with the code “{code}”.")}

    def to_internal_value(self, data: Any) -> Department:
        code = super().to_internal_value(data)
        rows = _actor(self).directory.departments.values()
        found = next((row for row in rows if row.code == code and row.is_active), None)
        if found is None:
            self.fail("unknown", code=code)
        return found

    def to_representation(self, value: Department) -> str:
        return value.code


class PersonField(serializers.IntegerField):
    """A person of the caller's organization, by the id that `departments/{code}/people/` lists."""

    default_error_messages = {"unknown": _("There is no such person.")}

    def to_internal_value(self, data: Any) -> User:
        person = _actor(self).directory.people.get(super().to_internal_value(data))
        if person is None:
            self.fail("unknown")
        return person


class FilledForm(serializers.Serializer):
    """A form of the rules as it was filled in. What the case knows already may be left out, and so may the
    signature of the role that the caller acts in."""

    values = serializers.DictField(
        child=Note(max_length=LONGEST_VALUE),
        required=False,
        default=dict,
        help_text="What stands in the form, by the names its fields have in the rules",
    )
    signed = serializers.ListField(
        child=Text(max_length=60),
        required=False,
        default=list,
        max_length=50,
        help_text="The roles of the rules whose people have signed it on paper",
    )


class Forms(serializers.DictField):
    """Forms of the rules that come with a verb, by their ids. 422 with `missing` says what is still open."""

    def __init__(self, **kwargs: Any) -> None:
        about = "The forms that the rules want with this, by id"
        super().__init__(
            **{"child": FilledForm(), "required": False, "default": dict, "help_text": about, **kwargs}
        )


def _actor(field: serializers.Field) -> Actor:
    return field.context["actor"]
