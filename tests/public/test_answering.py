"""The complainant adds something, confirms the result, or says that it is not solved."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from complaints import services
from complaints.course import course_of
from complaints.models import Attachment, CaseEvent, Complaint, Deadline, State
from complaints.services import opening
from complaints.services.public import PHOTOS_IN_ALL, add_information, answer_result
from complaints.services.throttling import Limit
from notifications.models import Notification
from organizations.errors import Refused
from tests.files.samples import picture, prepared
from tests.overlay import put_in_force
from tests.public.steps import address, brought_to_told, case_of, hand_in, page, visitor
from tests.world import MONDAY, Company
from tickets.services import dispatch, file_result, sign_for

LATER = MONDAY + timedelta(hours=1)
KEY = UUID(int=9)


@pytest.fixture
def told(company: Company) -> Complaint:
    number, _code = hand_in(company)
    return brought_to_told(company, number)


def answered(company: Company, case: Complaint, *, is_solved: bool, **given: object) -> Complaint:
    values = {"satisfaction": "fair"} if is_solved else {"words": "仍停运"}
    with company.scope():
        return answer_result(complaint=case, is_solved=is_solved, now=LATER, **{**values, **given})


def own_events(company: Company, case: Complaint) -> list[CaseEvent]:
    with company.scope():
        rows = CaseEvent.objects.filter(complaint=case, role="complainant").order_by("pk")
        return [row for row in rows if row.kind not in ("recorded", "attached")]


def kinds(company: Company, case: Complaint) -> list[str]:
    return [row.kind for row in own_events(company, case)]


def told_to(company: Company, name: str) -> list[str]:
    with company.scope():
        rows = Notification.objects.filter(user__username=name, occasion="public")
        return list(rows.order_by("pk").values_list("body", flat=True))


# --- the result is right ------------------------------------------------------------------------------------


def test_confirming_is_the_follow_up(company, told):
    case = answered(company, told, is_solved=True, words="谢谢")
    assert (case.state, case.satisfaction) == (State.FOLLOWED_UP, "fair")
    (event,) = own_events(company, told)
    assert (event.kind, event.actor, event.reason) == ("follow_up_done", None, "谢谢")
    assert event.data["facts"]["solved"] is True
    with company.scope():
        assert Deadline.objects.get(complaint=case, duty="follow_up").met_at == LATER
        assert told_to(company, "lin")[-1] == "谢谢"
        closed = services.close(actor=company.actor("lin"), complaint=case, now=LATER)
    assert closed.state == State.CLOSED


def test_confirming_needs_a_rating(company, told):
    for rating in ("", "splendid"):
        with pytest.raises(Refused) as refused:
            answered(company, told, is_solved=True, satisfaction=rating)
        assert refused.value.field == "satisfaction"
    assert kinds(company, told) == []


def test_a_form_of_the_follow_up_leaves_it_to_the_desk(company):
    """The rules want a form with the follow-up: what the complainant says is kept, the desk still calls."""
    record = {"id": "visit", "title": "回访记录", "at": "follow_up_done", "fields": ["回访情况"]}
    put_in_force(company, roles=[], forms=[record])
    told = brought_to_told(company, hand_in(company)[0])
    case = answered(company, told, is_solved=True)
    assert case.state == State.TOLD
    assert kinds(company, told) == ["contacted_again"]
    with company.scope():
        assert Deadline.objects.get(complaint=case, duty="follow_up").met_at is None


# --- it is not ----------------------------------------------------------------------------------------------


def test_not_solved_takes_the_case_up_again(company, told):
    case = answered(company, told, is_solved=False)
    assert (case.state, case.round, case.satisfaction) == (State.ACCEPTED, 2, "")
    assert kinds(company, told) == ["follow_up_done", "reopened"]
    assert told_to(company, "lin")[-1] == told_to(company, "zhou")[-1] == "仍停运"
    with company.scope():
        limit = Deadline.objects.get(complaint=case, duty="dispatch", round=2)
        assert limit.due_at == LATER + timedelta(minutes=10)


def test_not_solved_needs_words(company, told):
    with pytest.raises(Refused) as refused:
        answered(company, told, is_solved=False, words=" \u200b ")
    assert refused.value.field == "words"
    assert kinds(company, told) == []


REOPENING = {"when": {"complainant_says_unsolved": True}, "to": "dispatched", "max_rounds": None}


@pytest.mark.parametrize(
    "gate",
    [
        {**REOPENING, "by": ["desk_supervisor"]},
        {**REOPENING, "by": ["receptionist"], "screened_by": "desk_supervisor"},
        {**REOPENING, "by": ["receptionist"], "when": {"check_failed": True}},
        {**REOPENING, "by": ["receptionist"], "max_rounds": 1},
    ],
    ids=["the supervisor's", "screened", "for other reasons", "one round"],
)
def test_where_others_decide_it_the_desk_is_told(company, gate):
    put_in_force(company, roles=[], gates={"reopen": gate})
    told = brought_to_told(company, hand_in(company)[0])
    case = answered(company, told, is_solved=False)
    assert (case.state, case.round, case.satisfaction) == (State.FOLLOWED_UP, 1, "unsatisfied")
    assert kinds(company, told) == ["follow_up_done"]
    assert told_to(company, "zhou")[-1] == "仍停运"
    with company.scope():
        assert course_of(case, LATER).run.facts["complainant_says_unsolved"] is True


def test_what_turns_out_later_takes_a_closed_case_up_again(company, told):
    with company.scope():
        desk = company.actor("lin")
        for _ in range(3):
            services.follow_up(actor=desk, complaint=told, reached=False, now=MONDAY)
        closed = services.close(actor=desk, complaint=told, now=MONDAY)
    assert closed.state == State.CLOSED
    with pytest.raises(Refused):
        answered(company, told, is_solved=True)
    case = answered(company, told, is_solved=False)
    assert (case.state, case.round) == (State.ACCEPTED, 2)


def test_after_a_new_result_it_can_be_answered_again(company, told):
    answered(company, told, is_solved=False)
    client_case = brought_back(company, told)
    case = answered(company, client_case, is_solved=True, satisfaction="satisfied")
    assert (case.state, case.round) == (State.FOLLOWED_UP, 2)
    with company.scope():
        assert course_of(case, LATER).run.facts["complainant_says_unsolved"] is False


def brought_back(company: Company, case: Complaint) -> Complaint:
    desk, head = company.actor("lin"), company.actor("sun")
    with company.scope():
        (ticket,) = dispatch(actor=desk, complaint=case, lead=company.departments["works"], now=LATER)
        sign_for(actor=head, ticket=ticket, now=LATER)
        file_result(actor=head, ticket=ticket, result="再次更换", outcome="solved", now=LATER)
        return services.tell(actor=desk, complaint=case, summary="再次更换", now=LATER)


@pytest.mark.parametrize("is_solved", [True, False])
def test_nobody_waits_for_an_answer_before_the_result(company, is_solved):
    number, _code = hand_in(company)
    with pytest.raises(Refused):
        answered(company, case_of(company, number), is_solved=is_solved)
    assert kinds(company, case_of(company, number)) == []


@pytest.mark.parametrize("is_solved", [True, False])
def test_sent_twice_it_counts_once(company, told, is_solved):
    answered(company, told, is_solved=is_solved, request_key=KEY)
    before = kinds(company, told)
    case = answered(company, told, is_solved=is_solved, request_key=KEY)
    assert kinds(company, told) == before
    assert case.round == (1 if is_solved else 2)
    with pytest.raises(Refused):  # another form, from a page that was open all the time
        answered(company, told, is_solved=is_solved, request_key=uuid4())


# --- more about it ------------------------------------------------------------------------------------------


def added(company: Company, case: Complaint, **given: object) -> Complaint:
    with company.scope():
        return add_information(complaint=case, now=LATER, **{"text": "", **given})


def test_what_is_added_is_kept_as_the_complainant_s(company, told):
    added(company, told, text="门牌是3-2-1501", files=[prepared()], request_key=KEY)
    added(company, told, text="门牌是3-2-1501", files=[prepared()], request_key=KEY)
    (event,) = own_events(company, told)
    assert (event.kind, event.actor, event.reason) == ("contacted_again", None, "门牌是3-2-1501")
    with company.scope():
        row = Attachment.objects.get(complaint=told)
        assert (row.event_id, row.uploaded_by) == (event.pk, None)
    assert told_to(company, "lin")[-1] == "门牌是3-2-1501"


def test_where_the_rules_know_no_further_contact_it_is_a_note(company):
    put_in_force(company, roles=[], gates={"reopen": {**REOPENING, "by": ["receptionist"]}})
    number, _code = hand_in(company)
    added(company, case_of(company, number), text="补充")
    assert kinds(company, case_of(company, number)) == ["noted"]


def test_something_has_to_be_said_or_shown(company, told):
    for given in ({}, {"text": " \u200b"}):
        with pytest.raises(Refused):
            added(company, told, **given)
    with pytest.raises(Refused):
        added(company, told, text="投" * 5001)
    added(company, told, files=[prepared()])
    assert kinds(company, told) == ["contacted_again"]


def test_photos_leave_room_for_the_desk(company, told):
    photos = [prepared(picture(colour=f"#{n:x}00f00"), f"{n}.jpg") for n in range(PHOTOS_IN_ALL + 1)]
    half = PHOTOS_IN_ALL // 2
    added(company, told, files=photos[:half])
    added(company, told, files=photos[half:PHOTOS_IN_ALL])
    with pytest.raises(Refused) as refused:
        added(company, told, text="再补一张", files=photos[PHOTOS_IN_ALL:])
    assert refused.value.field == "files"
    assert len(kinds(company, told)) == 2
    added(company, told, text="没有新照片", files=photos[:1])  # one that is there already takes no room
    with company.scope():
        assert Attachment.objects.filter(complaint=told).count() == PHOTOS_IN_ALL


def test_a_case_that_was_not_taken_up_is_over(company):
    number, _code = hand_in(company)
    with company.scope():
        case = services.reject(
            actor=company.actor("lin"), complaint=case_of(company, number), reason="not_ours", now=MONDAY
        )
    with pytest.raises(Refused):
        added(company, case, text="我不同意")


# --- on the page --------------------------------------------------------------------------------------------


def test_from_handing_in_to_being_taken_up_again(company):
    """The whole way, without a script."""
    number, code = hand_in(company)
    client = visitor(company, number, code)
    assert 'id="answer"' not in page(client, company)
    photo = SimpleUploadedFile("二.jpg", picture(colour="red"), content_type="image/jpeg")
    more = {"request_key": str(uuid4()), "text": "又停了一次", "files": [photo]}
    assert client.post(address(company, "case/add/"), more).status_code == 302
    text = page(client, company)
    assert "又停了一次" in text
    assert "thumbnail/" in text
    brought_to_told(company, number)
    assert 'value="confirm"' in page(client, company)
    reject = {"request_key": str(uuid4()), "answer": "reject", "words": ""}
    refused = client.post(address(company, "case/answer/"), reject)
    assert refused.status_code == 422
    assert "<details open>" in refused.content.decode()
    reject["words"] = "仍有异响"
    for _ in range(2):
        assert client.post(address(company, "case/answer/"), reject).status_code == 302
    text = page(client, company)
    assert "仍有异响" in text
    assert text.count("仍有异响") == 1
    assert 'id="answer"' not in text
    case = case_of(company, number)
    assert (case.state, case.round) == (State.ACCEPTED, 2)


def test_who_has_confirmed_may_still_say_otherwise(company):
    number, code = hand_in(company)
    brought_to_told(company, number)
    client = visitor(company, number, code)
    confirm = {"request_key": str(uuid4()), "answer": "confirm", "satisfaction": "satisfied"}
    assert client.post(address(company, "case/answer/"), confirm).status_code == 302
    text = page(client, company)
    assert 'value="confirm"' not in text
    assert 'value="reject"' in text


def test_too_much_is_put_off_with_what_was_typed(company, monkeypatch):
    monkeypatch.setattr(opening, "SENT_PER_ADDRESS", Limit("sent", 1, timedelta(hours=1)))
    number, code = hand_in(company)
    client = visitor(company, number, code)
    late = client.post(address(company, "case/add/"), {"request_key": str(uuid4()), "text": "第二十一次"})
    assert late.status_code == 429
    assert "第二十一次" in late.content.decode()
    assert kinds(company, case_of(company, number)) == []
