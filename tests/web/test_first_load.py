"""What a browser fetches for its first page: one style sheet, nothing from elsewhere, not much of it."""

import gzip
import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.test import Client

from config.styles import JOINED, SHEETS, JoinedFinder
from organizations.services import show_public_page
from tests.world import sent_case

ROOT = Path(__file__).resolve().parent.parent.parent
MOST = 300_000  # bytes, compressed
CHARTS = "/static/vendor/echarts/"
LINKED = re.compile(r'<(?:link|script)\b[^>]*?\b(?:href|src)="([^"]+)"')
STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"')


def content(address: str) -> bytes:
    found = finders.find(address.removeprefix("/static/"))
    assert found, address
    return Path(found).read_bytes()


def weight(page: str) -> int:
    parts = [page.encode(), *(content(link) for link in LINKED.findall(page) if not link.startswith(CHARTS))]
    return sum(len(gzip.compress(part)) for part in parts)


def test_the_first_page_is_light(company, sign_in):
    show_public_page(company.organization)
    case, _ticket = sent_case(company)
    wanted = [
        ("lin", "desk/log/"),
        ("lin", f"case/{case.number}/"),
        ("sun", "department/"),
        ("gao", "dashboard/"),
        ("gao", "cases/"),
        ("admin", "public/poster/"),
    ]
    pages = [sign_in(name).get(company.url(path)) for name, path in wanted]
    pages += [Client().get(path) for path in ("/login/", "/p/evergreen/", "/p/evergreen/new/")]
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        assert len(STYLE.findall(text)) == 1, page.request["PATH_INFO"]
        assert weight(text) < MOST, page.request["PATH_INFO"]


def test_style_sheets_are_linked_in_the_frames_only():
    templates = ROOT / "templates"
    linking = {
        str(path.relative_to(templates)): len(re.findall('rel="stylesheet"', path.read_text()))
        for path in templates.rglob("*.html")
    }
    frames = ("base.html", "away.html", "public/base.html")
    assert {name: count for name, count in linking.items() if count} == dict.fromkeys(frames, 1)


def test_nothing_comes_from_elsewhere():
    for name in (JOINED, "css/public.css"):
        text = content(name).decode()
        assert "@font-face" not in text
        assert "@import" not in text
        assert re.findall(r"url\(\s*[\"']?(?!data:)([^)\"']+)", text) in ([], ["../img/mark.svg"])


def test_the_one_sheet_is_what_its_parts_are_now(settings, tmp_path):
    """Changed parts are in it at once, and no process finds half a file."""
    for name in SHEETS:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f".{path.stem} {{}}")
    settings.STATICFILES_DIRS, settings.DATA_DIR = [tmp_path], tmp_path / "data"
    finder = JoinedFinder()
    parts = [line.partition(" ")[0] for line in Path(finder.find(JOINED)).read_text().splitlines()]
    assert parts == [f".{Path(name).stem}" for name in SHEETS]
    (tmp_path / SHEETS[1]).write_text(".other {}")
    [(name, storage)] = finder.list([])
    assert ".other" in Path(storage.path(name)).read_text()
    assert [path.name for path in Path(storage.path(name)).parent.iterdir()] == ["all.css"]
    assert finder.find("css/huiyin.css") == []
