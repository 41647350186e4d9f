"""Who asks. Sessions of the pages for now; tokens join here."""

from rest_framework import authentication
from rest_framework.request import Request


class Session(authentication.SessionAuthentication):
    """The signed-in user of the pages, with CSRF on every change. Anonymous is 401, not 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
