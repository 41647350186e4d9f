"""The day: one case from the call to the close-out, and a complaint from the public page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from playwright.sync_api import FilePayload, Locator

from scripts.tour import TourError, drawn
from scripts.tour.people import Person
from scripts.tour.words import Words


@dataclass(frozen=True)
class Cast:
    """Who plays; each has signed in, but for the complainant, who needs no account."""

    desk: Person
    head: Person
    manager: Person
    complainant: Person

    @property
    def problems(self) -> list[str]:
        people = (self.desk, self.head, self.manager, self.complainant)
        return [problem for person in people for problem in person.problems]


def play(cast: Cast, words: Words) -> bool:
    """The whole day. False if everything but the picture of the report could be made."""
    case = log_the_call(cast.desk, words)
    sign_and_work(cast.head, case, words)
    ask_for_time(cast.head, case, words)
    decide(cast.manager, case, words)
    has_paper = read_the_month(cast.manager)
    file_the_result(cast.head, case, words)
    answer(cast.desk, case)
    follow_up_and_close(cast.desk, case, words)
    number, code = hand_in(cast.complainant, words)
    accept(cast.desk, number)
    follow(cast.complainant, number, code)
    if cast.problems:
        raise TourError("\n".join(cast.problems))
    return has_paper


# --- the front desk ---


def log_the_call(desk: Person, words: Words) -> str:
    """By keyboard alone, while somebody who has called before is on the phone; returns the case's number."""
    page, keys = desk.page, desk.page.keyboard
    desk.go("desk/")
    desk.shoot("queue")
    name, phone, place = page.locator(".queue tbody tr").first.locator("td").nth(4).inner_text().split()
    desk.go("desk/log/")
    for text in (phone, name, place, words.subject):
        keys.type(text)
        keys.press("Enter")
    keys.type(words.content)
    page.locator("#earlier .list-group-item").first.wait_for()
    page.wait_for_load_state("networkidle")  # the proposals are there
    desk.choose("category", "lift")
    desk.choose("grading", "minor:slight_inconvenience")
    lifts = page.locator("select[name=lead] option", has_text="电梯班").first
    desk.choose("lead", lifts.get_attribute("value") or "")
    page.locator("[name=instructions]").focus()
    keys.type(words.instructions)
    desk.shoot("call")
    keys.press("Control+Enter")
    page.wait_for_url("**/case/**")
    desk.shoot("sent")
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def answer(desk: Person, case: str) -> None:
    """Check the result and tell the caller, in the words that the rules propose."""
    desk.go(f"case/{case}/")
    form = desk.open("tell")
    desk.shoot("tell", at=form)
    desk.send(form)


def follow_up_and_close(desk: Person, case: str, words: Words) -> None:
    desk.go(f"case/{case}/?do=follow-up")
    form = desk.open("follow-up")
    form.locator("[name=reached][value=yes]").check()
    form.locator("[name=solved][value=yes]").check()
    form.locator("[name=satisfaction][value=satisfied]").check()
    form.locator("[name=note]").fill(words.follow_up)
    desk.shoot("follow-up", at=form.locator("[name=note]"))
    desk.send(form)
    desk.send(desk.open("close"))
    desk.shoot("closed")


def accept(desk: Person, case: str) -> None:
    desk.go(f"case/{case}/")
    desk.send(desk.open("accept"))


# --- the department ---


def sign_and_work(head: Person, case: str, words: Words) -> None:
    """Sign for the ticket in the inbox, and record work with a photo."""
    head.go("department/")
    ticket = _about(head.page.locator(".ticket-card"), case)
    head.shoot("ticket", at=ticket)
    head.send(ticket.locator("form[data-verb=sign]"))
    head.go(f"case/{case}/")
    form = head.open("work")
    form.locator("[name=note]").fill(words.work)
    _attach(form, "panel.jpg", drawn.lift_buttons())
    head.shoot("work", at=form)
    head.send(form)


def ask_for_time(head: Person, case: str, words: Words) -> None:
    form = head.open("extension")
    until = form.locator("[name=wanted_due_at]")
    due = datetime.fromisoformat(until.input_value())
    until.fill((due + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))
    form.locator("[name=reason]").fill(words.more_time)
    head.shoot("more-time", at=form)
    head.send(form)


def file_the_result(head: Person, case: str, words: Words) -> None:
    head.go(f"case/{case}/")
    form = head.open("result")
    form.locator("[name=cause]").fill(words.cause)
    form.locator("[name=result]").fill(words.result)
    form.locator("[name=outcome]").select_option("solved")
    head.shoot("result", at=form)
    head.send(form)
    head.shoot("handled", at=head.page.locator("#files"))


# --- the manager ---


def decide(manager: Person, case: str, words: Words) -> None:
    """Grant more time in place; what is warned and broken stands below."""
    manager.go("manager/")
    request = _about(manager.page.locator("article[id^=extension-]"), case)
    request.locator("[name=reason]").fill(words.granted)
    manager.shoot("decide", at=request)
    manager.shoot("watch", at=manager.page.locator("#watching"))
    manager.send(request)


def read_the_month(manager: Person) -> bool:
    """The figures so far, and last month's report; False if its picture could not be made."""
    manager.go("dashboard/")
    manager.page.locator(".chart canvas").wait_for()
    manager.shoot("month")
    manager.go("reports/")
    address = manager.page.locator("a[href$='.pdf']").first.get_attribute("href") or ""
    answered = manager.page.context.request.get(address)
    if not answered.ok:
        raise TourError(f"{address} answered {answered.status}.")
    return manager.camera.take_paper(answered.body(), "report")


# --- the complainant ---


def hand_in(complainant: Person, words: Words) -> tuple[str, str]:
    """A complaint with a photo, without an account; returns number and code."""
    page = complainant.page
    complainant.shoot("public")
    page.click("a.btn-primary")
    page.fill("[name=content]", words.complaint)
    page.fill("[name=place]", words.complaint_place)
    page.select_option("[name=category]", "lighting")
    page.fill("[name=request]", words.complaint_request)
    page.fill("[name=complainant_name]", words.complainant)
    page.fill("[name=complainant_phone]", "13800000099")
    _attach(page.locator("main form"), "stairs.jpg", drawn.dark_stairs())
    complainant.shoot("complaint")
    complainant.send(page.locator("main form"))
    complainant.shoot("receipt")
    return page.inner_text("[data-number]"), page.inner_text("[data-code]")


def follow(complainant: Person, number: str, code: str) -> None:
    page = complainant.page
    page.goto("/p/demo/follow/")
    page.fill("[name=number]", number)
    page.fill("[name=passcode]", code)
    complainant.send(page.locator("main form"))
    complainant.shoot("follow")


# --- hands ---


def _about(places: Locator, case: str) -> Locator:
    """That of the places which is about the case."""
    return places.and_(places.page.locator(f":has(a[href*='{case}'])")).first


def _attach(form: Locator, name: str, picture: bytes) -> None:
    photo: FilePayload = {"name": name, "mimeType": "image/jpeg", "buffer": picture}
    form.locator("input[type=file]:not([capture])").set_input_files(photo)
    form.locator(".files-chosen li").first.wait_for()
