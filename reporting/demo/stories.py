"""How cases go: each story is a generator that yields the time of its next step and then takes it."""

from collections.abc import Callable
from datetime import datetime

from reporting.demo.case import Case
from reporting.demo.play import Stage, Story
from reporting.demo.scenery import Matter

# --- parts of stories ---


def _to_department(case: Case, at: datetime, *, late: bool = False, late_receipt: bool = False) -> Story:
    """From the call to the signature."""
    yield at
    case.call()
    yield case.after(12, 50) if late else case.after(0.5, 8)
    helpers = case.matter.helpers if case.random.random() < 0.6 else ()
    case.dispatch(helpers=helpers)
    yield case.after(65, 210) if late_receipt else case.after(3, 50)
    case.sign()


def _work(case: Case, low: float, high: float) -> Story:
    """From the signature to the result, which comes when this share of the solve limit is used up."""
    end = case.share(low, high)
    if case.random.random() < 0.5:
        yield case.after(2, 15)
        case.assign()
    for part in range(len(case.works)):
        moment = case.now + (end - case.now) * case.random.uniform(0.2, 0.6)
        if part < 2 and moment > case.now:
            yield moment
            case.work()
    yield end
    case.finish()


def _answer(case: Case, *, late: bool = False) -> Story:
    yield case.after(150, 500) if late else case.after(8, 100)
    case.tell()


def _sign_off(case: Case, *, late: bool = False) -> Story:
    """Follow-up and close-out; a grave matter waits for the general manager."""
    yield case.day(9, 12) if late else case.day(1, 6)
    case.follow_up(case.random.choices(("satisfied", "fair", "unsatisfied"), (70, 24, 6))[0])
    if case.complaint.tier == "major":
        yield case.after(60, 1500)
        case.consent()
    yield case.after(2, 90)
    case.close()


# --- whole stories ---


def smooth(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at)
    yield from _work(case, 0.06, 0.85)
    yield from _answer(case)
    yield from _sign_off(case)


def late_dispatch(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at, late=True)
    yield from _work(case, 0.1, 0.9)
    yield from _answer(case)
    yield from _sign_off(case)


def late_receipt(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at, late_receipt=True)
    yield from _work(case, 0.2, 0.93)
    yield from _answer(case)
    yield from _sign_off(case)


def late_result(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at)
    yield from _work(case, 1.04, 1.4)
    yield from _answer(case, late=case.random.random() < 0.4)
    yield from _sign_off(case)


def very_late(case: Case, at: datetime) -> Story:
    """Up the whole ladder to the general manager."""
    yield from _to_department(case, at, late_receipt=True)
    yield from _work(case, 2.1, 3.2)
    yield from _answer(case)
    yield from _sign_off(case, late=True)


def late_answer(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at)
    yield from _work(case, 0.2, 0.9)
    yield from _answer(case, late=True)
    yield from _sign_off(case, late=case.random.random() < 0.5)


def wrong_department(case: Case, at: datetime) -> Story:
    right = case.matter.department
    wrong = case.random.choice([code for code in ("jinxiu", "binhe", "order", "civil") if code != right])
    yield at
    case.call()
    yield case.after(1, 7)
    case.dispatch(to=wrong)
    yield case.after(6, 45)
    case.give_back("not_our_duty", "经核实不属于本部门职责，请改派。")
    yield case.after(2, 14)
    case.dispatch(to=right)
    yield case.after(3, 40)
    case.sign()
    yield from _work(case, 0.3, 0.95)
    yield from _answer(case)
    yield from _sign_off(case)


def extended(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at)
    yield case.share(0.5, 0.75)
    case.ask_for_time(48, "需采购专用配件，供应商答复三天内到货。")
    yield case.after(30, 150)
    case.decide(True, "同意延期，请每天向业主说明进度。")
    yield from _work(case, 1.1, 1.9)
    yield from _answer(case)
    yield from _sign_off(case)


def not_extended(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at)
    yield case.share(0.5, 0.7)
    case.ask_for_time(72, "人手不足，请求延期三天。")
    yield case.after(20, 120)
    case.decide(False, "人手可从其他班组调配，按期完成。")
    yield from _work(case, 0.85, 1.3)
    yield from _answer(case)
    yield from _sign_off(case)


def paused(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at)
    yield case.after(60, 300)
    case.pause("parts", "等待厂家配件到货。")
    yield case.day(1, 3)
    case.resume("配件已到货。")
    yield from _work(case, 0.9, 2.2)
    yield from _answer(case)
    yield from _sign_off(case)


def graver(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at)
    yield case.after(60, 360)
    case.regrade("important", "repeated", "同一问题三个月内第二次投诉，提高等级。")
    yield from _work(case, 0.4, 0.95)
    yield from _answer(case)
    yield from _sign_off(case)


def corrected(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at)
    yield case.after(5, 60)
    case.correct_phone()
    yield from _work(case, 0.2, 0.8)
    yield from _answer(case)
    yield from _sign_off(case)


def not_reached(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at)
    yield from _work(case, 0.1, 0.8)
    yield from _answer(case)
    for _attempt in range(3):
        yield case.day(1, 2)
        case.attempt()
    if case.matter.tier == "major":
        yield case.after(60, 1500)
        case.consent()
    yield case.after(5, 60)
    case.close()


def reopened(case: Case, at: datetime) -> Story:
    yield from _to_department(case, at)
    yield from _work(case, 0.2, 0.9)
    yield from _answer(case)
    yield case.day(1, 4)
    case.follow_up("unsatisfied", solved=False)
    yield case.after(3, 40)
    case.reopen()
    yield case.after(1, 8)
    case.dispatch()
    yield case.after(3, 45)
    case.sign()
    yield case.after(200, 900)
    case.work()
    yield case.after(60, 400)
    case.finish()
    yield from _answer(case)
    yield from _sign_off(case)


def explained(case: Case, at: datetime) -> Story:
    enquiry = case.random.choice(case.stage.scenery.explained)
    yield at
    case.settle(enquiry)
    yield case.after(1, 6)
    case.explain(enquiry)


def rejected(case: Case, at: datetime) -> Story:
    enquiry = case.random.choice(case.stage.scenery.rejected)
    yield at
    case.settle(enquiry)
    yield case.after(3, 9)
    case.reject(enquiry)


# How often each of them happens.
OFTEN: dict[Callable[[Case, datetime], Story], int] = {
    smooth: 52,
    late_dispatch: 5,
    late_receipt: 5,
    late_result: 6,
    very_late: 2,
    late_answer: 4,
    wrong_department: 4,
    extended: 3,
    not_extended: 1,
    paused: 3,
    graver: 2,
    corrected: 2,
    not_reached: 3,
    reopened: 4,
    explained: 6,
    rejected: 3,
}
# These need a tier that lets them happen.
_TIERS: dict[Callable[[Case, datetime], Story], tuple[str, ...]] = {
    extended: ("minor", "important"),
    not_extended: ("minor", "important"),
    graver: ("minor",),
}


def past(stage: Stage, moments: list[datetime]) -> list[Story]:
    """A story for each moment, in the mixture of `OFTEN`."""
    kinds = stage.random.choices(list(OFTEN), list(OFTEN.values()), k=len(moments))
    return [
        kind(_case(stage, _matter(stage, _TIERS.get(kind, ()))), at)
        for kind, at in zip(kinds, moments, strict=True)
    ]


def _matter(stage: Stage, tiers: tuple[str, ...]) -> Matter:
    return stage.scenery.matter(tier=stage.random.choice(tiers) if tiers else "")


def _case(stage: Stage, matter: Matter) -> Case:
    return Case(stage, matter, desk=stage.random.choice(("desk", "desk", "desk2")))
