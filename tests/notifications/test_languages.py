"""People are told in their own language, whoever caused it and whatever process tells them."""

from datetime import timedelta

from django.core import mail
from django.utils import translation

from escalation.sweep import sweep
from notifications.models import Notification
from notifications.outbox import deliver
from notifications.wording import worded
from organizations.models import User
from tests.escalation.test_texts import in_force
from tests.world import MONDAY, new_case, sent_case
from tickets.services import return_ticket


def speaks(company, name: str, language: str) -> None:
    User.objects.filter(pk=company.people[name].pk).update(language=language)
    company.people[name].language = language


def title(company, name: str) -> str:
    with company.scope():
        return Notification.objects.filter(user=company.people[name]).latest("pk").title


def test_each_language_is_worded_once(world):
    company = world.property
    speaks(company, "sun", "en")
    speaks(company, "mao", "xx")  # a language there is none of: the product's
    asked = []

    def words() -> str:
        asked.append(translation.get_language())
        return asked[-1]

    people = [company.people[name] for name in ("lin", "sun", "qian", "mao", "sun")]
    with translation.override("en"):
        said = [text for _user, text in worded(people, words)]
        assert translation.get_language() == "en"
    assert said == ["zh-hans", "en", "zh-hans", "zh-hans", "en"]
    assert asked == ["zh-hans", "en"]


def test_a_ticket_is_announced_in_the_reader_s_language(world):
    company = world.property
    in_force(company)
    speaks(company, "sun", "en")
    with translation.override("zh-hans"):
        _case, ticket = sent_case(company)
    assert title(company, "sun").startswith("New ticket")
    with translation.override("en"), company.scope():
        return_ticket(
            actor=company.actor("sun"), ticket=ticket, cause="wrong_place", reason="非本部门", now=MONDAY
        )
    assert "退回" in title(company, "lin")


def test_the_sweep_tells_everybody_in_their_own(world):
    company = world.property
    in_force(company)
    speaks(company, "zhou", "en")
    new_case(company)
    with translation.override("en"):
        sweep(MONDAY + timedelta(minutes=10))
    assert "超时" in title(company, "lin")
    assert "overdue" in title(company, "zhou")


def test_a_mail_is_in_the_reader_s_language_all_through(world):
    company = world.property
    in_force(company)
    speaks(company, "sun", "en")
    sent_case(company)
    sent_case(company, to="cleaning")
    deliver(MONDAY)
    english, chinese = mail.outbox
    assert english.subject.startswith("New ticket")
    assert "See: http" in english.body
    assert "See" not in chinese.body
