"""Rules as sentences, differences between versions, what is to be filled in, trials."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from policies.comparing import compare
from policies.engine.calendars import Calendar
from policies.engine.errors import PolicyErrors
from policies.engine.loading import load_policy, parse_policy
from policies.exporting import as_yaml
from policies.filling import fill, open_entries
from policies.packs import PACKS_DIR, read_policy, shipped_packs
from policies.readable import sections
from policies.trying import MOST_EFFECTS, Trial, try_out
from tests.whole import some

STANDARD = PACKS_DIR / "standard.yaml"
PACKS = [row.path for row in shipped_packs()]
FRIDAY = datetime(2026, 11, 27, 15, 50, tzinfo=UTC)  # 23:50 in Shanghai


def policy(path=STANDARD):
    return load_policy(path, packs_dir=PACKS_DIR)


def plain(value):
    """A document that can be changed."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def changed(change, base=None):
    document = plain((base or policy()).document)
    change(document)
    return parse_policy(document)


def lines(given, section):
    return {line.id: line for found in sections(given) if found.id == section for line in found.lines}


def test_a_limit_in_chinese():
    with translation.override("zh-hans"):
        line = lines(policy(), "duties")["dispatch"]
    assert line.text.startswith("派单：自“已登记”或“重启”或“退回客服台”至“已派单”")
    assert "10分钟" in line.text
    assert "接待员" in line.text
    assert "必须" in line.text
    assert line.source == ("P1-21",)
    assert line.details == (
        "案件暂停计时期间继续计算",
        "时限用去90%时：通知时限责任人",
        "超时后：通知时限责任人、客服主管；记录在案",
        "再过时限的一半（最多24小时）：通知部门经理(主管经理)",
        "再过时限的一半（最多24小时）：通知总经理",
    )


def test_a_limit_in_english():
    with translation.override("en"):
        line = lines(policy(), "duties")["solve"]
    assert line.details[0] == "tier is 轻微: 24 hours (must, source T1-10)"
    assert "when 90% of the time is used: tell who owns the limit" in line.details


def test_conditions_keep_their_brackets():
    rule = {"any": [{"tier": "minor", "nature": "help"}, {"not": {"tier.not": ["major"]}}]}
    with translation.override("en"):
        given = changed(lambda document: document["duties"][0].update(when=rule))
        text = lines(given, "duties")["dispatch"].text
    assert "(tier is 轻微 and nature is 沟通性-求助型) or not (tier is not 重大)" in text


@pytest.mark.parametrize("path", some(PACKS), ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_shipped_pack_can_be_read_and_exported(path, language):
    try:
        given = policy(path)
    except PolicyErrors:
        pytest.skip("the pack is being written; tests/policies says what is wrong with it")
    with translation.override(language):
        found = sections(given)
        for section in found:
            ids = [line.id for line in section.lines]
            assert len(ids) == len(set(ids)), f"{section.id} has lines that cannot be told apart"
            assert all(line.text.strip() and "%(" not in line.whole for line in section.lines)
        assert len(next(one for one in found if one.id == "duties").lines) == len(given.duties)
        assert len(open_entries(given)) == str(plain(given.document)).count("'tenant_fill'")
    assert read_policy(as_yaml(given.document)) == given


# --- comparing ----------------------------------------------------------------------------------------------


def test_the_same_rules_have_no_difference():
    assert compare(policy(), policy()) == []


def test_differences_are_said_by_section_and_id():
    def change(document):
        document["duties"][0]["limits"][0]["value"] = 15
        del document["duties"][4]
        document["metrics"] = [row for row in document["metrics"] if row["of"] != "duty.follow_up"]
        document["lists"]["channels"].append({"id": "app", "title": "手机应用"})

    with translation.override("en"):
        found = {(row.section, row.id): row for row in compare(policy(), changed(change))}
    assert set(found) == {
        ("duties", "dispatch"),
        ("duties", "follow_up"),
        ("metrics", "follow_up_on_time"),
        ("lists", "channels"),
    }
    dispatch = found["duties", "dispatch"]
    assert (dispatch.kind, len(dispatch.gone), len(dispatch.come)) == ("changed", 1, 1)
    assert "10 minutes" in dispatch.gone[0]
    assert "15 minutes" in dispatch.come[0]
    assert found["duties", "follow_up"].kind == "removed"
    assert "手机应用" in found["lists", "channels"].come[0]


def test_a_change_that_no_sentence_shows_is_not_passed_over():
    def change(document):
        document["lists"]["channels"][6]["outside"] = False

    found = compare(policy(), changed(change))
    assert [(row.section, row.id) for row in found] == [("lists", "")]


# --- filling in ---------------------------------------------------------------------------------------------


def test_what_is_open_and_what_is_a_default():
    def change(document):
        document["duties"][0]["limits"][0] = {
            "tenant_fill": True,
            "value": None,
            "unit": "min",
            "suggest": 10,
        }

    entries = open_entries(changed(change))
    assert [(one.key, one.kind, one.is_missing, one.suggest) for one in entries] == [
        ("duties[0].limits[0]", "limit", True, 10),
        ("keeping.retention[0]", "period", False, None),
    ]


def test_a_value_that_is_filled_in_is_not_open_any_more():
    document = plain(policy(PACKS_DIR / "telecom.yaml").document)
    entries = {one.key: one for one in open_entries(parse_policy(document))}
    values = {
        "limit": {"value": 8.0, "unit": "h"},
        "range": {"lo": 24.0, "hi": 48.0, "unit": "h"},
        "count": {"at_least": 3.0, "window": 30.0},
        "money": {"max": 200.0},
        "target": {"min": 0.9, "max": None},
        "period": {"years": 3.0, "months": None, "days": None, "forever": False},
        "text": {"text": "达到规定的金额"},
        "confirm": {},
    }
    assert {one.kind for one in entries.values()} >= {"limit", "range", "money", "period"}
    for key, one in entries.items():
        fill(document, key, values[one.kind])
    filled = parse_policy(document)
    assert open_entries(filled) == []
    handling = filled.duties_by_id["dept_handle"].limits[-1]
    assert (handling.range.lo, handling.range.hi, handling.tenant_fill) == (24, 48, False)
    with pytest.raises(KeyError):
        fill(document, "duties[0].limits[0]", {"value": 1, "unit": "h"})


def test_a_count_is_filled_in():
    count = {
        "of": "cases",
        "same": ["place"],
        "window": {"value": 30, "unit": "d"},
        "tenant_fill": True,
        "gte": 2,
    }
    trigger = {
        "id": "again",
        "event": "recorded",
        "when": {"count": count},
        "do": [{"notify": "dept_manager"}],
    }
    document = plain(changed(lambda document: document["triggers"].append(trigger)).document)
    (entry,) = [one for one in open_entries(parse_policy(document)) if one.kind == "count"]
    assert (entry.values, entry.is_missing) == ({"at_least": 2, "window": 30}, False)
    fill(document, entry.key, {"at_least": 3.0, "window": 60.0})
    filled = parse_policy(document).triggers[-1].when["count"]
    assert (filled["gte"], filled["window"]["value"]) == (3, 60)


# --- trying out ---------------------------------------------------------------------------------------------


def tried(**given):
    calendar = Calendar.for_policy(policy(), zone="Asia/Shanghai")
    return try_out(policy(), calendar, Trial(FRIDAY, {"tier": "major"}, **given))


def test_a_major_case_on_friday_night():
    rows = {row.duty: row for row in tried().deadlines}
    assert set(rows) == {"dispatch", "solve"}
    assert rows["dispatch"].due_at == FRIDAY + timedelta(minutes=10)
    assert rows["solve"].due_at == FRIDAY + timedelta(hours=72)


def test_everything_done_at_the_last_moment():
    found = tried(just_in_time=True)
    assert [(row.duty, row.state, row.is_late) for row in found.deadlines] == [
        (duty, "met", False) for duty in ("dispatch", "solve", "receipt", "tell", "follow_up")
    ]
    times = [event.at for event in found.events]
    assert times == sorted(times)
    assert found.events[-1].kind == "follow_up_done"
    assert found.to == ("dept_head",)


def test_what_triggers_would_do():
    telecom = read_policy((PACKS_DIR / "telecom.yaml").read_text(encoding="utf-8"))
    calendar = Calendar.for_policy(telecom, zone="Asia/Shanghai")
    found = try_out(telecom, calendar, Trial(FRIDAY, {"upgrade_tendency": True}))
    assert "tendency" in {effect.source for effect in found.effects}
    assert "tendency" not in {effect.source for effect in try_out(telecom, calendar, Trial(FRIDAY)).effects}


def test_a_trigger_that_urges_for_ever_does_not_fill_the_page():
    urging = {
        "id": "urge",
        "event": {"timer": {"since": "recorded", "every": 1, "unit": "min"}},
        "do": [{"log": "催"}],
    }
    document = {**policy().document, "triggers": [urging]}
    found = try_out(
        parse_policy(document),
        Calendar.for_policy(policy(), zone="Asia/Shanghai"),
        Trial(FRIDAY, {"tier": "major"}),
    )
    assert len(found.effects) == MOST_EFFECTS


def test_events_that_are_entered():
    steps = (("dispatched", FRIDAY + timedelta(minutes=30)), ("handled", FRIDAY + timedelta(hours=80)))
    rows = {row.duty: row for row in tried(steps=steps).deadlines}
    assert rows["dispatch"].is_late
    assert rows["solve"].is_late
    assert [rung.kind for rung in rows["dispatch"].rungs] == ["warn", "breach", "ladder", "ladder"]
    assert rows["tell"].state == "open"
