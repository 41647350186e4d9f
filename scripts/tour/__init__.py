"""Plays the day of docs/tour.md in a browser and takes its pictures: `.venv/bin/python -m scripts.tour`.

Nothing here imports Django: the day is played from outside, as people would. It needs Chromium and
Playwright.
"""

LANGUAGES = ("zh", "en")


class TourError(Exception):
    """The tour cannot be played, or its pages and pictures do not fit; the text says why."""
