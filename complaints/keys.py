"""Names and places as different hands type them, made one: what earlier cases are found by."""

import re
from collections.abc import Callable
from typing import Any

from django.db import models

from organizations.text import comparable

# 「3号楼2单元1501室」 is 「3-2-1501」: behind a number these words only say of what.
_OF_A_NUMBER = re.compile(r"(?<=[0-9a-z])(?:号楼|号|栋|幢|座|单元|楼层|层|楼|室|房间|房|门|户)")
_PARTS = re.compile(r"[0-9a-z]+|[^\W_0-9a-z]+")
LENGTH = 200


def place_key(text: str) -> str:
    """A room or place as its parts: 「3 2 1501」, 「锦绣花园 3 2 1501」, 「东门 岗亭」."""
    return " ".join(_parts(_OF_A_NUMBER.sub(" ", comparable(text).casefold())))[:LENGTH]


def name_key(text: str) -> str:
    """A person's name without spaces and punctuation, in small letters."""
    return "".join(_parts(comparable(text).casefold()))[:LENGTH]


def _parts(text: str) -> list[str]:
    return _PARTS.findall(text)


class KeyField(models.CharField):
    """The key of another column, kept up to date whenever the row is saved.

    Compared byte by byte on every database, so that a prefix is a range of the index: a LIKE would not use it
    behind row-level security, and other collations order Chinese in ways that no range can name.
    """

    def __init__(
        self, *args: Any, source: str = "", fold: Callable[[str], str] = str, **options: Any
    ) -> None:
        self.source, self.fold = source, fold
        options.setdefault("max_length", LENGTH)
        options.setdefault("editable", False)
        options.setdefault("blank", True)
        super().__init__(*args, **options)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.source:
            setattr(model_instance, self.attname, self.fold(getattr(model_instance, self.source)))
        return super().pre_save(model_instance, add)

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


def after(prefix: str) -> str:
    """The end of the range of keys that begin with the prefix."""
    return prefix + "\U0010ffff"
