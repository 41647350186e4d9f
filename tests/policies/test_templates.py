"""Texts: what a pack may write, which text is chosen, and that filling one in is harmless."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine.errors import PolicyErrors
from policies.engine.loading import parse_policy
from policies.engine.merging import resolve
from policies.engine.naming import asked_facts, named_events
from policies.engine.occasions import ASKED, MESSAGES, OCCASIONS, SPOKEN, WORDS, words_at
from policies.engine.parsing.templates import LONGEST_LINE, LONGEST_TEXT, MOST_QUESTIONS
from policies.engine.templates import asks_facts, render, template_for
from tests.policies.worlds import document, duty

TIERS = {"tiers": [{"id": "minor", "title": "轻微", "rank": 1}, {"id": "major", "title": "重大", "rank": 3}]}


def row(**given):
    return {"id": "a", "for": "reply", "text": "好", **given}


def policy(*rows, **sections):
    return parse_policy(document(duties=[duty()], templates=list(rows), lists=TIERS, **sections))


def faults(*rows):
    with pytest.raises(PolicyErrors) as refused:
        policy(*rows)
    return [(error.path, error.nearest) for error in refused.value.errors]


@pytest.mark.parametrize(
    "text, path, nearest",
    [
        (row(txt="x"), "templates[0].txt", "text"),
        ({"id": "a", "for": "reply"}, "templates[0].text", ""),
        (row(id=""), "templates[0].id", ""),
        (row(**{"for": "brech"}), "templates[0].for", "breach"),
        (row(**{"for": "breach.slove"}), "templates[0].for", "solve"),
        (row(**{"for": "reply.solve"}), "templates[0].for", "breach.solve"),
        (row(**{"for": ["reply"]}), "templates[0].for", ""),
        (row(when={"teir": "minor"}), "templates[0].when.teir", "tier"),
        (row(when={"tier": "majro"}), "templates[0].when.tier", "major"),
        (row(when={"count": {"of": "cases", "gte": 1}}), "templates[0].when.count", ""),
        (
            row(when={"any": [{"not": {"count": {"of": "told", "gte": 1}}}]}),
            "templates[0].when.any[0].not.count",
            "",
        ),
        (row(text=""), "templates[0].text", ""),
        (row(text=" \n"), "templates[0].text", ""),
        (row(text=5), "templates[0].text", ""),
        (row(text=["a"]), "templates[0].text", ""),
        (row(text="x" * (LONGEST_TEXT + 1)), "templates[0].text", ""),
        (row(subject="x"), "templates[0].subject", ""),
        (row(**{"for": "warn"}, subject="a\nb"), "templates[0].subject", ""),
        (row(**{"for": "warn"}, subject="x" * (LONGEST_LINE + 1)), "templates[0].subject", ""),
        (row(**{"for": "follow_up"}), "templates[0].text", ""),
        (row(**{"for": "follow_up"}, text=[]), "templates[0].text", ""),
        (row(**{"for": "follow_up"}, text=["a", "b\nc"]), "templates[0].text[1]", ""),
        (row(**{"for": "follow_up"}, text=["a"] * (MOST_QUESTIONS + 1)), "templates[0].text", ""),
        (row(title=""), "templates[0].title", ""),
        (row(text="{numbr}"), "templates[0].text", "{number}"),
        (row(**{"for": "follow_up"}, text=["{number}", "{numbr}"]), "templates[0].text[1]", "{number}"),
        (row(**{"for": "warn"}, subject="{numbr}"), "templates[0].subject", "{number}"),
        (row(text="{due.slove}"), "templates[0].text", "solve"),
        (row(**{"for": "warn"}, text="{due.solve}"), "templates[0].text", ""),
        (row(text="{number"), "templates[0].text", ""),
        (row(text="number}"), "templates[0].text", ""),
        (row(text="｛number}"), "templates[0].text", ""),
    ],
)
def test_a_fault_of_a_text_is_named_with_its_place(text, path, nearest):
    found = faults(text)
    assert found[0] == (path, nearest)
    assert {place for place, _nearest in found} == {path}


@pytest.mark.parametrize(
    "hostile",
    [
        "{x.__class__}", "{number.__class__}", "{due.__class__}", "{number!r}", "{number:>1000000}", "{0}",
        "{}", "{ number }", "{number[0]}", "{{number}}", "{number}}", "{{number}", "{%s}", "{NUMBER}",
    ],
)  # fmt: skip
def test_nothing_but_a_known_name_may_stand_between_braces(hostile):
    assert {path for path, _nearest in faults(row(text=f"您好{hostile}"))} == {"templates[0].text"}


def test_no_message_names_the_complainant_or_the_place():
    """They go out by mail and show on locked screens."""
    for occasion in MESSAGES:
        assert words_at(occasion).isdisjoint({"complainant", "place"})
        for word in ("complainant", "place"):
            assert [path for path, _nearest in faults(row(**{"for": occasion}, text=f"{{{word}}}"))] == [
                "templates[0].text"
            ]
    for occasion in set(SPOKEN) - ASKED:
        assert policy(row(**{"for": occasion}, text="{complainant}{place}")).templates[0].words


def test_every_word_can_stand_somewhere():
    assert set().union(*(words_at(occasion) for occasion in OCCASIONS)) == WORDS


# --- choosing ---


def chosen(rules, occasion, **facts):
    found = template_for(rules, occasion, facts)
    return found.id if found else None


def test_the_occasion_itself_goes_before_the_general_one_and_a_condition_before_none():
    rules = policy(
        row(id="any", **{"for": "breach"}),
        row(id="any_major", **{"for": "breach"}, when={"tier": "major"}),
        row(id="solve", **{"for": "breach.solve"}),
        row(id="solve_major", **{"for": "breach.solve"}, when={"tier": "major"}),
        row(id="solve_late", **{"for": "breach.solve"}, when={"tier": "major", "told": True}),
    )
    assert chosen(rules, "breach.solve", tier="major") == "solve_major"
    assert chosen(rules, "breach.solve", tier="minor") == "solve"
    assert chosen(rules, "breach.tell", tier="major") == "any_major"
    assert chosen(rules, "breach.tell") == "any"
    assert chosen(rules, "warn.solve", tier="major") is None
    assert chosen(rules, "reply") is None


def test_facts_are_asked_for_only_where_a_text_depends_on_them():
    rules = policy(row(), row(id="b", **{"for": "breach.solve"}, when={"tier": "major"}))
    assert asks_facts(rules, "breach.solve")
    assert not asks_facts(rules, "breach.tell")
    assert not asks_facts(rules, "reply")


def test_a_text_that_is_never_used_is_a_warning():
    rules = policy(row(), row(id="b"), row(id="c", when={"tier": "major"}), row(id="d", **{"for": "warn"}))
    (warning,) = rules.warnings
    assert "'b'" in warning
    assert "'a'" in warning


def test_what_a_text_looks_at_can_be_stated_and_what_it_is_for_can_be_noted():
    rules = policy(
        row(when={"urgent": True}), row(id="b", **{"for": "progress_told"}), row(id="c", **{"for": "promise"})
    )
    assert "urgent" in {fact.id for fact in asked_facts(rules)}
    assert {"progress_told", "promise_made"} <= named_events(rules)
    assert not {"progress_told", "promise_made"} & named_events(policy(row()))


# --- overlays ---


def test_an_overlay_replaces_adds_and_takes_away_texts():
    base = document(templates=[row(), row(id="b", **{"for": "warn"}), row(id="c", **{"for": "breach"})])
    overlay = {
        "pack": {"id": "over", "version": 1, "title": "覆盖", "extends": "test"},
        "templates": {"remove": ["b"], "items": [row(text="改"), row(id="d", **{"for": "ladder"})]},
    }
    rules = parse_policy(resolve(overlay, lambda _pack: base))
    assert [(one.id, one.occasion, one.text) for one in rules.templates] == [
        ("a", "reply", "改"),
        ("c", "breach", "好"),
        ("d", "ladder", "好"),
    ]
    assert parse_policy(rules.document) == rules


# --- filling in ---


def test_words_are_put_in_once():
    rules = policy(row(**{"for": "breach"}, subject="{number}\n", text="{subject}：{duty}{late}"))
    words = {"number": "T1\n注意", "subject": "{duty}{number.__class__}%s{", "duty": "办结"}
    said = render(rules.templates[0], words)
    assert said.text == "{duty}{number.__class__}%s{：办结—"
    assert said.subject == "T1 注意"
    assert said.gaps == {"late"}


def test_a_follow_up_is_a_list_of_questions():
    rules = policy(row(**{"for": "follow_up"}, text=["{subject}解决了吗？", "满意吗？"]))
    said = render(rules.templates[0], {}, unknown="____")
    assert (said.text, said.questions) == ("", ("____解决了吗？", "满意吗？"))


laws = settings(derandomize=True, max_examples=150, deadline=None, database=None)
plain = st.text(
    st.characters(codec="utf-8", exclude_characters="{}｛｝\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"),
    max_size=12,
)
said_words = st.dictionaries(st.sampled_from(sorted([*WORDS, "due.solve"])), st.text(max_size=30))


def names_at(occasion):
    names = [*sorted(words_at(occasion)), *(["due.solve"] if occasion in SPOKEN else [])]
    return st.lists(plain | st.sampled_from([f"{{{name}}}" for name in names]), max_size=8).map("".join)


def as_row(occasion, text, subject):
    more = {"subject": f"x{subject}"} if occasion in MESSAGES else {}
    return row(**{"for": occasion}, text=[f"x{text}"] if occasion in ASKED else f"x{text}", **more)


def check_filled(template, words):
    said = render(template, words, unknown="?")
    assert "\n" not in said.subject
    assert said.gaps == {name for name in template.words if not words.get(name)}
    if not template.words:
        assert (said.text, said.questions) == (template.text.strip(), template.questions)


@laws
@given(st.data(), st.sampled_from(OCCASIONS), said_words)
def test_whatever_is_written_with_known_words_can_be_filled_in(data, occasion, words):
    text, subject = data.draw(names_at(occasion)), data.draw(names_at(occasion))
    (template,) = policy(as_row(occasion, text, subject)).templates
    check_filled(template, words)


@laws
@given(
    st.sampled_from(OCCASIONS),
    st.text("{}｛ab.number_%!:0\n", max_size=14),
    st.text("{}x", max_size=5),
    said_words,
)
def test_whatever_else_is_written_is_refused_or_can_be_filled_in(occasion, text, subject, words):
    try:
        (template,) = policy(as_row(occasion, text, subject)).templates
    except PolicyErrors:
        return
    check_filled(template, words)
