"""Triggers, routes, gates, grants, penalties, reports, figures and keeping in words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from policies.engine.schema import (
    Gate,
    GateKind,
    Grant,
    Metric,
    Penalty,
    PenaltySubject,
    Policy,
    Retention,
    Route,
    Schedule,
    Trigger,
)
from policies.readable import phrases, words
from policies.readable.lines import Line
from policies.readable.words import both, labelled, listed, number, percent


def triggers(policy: Policy) -> Iterator[Line]:
    for row in policy.triggers:
        yield Line(row.id, _trigger(policy, row), source=row.source)


def _trigger(policy: Policy, row: Trigger) -> str:
    if row.timer is not None:
        said = {
            "time": phrases.limit(policy, row.timer.limit),
            "event": phrases.event(policy, row.timer.since),
        }
        repeats = row.timer.repeats
        start = (_("every %(time)s after “%(event)s”") if repeats else _("%(time)s after “%(event)s”")) % said
    else:
        start = _("on %(events)s") % {"events": phrases.events(policy, row.events)}
    if row.when:
        start = _("%(start)s, if %(when)s") % {"start": start, "when": phrases.condition(policy, row.when)}
    text = _("%(start)s: %(actions)s") % {"start": start, "actions": phrases.actions(policy, row.do)}
    text = labelled(row.title, text) if row.title else text
    return _("%(rule)s (once for each case)") % {"rule": text} if row.once else text


def routes(policy: Policy) -> Iterator[Line]:
    for name, title, rows in (
        ("assign", _("Sent to"), policy.routes.assign),
        ("case_owner", _("Owned by"), policy.routes.case_owner),
    ):
        for place, row in enumerate(rows, start=1):
            yield Line(f"{name}.{place}", labelled(title, _route(policy, row)))
    for name, setting in policy.routes.settings.items():
        if line := _route_setting(policy, name, setting):
            yield Line(name, line)


def _route(policy: Policy, row: Route) -> str:
    text = phrases.role(policy, row.to)
    names = {
        "with": _("together with %(who)s"),
        "helped_by": _("helped by %(who)s"),
        "also_notify": _("%(who)s is told"),
        "else": _("otherwise %(who)s"),
    }
    parts = [
        sentence % {"who": phrases.roles(policy, phrases.each(row.settings[key]))}
        for key, sentence in names.items()
        if key in row.settings
    ]
    if row.needs:
        parts.append(_("needs %(what)s") % {"what": needs(policy, row.needs)})
    when = phrases.condition(policy, row.when)
    text = listed([text, *parts])
    return _("%(rule)s; applies if %(when)s") % {"rule": text, "when": when} if when else text


def _route_setting(policy: Policy, name: str, setting: Any) -> str:
    if not isinstance(setting, Mapping):
        return ""
    if name == "transfer" and "by" in setting:
        return _("Transferred by %(who)s") % {"who": phrases.roles(policy, phrases.each(setting["by"]))}
    if name == "contact_customer" and "only" in setting:
        who = phrases.roles(policy, phrases.each(setting["only"]))
        return _("Only %(who)s speak to the complainant") % {"who": who}
    if name == "recusal" and "next" in setting:
        who = phrases.roles(policy, phrases.each(setting["next"]))
        return _("Who is complained about does not handle the case: %(who)s does") % {"who": who}
    return ""


def gates(policy: Policy) -> Iterator[Line]:
    for name, gate in policy.gates.items():
        text = _gate(policy, gate)
        yield Line(name, text, tuple(_gate_details(policy, gate)), gate.source)


def _gate(policy: Policy, gate: Gate) -> str:
    title = str(words.GATES.get(gate.name, gate.name))
    parts = []
    if gate.who:
        parts.append(_("by %(who)s") % {"who": words.either(phrases.role(policy, name) for name in gate.who)})
    if gate.not_by:
        parts.append(_("not by %(who)s") % {"who": phrases.roles(policy, gate.not_by)})
    if gate.decide:
        effects = listed(str(words.EFFECTS.get(name, name)) for name in gate.decide)
        parts.append(_("possible decisions: %(what)s") % {"what": effects})
    if gate.reason_required:
        parts.append(_("a reason is required"))
    if gate.max_rounds is not None:
        parts.append(_("at most %(count)d rounds") % {"count": gate.max_rounds})
    return labelled(title, listed(parts)) if parts else title


def _gate_details(policy: Policy, gate: Gate) -> Iterator[str]:
    if gate.applies_when:
        yield _("applies if %(when)s") % {"when": phrases.condition(policy, gate.applies_when)}
    if gate.always:
        yield from (_("needs: %(what)s") % {"what": text} for text in conjuncts(policy, gate.always))
        if gate.or_reason:
            yield _("or a reason: %(fact)s") % {"fact": phrases.fact(policy, gate.or_reason)}
    for kind in (*gate.kinds, *gate.extra):
        if kind.needs:
            yield _kind(policy, kind)
    for block in gate.blocks:
        said = {"when": phrases.condition(policy, block.when), "text": block.text}
        yield _("refused if %(when)s (%(text)s)") % said if block.text else _("refused if %(when)s") % said
    for effect, wanted in gate.effects.items():
        said = {"effect": str(words.EFFECTS.get(effect, effect)), "what": needs(policy, wanted)}
        yield _("to be “%(effect)s” it needs %(what)s") % said


def conjuncts(policy: Policy, condition: Mapping[str, Any]) -> list[str]:
    """The parts of a condition that all have to hold, each in words."""
    found = []
    for key, inner in condition.items():
        if key == "all":
            found += [phrases.condition(policy, one) for one in inner]
        else:
            found.append(phrases.condition(policy, {key: inner}))
    return found


def _kind(policy: Policy, kind: GateKind) -> str:
    said = {"when": phrases.condition(policy, kind.when), "what": needs(policy, kind.needs)}
    text = (_("if %(when)s: needs %(what)s") if said["when"] else _("needs: %(what)s")) % said
    return _("%(rule)s, and nothing else") % {"rule": text} if kind.replaces_always else text


def needs(policy: Policy, wanted: Iterable[Mapping[str, Any]]) -> str:
    return both(phrases.condition(policy, one) for one in wanted)


def grants(policy: Policy) -> Iterator[Line]:
    for place, row in enumerate(policy.grants, start=1):
        yield Line(
            f"{row.role}.{row.right}.{place}", _grant(policy, row), source=row.source, is_open=row.tenant_fill
        )


def _grant(policy: Policy, row: Grant) -> str:
    said = {"who": phrases.role(policy, row.role), "right": words.RIGHTS.get(row.right, row.right)}
    parts = [_("%(who)s may %(right)s") % said]
    if row.kinds:
        parts.append(listed(str(words.REMEDIES.get(name, name)) for name in row.kinds))
    if row.max_yuan is not None:
        parts.append(_("up to ¥%(amount)s") % {"amount": number(row.max_yuan)})
    elif row.tenant_fill and row.right == "remedy":
        parts.append(_("up to an amount to be filled in"))
    if isinstance(row.scope, str) and row.scope:
        parts.append(
            {
                "all": _("everywhere"),
                "own_department": _("in one's own department"),
                "assigned": _("those assigned to them"),
                "own_orders": _("those assigned to them"),
            }.get(row.scope, row.scope)
        )
    elif isinstance(row.scope, Mapping):
        parts.append(phrases.condition(policy, row.scope))
    if row.when:
        parts.append(_("if %(when)s") % {"when": phrases.condition(policy, row.when)})
    if row.over:
        parts.append(_("above that: %(who)s") % {"who": phrases.role(policy, row.over)})
    return listed(parts)


def penalties(policy: Policy) -> Iterator[Line]:
    for row in policy.penalties:
        yield Line(
            row.id, _penalty(policy, row), tuple(subject(policy, one) for one in row.subjects), row.source
        )


def _penalty(policy: Policy, row: Penalty) -> str:
    said = {
        "title": row.title or row.id,
        "when": phrases.condition(policy, row.when),
        "who": phrases.role(policy, row.decided_by),
    }
    return _("%(title)s: proposed if %(when)s, decided by %(who)s") % said


def subject(policy: Policy, one: PenaltySubject) -> str:
    """Whom a penalty strikes, and with what: 「责任人:扣5分、通报批评」."""
    return labelled(phrases.role(policy, one.who), listed(_strikes(one)))


def _strikes(one: PenaltySubject) -> list[str]:
    parts = [
        sentence % {"number": _span(given)}
        for sentence, given in (
            (_("%(number)s points"), one.points),
            (_("¥%(number)s"), one.yuan),
            (_("%(number)s months of bonus"), one.bonus_months),
            (_("%(number)s%% of the bonus"), one.bonus_percent),
        )
        if given is not None
    ]
    if one.loss_share is not None:
        parts.append(_("%(share)s of the loss") % {"share": percent(one.loss_share)})
    parts += [*one.sanctions]
    if one.sanctions_any:
        parts.append(words.either(one.sanctions_any))
    if one.sanctions_by:
        parts.append(words.either(str(sanction) for sanction in one.sanctions_by.values()))
    if one.sanctions_min:
        parts.append(_("%(sanction)s or heavier") % {"sanction": one.sanctions_min})
    if one.no_awards_in:
        period = words.RUNNING_PERIODS.get(one.no_awards_in, one.no_awards_in)
        parts.append(_("no awards %(period)s") % {"period": period})
    return [*parts, *([one.notice] if one.notice else [])]


def _span(given: Any) -> str:
    return "–".join(number(one) for one in phrases.each(given))


def schedules(policy: Policy) -> Iterator[Line]:
    for row in policy.schedules:
        yield Line(row.id, _schedule(policy, row), source=row.source, is_open=row.tenant_fill)


def _schedule(policy: Policy, row: Schedule) -> str:
    parts = [str(words.PERIODS.get(row.every, row.every))]
    if row.step > 1:
        parts.append(_("every %(count)d of them") % {"count": row.step})
    if row.due.get("last_day"):
        parts.append(_("on the last day"))
    elif row.due.get("day"):
        parts.append(_("by day %(day)s") % {"day": row.due["day"]})
    if row.by:
        parts.append(_("by %(who)s") % {"who": phrases.role(policy, row.by)})
    if row.to:
        parts.append(_("for %(who)s") % {"who": phrases.roles(policy, row.to)})
    if row.selects:
        parts.append(_("cases where %(when)s") % {"when": phrases.condition(policy, row.selects)})
    return labelled(row.title or row.id, listed(parts))


def metrics(policy: Policy) -> Iterator[Line]:
    for row in policy.metrics:
        yield Line(row.id, _metric(policy, row), source=row.source, is_open=row.tenant_fill)


def _metric(policy: Policy, row: Metric) -> str:
    stats = {
        "rate": _("a rate"),
        "mean_hours": _("mean hours"),
        "ratio": _("a ratio"),
        "per_million": _("per million"),
        "count": _("a number"),
        "entered": _("entered by hand"),
    }
    family, _dot, duty = row.of.partition(".")
    parts = [stats.get(row.stat, row.stat)]
    if family == "duty" and duty in policy.duties_by_id:
        parts.append(_("of “%(duty)s”") % {"duty": policy.duties_by_id[duty].title or duty})
    if row.by:
        parts.append(_("by %(what)s") % {"what": listed(phrases.fact(policy, name) for name in row.by)})
    if row.when:
        parts.append(_("if %(when)s") % {"when": phrases.condition(policy, row.when)})
    for key, sentence in (("min", _("target at least %(value)s")), ("max", _("target at most %(value)s"))):
        given = row.target.get(key)
        if isinstance(given, int | float):
            share = row.stat == "rate" and given <= 1
            parts.append(sentence % {"value": percent(given) if share else number(given)})
    return labelled(row.title or row.id, listed(parts))


def keeping(policy: Policy) -> Iterator[Line]:
    for place, row in enumerate(policy.keeping.retention, start=1):
        yield Line(
            f"{row.what}.{place}",
            _retention(policy, row),
            source=row.source,
            basis=row.basis,
            is_open=row.tenant_fill,
        )
    if policy.keeping.disclosure:
        said = listed(disclosed(name) for name in policy.keeping.disclosure)
        yield Line("disclosure", _("Made public: %(what)s") % {"what": said})


def _retention(policy: Policy, row: Retention) -> str:
    lengths = [
        words.amount(length, unit) if unit != "y" else _("%(number)s years") % {"number": number(length)}
        for length, unit in ((row.years, "y"), (row.months, "mo"), (row.days, "d"))
        if length is not None
    ]
    said = {"what": kept(row.what), "time": _("for good") if row.forever else listed(lengths)}
    text = (
        _("%(what)s is kept: %(time)s") if said["time"] else _("%(what)s is kept: to be filled in")
    ) % said
    when = phrases.condition(policy, row.when)
    return _("%(rule)s; applies if %(when)s") % {"rule": text, "when": when} if when else text


def kept(what: str) -> str:
    known = {
        "case": _("The case"),
        "audit_log": _("The log"),
        "recording": _("The recording"),
        "appeal_file": _("The file of an appeal"),
        "opinion_form": _("The complaint form"),
    }
    return known.get(what, what)


def disclosed(what: str) -> str:
    known = {
        "complaint_phone": _("phone number for complaints"),
        "reception_place": _("place of reception"),
        "procedure": _("procedure"),
        "time_limits": _("time limits"),
        "hotline": _("hotline"),
        "hall_list": _("list of branches"),
        "promise_times": _("promised times"),
        "outside_ways": _("other ways to complain"),
        "appeal_ways": _("ways to appeal"),
        "reception_time": _("time of reception"),
        "service_promise": _("service promises"),
        "opinion_box": _("suggestion box"),
        "complaint_mailbox": _("mailbox for complaints"),
        "complaint_address": _("address for complaints"),
        "complaint_book": _("complaint book"),
        "complaint_phone_24h": _("phone number for complaints, day and night"),
        "complaint_phone_other_time": _("phone number for complaints at other times"),
        "online_service": _("online service"),
        "rule_changes": _("changes of the rules"),
        "manager_name_and_number": _("name and number of the manager"),
        "assistant_name_and_number": _("name and number of the assistant"),
        "gm_box": _("mailbox of the general manager"),
        "name_card": _("name card"),
        "admission_notice": _("notice on admission"),
        "mailbox": _("mailbox for complaints"),
        "report_phone": _("phone number for reports"),
        "supervision_phone": _("phone number of the supervision"),
        "responsible_person": _("person in charge"),
        "leader_reception_day": _("reception day of the leaders"),
        "opening_hours": _("opening hours"),
        "reward_rules": _("rules for rewards"),
        "legal_basis": _("legal basis"),
        "laws_and_policies": _("laws and policies"),
        "post_duties": _("duties of the posts"),
        "work_contents": _("what is done here"),
        "conditions": _("conditions of service"),
        "complaint_system": _("rules for complaints"),
        "accountability_system": _("rules of accountability"),
    }
    return known.get(what, what)
