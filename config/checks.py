"""What Django's own checks do not see: settings that would lose data or open a wall."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import connections


# Not tagged `database`: Django runs those checks only for `migrate` and `check --database`.
@register(Tags.security)
def sqlite_is_safe(**_kwargs: Any) -> list[Error]:
    """A SQLite database must take its write lock at BEGIN and wait for it, or concurrent writers fail."""
    options = connections["default"].settings_dict.get("OPTIONS", {})
    if connections["default"].vendor != "sqlite":
        return []
    errors = []
    if options.get("transaction_mode") != "IMMEDIATE":
        errors.append(Error("SQLite has to run with transaction_mode IMMEDIATE.", id="huiyin.E001"))
    wanted = ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=")
    init = options.get("init_command", "")
    if missing := [pragma for pragma in wanted if pragma not in init]:
        errors.append(Error(f"SQLite's init_command lacks {', '.join(missing)}.", id="huiyin.E002"))
    return errors


@register(Tags.security)
def api_is_closed(**_kwargs: Any) -> list[Error]:
    """Every API view that forgets its own permission must still ask for a signed-in user."""
    classes = settings.REST_FRAMEWORK.get("DEFAULT_PERMISSION_CLASSES", [])
    if "rest_framework.permissions.IsAuthenticated" not in classes:
        return [Error("DEFAULT_PERMISSION_CLASSES has to contain IsAuthenticated.", id="huiyin.E003")]
    return []


@register(Tags.security)
def content_security_policy(**_kwargs: Any) -> list[Error]:
    """Scripts only from here or with the nonce of the response."""
    if "csp.middleware.CSPMiddleware" not in settings.MIDDLEWARE:
        return [Error("csp.middleware.CSPMiddleware is missing.", id="huiyin.E004")]
    directives = settings.CONTENT_SECURITY_POLICY.get("DIRECTIVES", {})
    unsafe = [
        name
        for name, sources in directives.items()
        if any("unsafe" in str(source) or str(source) == "*" for source in sources)
    ]
    missing = {"default-src", "script-src", "object-src", "base-uri", "frame-ancestors"} - directives.keys()
    if unsafe or missing:
        return [Error(f"The CSP is open: unsafe {unsafe}, missing {sorted(missing)}.", id="huiyin.E005")]
    return []


@register(Tags.security)
def passwords_are_strong(**_kwargs: Any) -> list[Error]:
    """Argon2, and length, common-password and similarity rules."""
    errors = []
    if not settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher"):
        errors.append(Error("Passwords have to be hashed by Argon2.", id="huiyin.E006"))
    names = {row["NAME"].rsplit(".", 1)[-1] for row in settings.AUTH_PASSWORD_VALIDATORS}
    wanted = {"MinimumLengthValidator", "CommonPasswordValidator", "UserAttributeSimilarityValidator"}
    if wanted - names:
        errors.append(Error(f"Password rules missing: {sorted(wanted - names)}.", id="huiyin.E007"))
    return errors


@register(Tags.security, deploy=True)
def production_has_a_server(**_kwargs: Any) -> list[Warning]:
    """The embedded database and broker are for one machine and a trial."""
    warnings = []
    if connections["default"].vendor == "sqlite":
        warnings.append(Warning("DATABASE_URL is not set: SQLite is meant for a trial.", id="huiyin.W001"))
    if not settings.REDIS_URL:
        warnings.append(
            Warning("REDIS_URL is not set: the file broker is for one machine.", id="huiyin.W002")
        )
    return warnings
