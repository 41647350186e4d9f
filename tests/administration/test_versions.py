"""Drafts: made, changed, published, dropped; who may, and what a wrong or hostile pack meets."""

from datetime import timedelta

import pytest

from complaints.models import Complaint
from organizations.errors import Forbidden, NotVisible, Refused, Stale
from policies.engine.errors import PolicyErrors
from policies.models import PolicyVersion, RuleChange
from policies.selectors import current_version, policy_of
from policies.services import (
    change_draft,
    draft_from_pack,
    draft_from_version,
    draft_from_yaml,
    drop_draft,
    publish_version,
)
from tests.world import MONDAY, new_case

HEAD = "pack: {id: x, version: 1, title: 测试, extends: standard}\n"


def retitled(document):
    document["pack"]["title"] = "改过的制度"


def test_a_draft_from_a_shipped_pack_is_in_force_for_nobody(company):
    with company.scope():
        version = draft_from_pack(actor=company.actor("admin"), pack="standard", now=MONDAY)
        assert version.number == 1, "the very same rules are there already"
        telecom = draft_from_pack(actor=company.actor("admin"), pack="cn.telecom.operator", now=MONDAY)
        assert (telecom.state, telecom.number) == (PolicyVersion.State.DRAFT, 2)
        assert telecom.created_by == company.people["admin"]
        assert current_version(company.organization).number == 1
        with pytest.raises(Refused):
            draft_from_pack(actor=company.actor("admin"), pack="../../etc/passwd", now=MONDAY)


def test_publishing_counts_for_new_cases_only(company, draft):
    before = new_case(company)
    with company.scope():
        admin = company.actor("admin")
        changed = change_draft(
            actor=admin, version=draft, seen=draft.checksum, change=retitled, note="标题", now=MONDAY
        )
        publish_version(actor=admin, version=changed, seen=changed.checksum, now=MONDAY)
    after = new_case(company)
    with company.scope():
        assert Complaint.objects.get(pk=before.pk).policy.number == 1
        assert policy_of(after.policy_id).title == "改过的制度"
        log = RuleChange.objects.filter(number=2).order_by("pk")
        assert [(row.kind, row.by) for row in log] == [
            ("drafted", company.people["admin"]),
            ("edited", company.people["admin"]),
            ("published", company.people["admin"]),
        ]


def test_a_published_version_never_changes(company, draft):
    with company.scope():
        admin = company.actor("admin")
        publish_version(actor=admin, version=draft, seen=draft.checksum, now=MONDAY)
        for verb in (
            lambda: change_draft(
                actor=admin, version=draft, seen=draft.checksum, change=retitled, note="", now=MONDAY
            ),
            lambda: publish_version(actor=admin, version=draft, seen=draft.checksum, now=MONDAY),
            lambda: drop_draft(actor=admin, version=draft, seen=draft.checksum, now=MONDAY),
        ):
            with pytest.raises(Refused, match="已发布"):
                verb()
        assert PolicyVersion.objects.get(pk=draft.pk).title == "通用投诉处理制度"


def test_a_change_that_the_engine_refuses_is_not_kept(company, draft):
    def wrong(document):
        document["duties"][0]["owner"] = "nobody_knows"
        document["duties"][1]["limits"][0]["unit"] = "hours"

    with company.scope():
        with pytest.raises(Refused) as refusal:
            change_draft(
                actor=company.actor("admin"),
                version=draft,
                seen=draft.checksum,
                change=wrong,
                note="",
                now=MONDAY,
            )
        assert len(refusal.value.missing) == 2
        assert "duties[0].owner" in refusal.value.missing[0]
        assert PolicyVersion.objects.get(pk=draft.pk).checksum == draft.checksum


def test_two_people_at_one_draft(company, draft):
    with company.scope():
        admin = company.actor("admin")
        seen = draft.checksum
        change_draft(actor=admin, version=draft, seen=seen, change=retitled, note="", now=MONDAY)
        with pytest.raises(Stale):
            change_draft(actor=admin, version=draft, seen=seen, change=retitled, note="", now=MONDAY)
        with pytest.raises(Stale):
            publish_version(actor=admin, version=draft, seen=seen, now=MONDAY)
        with pytest.raises(Stale):
            drop_draft(actor=admin, version=draft, seen=seen, now=MONDAY)


def test_a_wrong_document_is_never_published(company, draft):
    """However it came there: the row is checked again at the last moment."""
    with company.scope():
        document = {**draft.document, "duties": [{"id": "broken"}]}
        PolicyVersion.objects.filter(pk=draft.pk).update(document=document)
        with pytest.raises(Refused, match="duties"):
            publish_version(actor=company.actor("admin"), version=draft, seen=draft.checksum, now=MONDAY)
        assert PolicyVersion.objects.get(pk=draft.pk).state == PolicyVersion.State.DRAFT
        assert current_version(company.organization).number == 1


def test_numbers_are_not_given_out_twice(company, draft):
    with company.scope():
        admin = company.actor("admin")
        drop_draft(actor=admin, version=draft, seen=draft.checksum, now=MONDAY)
        again = draft_from_version(actor=admin, version=PolicyVersion.objects.get(number=1), now=MONDAY)
        assert (draft.number, again.number) == (2, 3)


@pytest.mark.parametrize("name", ["lin", "zhou", "he", "sun", "qian", "mao", "gao"])
def test_only_administrators_change_rules(company, draft, name):
    with company.scope():
        actor, seen = company.actor(name), draft.checksum
        for verb in (
            lambda: draft_from_pack(actor=actor, pack="standard", now=MONDAY),
            lambda: draft_from_yaml(actor=actor, text=HEAD, source="x", now=MONDAY),
            lambda: draft_from_version(actor=actor, version=draft, now=MONDAY),
            lambda: change_draft(actor=actor, version=draft, seen=seen, change=retitled, note="", now=MONDAY),
            lambda: publish_version(actor=actor, version=draft, seen=seen, now=MONDAY),
            lambda: drop_draft(actor=actor, version=draft, seen=seen, now=MONDAY),
        ):
            with pytest.raises(Forbidden):
                verb()


def test_another_organization_s_version_is_none(world, company):
    with world.hospital.scope():
        theirs = PolicyVersion.objects.get()
    with company.scope():
        admin = company.actor("admin")
        for verb in (
            lambda: draft_from_version(actor=admin, version=theirs, now=MONDAY),
            lambda: drop_draft(actor=admin, version=theirs, seen=theirs.checksum, now=MONDAY),
            lambda: publish_version(actor=admin, version=theirs, seen=theirs.checksum, now=MONDAY),
        ):
            with pytest.raises(NotVisible):
                verb()


# --- YAML from outside --------------------------------------------------------------------------------------


def test_every_fault_of_a_text_is_said_at_once(company):
    text = (
        HEAD
        + "duties:\n  - {id: a, owner: receptionst, from: recordd, to: handled, limits: []}\n"
        + "duty_default: {}\n"
    )
    with company.scope():
        with pytest.raises(PolicyErrors) as faults:
            draft_from_yaml(actor=company.actor("admin"), text=text, source="x.yaml", now=MONDAY)
        found = {(fault.path, fault.nearest) for fault in faults.value.errors}
        assert ("duty_default", "duty_defaults") in found
        assert any(path.endswith("owner") and nearest == "receptionist" for path, nearest in found)
        assert any(path.endswith("from") and nearest == "recorded" for path, nearest in found)
        assert PolicyVersion.objects.count() == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- 1\n- 2\n",
        "just words",
        "pack: &a {id: x}\nlists: *a\n",
        "a: " + "[" * 5000 + "]" * 5000,
        "a: [" + "1, " * 200_000 + "1]",
        "pack: {id: x, version: 1, title: x, extends: nowhere}\n",
        "pack: {id: standard, version: 1, title: x, extends: standard}\n",
        "pack: {id: x, version: 1, title: !!python/object/apply:os.system [ls]}\n",
        'pack: {id: x, version: 1, title: "a\\0b"}\n',
        'pack: {id: x, version: 1, title: "a\\ud800b"}\n',
        "on: {x: 1}\n",
        "pack: {id: x, version: 1, title: x\n",
        "? {a: 1}\n: 2\n",
    ],
)
def test_hostile_texts_are_refused(company, text):
    with company.scope(), pytest.raises(PolicyErrors) as faults:
        draft_from_yaml(actor=company.actor("admin"), text=text, source="x.yaml", now=MONDAY)
    assert faults.value.errors


def test_a_new_draft_can_be_made_while_another_is_open(company, draft):
    with company.scope():
        later = MONDAY + timedelta(days=1)
        text = HEAD + "metrics: {remove: [satisfied_rate]}\n"
        other = draft_from_yaml(actor=company.actor("admin"), text=text, source="x.yaml", now=later)
        assert other.number == draft.number + 1
        assert other.document["pack"]["derived_from"] == ["standard"]
