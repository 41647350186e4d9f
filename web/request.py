"""The type of a request as the views see it."""

from datetime import datetime

from django.http import HttpRequest

from organizations.actors import Actor
from organizations.models import Organization, User


class Request(HttpRequest):
    """Only a type: the middleware sets `organization` and `actor`, `web.answers.page` sets `now`."""

    organization: Organization
    actor: Actor
    now: datetime
    user: User
