"""In which language somebody is told something: their own, not that of whoever caused it."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.conf import settings
from django.utils import translation

from organizations.models import User

T = TypeVar("T")


def language_of(user: User) -> str:
    """The language a person has chosen, else the product's."""
    known = {code for code, _name in settings.LANGUAGES}
    return user.language if user.language in known else settings.LANGUAGE_CODE


def worded(people: Iterable[User], words: Callable[[], T]) -> list[tuple[User, T]]:
    """Each person with what `words()` says in their language. It is asked once for each language there is,
    however many people there are."""
    said: dict[str, T] = {}
    found = []
    for user in people:
        code = language_of(user)
        if code not in said:
            with translation.override(code):
                said[code] = words()
        found.append((user, said[code]))
    return found
