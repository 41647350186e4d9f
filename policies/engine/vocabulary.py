"""The product's fixed words: events, facts, units, verbs. A pack can add facts to them, never events.

A condition on a misspelt fact would simply never hold: a silent hole in somebody's rules. So every name in a
pack is checked against these sets, against the pack's own lists and facts, and nothing else is accepted.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Every kind of event a duty, a trigger or a form may name, besides forwarded.<role> and answered.<body>.
EVENTS = _words(
    """
    contacted recorded order_submitted accepted rejected explained merged graded regraded corrected
    dispatched acknowledged assigned worked arrived not_solved_there still_unsatisfied feedback_in
    handled part_handled form_returned told progress_told explanation_agreed promise_made
    extension_asked extended extension_refused paused resumed restarted new_facts corrective_filed reviewed
    follow_up_attempt follow_up_done closed ended reopened transferred returned helper_returned withdrawn
    external_event_known contacted_again consented form_filed listed noted archived
    """
)
EVENT_FAMILIES = ("forwarded.", "answered.")

# What a trigger may wait for besides events: things the desk asks for, and the rungs of a duty.
SIGNALS = frozenset({"accept.doubt", "request_manager", "needs_upper_level"})
SIGNAL_FAMILIES = ("warn.", "breach.", "ladder.")

# These belong to the case and stay true when a new round begins; every other flag is of the round.
CASE_EVENTS = _words(
    """
    contacted recorded order_submitted accepted graded regraded promise_made new_facts external_event_known
    contacted_again reopened transferred archived
    """
)
# Nothing is left to be done after these, except what a duty starts from them.
ENDING_EVENTS = frozenset({"closed", "rejected", "explained", "merged", "ended"})
# A department's share ends with these.
TICKET_ENDS = frozenset({"handled", "part_handled", "returned", "helper_returned", "withdrawn"})
TICKET_GIVEN_BACK = frozenset({"returned", "helper_returned", "withdrawn"})
# Paper work beside the matter itself: none of these is "another event" that breaches an `immediate` duty.
BOOKKEEPING = (
    _words(
        """
    graded regraded corrected assigned worked extension_asked extended extension_refused paused resumed
    restarted consented form_filed listed noted promise_made
    """
    )
    | SIGNALS
)

# Facts of every case, besides those a pack declares.
CORE_FACTS = _words(
    """
    number case_kind channel channel_level source external_no external_due complainant respondent
    customer place area occurred_at received_at nature tier tier_criterion level class category business
    problem request harm harmed_persons loss_amount mass_affected duplicate_of new_clue proceeding
    liability outcome upheld remedy satisfied solved satisfaction promised_due stated_due requested_due
    cause accept_reason accept_effect on_the_spot state age overdue rounds follow_up_attempts
    open_tickets open_hours after_hours urgent complainant_says_unsolved complainant_agrees check_failed
    upgrade_tendency reason_recorded position_stated outside_ways_told not_told_reason sample serious
    important complex multi_dept special gravity responsible_unit respondent_section complainant_type
    remedy_area phone subject content event_time event_department written told_way
    """
)
# Values of these facts are entries of a list; their attributes (nature.group, channel.recorded) are facts
# too.
LIST_OF_FACT = {
    "tier": "tiers",
    "nature": "natures",
    "channel": "channels",
    "told_way": "channels",
    "complainant_type": "complainant_types",
    "case_kind": "case_kinds",
    "level": "levels",
    "class": "classes",
    "category": "categories",
    "outcome": "outcomes",
    "liability": "liabilities",
    "accept_reason": "accept_reasons",
    "return_reason": "return_reasons",
    "pause_reason": "pause_reasons",
}
LISTS = frozenset({*LIST_OF_FACT.values(), "roles", "priorities"})
COMPUTED_FAMILIES = ("consent.", "form.", "listed_in.", *EVENT_FAMILIES)

# The product's own roles: always known, whatever roles the pack names.
PRODUCT_ROLES = frozenset(
    {
        "receptionist",
        "desk_supervisor",
        "handler",
        "dept_head",
        "dept_manager",
        "general_manager",
        "administrator",
    }
)
# People who are known by their part in the case and not by a role they hold.
PARTIES = frozenset(
    {
        "owner",
        "assignee",
        "complainant",
        "respondent",
        "dispatcher",
        "feedback_giver",
        "next_duty_owner",
        "third_party",
        "responsible",
        "supervisor",
        "unit_head",
        "unit",
        "platform",
    }
)

UNITS = ("immediate", "min", "h", "bh", "same_day", "next_open", "d", "wd", "mo", "promise", "at")
UNITS_WITH_VALUE = frozenset({"min", "h", "bh", "d", "wd", "mo"})
WHOLE_UNITS = frozenset({"d", "wd", "mo"})
# About fifty years of each: beyond that a number is a slip of the keyboard, or an attack on the day-by-day
# count.
GREATEST = {"min": 26_000_000, "h": 440_000, "bh": 20_000, "d": 18_300, "wd": 5_000, "mo": 600}

ACTIONS = (
    "notify",
    "sms",
    "order",
    "escalate",
    "assign",
    "set",
    "suggest",
    "emit",
    "open_task",
    "create_case",
    "require",
    "block",
    "merge",
    "log",
    "propose",
)
ACCEPT_EFFECTS = ("register", "explain_only", "clarify_first", "reject", "merge", "suspend", "end")
CLOCK_EFFECTS = ("pause", "restart", "end", "merge", "pause_or_end")
RIGHTS = (
    "remedy",
    "view",
    "export",
    "download",
    "close",
    "reopen",
    "transfer",
    "dispatch",
    "grade",
    "pause",
    "decide",
)
# Besides a window of so many hours or days, a count may look at the running period of the calendar.
COUNT_PERIODS = ("day", "week", "month", "quarter", "half_year", "year")
PERIODS = ("day", "business_day", "week", "month", "quarter", "half_year", "year", "irregular")
STATISTICS = ("rate", "mean_hours", "ratio", "per_million", "count", "entered")
FACT_TYPES = ("bool", "enum", "int", "money", "date", "datetime", "text", "ref")


def is_event(name: str) -> bool:
    """Whether a duty or a form may name this event."""
    return name in EVENTS or any(
        name.startswith(family) and len(name) > len(family) for family in EVENT_FAMILIES
    )
