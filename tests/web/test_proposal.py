"""The dispatch form begins with what the rules propose; a person confirms or changes it."""

from policies.services import place_role
from tests.overlay import put_in_force
from tests.world import MONDAY, new_case, sent_case
from tickets.models import Ticket

GROUP = {"id": "upgrade_group", "title": "升级投诉组"}


def dispatch_form(browser, company, case):
    page = browser.get(company.url(f"case/{case.number}/"))
    return next(row.form for row in page.context["offers"] if row.action.name == "dispatch"), page


def test_lead_and_helpers_are_chosen_beforehand_with_the_reason(company, sign_in):
    put_in_force(company, roles=[GROUP], routes={"assign": [{"to": "dept_head", "with": "upgrade_group"}]})
    with company.scope():
        cleaning = company.departments["cleaning"]
        place_role(actor=company.actor("admin"), role="upgrade_group", department=cleaning, now=MONDAY)
        sent_case(company)
        case = new_case(company)
    lin = sign_in("lin")
    form, page = dispatch_form(lin, company, case)
    works = company.departments["works"]
    assert (form["lead"].value(), form["helpers"].value()) == (works.pk, [cleaning.pk])
    assert all(reason in page.content.decode() for reason in form.proposal.reasons)

    given = {"revision": case.revision, "lead": cleaning.pk, "helpers": []}
    assert lin.post(company.url(f"case/{case.number}/dispatch/"), given).status_code == 302
    with company.scope():
        rows = Ticket.objects.filter(complaint=case).values_list("department__code", "part")
        assert list(rows) == [("cleaning", "lead")], "what the person chose, not what was proposed"
    form, _page = dispatch_form(lin, company, case)
    assert form.proposal is None, "somebody leads already"


def test_what_was_chosen_stays_after_a_refusal(company, sign_in):
    with company.scope():
        sent_case(company)
        case = new_case(company)
    given = {"revision": case.revision, "lead": "", "helpers": [company.departments["cleaning"].pk]}
    answer = sign_in("lin").post(company.url(f"case/{case.number}/dispatch/"), given)
    form = next(row.form for row in answer.context["offers"] if row.action.name == "dispatch")
    assert answer.status_code == 422
    assert (form["lead"].value(), form["helpers"].value()) == ("", [str(company.departments["cleaning"].pk)])


def test_a_placed_desk_can_be_chosen_too(company, sign_in):
    put_in_force(company, roles=[GROUP])
    with company.scope():
        desk = company.departments["desk"]
        place_role(actor=company.actor("admin"), role="upgrade_group", department=desk, now=MONDAY)
        case = new_case(company)
    form, _page = dispatch_form(sign_in("lin"), company, case)
    assert str(desk.pk) in form.fields["lead"].known


def test_the_case_page_names_its_owner(company, sign_in):
    put_in_force(company, roles=[], routes={"case_owner": [{"to": "desk_supervisor"}]})
    with company.scope():
        case = new_case(company)
    page = sign_in("lin").get(company.url(f"case/{case.number}/"))
    assert "客服主管 · 周主管" in page.content.decode()
