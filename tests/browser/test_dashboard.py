"""The chart of the month so far: drawn from its table, within the content security policy."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from config import clock
from tests.world import World, new_case

# The middle of the bar of this month's received cases.
BAR = """place => {
  const chart = echarts.getInstanceByDom(place), data = chart.getOption();
  const [x, y] = chart.convertToPixel({ seriesIndex: 0 }, [data.xAxis[0].data.length - 1, 1]);
  return { x: x - 8, y };
}"""


def test_a_bar_leads_to_the_cases_behind_it(sign_in: Callable[..., Page], today_world: World):
    company, now = today_world.property, clock.now()
    for _ in range(2):
        new_case(company, now)
    page = sign_in("gao", reduced_motion="reduce")
    page.goto(company.url("dashboard/"))
    chart = page.locator("[data-chart-of]")
    drawing = chart.locator("canvas")
    expect(drawing).to_be_visible()
    expect(page.locator("#months-table tbody tr")).to_have_count(13)
    bar = chart.evaluate(BAR)
    drawing.hover(position=bar)  # its words are drawn, too
    drawing.click(position=bar)
    month = f"{now.astimezone(company.organization.zone):%Y-%m}"
    expect(page).to_have_url(f"{company.url('cases/')}?figure=received.{month}")
    expect(page.locator("tbody[data-walk] tr")).to_have_count(2)


def test_on_paper_there_is_the_table(sign_in: Callable[..., Page], today_world: World):
    company = today_world.property
    page = sign_in("gao")
    page.goto(company.url("dashboard/"))
    page.emulate_media(media="print")
    expect(page.locator("[data-chart-of]")).to_be_hidden()
    expect(page.locator("#months-table")).to_be_visible()
