"""Phrases: a role, an event, a fact, a condition, a limit, an action, in the words of one policy."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from policies.engine.conditions import split_operator
from policies.engine.schema import Action, Condition, LadderStep, Limit, Policy
from policies.engine.vocabulary import LIST_OF_FACT
from policies.readable import words
from policies.readable.words import amount, both, either, listed, number

_FAMILIES = {
    "consent": lambda policy, rest: _("consent of %(who)s") % {"who": role(policy, rest)},
    "forwarded": lambda policy, rest: _("Passed on to %(who)s") % {"who": role(policy, rest)},
    "answered": lambda policy, rest: _("Answered to %(who)s") % {"who": _body(policy, rest)},
    "form": lambda policy, rest: _("form “%(title)s”") % {"title": _title(policy.forms, rest)},
    "listed_in": lambda policy, rest: (
        _("on the list “%(title)s”") % {"title": _title(policy.schedules, rest)}
    ),
    "warn": lambda policy, rest: _("Warning of “%(duty)s”") % {"duty": _title(policy.duties, rest)},
    "breach": lambda policy, rest: _("“%(duty)s” is overdue") % {"duty": _title(policy.duties, rest)},
    "ladder": lambda policy, rest: _("“%(duty)s” is escalated") % {"duty": _title(policy.duties, rest)},
}


def _title(rows: Iterable[Any], name: str) -> str:
    return next((row.title or row.id for row in rows if row.id == name), name)


def _body(policy: Policy, name: str) -> str:
    """Who is answered: a role, or the outside body that a channel is named after."""
    title = role(policy, name)
    return policy.title_of("channels", name) if title == name else title


def role(policy: Policy, name: str) -> str:
    """A role of the pack, of the product, or a part somebody has in the case."""
    found = policy.roles.get(name)
    return found.title if found else str(words.ROLES.get(name, name))


def roles(policy: Policy, names: Iterable[str]) -> str:
    return listed(role(policy, name) for name in names)


def event(policy: Policy, name: str) -> str:
    """An event, or a signal of a duty's rungs."""
    if name in words.EVENTS:
        return str(words.EVENTS[name])
    family, dot, rest = name.partition(".")
    return _FAMILIES[family](policy, rest) if dot and family in _FAMILIES else name


def events(policy: Policy, names: Iterable[str]) -> str:
    """「“登记”或“重新办理”」."""
    return either(_quoted(event(policy, name)) for name in names)


def _quoted(text: str) -> str:
    """In quotation marks, unless it has some of its own."""
    return text if "“" in text else _("“%(event)s”") % {"event": text}


def fact(policy: Policy, name: str) -> str:
    """What a fact is called: the pack's own title first."""
    own = next((row.title for row in policy.facts if row.id == name and row.title), "")
    if own:
        return _without_values(own)
    if name in words.FACTS:
        return str(words.FACTS[name])
    if name in words.EVENTS:
        return str(words.EVENTS[name])
    owner, dot, rest = name.partition(".")
    if dot and owner in _FAMILIES:
        return _FAMILIES[owner](policy, rest)
    if dot:
        return _("%(fact)s: %(attribute)s") % {"fact": fact(policy, owner), "attribute": fact(policy, rest)}
    return name


# Packs name the values of an enum in its title: 是否维修类(repair维修/non_repair非维修).
_NAMED_VALUE = re.compile(r"(?<![A-Za-z_])([a-z][a-z0-9_]*)([\u4e00-\u9fff][^/;,、()\s]*)")
_IN_BRACKETS = re.compile(r"[((]([^()()]*)[))]")


def _without_values(title: str) -> str:
    """The title of a fact without the list of its values."""
    found = _IN_BRACKETS.search(title)
    if found is None or not _NAMED_VALUE.search(found.group(1)):
        return title
    return (title[: found.start()] + title[found.end() :]).strip()


def value_titles(title: str) -> dict[str, str]:
    """value -> words, as far as the title of its fact says."""
    return {
        key: words_ for inner in _IN_BRACKETS.findall(title) for key, words_ in _NAMED_VALUE.findall(inner)
    }


def value(policy: Policy, name: str, given: object) -> str:
    """A value of a fact: the title of a list's entry, yes or no, a number."""
    if isinstance(given, bool):
        return _("Yes") if given else _("No")
    if isinstance(given, int | float):
        return number(given)
    text = str(given)
    for list_name in _lists_of(policy, name):
        if (title := policy.title_of(list_name, text)) != text:
            return title
    if name == "state":
        return str(words.EVENTS.get(text, text))
    if name == "accept_effect":
        return str(words.EFFECTS.get(text, text))
    if name == "remedy":
        return str(words.REMEDIES.get(text, text))
    if name == "tier_criterion":
        return next((row.text for tier in policy.tiers for row in tier.criteria if row.id == text), text)
    declared = next((row.title for row in policy.facts if row.id == name), "")
    return value_titles(declared).get(text, text)


def _lists_of(policy: Policy, name: str) -> list[str]:
    owner, _dot, attribute = name.partition(".")
    declared = next((row.from_list for row in policy.facts if row.id == owner and row.from_list), "")
    found = [declared, LIST_OF_FACT.get(owner, ""), f"categories.{owner}"]
    return [*found, "categories"] if attribute == "group" else found


def condition(policy: Policy, given: Condition) -> str:
    """「等级是轻微,并且经济损失至少1000」; "" for the condition that always holds."""
    return both(_part(policy, key, inner) for key, inner in given.items())


def _part(policy: Policy, key: str, inner: Any) -> str:
    if key in ("all", "any"):
        join = both if key == "all" else either
        parts = [_nested(policy, one, key) for one in inner]
        return join(parts)
    if key == "not":
        return _("not (%(what)s)") % {"what": condition(policy, inner)}
    if key == "event_was":
        names = inner if isinstance(inner, list | tuple) else (inner,)
        return _("%(event)s has happened") % {"event": events(policy, names)}
    if key == "count":
        return count(policy, inner)
    return _leaf(policy, *split_operator(key), inner)


def _nested(policy: Policy, given: Condition, above: str) -> str:
    text = condition(policy, given)
    several = len(given) > 1 or any(key in ("any", "all") for key in given)
    return f"({text})" if several and above == "any" else text


def _leaf(policy: Policy, name: str, operator: str, expected: Any) -> str:
    what = {"fact": fact(policy, name)}
    if operator == "exists":
        sentence = _("%(fact)s is known") if expected else _("%(fact)s is not known")
        return sentence % what
    if expected is True or expected is False:
        is_so = expected if operator == "is" else not expected
        if name.partition(".")[0] in _FAMILIES:
            return (_("%(fact)s is there") if is_so else _("%(fact)s is not there")) % what
        if name in words.EVENTS:
            return (_("“%(fact)s” is done") if is_so else _("“%(fact)s” is not done")) % what
        return (_("“%(fact)s”: yes") if is_so else _("“%(fact)s”: no")) % what
    values = expected if isinstance(expected, list | tuple) else (expected,)
    said = {**what, "value": either(value(policy, name, one) for one in values)}
    sentences = {
        "is": _("%(fact)s is %(value)s"),
        "not": _("%(fact)s is not %(value)s"),
        "gt": _("%(fact)s more than %(value)s"),
        "gte": _("%(fact)s at least %(value)s"),
        "lt": _("%(fact)s less than %(value)s"),
        "lte": _("%(fact)s at most %(value)s"),
    }
    return sentences[operator] % said


def count(policy: Policy, given: Mapping[str, Any]) -> str:
    """「30天内客户、问题相同的投诉至少2件」."""
    parts = []
    window = given.get("window") or {}
    if window.get("period"):
        parts.append(str(words.RUNNING_PERIODS.get(window["period"], window["period"])))
    elif window.get("value"):
        parts.append(_("within %(time)s") % {"time": amount(window["value"], window["unit"])})
    if same := given.get("same"):
        parts.append(_("the same %(facts)s") % {"facts": listed(fact(policy, name) for name in same)})
    if when := given.get("when"):
        parts.append(condition(policy, when))
    what = _("number of cases") if given["of"] == "cases" else events(policy, [given["of"]])
    bounds = [
        _leaf_bound(name, given[name]) for name in ("gt", "gte", "lt", "lte") if given.get(name) is not None
    ]
    text = _("%(what)s %(bounds)s") % {"what": what, "bounds": both(bounds) or "—"}
    return f"{text} ({listed(parts)})" if parts else text


def _leaf_bound(name: str, value_: float) -> str:
    sentences = {
        "gt": _("more than %(value)s"),
        "gte": _("at least %(value)s"),
        "lt": _("less than %(value)s"),
        "lte": _("at most %(value)s"),
    }
    return sentences[name] % {"value": number(value_)}


def limit(policy: Policy, row: Limit) -> str:
    """How long a limit is: 「24小时」, 「当日」, 「待单位填写」."""
    text = _length(policy, row)
    if row.earlier_of:
        words_ = {"limit": text, "fact": fact(policy, row.earlier_of)}
        return _("%(limit)s, or %(fact)s if that is earlier") % words_
    return text


def _length(policy: Policy, row: Limit) -> str:
    if row.range is not None:
        return _range(policy, row)
    if row.unit == "promise":
        return _("until %(fact)s") % {"fact": fact(policy, row.fact)}
    if row.unit == "at":
        return _("until day %(day)d of the month") % {"day": row.day or 0}
    if row.unit in ("immediate", "same_day", "next_open"):
        return str(words.UNITS[row.unit])
    if row.value is None:
        return _("(to be filled in)")
    return amount(row.value, row.unit)


def _range(policy: Policy, row: Limit) -> str:
    assert row.range is not None
    if row.range.lo is None and row.range.hi is None:
        return _("(to be filled in)")
    bounds = {
        "lo": "?" if row.range.lo is None else number(row.range.lo),
        "hi": "?" if row.range.hi is None else amount(row.range.hi, row.unit),
        "when": condition(policy, row.range.lo_when),
    }
    if not bounds["when"]:
        return _("%(lo)s to %(hi)s") % bounds
    return _("%(lo)s to %(hi)s (the shorter if %(when)s)") % bounds


def force(name: str) -> str:
    return _("must") if name == "must" else _("should")


def after(step: LadderStep) -> str:
    """「再过时限的一半(最多24小时)」."""
    if step.of_limit is None:
        assert step.fixed is not None
        length = amount(step.fixed.value, step.fixed.unit) if step.fixed.value is not None else "?"
        return _("another %(time)s later") % {"time": length}
    share = (
        _("half of the limit")
        if step.of_limit == 0.5
        else _("%(share)s of the limit") % {"share": words.percent(step.of_limit)}
    )
    if step.at_most is not None and step.at_most.value is not None:
        most = amount(step.at_most.value, step.at_most.unit)
        return _("another %(time)s later (at most %(most)s)") % {"time": share, "most": most}
    return _("another %(time)s later") % {"time": share}


def actions(policy: Policy, given: Iterable[Action]) -> str:
    """「通知责任人、客服主管;记入记录」."""
    return _("; ").join(action(policy, one) for one in given)


def action(policy: Policy, given: Action) -> str:
    """One thing that is done."""
    verb, target = next(iter(given.items()))
    if verb in ("notify", "sms", "assign"):
        names = target if isinstance(target, list | tuple) else (target,)
        sentences = {
            "notify": _("tell %(who)s"),
            "sms": _("send a text message to %(who)s"),
            "assign": _("give it to %(who)s"),
        }
        return sentences[verb] % {"who": roles(policy, names)}
    if verb == "stop":  # what a clock stop does
        return str(words.EFFECTS.get(str(target), target))
    if verb == "escalate":
        return _("call in %(who)s one after another") % {"who": roles(policy, target["path"])}  # type: ignore[index]
    if verb in ("set", "suggest") and isinstance(target, Mapping):
        pairs = listed(
            _("%(fact)s = %(value)s") % {"fact": fact(policy, name), "value": value(policy, name, one)}
            for name, one in target.items()
        )
        return (_("set %(what)s") if verb == "set" else _("suggest %(what)s")) % {"what": pairs}
    if verb in ("require", "block") and isinstance(target, Mapping):
        return _demand(policy, verb, target)
    return _plain_action(policy, verb, target)


def _plain_action(policy: Policy, verb: str, target: object) -> str:
    text = target.get("title", target.get("kind", "")) if isinstance(target, Mapping) else target
    sentences = {
        "order": _("issue the order “%(what)s”"),
        "emit": _("record “%(what)s”"),
        "open_task": _("open the task “%(what)s”"),
        "create_case": _("open a case “%(what)s”"),
        "require": _("require “%(what)s”"),
        "block": _("hold up “%(what)s”"),
        "merge": _("merge the cases"),
        "log": _("put it on record"),
        "suggest": _("suggest “%(what)s”"),
        "propose": _("propose the penalty “%(what)s”"),
    }
    if verb in ("emit", "block", "require") and isinstance(text, str):
        text = event(policy, text)
    if verb == "propose":
        text = _title(policy.penalties, str(text))
    return sentences.get(verb, f"{verb} %(what)s") % {"what": text}


def _demand(policy: Policy, verb: str, target: Mapping[str, Any]) -> str:
    if verb == "block":
        names = target.get("event", ())
        blocked = events(policy, names if isinstance(names, list | tuple) else (names,))
        until = condition(policy, target.get("until") or {})
        if until:
            return _("hold up %(what)s until %(until)s") % {"what": blocked, "until": until}
        return _("hold up %(what)s") % {"what": blocked}
    wanted = [
        *(
            [_("form “%(title)s”") % {"title": _title(policy.forms, target["form"])}]
            if "form" in target
            else []
        ),
        *(
            [_("the approval of %(who)s") % {"who": roles(policy, each(target["approval"]))}]
            if "approval" in target
            else []
        ),
        *([events(policy, [target["event"]])] if "event" in target else []),
        *([fact(policy, target["fact"])] if "fact" in target else []),
    ]
    text = _("require %(what)s") % {"what": both(wanted)}
    if before := target.get("before"):
        return _("%(what)s before %(event)s") % {"what": text, "event": events(policy, each(before))}
    return text


def each(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, list | tuple) else (given,)


def hours(ranges: Iterable[tuple[Any, Any]]) -> str:
    """「08:30-12:00、13:30-17:30」."""
    from policies.days import ranges_of

    return listed(ranges_of(tuple(ranges)))
