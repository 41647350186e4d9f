"""Whatever is sent: a clear answer, never a 500, and nothing half-done."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

import pytest

from complaints.models import Complaint
from complaints.services import register
from tests.web.conftest import reload
from tests.web.test_refusals import TEXTS, body, somebody
from tests.whole import some
from tests.world import MONDAY, intake, sent_case
from web.actions import CASE_ACTIONS, TICKET_ACTIONS
from web.forms.base import VerbForm
from web.forms.fields import CleanCharField
from web.forms.intake import CallForm

# Percent-encoded, as they come over the wire: some of these are no Unicode text at all.
CORPUS = {
    "nul": "%00",
    "nul inside": "a%00b",
    "lone surrogate": "%ED%A0%80",
    "broken utf-8": "%FF%FE%80",
    "zero width": quote("\u200b\u200d\ufeff"),
    "right to left": quote("\u202e13800138000"),
    "very long": "a" * 30_000,
    "long chinese": quote("投" * 3_000),
    "2**31": str(2**31),
    "2**63": str(2**63),
    "2**70": str(2**70),
    "minus": "-1",
    "many digits": "9" * 5_000,
    "superscript digits": quote("²³"),
    "arabic digits": quote("٣٤٥"),
    "float": "1e309",
    "nan": "NaN",
    "impossible date": "2026-02-30T10:00",
    "year one": "0001-01-01T00:00",
    "year 9999": "9999-12-31T23:59",
    "date as text": quote("明天"),
    "html": quote("<script>alert(1)</script>"),
    "sql": quote("' OR 1=1 --"),
    "like": quote("%_\\"),
    "json": quote('{"a":[1]}'),
    "format": quote("%(number)s {0} %s"),
    "newlines": "a%0D%0Ab%0Dc",
    "emoji": quote("👩‍👩‍👧"),
    "empty": "",
    "spaces": "%20%20",
}
FORM = "application/x-www-form-urlencoded"


# All text is made clean in one place, so the verbs behind the call's form get a selection; and for inputs
# that are no free text one of each sort is enough.
TEXTUAL = ("nul inside", "lone surrogate", "zero width", "very long", "html", "format", "newlines", "spaces")
WORST = (
    "nul",
    "lone surrogate",
    "very long",
    "2**31",
    "2**70",
    "many digits",
    "superscript digits",
    "year one",
    "impossible date",
)


def encoded(fields: dict[str, object], hostile: Iterable[str], raw: str) -> str:
    pairs = [f"{key}={quote(str(value))}" for key, value in fields.items() if key not in hostile]
    return "&".join([*pairs, *(f"{name}={raw}" for name in hostile)])


def attacks(
    form: type[VerbForm], names: Iterable[str], corpus: Iterable[str] = CORPUS
) -> Iterator[tuple[str, list[str], str]]:
    """(what, fields, raw value): each value in all texts at once, so that it reaches the verb; the worst in
    all other inputs at once, which are looked at one by one; and each input left empty."""
    names = list(names)
    texts = [name for name in names if isinstance(form.base_fields.get(name), CleanCharField)]
    others = [name for name in names if name not in texts]
    if texts:
        yield from ((what, texts, CORPUS[what]) for what in some(corpus, every=8))
    yield from ((what, others, CORPUS[what]) for what in some(WORST, every=5))
    yield from (("empty", [name], "") for name in some(names))


CALL = {
    "request_key": "6f1c2a52-0a7e-4b3d-9d3e-1f2a3b4c5d6e",
    "channel": "phone",
    "subject": "电梯停运",
    "content": "停运",
    "grading": "minor:slight_inconvenience",
}


@pytest.mark.parametrize("then", ["dispatch", "register", "explain", "reject"])
def test_every_field_of_the_call(company, sign_in, then):
    lin = sign_in("lin")
    fields = {
        **CALL,
        "lead": company.departments["works"].pk,
        "then": then,
        "explain_reason": "explained_ok",
        "explain_note": "已解释",
        "reject_reason": "not_ours",
    }
    names = list(CallForm.base_fields) if then == "dispatch" else TEXTS_OF_THE_CALL
    for what, hostile, raw in attacks(CallForm, names):
        answer = lin.post(company.url("desk/log/"), encoded(fields, hostile, raw), content_type=FORM)
        assert answer.status_code in (302, 422), f"{hostile} {what}: {answer.status_code}"
        with company.scope():  # the same key again would only give the same case
            Complaint.objects.update(request_key=None)


TEXTS_OF_THE_CALL = [name for name, row in CallForm.base_fields.items() if isinstance(row, CleanCharField)]


HIDDEN = ("revision", "back", "once")  # inputs of every form on a case


@pytest.mark.parametrize("action", CASE_ACTIONS, ids=lambda action: action.name)
def test_every_field_of_the_verbs_on_a_case(company, sign_in, action):
    client = sign_in(somebody(action.name))
    with company.scope():
        case = register(actor=company.actor("lin"), intake=intake(tier="", tier_criterion=""), now=MONDAY)
    url = company.url(f"case/{case.number}/{action.name}/")
    data = body(company, action.name, case)
    for what, hostile, raw in attacks(action.form, [*HIDDEN, *TEXTS[action.name]], TEXTUAL):
        answer = client.post(url, encoded(data, hostile, raw), content_type=FORM)
        assert answer.status_code in (302, 409, 422), f"{hostile} {what}: {answer.status_code}"
        data["revision"] = reload(company, case).revision


@pytest.mark.parametrize("action", TICKET_ACTIONS, ids=lambda action: action.name)
def test_every_field_of_the_verbs_on_a_ticket(company, sign_in, action):
    sun = sign_in("sun")
    case, ticket = sent_case(company)
    if action.name != "sign":
        sun.post(company.url(f"ticket/{ticket.number}/sign/"), {"revision": case.revision})
    client = sign_in(somebody(action.name))
    url = company.url(f"ticket/{ticket.number}/{action.name}/")
    data = body(company, action.name, reload(company, case))
    for what, hostile, raw in attacks(action.form, [*HIDDEN, *TEXTS[action.name]], TEXTUAL):
        answer = client.post(url, encoded(data, hostile, raw), content_type=FORM)
        assert answer.status_code in (302, 409, 422), f"{hostile} {what}: {answer.status_code}"
        data["revision"] = reload(company, case).revision


@pytest.mark.parametrize(
    "path,names",
    [
        ("cases/", ["q"]),
        ("cases/", ["state", "tier", "category", "department", "overdue", "before", "after", "unknown"]),
        ("cases/", ["channel", "nature", "received_from", "received_to", "mine", "paused", "open_task"]),
        ("cases/", ["sort", "per", "view"]),
        ("search/", ["q"]),
        ("desk/", ["task"]),
        ("desk/lookup/", ["complainant_phone", "place"]),
        ("desk/log/", ["complainant_phone", "place"]),
        ("inbox/", ["before", "after", "unread"]),
        ("department/", ["mine"]),
        ("reports/", ["save"]),
        ("case/TS202611-00001/", ["do", "correct"]),
    ],
)
def test_every_parameter_of_a_page(company, sign_in, path, names):
    sent_case(company)
    client = sign_in({"department/": "sun", "reports/": "gao"}.get(path, "lin"))
    for name in names:
        for what in some(CORPUS if name in ("q", "complainant_phone", "place") else WORST):
            if len(CORPUS[what]) > 8_000:
                continue  # a server in front refuses such a line
            answer = client.get(f"{company.url(path)}?{name}={CORPUS[what]}")
            assert answer.status_code == 200, f"{name} {what}: {answer.status_code}"


@pytest.mark.parametrize(
    "cursor", ["before=1762000000000000-1", "after=1762000000000000-1", "before=99999999999999999-1"]
)
def test_cursors_that_somebody_made_up(company, sign_in, cursor):
    sent_case(company)
    assert sign_in("lin").get(f"{company.url('cases/')}?{cursor}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "case/%00/",
        "case/TS%00/",
        "case/..%2f..%2fetc/",
        "case/%ED%A0%80/",
        "case/TS202611-99999/",
        "ticket/x/sign/",
        "inbox/9223372036854775808/",
        "inbox/0/",
        "extension/99999999999999999999/decide/",
        "extension/7/decide/",
        "reports/0000-01.pdf",
        "reports/2026-13.pdf",
        "reports/2026-11.pdf",
        "case/投诉/",
        "nothing/",
    ],
)
def test_addresses_that_lead_nowhere(company, sign_in, path):
    answer = sign_in("gao").get(company.url(path))
    assert answer.status_code == 404
    assert company.url("") in answer.content.decode(), "the page offers a way back"


def test_a_body_that_is_no_form(company, sign_in):
    lin = sign_in("lin")
    url = company.url("desk/log/")
    assert lin.post(url, b"\xff\xfe{", content_type="application/json").status_code == 422
    assert lin.post(url, b"not multipart", content_type="multipart/form-data; boundary=x").status_code in (
        400,
        422,
    )
    assert lin.post(url, b"x" * 3_000_000, content_type=FORM).status_code == 413
    many = "&".join(f"a{number}=1" for number in range(2_000))
    assert lin.post(url, many, content_type=FORM).status_code == 413


def test_text_is_normalised_once(company, sign_in):
    lin = sign_in("lin")
    data = {
        **CALL,
        "then": "register",
        "complainant_phone": "+86 138\u20110013\u20118000",
        "complainant_name": "王\u200b女士",
        "place": "３号楼２单元",
        "subject": "  电梯Ａ停运 ",
    }
    assert lin.post(company.url("desk/log/"), data).status_code == 302
    with company.scope():
        case = Complaint.objects.get()
    found = (case.complainant_phone, case.complainant_name, case.place, case.subject)
    assert found == ("13800138000", "王女士", "3号楼2单元", "电梯A停运")


def test_markup_is_shown_as_text(company, sign_in):
    lin = sign_in("lin")
    data = {**CALL, "then": "register", "subject": "<b id=x>停</b>", "content": "<script>alert(1)</script>"}
    url = lin.post(company.url("desk/log/"), data).url
    text = lin.get(url).content.decode()
    assert "<b id=x>" not in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_page_stays_and_what_was_typed_is_kept(company, sign_in):
    data = {
        **CALL,
        "then": "dispatch",
        "lead": "999999",
        "complainant_phone": "很多字",
        "subject": "长" * 201,
        "content": "内容还在",
        "grading": "minor:nonsense",
        "helpers": ["x"],
        "received_at": "2026-02-30T10:00",
    }
    page = sign_in("lin").post(company.url("desk/log/"), data)
    assert page.status_code == 422
    form = page.context["form"]
    wrong = {"lead", "complainant_phone", "subject", "grading", "helpers", "received_at"}
    assert set(form.errors) == wrong
    text = page.content.decode()
    for typed in ("内容还在", "很多字", "长" * 201):
        assert typed in text
    with company.scope():
        assert not Complaint.objects.exists()
