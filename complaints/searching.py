"""Finding cases by what somebody types: a number, a name, a phone number, a room, words of the text.

A case is found if every word of the query is somewhere in it, as a part of one of `SEARCHED`. Two characters
are enough. On PostgreSQL the marks of the words (`complaints.marks`) propose the cases along an index; the
texts decide, on both databases.

Callers hand in the cases of a door (`tickets.access.visible_cases`): nothing here widens it.
"""

import re
from functools import reduce
from operator import and_, or_

from django.db import connection
from django.db.models import Case, Q, QuerySet, Value, When

from complaints.keys import place_key
from complaints.marks import marks_for, marks_for_place, words
from complaints.models import Complaint
from complaints.models.listing import SEARCHED
from organizations.text import normalise, normalise_phone

MOST_WORDS = 8
LONGEST_QUERY = 100
_PHONE_DIGITS = 7
# +86 138 0013 8000 is one number, and also four words.
_SPACED_NUMBER = re.compile(r"[+0-9][0-9 ()-]{0,40}")


def words_of(text: str) -> list[str]:
    """The words that are looked for, each once: at most eight, from the first 100 characters."""
    return list(dict.fromkeys(words(text[:LONGEST_QUERY])))[:MOST_WORDS]


def is_enough(text: str) -> bool:
    """Whether there is a word of two characters to search by."""
    return any(len(word) > 1 for word in words_of(text))


def forms_of(word: str) -> list[str]:
    """The word, and the phone number that it may be: 138-0013-8000 is in no case as it was typed."""
    digits = normalise_phone(word)
    is_number = len(digits) >= _PHONE_DIGITS and not any(sign.isalpha() for sign in word)
    return [word, digits] if is_number and digits != word else [word]


def matching(cases: QuerySet[Complaint], organization_id: int, text: str) -> QuerySet[Complaint]:
    """The cases that have every word of the text; none if no word has two characters."""
    if not is_enough(text):
        return cases.none()
    found = reduce(and_, [_holds(organization_id, word) for word in words_of(text)])
    if _SPACED_NUMBER.fullmatch(normalise(text)) and len(number := normalise_phone(text)) >= _PHONE_DIGITS:
        found |= _proposed(marks_for(organization_id, number), Q(complainant_phone__contains=number))
    return cases.filter(found)


def _holds(organization_id: int, word: str) -> Q:
    ways = [_proposed(marks_for(organization_id, form), _written(form)) for form in forms_of(word)]
    # A room as people say it: 3-2-1501 is 3号楼2单元1501室.
    key = place_key(word)
    if " " in key:
        ways.append(_proposed(marks_for_place(organization_id, key), _at(key)))
    return reduce(or_, ways)


def _written(word: str) -> Q:
    return reduce(or_, [Q(**{f"{name}__icontains": word}) for name in SEARCHED])


def _at(key: str) -> Q:
    """Cases whose place has these parts one after the other."""
    inside = Q(place_key__contains=f" {key} ") | Q(place_key__endswith=f" {key}")
    return inside | Q(place_key__startswith=f"{key} ") | Q(place_key=key)


def _proposed(marks: list[int], found: Q) -> Q:
    """`found`, looked for among the cases that have all the marks."""
    if connection.vendor != "postgresql":
        return found
    # PostgreSQL believes a LIKE to be rare, and then reads all cases in search of 50. A CASE it takes for a
    # toss of a coin, so that it plans by the marks alone.
    found = Q(Case(When(found, then=Value(True)), default=Value(False)))
    return Q(search_entry__marks__has_all=marks) & found if marks else found


def numbered(cases: QuerySet[Complaint], text: str) -> QuerySet[Complaint]:
    """The case whose number, or external number, is exactly the text; none or two at the most."""
    name = text.strip()
    names = {name, name.upper()}
    return cases.filter(Q(number__in=names) | Q(external_number__in=names)) if name else cases.none()


def best(cases: QuerySet[Complaint], organization_id: int, text: str, most: int) -> list[Complaint]:
    """The first cases that fit: that of the number first, then the newest. Two queries."""
    fitting = matching(cases, organization_id, text)
    exact = list(numbered(fitting, text))
    others = fitting.exclude(pk__in=[case.pk for case in exact]).order_by("-received_at", "-pk")
    return [*exact, *others[: most - len(exact)]][:most]
