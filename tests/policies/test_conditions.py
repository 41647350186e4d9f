"""The grammar of conditions, and how a refusal names what is missing."""

import pytest

from policies.engine.conditions import Need, facts_read, holds, unmet

FACTS = {
    "tier": "major",
    "rounds": 2,
    "handled": True,
    "told": False,
    "loss_amount": 500,
    "asked": "2026-02-13T09:00",
    "problems": ["lift", "noise"],
    "nature.group": "communicative",
    "respondent": {"unit": "north", "person": "Li"},
    "empty": "",
    "forwarded.gm": True,
}


@pytest.mark.parametrize(
    "condition, expected",
    [
        ({}, True),
        ({"tier": "major"}, True),
        ({"tier": ["minor", "major"]}, True),
        ({"tier": "minor"}, False),
        ({"tier": "major", "told": True}, False),
        ({"problems": "noise"}, True),
        ({"problems": ["parking", "lift"]}, True),
        ({"problems.not": "noise"}, False),
        ({"nature.group": "communicative"}, True),
        ({"respondent.unit": "north"}, True),
        ({"forwarded.gm": True}, True),
        ({"tier.not": "minor"}, True),
        ({"tier.not": ["minor", "major"]}, False),
        ({"rounds.gt": 2}, False),
        ({"rounds.gte": 2}, True),
        ({"rounds.lt": 3, "rounds.lte": 2}, True),
        ({"loss_amount.gte": "1000"}, False),  # text is not a number
        ({"asked.lt": "2026-02-13T09:01"}, True),
        ({"asked.gt": "2026-02-14"}, False),
        ({"tier.exists": True, "nobody.exists": False}, True),
        ({"empty.exists": True}, False),
        ({"all": [{"handled": True}, {"tier": "major"}]}, True),
        ({"any": [{"told": True}, {"rounds": 2}]}, True),
        ({"any": [{"told": True}, {"rounds": 3}]}, False),
        ({"not": {"told": True}}, True),
        ({"not": {"any": [{"handled": True}, {"told": True}]}}, False),
        ({"event_was": ["told", "handled"]}, True),
        ({"event_was": "told"}, False),
        # an unknown fact equals nothing, not even false; true is not one
        ({"nobody": False}, False),
        ({"nobody.not": True}, True),
        ({"told": False}, True),
        ({"handled": 1}, False),
        ({"rounds": True}, False),
    ],
)
def test_holds(condition, expected):
    assert holds(condition, FACTS) is expected
    assert (unmet(condition, FACTS) == []) is expected


def test_counts_are_asked_of_the_caller():
    condition = {"count": {"of": "cases", "same": ["place"], "window": {"value": 3, "unit": "mo"}, "gte": 2}}
    asked = []

    def counts(count):
        asked.append(count["same"])
        return 2

    assert holds(condition, {}, counts=counts)
    assert not holds(condition, {}, counts=lambda count: 1)
    assert asked == [["place"]]
    assert not holds(condition, {})
    assert unmet(condition, {}) == [Need("count", expected=condition["count"])]


def test_unmet_names_the_leaves_that_fail():
    condition = {
        "handled": True,
        "all": [
            {"told": True},
            {"any": [{"follow_up_done": True}, {"follow_up_attempts.gte": 3, "told": True}]},
        ],
        "consent.gm": True,
        "form.slip": True,
        "listed_in.review": True,
        "not": {"tier": "major"},
    }
    assert unmet(condition, FACTS) == [
        Need("fact", "told", "is", True),
        Need(
            "any",
            options=(
                Need("fact", "follow_up_done", "is", True),
                Need(
                    "all",
                    options=(Need("fact", "follow_up_attempts", "gte", 3), Need("fact", "told", "is", True)),
                ),
            ),
        ),
        Need("consent", "consent.gm", "is", "gm"),
        Need("form", "form.slip", "is", "slip"),
        Need("listed", "listed_in.review", "is", "review"),
        Need("not", expected={"tier": "major"}),
    ]


def test_facts_read_finds_every_fact_of_a_condition():
    condition = {
        "any": [{"a.gte": 1}, {"not": {"b.c": True}}],
        "all": [{"d": 1}],
        "event_was": "told",
        "e.exists": True,
    }
    assert set(facts_read(condition)) == {"a", "b.c", "d", "told", "e"}
