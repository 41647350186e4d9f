"""Each of the product's own system checks fires when what it watches is broken, and only then."""

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as real
from django.core.checks import CheckMessage, run_checks

from config import checks
from config.settings import SQLITE_OPTIONS

# The tests run with a cheap hasher; everything else is as it is in production.
ARGON = ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def ids(messages: list[CheckMessage]) -> set[str]:
    return {row.id for row in messages}


def _database(monkeypatch: pytest.MonkeyPatch, vendor: str = "sqlite", **options: Any) -> None:
    values = {**SQLITE_OPTIONS, **options}
    alias = SimpleNamespace(vendor=vendor, settings_dict={"OPTIONS": values})
    monkeypatch.setattr(checks, "connections", {"default": alias})


def test_the_settings_as_they_are_pass(settings):
    settings.PASSWORD_HASHERS = ARGON
    found = ids(run_checks()) | ids(run_checks(include_deployment_checks=True))
    assert not {row for row in found if row.startswith("huiyin.E")}


def test_the_checks_are_run_by_manage_py_check(settings, monkeypatch):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.AUTH_PASSWORD_VALIDATORS = []
    settings.REST_FRAMEWORK = {}
    settings.CONTENT_SECURITY_POLICY = {}
    settings.REDIS_URL = ""
    _database(monkeypatch, transaction_mode="", init_command="")
    numbered = {f"huiyin.E00{number}" for number in (1, 2, 3, 5, 6, 7)}
    assert numbered <= ids(run_checks())
    assert {"huiyin.W001", "huiyin.W002"} <= ids(run_checks(include_deployment_checks=True))


def test_sqlite_takes_its_lock_at_begin(monkeypatch):
    _database(monkeypatch)
    assert checks.sqlite_is_safe() == []
    _database(monkeypatch, transaction_mode="DEFERRED")
    assert ids(checks.sqlite_is_safe()) == {"huiyin.E001"}


@pytest.mark.parametrize("pragma", ["journal_mode=WAL", "foreign_keys=ON", "busy_timeout=20000"])
def test_sqlite_has_its_pragmas(monkeypatch, pragma: str):
    _database(monkeypatch, init_command=SQLITE_OPTIONS["init_command"].replace(f"PRAGMA {pragma};", ""))
    assert ids(checks.sqlite_is_safe()) == {"huiyin.E002"}
    _database(monkeypatch, vendor="postgresql", init_command="", transaction_mode="")
    assert checks.sqlite_is_safe() == []


@pytest.mark.parametrize("classes", [[], ["rest_framework.permissions.AllowAny"]])
def test_the_api_is_closed_by_default(settings, classes: list[str]):
    assert checks.api_is_closed() == []
    settings.REST_FRAMEWORK = {**real.REST_FRAMEWORK, "DEFAULT_PERMISSION_CLASSES": classes}
    assert ids(checks.api_is_closed()) == {"huiyin.E003"}


def test_a_content_security_policy_is_sent(settings):
    assert checks.content_security_policy() == []
    settings.MIDDLEWARE = [row for row in real.MIDDLEWARE if not row.startswith("csp.")]
    assert ids(checks.content_security_policy()) == {"huiyin.E004"}


@pytest.mark.parametrize(
    "directive, sources",
    [
        ("script-src", ["'self'", "'unsafe-inline'"]),
        ("script-src", ["'self'", "'unsafe-eval'"]),
        ("style-src", ["*"]),
        ("default-src", None),
        ("object-src", None),
        ("base-uri", None),
        ("frame-ancestors", None),
        ("script-src", None),
    ],
)
def test_the_content_security_policy_is_closed(settings, directive: str, sources: list[str] | None):
    policy = deepcopy(real.CONTENT_SECURITY_POLICY)
    if sources is None:
        del policy["DIRECTIVES"][directive]
    else:
        policy["DIRECTIVES"][directive] = sources
    settings.CONTENT_SECURITY_POLICY = policy
    assert ids(checks.content_security_policy()) == {"huiyin.E005"}


def test_passwords_are_hashed_by_argon2(settings):
    settings.PASSWORD_HASHERS = ARGON
    assert checks.passwords_are_strong() == []
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *ARGON]
    assert ids(checks.passwords_are_strong()) == {"huiyin.E006"}


@pytest.mark.parametrize("rule", ["MinimumLength", "CommonPassword", "UserAttributeSimilarity"])
def test_passwords_have_rules(settings, rule: str):
    settings.PASSWORD_HASHERS = ARGON
    settings.AUTH_PASSWORD_VALIDATORS = [
        row for row in real.AUTH_PASSWORD_VALIDATORS if rule not in row["NAME"]
    ]
    assert ids(checks.passwords_are_strong()) == {"huiyin.E007"}


def test_production_has_servers(settings, monkeypatch):
    _database(monkeypatch)
    settings.REDIS_URL = ""
    assert ids(checks.production_has_a_server()) == {"huiyin.W001", "huiyin.W002"}
    _database(monkeypatch, vendor="postgresql")
    settings.REDIS_URL = "redis://127.0.0.1:6379/0"
    assert checks.production_has_a_server() == []
