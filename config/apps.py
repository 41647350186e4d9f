from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the project's own system checks."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401
