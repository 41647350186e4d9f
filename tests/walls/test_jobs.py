"""Tasks and commands have no URL that would open a scope: each opens its own, and stays inside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import time_machine
from django.conf import settings
from django.core import mail
from django.core.management import call_command, get_commands
from django.db import models
from django_scopes import get_scope

from config.celery import app
from escalation.models import Firing
from notifications.models import Delivery, Notification
from organizations.models import Organization
from organizations.tenancy import TenantModel
from reporting.models import MonthlyReport
from tests.rows import tenant_models, undone
from tests.walls.stage import CANARY, NOW, Stage
from tests.world import PACKS

Arguments = Callable[[Path], list[str]]

# How each task opens its scope. Celery's own tasks are not listed.
TASKS = {
    "escalation.carry_on_rollouts": "one organization at a time, in escalation.rollouts",
    "escalation.sweep": "one organization at a time, in escalation.sweep",
    "notifications.deliver": "one organization at a time, in notifications.outbox",
    "reporting.produce_due_reports": "one organization at a time, in reporting.services",
}


@dataclass(frozen=True)
class Command:
    """How a command opens its scope, and how it is run here. `own`: it may change rows of evergreen only."""

    opens: str
    arguments: Arguments = lambda folder: []
    own: bool = False


def _table(folder: Path) -> list[str]:
    (folder / "rows.csv").write_text("编号,时间,内容\nX1,2026-10-01 09:00,电梯停运\n", encoding="utf-8")
    (folder / "mapping.yaml").write_text(
        "fields:\n  external_number: 编号\n  subject: 内容\n  content: 内容\n  channel: {value: phone}\n"
        "history:\n  received: 时间\n",
        encoding="utf-8",
    )
    return ["evergreen", str(folder / "rows.csv"), "--mapping", str(folder / "mapping.yaml")]


COMMANDS = {
    "adopt_policy": Command(
        "scope(organization=ORG)", lambda folder: ["evergreen", str(PACKS / "standard.yaml")], own=True
    ),
    "audit_deadlines": Command("one organization after another"),
    "check_policy": Command("none: reads a file", lambda folder: [str(PACKS / "standard.yaml")]),
    "clean_files": Command("one organization after another"),
    "create_organization": Command("scope of the organization it makes", lambda folder: ["third", "第三家"]),
    "create_user": Command(
        "scope(organization=ORG)",
        lambda folder: ["lin", "--org", "evergreen", "--role", "handler"],
        own=True,
    ),
    "deliver": Command("one organization at a time, in notifications.outbox"),
    "due": Command(
        "none: counts a limit", lambda folder: ["--start", "2026-11-02T09:00", "--value", "1", "--unit", "h"]
    ),
    "import_complaints": Command("scope(organization=ORG)", _table, own=True),
    "load_demo": Command("scope of the organization demo; tests/demo runs it"),
    "mark_cases": Command("one organization after another"),
    "monthly_report": Command("scope(organization=ORG)", lambda folder: ["evergreen", "2026-10"], own=True),
    "plan": Command("none: reads files; tests/policies runs it"),
    "sweep": Command("one organization at a time, in escalation.sweep"),
}
RUN_ELSEWHERE = {"load_demo", "plan"}


def test_every_task_is_listed():
    app.loader.import_default_modules()
    assert {name for name in app.tasks if not name.startswith("celery.")} == TASKS.keys()
    assert {row["task"] for row in settings.CELERY_BEAT_SCHEDULE.values()} <= TASKS.keys()


def test_every_command_is_listed():
    ours = {name for name, where in get_commands().items() if Path(f"{where}/management").is_dir()}
    assert ours == COMMANDS.keys()


def test_a_task_works_without_a_scope_around_it(stage: Stage, subtests):
    app.loader.import_default_modules()
    for name in TASKS:
        with subtests.test(name), undone(), time_machine.travel(NOW + timedelta(days=40), tick=False):
            assert not get_scope()
            app.tasks[name]()
            assert not get_scope()


def test_a_command_stays_inside_its_organization(stage: Stage, subtests, tmp_path: Path, capsys):
    theirs = stage.world.hospital.organization
    before = {model: _rows_of(model, theirs) for model in tenant_models()}
    for name in sorted(COMMANDS.keys() - RUN_ELSEWHERE):
        command = COMMANDS[name]
        with subtests.test(name), undone():
            assert not get_scope()
            call_command(name, *command.arguments(tmp_path))
            assert not get_scope()
            shown = capsys.readouterr()
            if command.own:
                assert {model: _rows_of(model, theirs) for model in tenant_models()} == before
                assert f"{CANARY}-mercy" not in shown.out + shown.err


def _rows_of(model: type[TenantModel], organization: Organization) -> list[tuple]:
    return list(model._base_manager.filter(organization=organization).order_by("pk").values_list())


def test_what_the_jobs_write_and_send_keeps_to_its_organization(stage: Stage):
    """After the sweep, the outbox and the reports of a bad month in both organizations."""
    app.loader.import_default_modules()
    theirs = stage.world.hospital.organization
    prefix = f"{CANARY}-mercy"
    with time_machine.travel(NOW + timedelta(days=40), tick=False):
        for name in ("escalation.sweep", "notifications.deliver", "reporting.produce_due_reports"):
            app.tasks[name]()
    assert Firing._base_manager.filter(organization=theirs).exists(), "the hospital's case is late too"
    assert MonthlyReport._base_manager.filter(organization=theirs).count() > 1
    ours = stage.home.organization
    for model in (Firing, Notification, Delivery, MonthlyReport):
        columns = [
            row.name for row in model._meta.concrete_fields if not isinstance(row, models.DateTimeField)
        ]
        assert prefix not in str(list(model._base_manager.filter(organization=ours).values_list(*columns)))
    told = Notification._base_manager.exclude(complaint=None)
    assert not told.exclude(complaint__organization=models.F("organization")).exists()
    members = {name: user.email for name, user in stage.home.people.items()}
    assert mail.outbox
    for message in mail.outbox:
        if set(message.to) & set(members.values()):
            assert prefix not in message.subject + str(message.body)
