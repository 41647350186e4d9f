"""What the category, the tier and the department of a new case may be, by words and by earlier cases.

Simple on purpose: each proposal says in one sentence why it is made, and the same words give the same
proposal. A person confirms it, or chooses something else.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from complaints.models import Complaint
from complaints.selectors import Past
from organizations.text import comparable
from policies.engine.schema import Criterion, Policy
from policies.readable.words import listed

LEAST_CASES, LEAST_SHARE = 2, 0.6  # of the cases that are asked what became of them
TITLE_SHARE = 0.5  # of a category's title
CRITERION_CHARACTERS = 4  # of a criterion, which is a whole sentence
_RUNS = re.compile(r"[a-z]{3,}|[\u3400-\u9fff]{2,}")
# What any complaint may say, and what most criteria say too.
_COMMON = re.compile("由于|造成|责任|单位|公司|客户|服务|没有|得到|解决|提出|问题|投诉|有效|合理")


@dataclass(frozen=True)
class Proposal:
    """A value for an input (several where any number can be chosen), and why, in words."""

    value: str | list[str]
    why: str


def propose_category(
    policy: Policy, text: str, recent: Iterable[Past], earlier: Iterable[Complaint] = ()
) -> Proposal | None:
    """A category with whose title the text has most in common; else the one of recent cases with such a word
    in their subject; else the one that this caller's `earlier` cases were about."""
    titles = {item.id: item.title for top in policy.items("categories") for item in top.walk()}
    words = words_of(text)
    return (
        _by_title(titles, words)
        or _by_word(words, [row for row in recent if row.category in titles])
        or _by_caller([case.category for case in earlier if case.category in titles])
    )


def propose_tier(policy: Policy, text: str, category: str, recent: Iterable[Past]) -> Proposal | None:
    """`tier:criterion`: the criterion that the text has most in common with; else as recent cases of the
    category were graded."""
    known = {tier.id: {row.id: row for row in tier.criteria} for tier in policy.tiers}
    offered = {f"{tier}:{key}" for tier, rows in known.items() for key in rows or [""]}
    graded = [f"{row.tier}:{row.tier_criterion}" for row in recent if category and row.category == category]
    words = words_of(_COMMON.sub(" ", text))
    return _by_criterion(known, words) or _usual([one for one in graded if one in offered])


def propose_lead(category: str, recent: Iterable[Past], departments: Iterable[int]) -> Proposal | None:
    """The one of the departments that led most of the recent cases of the category."""
    offered = set(departments)
    led = [row.lead_department_id for row in recent if category and row.category == category]
    return _usual([str(pk) for pk in led if pk in offered])


def words_of(text: str) -> list[str]:
    """Each pair of Chinese characters side by side, and each word of three letters or more, once."""
    runs = _RUNS.findall(comparable(text).casefold())
    return list(dict.fromkeys(word for run in runs for word in _cut(run)))


def _cut(run: str) -> Iterator[str]:
    if run.isascii():
        yield run
    else:
        yield from (run[at : at + 2] for at in range(len(run) - 1))


def _common(sentence: str, words: Iterable[str]) -> list[str]:
    """The stretches of a sentence that are made of these words, as long as they can be."""
    sentence = sentence.casefold()
    covered = {
        place
        for word in words
        for start in range(len(sentence))
        if sentence.startswith(word, start)
        for place in range(start, start + len(word))
    }
    marked = "".join(letter if place in covered else "\n" for place, letter in enumerate(sentence))
    return marked.split()


def _by_title(titles: Mapping[str, str], words: Sequence[str]) -> Proposal | None:
    """None if two titles of one length fit equally well."""
    found = []
    for key, title in titles.items():
        said = _common(title, words)
        share = len("".join(said)) / (len(title) or 1)
        if share >= TITLE_SHARE:
            found.append(((share, len(title)), key, said))
    found.sort(key=lambda row: row[0], reverse=True)
    if not found or (len(found) > 1 and found[0][0] == found[1][0]):
        return None
    return _because(found[0][1], found[0][2])


def _by_word(words: Sequence[str], recent: Iterable[Past]) -> Proposal | None:
    """By the most telling word: the one whose recent cases agree most."""
    categories: dict[str, list[str]] = {word: [] for word in words}
    for row in recent:
        for word in words_of(row.subject):
            if word in categories:
                categories[word].append(row.category)
    found = [(most, word) for word in words if (most := _most(categories[word]))]
    if not found:
        return None
    (category, count, of), word = max(found, key=lambda row: (row[0][1] / row[0][2], row[0][1]))
    said = {"word": word, "count": count, "of": of}
    return Proposal(category, _("%(count)d of %(of)d recent cases with “%(word)s”") % said)


def _by_caller(categories: Sequence[str]) -> Proposal | None:
    if not categories:
        return None
    category, count = Counter(categories).most_common(1)[0]
    return Proposal(category, _("%(count)d earlier cases of this caller") % {"count": count})


def _by_criterion(known: Mapping[str, Mapping[str, Criterion]], words: Sequence[str]) -> Proposal | None:
    """Of two that fit equally well the graver one; not those that only a rule can find out."""
    best, said = (0, 0, ""), [""]
    for rank, (tier, rows) in enumerate(known.items()):
        for criterion, row in rows.items():
            common = _common(row.text, words) if not row.by else []
            fit = (len("".join(common)), rank, f"{tier}:{criterion}")
            if fit[:2] > best[:2]:
                best, said = fit, common
    return _because(best[2], said) if best[0] >= CRITERION_CHARACTERS else None


def _because(value: str, said: Iterable[str]) -> Proposal:
    return Proposal(value, _("because of “%(words)s”") % {"words": listed(said)})


def _usual(values: Sequence[str]) -> Proposal | None:
    most = _most(values)
    if most is None:
        return None
    value, count, of = most
    words = {"count": count, "of": of}
    return Proposal(value, _("as in %(count)d of the last %(of)d cases of this category") % words)


def _most(values: Sequence[str]) -> tuple[str, int, int] | None:
    """(value, how often, of how many) of the most frequent value, if it is most of them."""
    if not values:
        return None
    value, count = Counter(values).most_common(1)[0]
    enough = count >= LEAST_CASES and count / len(values) >= LEAST_SHARE
    return (value, count, len(values)) if enough else None
