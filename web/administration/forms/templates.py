"""The form of one text of the rules."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from organizations.errors import NotVisible
from policies.editing import TemplateEdit, edit_template
from policies.editing.templates import CHOSEN_BY, values_of
from policies.engine.occasions import (
    ASKED,
    DUE_OF,
    MESSAGES,
    OCCASIONS,
    RUNGS,
    SPOKEN,
    tells_due,
    words_at,
)
from policies.engine.parsing.templates import LONGEST_LINE, LONGEST_TEXT, LONGEST_TITLE, MOST_QUESTIONS
from policies.engine.schema import Policy, Template
from policies.engine.templates import Rendered, placeholders, render, wrong_braces
from policies.engine.vocabulary import LIST_OF_FACT
from policies.readable import phrases, texts
from policies.selectors import options
from web.administration.forms.edit import Change, EditForm, several_of, text
from web.forms.fields import CleanCharField

Groups = list[tuple[str, list[tuple[str, str]]]]


class TemplateForm(EditForm):
    """One text; the place after the last one makes a new one."""

    can_preview = True

    def build(self) -> None:
        rows = self.policy.templates
        if self.place > len(rows):
            raise NotVisible(self.place)
        self.row = rows[self.place] if self.place < len(rows) else None
        row = self.row or Template("", "reply")
        self.meant = self._meant(row)
        self.title = (row.title or row.id) if self.row else _("A further text")
        self.note = _("text “%(title)s”") % {"title": self.title}
        occasion = forms.ChoiceField(label=_("What it is for"), choices=occasion_choices(self.policy))
        field = CleanCharField(
            label=_("Text"),
            required=False,
            max_length=LONGEST_TEXT,
            widget=forms.Textarea(attrs={"rows": 8}),
        )
        words = "\n".join(row.questions) or row.text
        self.group(
            self.title,
            [
                [
                    self.add("name", text(_("Title"), required=False, max_length=LONGEST_TITLE), row.title),
                    self.add("occasion", occasion, row.occasion),
                ],
                [self.add("subject", text(_("Subject of the message"), required=False), row.subject)],
                [self.add("text", field, words)],
            ],
            _("An empty text is taken away. At a follow-up every line is a question.")
            + " "
            + _("Words to use: %(words)s") % {"words": known_words(self.policy, self.meant)},
        )
        self._add_conditions(row)

    def _meant(self, row: Template) -> str:
        """The occasion the form is being filled in for: it decides which words are named."""
        typed = str(self.data.get("occasion", ""))
        return typed if typed in _names(self.policy) else row.occasion

    def _add_conditions(self, row: Template) -> None:
        """Values of lists as switches; whatever else the condition says is shown and kept."""
        self.facts = [fact for fact in CHOSEN_BY if self._can_choose(row, fact)]
        rest = {key: value for key, value in row.when.items() if key not in self.facts}
        hint = _("Nothing chosen: it does not matter.")
        if rest:
            hint += " " + _("Besides: %(when)s") % {"when": phrases.condition(self.policy, rest)}
        rows = [
            [
                self.add(
                    f"only_{fact}",
                    several_of(phrases.fact(self.policy, fact), options(self.policy, LIST_OF_FACT[fact])),
                    list(values_of(row.when, fact)),
                )
            ]
            for fact in self.facts
        ]
        self.group(_("Only if"), rows, hint)

    def _can_choose(self, row: Template, fact: str) -> bool:
        known = {key for key, _title in options(self.policy, LIST_OF_FACT[fact])}
        return bool(known) and set(values_of(row.when, fact)) <= known

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        meant, written = values.get("occasion", ""), values.get("text", "")
        if values.get("subject") and meant in SPOKEN:
            self.add_error("subject", _("Only messages have a subject."))
        if meant in ASKED:
            self._check_questions(_lines(written))
        for name in ("subject", "text"):
            for sentence in faults(self.policy, values.get(name, ""), meant):
                self.add_error(name, sentence)
        if not written and (self.row is None) and (values.get("name") or values.get("subject")):
            self.add_error("text", _("This is needed."))
        return values

    def _check_questions(self, lines: list[str]) -> None:
        if len(lines) > MOST_QUESTIONS:
            self.add_error("text", _("At most %(count)d questions.") % {"count": MOST_QUESTIONS})
        if any(len(line) > LONGEST_LINE for line in lines):
            self.add_error(
                "text", _("A question has at most %(count)d characters.") % {"count": LONGEST_LINE}
            )

    def change(self) -> Change:
        values = self.cleaned_data
        edit = TemplateEdit(
            occasion=values["occasion"],
            text=values["text"],
            title=values["name"],
            subject=values["subject"],
            only={fact: tuple(values[f"only_{fact}"]) for fact in self.facts},
        )
        return lambda document: edit_template(document, self.row.id if self.row else "", edit)

    @property
    def preview(self) -> Rendered | None:
        """How the text reads for the example case: as typed, if that can be read, else as it was."""
        if not self.is_bound:
            template = self.row
        elif self.errors or not self.cleaned_data["text"]:
            return None
        else:
            template = _typed(self.cleaned_data)
        return render(template, texts.example(self.policy)) if template else None


def _typed(values: Mapping[str, Any]) -> Template:
    asked = values["occasion"] in ASKED
    return Template(
        "",
        values["occasion"],
        text="" if asked else values["text"],
        questions=tuple(_lines(values["text"])) if asked else (),
        subject=values["subject"],
        title=values["name"],
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def faults(policy: Policy, words: str, meant: str) -> Iterator[str]:
    """What is wrong with the braces and the words of a text, in the words of the reader."""
    for place, brace in wrong_braces(words):
        yield _("The %(brace)s at character %(place)d has no partner.") % {"brace": brace, "place": place}
    known = words_at(meant) | _due_words(policy, meant)
    for name in dict.fromkeys(placeholders(words)):
        if name not in known:
            yield _("There is no {%(name)s} here.") % {"name": name}


def known_words(policy: Policy, meant: str) -> str:
    """「{number} 编号 · {subject} 主题 …」."""
    names = [*(name for name in texts.WORDS if name in words_at(meant)), *sorted(_due_words(policy, meant))]
    return " · ".join(f"{{{name}}} {texts.word(policy, name)}" for name in names)


def _due_words(policy: Policy, meant: str) -> set[str]:
    return {DUE_OF + duty.id for duty in policy.duties} if tells_due(meant) else set()


def occasion_choices(policy: Policy) -> Groups:
    of_duties = [f"{rung}.{duty.id}" for duty in policy.duties for rung in RUNGS]
    return [
        (_("Said or asked by people"), _titled(policy, SPOKEN)),
        (_("Messages"), _titled(policy, MESSAGES)),
        (_("Messages about one limit"), _titled(policy, of_duties)),
    ]


def _titled(policy: Policy, names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, texts.occasion(policy, name)) for name in names]


def _names(policy: Policy) -> set[str]:
    return {*OCCASIONS, *(f"{rung}.{duty.id}" for duty in policy.duties for rung in RUNGS)}
