"""Keeping views of the list of cases."""

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.models.listing import SavedView
from complaints.saved_views import may_change, may_share
from organizations.actors import Actor
from organizations.errors import Forbidden, NotVisible, Refused
from organizations.models import Role, User
from organizations.text import normalise

MOST_VIEWS = 50


@transaction.atomic
def save_view(*, actor: Actor, name: str, query: str, role: str = "", is_default: bool = False) -> SavedView:
    """Keep a list under a name; the actor's view of the same name is replaced. Returns the view.

    `query` is the query string of the list, `role` shares it with everybody who has that role. Raises
    Forbidden for sharing without the right to, Refused for a name that will not do or one view too many.
    """
    _lock(actor.user.pk)
    _check_role(actor, role)
    name = _clean_name(name)
    own = SavedView.objects.filter(organization=actor.organization, user=actor.user)
    view = own.filter(name=name).first()
    if view is None:
        places = list(own.values_list("position", flat=True))
        if len(places) >= MOST_VIEWS:
            raise Refused(_("You have %(number)d views already. Delete one first.") % {"number": len(places)})
        view = SavedView(organization=actor.organization, user=actor.user, name=name)
        view.position = max(places, default=0) + 1
    view.query, view.role = query, role
    view.save()
    if is_default:
        _make_default(actor, view)
    return view


@transaction.atomic
def rename_view(*, actor: Actor, view: SavedView, name: str) -> SavedView:
    """Give a view another name. Raises NotVisible if it is gone, Forbidden, or Refused for a name that is
    taken."""
    view = _fresh(view)
    _check_change(actor, view)
    name = _clean_name(name)
    same = SavedView.objects.filter(organization=view.organization, user=view.user_id, name=name)
    if same.exclude(pk=view.pk).exists():
        raise Refused(_("There is already a view of this name."), field="name")
    view.name = name
    view.save(update_fields=["name"])
    return view


@transaction.atomic
def delete_view(*, actor: Actor, view: SavedView) -> None:
    """Forget a view; the cases in it are not touched. Raises Forbidden."""
    view = _fresh(view)
    _check_change(actor, view)
    view.delete()


@transaction.atomic
def choose_default(*, actor: Actor, view: SavedView) -> SavedView:
    """Make one of the actor's own views the one that is seen first; if it is that already, none is."""
    view = _fresh(view)
    _check_own(actor, view)
    if view.is_default:
        view.is_default = False
        view.save(update_fields=["is_default"])
    else:
        _make_default(actor, view)
    return view


@transaction.atomic
def move_up(*, actor: Actor, view: SavedView) -> None:
    """Put one of the actor's own views one place further to the front."""
    view = _fresh(view)
    _check_own(actor, view)
    own = list(SavedView.objects.filter(organization=actor.organization, user=actor.user))
    place = next(number for number, row in enumerate(own) if row.pk == view.pk)
    if place:
        own[place - 1], own[place] = own[place], own[place - 1]
    for number, row in enumerate(own, 1):
        row.position = number
    SavedView.objects.bulk_update(own, ["position"])


def _lock(user_id: int) -> None:
    """One change of a person's views at a time: a name and a default are each there once."""
    User.objects.select_for_update().get(pk=user_id)


def _fresh(view: SavedView) -> SavedView:
    """The view as it is once its owner's other changes are through. Raises NotVisible if it is gone."""
    _lock(view.user_id)
    found = SavedView.objects.filter(pk=view.pk).first()
    if found is None:
        raise NotVisible(str(view.pk))
    return found


def _make_default(actor: Actor, view: SavedView) -> None:
    own = SavedView.objects.filter(organization=actor.organization, user=actor.user)
    own.filter(is_default=True).update(is_default=False)
    view.is_default = True
    view.save(update_fields=["is_default"])


def _clean_name(name: str) -> str:
    name = " ".join(normalise(name).split())
    if not name:
        raise Refused(_("This is needed."), field="name")
    limit = SavedView._meta.get_field("name").max_length or 0
    if len(name) > limit:
        words = {"limit": limit, "length": len(name)}
        raise Refused(_("At most %(limit)d characters (this has %(length)d).") % words, field="name")
    return name


def _check_role(actor: Actor, role: str) -> None:
    if role and not may_share(actor):
        raise Forbidden(_("Only managers and the desk's supervisor share views."))
    if role and role not in Role.values:
        raise Refused(_("There is no role %(role)s.") % {"role": role}, field="role")


def _check_change(actor: Actor, view: SavedView) -> None:
    if not may_change(actor, view):
        raise Forbidden(_("This view belongs to somebody else."))


def _check_own(actor: Actor, view: SavedView) -> None:
    if view.user_id != actor.user.pk:
        raise Forbidden(_("This view belongs to somebody else."))
