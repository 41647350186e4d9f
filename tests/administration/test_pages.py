"""The pages about rules and calendar, as an administrator uses them, and as others must not."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from complaints.models import CaseEvent, Deadline
from escalation.models import Rollout
from policies.models import CalendarDay, OpeningHours, PolicyVersion
from policies.packs import read_policy
from policies.selectors import rules_of
from tests.administration.conftest import solve_within
from tests.rows import snapshot
from tests.world import MONDAY, new_case, sent_case
from tickets.services import dispatch, file_result, sign_for

HOUR = timedelta(hours=1)


@pytest.fixture
def admin(sign_in):
    return sign_in("admin")


def latest(company):
    with company.scope():
        return PolicyVersion.objects.order_by("-number").first()


def rules(company, number=None):
    version = latest(company)
    return rules_of(version)


def page(client, company, path, **data):
    answer = client.get(company.url(path), data)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer


def values_of(form):
    """What a browser would send back if nothing was changed."""
    sent = {}
    for name in form.fields:
        value = form[name].value()
        if value in (None, False) or value == []:
            continue
        sent[name] = "on" if value is True else value
    return sent


def edit(client, company, part, place=0, **changes):
    """Open a form of the newest version, change some fields, send it."""
    number = latest(company).number
    url = company.url(f"rules/{number}/edit/{part}/{place}/")
    sent = {**values_of(client.get(url).context["form"]), **changes}
    return client.post(url, {name: value for name, value in sent.items() if value is not None})


def place_of(rows, wanted):
    return next(at for at, row in enumerate(rows) if wanted(row))


# --- the whole way ------------------------------------------------------------------------------------------


def test_an_administrator_adopts_the_telecom_pack(company, admin):
    """Adopts, gives the roles to people, fills in, publishes; a case follows the pack's limits."""
    answer = admin.post(company.url("rules/new/"), {"way": "pack", "pack": "cn.telecom.operator"})
    assert answer.url == company.url("rules/2/")
    shown = page(admin, company, "rules/2/")
    entries = shown.context["open_entries"]
    assert sum(one.is_missing for one in entries) > 5
    given = {}
    for at, one in enumerate(entries):
        unit = one.values.get("unit") or "h"
        for name in one.values:
            given[f"open_{at}_{name}"] = {"unit": unit, "lo": "24", "hi": "48", "text": "是"}.get(name, "3")
        given.pop(f"open_{at}_forever", None)
    assert edit(admin, company, "open", **given).status_code == 302
    assert [one for one in page(admin, company, "rules/2/").context["open_entries"] if one.is_missing] == []

    form = admin.get(company.url("rules/2/edit/roles/0/")).context["form"]
    acting = {f"acts_{at}": "receptionist" for at, key in enumerate(form.keys) if key}
    assert edit(admin, company, "roles", **acting).status_code == 302
    assert {role.acts_as for role in rules(company).lists["roles"]} == {"receptionist"}

    published = admin.get(company.url("rules/2/publish/"))
    assert published.context["open_entries"] == []
    answer = admin.post(company.url("rules/2/publish/"), {"seen": latest(company).checksum})
    assert answer.url == company.url("rules/")
    assert page(admin, company, "rules/").context["current"].number == 2

    asked = {"business": "gsm", "problem": "net_quality", "phone_number": "13800138000"}
    asked["promised_due"] = (MONDAY + 20 * HOUR).isoformat()
    due = {}
    for tier in ("", "provincial", "national"):
        case = new_case(
            company,
            channel="hotline",
            category="",
            tier=tier,
            tier_criterion="",
            nature="",
            complainant_type="",
            request="尽快修复",
            facts=asked,
        )
        with company.scope():
            rows = Deadline.objects.filter(complaint=case)
            due |= {(tier, row.duty): (row.due_at - MONDAY, row.warn_at - MONDAY) for row in rows}
    hours = {key: (length / HOUR, warning / HOUR) for key, (length, warning) in due.items()}
    assert hours["", "fill_order"] == (1, 0.9)
    assert hours["", "review_dispatch"] == (4, 3.6)
    assert hours["", "outside_promise"] == (24, 21.6)
    assert hours["provincial", "outside_promise"] == (48, 43.2)
    assert hours["national", "outside_promise"] == (72, 64.8)
    with company.scope():
        ticket = dispatch(
            actor=company.actor("lin"), complaint=case, lead=company.departments["works"], now=MONDAY
        )[0]
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
        file_result(actor=company.actor("sun"), ticket=ticket, result="已修复", outcome="solved", now=MONDAY)
        rows = {row.duty: row for row in Deadline.objects.filter(complaint=case)}
    assert rows["reply"].due_at == MONDAY + 2 * HOUR
    assert rows["follow_up"].due_at == MONDAY.replace(hour=16) + timedelta(days=7)


def test_a_draft_is_made_from_the_version_in_force(company, admin):
    answer = admin.post(company.url("rules/new/"), {"way": "version", "version": "1"})
    assert answer.url == company.url("rules/2/")
    shown = page(admin, company, "rules/2/").content.decode()
    assert company.url("rules/2/edit/limit/0/") in shown
    assert company.url("rules/1/edit/limit/0/") not in page(admin, company, "rules/1/").content.decode()


def test_what_is_exported_can_be_imported(company, admin, draft):
    answer = page(admin, company, "rules/1/yaml/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="evergreen-rules-1.yaml"'
    text = answer.content.decode()
    assert read_policy(text) == rules_of(latest(company))
    changed = text.replace("title: 派单\n", "title: 立即派单\n")
    file = SimpleUploadedFile("own.yaml", changed.encode())
    answer = admin.post(company.url("rules/new/"), {"way": "yaml", "file": file})
    assert answer.url == company.url("rules/3/")
    assert rules(company).duties_by_id["dispatch"].title == "立即派单"


def test_a_wrong_file_says_every_fault(company, admin):
    text = "pack: {id: x, version: 1, title: x, extends: standrd}\n"
    answer = admin.post(company.url("rules/new/"), {"way": "yaml", "text": text})
    assert answer.status_code == 422
    assert "standard" in answer.content.decode()
    text = "pack: {id: x, version: 1}\nduties: [{id: a, ownr: lin}]\nfoo: 1\n"
    answer = admin.post(company.url("rules/new/"), {"way": "yaml", "text": text})
    faults = answer.context["faults"]
    assert {"foo", "pack.title", "duties[0].ownr"} <= {fault.path for fault in faults}
    shown = answer.content.decode()
    assert all(str(fault.path) in shown for fault in faults)
    assert text.split("\n")[1] in answer.context["yaml_form"]["text"].value()
    assert latest(company).number == 1


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"way": "nonsense"},
        {"way": "pack"},
        {"way": "pack", "pack": "no.such.pack"},
        {"way": "yaml"},
        {"way": "yaml", "text": "x" * 600_000},
        {"way": "yaml", "file": SimpleUploadedFile("x.yaml", b"\xff\xfe\x00")},
        {"way": "yaml", "file": SimpleUploadedFile("x.yaml", b"a" * 600_000)},
    ],
)
def test_a_draft_that_cannot_be_made(company, admin, data):
    assert admin.post(company.url("rules/new/"), data).status_code == 422
    assert latest(company).number == 1


@pytest.mark.parametrize("version", ["", "9", "-1", "x", "9" * 30, "1\x00"])
def test_a_copy_of_no_version(company, admin, version):
    answer = admin.post(company.url("rules/new/"), {"way": "version", "version": version})
    assert answer.status_code == 404
    assert latest(company).number == 1


# --- the forms of a draft -----------------------------------------------------------------------------------


def test_a_form_that_is_sent_as_it_is_changes_nothing(company, admin, draft):
    """Every form, for every line: what it shows is what the draft says."""
    policy, before = rules(company), latest(company)
    shown = page(admin, company, "rules/2/").content.decode()
    links = set(re.findall(r"/rules/2/edit/([a-z-]+)/(\d+)/", shown))
    assert len(links) > len(policy.duties) + len(policy.gates) + 10
    for part, place in sorted(links):
        if part == "open":
            continue
        answer = edit(admin, company, part, place)
        assert answer.status_code == 302, (part, place, answer.context["form"].errors)
        after = latest(company)
        assert rules_of(after).duties == policy.duties, (part, place)
        assert rules_of(after).gates == policy.gates, (part, place)
        assert rules_of(after).extensions == policy.extensions, (part, place)
        assert rules_of(after).lists == policy.lists, (part, place)
        assert rules_of(after).calendars == policy.calendars, (part, place)
    assert before.number == after.number


def test_a_limit_is_changed(company, admin, draft):
    place = place_of(rules(company).duties, lambda row: row.id == "solve")
    answer = edit(
        admin,
        company,
        "limit",
        place,
        name="办结",
        limit_0_value="5",
        limit_0_unit="wd",
        limit_0_force="should",
        warn_at="80",
        step_0_share="",
        step_0_most="",
        step_0_value="2",
        step_0_unit="wd",
        step_1_share="",
        step_1_most="",
        step_1_roles=[],
    )
    assert answer.status_code == 302
    duty = rules(company).duties_by_id["solve"]
    assert (duty.title, duty.warn_at, len(duty.ladder)) == ("办结", 0.8, 1)
    row = duty.limits[0]
    assert (row.value, row.unit, row.force, row.calendar.name) == (5, "wd", "should", "working")
    assert (duty.ladder[0].fixed.value, duty.ladder[0].fixed.unit) == (2, "wd")
    assert rules(company).duties_by_id["tell"].ladder != duty.ladder
    raw = next(row for row in latest(company).document["duties"] if row["id"] == "solve")
    assert "on_breach" not in raw, "what only repeats the defaults is left to the defaults"


def test_a_warning_can_be_switched_off(company, admin, draft):
    assert edit(admin, company, "limit", 0, warn_at="", warn=[]).status_code == 302
    assert rules(company).duties[0].warn_at is None
    assert rules(company).duties[1].warn_at == 0.9


def test_what_holds_for_all_limits_is_changed_in_one_place(company, admin, draft):
    answer = edit(admin, company, "all-limits", warn_at="75", breach=["owner", "general_manager"])
    assert answer.status_code == 302
    for duty in rules(company).duties:
        assert duty.warn_at == 0.75
        assert {"notify": ("owner", "general_manager")} in duty.on_breach
        assert {"log": "breach"} in duty.on_breach


def test_the_engine_has_the_last_word(company, admin, draft):
    answer = edit(admin, company, "limit", 0, limit_0_unit="d", limit_0_value="1.5")
    assert answer.status_code == 422
    assert "limits[0].value" in str(answer.context["form"].non_field_errors())
    assert latest(company).checksum == draft.checksum


@pytest.mark.parametrize(
    "changes",
    [
        {"limit_0_value": "-1"},
        {"limit_0_value": "nan"},
        {"limit_0_value": "1e400"},
        {"limit_0_value": ""},
        {"limit_0_unit": "parsec"},
        {"owner": "nobody"},
        {"name": ""},
        {"name": "x" * 201},
        {"warn_at": "101"},
        {"warn": ["nobody"]},
        {"step_0_share": "50", "step_0_value": "1"},
        {"step_2_roles": ["owner"]},
        {"seen": ""},
    ],
)
def test_what_a_limit_cannot_be(company, admin, draft, changes):
    answer = edit(admin, company, "limit", 0, **changes)
    assert answer.status_code == 422
    assert latest(company).checksum == draft.checksum


def test_a_draft_that_has_changed_meanwhile(company, admin, draft):
    url = company.url("rules/2/edit/heading/0/")
    sent = values_of(admin.get(url).context["form"])
    assert edit(admin, company, "heading", name="第一次").status_code == 302
    answer = admin.post(url, {**sent, "name": "第二次"})
    assert answer.status_code == 409
    assert "第二次" in answer.content.decode()
    assert latest(company).title == "第一次"


def test_roles_are_renamed_added_and_taken_away(company, admin, draft):
    form = admin.get(company.url("rules/2/edit/roles/0/")).context["form"]
    new = place_of(form.keys, lambda key: not key)
    answer = edit(
        admin, company, "roles", **{"role_0": "前台", f"role_{new}": "品质部", f"acts_{new}": "dept_manager"}
    )
    assert answer.status_code == 302
    roles = rules(company).roles
    assert roles["receptionist"].title == "前台"
    assert [(role.title, role.acts_as) for key, role in roles.items() if key.startswith("new")] == [
        ("品质部", "dept_manager")
    ]
    place = place_of(form.keys, lambda key: key == "administrator")
    assert edit(admin, company, "roles", **{f"role_{place}": ""}).status_code == 302
    assert "administrator" not in rules(company).lists["roles"]


def test_categories_are_renamed_added_and_taken_away(company, admin, draft):
    from web.administration.forms.others import list_names

    place = place_of(list_names(rules(company)), lambda name: name == "categories")
    form = admin.get(company.url(f"rules/2/edit/list/{place}/")).context["form"]
    at = {key: number for number, (key, _parent) in enumerate(form.keys) if key}
    under_repair = place_of(form.keys, lambda pair: pair == ("", "repair"))
    top = place_of(form.keys, lambda pair: pair == ("", ""))
    answer = edit(
        admin,
        company,
        "list",
        place,
        **{
            f"entry_{at['repair/lift']}": "电梯故障",
            f"entry_{at['repair/hvac']}": "",
            f"entry_{at['parking']}": "",
            f"entry_{under_repair}": "太阳能",
            f"entry_{top}": "快递",
        },
    )
    assert answer.status_code == 302
    tops = {item.id: item for item in rules(company).lists["categories"]}
    repair = {child.id: child.title for child in tops["repair"].children}
    assert repair["lift"] == "电梯故障"
    assert "hvac" not in repair
    assert "太阳能" in repair.values()
    assert "parking" not in tops
    assert "快递" in [item.title for item in tops.values()]


def test_criteria_of_tiers(company, admin, draft):
    from web.administration.forms.others import list_names

    place = place_of(list_names(rules(company)), lambda name: name == "tiers")
    form = admin.get(company.url(f"rules/2/edit/list/{place}/")).context["form"]
    fault = place_of(form.keys, lambda pair: pair[0] == "important/fault")
    new = place_of(form.keys, lambda pair: pair == ("", "major"))
    answer = edit(
        admin, company, "list", place, **{f"entry_{fault}": "服务有过失", f"entry_{new}": "造成停业"}
    )
    assert answer.status_code == 302
    tiers = {tier.id: [row.text for row in tier.criteria] for tier in rules(company).tiers}
    assert "服务有过失" in tiers["important"]
    assert tiers["major"][-1] == "造成停业"


def test_gates_and_extensions(company, admin, draft):
    names = sorted(rules(company).gates)
    close = names.index("close")
    answer = edit(
        admin,
        company,
        "gate",
        close,
        satisfied="on",
        conditions=["handled", "told", "outcome"],
        who=["desk_supervisor"],
    )
    assert answer.status_code == 302
    gate = rules(company).gates["close"]
    assert gate.who == ("desk_supervisor",)
    assert gate.always == {"all": ({"handled": True}, {"told": True}, {"outcome.exists": True})}
    assert {"satisfied": True} in [need for kind in gate.extra for need in kind.needs]
    assert any("consent.general_manager" in need for kind in gate.extra for need in kind.needs), (
        "the rest stays"
    )

    answer = edit(admin, company, "gate", names.index("reopen"), rounds="2")
    assert answer.status_code == 302
    assert rules(company).gates["reopen"].max_rounds == 2

    answer = edit(
        admin, company, "extension", 2, approver=["general_manager"], max_value="24", max_unit="h", times="1"
    )
    assert answer.status_code == 302
    rule = rules(company).extensions[2]
    assert (rule.approver, rule.allowed, rule.times) == (("general_manager",), True, 1)
    assert (rule.max.limit.value, rule.max.limit.unit, rule.max.of) == (24, "h", "added")
    assert edit(admin, company, "extension", 0, approver=[]).status_code == 302
    assert rules(company).extensions[0].allowed is False


def test_opening_hours_and_retention(company, admin, draft):
    assert edit(admin, company, "hours", ranges="8:00-12:00,13:00-18:00", days="every_day").status_code == 302
    rule = rules(company).calendars["desk"]
    assert ([opens.hour for opens, _closes in rule.hours], rule.days) == ([8, 13], "every_day")
    for wrong in ("", "8-12", "12:00-08:00", "08:00-12:00,11:00-13:00", "x" * 300):
        assert edit(admin, company, "hours", ranges=wrong).status_code == 422
    assert edit(admin, company, "retention", value_0="5", forever_1="on").status_code == 302
    case, log = rules(company).keeping.retention
    assert (case.years, case.tenant_fill, log.forever) == (5, False, True)


def test_filling_in_needs_a_value_or_a_confirmation(company, admin, draft):
    assert edit(admin, company, "open").status_code == 302
    assert rules(company).keeping.retention[0].tenant_fill is True
    assert edit(admin, company, "open", open_0_ok="on").status_code == 302
    assert rules(company).keeping.retention[0].tenant_fill is False


@pytest.mark.parametrize(
    "path",
    [
        "limit/99/",
        "gate/99/",
        "list/99/",
        "hours/9/",
        "extension/9/",
        "nonsense/0/",
        "limit/x/",
        f"limit/{'9' * 18}/",
    ],
)
def test_forms_that_do_not_exist(company, admin, draft, path):
    assert admin.get(company.url(f"rules/2/edit/{path}")).status_code == 404


def test_a_published_version_has_no_forms(company, admin):
    assert admin.get(company.url("rules/1/edit/limit/0/")).status_code == 422
    assert admin.post(company.url("rules/1/publish/"), {"seen": "x"}).status_code == 422


# --- comparing, trying, publishing, applying ----------------------------------------------------------------


def test_publishing_says_what_changes_for_new_cases(company, admin, draft):
    assert page(admin, company, "rules/2/publish/").context["differences"] == []
    edit(admin, company, "limit", 0, limit_0_value="15")
    shown = page(admin, company, "rules/2/publish/").content.decode()
    assert "10分钟" in shown
    assert "15分钟" in shown
    assert admin.post(company.url("rules/2/publish/"), {"seen": draft.checksum}).status_code == 409
    assert admin.post(company.url("rules/2/publish/"), {}).status_code == 422
    assert page(admin, company, "rules/").context["current"].number == 1


def test_comparing_two_versions(company, admin, draft):
    edit(admin, company, "limit", 0, limit_0_value="15")
    differences = page(admin, company, "rules/2/differences/").context["differences"]
    assert [(title, [row.id for row in rows]) for title, rows in differences] == [("时限", ["dispatch"])]
    assert page(admin, company, "rules/1/differences/", **{"with": "2"}).context["other"].number == 2
    assert admin.get(company.url("rules/2/differences/"), {"with": "99"}).status_code == 404
    assert admin.get(company.url("rules/2/differences/"), {"with": "x\x00"}).status_code == 200


def test_trying_a_case_on_friday_night(company, admin, draft):
    edit(admin, company, "limit", 0, limit_0_value="15")
    given = {"start": "2026-11-27T23:50", "fact_tier": "major", "then": "in_time"}
    answer = page(admin, company, "rules/2/try/", **given)
    rows = {row.title: row for row in answer.context["rows"]}
    assert rows["派单"].due == "2026-11-28 00:05"
    assert rows["处理完毕"].due == "2026-11-30 23:50"
    shown = answer.content.decode()
    assert "<svg" in shown
    assert "style=" not in shown[shown.index('<svg class="line-drawing') : shown.rindex("</svg>")]
    assert any(band.rest for band in answer.context["drawing"].bands)
    with company.scope():
        assert not Deadline.objects.exists(), "nothing has happened"


@pytest.mark.parametrize(
    "given,status",
    [
        ({"start": "x"}, 422),
        ({"start": "9999-12-31T23:59"}, 422),
        ({"start": "2026-11-27T23:50", "fact_tier": "gigantic"}, 422),
        ({"start": "2026-11-27T23:50", "then": "steps", "event_0": "dispatched"}, 422),
        (
            {
                "start": "2026-11-27T23:50",
                "then": "steps",
                "event_0": "dispatched",
                "at_0": "2020-01-01T00:00",
            },
            422,
        ),
        (
            {
                "start": "2026-11-27T23:50",
                "then": "steps",
                "event_0": "dispatched",
                "at_0": "2026-11-28T00:10",
            },
            200,
        ),
        ({"start": "2026-11-27T23:50", "then": "nothing", "span": "4"}, 200),
        ({"start": "2026-11-27T23:50", "span": "1000000"}, 422),
        ({"start": "2099-12-31T23:59", "then": "in_time"}, 200),
    ],
)
def test_trials_of_every_kind(company, admin, given, status):
    assert admin.get(company.url("rules/1/try/"), given).status_code == status


def test_applying_a_version_from_the_page(company, admin, sign_in, published):
    case, _ticket = sent_case(company)
    published(company, solve_within(8))
    assert page(admin, company, "rules/").context["elsewhere"] == 1
    shown = page(admin, company, "rules/2/apply/").content.decode()
    assert case.number in shown
    assert case.subject not in shown, "who administers the rules need not see the cases"
    assert company.url(f"case/{case.number}/") not in shown
    assert admin.post(company.url("rules/2/apply/"), {"reason": ""}).status_code == 422
    assert admin.post(company.url("rules/1/apply/"), {"reason": "x"}).status_code == 422
    answer = admin.post(company.url("rules/2/apply/"), {"reason": "统一时限"})
    assert answer.url == company.url("rules/")
    with company.scope():
        assert Rollout.objects.get().finished_at == MONDAY
        assert CaseEvent.objects.filter(complaint=case, kind="policy_changed").count() == 1
    seen = sign_in("lin").get(company.url(f"case/{case.number}/")).content.decode()
    assert "统一时限" in seen
    assert "v1 → v2" in seen
    assert "处理完毕 2026-11-03 10:00 → 2026-11-02 18:00" in seen
    shown = page(admin, company, "rules/")
    assert shown.context["elsewhere"] == 0
    assert "统一时限" in shown.content.decode()


# --- the calendar -------------------------------------------------------------------------------------------


def days(answer):
    return {day.day: day for month in answer.context["months"] for week in month.weeks for day in week if day}


def test_a_year_with_its_make_up_days(company, admin):
    found = days(page(admin, company, "calendar/", year="2026"))
    assert len(found) == 365
    assert (found[date(2026, 10, 1)].kind, found[date(2026, 10, 1)].title) == ("holiday", "国庆节")
    assert found[date(2026, 10, 10)].kind == "makeup"
    assert found[date(2026, 11, 7)].kind == "weekend"
    assert found[date(2026, 11, 9)].kind == "work"


def test_a_year_without_a_notice_is_warned_of(company, admin, published, clock):
    assert page(admin, company, "calendar/").context["guessed_years"] == [2027], "it is November"
    clock.move_to(MONDAY.replace(month=3))
    assert page(admin, company, "rules/").context["guessed_years"] == []
    clock.move_to(MONDAY)
    published(company, solve_within(500, "d"))
    new_case(company)
    clock.move_to(MONDAY.replace(month=3))
    found = page(admin, company, "rules/").context["guessed_years"]
    assert found == [2027, 2028], "a limit reaches into them"
    admin.post(company.url("calendar/change/"), {"kind": "year", "year": "2027", "confirmed": "yes"})
    assert page(admin, company, "rules/").context["guessed_years"] == [2028]
    assert page(admin, company, "calendar/", year="2027").context["is_confirmed"] is True
    admin.post(company.url("calendar/change/"), {"kind": "year", "year": "2027", "confirmed": "no"})
    assert page(admin, company, "rules/").context["guessed_years"] == [2027, 2028]


def test_a_correction_is_looked_at_first(company, admin, published):
    published(company, solve_within(3, "wd"))
    case, _ticket = sent_case(company)
    asked = {"kind": "day", "day": "2026-11-04", "status": "rest", "note": "停产日"}
    answer = page(admin, company, "calendar/change/", **asked)
    assert case.number in answer.content.decode()
    with company.scope():
        assert not CalendarDay.objects.exists()
    answer = admin.post(company.url("calendar/change/"), asked)
    assert answer.url == company.url("calendar/")
    found = days(page(admin, company, "calendar/", year="2026"))
    assert (found[date(2026, 11, 4)].kind, "停产日" in found[date(2026, 11, 4)].title) == ("own_rest", True)
    with company.scope():
        assert CaseEvent.objects.get(complaint=case, kind="noted")
    admin.post(company.url("calendar/change/"), {**asked, "status": "table"})
    with company.scope():
        assert not CalendarDay.objects.exists()


def test_own_opening_hours(company, admin):
    desk = company.departments["desk"]
    asked = {"kind": "hours", "calendar": "desk", "department": desk.pk, "ranges": "08:00－20:00"}
    assert "08:00-20:00" in page(admin, company, "calendar/change/", **asked).content.decode()
    assert admin.post(company.url("calendar/change/"), asked).status_code == 302
    with company.scope():
        assert OpeningHours.objects.get().ranges == ["08:00-20:00"]
    assert "08:00-20:00" in page(admin, company, "calendar/").content.decode()
    assert admin.post(company.url("calendar/change/"), {**asked, "ranges": ""}).status_code == 302
    with company.scope():
        assert not OpeningHours.objects.exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "day"},
        {"kind": "day", "day": "2026-02-30", "status": "rest"},
        {"kind": "day", "day": "1800-01-01", "status": "rest"},
        {"kind": "day", "day": "2026-11-04", "status": "holiday"},
        {"kind": "day", "day": "2026-11-04", "status": "rest", "note": "x" * 81},
        {"kind": "hours", "calendar": "nonsense", "ranges": ""},
        {"kind": "hours", "calendar": "desk", "ranges": "8-9"},
        {"kind": "hours", "calendar": "desk", "ranges": "1:00-2:00," * 7},
        {"kind": "hours", "calendar": "desk", "department": "9" * 30, "ranges": "08:00-09:00"},
        {"kind": "year", "year": "1", "confirmed": "yes"},
        {"kind": "year", "year": "2027", "confirmed": "maybe"},
    ],
)
def test_what_a_calendar_cannot_be(company, admin, asked):
    before = snapshot()
    assert admin.get(company.url("calendar/change/"), asked).status_code == 422
    assert admin.post(company.url("calendar/change/"), asked).status_code == 422
    assert snapshot() == before


def test_nothing_asked_leads_to_the_calendar(company, admin):
    for asked in ({}, {"kind": "nonsense"}):
        assert admin.get(company.url("calendar/change/"), asked).url == company.url("calendar/")
    for year in ("x", "0", "99999", "1999", "-1", "２０２６"):
        assert admin.get(company.url("calendar/"), {"year": year}).status_code == 200


def test_removing_a_correction_that_is_not_there(company, admin):
    asked = {"kind": "day", "day": "2026-11-04", "status": "table"}
    assert admin.post(company.url("calendar/change/"), asked).status_code == 422


# --- who may ------------------------------------------------------------------------------------------------


def test_readers_read_and_nobody_else_does(company, sign_in, draft):
    for name in company.people:
        client = sign_in(name)
        reads = name in ("admin", "zhou", "gao")
        for path in (
            "rules/",
            "rules/1/",
            "rules/2/",
            "rules/2/try/",
            "rules/2/differences/",
            "rules/2/yaml/",
            "calendar/",
        ):
            assert client.get(company.url(path)).status_code == (200 if reads else 403), (name, path)
        if name != "admin":
            for path in (
                "rules/new/",
                "rules/2/edit/limit/0/",
                "rules/2/publish/",
                "rules/1/apply/",
                "calendar/change/",
            ):
                assert client.get(company.url(path)).status_code == 403, (name, path)
                assert client.post(company.url(path), {}).status_code == 403, (name, path)
            assert client.post(company.url("rules/2/drop/"), {"seen": draft.checksum}).status_code == 403
    shown = sign_in("gao").get(company.url("rules/2/")).content.decode()
    assert "/edit/" not in shown
    assert "/publish/" not in shown


def test_two_organizations_keep_apart(world, company, admin, sign_in):
    with world.hospital.scope():
        theirs = PolicyVersion.objects.get()
        theirs.pk, theirs.number, theirs.title = None, 7, "医院的制度"
        theirs.save()
    assert admin.get(company.url("rules/7/")).status_code == 404
    assert admin.get(world.hospital.url("rules/1/")).status_code == 404
    assert "医院的制度" not in admin.get(company.url("rules/")).content.decode()
    fang = sign_in("fang", world.hospital)
    assert "医院的制度" in fang.get(world.hospital.url("rules/")).content.decode()
    assert fang.get(world.hospital.url("calendar/")).status_code == 200
    admin.post(company.url("calendar/change/"), {"kind": "day", "day": "2026-11-04", "status": "rest"})
    found = days(fang.get(world.hospital.url("calendar/"), {"year": "2026"}))
    assert found[date(2026, 11, 4)].kind == "work"


def test_an_organization_without_rules(company, admin):
    with company.scope():
        PolicyVersion.objects.all().delete()
    assert admin.get(company.url("rules/")).status_code == 200
    assert admin.get(company.url("calendar/")).status_code == 200
    assert admin.get(company.url("rules/new/")).status_code == 200
    admin.post(company.url("rules/new/"), {"way": "pack", "pack": "standard"})
    version = latest(company)
    assert admin.get(company.url(f"rules/{version.number}/publish/")).status_code == 200
    assert admin.get(company.url(f"rules/{version.number}/differences/")).status_code == 200
    answer = admin.post(company.url(f"rules/{version.number}/publish/"), {"seen": version.checksum})
    assert answer.status_code == 302


def test_dropping_a_draft(company, admin, draft):
    assert admin.post(company.url("rules/2/drop/"), {"seen": "x"}).url == company.url("rules/2/")
    assert admin.post(company.url("rules/2/drop/"), {"seen": draft.checksum}).url == company.url("rules/")
    assert admin.get(company.url("rules/2/")).status_code == 404
    assert admin.post(company.url("rules/1/drop/"), {"seen": latest(company).checksum}).url == company.url(
        "rules/1/"
    )
    assert admin.get(company.url("rules/1/")).status_code == 200
