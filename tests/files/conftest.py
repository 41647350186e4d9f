"""The pages' browsers and standing clock, for files."""

from tests.web.conftest import clock, company, sign_in

__all__ = ["clock", "company", "sign_in"]
