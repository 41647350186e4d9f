"""Hands that wait for the page: a test presses, types, clicks and looks only after the scripts have run.

Playwright waits until an element can be used, and knows nothing of the scripts that give it its meaning. A
page that a click has brought is there before its deferred scripts have run: a key pressed in between is lost,
and on a slow machine there is much in between.

Whoever clicks still has to wait until the new page has come: by expect_navigation(), by wait_for_url(), or by
expect() of something that only the new page has.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page


def teach(patch: pytest.MonkeyPatch) -> None:
    """Makes what tests do with Playwright's locators, pages, keyboards, mice and touch screens patient."""
    for name, act in inspect.getmembers(Locator, inspect.isfunction):
        if name in vars(Locator) and not name.startswith("_"):
            patch.setattr(Locator, name, patient(act, lambda locator: locator.page))
            if name in vars(Page):
                patch.setattr(Page, name, patient(getattr(Page, name), lambda page: page))
    for device in ("keyboard", "mouse", "touchscreen"):
        patch.setattr(Page, device, property(patient(getattr(Page, device).fget, lambda page: page)))


def patient(act: Callable[..., Any], page_of: Callable[[Any], Page]) -> Callable[..., Any]:
    """The same, after the page has been loaded with all its scripts. Costs nothing when it has been."""

    @functools.wraps(act)
    def waiting(self: Any, *args: Any, **kwargs: Any) -> Any:
        page_of(self).wait_for_load_state()
        return act(self, *args, **kwargs)

    return waiting
