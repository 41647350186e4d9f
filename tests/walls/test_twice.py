"""What is sent twice is done once: every form on a case, by a double tap or after an answer that was lost."""

from uuid import uuid4

import pytest

from complaints.models import Sent
from complaints.services.sending import FORGET_AFTER, SentBefore, carry_out_once, key_of
from tests.rows import snapshot, undone
from tests.walls.routes import ROUTES, Route
from tests.walls.stage import Stage
from tests.walls.walk import Found, address, found_routes
from tests.world import MONDAY

# Shown again instead of carried out: a code for the complainant (tests/public/test_renewing.py).
SHOWN_AGAIN = {"case-code"}
FORMS = [
    row
    for row in found_routes()
    if row.name.startswith(("case-", "ticket-", "task-", "extension-", "remedy-"))
]


def posted(stage: Stage, found: Found, route: Route):
    """A browser, an address, and a form for it whose files can be read once."""
    thing = stage.things[route.needs[0]]
    visitor = min(((route.post or frozenset()) & thing.seen_by) - route.refused)
    given = {**route.body(stage, thing, visitor), "once": str(uuid4())}

    def form(**changes):
        files = {name: value for name, value in route.body(stage, thing, visitor).items() if name == "files"}
        return {**given, **files, **changes}

    return stage.clients[visitor], address(stage, found, thing), form


def test_every_form_on_a_case_is_carried_out_once(stage: Stage, subtests):
    """To the row: nothing changes the second time, and the answer leads to where the first one led."""
    tried = 0
    for found in FORMS:
        route = ROUTES[found.name]
        if not route.post or found.name.startswith("case-view"):
            continue
        tried += 1
        with subtests.test(found.name), undone():
            client, path, form = posted(stage, found, route)
            first = client.post(path, form())
            after = snapshot()
            second = client.post(path, form())
            assert snapshot() == after
            if found.name not in SHOWN_AGAIN:
                assert (first.status_code, second.status_code) == (302, 302)
                assert first.url == second.url
    assert tried > 30


def test_other_words_with_the_same_form_are_another_thing(stage: Stage):
    """Who goes back in the browser and writes something else is not told that it is on record already."""
    found = next(row for row in FORMS if row.name == "ticket-work")
    client, path, form = posted(stage, found, ROUTES[found.name])
    assert client.post(path, form()).status_code == 302
    changed = client.post(path, form(note="又到场一次"))
    assert changed.status_code == 409, "the case has changed since the page was opened"
    assert "又到场一次" in changed.content.decode()


def test_two_at_once_are_one_and_old_ones_are_forgotten(stage: Stage):
    """The second finds the key taken though it found none before it began; what failed takes no key."""
    actor, case = stage.home.actor("sun"), stage.things["case:sent"].values["case"]
    key = key_of(uuid4(), actor, [("note", "到场")])
    ran: list[str] = []
    with stage.home.scope():
        carry_out_once(actor=actor, complaint=case, key=key, verb=lambda: ran.append("this"), now=MONDAY)
        with pytest.raises(SentBefore):
            carry_out_once(actor=actor, complaint=case, key=key, verb=lambda: ran.append("again"), now=MONDAY)
        assert ran == ["this"]
        later = MONDAY + FORGET_AFTER
        with pytest.raises(ZeroDivisionError):
            carry_out_once(actor=actor, complaint=case, key=uuid4(), verb=lambda: 1 / 0, now=later)
        assert Sent.objects.count() == 1, "what failed can be sent again"
        carry_out_once(actor=actor, complaint=case, key=uuid4(), verb=lambda: None, now=later)
        assert Sent.objects.get().at == later
