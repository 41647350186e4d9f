"""Files on the pages: through the case's door, for saving only, and never lost with a refused form."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from complaints.models import Attachment, CaseEvent, Complaint
from config.uploads import BoundedUploadHandler
from tests.files.samples import CATALOG, SVG, pdf, photo, picture, prepared, upload
from tests.files.test_attaching import do_attach, events, files_of, signed
from tests.web.conftest import reload
from tests.world import Company, World, sent_case
from tickets.models import Ticket


def body(answer: HttpResponse) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def send(client: Client, company: Company, case: Complaint, *files, **more) -> HttpResponse:
    """The box of files on the page of a case."""
    given = {"revision": case.revision, "files": list(files), **more}
    return client.post(company.url(f"case/{case.number}/attach/"), given)


def test_photos_from_a_phone(company, sign_in):
    case, _ticket = sent_case(company)
    he = sign_in("he")
    answer = send(
        he, company, case, upload("a.jpg", photo(orientation=6)), upload("单.pdf", pdf(CATALOG)), note="厨房"
    )
    assert answer.url == case.get_absolute_url()
    page = he.get(answer.url).content.decode()
    image, paper = files_of(case)
    for row in (image, paper):
        assert row.name in page
    assert page.count(f"files/{image.pk}/thumbnail/") == 2, "in the box and on the timeline"
    assert "何师傅" in page
    assert "厨房" in page
    small = body(he.get(company.url(f"case/{case.number}/files/{image.pk}/thumbnail/")))
    assert Image.open(BytesIO(small)).size == (48, 64)


def test_a_file_is_handed_out_for_saving_only(company, sign_in):
    case, _ticket = sent_case(company)
    image, paper = do_attach(company, "lin", case, prepared(), prepared(pdf(CATALOG), "签字 单.pdf"))
    client = sign_in("sun")
    for row, kind in ((image, "image/jpeg"), (paper, "application/pdf")):
        answer = client.get(company.url(f"case/{case.number}/files/{row.pk}/"))
        assert len(body(answer)) == row.size
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Content-Disposition"].startswith("attachment; filename")
        assert_closed(answer)
    thumbnail = client.get(company.url(f"case/{case.number}/files/{image.pk}/thumbnail/"))
    assert thumbnail.headers["Content-Disposition"].startswith("inline")
    assert thumbnail.headers["Content-Type"] == "image/jpeg"
    assert_closed(thumbnail)
    assert client.get(company.url(f"case/{case.number}/files/{paper.pk}/thumbnail/")).status_code == 404


def assert_closed(answer: HttpResponse) -> None:
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert {"sandbox", "default-src 'none'"} <= {part.strip() for part in policy.split(";")}
    assert "allow" not in policy
    body(answer)


def test_a_file_is_found_in_its_own_case_only(world: World, sign_in):
    ours, theirs = world.property, world.hospital
    case, _ticket = sent_case(ours)
    other, _ticket = sent_case(ours, to="cleaning")
    foreign, _ticket = sent_case(theirs, to="clinic", by="bai")
    own, elsewhere = do_attach(ours, "lin", case)[0], do_attach(ours, "lin", other)[0]
    hospital_s = do_attach(theirs, "bai", foreign)[0]
    assert body(sign_in("sun").get(ours.url(f"case/{case.number}/files/{own.pk}/")))
    # (who, case, file): the file of another case, of another department's case, of the hospital
    for name, number, row in (
        ("lin", case.number, elsewhere),
        ("sun", other.number, elsewhere),
        ("mao", case.number, own),
        ("admin", case.number, own),
        ("gao", case.number, hospital_s),
        ("gao", foreign.number, hospital_s),
    ):
        for more in ("", "thumbnail/"):
            answer = sign_in(name).get(ours.url(f"case/{number}/files/{row.pk}/{more}"))
            assert answer.status_code == 404, (name, number, more)


def test_a_lost_file_is_said_to_be_lost(company, sign_in):
    case, _ticket = sent_case(company)
    (row,) = do_attach(company, "lin", case)
    row.file.storage.delete(row.file.name)
    assert sign_in("lin").get(company.url(f"case/{case.number}/files/{row.pk}/")).status_code == 422


def test_one_bad_file_does_not_cost_the_others(company, sign_in):
    case, _ticket = sent_case(company)
    page = send(
        sign_in("lin"), company, case, upload("a.jpg", photo()), upload("x.svg", SVG), scan="on", note="回单"
    )
    assert page.status_code == 422
    text = page.content.decode()
    assert "“x.svg”" in text
    assert 'value="回单"' in text
    assert [(row.name, row.kind) for row in files_of(case)] == [("a.jpg", "scan")]
    again = send(sign_in("lin"), company, case, upload("x.svg", SVG))
    assert again.status_code == 422
    assert len(files_of(case)) == 1


def test_an_old_page_does_not_keep_files_back(company, sign_in):
    case, _ticket = sent_case(company)
    seen = case.revision
    do_attach(company, "lin", case)
    assert case.revision == seen < reload(company, case).revision
    assert send(sign_in("he"), company, case, upload("b.jpg", photo("red"))).status_code == 302
    assert len(files_of(case)) == 2


def test_a_double_tap(company, sign_in):
    case, _ticket = sent_case(company)
    he = sign_in("he")
    page = he.get(case.get_absolute_url()).content.decode()
    key = re.search(r'name="request_key" value="([-0-9a-f]{36})"', page)[1]
    for _tap in range(2):
        assert send(he, company, case, upload("a.jpg", photo()), request_key=key).status_code == 302
    assert (len(files_of(case)), len(events(case, "attached"))) == (1, 1)


def test_nothing_chosen(company, sign_in):
    case, _ticket = sent_case(company)
    page = send(sign_in("lin"), company, case, note="忘了选")
    assert page.status_code == 422
    assert 'value="忘了选"' in page.content.decode()
    assert reload(company, case).revision == case.revision


# --- with the work ------------------------------------------------------------------------------------------


def do(client: Client, company: Company, ticket: Ticket, verb: str, **given) -> HttpResponse:
    return client.post(company.url(f"ticket/{ticket.number}/{verb}/"), given)


def test_work_with_photos_in_one_go(company, sign_in):
    case, ticket = signed(company)
    he, case = sign_in("he"), reload(company, case)
    given = {"revision": case.revision, "note": "到场", "files": [upload("a.jpg", photo())]}
    assert do(he, company, ticket, "work", **given).status_code == 302
    (row,), (event,) = files_of(case), events(case, "worked")
    assert row.event_id == event.pk
    page = he.get(case.get_absolute_url()).content.decode()
    assert page.count(f"files/{row.pk}/thumbnail/") == 2
    given = {"revision": reload(company, case).revision, "result": "已修复", "outcome": "solved"}
    assert (
        do(he, company, ticket, "result", **given, files=[upload("b.jpg", photo("red"))]).status_code == 302
    )
    assert files_of(case)[1].event_id == events(case, "handled")[0].pk


@pytest.mark.parametrize("back", ["case", "department"])
def test_the_files_of_a_refused_form_are_kept(company, sign_in, back):
    """The text stays in the form, the photo is on the case, and the form can be sent again as it is."""
    case, ticket = signed(company)
    he, case = sign_in("he"), reload(company, case)
    given = {"revision": case.revision, "back": back, "cause": "皮带老化", "result": " ", "outcome": "solved"}
    page = do(he, company, ticket, "result", **given, files=[upload("a.jpg", photo())])
    assert page.status_code == 422
    text = page.content.decode()
    assert "皮带老化" in text
    assert [row.name for row in files_of(case)] == ["a.jpg"]
    assert len(events(case, "attached")) == 1
    form = next(part for part in text.split("<form") if 'data-verb="result"' in part)
    revision = re.search(r'name="revision" value="(\d+)"', form)[1]
    assert (
        do(he, company, ticket, "result", **{**given, "revision": revision, "result": "已修复"}).status_code
        == 302
    )


def test_the_files_of_a_late_form_are_kept(company, sign_in, clock):
    """Somebody else was quicker: the photo is kept, and what they did is shown before the text can go."""
    case, ticket = signed(company)
    old = reload(company, case).revision
    clock.shift(timedelta(minutes=1))
    change = {"revision": old, "field": "place", "value": "改到6号楼", "reason": ""}
    assert sign_in("lin").post(company.url(f"case/{case.number}/correct/"), change).status_code == 302
    page = do(
        sign_in("he"), company, ticket, "work", revision=old, note="到场", files=[upload("a.jpg", photo())]
    )
    assert page.status_code == 409
    text = page.content.decode()
    assert "改到6号楼" in text
    assert "到场" in text
    assert len(files_of(case)) == 1
    assert events(case, "worked") == []


def test_files_without_a_place_are_said_to_be_lost(company, sign_in, settings):
    settings.FILES_PER_CASE = 1
    case, ticket = signed(company)
    do_attach(company, "lin", case)
    he, case = sign_in("he"), reload(company, case)
    given = {"revision": case.revision, "note": "到场", "files": [upload("b.jpg", photo("red"))]}
    page = do(he, company, ticket, "work", **given)
    assert page.status_code == 422
    assert "到场" in page.content.decode()
    form = next(part for part in page.content.decode().split("<form") if 'data-verb="work"' in part)
    said = re.search(r'class="field-error".*?</div>', form)[0]
    assert said.count("<p>") == 2, "why, and that they have to be chosen again"
    assert (len(files_of(case)), events(case, "worked")) == (1, [])


@pytest.mark.parametrize("language,title", [("zh-hans", "附件"), ("en", "Photos and files")])
def test_both_languages(company, sign_in, language, title):
    case, _ticket = sent_case(company)
    do_attach(company, "lin", case)
    client = sign_in("lin")
    client.post("/language/", {"language": language})
    page = client.get(case.get_absolute_url()).content.decode()
    assert title in page
    assert ("Files attached" in page) == (language == "en")


# --- how much gets in ---------------------------------------------------------------------------------------


@pytest.fixture
def small(settings):
    settings.FILE_MAX_BYTES = 100_000
    settings.UPLOAD_MAX_BYTES = 150_000
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000  # so that everything goes to the disk


def test_a_file_that_is_too_large_is_named(company, sign_in, small):
    case, _ticket = sent_case(company)
    large = pdf(CATALOG, b"x" * 200_000)
    page = send(
        sign_in("lin"), company, case, upload("大.pdf", large), upload("a.jpg", picture()), note="回单"
    )
    assert page.status_code == 422
    assert "“大.pdf”" in page.content.decode()
    assert 'value="回单"' in page.content.decode()
    assert [row.name for row in files_of(case)] == ["a.jpg"]


def test_too_much_at_once_is_named(company, sign_in, small):
    case, _ticket = sent_case(company)
    files = [upload(f"{number}.pdf", pdf(CATALOG, b"%d" % number * 80_000)) for number in range(3)]
    page = send(sign_in("lin"), company, case, *files)
    assert page.status_code == 422
    assert {row.name for row in files_of(case)} == {"0.pdf"}
    text = page.content.decode()
    assert "“1.pdf”" in text
    assert "“2.pdf”" in text


def test_what_is_too_large_does_not_reach_the_disk(small):
    handler = BoundedUploadHandler()
    sizes = []
    for chunks in (5, 50, 9, 9):
        handler.new_file("files", "a.bin", "application/pdf", None)
        for number in range(chunks):
            handler.receive_data_chunk(b"x" * 10_000, number * 10_000)
        file = handler.file_complete(chunks * 10_000)
        assert isinstance(file, TemporaryUploadedFile)
        sizes.append((file.size, file.is_whole, len(file.read())))
        file.close()
    assert sizes == [(50_000, True, 50_000), (500_000, False, 0), (90_000, True, 90_000), (90_000, False, 0)]


def test_a_hundred_and_one_files(company, sign_in, small):
    """Rules are read from a file, too: what was cut off must not pass for a whole one."""
    case, _ticket = sent_case(company)
    before = CaseEvent._base_manager.count()
    many = {f"files{number}": upload("a.pdf", pdf(CATALOG)) for number in range(101)}
    assert sign_in("lin").post(company.url(f"case/{case.number}/attach/"), many).status_code == 413
    assert CaseEvent._base_manager.count() == before
    assert not Attachment._base_manager.exists()
