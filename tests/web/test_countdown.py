"""Countdowns: the same forms on the server and in the browser, and a limit is over at its very moment."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import translation

from complaints.models import Deadline
from tests.world import MONDAY
from web.countdown import countdown, duration, formats, running

SCRIPT = Path(__file__).resolve().parent.parent.parent / "static" / "js" / "clocks.js"
DUE = MONDAY + timedelta(minutes=10)
WARN = MONDAY + timedelta(minutes=9)


@pytest.mark.parametrize(
    "length,chinese,english",
    [
        (timedelta(0), "0分0秒", "0 min 0 s"),
        (timedelta(seconds=59, microseconds=999_999), "0分59秒", "0 min 59 s"),
        (timedelta(minutes=59, seconds=59), "59分59秒", "59 min 59 s"),
        (timedelta(hours=1), "1小时0分", "1 h 0 min"),
        (timedelta(hours=23, minutes=59, seconds=59), "23小时59分", "23 h 59 min"),
        (timedelta(days=7, hours=2, minutes=30), "7天2小时", "7 d 2 h"),
        (timedelta(seconds=-5), "0分0秒", "0 min 0 s"),
    ],
)
def test_the_two_largest_units(length, chinese, english):
    with translation.override("zh-hans"):
        assert duration(length) == chinese
    with translation.override("en"):
        assert duration(length) == english


@pytest.mark.parametrize(
    "now,tone",
    [
        (WARN - timedelta(microseconds=1), "ok"),
        (WARN, "warn"),
        (DUE - timedelta(microseconds=1), "warn"),
        (DUE, "overdue"),
        (DUE + timedelta(days=1), "overdue"),
    ],
)
def test_the_tone_follows_the_clock(now, tone):
    assert running(DUE, WARN, now).tone == tone


def test_without_a_warning_it_is_never_yellow():
    assert running(DUE, None, DUE - timedelta(seconds=1)).tone == "ok"


@pytest.mark.parametrize(
    "state,met_at,tone,ticks",
    [
        ("open", None, "ok", True),
        ("paused", None, "paused", False),
        ("void", None, "void", False),
        ("met", DUE - timedelta(seconds=1), "met", False),
        ("met", DUE, "late", False),
    ],
)
def test_what_no_longer_runs_does_not_tick(state, met_at, tone, ticks):
    found = countdown(
        Deadline(state=state, started_at=MONDAY, due_at=DUE, warn_at=WARN, met_at=met_at), MONDAY
    )
    assert (found.tone, found.ticks) == (tone, ticks)


def test_a_limit_without_a_time_says_so():
    assert countdown(Deadline(state="open", due_at=None), MONDAY).tone == "unlimited"


def test_the_script_knows_every_wording():
    """clocks.js reads the wordings from the page: every one that is handed over is used, and no other."""
    used = set(re.findall(r'"(left|overdue|days|hours|minutes|near|passed)"', SCRIPT.read_text()))
    assert used == set(formats())
    names = {name for text in formats().values() for name in re.findall(r"%\((\w+)\)", text)}
    assert names == {"time", "what", "days", "hours", "minutes", "seconds"}
