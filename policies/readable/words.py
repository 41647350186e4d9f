"""The product's fixed words as people read them: events, facts, roles, units."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

EVENTS: dict[str, Promise] = {
    "contacted": _("First contact"),
    "recorded": _("Registered"),
    "order_submitted": _("Order submitted"),
    "accepted": _("Accepted"),
    "rejected": _("Rejected"),
    "explained": _("Ended with an explanation"),
    "merged": _("Merged with another case"),
    "graded": _("Tier set"),
    "regraded": _("Tier changed"),
    "corrected": _("Corrected"),
    "dispatched": _("Dispatched"),
    "acknowledged": _("Signed for"),
    "assigned": _("Handed on"),
    "worked": _("Work recorded"),
    "arrived": _("Arrived on site"),
    "not_solved_there": _("Not solved on site"),
    "still_unsatisfied": _("Still not satisfied"),
    "feedback_in": _("Result fed back"),
    "handled": _("Result filed"),
    "part_handled": _("Part of the result filed"),
    "form_returned": _("Form handed back"),
    "told": _("Complainant told"),
    "progress_told": _("Progress told"),
    "explanation_agreed": _("Explanation agreed"),
    "promise_made": _("Promise made"),
    "extension_asked": _("More time asked for"),
    "extended": _("More time granted"),
    "extension_refused": _("More time refused"),
    "paused": _("Clock stopped"),
    "resumed": _("Clock running again"),
    "restarted": _("Clock started anew"),
    "new_facts": _("New facts"),
    "corrective_filed": _("Corrective action filed"),
    "reviewed": _("Reviewed"),
    "follow_up_attempt": _("Follow-up: not reached"),
    "follow_up_done": _("Follow-up done"),
    "closed": _("Closed out"),
    "ended": _("Ended"),
    "reopened": _("Taken up again"),
    "transferred": _("Transferred"),
    "returned": _("Returned to the desk"),
    "helper_returned": _("Returned by a helping department"),
    "withdrawn": _("Withdrawn"),
    "external_event_known": _("Known outside"),
    "contacted_again": _("Contacted again"),
    "consented": _("Consent given"),
    "form_filed": _("Form filed"),
    "listed": _("Put on a list"),
    "noted": _("Noted"),
    "archived": _("Archived"),
    "warned": _("Warning"),
    "breached": _("Limit passed"),
    "escalated": _("Escalated"),
    "policy_changed": _("Rules changed"),
    # what only triggers wait for
    "accept.doubt": _("Doubt whether to accept"),
    "request_manager": _("A manager is asked for"),
    "needs_upper_level": _("The upper level is needed"),
}

FACTS: dict[str, Promise] = {
    "number": _("number"),
    "case_kind": _("kind of case"),
    "channel": _("channel"),
    "channel_level": _("level of the channel"),
    "source": _("where it comes from"),
    "external_no": _("external number"),
    "external_due": _("limit set from outside"),
    "complainant": _("complainant"),
    "complainant_type": _("kind of complainant"),
    "phone": _("phone"),
    "subject": _("subject"),
    "content": _("what happened"),
    "event_time": _("time of this entry"),
    "event_department": _("department of this entry"),
    "written": _("the text of this entry"),
    "told_way": _("how the complainant was told"),
    "respondent": _("department complained about"),
    "respondent_section": _("section complained about"),
    "responsible_unit": _("responsible unit"),
    "customer": _("customer"),
    "place": _("room or place"),
    "area": _("area"),
    "occurred_at": _("happened at"),
    "received_at": _("received"),
    "nature": _("nature"),
    "tier": _("tier"),
    "tier_criterion": _("criterion"),
    "level": _("level"),
    "class": _("class of customer"),
    "category": _("category"),
    "business": _("business"),
    "problem": _("problem"),
    "request": _("what is asked for"),
    "harm": _("harm"),
    "harmed_persons": _("persons harmed"),
    "loss_amount": _("economic loss"),
    "mass_affected": _("many are affected"),
    "duplicate_of": _("duplicate of"),
    "new_clue": _("new clue"),
    "proceeding": _("proceeding"),
    "liability": _("liability"),
    "outcome": _("outcome"),
    "upheld": _("found to be justified"),
    "remedy": _("remedy"),
    "remedy.yuan": _("cost of the remedies in yuan"),
    "remedy_area": _("area of the remedy"),
    "satisfied": _("complainant is satisfied"),
    "solved": _("complainant says it is solved"),
    "satisfaction": _("satisfaction"),
    "promised_due": _("promised time"),
    "stated_due": _("stated time"),
    "requested_due": _("time the complainant asked for"),
    "cause": _("cause"),
    "accept_reason": _("reason for accepting"),
    "accept_effect": _("decision on accepting"),
    "on_the_spot": _("settled on the spot"),
    "state": _("state"),
    "age": _("age"),
    "overdue": _("a limit has passed"),
    "rounds": _("number of rounds"),
    "follow_up_attempts": _("follow-up attempts"),
    "open_tickets": _("open tickets"),
    "open_hours": _("within opening hours"),
    "after_hours": _("outside opening hours"),
    "urgent": _("urgent"),
    "complainant_says_unsolved": _("complainant says it is not solved"),
    "complainant_agrees": _("complainant agrees"),
    "check_failed": _("the check has failed"),
    "upgrade_tendency": _("may go to a higher level"),
    "reason_recorded": _("reason recorded"),
    "position_stated": _("position stated"),
    "outside_ways_told": _("other ways told"),
    "not_told_reason": _("reason for not telling"),
    "sample": _("chosen as a sample"),
    "serious": _("serious"),
    "important": _("important"),
    "complex": _("complex"),
    "multi_dept": _("several departments"),
    "special": _("special"),
    "gravity": _("gravity"),
    "return_reason": _("reason for returning"),
    "pause_reason": _("reason for stopping the clock"),
    "group": _("group"),
    "rank": _("rank"),
}

ROLES: dict[str, Promise] = {
    "receptionist": _("receptionist"),
    "desk_supervisor": _("desk supervisor"),
    "handler": _("handler"),
    "dept_head": _("department head"),
    "dept_manager": _("department manager"),
    "general_manager": _("general manager"),
    "administrator": _("administrator"),
    "owner": _("who owns the limit"),
    "assignee": _("who has the ticket"),
    "complainant": _("complainant"),
    "respondent": _("who is complained about"),
    "dispatcher": _("who dispatched it"),
    "feedback_giver": _("who fed back the result"),
    "next_duty_owner": _("who owns the next limit"),
    "third_party": _("a third party"),
    "responsible": _("who is responsible"),
    "supervisor": _("supervisor"),
    "unit_head": _("head of the unit"),
    "unit": _("the unit"),
    "platform": _("the platform"),
}

PERIODS: dict[str, Promise] = {
    "day": _("every day"),
    "business_day": _("every business day"),
    "week": _("every week"),
    "month": _("every month"),
    "quarter": _("every quarter"),
    "half_year": _("every half-year"),
    "year": _("every year"),
    "irregular": _("at irregular times"),
}
RUNNING_PERIODS: dict[str, Promise] = {
    "day": _("on the same day"),
    "week": _("in the same week"),
    "month": _("in the same month"),
    "quarter": _("in the same quarter"),
    "half_year": _("in the same half-year"),
    "year": _("in the same year"),
}
EFFECTS: dict[str, Promise] = {
    "register": _("registered as a case"),
    "explain_only": _("ended with an explanation"),
    "clarify_first": _("clarified first"),
    "reject": _("rejected"),
    "merge": _("merged with the other case"),
    "suspend": _("suspended"),
    "end": _("ended"),
    "pause": _("the clock stops"),
    "resume": _("the clock runs again"),
    "restart": _("the clock starts anew"),
    "pause_or_end": _("the clock stops, or the case ends"),
}
GATES: dict[str, Promise] = {
    "accept": _("Accepting"),
    "dispatch": _("Dispatching"),
    "transfer": _("Transferring"),
    "answer": _("Answering"),
    "told": _("Telling the complainant"),
    "follow_up": _("Following up"),
    "close": _("Closing out"),
    "reopen": _("Taking up again"),
}
RIGHTS: dict[str, Promise] = {
    "remedy": _("promise a remedy"),
    "view": _("look at cases"),
    "export": _("export"),
    "download": _("download"),
    "close": _("close out"),
    "reopen": _("take up again"),
    "transfer": _("transfer"),
    "dispatch": _("dispatch"),
    "grade": _("set the tier"),
    "pause": _("stop the clock"),
    "decide": _("decide"),
}
REMEDIES: dict[str, Promise] = {
    "apology": _("an apology"),
    "redo": _("doing it again"),
    "explain": _("an explanation"),
    "refund": _("a refund"),
    "waive": _("waiving a charge"),
    "compensation": _("a compensation"),
    "terminate_agreement": _("ending the agreement"),
    "gift": _("a gift"),
    "flowers": _("flowers"),
    "fruit": _("fruit"),
    "drinks": _("drinks"),
    "upgrade": _("an upgrade"),
    "room_change": _("another room"),
    "discount": _("a discount"),
}
INDUSTRIES: dict[str, Promise] = {
    "general": _("For any organization"),
    "property": _("Property management"),
    "telecom": _("Telecom"),
    "medical": _("Hospitals"),
    "hospital": _("Hospitals"),
    "hotel": _("Hotels"),
    "utility": _("Utilities"),
    "utilities": _("Utilities"),
    "government": _("Public bodies"),
    "public": _("Public bodies"),
    "food": _("Food"),
    "bank": _("Banks and finance"),
    "finance": _("Banks and finance"),
    "auto": _("Car dealers"),
    "retail": _("Retail"),
    "transport": _("Transport"),
    "service": _("Services"),
    "housekeeping": _("Services"),
    "estate": _("Estate agencies"),
    "manufacture": _("Manufacturers"),
}
LISTS: dict[str, Promise] = {
    "roles": _("Roles"),
    "channels": _("Channels"),
    "complainant_types": _("Kinds of complainants"),
    "natures": _("Natures"),
    "tiers": _("Tiers"),
    "categories": _("Categories"),
    "outcomes": _("Outcomes"),
    "liabilities": _("Liabilities"),
    "accept_reasons": _("Reasons for accepting or not"),
    "return_reasons": _("Reasons for returning"),
    "pause_reasons": _("Reasons for stopping the clock"),
    "case_kinds": _("Kinds of cases"),
    "levels": _("Levels"),
    "classes": _("Classes of customers"),
    "priorities": _("Priorities"),
}
UNITS: dict[str, Promise] = {
    "immediate": _("at once"),
    "min": _("minutes"),
    "h": _("hours, day and night"),
    "bh": _("business hours"),
    "same_day": _("the same day"),
    "next_open": _("at the next opening"),
    "d": _("calendar days"),
    "wd": _("working days"),
    "mo": _("months"),
    "promise": _("the promised time"),
    "at": _("a fixed day of the month"),
}


def number(value: float) -> str:
    """A number without needless digits: 2, 0.5, 1500000."""
    return f"{value:,.2f}".replace(",", "").rstrip("0").rstrip(".") if value % 1 else str(int(value))


def amount(value: float, unit: str) -> str:
    """「24小时」, 「5个工作日」."""
    plural = 1 if value == 1 else 2
    words = {
        "min": ngettext("%(number)s minute", "%(number)s minutes", plural),
        "h": ngettext("%(number)s hour", "%(number)s hours", plural),
        "bh": ngettext("%(number)s business hour", "%(number)s business hours", plural),
        "d": ngettext("%(number)s calendar day", "%(number)s calendar days", plural),
        "wd": ngettext("%(number)s working day", "%(number)s working days", plural),
        "mo": ngettext("%(number)s month", "%(number)s months", plural),
    }
    return words.get(unit, f"%(number)s {unit}") % {"number": number(value)}


def percent(share: float) -> str:
    return f"{number(round(share * 100, 2))}%"


def listed(words: Iterable[object]) -> str:
    """「甲、乙、丙」."""
    return gettext(", ").join(map(str, words))


def labelled(title: object, text: object) -> str:
    """「渠道:来电、来访」."""
    return gettext("%(title)s: %(text)s") % {"title": title, "text": text}


def weekdays() -> list[str]:
    """Monday to Sunday, as short as a column of a calendar wants them."""
    return [
        gettext("Mo"),
        gettext("Tu"),
        gettext("We"),
        gettext("Th"),
        gettext("Fr"),
        gettext("Sa"),
        gettext("Su"),
    ]


def either(words: Iterable[str]) -> str:
    return gettext(" or ").join(words)


def both(words: Iterable[str]) -> str:
    return gettext(" and ").join(words)
