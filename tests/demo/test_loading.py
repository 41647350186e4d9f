"""load_demo beside real data: it adds one organization, once, and leaves everything else alone."""

import stat
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from complaints.models import CaseEvent, Complaint, Deadline
from escalation.models import Firing
from notifications.models import Notification
from organizations.models import Organization, User
from reporting.demo import present, services
from tests.demo.conftest import NOW
from tests.world import new_case


@pytest.fixture
def logins_file(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "demo-logins.txt"


@pytest.fixture(autouse=True)
def _few_cases(monkeypatch):
    monkeypatch.setattr(services, "load_demonstration", few(services.load_demonstration))
    monkeypatch.setattr(
        "reporting.management.commands.load_demo.load_demonstration", services.load_demonstration
    )
    monkeypatch.setattr("reporting.management.commands.load_demo.report_past_months", lambda now: 0)
    monkeypatch.setattr(services, "present", lambda stage: present.present(stage)[:6])


def few(load):
    return lambda **options: load(**{**options, "cases": 5})


def load(capsys) -> str:
    with time_machine.travel(NOW, tick=False):
        call_command("load_demo", "--password", "for-the-tests-1")
    return capsys.readouterr().out


def test_prints_the_logins_and_keeps_them_for_their_owner(db, logins_file, capsys):
    printed = load(capsys)
    kept = logins_file.read_text()
    assert kept.strip() in printed
    assert kept.splitlines()[0].split("  ") == ["desk", "客服接待员 林晓雯", "for-the-tests-1"]
    assert stat.S_IMODE(logins_file.stat().st_mode) == 0o600


def test_the_second_time_changes_nothing(db, logins_file, capsys, django_assert_max_num_queries):
    load(capsys)
    before = rows()
    with django_assert_max_num_queries(5):
        printed = load(capsys)
    assert rows() == before
    assert logins_file.read_text().strip() in printed


def test_without_the_list_it_says_how_to_set_a_password(db, logins_file, capsys):
    load(capsys)
    logins_file.unlink()
    assert "changepassword" in load(capsys)


def rows() -> tuple[int, int, int]:
    kinds = (Complaint, CaseEvent, Deadline)
    return tuple(kind._base_manager.count() for kind in kinds)


def test_real_data_is_left_alone(world, logins_file, capsys):
    case = new_case(world.property, NOW - timedelta(days=30))  # long overdue, and no sweep has run
    with world.property.scope():
        before = list(Deadline.objects.filter(complaint=case).values())
        told = Notification.objects.count()
    load(capsys)
    with world.property.scope():
        assert list(Deadline.objects.filter(complaint=case).values()) == before
        assert not Firing.objects.exists()
        assert Notification.objects.count() == told
        assert Complaint.objects.count() == 1


def test_a_login_that_is_taken_gets_a_prefix(db, logins_file, capsys):
    real = User.objects.create(username="desk", display_name="真实的人", password="hash")
    assert "demo-desk  " in load(capsys)
    real.refresh_from_db()
    assert (real.password, real.email) == ("hash", "")


def test_an_organization_that_is_not_the_demonstration_is_left_alone(db, logins_file, capsys):
    Organization.objects.create(slug="demo", name="真实的公司", created_at=NOW)
    with pytest.raises(CommandError, match="demo"):
        load(capsys)
    assert not logins_file.exists()
    assert rows() == (0, 0, 0)


def test_what_fails_leaves_nothing_behind(db, logins_file, capsys, monkeypatch):
    def fail(company):
        raise RuntimeError("the machine was switched off")

    monkeypatch.setattr(services, "_give_addresses", fail)
    with pytest.raises(RuntimeError):
        load(capsys)
    assert not Organization.objects.filter(slug="demo").exists()
    assert not User.objects.filter(username="desk").exists()
