"""What is open at the end of the play, read from present.yaml."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from reporting.demo.case import Case
from reporting.demo.play import Stage, Story
from reporting.demo.scenery import Matter

GROUPS = {
    "works": ("works", "lifts", "power", "civil"),
    "others": ("order", "parking", "environment", "jinxiu", "binhe", "finance"),
}
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def present(stage: Stage) -> list[Story]:
    """A story for each case of present.yaml; all of them end open."""
    plans = yaml.safe_load((Path(__file__).parent / "present.yaml").read_text(encoding="utf-8"))
    taken: list[Matter] = []
    return [_planned(stage, plan, taken) for plan in plans]


def _planned(stage: Stage, plan: dict[str, Any], taken: list[Matter]) -> Story:
    """`taken`: what other cases are about; a list of open cases that repeats itself looks made up."""
    departments = GROUPS.get(plan["departments"], (plan["departments"],))
    matter = stage.scenery.matter(tier=plan["tier"], departments=departments, besides=taken)
    taken.append(matter)
    case = Case(stage, matter)
    for moment, verb, arguments in _steps(stage.end, plan["steps"]):
        yield moment
        if verb == "not_solved":
            case.follow_up("unsatisfied", solved=False)
        else:
            getattr(case, verb)(*arguments)


def _steps(end: datetime, steps: list[list[Any]]) -> Iterator[tuple[datetime, str, list[Any]]]:
    for ago, verb, *arguments in steps:
        moment = end - timedelta(**{_UNITS[ago[-1]]: float(ago[:-1])})
        if verb != "in_hand":
            yield moment, verb, arguments
            continue
        yield moment, "call", []
        yield moment + timedelta(minutes=4), "dispatch", []
        yield moment + timedelta(minutes=31), "sign", []
