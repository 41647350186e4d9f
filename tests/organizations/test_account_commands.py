"""create_organization, create_user, adopt_policy: what an administrator types on a new installation."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django_scopes import scope

from organizations.actors import actor_for
from organizations.models import Department, Organization, Role, User
from policies.models import PolicyVersion
from tests.world import PACKS, PASSWORD

pytestmark = pytest.mark.django_db


def create_user(monkeypatch, login: str, password: str = PASSWORD, **options) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{password}\n"))
    values = {
        "name": "李敏",
        "org": "acme",
        "department": "root",
        "role": "receptionist",
        "password_stdin": True,
    }
    call_command("create_user", login, **values | options)


def test_an_organization_with_rules_and_a_person_can_start(monkeypatch):
    call_command("create_organization", "acme", "安居物业", pack=PACKS / "standard.yaml")
    create_user(monkeypatch, "li")
    organization = Organization.objects.get(slug="acme")
    user = authenticate(username="li", password=PASSWORD)
    with scope(organization=organization):
        actor = actor_for(user, organization)
        assert actor.has(Role.RECEPTIONIST)
        assert PolicyVersion.objects.get().state == PolicyVersion.State.PUBLISHED


@pytest.mark.parametrize(("slug", "name"), [("Acme!", "x"), ("acme", "x"), ("docs", "x"), ("other", "")])
def test_an_organization_that_cannot_be_is_refused(slug, name):
    call_command("create_organization", "acme", "安居物业")
    with pytest.raises(CommandError):
        call_command("create_organization", slug, name)
    assert Organization.objects.count() == 1


def test_a_pack_with_faults_creates_nothing(tmp_path):
    path = tmp_path / "pack.yaml"
    path.write_text("pack: {id: x}\nduties: [{id: a}]\n")
    with pytest.raises(CommandError):
        call_command("create_organization", "acme", "安居物业", pack=path)
    assert not Organization.objects.exists()


def test_a_zone_that_is_none_is_refused():
    with pytest.raises(CommandError):
        call_command("create_organization", "acme", "安居物业", time_zone="Mars/Olympus")


@pytest.mark.parametrize(
    ("login", "options"),
    [
        ("li", {"password": "short"}),
        ("li", {"password": ""}),
        ("li li", {}),
        ("li", {"name": ""}),
        ("li", {"org": "nowhere"}),
        ("li", {"department": "nowhere"}),
        ("li", {"role": "king"}),
    ],
)
def test_a_person_that_cannot_be_is_refused(monkeypatch, login, options):
    call_command("create_organization", "acme", "安居物业")
    with pytest.raises(CommandError):
        create_user(monkeypatch, login, **options)
    assert not User.objects.exists()


def test_a_login_that_exists_gets_the_role_and_keeps_its_password(monkeypatch):
    for slug in ("acme", "other"):
        call_command("create_organization", slug, slug)
    create_user(monkeypatch, "li")
    create_user(monkeypatch, "li", "another-password-9", org="other", role="dept_head")
    user = authenticate(username="li", password=PASSWORD)
    other = Organization.objects.get(slug="other")
    with scope(organization=other):
        assert actor_for(user, other).grants == {(Role.DEPT_HEAD, Department.objects.get().pk)}


def test_every_fault_of_a_pack_is_printed(tmp_path, capsys):
    call_command("create_organization", "acme", "安居物业")
    path = tmp_path / "pack.yaml"
    path.write_text(
        "pack: {id: x}\nduties: [{id: a, from: nothing, limits: [{value: 1, unit: fortnight}]}]\n"
    )
    with pytest.raises(CommandError):
        call_command("adopt_policy", "acme", path)
    printed = capsys.readouterr().err
    assert "nothing" in printed
    assert "fortnight" in printed


def test_a_pack_is_kept_as_a_draft_until_it_is_published(capsys):
    call_command("create_organization", "acme", "安居物业")
    call_command("adopt_policy", "acme", PACKS / "standard.yaml")
    organization = Organization.objects.get(slug="acme")
    with scope(organization=organization):
        assert PolicyVersion.objects.get().state == PolicyVersion.State.DRAFT
    call_command("adopt_policy", "acme", PACKS / "standard.yaml", publish=True)
    with scope(organization=organization):
        assert PolicyVersion.objects.get().state == PolicyVersion.State.PUBLISHED
