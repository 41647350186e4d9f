"""manage.py due, check_policy and plan: what they print and how they exit. None of them needs a database."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.policies.worlds import PACKS


def run(capsys, *arguments) -> tuple[int, str, str]:
    status = 0
    try:
        call_command(*arguments)
    except SystemExit as leaving:
        status = leaving.code
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.parametrize(
    "arguments, printed",
    [
        (["--start", "2026-02-13T09:00", "--value", "5", "--unit", "wd"], "2026-02-28T00:00"),
        (
            ["--start", "2025-10-01T23:30", "--value", "1", "--unit", "h", "--warn-at", "0.9"],
            "2025-10-02T00:24",
        ),
        (
            ["--start", "2025-09-26T16:00", "--value", "24", "--unit", "bh", "--hours", "09:00-17:00"],
            "2025-09-30T16:00",
        ),
        (
            ["--start", "2025-09-25T10:00", "--value", "2", "--unit", "d", "--roll-forward"],
            "2025-09-29T00:00",
        ),
        (
            [
                "--start",
                "2025-09-25T10:00",
                "--value",
                "2",
                "--unit",
                "d",
                "--earlier-of",
                "2025-09-26T12:00",
            ],
            "2025-09-26T12:00",
        ),
        (
            ["--start", "2026-03-07T22:00", "--value", "6", "--unit", "h", "--zone", "America/New_York"],
            "2026-03-08T05:00",
        ),
        (["--start", "2026-02-03T22:00", "--day", "30", "--unit", "at"], "2026-02-28"),
    ],
)
def test_due_computes_one_limit(capsys, arguments, printed):
    assert run(capsys, "due", *arguments) == (0, f"{printed}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--start", "soon", "--value", "1", "--unit", "h"],
        ["--start", "2026-02-13T09:00", "--unit", "h"],
        ["--start", "2026-02-13T09:00", "--value", "1", "--unit", "h", "--zone", "Mars/Olympus"],
        ["--vectors", "absent.json"],
    ],
)
def test_due_refuses_what_makes_no_sense(arguments):
    with pytest.raises(CommandError):
        call_command("due", *arguments)


def test_due_prints_each_difference_of_a_file_and_fails(capsys, tmp_path):
    file = tmp_path / "vectors.json"
    row = {"id": "right", "start": "2025-09-26T17:55", "value": 10, "unit": "min", "due": "2025-09-26T18:05"}
    file.write_text(json.dumps([row]), "utf-8")
    assert run(capsys, "due", "--vectors", file) == (0, "1 of 1 as expected\n", "")
    wrong = {**row, "id": "wrong", "due": "2025-09-26T18:06"}
    file.write_text(json.dumps([row, wrong, {"id": "odd", "unit": "h", "due": "x"}]), "utf-8")
    status, out, _err = run(capsys, "due", "--vectors", file)
    assert status == 1
    first, second, last = out.splitlines()
    assert first == "wrong: 2025-09-26T18:05, expected 2025-09-26T18:06"
    assert second.startswith("odd: error:")
    assert last == "1 of 3 as expected"


def test_check_policy_passes_the_standard_pack(capsys):
    status, out, err = run(capsys, "check_policy", PACKS / "standard.yaml")
    assert (status, err) == (0, "")
    assert out.endswith("no faults\n")


def test_check_policy_names_every_fault(capsys, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "pack: {id: mine, version: 1, title: 我的, extends: standard}\n"
        "duties:\n"
        "  - {id: dispatch, owner: receptionst, from: recorded, to: dispatched,\n"
        "     limits: [{value: 5, unit: mins}]}\n"
        "gates: {clos: {}}\n",
        "utf-8",
    )
    status, out, err = run(capsys, "check_policy", file)
    assert (status, out) == (1, "")
    assert [line.split(";")[0] for line in err.splitlines()] == [
        "mine.yaml: duties[0].owner: unknown role 'receptionst'",
        "mine.yaml: duties[0].limits[0].unit: unknown value 'mins'",
        "mine.yaml: gates.clos: unknown gate 'clos'",
    ]


SCENARIO = """
facts: {tier: minor}
events:
  - {at: "2025-09-26T10:00", event: recorded, by: 张三, role: receptionist}
  - {at: "2025-09-26T10:02", event: dispatched, role: receptionist, ticket: 1}
ask_at: "2025-09-26T10:12"
expect: {deadlines: [{duty: dispatch, state: open, due_at: "2025-09-26T10:10"}]}
"""


def test_plan_prints_deadlines_what_fired_and_what_was_refused(capsys, tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text(SCENARIO, "utf-8")
    status, out, _err = run(capsys, "plan", "--policy", PACKS / "standard.yaml", "--scenario", file, "--json")
    outcome = json.loads(out)
    dispatch = next(row for row in outcome["deadlines"] if row["duty"] == "dispatch")
    assert status == 0
    assert {
        "duty",
        "owner",
        "force",
        "started_at",
        "warn_at",
        "due_at",
        "met_at",
        "state",
        "revision",
    } <= set(dispatch)
    assert dispatch["due_at"] == "2025-09-26T10:10:00+08:00"
    assert dispatch["fires"][0] == {
        "rung": 0,
        "at": "2025-09-26T10:09:00+08:00",
        "to": ["owner"],
        "actions": [{"notify": "owner"}],
    }
    assert outcome["refused"] == [
        {"event": "dispatched", "at": "2025-09-26T10:02:00+08:00", "missing": ["accepted"]}
    ]
    assert [row["because"] for row in outcome["effects"]] == ["warn.dispatch", "breach.dispatch"]

    status, out, _err = run(capsys, "plan", "--policy", PACKS / "standard.yaml", "--scenario", file)
    assert status == 0
    assert "2025-09-26T10:10:00+08:00 rung 1 -> owner, desk_supervisor" in out
    assert "dispatched needs accepted" in out


def test_plan_fails_where_an_expectation_does(capsys, tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text(SCENARIO.replace("T10:10", "T10:11"), "utf-8")
    status, out, _err = run(capsys, "plan", "--policy", PACKS / "standard.yaml", "--scenario", file)
    assert status == 1
    assert "DIFFERS dispatch: due_at is 2025-09-26T10:10:00+08:00, expected 2025-09-26T10:11" in out


def test_plan_names_the_faults_of_its_files(capsys, tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text("events: 5", "utf-8")
    status, _out, err = run(capsys, "plan", "--policy", PACKS / "standard.yaml", "--scenario", file)
    assert status == 1
    assert err == "one.yaml: events: got a number 5; expected a list\n"


def test_plan_prints_what_triggers_did_and_what_they_ask_for(capsys):
    data = Path(__file__).parent / "data"
    files = ("--policy", data / "hotel.yaml", "--scenario", data / "hotel.scenarios.yaml")
    status, out, _err = run(capsys, "plan", *files)
    assert status == 0
    assert "often (recorded) -> manager [set: {'serious': True}, notify: manager]" in out
    assert "clock_stop.court (noted) -> complainant PROPOSED to manager [stop: end]" in out
    assert "still required: consent.manager" in out


def test_plan_names_what_a_scenario_cannot_fill_in(capsys, tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text("id: mine\nfill: {duties.solve.owner: handler}\n", "utf-8")
    status, _out, err = run(capsys, "plan", "--policy", PACKS / "standard.yaml", "--scenario", file)
    assert status == 1
    assert err.startswith("mine: duties.solve.owner: is not left open by the pack")


def test_check_policy_lists_what_is_left_to_the_organization(capsys):
    status, out, _err = run(capsys, "check_policy", Path(__file__).parent / "data/hotel.yaml")
    assert status == 0
    assert "to be filled in: duties.solve.limits[0].value" in out
