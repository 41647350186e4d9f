"""The administrator's form for the texts of the rules: there and back, looked at, compared, exported."""

import pytest
from django.utils import translation

from policies.comparing import compare
from policies.exporting import as_yaml
from policies.packs import read_policy
from policies.selectors import rules_of
from tests.administration.test_pages import edit, latest, page, rules, values_of


@pytest.fixture
def admin(sign_in):
    return sign_in("admin")


def place_of(company, template_id):
    return next(at for at, row in enumerate(rules(company).templates) if row.id == template_id)


def the(company, template_id):
    return next((row for row in rules(company).templates if row.id == template_id), None)


def preview(client, company, place, **changes):
    url = company.url(f"rules/{latest(company).number}/edit/text/{place}/")
    sent = {**values_of(client.get(url).context["form"]), **changes, "preview": "1"}
    return client.post(url, {name: value for name, value in sent.items() if value is not None})


def test_the_version_shows_every_text_with_its_form(company, admin, draft):
    shown = page(admin, company, "rules/2/").content.decode()
    assert "向您道歉" in shown
    assert "满意、基本满意还是不满意" in shown
    for at in range(len(rules(company).templates) + 1):
        assert company.url(f"rules/2/edit/text/{at}/") in shown
    assert admin.get(company.url("rules/2/edit/text/99/")).status_code == 404


def test_a_text_is_changed(company, admin, draft):
    words = "{department}：“{duty}”已超时{late}\n请马上处理"
    answer = edit(
        admin, company, "text", place_of(company, "breach"), name="催办", subject="催办{number}", text=words
    )
    assert answer.status_code == 302
    row = the(company, "breach")
    assert (row.title, row.subject, row.text) == ("催办", "催办{number}", words)
    assert latest(company).document["templates"][5]["for"] == "breach"


def test_questions_are_lines(company, admin, draft):
    place = place_of(company, "follow_up")
    form = admin.get(company.url(f"rules/2/edit/text/{place}/")).context["form"]
    assert len(form["text"].value().splitlines()) == 5
    assert edit(admin, company, "text", place, text=" 解决了吗？\r\n\r\n满意吗？ ").status_code == 302
    assert the(company, "follow_up").questions == ("解决了吗？", "满意吗？")
    assert the(company, "follow_up").source == ("T1-17", "T1-51")


def test_a_text_is_added_and_taken_away(company, admin, draft):
    count = len(rules(company).templates)
    place = count
    answer = edit(
        admin,
        company,
        "text",
        place,
        occasion="breach.solve",
        text="{duty}超时",
        only_tier=["major", "minor"],
    )
    assert answer.status_code == 302
    row = the(company, "breach_solve_1")
    assert (row.occasion, row.text, dict(row.when)) == (
        "breach.solve",
        "{duty}超时",
        {"tier": ("major", "minor")},
    )
    assert edit(admin, company, "text", place, only_tier=["minor"]).status_code == 302
    assert dict(the(company, "breach_solve_1").when) == {"tier": ("minor",)}
    assert edit(admin, company, "text", place, text="").status_code == 302
    assert the(company, "breach_solve_1") is None
    assert len(rules(company).templates) == count
    assert edit(admin, company, "text", count).status_code == 302, "an empty form makes nothing"
    assert len(rules(company).templates) == count


def test_a_pack_without_texts_offers_the_first(company, admin, draft):
    while rules(company).templates:
        assert edit(admin, company, "text", 0, text="").status_code == 302
    assert "templates" not in latest(company).document
    shown = page(admin, company, "rules/2/").content.decode()
    assert company.url("rules/2/edit/text/0/") in shown
    assert edit(admin, company, "text", 0, text="好", occasion="reply").status_code == 302
    assert [row.text for row in rules(company).templates] == ["好"]


def test_what_the_form_does_not_show_of_a_condition_stays(company, admin):
    text = """
pack: {id: own, version: 1, title: 自定, extends: standard}
templates:
  - {id: odd, for: reply, when: {tier: [major], urgent: true, channel.not: phone}, text: 好}
"""
    assert admin.post(company.url("rules/new/"), {"way": "yaml", "text": text}).status_code == 302
    place = place_of(company, "odd")
    form = admin.get(company.url(f"rules/2/edit/text/{place}/")).context["form"]
    assert form["only_tier"].value() == ["major"]
    assert (
        edit(admin, company, "text", place, only_tier=["minor"], only_outcome=["solved"]).status_code == 302
    )
    assert dict(the(company, "odd").when) == {
        "tier": ("minor",),
        "urgent": True,
        "channel.not": "phone",
        "outcome": ("solved",),
    }


@pytest.mark.parametrize(
    "language, says", [("zh-hans", "这里不能使用{numbr}"), ("en", "There is no {numbr} here.")]
)
def test_a_wrong_word_is_said_beside_the_text(company, admin, draft, language, says):
    admin.post("/language/", {"language": language, "next": "/"})
    answer = edit(admin, company, "text", 0, text="您好{numbr}")
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert answer.context["form"]["text"].value() == "您好{numbr}"
    assert latest(company).checksum == draft.checksum


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"text": "{number.__class__}"}, "text"),
        ({"text": "{number"}, "text"),
        ({"text": "{duty}"}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"subject": "通知"}, "subject"),
        ({"occasion": "nonsense"}, "occasion"),
        ({"occasion": "breach", "subject": "{complainant}"}, "subject"),
        ({"occasion": "follow_up", "text": "问\n" * 21}, "text"),
        ({"occasion": "follow_up", "text": "问" * 201}, "text"),
        ({"name": "x" * 81}, "name"),
        ({"only_tier": ["nonsense"]}, "only_tier"),
    ],
)
def test_what_a_text_cannot_be(company, admin, draft, changes, field):
    answer = edit(admin, company, "text", place_of(company, "reply"), **changes)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert latest(company).checksum == draft.checksum


def test_a_text_is_looked_at_before_it_is_kept(company, admin, draft):
    place = place_of(company, "breach")
    seen = admin.get(company.url(f"rules/2/edit/text/{place}/")).content.decode()
    assert "TS-202611-0001" in seen
    answer = preview(admin, company, place, subject="{number}催办", text="{department}<b>{late}")
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert "TS-202611-0001催办" in shown
    assert "&lt;b&gt;" in shown
    assert latest(company).checksum == draft.checksum
    answer = preview(admin, company, place, text="{x.__class__}")
    assert answer.status_code == 422
    assert answer.context["form"].preview is None


def test_the_words_named_are_those_of_the_occasion_chosen(company, admin, draft):
    place = len(rules(company).templates)
    shown = preview(admin, company, place, occasion="warn", text="x").content.decode()
    assert "{late}" in shown
    assert "{complainant}" not in shown
    shown = preview(admin, company, place, occasion="reply", text="x").content.decode()
    assert "{complainant}" in shown
    assert "{due.solve}" in shown


def test_comparing_shows_what_was_said_before_and_now(company, admin, draft):
    before = rules_of(draft)
    edit(admin, company, "text", place_of(company, "reply"), text="第一行\n新的一行", title="答复")
    edit(admin, company, "text", place_of(company, "rejection"), text="")
    with translation.override("en"):
        found = {row.id: row for row in compare(before, rules(company))}
    assert set(found) == {"reply", "rejection"}
    assert found["rejection"].kind == "removed"
    assert "新的一行" in found["reply"].come
    assert any("感谢您的意见" in line for line in found["reply"].gone)
    shown = page(admin, company, "rules/2/differences/").content.decode()
    assert "新的一行" in shown


def test_exporting_keeps_the_texts(company, admin, draft):
    edit(
        admin,
        company,
        "text",
        place_of(company, "reply"),
        text="第一行：{result}\n\n  {number} 'x' \"y\" # %",
    )
    assert read_policy(as_yaml(latest(company).document)) == rules(company)
