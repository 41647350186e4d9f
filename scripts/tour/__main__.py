"""Makes the pictures of docs/tour.md and docs/tour.zh-CN.md anew; about five minutes.

The day is played twice in each language: with the desk and the manager at a desk screen and the others on
phones, and the other way round. The old pictures stay until all new ones are there.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error

from scripts import let_children_find_libraries
from scripts.tour import LANGUAGES, TourError, pages
from scripts.tour.camera import Camera
from scripts.tour.day import Cast, play
from scripts.tour.house import House, load, served, work_folder
from scripts.tour.people import DESK, PHONE, arrive, chromium, sign_in, speak
from scripts.tour.words import WORDS

# The pictures of the second play.
TURNED = {"-phone": frozenset({"queue", "decide", "month"}), "-desk": frozenset({"ticket"})}
REPORT = "report"


def main() -> int:
    let_children_find_libraries()  # the reports of the demonstration are PDFs
    try:
        make()
    except (TourError, Error) as error:
        print(f"\nThe tour stopped: {error}", file=sys.stderr)
        return 1
    return 0


def make() -> None:
    work = work_folder()
    print("Loading the demonstration organization ...", flush=True)
    password = load(work / "fresh")
    made = {language: shoot(work, password, language) for language in LANGUAGES}
    for language, names in made.items():
        check(language, names)
    size = sum(path.stat().st_size for path in (work / "pictures").rglob(f"*{pages.SUFFIX}"))
    if size > pages.LIMIT:
        raise TourError(f"The pictures have {size:,} bytes, more than {pages.LIMIT:,}.")
    for language, names in made.items():
        replace(language, names, work / "pictures" / language)
    print(f"{sum(map(len, made.values()))} pictures, {size:,} bytes, in {pages.PICTURES}.")


def shoot(work: Path, password: str, language: str) -> set[str]:
    """Play the day in one language in a copy of the organization; returns the names of the pictures."""
    print(f"Playing the day ({language}) ...", flush=True)
    data, folder = work / language, work / "pictures" / language
    shutil.copytree(work / "fresh", data)
    folder.mkdir(parents=True)
    camera = Camera(folder)
    with served(data, password) as house, chromium(work) as browser:
        usual = cast(browser, house, language, (DESK, PHONE), (camera, camera))
        if not play(usual, WORDS[language]):
            print("There is no pdftoppm here (poppler-utils): the report's picture stays as it was.")
            camera.taken.add(REPORT)
        phone, desk = (Camera(folder, only, suffix) for suffix, only in TURNED.items())
        turned = cast(browser, house, language, (PHONE, DESK), (phone, desk))
        play(turned, WORDS[language])
    return camera.taken | phone.taken | desk.taken


def cast(
    browser: Browser,
    house: House,
    language: str,
    screens: tuple[dict[str, Any], dict[str, Any]],
    cameras: tuple[Camera, Camera],
) -> Cast:
    """Screens and cameras: those of desk and manager, those of head and complainant."""
    inside, outside = (
        (browser, house, language, screen, camera) for screen, camera in zip(screens, cameras, strict=True)
    )
    complainant = arrive(*outside)
    complainant.page.goto("/p/demo/")
    speak(complainant.page, language)
    return Cast(
        desk=sign_in(arrive(*inside), house, language, "desk"),
        head=sign_in(arrive(*outside), house, language, "head"),
        manager=sign_in(arrive(*inside), house, language, "manager"),
        complainant=complainant,
    )


def check(language: str, made: set[str]) -> None:
    """TourError unless the page names exactly the pictures that were made."""
    named = pages.named(language)
    page = pages.PAGES[language].name
    if missing := named - made:
        raise TourError(f"{page} names pictures that were not made: {', '.join(sorted(missing))}")
    if unnamed := made - named:
        raise TourError(f"{page} does not name {', '.join(sorted(unnamed))}.")


def replace(language: str, names: set[str], new: Path) -> None:
    folder = pages.folder(language)
    folder.mkdir(parents=True, exist_ok=True)
    for name in pages.kept(language) - names:
        (folder / f"{name}{pages.SUFFIX}").unlink()
    for path in new.iterdir():
        shutil.copyfile(path, folder / path.name)


if __name__ == "__main__":
    raise SystemExit(main())
