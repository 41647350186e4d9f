"""Every write to an organization's rules and calendar."""

from policies.services.calendars import confirm_year, correct_calendar, remove_correction, set_opening_hours
from policies.services.log import log_change
from policies.services.posts import place_role, place_roles, remove_role
from policies.services.versions import (
    PACKS_DIR,
    adopt_policy,
    change_draft,
    draft_from_pack,
    draft_from_version,
    draft_from_yaml,
    drop_draft,
    publish_policy,
    publish_version,
)

__all__ = [
    "PACKS_DIR",
    "adopt_policy",
    "change_draft",
    "confirm_year",
    "correct_calendar",
    "draft_from_pack",
    "draft_from_version",
    "draft_from_yaml",
    "drop_draft",
    "log_change",
    "place_role",
    "place_roles",
    "publish_policy",
    "publish_version",
    "remove_correction",
    "remove_role",
    "set_opening_hours",
]
