"""Files over REST."""

from typing import Any

import pytest
from django.test import Client
from django.test.client import MULTIPART_CONTENT

from tests.api.person import Api
from tests.files.samples import CATALOG, HTML, SVG, pdf, photo, upload
from tests.files.test_attaching import KEY, events, files_of
from tests.files.test_pages import assert_closed, body
from tests.world import World, sent_case


def send(person: Api, number: str, status: int = 201, **given: Any) -> Any:
    return person.send(f"complaints/{number}/files/", given, status, content_type=MULTIPART_CONTENT)


def test_attach_list_and_hand_out(world: World):
    case, ticket = sent_case(world.property)
    he, lin = Api(world.property, "he"), Api(world.property, "lin")
    files = [upload("IMG_1.jpeg", photo()), upload("单.pdf", pdf(CATALOG))]
    made = send(he, case.number, files=files, note="现场", revision=case.revision)
    assert [row["name"] for row in made] == ["IMG_1.jpg", "单.pdf"]
    image, paper = lin.get(f"complaints/{case.number}/files/")
    assert [image, paper] == made
    assert (image["kind"], image["content_type"], image["has_thumbnail"]) == ("photo", "image/jpeg", True)
    assert (paper["kind"], paper["has_thumbnail"], paper["width"]) == ("document", False, None)
    assert (image["width"], image["height"], image["ticket"]) == (64, 48, ticket.number)
    assert image["uploaded_by"]["name"] == "何师傅"
    timeline = lin.get(f"complaints/{case.number}/events/")
    (event,) = [row for row in timeline if row["id"] == image["event"]]
    assert (event["kind"], event["reason"]) == ("attached", "现场")
    assert event["data"]["files"] == ["IMG_1.jpg", "单.pdf"]
    answer = lin.client.get(f"{lin.base}complaints/{case.number}/files/{paper['id']}/")
    assert body(answer) == pdf(CATALOG)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert_closed(answer)
    small = lin.client.get(f"{lin.base}complaints/{case.number}/files/{image['id']}/thumbnail/")
    assert body(small).startswith(b"\xff\xd8\xff")
    assert_closed(small)
    lin.get(f"complaints/{case.number}/files/{paper['id']}/thumbnail/", 404)
    lin.get(f"complaints/{case.number}/files/{10**30}/", 404)


def test_a_repeated_request(world: World):
    case, _ticket = sent_case(world.property)
    lin = Api(world.property, "lin")
    first = send(lin, case.number, files=[upload("a.jpg", photo())], kind="scan", request_key=str(KEY))
    lin.now = lin.now.replace(minute=30)
    again = send(lin, case.number, 200, files=[upload("b.jpg", photo("red"))], request_key=str(KEY))
    same = send(lin, case.number, 200, files=[upload("b.jpg", photo())])
    assert first == again == same
    assert first[0]["kind"] == "scan"
    assert (len(files_of(case)), len(events(case, "attached"))) == (1, 1)


@pytest.mark.parametrize(
    "status,given",
    [
        (422, {"files": [upload("a.jpg", photo()), upload("a.svg", SVG)]}),
        (422, {"files": [upload("a.jpg", HTML)]}),
        (400, {"files": [upload("a.jpg", b"")]}),
        (400, {"files": "text"}),
        (400, {}),
        (400, {"files": [upload("a.jpg", photo())], "kind": "executable"}),
        (400, {"files": [upload("a.jpg", photo())], "request_key": "x"}),
        (409, {"files": [upload("a.jpg", photo())], "revision": "1"}),
    ],
)
def test_what_is_refused(world: World, status, given):
    case, _ticket = sent_case(world.property)
    for file in given.get("files", []):
        if not isinstance(file, str):
            file.seek(0)
    problem = send(Api(world.property, "lin"), case.number, status, **given)
    if status == 422:
        assert list(problem["errors"]) == ["files"]
    assert (files_of(case), events(case, "attached")) == ([], [])


def test_whoever_may_not(world: World):
    """Before a file is even looked at."""
    case, _ticket = sent_case(world.property, to="cleaning")
    send(Api(world.property, "sun"), case.number, 404, files=[upload("a.svg", SVG)])
    Api(world.property, "sun").get(f"complaints/{case.number}/files/", 404)
    stranger = Client()
    stranger.force_login(world.hospital.people["bai"])
    path = f"/api/v1/evergreen/complaints/{case.number}/files/"
    assert stranger.post(path, {"files": [upload("a.jpg", photo())]}).status_code == 404
    assert Client().post(path, {"files": [upload("a.jpg", photo())]}).status_code == 401
    assert files_of(case) == []


def test_json_has_no_files(world: World):
    case, _ticket = sent_case(world.property)
    Api(world.property, "lin").post(f"complaints/{case.number}/files/", 415, files=["a"])


def test_files_may_be_larger_than_a_document(world: World, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    case, _ticket = sent_case(world.property)
    lin = Api(world.property, "lin")
    assert send(lin, case.number, files=[upload("a.pdf", pdf(CATALOG, b"x" * 5000))])
    lin.send(f"complaints/{case.number}/note/", {"note": "长" * 5000}, 413)
    send(lin, case.number, 413, files=[upload("b.jpg", photo())], note="长" * 5000)


def test_a_torn_request(world: World):
    case, _ticket = sent_case(world.property)
    lin = Api(world.property, "lin")
    path = f"complaints/{case.number}/files/"
    lin.send(path, b"no boundary", 400, content_type="multipart/form-data")
    lin.send(path, b"--x\r\nnothing", 400, content_type="multipart/form-data; boundary=x")
    many = {f"f{number}": upload("a.pdf", pdf(CATALOG)) for number in range(101)}
    send(lin, case.number, 400, **many)
    enforcing = Client(enforce_csrf_checks=True)  # which reads the form even before the view does
    enforcing.force_login(world.property.people["lin"])
    enforcing.cookies["csrftoken"] = "a" * 32
    for data, kind in ((b"no boundary", "multipart/form-data"), (many, MULTIPART_CONTENT)):
        answer = enforcing.post(lin.base + path, data, content_type=kind)
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
