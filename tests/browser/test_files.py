"""Photos from a phone, as the script of the page sends them."""

from collections.abc import Callable
from io import BytesIO

from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from complaints.models import Attachment
from config import clock
from tests.browser.deeds import PHONE, fits
from tests.world import World, sent_case
from tickets.services import sign_for


def shot(name: str, colour: str) -> FilePayload:
    """A photo of seven million pixels and more than a megabyte, taken with the phone held upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    out = BytesIO()
    image, grain = Image.new("RGB", (3072, 2304), colour), Image.effect_noise((512, 2304), 90)
    for left in (0, 2560):
        image.paste(grain.convert("RGB"), (left, 0))
    image.save(out, "JPEG", quality=97, exif=exif)
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_two_shots_and_a_document_with_the_work(sign_in: Callable[..., Page], today_world: World):
    company, now = today_world.property, clock.now()
    case, ticket = sent_case(company, now)
    with company.scope():
        sign_for(actor=company.actor("he"), ticket=ticket, now=now)
    page = sign_in("he", **PHONE)
    page.goto(case.get_absolute_url())
    page.locator("details:has(form[data-verb=work]) > summary").click()
    form = page.locator("form[data-verb=work]")
    form.locator("[name=note]").fill("到场检查")
    camera, chosen = form.locator("input[capture]"), form.locator(".files-chosen li")
    camera.set_input_files(shot("image.jpg", "teal"))
    expect(chosen).to_have_count(1)
    second = shot("image.jpg", "maroon")
    camera.set_input_files(second)
    expect(chosen).to_have_count(2)
    paper = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
    payload: FilePayload = {"name": "单.pdf", "mimeType": "application/pdf", "buffer": paper}
    form.locator("input[type=file]:not([capture])").set_input_files(payload)
    expect(chosen).to_have_count(3)
    chosen.nth(0).get_by_role("button").click()
    expect(chosen).to_have_count(2)
    sizes = form.locator("input[multiple]").evaluate("input => [...input.files].map(file => file.size)")
    assert sizes[0] < len(second["buffer"]) / 2
    assert sizes[1] == len(paper)
    with page.expect_navigation():
        form.locator("button:not([type=button])").click()
    with company.scope():
        image, document = Attachment.objects.filter(complaint=case)
    assert (image.width, image.height, document.name) == (1920, 2560, "单.pdf")

    expect(page.locator(".files > li")).to_have_count(2)
    page.locator(".file-open").first.click()
    large = page.locator(".viewer:target img")
    expect(large).to_be_visible()
    assert large.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1920
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()
    fits(page)
