"""Everything about time in words: calendars, duties, pauses, extensions."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from policies.engine.schema import CalendarRule, ClockStop, Duty, ExtensionRule, Limit, Policy
from policies.readable import phrases, words
from policies.readable.lines import Line


def calendars(policy: Policy) -> Iterator[Line]:
    for name, rule in policy.calendars.items():
        yield Line(name, words.labelled(calendar_title(policy, name), calendar(rule)), source=rule.source)


def calendar_title(policy: Policy, name: str) -> str:
    """What a calendar is called: its title, or what everybody calls one of that name."""
    rule = policy.calendars.get(name)
    usual = {
        "clock": _("The clock"),
        "natural": _("Calendar days"),
        "working": _("Working days"),
        "desk": _("Service desk"),
        "office": _("Office"),
    }
    return (rule.title if rule else "") or usual.get(name, name)


def calendar(rule: CalendarRule) -> str:
    """How a calendar counts, in one sentence."""
    kinds = {
        "elapsed": _("time runs day and night"),
        "day": _("calendar days count"),
        "workday": _("working days count"),
        "business": _("time counts within opening hours"),
    }
    days = {
        "cn_workdays": _("working days of the official calendar, make-up days included"),
        "weekdays": _("Monday to Friday"),
        "every_day": _("every day"),
    }
    parts = [kinds[rule.kind]]
    if rule.kind in ("workday", "business"):
        parts.append(days[rule.days])
    if rule.hours:
        parts.append(phrases.hours(rule.hours))
    if rule.kind in ("day", "workday"):
        included = rule.first_day == "included"
        parts.append(_("the first day counts") if included else _("the first day does not count"))
        parts.append(_("ends when business closes") if rule.ends == "business_close" else _("ends at 24:00"))
    if rule.roll_forward:
        parts.append(_("a last day that is a day off moves to the next working day"))
    return words.listed(parts)


def duties(policy: Policy) -> Iterator[Line]:
    for duty in policy.duties:
        yield duty_line(policy, duty)


def duty_line(policy: Policy, duty: Duty) -> Line:
    """One limit: what, from when, until when, whose, what happens around it."""
    return Line(
        duty.id,
        duty_sentence(policy, duty),
        tuple(_duty_details(policy, duty)),
        _sources(duty),
        duty.basis,
        any(row.tenant_fill for row in duty.limits),
    )


def duty_sentence(policy: Policy, duty: Duty) -> str:
    """「派单:自“登记”起10分钟内,由接待员完成(必须),以“派单”为准。」"""
    said = {
        "title": duty.title or duty.id,
        "start": phrases.events(policy, duty.start),
        "end": phrases.events(policy, duty.end),
        "owner": phrases.role(policy, duty.owner),
    }
    if len(duty.limits) == 1 and not duty.limits[0].when:
        row = duty.limits[0]
        said |= {"limit": phrases.limit(policy, row), "force": phrases.force(row.force)}
        text = _("%(title)s: %(limit)s from %(start)s to %(end)s, by %(owner)s (%(force)s)") % said
    else:
        text = _("%(title)s: from %(start)s to %(end)s, by %(owner)s, with these limits") % said
    if duty.when:
        text = _("%(rule)s; applies if %(when)s") % {
            "rule": text,
            "when": phrases.condition(policy, duty.when),
        }
    return text


def limit_line(policy: Policy, row: Limit) -> str:
    """「等级是轻微:24小时(必须)」."""
    said = {
        "when": phrases.condition(policy, row.when) or _("otherwise"),
        "limit": phrases.limit(policy, row),
        "force": phrases.force(row.force),
        "source": words.listed(row.source),
    }
    if row.source:
        return _("%(when)s: %(limit)s (%(force)s, source %(source)s)") % said
    return _("%(when)s: %(limit)s (%(force)s)") % said


def _duty_details(policy: Policy, duty: Duty) -> Iterator[str]:
    if len(duty.limits) > 1 or (duty.limits and duty.limits[0].when):
        yield from (limit_line(policy, row) for row in duty.limits)
    if duty.each == "ticket":
        yield _("counted for every ticket by itself")
    if not duty.pausable:
        yield _("runs on while the clock of the case is stopped")
    if duty.warn_at is not None and duty.on_warn:
        said = {"share": words.percent(duty.warn_at), "actions": phrases.actions(policy, duty.on_warn)}
        yield _("when %(share)s of the time is used: %(actions)s") % said
    if duty.on_breach:
        yield _("when it is overdue: %(actions)s") % {"actions": phrases.actions(policy, duty.on_breach)}
    for step in duty.ladder:
        said = {"after": phrases.after(step), "actions": phrases.actions(policy, step.actions)}
        yield _("%(after)s: %(actions)s") % said
    if duty.ceiling is not None:
        said = {"limit": phrases.limit(policy, duty.ceiling), "basis": duty.ceiling.basis or "—"}
        yield _("never longer than %(limit)s, whatever is granted (%(basis)s)") % said
    if duty.blocks:
        yield _("holds up %(events)s until it is done") % {"events": phrases.events(policy, duty.blocks)}
    if duty.ordered_by:
        yield _("ordered by %(who)s") % {"who": phrases.role(policy, duty.ordered_by)}


def _sources(duty: Duty) -> tuple[str, ...]:
    rows = [name for row in duty.limits for name in row.source]
    return tuple(dict.fromkeys([*duty.source, *rows]))


def clock_stops(policy: Policy) -> Iterator[Line]:
    for stop in policy.clock_stops:
        yield Line(stop.id, _clock_stop(policy, stop), source=stop.source)


def _clock_stop(policy: Policy, stop: ClockStop) -> str:
    said = {
        "title": stop.title or stop.id,
        "effect": words.EFFECTS.get(stop.effect, stop.effect),
        "when": phrases.condition(policy, stop.when),
        "who": phrases.role(policy, stop.decider) if stop.decider else "",
    }
    text = _("%(title)s: %(effect)s") % said
    if said["when"]:
        text = _("%(rule)s; applies if %(when)s") % {"rule": text, "when": said["when"]}
    return _("%(rule)s; decided by %(who)s") % {"rule": text, "who": said["who"]} if said["who"] else text


def extensions(policy: Policy) -> Iterator[Line]:
    seen: dict[str, int] = {}
    for rule in policy.extensions:
        seen[rule.duty] = place = seen.get(rule.duty, 0) + 1
        yield Line(
            f"{rule.duty}.{place}",
            _extension(policy, rule),
            tuple(_extension_details(policy, rule)),
            rule.source,
        )


def _extension(policy: Policy, rule: ExtensionRule) -> str:
    duty = policy.duties_by_id.get(rule.duty)
    said = {
        "duty": (duty.title if duty else "") or rule.duty,
        "who": words.either(phrases.role(policy, name) for name in rule.approver),
    }
    if not rule.allowed or not (rule.approver or rule.notice_only):
        text = _("%(duty)s: no more time is given") % said
    elif rule.notice_only:
        text = _("%(duty)s: more time needs only a notice") % said
    else:
        text = _("%(duty)s: more time is decided by %(who)s") % said
    if rule.when:
        when = phrases.condition(policy, rule.when)
        text = _("%(rule)s; applies if %(when)s") % {"rule": text, "when": when}
    return text


def _extension_details(policy: Policy, rule: ExtensionRule) -> Iterator[str]:
    if rule.max is not None:
        length = phrases.limit(policy, rule.max.limit)
        most = (
            _("at most %(time)s more, all together")
            if rule.max.of == "added"
            else _("at most %(time)s in all")
        )
        yield most % {"time": length}
    if rule.times is not None:
        yield _("at most %(count)d times") % {"count": rule.times}
    if rule.before_due:
        yield _("has to be asked for before the limit passes")
    if rule.contents:
        yield _("has to say: %(what)s") % {"what": words.listed(content(name) for name in rule.contents)}
    if rule.notify:
        yield phrases.action(policy, {"notify": rule.notify})
    if rule.not_past and rule.not_past in policy.duties_by_id:
        title = policy.duties_by_id[rule.not_past].title or rule.not_past
        yield _("never past the ceiling of “%(duty)s”") % {"duty": title}


def content(name: str) -> str:
    """What a request has to say."""
    known = {
        "reason": _("the reason"),
        "new_due": _("the new time"),
        "progress": _("the progress"),
        "plan": _("the plan"),
        "measures": _("the measures"),
        "days": _("how many days"),
        "next_steps": _("the next steps"),
    }
    return known.get(name, name)
