"""What a person sets for themselves: language, password, and how to be told outside the product."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from notifications.models import Preference
from notifications.selectors import preference_of
from notifications.services import save_preference
from web.answers import attempt, page
from web.forms.settings import PreferenceForm
from web.request import Request


@page("GET", "POST")
def settings(request: Request) -> HttpResponse:
    """A person's own settings in an organization."""
    if request.method != "POST":
        form = PreferenceForm.of(preference_of(request.user, request.organization))
        return render(request, "web/settings.html", {"form": form})
    form = PreferenceForm(request.POST)

    def save(**wishes: Any) -> Preference:
        return save_preference(
            user=request.user, organization=request.organization, now=request.now, **wishes
        )

    tried = attempt(form, save)
    if not tried.done:
        return render(request, "web/settings.html", {"form": form}, status=tried.status)
    messages.success(request, _("Your settings have been saved."))
    return redirect("settings", org=request.organization.slug)


class PasswordForm(PasswordChangeForm):
    """Django's, in the looks of the component kit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class ChangePassword(PasswordChangeView):
    """Whoever is signed in elsewhere with the old password is signed out there."""

    form_class = PasswordForm
    template_name = "web/password.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password has been changed."))
        return super().form_valid(form)

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


password = page("GET", "POST")(login_required(ChangePassword.as_view()))
