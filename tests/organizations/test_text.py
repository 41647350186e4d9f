"""Text as it is compared: normalised once, and once is enough."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from organizations.text import normalise, normalise_phone

anything = st.text(st.characters(codec=None), max_size=60)
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u2066\x00\x07\x7f\x85\ud800\udfff"


@given(anything)
@example("e\u200b\u0301")  # the accent meets its letter only when the space between them is gone
@example("\u00a8")
@example("\u200b \u200b")
@example("\r\r\n\n")
def test_normalising_twice_is_normalising_once(text: str):
    once = normalise(text)
    assert normalise(once) == once
    assert all(unicodedata.is_normalized("NFKC", part) for part in re.split("[，：；！？（）～…]", once))
    assert not set(once) & set(INVISIBLE)
    assert once == once.strip()
    once.encode()  # can be stored and sent


@given(anything, st.sampled_from(INVISIBLE), st.integers(0, 60))
def test_an_invisible_character_anywhere_makes_no_difference(text: str, hidden: str, place: int):
    assert normalise(text[:place] + hidden + text[place:]) == normalise(text) or "\r" in text


@given(anything)
def test_a_phone_number_is_normalised_once(text: str):
    once = normalise_phone(text)
    assert normalise_phone(once) == once


@pytest.mark.parametrize(
    "given, stored",
    [
        ("１２３ＡＢｃ", "123ABc"),
        ("，：；！？（）…", "，：；！？（）…"),
        ("。、「」", "。、「」"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        ("  两端  ", "两端"),
        ("①㎡", "1m2"),
        ("\u200b\ufeff", ""),
    ],
)
def test_what_people_type(given: str, stored: str):
    assert normalise(given) == stored


@pytest.mark.parametrize(
    "given, stored",
    [
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("＋８６１３８００１３８０００", "13800138000"),
        ("008613800138000", "13800138000"),
        ("(0755) 8888-6666", "075588886666"),
        ("8613800138000", "8613800138000"),  # no sign that 86 is a country
        ("+852 2345 6789", "+85223456789"),
        ("400-800-8888,8001#", "4008008888,8001#"),
        ("", ""),
        ("无", ""),
    ],
)
def test_phone_numbers(given: str, stored: str):
    assert normalise_phone(given) == stored
