"""What people do on the pages, for all browser tests: fill in a form and send it, tap twice, measure."""

from io import BytesIO

from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
# Sent twice although the page's own guard stops the second: as if its answer had been lost on the way.
SEND_TWICE = """button => {
  button.form.requestSubmit(button);
  delete button.form.dataset.sent;
  button.form.requestSubmit(button);
}"""


def choose(page: Page, name: str, value: str) -> None:
    """Pick an option, whether the page shows the field as a list or as radio buttons."""
    select = page.locator(f"select[name={name}]")
    if select.count():
        select.select_option(value)
    else:
        page.locator(f"input[name={name}][value='{value}']").check()


def open_form(page: Page, verb: str) -> Locator:
    """The form of a verb, unfolded."""
    form = page.locator(f"form[data-verb={verb}]").first
    expect(form).to_be_attached()
    if not form.is_visible():
        page.locator(f"details:has(form[data-verb={verb}]) > summary").first.click()
    return form


def fill_in(form: Locator, **fields: str) -> None:
    """A field `x__is` is chosen, another one typed."""
    for name, value in fields.items():
        if not name.endswith("__is"):
            form.locator(f"[name={name}]").fill(value)
            continue
        field = form.locator(f"[name={name.removesuffix('__is')}]")
        if field.first.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            form.locator(f"[name={name.removesuffix('__is')}][value={value}]").check()


def send_button(form: Locator) -> Locator:
    return form.locator("button:not([type=button])")


def do(page: Page, verb: str, **fields: str) -> None:
    """Open the action on the page, fill it in and send it; it must be accepted."""
    form = open_form(page, verb)
    fill_in(form, **fields)
    with page.expect_navigation():
        send_button(form).click()
    expect_accepted(page)


def expect_accepted(page: Page) -> None:
    expect(page.locator("main").locator(".field-error, .alert-danger")).to_have_count(0)


def fits(page: Page) -> None:
    """The page is not wider than its window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"


def photo(size: tuple[int, int] = (1200, 900)) -> FilePayload:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
