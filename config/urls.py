"""All addresses: the pages under /o/<organization>/, the API under /api/v1/<organization>/."""

from django.urls import include, path

handler400 = "web.errors.bad_request"
handler500 = "web.errors.server_error"

urlpatterns = [
    path("", include("web.urls")),
    path("api/v1/", include("api.urls")),
]
