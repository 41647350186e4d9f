"""Bad input is answered in words, by field, and changes nothing; good input is normalised once."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest

from complaints.models import Complaint
from tests.api.person import CALL, Api
from tests.rows import snapshot
from tests.world import MONDAY, World, handled_case, new_case, sent_case


@pytest.fixture
def desk(world: World) -> Api:
    return Api(world.property, "lin")


def test_text_is_normalised_at_the_edge(desk: Api):
    case = desk.post(
        "complaints/",
        201,
        **{
            **CALL,
            "subject": " \u200b3号楼\uff21\uff22电梯\u202e\x00 ",
            "complainant_phone": "\uff0b86 138-0013-8000",
        },
    )
    assert case["subject"] == "3号楼AB电梯"
    assert case["complainant_phone"] == "13800138000"


WRONG = [
    ("subject", ""),
    ("subject", "\u200b\u200d\ufeff"),
    ("subject", None),
    ("subject", ["x"]),
    ("subject", {"a": 1}),
    ("subject", True),
    ("subject", "长" * 201),
    ("content", "长" * 20_001),
    ("channel", "x" * 41),
    ("occurred_at", "yesterday"),
    ("occurred_at", "2026-13-45T99:00"),
    ("occurred_at", "9999-12-31T23:59:59Z"),
    ("occurred_at", "0001-01-01T00:00:00+14:00"),
    ("occurred_at", 10**30),
    ("received_at", "1899-12-31T00:00:00Z"),
    ("request_key", "not-a-uuid"),
    ("facts", "x"),
    ("facts", [1]),
    ("respondent", "clinic"),
    ("respondent", 1),
    ("desk", "nowhere"),
]


def test_a_value_that_will_not_do_is_a_400_with_its_field(desk: Api, subtests):
    before = snapshot()
    for field, value in WRONG:
        with subtests.test(f"{field}={value!r:.40}"):
            problem = desk.send("complaints/", {**CALL, field: value}, 400)
            assert problem["type"] == "urn:huiyin:problem:invalid"
            assert list(problem["errors"]) == [field]
            assert snapshot() == before


UNKNOWN_TO_THE_RULES = [
    ("channel", "carrier-pigeon"),
    ("category", "KANARIE"),
    ("tier", "huge"),
    ("tier_criterion", "loss_or_injury"),
    ("facts", {"told": True}),
    ("facts", {"consent.general_manager": True}),
    ("facts", {"loss_amount": "a lot"}),
    ("facts", {"loss_amount": 1e308}),
    ("facts", {"mass_affected": "yes"}),
    ("facts", {"requested_due": "2026-11-05T10:00"}),  # without a zone it is no moment
    ("facts", {"requested_due": "9999-12-31T23:59:59Z"}),
]


def test_a_value_the_rules_do_not_know_is_a_422_with_its_field(desk: Api, subtests):
    before = snapshot()
    for field, value in UNKNOWN_TO_THE_RULES:
        with subtests.test(f"{field}={value!r:.40}"):
            problem = desk.send("complaints/", {**CALL, field: value}, 422)
            assert problem["type"] == "urn:huiyin:problem:refused"
            assert (problem["field"], list(problem["errors"])) == (field, [field])
            assert snapshot() == before


def test_facts_the_rules_ask_for_are_kept(desk: Api):
    facts = {"loss_amount": "1200.50", "mass_affected": True, "promised_due": "2026-11-05T10:00:00+08:00"}
    case = desk.post("complaints/", 201, **CALL, facts=facts)
    assert case["facts"] == {
        "loss_amount": 1200.5,
        "mass_affected": True,
        "promised_due": "2026-11-05T10:00:00+08:00",
    }


@pytest.mark.parametrize(
    "body, status, kind",
    [
        ("{", 400, "malformed"),
        ('{"a": NaN}', 400, "malformed"),
        (b"\xff\xfe\x00", 400, "malformed"),
        ("[" * 100_000, 400, "malformed"),
        ("9" * 5_000, 400, "malformed"),
        ("[]", 400, "invalid"),
        ("null", 400, "invalid"),
        ('"text"', 400, "invalid"),
        ("12", 400, "invalid"),
        ('{"subject": "\\ud800"}', 400, "invalid"),
        ("", 400, "invalid"),
        (json.dumps({"content": "x" * 3_000_000}), 413, "too-large"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_body_that_is_no_complaint(desk: Api, body: str | bytes, status: int, kind: str):
    problem = desk.send("complaints/", body, status)
    assert problem["type"] == f"urn:huiyin:problem:{kind}"


def test_only_json_is_read(desk: Api):
    assert desk.send("complaints/", "a=1", 415, "application/x-www-form-urlencoded")["detail"]
    assert desk.send("complaints/", "<a/>", 415, "text/xml")["type"].endswith("unsupported-media-type")


@pytest.mark.parametrize("revision", [-1, 2**31, 10**30, "x", 1.5, True])
def test_a_revision_that_cannot_be(world: World, desk: Api, revision: object):
    case = new_case(world.property)
    problem = desk.send(
        f"complaints/{case.number}/pause/", {"cause": "parts", "reason": "x", "revision": revision}, 400
    )
    assert list(problem["errors"]) == ["revision"]


def test_a_stale_revision_is_a_409(world: World, desk: Api):
    case = new_case(world.property)
    desk.post(f"complaints/{case.number}/correct/", field="place", value="4号楼", revision=case.revision)
    problem = desk.post(
        f"complaints/{case.number}/correct/", 409, field="place", value="5号楼", revision=case.revision
    )
    assert problem["type"] == "urn:huiyin:problem:stale"
    assert desk.get(f"complaints/{case.number}/")["place"] == "4号楼"


def test_a_refusal_names_what_is_missing(world: World, desk: Api):
    case, _ticket = handled_case(world.property)
    problem = desk.post(f"complaints/{case.number}/close/", 422)
    assert len(problem["missing"]) == 2
    assert all(need in problem["detail"] for need in problem["missing"])


def test_correcting_a_time_takes_a_time(world: World, desk: Api):
    case = new_case(world.property)
    path = f"complaints/{case.number}/correct/"
    answer = desk.post(path, field="occurred_at", value="2026-11-01T08:00")
    assert answer["occurred_at"] == "2026-11-01T08:00:00+08:00"
    assert list(desk.post(path, 400, field="occurred_at", value="soon")["errors"]) == ["value"]
    assert desk.post(path, field="occurred_at", value=None)["occurred_at"] is None
    assert list(desk.post(path, 400, field="number", value="TS1")["errors"]) == ["field"]
    assert desk.post(path, 422, field="subject", value="")["field"] == "subject"


# --- lists --------------------------------------------------------------------------------------------------


def test_the_list_is_filtered(world: World, desk: Api):
    waiting = new_case(
        world.property, MONDAY, subject="漏水", category="leakage", complainant_phone="13900139000"
    )
    sent, _ticket = sent_case(world.property, MONDAY + timedelta(minutes=1), to="lifts", tier="major",
                              tier_criterion="loss_or_injury", channel="visit")  # fmt: skip
    desk.now = MONDAY + timedelta(minutes=2)

    def found(**query: object) -> set[str]:
        return {row["number"] for row in desk.get("complaints/", **query)["results"]}

    both = {waiting.number, sent.number}
    assert found() == both
    assert found(state="accepted") == {waiting.number}
    assert found(state=["accepted", "dispatched"]) == both
    assert found(open="true") == both
    assert found(open="false") == set()
    assert found(tier="major") == {sent.number}
    assert found(category="leakage") == {waiting.number}
    assert found(channel="visit") == {sent.number}
    assert found(department="lifts") == found(department="works") == {sent.number}
    assert found(department="cleaning") == set()
    assert found(q="漏水 13900139") == {waiting.number}
    assert found(q=sent.number[-5:]) == {sent.number}
    assert found(q="没有") == set()
    assert found(received_after=(MONDAY + timedelta(seconds=1)).isoformat()) == {sent.number}
    assert found(received_before=(MONDAY + timedelta(seconds=1)).isoformat()) == {waiting.number}
    assert found(overdue="true") == set()
    desk.now = MONDAY + timedelta(minutes=10)
    assert found(overdue="true") == {waiting.number}
    assert found(overdue="false") == {sent.number}


@pytest.mark.parametrize(
    "query",
    [
        {"state": "nowhere"},
        {"open": "maybe"},
        {"overdue": "1"},
        {"department": "clinic"},
        {"received_after": "yesterday"},
        {"received_before": "9999-12-31T23:59:59-12:00"},
        {"received_after": "0001-01-01T00:00:00+14:00"},
        {"q": "a\x00b" + "长" * 201},
        {"categorie": "leakage"},
        {"organization": "2"},
    ],
    ids=str,
)
def test_a_parameter_that_will_not_do_is_a_400(desk: Api, query: dict[str, str]):
    problem = desk.get("complaints/", 400, **query)
    assert list(problem["errors"]) == list(query)


@pytest.mark.parametrize(
    "cursor",
    [
        "p=1",
        "p=abc",
        "p=9999-12-31T23:59:59-23:59",
        "p=%00",
        "p=2026-11-02",
        "o=-1",
        "o=9999999999",
        "r=1&p=",
    ],
)
def test_a_cursor_that_somebody_made_up(world: World, desk: Api, cursor: str):
    new_case(world.property)
    for given in (cursor, b64encode(cursor.encode()).decode()):
        for path in ("complaints/", "tickets/", "notifications/"):
            answer = desk.client.get(desk.base + path, {"cursor": given})
            assert answer.status_code in (200, 404), answer.content


def test_the_list_is_paged_by_key(world: World, desk: Api, django_assert_max_num_queries):
    numbers = [new_case(world.property, MONDAY + timedelta(seconds=i // 2)).number for i in range(7)]
    first = desk.get("complaints/", page_size=3)
    assert "count" not in first
    seen = [row["number"] for row in first["results"]]
    page = first
    while page["next"]:
        page = desk.client.get(page["next"]).json()
        seen += [row["number"] for row in page["results"]]
    assert len(seen) == 7
    assert set(seen) == set(numbers)
    with django_assert_max_num_queries(8):
        desk.get("complaints/", page_size=2)
    with django_assert_max_num_queries(8):
        desk.get("complaints/", page_size=7)


def test_the_second_registration_of_a_request_key_writes_nothing(desk: Api):
    key = "0e4ba3ff-7c6c-4a0c-9d2f-000000000001"
    first = desk.post("complaints/", 201, **CALL, request_key=key)
    before = snapshot()
    desk.now = MONDAY + timedelta(seconds=1)
    again = desk.post("complaints/", 200, **{**CALL, "subject": "anders"}, request_key=key)
    assert (again["number"], again["subject"]) == (first["number"], CALL["subject"])
    assert snapshot() == before
    assert Complaint._base_manager.count() == 1
