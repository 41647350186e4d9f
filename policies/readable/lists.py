"""Lists, further facts and forms in words."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from policies.engine.schema import AcceptReason, Item, Policy, Role, Tier
from policies.readable import phrases, words
from policies.readable.lines import Line
from policies.readable.words import either, labelled, listed


def lists(policy: Policy) -> Iterator[Line]:
    """One line for each list; tiers and reasons with what they mean."""
    for name, items in policy.lists.items():
        base, _dot, dimension = name.partition(".")
        title = str(words.LISTS.get(base, base)) + (
            f" · {phrases.fact(policy, dimension)}" if dimension else ""
        )
        plain = [item for item in items if not (_detail(policy, item))]
        text = labelled(title, listed(item.title for item in plain)) if plain else title
        yield Line(name, text, tuple(_detail(policy, item) for item in items if _detail(policy, item)))


def _detail(policy: Policy, item: Item) -> str:
    if isinstance(item, Tier):
        texts = _("; ").join(row.text for row in item.criteria)
        return labelled(item.title, texts) if texts else item.title
    if isinstance(item, Role):
        acts_as = words.ROLES.get(item.acts_as)
        return (
            _("%(title)s (acts as %(role)s)") % {"title": item.title, "role": acts_as}
            if acts_as
            else item.title
        )
    if isinstance(item, AcceptReason):
        return _("%(title)s: %(effect)s") % {
            "title": item.title,
            "effect": words.EFFECTS.get(item.effect, item.effect),
        }
    return labelled(item.title, listed(child.title for child in item.children)) if item.children else ""


def facts(policy: Policy) -> Iterator[Line]:
    types = {
        "bool": _("yes or no"),
        "enum": _("one of a list"),
        "int": _("a whole number"),
        "money": _("an amount of money"),
        "date": _("a date"),
        "datetime": _("a date and time"),
        "text": _("a text"),
        "ref": _("a reference"),
    }
    for row in policy.facts:
        title = phrases.fact(policy, row.id)
        named = phrases.value_titles(row.title)
        kind = either(named.values()) if named else types.get(row.type, row.type)
        yield Line(row.id, labelled(title, kind))


def forms(policy: Policy) -> Iterator[Line]:
    for row in policy.forms:
        said = {"title": row.title or row.id, "event": phrases.event(policy, row.at)}
        text = _("%(title)s: handed in with “%(event)s”") % said
        if row.when:
            when = phrases.condition(policy, row.when)
            text = _("%(rule)s; applies if %(when)s") % {"rule": text, "when": when}
        details = []
        if row.fields:
            named = listed(phrases.fact(policy, name) for name in row.fields)
            details.append(_("has to hold: %(what)s") % {"what": named})
        if row.sign:
            signed = listed(phrases.role(policy, one.role) for one in row.sign)
            details.append(_("signed by %(who)s") % {"who": signed})
        yield Line(row.id, text, tuple(details), row.source)
