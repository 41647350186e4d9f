"""Subjects of cases as they may stand in a document that is printed and handed round."""

import re

_NUMBER = re.compile(r"(?<!\d)\d[\d-]{5,}\d(?!\d)")  # seven digits or more: phones, identity cards, accounts


def veiled(subject: str, name: str) -> str:
    """The subject with long numbers and the complainant's own name made unreadable."""
    subject = _NUMBER.sub(lambda match: f"{match[0][:3]}****", subject)
    return subject.replace(name, f"{name[0]}**") if len(name) > 1 else subject
