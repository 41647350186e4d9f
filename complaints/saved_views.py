"""Which saved views of the list of cases exist for a person."""

from django.db.models import Q, QuerySet

from complaints.models.listing import SavedView
from organizations.actors import MANAGER_ROLES, Actor
from organizations.errors import NotVisible


def views_for(actor: Actor) -> QuerySet[SavedView]:
    """The actor's own views in their order, then those that are shared with one of the actor's roles."""
    roles = {role for role, _department in actor.grants}
    rows = SavedView.objects.filter(organization=actor.organization)
    mine = Q(user=actor.user)
    return rows.filter(mine | Q(role__in=roles)).select_related("user").order_by("position", "pk")


def access_view(actor: Actor, pk: int) -> SavedView:
    """One of them. Raises NotVisible."""
    view = views_for(actor).filter(pk=pk).first()
    if view is None:
        raise NotVisible(str(pk))
    return view


def default_view(actor: Actor) -> SavedView | None:
    """The view that the actor wants to see first."""
    return SavedView.objects.filter(organization=actor.organization, user=actor.user, is_default=True).first()


def may_share(actor: Actor) -> bool:
    """Whether the actor may show a view to everybody who has a role."""
    return actor.has(*MANAGER_ROLES)


def may_change(actor: Actor, view: SavedView) -> bool:
    """One's own views, and as somebody who may share also those that others have shared."""
    return view.user_id == actor.user.pk or (bool(view.role) and may_share(actor))
