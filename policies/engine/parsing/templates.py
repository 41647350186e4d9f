"""The section of texts. What is not a known word between a pair of braces is refused."""

from collections.abc import Iterable, Mapping
from typing import Any

from policies.engine.errors import nearest_name, one_of
from policies.engine.occasions import (
    ASKED,
    DUE_OF,
    MESSAGES,
    OCCASIONS,
    RUNGS,
    SPOKEN,
    WORDS,
    tells_due,
    words_at,
)
from policies.engine.parsing.grammar import SOURCE, condition
from policies.engine.parsing.shapes import (
    Reading,
    Shape,
    anything,
    described,
    join,
    list_of,
    optional,
    record,
    required,
    text,
)
from policies.engine.schema import Template
from policies.engine.templates import placeholders, wrong_braces

LONGEST_TEXT = 2_000
LONGEST_LINE = 200  # a subject, a question
LONGEST_TITLE = 80
MOST_QUESTIONS = 20


def _line(longest: int) -> Shape:
    """One line of text, neither empty nor too long."""

    def read(reading: Reading, path: str, value: Any) -> str:
        found = _words(longest)(reading, path, value)
        if "\n" in found.strip() or "\r" in found.strip():
            reading.refuse(path, "has several lines", "one line")
        return found

    return read


def _words(longest: int) -> Shape:
    def read(reading: Reading, path: str, value: Any) -> str:
        found = text(reading, path, value)
        if isinstance(value, str) and not value.strip():
            reading.refuse(path, "is empty", "some words")
        if len(found) > longest:
            reading.refuse(path, f"has {len(found)} characters", f"at most {longest}")
        return found

    return read


def occasion(reading: Reading, path: str, value: Any) -> str:
    """What a text is for: a fixed name, or a rung of a duty such as breach.solve."""
    if not isinstance(value, str):
        reading.refuse(path, f"got {described(value)}", "the name of an occasion")
        return ""
    rung, dot, duty = value.partition(".")
    if dot and rung in RUNGS:
        if duty not in reading.names["duty"]:
            reading.refuse_name(path, "duty", duty, reading.names["duty"])
            return ""
    elif value not in OCCASIONS:
        names = [*OCCASIONS, *(f"{kind}.{name}" for kind in RUNGS for name in reading.names["duty"])]
        reading.refuse(
            path,
            f"unknown occasion {value!r}",
            one_of(OCCASIONS, at_most=len(OCCASIONS)),
            nearest_name(value, names),
        )
        return ""
    return value


def _condition(reading: Reading, path: str, value: Any) -> Any:
    """A condition on one case. Nothing is counted while somebody waits for a text."""
    _refuse_counts(reading, path, value)
    return condition(reading, path, value)


def _refuse_counts(reading: Reading, path: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "count":
                reading.refuse(join(path, key), "is not asked for a text", "facts of the case itself")
            _refuse_counts(reading, join(path, str(key)), inner)
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            _refuse_counts(reading, f"{path}[{at}]", inner)


_TEMPLATE = record(
    dict,
    {
        "id": required(_line(LONGEST_TITLE)),
        "for": required(occasion, "occasion"),
        "title": optional(_line(LONGEST_TITLE)),
        "when": optional(_condition),
        "subject": optional(_line(LONGEST_LINE)),
        "text": required(anything),
        "source": SOURCE,
    },
)
_QUESTIONS = list_of(_line(LONGEST_LINE))


def template(reading: Reading, path: str, value: Any) -> Template | None:
    """One text: what it is for, when it fits, and its words."""
    given = _TEMPLATE(reading, path, value)
    if given is None or not given["occasion"]:
        return None  # which words are known depends on what it is for
    raw, where, meant = given.pop("text"), join(path, "text"), given["occasion"]
    if meant in ASKED:
        given["questions"] = _questions(reading, where, raw)
        pieces = {f"{where}[{at}]": words for at, words in enumerate(given["questions"])}
    else:
        given["text"] = _words(LONGEST_TEXT)(reading, where, raw)
        pieces = {where: given["text"]}
    if "subject" in given:
        pieces[join(path, "subject")] = given["subject"]
        if meant in SPOKEN:
            expected = "a subject only for messages: " + ", ".join(MESSAGES)
            reading.refuse(join(path, "subject"), f"does not belong to {meant}", expected)
    for place, words in pieces.items():
        _check_words(reading, place, words, meant)
    used = frozenset(name for words in pieces.values() for name in placeholders(words))
    return Template(words=used, **given)


def _questions(reading: Reading, path: str, value: Any) -> tuple[str, ...]:
    found: tuple[str, ...] = _QUESTIONS(reading, path, value)
    if isinstance(value, list | tuple) and not value:
        reading.refuse(path, "is empty", "at least one question")
    if len(found) > MOST_QUESTIONS:
        reading.refuse(path, f"has {len(found)} questions", f"at most {MOST_QUESTIONS}")
    return found


def _check_words(reading: Reading, path: str, words: str, meant: str) -> None:
    for place, brace in wrong_braces(words):
        said = "is full-width" if brace in "｛｝" else "has no partner"
        message = f"the {brace} at character {place} {said}"
        reading.refuse(path, message, "names between { and }, such as {number}")
    for name in dict.fromkeys(placeholders(words)):
        if tells_due(meant) and name.startswith(DUE_OF):
            duty, duties = name.removeprefix(DUE_OF), reading.names["duty"]
            if duty not in duties:
                reading.refuse_name(path, "duty", duty, duties)
        elif name not in words_at(meant):
            _refuse_word(reading, path, name, meant)


def _refuse_word(reading: Reading, path: str, name: str, meant: str) -> None:
    known = words_at(meant)
    nearest = nearest_name(name, known)
    reading.refuse(
        path,
        f"{{{name}}} is not known for {meant}" if name in WORDS else f"unknown placeholder {{{name}}}",
        one_of((f"{{{one}}}" for one in known), at_most=len(known)),
        f"{{{nearest}}}" if nearest else "",
    )


def note_unused(reading: Reading, templates: Iterable[Template]) -> None:
    """Warn of texts that no case ever gets, because another one without a condition comes first."""
    first: dict[str, str] = {}
    for row in templates:
        if row.when:
            continue
        if row.occasion in first:
            reading.warnings.append(
                f"templates: {row.id!r} is never used: {first[row.occasion]!r} is for {row.occasion} too,"
                " and neither has a condition"
            )
        first.setdefault(row.occasion, row.id)
