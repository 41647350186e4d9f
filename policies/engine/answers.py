"""Answers to what a scenario asks about rules that need no timeline: who gets a case, who may promise what,
which penalty fits, when a report is due, what a figure prints as, how long a file is kept, what a list holds.

Every function takes what came of the scenario and one row of `expect`, and gives what is true, as plain data
under the keys a row may name. Raises ValueError for a row that asks about something the policy does not have.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from policies.engine import grants, keeping, metrics, penalties, routes, schedules
from policies.engine.conditions import Need, holds
from policies.engine.playing import Played
from policies.engine.scenarios import Scenario
from policies.engine.schema import PenaltySubject
from policies.engine.templates import render, template_for

Row = Mapping[str, Any]
Answer = dict[str, Any]


def name_of(need: Need) -> str:
    """A need in one word: its fact; the options of `any` with |, those of `all` with &; else its code."""
    if need.code in ("any", "all"):
        return (" | " if need.code == "any" else " & ").join(name_of(option) for option in need.options)
    if need.code in ("fact", "consent", "form", "listed", "field", "signature", "choice"):
        return need.fact
    return need.text if need.code == "blocked" and need.text else need.code


class Desk:
    """Where the questions of one scenario are answered: under its policy, its facts and its counts."""

    def __init__(self, scenario: Scenario, played: Played) -> None:
        self.scenario, self.played, self.policy = scenario, played, played.policy

    def facts(self, row: Row) -> dict[str, object]:
        return {**self.played.facts, **row.get("facts", {})}

    def route(self, row: Row) -> Answer:
        kind = row.get("route", "assign")
        if kind not in ("assign", "case_owner"):
            raise ValueError(f"no route {kind!r}: assign or case_owner")
        facts = self.facts(row)
        found = routes.route(
            self.policy, facts, counts=self.played.counts_for(facts), owner=kind == "case_owner"
        )
        if found is None:
            return {"to": []}
        return {
            "to": found.to,
            "with": found.together_with,
            "helped_by": found.helped_by,
            "also_notify": found.also_notify,
            "then": found.then,
            "of": found.of,
            "offered": found.offered,
            "recused": found.recused,
            "missing": _names(found.needs),
        }

    def transfer(self, row: Row) -> Answer:
        needs = routes.transfer_missing(
            self.policy, row["role"], to=row.get("to", ""), back=row.get("back", False)
        )
        return {"allowed": not needs, "missing": _names(needs)}

    def contact(self, row: Row) -> Answer:
        needs = routes.contact_missing(self.policy, row["role"])
        return {"allowed": not needs, "missing": _names(needs)}

    def grant(self, row: Row) -> Answer:
        facts = self.facts(row)
        found = grants.permission(
            self.policy,
            row["role"],
            kind=row.get("kind", ""),
            yuan=row.get("yuan"),
            right=row.get("right", "remedy"),
            facts=facts,
            counts=self.played.counts_for(facts),
        )
        return {
            "allowed": found.allowed,
            "approval": found.approval,
            "path": found.path,
            "scope": found.scope,
            "kinds": found.kinds,
            "missing": _names(found.needs),
        }

    def proposals(self, row: Row) -> list[penalties.Proposal]:
        facts = self.facts(row)
        return penalties.proposals(self.policy, facts, counts=self.played.counts_for(facts))

    def penalty(self, row: Row) -> Answer:
        found = self._proposal(row)
        subject = next((one for one in found.subjects if one.who == row.get("who")), None)
        if "who" in row and subject is None:
            raise ValueError(f"{found.penalty.id} has no subject {row['who']!r}")
        says = {part.name: getattr(subject, part.name) for part in fields(PenaltySubject) if subject}
        return {
            **says,
            "decided_by": found.decided_by,
            "proposed_by": found.proposed_by,
            "replaces": found.penalty.replaces,
            "tell_complainant": found.penalty.tell_complainant,
            "open": _names(found.open()),
        }

    def decision(self, row: Row) -> Answer:
        needs = penalties.check_decision(
            self.policy, self._proposal(row), self.facts(row), by=row["by"], chosen=row.get("choose", {})
        )
        return {"missing": _names(needs)}

    def _proposal(self, row: Row) -> penalties.Proposal:
        found = next((one for one in self.proposals(row) if one.penalty.id == row["penalty"]), None)
        if found is None:
            raise ValueError(f"{row['penalty']} is not proposed")
        return found

    def schedule(self, row: Row) -> Answer:
        found = _by_id(self.policy.schedules, row["schedule"])
        facts = self.facts(row)
        answer: Answer = {
            "selects": schedules.selects(found, facts, counts=self.played.counts_for(facts)),
            "to_roles": found.to,
            **{key: getattr(found, key) for key in ("title", "every", "at_least", "step", "by")},
            **{key: getattr(found, key) for key in ("contents", "decides", "form")},
        }
        if "from" in row and "to" in row:
            first, last = date.fromisoformat(row["from"]), date.fromisoformat(row["to"])
            days = schedules.due_days(found, self.scenario.calendar, first, last)
            answer["due"] = [day.isoformat() for day in days]
        return answer

    def metric(self, row: Row) -> Answer:
        found = _by_id(self.policy.metrics, row["metric"])
        plain = {key: getattr(found, key) for key in ("title", "stat", "of", "by", "target", "period")}
        given = dict(row.get("given", {}))
        if not given:
            return plain
        if "cases" in given:
            given["part"], given["whole"] = metrics.tally(found, given.pop("cases"))
        if odd := set(given) - {"part", "whole", "hours", "number"}:
            raise ValueError(f"given: {sorted(odd)[0]!r} is none of part, whole, hours, number, cases")
        figure = metrics.figure(found, **given)
        return {**plain, "value": figure.shown, "met": figure.met}

    def retention(self, row: Row) -> Answer:
        since = date.fromisoformat(row["since"])
        found = keeping.kept(self.policy, row["what"], since, self.facts(row))
        if found is None:
            raise ValueError(f"nothing says how long {row['what']!r} is kept")
        until = found.until.isoformat() if found.until else ("forever" if found.forever else "open")
        return {
            "until": until,
            "then": found.then,
            "mask_on": found.mask_on.isoformat() if found.mask_on else None,
            "basis": found.rule.basis,
            "personal_data": found.rule.personal_data,
        }

    def written(self, row: Row) -> Answer:
        """The text for an occasion; `says` are those of the phrases asked for that stand in it. A word that
        the row does not give stays as its {name}."""
        found = template_for(self.policy, row["for"], self.facts(row))
        if found is None:
            return {"template": None}
        words = {name: f"{{{name}}}" for name in found.words}
        said = render(found, {**words, **row.get("words", {})})
        whole = "\n".join((said.subject, said.text, *said.questions))
        phrases = [phrase for phrase in row.get("says", ()) if phrase in whole]
        return {
            "template": found.id,
            "says": phrases,
            **{key: getattr(said, key) for key in ("text", "subject", "questions", "title")},
        }

    def entries(self, row: Row) -> Answer:
        """What a list holds: `ids`, or with `id` the entry itself."""
        entries = _list_of(self.policy.document, row["list"])
        if "under" in row:
            entries = _one(entries, row["under"]).get("children", ())
        if "id" in row:
            entry = _one(entries, row["id"])
            return {"title": entry.get("text"), **{key: _short(value) for key, value in entry.items()}}
        for key in ("group", "effect"):
            if key in row:
                entries = [one for one in entries if isinstance(one, Mapping) and one.get(key) == row[key]]
        if "facts" in row:
            facts = self.facts(row)
            entries = [one for one in entries if one.get("when") and holds(one["when"], facts)]
        return {"ids": _short(tuple(entries))}


# The parts of `expect` that are answered row by row: how, and the keys of a row that are the question.
QUESTIONS: Mapping[str, tuple[Callable[[Desk, Row], Answer], tuple[str, ...]]] = {
    "routes": (Desk.route, ("route", "facts")),
    "transfers": (Desk.transfer, ("role", "to", "back")),
    "contact": (Desk.contact, ("role",)),
    "grants": (Desk.grant, ("right", "role", "kind", "yuan", "facts")),
    "penalties": (Desk.penalty, ("penalty", "who", "facts")),
    "decisions": (Desk.decision, ("penalty", "by", "choose", "facts")),
    "schedules": (Desk.schedule, ("schedule", "from", "to", "facts")),
    "metrics": (Desk.metric, ("metric", "given")),
    "retention": (Desk.retention, ("what", "since", "facts")),
    "texts": (Desk.written, ("for", "facts", "words")),
    "lists": (Desk.entries, ("list", "id", "under", "group", "effect", "facts")),
}


def _names(needs: Iterable[Need]) -> list[str]:
    return [name_of(need) for need in needs]


def _by_id(items: Iterable[Any], wanted: str) -> Any:
    for item in items:
        if item.id == wanted:
            return item
    raise ValueError(f"there is no {wanted!r}")


def _list_of(document: Mapping[str, Any], name: str) -> Any:
    """A list of `lists` (categories.business is a dimension), or any other list by its path in the pack."""
    lists = document.get("lists", {})
    family, _, dimension = name.partition(".")
    inner = lists.get(family, {})
    if dimension and isinstance(inner, Mapping) and dimension in inner.get("dimensions", {}):
        return inner["dimensions"][dimension]
    found: Any = lists if name in lists else document
    for step in [name] if name in lists else name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    if not isinstance(found, list | tuple):
        raise ValueError(f"there is no list {name!r}")
    return found


def _one(entries: Iterable[Any], wanted: str) -> Any:
    for entry in _walk(entries):
        if entry.get("id") == wanted:
            return entry
    raise ValueError(f"there is no entry {wanted!r}")


def _walk(entries: Iterable[Any]) -> Iterator[Any]:
    for entry in entries:
        if isinstance(entry, Mapping):
            yield entry
            yield from _walk(entry.get("children", ()))


def _short(value: Any) -> Any:
    """A list of entries by their ids (a signature by its role); anything else as it is."""
    if isinstance(value, list | tuple):
        return [one.get("id") or one.get("role") or one if isinstance(one, Mapping) else one for one in value]
    return value
