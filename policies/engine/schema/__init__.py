"""The parsed policy: frozen dataclasses, one per noun of the grammar. Nothing here parses, nothing executes.

A policy object exists only if all of its sections are well-formed, also those that nothing carries out yet.
"""

from policies.engine.schema.gates import Gate, GateBlock, GateKind
from policies.engine.schema.grammar import Action, Condition
from policies.engine.schema.lists import AcceptReason, Criterion, Fact, Form, Item, Role, Signature, Tier
from policies.engine.schema.others import (
    Basis,
    Grant,
    Keeping,
    Metric,
    Penalty,
    PenaltySubject,
    Retention,
    Route,
    Routes,
    Schedule,
    Timer,
    Trigger,
)
from policies.engine.schema.policy import Policy
from policies.engine.schema.templates import Template
from policies.engine.schema.times import (
    CalendarRule,
    ClockStop,
    Duty,
    ExtensionRule,
    Hours,
    LadderStep,
    Limit,
    MaximumExtension,
    ValueRange,
)

__all__ = [
    "AcceptReason",
    "Action",
    "Basis",
    "CalendarRule",
    "ClockStop",
    "Condition",
    "Criterion",
    "Duty",
    "ExtensionRule",
    "Fact",
    "Form",
    "Gate",
    "GateBlock",
    "GateKind",
    "Grant",
    "Hours",
    "Item",
    "Keeping",
    "LadderStep",
    "Limit",
    "MaximumExtension",
    "Metric",
    "Penalty",
    "PenaltySubject",
    "Policy",
    "Retention",
    "Role",
    "Route",
    "Routes",
    "Schedule",
    "Signature",
    "Template",
    "Tier",
    "Timer",
    "Trigger",
    "ValueRange",
]
