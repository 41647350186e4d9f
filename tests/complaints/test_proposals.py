"""Category, tier and department are proposed by words and by earlier cases, with the reason."""

import pytest

from complaints.models import Complaint
from complaints.proposals import propose_category, propose_lead, propose_tier, words_of
from complaints.selectors import Past
from policies.engine.loading import load_policy
from policies.engine.schema import Policy
from tests.world import PACKS


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(PACKS / "standard.yaml", packs_dir=PACKS)


def past(subject: str = "", category: str = "lift", tier: str = "minor:slight_inconvenience", lead: int = 1):
    name, _colon, criterion = tier.partition(":")
    return Past(subject, category, name, criterion, lead)


def test_words():
    assert words_of("3号楼电梯, lift B2停了") == ["号楼", "楼电", "电梯", "lift", "停了"]
    assert words_of("1501 a。") == []


@pytest.mark.parametrize(
    "text,category,word",
    [
        ("3号楼电梯频繁停运", "lift", "电梯"),
        ("电梯困人,快来", "trapped", "电梯困人"),  # the title of which more is there
        ("保洁员没来,保洁不到位", "cleaning", "保洁不到位"),
        ("空调不制冷", "hvac", "空调"),
        ("停电了", "power_cut", "停电"),
    ],
)
def test_a_title_that_is_said(policy: Policy, text: str, category: str, word: str):
    found = propose_category(policy, text, [])
    assert found is not None
    assert found.value == category
    assert word in found.why


@pytest.mark.parametrize("text", ["", "服务中心没人", "王女士", "1501", "lift"])
def test_no_title_is_guessed(policy: Policy, text: str):
    """「服务」 is half of two titles: neither is better."""
    assert propose_category(policy, text, []) is None


def test_a_word_that_earlier_cases_share(policy: Policy):
    recent = [
        past("厨房漏水", "leakage"),
        past("卫生间漏水", "leakage"),
        past("水管漏水", "drainage"),
        past("厨房油烟", "smell"),
    ]
    found = propose_category(policy, "家里漏水了", recent)
    assert found is not None
    assert found.value == "leakage"
    assert "漏水" in found.why
    assert "2" in found.why
    assert "3" in found.why
    assert propose_category(policy, "家里漏水了", recent[1:]) is None, "one of two is not most"
    assert propose_category(policy, "家里漏水了", recent[:1]) is None, "one case is no custom"
    gone = [past("厨房漏水", "no_longer_listed")] * 3
    assert propose_category(policy, "家里漏水了", gone) is None


def test_the_caller_s_earlier_cases_come_last(policy: Policy):
    earlier = [Complaint(category="lift"), Complaint(category="lift"), Complaint(category="cleaning")]
    found = propose_category(policy, "", [], earlier)
    assert found is not None
    assert found.value == "lift"
    said = propose_category(policy, "空调不制冷", [], earlier)
    assert said is not None
    assert said.value == "hvac"
    assert propose_category(policy, "", [], [Complaint(category="no_longer_listed")]) is None


@pytest.mark.parametrize(
    "text,grading",
    [
        ("媒体要来曝光", "major:group_or_media"),
        ("同一问题反复投诉", "important:repeated"),
        ("造成经济损失五千元", "major:loss_or_injury"),
    ],
)
def test_a_criterion_that_is_said(policy: Policy, text: str, grading: str):
    found = propose_tier(policy, text, "lift", [past()] * 3)
    assert found is not None
    assert found.value == grading


@pytest.mark.parametrize("text", ["由于施工单位责任造成问题没有解决", "客户提出服务投诉", ""])
def test_what_every_complaint_says_is_no_criterion(policy: Policy, text: str):
    assert propose_tier(policy, text, "", []) is None


def test_the_usual_tier_and_department_of_a_category(policy: Policy):
    rest = [past(category="leakage", tier="major:loss_or_injury", lead=9)] * 5
    recent = [past(lead=2), past(lead=2), past(tier="important:fault", lead=3), *rest]
    tier, lead = propose_tier(policy, "", "lift", recent), propose_lead("lift", recent, [2, 3, 9])
    assert (tier and tier.value, lead and lead.value) == ("minor:slight_inconvenience", "2")
    assert propose_tier(policy, "", "", recent) is propose_lead("", recent, [2, 3, 9]) is None
    mixed = recent[1:]
    assert propose_tier(policy, "", "lift", mixed) is propose_lead("lift", mixed, [2, 3]) is None
    assert propose_lead("lift", recent, [3, 9]) is None, "a department that is closed, and one case"
    old = [past(tier="gone:gone"), past(tier="gone:")] * 3
    assert propose_tier(policy, "", "lift", old) is None
