"""Everything people have written, in letters that no text of the product has.

A page that is shown in English then has a Chinese character only where the product put it. The marked letters
stand for the real ones one to one, so that what was equal stays equal, and nothing gets longer.
"""

import re
from typing import Any

from django.db import models

from policies import selectors
from policies.models import PolicyVersion
from tests.rows import project_models

# Chinese characters, and punctuation that only Chinese has.
CHINESE = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff00-\uffef]")
_OFFSET = 0x20000 - 0x4E00  # the first common character becomes the first one beyond the sixteenth bit


def marked(value: Any) -> Any:
    """The value with every Chinese character in it replaced, in keys and in depth too."""
    if isinstance(value, str):
        return CHINESE.sub(lambda found: chr(ord(found[0]) + _OFFSET), value)
    if isinstance(value, dict):
        return {marked(name): marked(one) for name, one in value.items()}
    if isinstance(value, list):
        return [marked(one) for one in value]
    return value


def mark_all() -> None:
    """Mark every text in the tables of the product, those of the rules too."""
    for model in project_models():
        columns = [column.attname for column in model._meta.concrete_fields if _holds_text(column)]
        for row in model._base_manager.all():
            values = {name: getattr(row, name) for name in columns}
            changed = {name: marked(value) for name, value in values.items() if marked(value) != value}
            if changed and model is PolicyVersion:
                changed["checksum"] = f"marked-{row.pk}"  # rules are remembered by it
            if changed:
                model._base_manager.filter(pk=row.pk).update(**changed)
    selectors.forget()


def _holds_text(column: models.Field) -> bool:
    """A file's name on the disk stays as it is."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    return isinstance(column, kinds) and not isinstance(column, models.FileField)
