"""Attaching files to a case: one verb or none, nothing twice, nothing left behind."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import transaction

from complaints.course import events_of
from complaints.deadlines import differences, identity, planned_rows
from complaints.files.keeping import remove_orphans
from complaints.models import Attachment, CaseEvent, Complaint, Deadline
from complaints.services import attach, explain_only, register
from organizations.errors import CrossTenant, Forbidden, Refused, Stale
from tests.files.samples import CATALOG, office, pdf, photo, prepared
from tests.world import MONDAY, Company, World, handled_case, intake, new_case, sent_case
from tickets.services import file_result, record_work, return_ticket, sign_for

LATER = MONDAY + timedelta(minutes=30)
KEY = UUID("7a1de6a4-5a2c-4b6e-9d0f-000000000001")


def on_disk(settings) -> set[str]:
    folder = Path(settings.MEDIA_ROOT)
    return {path.name for path in folder.rglob("*") if path.is_file()}


def files_of(case: Complaint) -> list[Attachment]:
    return list(Attachment._base_manager.filter(complaint=case).order_by("pk"))


def events(case: Complaint, kind: str) -> list[CaseEvent]:
    return list(CaseEvent._base_manager.filter(complaint=case, kind=kind))


def do_attach(company: Company, name: str, case: Complaint, *files, **more) -> list[Attachment]:
    with company.scope():
        return attach(
            actor=company.actor(name), complaint=case, files=files or [prepared()], now=LATER, **more
        )


def test_files_come_with_one_event(company, settings):
    case, ticket = sent_case(company)
    files = [prepared(), prepared(pdf(CATALOG), "签字单.pdf")]
    rows = do_attach(company, "he", case, *files, note="现场照片")
    photo_, paper = files_of(case)
    assert rows == [photo_, paper]
    (event,) = events(case, "attached")
    assert {row.event_id for row in rows} == {event.pk}
    assert (event.actor, event.department.code, event.ticket_ref) == (
        company.people["he"],
        "works",
        ticket.pk,
    )
    assert (event.reason, event.data) == ("现场照片", {"files": ["现场.jpg", "签字单.pdf"]})
    assert (photo_.kind, photo_.ticket_ref, photo_.uploaded_by) == ("photo", ticket.pk, company.people["he"])
    assert (paper.kind, paper.width, paper.thumbnail.name, photo_.uploaded_at) == (
        "document",
        None,
        "",
        LATER,
    )
    with photo_.file.storage.open(photo_.file.name) as file:
        assert len(file.read()) == photo_.size
    names = {Path(name).stem for name in on_disk(settings)}
    assert len(names) == 3
    assert not any(str(row.pk) in names or row.sha256 in names for row in rows)


def test_the_limits_do_not_move(company):
    """`attached` is no cause of anything: it does not overtake a duty, and the plan stays the same."""
    case, _ticket = sent_case(company)
    before = list(Deadline._base_manager.filter(complaint=case).order_by("pk").values())
    do_attach(company, "lin", case, kind="scan")
    assert list(Deadline._base_manager.filter(complaint=case).order_by("pk").values()) == before
    with company.scope():
        planned = planned_rows(case, events_of(case))
        stored = {identity(row): row for row in Deadline.objects.filter(complaint=case)}
        assert [differences(stored.get(key), columns) for key, columns in planned.items()] == [[]] * len(
            stored
        )
    assert files_of(case)[0].kind == "scan"


def test_the_same_bytes_are_kept_once(company, settings):
    case, _ticket = sent_case(company)
    (first,) = do_attach(company, "lin", case)
    before = on_disk(settings)
    revision = Complaint._base_manager.get(pk=case.pk).revision
    assert do_attach(company, "he", case, prepared(name="又一次.jpg")) == [first]
    with first.file.storage.open(first.file.name) as file:
        assert do_attach(company, "sun", case, prepared(file.read())) == [first], "as it was handed out"
    assert Complaint._base_manager.get(pk=case.pk).revision == revision
    both = do_attach(company, "he", case, prepared(), prepared(photo("red")), prepared(photo("red")))
    assert [row.pk for row in both] == [first.pk, files_of(case)[1].pk]
    assert len(events(case, "attached")) == 2
    assert len(on_disk(settings) - before) == 2, "the new photo and its thumbnail"
    other = new_case(company)
    assert do_attach(company, "lin", other)[0].pk not in {row.pk for row in files_of(case)}


def test_the_same_request_again_changes_nothing(company, settings):
    case = new_case(company)
    first = do_attach(company, "lin", case, request_key=KEY)
    kept = on_disk(settings)
    assert do_attach(company, "lin", case, prepared(photo("red")), request_key=KEY) == first
    assert (len(events(case, "attached")), on_disk(settings)) == (1, kept)


def test_a_case_has_room_for_so_many(company, settings):
    settings.FILES_PER_CASE = 2
    case = new_case(company)
    do_attach(company, "lin", case)
    two = [prepared(photo("red")), prepared(photo("blue"))]
    kept = on_disk(settings)
    with pytest.raises(Refused, match="1"):
        do_attach(company, "lin", case, *two)
    assert (len(files_of(case)), len(events(case, "attached")), on_disk(settings)) == (1, 1, kept)
    do_attach(company, "lin", case, two[0], prepared())
    assert len(files_of(case)) == 2


def test_who_may_attach(company):
    case, ticket = sent_case(company)
    for name in ("mao", "admin"):
        with pytest.raises(Forbidden):
            do_attach(company, name, case, prepared(photo("red")))
    assert files_of(case) == []
    for colour, name in zip(
        ("red", "blue", "lime", "navy", "pink"), ("lin", "zhou", "sun", "qian", "gao"), strict=True
    ):
        do_attach(company, name, case, prepared(photo(colour)))
    assert [row.ticket_ref for row in files_of(case)] == [0, 0, ticket.pk, ticket.pk, 0]


def test_a_department_that_gave_its_ticket_back_may_still_attach(company):
    case, ticket = sent_case(company)
    with company.scope():
        return_ticket(
            actor=company.actor("sun"), ticket=ticket, cause="not_our_duty", reason="非本部门", now=MONDAY
        )
    assert do_attach(company, "sun", case)


def test_signed_papers_come_back_after_the_end(company):
    with company.scope():
        case = register(actor=company.actor("lin"), intake=intake(), now=MONDAY)
        explain_only(
            actor=company.actor("lin"), complaint=case, reason="explained_ok", note="已解释", now=MONDAY
        )
    assert do_attach(company, "lin", case, kind="scan")


@pytest.mark.parametrize(
    "refused,given",
    [(Refused, {"kind": "executable"}), (Stale, {"revision": 1}), (Refused, {"files": []})],
)
def test_what_is_refused_leaves_nothing(company, settings, refused, given):
    case, _ticket = sent_case(company)
    with company.scope(), pytest.raises(refused):
        attach(
            **{
                "actor": company.actor("lin"),
                "complaint": case,
                "files": [prepared()],
                "now": LATER,
                **given,
            }
        )
    assert (files_of(case), events(case, "attached"), on_disk(settings)) == ([], [], set())


def test_another_organization_s_case(world: World, settings):
    case, _ticket = sent_case(world.hospital, to="clinic", by="bai")
    with world.property.scope(), pytest.raises((Complaint.DoesNotExist, CrossTenant)):
        attach(actor=world.property.actor("gao"), complaint=case, files=[prepared()], now=LATER)
    assert (files_of(case), on_disk(settings)) == ([], set())


# --- with other verbs ---------------------------------------------------------------------------------------


def signed(company: Company):
    case, ticket = sent_case(company)
    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    return case, ticket


def test_work_and_result_bring_their_photos(company):
    case, ticket = signed(company)
    with company.scope():
        he = company.actor("he")
        record_work(actor=he, ticket=ticket, note="到场", files=[prepared()], now=LATER)
        files = [prepared(), prepared(photo("red"))]
        file_result(actor=he, ticket=ticket, result="已修复", outcome="solved", files=files, now=LATER)
    first, second = files_of(case)
    (worked,), (handled,) = events(case, "worked"), events(case, "handled")
    assert (first.event_id, second.event_id) == (worked.pk, handled.pk)
    assert worked.data["files"] == ["现场.jpg"]
    assert len(handled.data["files"]) == 1, "the one that had come before is not brought again"
    assert events(case, "attached") == []


@pytest.mark.parametrize("verb", [record_work, file_result])
def test_a_refused_verb_leaves_no_file(company, settings, verb):
    case, ticket = signed(company)
    texts = {"note": " "} if verb is record_work else {"result": " "}
    with company.scope(), pytest.raises(Refused):
        verb(actor=company.actor("he"), ticket=ticket, files=[prepared()], now=LATER, **texts)
    assert (files_of(case), on_disk(settings)) == ([], set())


def test_a_verb_that_fails_late_leaves_no_file(company, settings, monkeypatch):
    case, ticket = signed(company)

    def broken(*_args, **_kwargs):
        assert len(on_disk(settings)) == 2, "control: the file was there"
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("tickets.messages.tell_handled", broken)
    with company.scope(), pytest.raises(RuntimeError):
        file_result(actor=company.actor("he"), ticket=ticket, result="已修复", files=[prepared()], now=LATER)
    assert (files_of(case), on_disk(settings)) == ([], set())


def test_a_store_that_takes_nothing(company, settings, monkeypatch):
    case, _ticket = handled_case(company)
    store = Attachment._meta.get_field("file").storage
    save, taken = type(store)._save, []

    def full(self, name, content):
        taken.append(name)
        if len(taken) == 3:
            raise OSError(28, "No space left on device")
        return save(self, name, content)

    monkeypatch.setattr(type(store), "_save", full)
    with pytest.raises(Refused):
        do_attach(company, "lin", case, prepared(), prepared(photo("red")))
    assert len(taken) == 3
    assert (files_of(case), on_disk(settings)) == ([], set())


# --- what a crash leaves ------------------------------------------------------------------------------------


def test_orphans_are_found_after_a_day(company, world, settings, capsys):
    kept = do_attach(company, "lin", new_case(company))[0]
    store = kept.file.storage
    orphan = store.save(f"cases/{company.organization.pk}/orphan.jpg", prepared().content)
    settled = store.get_modified_time(orphan)
    with company.scope():
        assert remove_orphans(company.organization, settled + timedelta(hours=23)) == []
        with transaction.atomic():
            assert remove_orphans(company.organization, settled + timedelta(days=2)) == [orphan]
    assert not store.exists(orphan)
    assert store.exists(kept.file.name)
    assert store.exists(kept.thumbnail.name)
    call_command("clean_files")
    assert capsys.readouterr().out == "0 deleted\n"


def test_office_files_are_kept_byte_for_byte(company):
    sent = office()
    (row,) = do_attach(company, "lin", new_case(company), prepared(sent, "合同.docx"))
    with row.file.storage.open(row.file.name) as file:
        assert file.read() == sent
    assert row.sha256 == row.source_sha256
