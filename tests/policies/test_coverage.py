"""Every rule that a pack has to carry out is proven by a scenario, or the coverage says why it is not.

The coverage is packs/coverage.yaml and packs/coverage.d/*.yaml together.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from policies.engine.loading import load_yaml
from policies.engine.scenarios import parse_scenarios
from tests.policies.worlds import PACKS, REFERENCE

# The types of rules that do something: the others are words, forms of speech, or figures.
TYPES = re.compile("LIM|WRN|ESC|EXT|ACC|CLO|RPN|AGG|SEV|OUT|REM|FUP|NTF|PEN|RPT|RET")
SOURCE_RULES = REFERENCE / "SOURCE_RULES.md"
with_sources = pytest.mark.skipif(
    not SOURCE_RULES.exists(), reason="the rules of the sources are not beside this repository"
)


def rules_of(text: str) -> dict[str, str]:
    """rule id -> type code, from the tables of SOURCE_RULES."""
    return dict(re.findall(r"^\| ([A-Z]\d*-\d+) \| ([A-Z]+) \|", text, flags=re.MULTILINE))


def proven_rules() -> set[str]:
    """The rules named by scenarios. That these hold is what test_packs.test_a_scenario_holds says."""
    return {
        rule
        for path in PACKS.glob("*.scenarios.yaml")
        for scenario in parse_scenarios(load_yaml(path), source=path.name)
        for rule in scenario.proves
    }


def coverage_of(folder: Path) -> dict[str, object]:
    """What all coverage files say together. Two files that give a reason for the same rule are a fault."""
    reasons: dict[str, str] = {}
    notes: dict[str, str] = {}
    for path in [folder / "coverage.yaml", *sorted((folder / "coverage.d").glob("*.yaml"))]:
        part = load_yaml(path) or {}
        assert set(part) <= {"reasons", "not_as_written"}, f"{path.name}: {sorted(part)}"
        again = reasons.keys() & (part.get("reasons") or {}).keys()
        assert not again, f"{path.name} repeats {sorted(again)}"
        reasons |= part.get("reasons") or {}
        notes |= part.get("not_as_written") or {}
    return {"reasons": reasons, "not_as_written": notes}


def faults_of(rules: Mapping[str, str], proven: Iterable[str], coverage: Mapping[str, object]) -> list[str]:
    """What is wrong with the coverage, one line each."""
    reasons = coverage.get("reasons") or {}
    assert isinstance(reasons, dict)
    proven = set(proven)
    return [
        *(f"reasons: there is no rule {rule}" for rule in reasons if rule not in rules),
        *(
            f"not_as_written: there is no rule {rule}"
            for rule in coverage.get("not_as_written") or {}
            if rule not in rules
        ),
        *(f"reasons: {rule} has no reason" for rule, reason in reasons.items() if not reason),
        *(f"reasons: {rule} is proven by a scenario" for rule in reasons if rule in proven),
        *(
            f"{rule} ({kind}) is neither proven by a scenario nor left out with a reason"
            for rule, kind in rules.items()
            if TYPES.fullmatch(kind) and rule not in proven and rule not in reasons
        ),
    ]


@with_sources
def test_every_rule_is_proven_or_left_out_with_a_reason():
    rules = rules_of(SOURCE_RULES.read_text("utf-8"))
    assert len(rules) > 400
    assert faults_of(rules, proven_rules(), coverage_of(PACKS)) == []


@with_sources
def test_scenarios_prove_rules_that_exist():
    rules = rules_of(SOURCE_RULES.read_text("utf-8"))
    assert sorted(proven_rules() - set(rules)) == []


RULES = {"P1-01": "NAT", "P1-18": "LIM", "P1-19": "LIM", "T1-10": "LIM"}
ALL = {"P1-18", "P1-19", "T1-10"}


@pytest.mark.parametrize(
    "proven, coverage, says",
    [
        ({"P1-18"}, {}, ["P1-19 (LIM) is neither", "T1-10 (LIM) is neither"]),
        ({"P1-18"}, {"reasons": {"P1-19": "text only", "T1-10": "text only"}}, []),
        (ALL, {}, []),
        (ALL, {"reasons": {"P1-99": "x"}}, ["no rule P1-99"]),
        (ALL, {"reasons": {"P1-01": ""}}, ["P1-01 has no reason"]),
        (ALL, {"reasons": {"P1-18": "x"}}, ["P1-18 is proven"]),
        (ALL, {"not_as_written": {"P1-99": "x"}}, ["no rule P1-99"]),
    ],
)
def test_what_is_missing_or_wrong_is_named(proven, coverage, says):
    faults = faults_of(RULES, proven, coverage)
    assert len(faults) == len(says)
    assert all(part in line for part, line in zip(says, faults, strict=True))


def test_the_tables_are_read():
    text = "| id | type |\n|---|---|\n| P1-18 | LIM | 重大 | 1 |\n| X-05 | FRM | y |\nP1-19 | LIM |\n"
    assert rules_of(text) == {"P1-18": "LIM", "X-05": "FRM"}


def test_the_parts_of_the_coverage_are_read_together(tmp_path):
    (tmp_path / "coverage.d").mkdir()
    (tmp_path / "coverage.yaml").write_text("reasons: {}\n")
    (tmp_path / "coverage.d/a.yaml").write_text("reasons: {T1-01: text}\n")
    (tmp_path / "coverage.d/b.yaml").write_text("reasons: {P1-01: text}\n")
    found = coverage_of(tmp_path)
    assert found["reasons"] == {"T1-01": "text", "P1-01": "text"}
    (tmp_path / "coverage.d/c.yaml").write_text("reasons: {P1-01: other}\n")
    with pytest.raises(AssertionError, match="repeats"):
        coverage_of(tmp_path)
