"""What may stand in a URL. Anything else is a plain 404 and never reaches the database."""

from datetime import date

from django.urls import register_converter


class Number:
    """The number of a case or a ticket."""

    regex = "[0-9A-Za-z][0-9A-Za-z-]{0,39}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class RowId:
    """A primary key that fits into 63 bits: a larger one makes the database driver raise."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class Word:
    """An id out of the rules: people make them up, so anything but a slash."""

    regex = "[^/]{1,100}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Month:
    """2026-10, as the first day of the month."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date(int(value[:4]), int(value[5:]), 1)  # ValueError = no such page

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


def register() -> None:
    register_converter(Number, "number")
    register_converter(RowId, "row")
    register_converter(Word, "word")
    register_converter(Month, "month")
