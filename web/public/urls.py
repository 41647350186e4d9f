"""The addresses below /p/<organization>/: short, because they are printed and typed."""

from django.urls import URLPattern, path

from web.public import following, pages


def routes() -> list[URLPattern]:
    """A function, because the converters have to be registered before a path names them."""
    return [
        path("", pages.home, name="public"),
        path("new/", pages.hand_in, name="public-new"),
        path("follow/", following.follow, name="public-follow"),
        path("case/", following.case, name="public-case"),
        path("case/add/", following.add, name="public-add"),
        path("case/answer/", following.answer, name="public-answer"),
        path("case/leave/", following.leave, name="public-leave"),
        path("case/photos/<row:pk>/", following.photo, name="public-photo"),
        path("case/photos/<row:pk>/thumbnail/", following.thumbnail, name="public-thumbnail"),
    ]
