"""Signing in and out, choosing the organization and the language."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.i18n import set_language

from organizations.models import User
from organizations.selectors import organizations_of
from organizations.services import choose_language
from web.answers import page
from web.carrying import Carried
from web.context import landing
from web.request import Request


class SignInForm(AuthenticationForm):
    """Django's, in the looks of the component kit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class SignIn(LoginView):
    form_class = SignInForm
    template_name = "web/login.html"
    redirect_authenticated_user = True
    http_method_names = ["get", "head", "post"]  # Django would take a PUT for a POST

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Takes the form of this page, and those of others that come by after their session has ended."""
        if "username" in request.POST:
            return super().post(request, *args, **kwargs)
        carried = Carried.of(request).packed()
        return self.render_to_response(self.get_context_data(form=self.form_class(request), carried=carried))

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The pages speak the language that the person has chosen, whoever sat here before."""
        response = super().form_valid(form)
        carried = Carried.unpacked(self.request.POST.get("carried", ""))
        if carried:
            context = {"carried": carried, "url": response.url}
            response = render(self.request, "web/send_again.html", context)
        _speak(response, form.get_user())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        carried = self.request.POST.get("carried", "")
        return self.render_to_response(self.get_context_data(form=form, carried=carried), status=422)


def _speak(response: HttpResponse, user: User) -> None:
    if user.language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        )


login = page("GET", "POST")(SignIn.as_view())
logout = page("POST")(LogoutView.as_view())


@page("POST")
def language(request: Request) -> HttpResponse:
    """Choose the language of the pages and, for who is signed in, of the messages too."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        choose_language(user=request.user, language=chosen)
    return set_language(request)


@page("GET")
@login_required
def home(request: Request) -> HttpResponse:
    """To the person's only organization; a choice if there are several, a word if there is none."""
    organizations = list(organizations_of(request.user)[:200])
    if len(organizations) == 1:
        return redirect("organization", org=organizations[0].slug)
    return render(request, "web/home.html", {"organizations": organizations})


@page("GET")
def organization(request: Request) -> HttpResponse:
    """To where a person's role begins the day."""
    return redirect(landing(request.actor), org=request.organization.slug)
