"""What complainants said when they were asked again."""

from collections import Counter

from django.db.models import Count

from complaints.services.replying import Satisfaction
from reporting.periods import Period
from reporting.statistics.flow import in_period
from reporting.statistics.moment import said

ANSWERS = tuple(Satisfaction.values)


def answers(period: Period) -> tuple[Counter[str], Counter[str]]:
    """The follow-ups of the period by satisfaction, and by whether the matter was solved. One query.

    Satisfaction "" and solved "" are follow-ups that do not say. Solved is "true" or "false".
    """
    rows = (
        in_period(period)
        .filter(kind="follow_up_done")
        .annotate(
            answer=said("data__facts__satisfaction"),
            solved=said("data__facts__solved"),
        )
        .values_list("answer", "solved")
        .annotate(Count("pk"))
    )
    satisfied: Counter[str] = Counter()
    solved: Counter[str] = Counter()
    for answer, is_solved, number in rows:
        satisfied[answer if answer in ANSWERS else ""] += number
        solved[is_solved] += number
    return satisfied, solved
