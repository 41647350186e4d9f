"""The tour's pages and pictures belong together; `make tour` takes the pictures."""

import pytest

from scripts.tour import LANGUAGES, TourError, pages
from scripts.tour.__main__ import check


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_names_exactly_the_pictures_that_are_there(language: str):
    assert pages.named(language) == pages.kept(language) != set()


def test_both_languages_show_the_same():
    assert pages.named("zh") == pages.named("en")


def test_the_pictures_are_small():
    pictures = [path for path in pages.PICTURES.rglob("*") if path.is_file()]
    assert {path.suffix for path in pictures} == {pages.SUFFIX}
    assert sum(path.stat().st_size for path in pictures) <= pages.LIMIT


def test_a_picture_too_many_or_too_few_stops_the_tour():
    named = pages.named("en")
    check("en", named)
    with pytest.raises(TourError, match="were not made: queue"):
        check("en", named - {"queue"})
    with pytest.raises(TourError, match="does not name stray"):
        check("en", named | {"stray"})


def test_a_page_must_not_show_pictures_in_another_language(monkeypatch, tmp_path):
    page = tmp_path / "tour.md"
    page.write_text("![](tour/zh/queue.webp)", encoding="utf-8")
    monkeypatch.setitem(pages.PAGES, "en", page)
    with pytest.raises(ValueError, match="another language"):
        pages.named("en")
