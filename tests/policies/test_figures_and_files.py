"""Schedules, metrics, retention; what a pack leaves open and how it is filled in."""

from datetime import date

import pytest

from policies.engine.errors import PolicyErrors
from policies.engine.filling import filled, open_values
from policies.engine.keeping import kept
from policies.engine.loading import load_policy, parse_policy
from policies.engine.metrics import figure, tally
from policies.engine.schedules import due_days, selects
from tests.policies.test_stops_and_forms import CALENDAR, hard_case
from tests.policies.worlds import REFERENCE, document, duty, policy_of, standard

reference = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference material is not beside this repository"
)


def days(first: str, last: str, **schedule) -> list[str]:
    policy = policy_of(schedules=[{"id": "s", "every": "month", **schedule}])
    found = due_days(policy.schedules[0], CALENDAR, date.fromisoformat(first), date.fromisoformat(last))
    return [day.isoformat() for day in found]


@pytest.mark.parametrize(
    "schedule, expected",
    [
        ({"due": {"day": 30, "clip": True}}, ["2026-01-30", "2026-02-28", "2026-03-30"]),  # P1
        ({"due": {"last_day": True}}, ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ({}, ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ({"every": "quarter"}, ["2026-03-31"]),
        ({"every": "quarter", "due": {"month": 1, "day": 15}}, ["2026-01-15"]),
        ({"every": "half_year"}, []),
        ({"every": "year", "due": {"month": 2, "day": 30}}, ["2026-02-28"]),
        ({"every": "week", "due": {"weekday": 1}}, ["2026-01-05", "2026-01-12"]),
        ({"every": "irregular", "at_least": "month"}, ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ({"every": "irregular"}, []),
        ({"step": 2}, ["2026-02-28"]),  # T7: every second month
    ],
)
def test_when_a_schedule_is_due(schedule, expected):
    last = "2026-01-18" if schedule.get("every") == "week" else "2026-03-31"
    assert days("2026-01-01", last, **schedule) == expected


def test_daily_schedules_and_the_ends_of_a_stretch():
    assert len(days("2026-01-01", "2026-01-31", every="day")) == 31
    # New Year's Day is a holiday, the 4th a worked Sunday.
    assert days("2026-01-01", "2026-01-05", every="business_day") == ["2026-01-04", "2026-01-05"]
    assert days("2026-02-28", "2026-02-28") == ["2026-02-28"]
    assert days("2026-03-01", "2026-02-28") == []
    assert days("2025-12-31", "2026-12-31", every="half_year") == ["2025-12-31", "2026-06-30", "2026-12-31"]


@reference
def test_the_quarterly_review_takes_up_what_cannot_be_solved():  # P2
    policy = load_policy(REFERENCE / "packs/property.yaml", packs_dir=REFERENCE / "packs")
    review = next(one for one in policy.schedules if one.id == "infeasible_review")
    assert selects(review, {"cannot_proceed": True, "closed": False})
    assert not selects(review, {"cannot_proceed": True, "closed": True})
    assert not selects(review, {"closed": False})


@pytest.mark.parametrize("wrong", [{"step": 0}, {"due": {"day": 32}}, {"due": {"weekday": 0}}])
def test_a_schedule_that_cannot_be_is_a_fault(wrong):
    with pytest.raises(PolicyErrors):
        days("2026-01-01", "2026-02-01", **wrong)


def metric(stat: str, **given):
    return policy_of(metrics=[{"id": "m", "stat": stat, **given}]).metrics[0]


@pytest.mark.parametrize(
    "stat, given, shown",
    [
        ("rate", {"part": 18, "whole": 28}, "64.29 %"),
        ("rate", {"part": 28, "whole": 2217}, "1.26 %"),
        ("rate", {"part": 1, "whole": 8000}, "0.01 %"),  # 0.0125 stays, 0.005 goes up
        ("rate", {"part": 1, "whole": 20000}, "0.01 %"),
        ("ratio", {"part": 3, "whole": 4}, "75.00 %"),
        ("rate", {"part": 0, "whole": 0}, ""),
        ("per_million", {"part": 12, "whole": 400_000}, "30.00"),
        ("mean_hours", {"hours": [20, 30.5]}, "25.25"),
        ("mean_hours", {"hours": [0.1, 0.2, 0.005]}, "0.10"),
        ("mean_hours", {"hours": []}, ""),
        ("count", {"number": 120}, "120"),
        ("entered", {"number": 15.5}, "15.5"),
    ],
)
def test_a_figure_is_printed_once_and_half_up(stat, given, shown):
    assert figure(metric(stat), **given).shown == shown


def test_a_target_is_judged_on_the_exact_value():
    least = metric("rate", target={"min": 0.95})
    assert figure(least, part=95, whole=100).met is True
    nearly = figure(least, part=94996, whole=100_000)
    assert (nearly.shown, nearly.met) == ("95.00 %", False)
    most = metric("per_million", target={"max": 70})
    assert [figure(most, part=part, whole=1_000_000).met for part in (70, 71)] == [True, False]
    assert figure(least, part=0, whole=0).met is None
    assert figure(metric("rate"), part=1, whole=2).met is None


def test_a_figure_without_its_numbers_is_refused():
    with pytest.raises(ValueError, match="a rate needs part"):
        figure(metric("rate"))


def test_cases_are_tallied_by_the_conditions_of_a_metric():
    found = metric("rate", when={"tier": "major"}, numerator={"outcome": "solved"})
    cases = [
        {"tier": "major", "outcome": "solved"},
        {"tier": "major", "outcome": "refused"},
        {"tier": "minor", "outcome": "solved"},
    ]
    assert tally(found, cases) == (1, 2)
    narrowed = metric("rate", numerator={"satisfied": True}, denominator={"satisfied.exists": True})
    assert tally(narrowed, [{"satisfied": True}, {"satisfied": False}, {}]) == (1, 2)


def keeping(*rows: dict):
    return policy_of(keeping={"retention": list(rows)})


def until(policy, what="case", since="2025-09-30", **facts):
    found = kept(policy, what, date.fromisoformat(since), facts)
    return found and (found.until and found.until.isoformat(), found.forever, found.then)


def test_how_long_something_is_kept():
    assert until(keeping({"what": "case", "years": 3})) == ("2028-09-30", False, "remove")
    assert until(keeping({"what": "case", "months": 6}), since="2025-08-31") == (
        "2026-02-28",
        False,
        "remove",
    )
    assert until(keeping({"what": "case", "days": 190})) == ("2026-04-08", False, "remove")
    masked = {"what": "case", "years": 3, "personal_data": "mask"}
    assert until(keeping(masked)) == ("2028-09-30", False, "mask")
    assert until(keeping({"what": "log", "days": 1})) is None
    leap = keeping({"what": "case", "years": 1})
    assert until(leap, since="2024-02-29") == ("2025-02-28", False, "remove")


def test_a_period_nobody_has_filled_in_is_open():
    policy = keeping({"what": "case", "years": None, "tenant_fill": True})
    found = kept(policy, "case", date(2025, 9, 30), {})
    assert (found.until, found.forever, found.is_open) == (None, False, True)


def test_what_is_kept_for_ever_can_lose_the_person():  # P1
    row = {
        "what": "form",
        "forever": True,
        "personal_data": "mask_after_years",
        "years": 5,
        "tenant_fill": True,
    }
    found = kept(keeping(row), "form", date(2025, 9, 30), {})
    assert (found.forever, found.then, found.mask_on) == (True, "mask", date(2030, 9, 30))
    plain = kept(keeping({"what": "form", "forever": True}), "form", date(2025, 9, 30), {})
    assert (plain.then, plain.mask_on) == ("keep", None)


@reference
def test_the_important_ones_are_kept_for_ever_the_others_a_year():  # M2
    policy = hard_case("M2_drinks")
    assert until(policy) == ("2026-09-30", False, "remove")
    assert until(policy, important=True) == (None, True, "keep")


def test_a_period_beyond_all_reason_is_a_fault():
    with pytest.raises(PolicyErrors, match="too long"):
        keeping({"what": "case", "years": 10**6})


# What is left open

OPEN = document(
    duties=[
        duty(limits=[{"value": None, "unit": "h", "tenant_fill": True, "suggest": 24}]),
        duty(
            id="ranged",
            limits=[
                {"value": 1, "unit": "h", "when": {"tier.not": "major"}},
                {"range": {"lo": None, "hi": None}, "unit": "h", "tenant_fill": True, "pick": {"lo": {}}},
            ],
        ),
    ],
    grants=[{"right": "remedy", "role": "handler", "max_yuan": None, "tenant_fill": True}],
    triggers=[
        {
            "id": "often",
            "event": "recorded",
            "when": {"count": {"of": "cases", "gte": 2, "window": None, "tenant_fill": True}},
            "do": [{"log": "x"}],
        }
    ],
)


def test_what_is_open_is_listed_by_its_path():
    assert [one.path for one in open_values(OPEN)] == [
        "duties.solve.limits[0].value",
        "duties.ranged.limits[1].range.lo",
        "duties.ranged.limits[1].range.hi",
        "grants[0].max_yuan",
        "triggers.often.when.count.window",
    ]
    assert open_values(OPEN)[0].entry["suggest"] == 24
    assert open_values(parse_policy(OPEN).document) == open_values(OPEN)


def test_every_open_value_can_be_filled_in_under_its_path():
    values = {
        "duties.solve.limits[0].value": 5,
        "duties.ranged.limits[1].range": {"lo": 1, "hi": 2},
        "grants[0].max_yuan": 100,
        "triggers.often.when.count.window": {"value": 3, "unit": "mo"},
        "triggers.often.when.count.gte": 4,
    }
    result = filled(parse_policy(OPEN).document, values)
    policy = parse_policy(result)
    assert policy.duties[0].limits[0].value == 5
    assert policy.duties[1].limits[1].range.hi == 2
    assert policy.grants[0].max_yuan == 100
    assert open_values(result) == []
    assert len(open_values(OPEN)) == 5  # the original is as it was


@pytest.mark.parametrize(
    "path, says",
    [
        (
            "duties.slove.limits[0].value",
            "there is no 'slove'; expected a path of the pack; did you mean 'solve'",
        ),
        ("duties.ranged.limits[0].value", "not left open"),
        ("duties.solve.title", "not left open"),
        ("duties.ranged.limits[7].value", "there is no 7"),
        ("pack.title", "not left open"),
        ("", "not left open"),
    ],
)
def test_only_what_is_left_open_can_be_filled_in(path, says):
    with pytest.raises(PolicyErrors) as refused:
        filled(OPEN, {path: 1})
    assert says in str(refused.value)


@reference
def test_every_open_value_of_a_reference_pack_has_a_path_that_works():
    for name in ("property", "telecom"):
        document_ = load_policy(REFERENCE / f"packs/{name}.yaml", packs_dir=REFERENCE / "packs").document
        paths = [one.path for one in open_values(document_)]
        assert paths
        assert open_values(filled(document_, dict.fromkeys(paths, 1))) == []


def test_the_standard_pack_leaves_little_open():
    assert [one.path for one in open_values(standard().document)] == []
