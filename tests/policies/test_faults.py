"""Every fault of a pack is found at once, with its place; what is hostile is refused before it is read."""

from pathlib import Path

import pytest

from policies.engine.errors import PolicyErrors
from policies.engine.loading import GREATEST_SIZE, load_policy, parse_policy, parse_yaml
from tests.policies.worlds import PACKS, document, duty, hours, policy_of

TIERS = {"tiers": [{"id": "minor", "title": "轻微", "rank": 1}, {"id": "major", "title": "重大", "rank": 3}]}


def faults(raw) -> list[tuple[str, str]]:
    with pytest.raises(PolicyErrors) as refused:
        parse_policy(raw)
    return [(error.path, error.nearest) for error in refused.value.errors]


def fault_of(**sections) -> tuple[str, str]:
    (only,) = faults(document(**sections))
    return only


@pytest.mark.parametrize(
    "sections, path, nearest",
    [
        ({"dutys": []}, "dutys", "duties"),
        ({"duties": [duty(ownr="dept_head")]}, "duties[0].ownr", "owner"),
        ({"duties": [duty(owner="dept_hed")]}, "duties[0].owner", "dept_head"),
        ({"duties": [duty(**{"from": "recordet"})]}, "duties[0].from", "recorded"),
        ({"duties": [duty(**{"from": ["recorded", "reopend"]})]}, "duties[0].from[1]", "reopened"),
        ({"duties": [duty(limits=[hours(1), {"value": 2, "unit": "hrs"}])]}, "duties[0].limits[1].unit", ""),
        (
            {"duties": [duty(limits=[{"value": 2, "unit": "same_dya"}])]},
            "duties[0].limits[0].unit",
            "same_day",
        ),
        ({"duties": [duty(limits=[{"unit": "h"}])]}, "duties[0].limits[0].value", ""),
        ({"duties": [duty(limits=[{"value": 1}])]}, "duties[0].limits[0].unit", ""),
        ({"duties": [duty(limits=[hours(-1)])]}, "duties[0].limits[0].value", ""),
        ({"duties": [duty(limits=[hours(True)])]}, "duties[0].limits[0].value", ""),
        ({"duties": [duty(limits=[{"value": 10**7, "unit": "wd"}])]}, "duties[0].limits[0].value", ""),
        ({"duties": [duty(limits=[{"value": 1.5, "unit": "d"}])]}, "duties[0].limits[0].value", ""),
        (
            {"duties": [duty(limits=[hours(1, calendar="dsk")])], "calendars": {"desk": {"kind": "elapsed"}}},
            "duties[0].limits[0].calendar",
            "desk",
        ),
        ({"duties": [duty(limits=[{"value": 1, "unit": "bh"}])]}, "duties[0].limits[0].calendar", ""),
        ({"duties": [duty(limits=[{"unit": "at"}])]}, "duties[0].limits[0].day", ""),
        ({"duties": [duty(limits=[hours(1, force="shoud")])]}, "duties[0].limits[0].force", "should"),
        ({"duties": [duty(warn_at=1.5)]}, "duties[0].warn_at", ""),
        ({"duties": [duty(when={"handeld": True})]}, "duties[0].when.handeld", "handled"),
        (
            {"duties": [duty(when={"any": [{"tier": "majro"}]})], "lists": TIERS},
            "duties[0].when.any[0].tier",
            "major",
        ),
        ({"duties": [duty(when={"any": []})]}, "duties[0].when.any", ""),
        (
            {
                "duties": [duty(when={"nature.grop": "x"})],
                "lists": {"natures": [{"id": "a", "title": "a", "group": "x"}]},
            },
            "duties[0].when.nature.grop",
            "group",
        ),
        ({"duties": [duty(when={"count": {"of": "cases", "sam": []}})]}, "duties[0].when.count.sam", "same"),
        ({"duties": [duty(on_warn=[{"notfy": "owner"}])]}, "duties[0].on_warn[0].notfy", "notify"),
        (
            {"duties": [duty(on_breach=[{"notify": ["owner", "bos"]}])]},
            "duties[0].on_breach[0].notify[1]",
            "",
        ),
        (
            {"duties": [duty(ladder=[{"after": {"of_limt": 0.5}, "do": []}])]},
            "duties[0].ladder[0].after.of_limt",
            "of_limit",
        ),
        (
            {"duties": [{"id": "a", "ownr": "dept_head", "from": "recorded", "to": "told", "limits": []}]},
            "duties[0].ownr",
            "owner",
        ),
        (
            {"duties": [{"id": "a", "owner": "dept_head", "from": "recorded", "limits": []}]},
            "duties[0].to",
            "",
        ),
        (
            {"duties": [duty(to="forwarded.gmm")], "lists": {"roles": [{"id": "gm", "title": "总经理"}]}},
            "duties[0].to",
            "gm",
        ),
        ({"duties": [duty(), duty()]}, "duties", ""),
        ({"duties": {"id": "solve"}}, "duties", ""),
        ({"duty_defaults": {"warn": 0.9}}, "duty_defaults.warn", "warn_at"),
        ({"extensions": [{"duty": "slove"}], "duties": [duty()]}, "extensions[0].duty", "solve"),
        (
            {"extensions": [{"duty": "solve", "not_past": "solve"}], "duties": [duty()]},
            "extensions[0].not_past",
            "",
        ),
        ({"gates": {"clos": {}}}, "gates.clos", "close"),
        ({"gates": {"close": {"always": {"told": True}, "alway": {}}}}, "gates.close.alway", "always"),
        (
            {
                "gates": {"close": {"extra": [{"needs": [{"form": "slp"}]}]}},
                "forms": [{"id": "slip", "at": "handled"}],
            },
            "gates.close.extra[0].needs[0].form",
            "slip",
        ),
        (
            {"gates": {"close": {"extra": [{"needs": [{"consent": "gen_manager"}]}]}}},
            "gates.close.extra[0].needs[0].consent",
            "general_manager",
        ),
        (
            {"triggers": [{"id": "t", "event": "warn.slove", "do": []}], "duties": [duty()]},
            "triggers[0].event",
            "solve",
        ),
        (
            {"triggers": [{"id": "t", "event": {"timer": {"since": "accepted", "unit": "d"}}, "do": []}]},
            "triggers[0].event.timer",
            "",
        ),
        ({"grants": [{"right": "remdy", "role": "dept_head"}]}, "grants[0].right", "remedy"),
        (
            {
                "penalties": [
                    {
                        "id": "p",
                        "when": {},
                        "decided_by": "dept_head",
                        "subjects": [{"who": "unit", "points": [9, 1]}],
                    }
                ]
            },
            "penalties[0].subjects[0].points",
            "",
        ),
        ({"schedules": [{"id": "s", "every": "mouth"}]}, "schedules[0].every", "month"),
        (
            {"metrics": [{"id": "m", "stat": "rate", "of": "duty.slove"}], "duties": [duty()]},
            "metrics[0].of",
            "solve",
        ),
        ({"keeping": {"retention": [{"what": "case"}]}}, "keeping.retention[0]", ""),
        ({"lists": {"teirs": []}}, "lists.teirs", "tiers"),
        ({"lists": {"tiers": [{"id": "a", "title": "a", "rank": "1"}]}}, "lists.tiers[0].rank", ""),
        ({"lists": {"channels": [{"id": False, "title": "否"}]}}, "lists.channels[0].id", ""),
        ({"lists": {"channels": [{"id": "web"}]}}, "lists.channels[0].title", ""),
        (
            {"lists": {"categories": [{"id": "a", "title": "a", "children": [{"id": "a", "title": "b"}]}]}},
            "lists.categories",
            "",
        ),
        ({"facts": [{"id": "k", "type": "enum"}]}, "facts[0].values", ""),
        ({"calendars": {"desk": {"kind": "business"}}}, "calendars.desk.hours", ""),
        ({"calendars": {"desk": {"kind": "business", "hours": ["9-17"]}}}, "calendars.desk.hours[0]", ""),
        (
            {"calendars": {"desk": {"kind": "business", "hours": ["09:00-12:00", "11:00-17:00"]}}},
            "calendars.desk.hours[1]",
            "",
        ),
    ],
)
def test_a_fault_is_named_with_its_place_and_the_nearest_name(sections, path, nearest):
    assert fault_of(**sections) == (path, nearest)


def test_all_faults_come_at_once_and_read_one_per_line():
    raw = document(
        duties=[duty(owner="dept_hed"), duty(id="tell", limits=[{"value": 2, "unit": "same_dya"}])],
        gates={"close": {"who": ["nobody"]}},
    )
    with pytest.raises(PolicyErrors) as refused:
        parse_policy(raw, source="mine.yaml")
    roles = (
        "one of administrator, assignee, complainant, dept_head, dept_manager, desk_supervisor, dispatcher,"
        " feedback_giver, general_manager, handler, next_duty_owner, owner, platform, receptionist,"
        " ... (20 in all)"
    )
    units = "one of at, bh, d, h, immediate, min, mo, next_open, promise, same_day, wd"
    assert str(refused.value).splitlines() == [
        f"mine.yaml: duties[0].owner: unknown role 'dept_hed'; expected {roles}; did you mean 'dept_head'?",
        f"mine.yaml: duties[1].limits[0].unit: unknown value 'same_dya'; expected {units};"
        " did you mean 'same_day'?",
        f"mine.yaml: gates.close.who[0]: unknown role 'nobody'; expected {roles}",
    ]


@pytest.mark.parametrize("raw", [None, [], "pack", 5, {}, {"pack": None}, {"pack": []}, {"pack": {"id": 1}}])
def test_what_is_no_pack_at_all_is_refused_without_stumbling(raw):
    with pytest.raises(PolicyErrors):
        parse_policy(raw)


@pytest.mark.parametrize(
    "junk", [None, 5, "x", [], {}, [None], [5], [[]], {"a": 1}, [{"id": None}], [{"id": []}], True]
)
@pytest.mark.parametrize(
    "section",
    [
        "calendars",
        "lists",
        "facts",
        "forms",
        "duties",
        "duty_defaults",
        "clock_stops",
        "extensions",
        "triggers",
        "routes",
        "gates",
        "grants",
        "penalties",
        "schedules",
        "metrics",
        "keeping",
    ],
)
def test_junk_in_any_section_is_a_fault_or_harmless_but_never_a_crash(section, junk):
    try:
        parse_policy(document(**{section: junk}))
    except PolicyErrors:
        pass


def test_a_policy_cannot_be_changed_and_is_its_document():
    policy = policy_of(duty(when={"any": [{"handled": True}]}), lists=TIERS)
    with pytest.raises(TypeError):
        policy.document["duties"] = []
    with pytest.raises(TypeError):
        policy.duties[0].when["any"] = ()
    assert parse_policy(policy.document) == policy
    assert hash(parse_policy(policy.document)) == hash(policy)
    assert policy != policy_of(duty())


# The edge: YAML


def refusal(text: str) -> str:
    with pytest.raises(PolicyErrors) as refused:
        parse_policy(parse_yaml(text, source="p.yaml"), source="p.yaml")
    return str(refused.value)


BILLION_LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text, says",
    [
        (BILLION_LAUGHS, "anchors"),
        ("a: *b", "aliases"),
        ("<<: {a: 1}", "unknown section '<<'"),
        ("pack: {id: a, id: b}", "line 1: the key 'id' is there twice"),
        ("pack: 1\npack: 2", "line 2"),
        ("a: !!python/object/apply:os.system [id]", "is not YAML"),
        ("a: [", "is not YAML"),
        ("a: \x00", "is not YAML"),
        ("? [a, b]\n: c", "a key must be text"),
        ("[" * 2000, "nested deeper"),
        ("{a: " * 2000, "nested deeper"),
        ("x: " + "[" * 30 + "]" * 30, "nested deeper"),
        ("triggers: [{id: t, on: accepted, do: []}]", "YAML 1.1"),
        ("pack: {1: a}", "is not text"),
        ("x" * (GREATEST_SIZE + 1), "larger than"),
    ],
)
def test_hostile_text_is_refused_and_says_why(text, says):
    assert says in refusal(text)


def test_texts_times_and_dates_stay_what_they_look_like():
    assert parse_yaml("{a: 08:30, b: 2013-04-01, c: 010, d: 10, e: 1.5, f: true}") == {
        "a": "08:30",
        "b": "2013-04-01",
        "c": "010",
        "d": 10,
        "e": 1.5,
        "f": True,
    }


def test_a_bare_comma_does_not_cut_a_rule_in_two():
    text = "{id: a, text: 轻微不便,非人为因素,易改进}"
    assert parse_yaml(text) == {"id": "a", "text": "轻微不便,非人为因素,易改进"}
    assert parse_yaml("a: x\nb:\nc: [d,e]") == {"a": "x", "b": None, "c": ["d", "e"]}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def pack(pack_id: str, extends: str = "", more: str = "") -> str:
    base = f", extends: {extends}" if extends else ""
    return f"pack: {{id: {pack_id}, version: 1, title: 包{base}}}\n{more}"


@pytest.mark.parametrize("chain", [["a"], ["b", "a"], ["b", "c", "b"]])
def test_packs_that_extend_each_other_in_a_circle_are_refused(tmp_path, chain):
    for name, base in zip(["a", *chain], chain, strict=False):
        write(tmp_path, name, pack(name, base))
    with pytest.raises(PolicyErrors, match="circle"):
        load_policy(tmp_path / "a.yaml", packs_dir=tmp_path)


def test_a_base_that_is_not_there_is_named_with_the_nearest(tmp_path):
    path = write(tmp_path, "mine", pack("mine", "standrad"))
    with pytest.raises(PolicyErrors, match=r"no pack 'standrad' is known.*'standard'"):
        load_policy(path, packs_dir=PACKS)


def test_files_that_are_no_packs(tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyErrors, match="UTF-8"):
        load_policy(tmp_path / "binary.yaml", packs_dir=tmp_path)
    with pytest.raises(PolicyErrors, match="cannot be read"):
        load_policy(tmp_path / "absent.yaml", packs_dir=tmp_path)
    with pytest.raises(PolicyErrors, match="not a map"):
        load_policy(write(tmp_path, "text", "just words"), packs_dir=tmp_path)


def test_a_document_that_is_not_resolved_is_refused():
    assert faults({"pack": {"id": "a", "version": 1, "title": "a", "extends": "standard"}}) == [
        ("pack.extends", "")
    ]


def test_a_document_too_deep_or_too_large_is_refused():
    deep: dict = {}
    for _ in range(100):
        deep = {"x": deep}
    with pytest.raises(PolicyErrors, match="nested deeper"):
        parse_policy(document(facts=deep))
    with pytest.raises(PolicyErrors, match="more than"):
        parse_policy(document(facts=[0] * 70_000))
    endless: list = []
    endless.append(endless)
    with pytest.raises(PolicyErrors, match="nested deeper"):
        parse_policy(document(facts=endless))
