"""Who calls about what: residents, matters and moments, drawn with a seeded generator."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
_ESTATES = (
    ("锦绣花园", [f"{number}号楼" for number in range(1, 13)]),
    ("滨河苑", [f"{letter}座" for letter in "ABCDEF"]),
)
_CHANNELS = {"phone": 55, "wechat": 16, "visit": 12, "web": 8, "hotline": 6, "letter": 2, "email": 1}
# How the calls spread over the day: most in the morning and after work.
_HOURS = {
    7: 2,
    8: 6,
    9: 9,
    10: 9,
    11: 6,
    12: 4,
    13: 4,
    14: 6,
    15: 6,
    16: 6,
    17: 6,
    18: 8,
    19: 9,
    20: 7,
    21: 3,
    22: 1,
}


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who calls, perhaps more than once."""

    name: str
    phone: str
    building: str
    unit: str
    room: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What a complaint is about, with everything that is going to be said about it."""

    category: str
    department: str
    tier: str
    criterion: str
    nature: str
    subject: str
    contents: tuple[str, ...]
    request: str
    works: tuple[str, ...]
    causes: tuple[str, ...]
    results: tuple[str, ...]
    told: str
    often: int
    helpers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enquiry:
    """What the desk settles or refuses by itself."""

    category: str
    nature: str
    subject: str
    content: str
    note: str
    reason: str = ""


@dataclass
class Scenery:
    """Draws everything by chance; the same seed draws the same."""

    random: Random
    residents: list[Resident] = field(default_factory=list)
    matters: list[Matter] = field(default_factory=list)
    explained: list[Enquiry] = field(default_factory=list)
    rejected: list[Enquiry] = field(default_factory=list)

    @classmethod
    def load(cls, random: Random) -> "Scenery":
        document = yaml.safe_load((Path(__file__).parent / "matters.yaml").read_text(encoding="utf-8"))
        scenery = cls(random)
        scenery.matters = [_matter(row) for row in document["matters"]]
        scenery.explained = [Enquiry(**row) for row in document["explained"]]
        scenery.rejected = [Enquiry(**row) for row in document["rejected"]]
        scenery.residents = [scenery._resident(number) for number in range(180)]
        return scenery

    def _resident(self, number: int) -> Resident:
        estate, buildings = self.random.choice(_ESTATES)
        building, unit = estate + self.random.choice(buildings), f"{self.random.randint(1, 3)}单元"
        room = f"{building}{unit}{self.random.randint(1, 26)}0{self.random.randint(1, 4)}"
        name = self.random.choice(_SURNAMES) + self.random.choice(("先生", "女士"))
        return Resident(name, f"1380000{1000 + number * 37 % 9000:04d}", building, unit, room)

    def resident(self) -> Resident:
        return self.random.choice(self.residents)

    def matter(
        self, *, tier: str = "", departments: tuple[str, ...] = (), besides: Collection[Matter] = ()
    ) -> Matter:
        """A matter, perhaps of a tier or for one of some departments; if possible none of `besides`."""
        fitting = [
            row
            for row in self.matters
            if (not tier or row.tier == tier) and (not departments or row.department in departments)
        ]
        fitting = [row for row in fitting if row not in besides] or fitting
        return self.random.choices(fitting, [row.often for row in fitting])[0]

    def channel(self) -> str:
        return self.random.choices(list(_CHANNELS), list(_CHANNELS.values()))[0]

    def moments(self, start: datetime, end: datetime, count: int) -> list[datetime]:
        """`count` moments when the telephone rings between two local times, in order. Fewer at weekends."""
        days = max((end - start).days, 1)
        found: list[datetime] = []
        while len(found) < count:
            day = start + timedelta(days=self.random.randrange(days + 1))
            if day.weekday() >= 5 and self.random.random() < 0.25:
                continue
            hour = self.random.choices(list(_HOURS), list(_HOURS.values()))[0]
            moment = day.replace(
                hour=hour, minute=self.random.randrange(60), second=self.random.randrange(60), microsecond=0
            )
            if start <= moment < end:
                found.append(moment)
        return sorted(found)


def _matter(row: dict[str, Any]) -> Matter:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    return Matter(**values)
