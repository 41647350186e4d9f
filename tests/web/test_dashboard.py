"""The month so far: every number on the page leads to a list of exactly as many cases."""

import html
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from django.utils import translation

from complaints.models import State
from complaints.services import reopen
from tests.complaints.case_in import LATER, case_in
from tests.world import MONDAY, Company, new_case, sent_case
from web.caselist import CaseList

NUMBER = re.compile(r'<a [^>]*?href="(?P<url>[^"]*\?figure=[^"]*)">(?P<text>.*?)</a>', re.DOTALL)
NOW = MONDAY + timedelta(days=2, hours=3)


def numbers(response) -> list[tuple[str, int]]:
    """(query of the list, number) of every link to a list; a rate has no number of its own."""
    found = []
    for match in NUMBER.finditer(response.content.decode()):
        text = re.sub(r"<small>.*?</small>|<svg.*?</svg>|<[^>]*>", " ", match["text"], flags=re.DOTALL)
        if "%" not in text:
            found.append((urlsplit(html.unescape(match["url"])).query, int(text.split()[-1])))
    return found


def length(company: Company, name: str, query: str) -> int:
    """How many cases the list of this address has for somebody."""
    with company.scope():
        return CaseList(company.actor(name), NOW, QueryDict(query)).cases().count()


@pytest.fixture
def month(company: Company) -> Company:
    """A case in every state, some late by NOW, one handled in two rounds, and one of the month before."""
    for state in State:
        case = case_in(company, state)
    sent_case(
        company, to="cleaning", tier="major", tier_criterion="loss_or_injury", channel="visit", category=""
    )
    sent_case(company, NOW - timedelta(minutes=1), to="lifts")
    new_case(company, MONDAY - timedelta(days=3))
    with company.scope():
        reopen(actor=company.actor("lin"), complaint=case, reason="又坏了", now=LATER)
    return company


@pytest.mark.parametrize("name,part", [("gao", ""), ("zhou", ""), ("gao", "works")])
def test_every_number_leads_to_as_many_cases(month, sign_in, clock, name, part):
    clock.move_to(NOW)
    client = sign_in(name)
    query = f"?part={month.departments[part].pk}" if part else ""
    found = numbers(client.get(month.url(f"dashboard/{query}")))
    assert len(found) > 60
    assert sum(number > 0 for _query, number in found) > 15
    for query, number in found:
        assert length(month, name, query) == number, query
        assert ("part=" in query) == bool(part)


def test_the_list_behind_a_number_says_what_it_is(month, sign_in, clock):
    clock.move_to(NOW)
    client = sign_in("gao", HTTP_ACCEPT_LANGUAGE="en")
    client.post("/language/", {"language": "en"})
    query = f"figure=broken.2026-11.@handled&by=tier.minor&part={month.departments['works'].pk}"
    response = client.get(month.url(f"cases/?{query}&per=200"))
    with translation.override("en"):
        said = [chip.value for chip in response.context["list"].chips()]
    assert said[0].endswith(": not in time 2026-11")
    assert said[1:] == ["轻微", "工程部"]
    assert len(response.context["page"].rows) == length(month, "gao", query) > 0
    # Another filter keeps them: they stand in the form, unseen.
    assert 'name="figure" value="broken.2026-11.@handled"' in response.content.decode()


def test_what_is_no_figure_is_left_out(month, sign_in, clock, subtests):
    gao = sign_in("gao")
    for query in (
        "figure=x",
        "figure=closed.2026-99",
        "by=lead.x",
        "by=lead.99999999999999999999",
        "by=",
        "part=0",
        "by=x.y",
    ):
        with subtests.test(query):
            response = gao.get(month.url(f"cases/?{query}"))
            assert response.status_code == 200
            assert response.context["list"].chips() == []


def test_somebody_else_s_link_shows_one_s_own_cases_only(month, sign_in, clock):
    clock.move_to(NOW)
    query = "figure=received.2026-11"
    everything = length(month, "gao", query)
    assert length(month, "mao", query) == 1
    assert length(month, "lin", query) == everything > 1


def test_two_organizations_never_mix(month, world, sign_in, clock):
    clock.move_to(NOW)
    sent_case(world.hospital, to="clinic", by="bai")
    response = sign_in("fang").get(world.hospital.url("dashboard/"))
    assert {number for query, number in numbers(response) if query == "figure=received.2026-11"} == {1}
    assert "工程部" not in response.content.decode()
    foreign = month.departments["works"].pk
    response = sign_in("fang").get(world.hospital.url(f"dashboard/?part={foreign}"))
    assert response.context["chosen"] is None


def test_a_part_that_is_not_one_s_own_is_not_chosen(month, sign_in, clock):
    """The desk's supervisor sees the cases of the desk, whoever leads them, and chooses among the desks."""
    response = sign_in("zhou").get(month.url(f"dashboard/?part={month.departments['desk'].pk}"))
    assert response.context["chosen"] == month.departments["desk"]
    response = sign_in("zhou").get(month.url(f"dashboard/?part={month.departments['works'].pk}"))
    assert response.context["chosen"] is None


def test_the_library_of_charts_is_loaded_on_this_page_only(month, sign_in, clock):
    client = sign_in("gao")
    for path, is_there in (("dashboard/", True), ("cases/", False), ("manager/", False)):
        assert ("echarts" in client.get(month.url(path)).content.decode()) == is_there
    text = client.get(month.url("dashboard/")).content.decode()
    assert 'style="' not in text
    assert "<script>" not in text


@pytest.mark.parametrize("language,words", [("en", "The month so far"), ("zh-hans", "本月")])
def test_in_both_languages(month, sign_in, clock, language, words):
    client = sign_in("gao")
    client.post("/language/", {"language": language})
    with translation.override(language):
        assert words in client.get(month.url("dashboard/")).content.decode()
