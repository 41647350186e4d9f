"""The addresses of the administrator's pages, below /o/<organization>/."""

from django.urls import URLPattern, path

from web.administration import calendar, editing, posts, publishing, trying, versions


def routes() -> list[URLPattern]:
    """A function, because the converters have to be registered before a path names them."""
    return [
        path("rules/", versions.rules, name="rules"),
        path("rules/new/", versions.new, name="rules-new"),
        path("rules/posts/", posts.posts, name="rules-posts"),
        path("rules/<row:version>/", versions.show, name="rules-version"),
        path("rules/<row:version>/yaml/", versions.export, name="rules-export"),
        path("rules/<row:version>/differences/", versions.difference, name="rules-compare"),
        path("rules/<row:version>/try/", trying.trial, name="rules-try"),
        path("rules/<row:version>/edit/<slug:part>/<row:place>/", editing.edit, name="rules-edit"),
        path("rules/<row:version>/publish/", versions.publish, name="rules-publish"),
        path("rules/<row:version>/drop/", versions.drop, name="rules-drop"),
        path("rules/<row:version>/apply/", versions.apply, name="rules-apply"),
        path("calendar/", calendar.calendar, name="calendar"),
        path("calendar/change/", calendar.change, name="calendar-change"),
        path("public/", publishing.public_page, name="public-page"),
        path("public/poster/", publishing.poster, name="public-poster"),
    ]
