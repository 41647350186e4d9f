"""Widgets are drawn as Django's own templates draw them."""

import re

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates

from web.forms.renderer import Renderer

NASTY = "\"<b>'&"
CHOICES = [("", "—"), ("a", NASTY), (NASTY, "b"), (f"树{NASTY}", [(1, "一"), (2, NASTY)])]
INPUTS = (
    forms.TextInput,
    forms.NumberInput,
    forms.HiddenInput,
    forms.EmailInput,
    forms.FileInput,
    forms.URLInput,
    forms.DateInput,
    forms.DateTimeInput,
    forms.TimeInput,
    forms.CheckboxInput,
    forms.PasswordInput,
    forms.Textarea,
)
SELECTS = (forms.Select, forms.SelectMultiple, forms.RadioSelect)
ATTRS = {"id": "x", "class": NASTY, "required": True, "hidden": False, "data-number": 3, NASTY: "y"}


@pytest.mark.parametrize("kind", [*INPUTS, *SELECTS])
def test_the_same_as_django_draws(kind):
    widget = kind(attrs=ATTRS, **({"choices": CHOICES} if kind in SELECTS else {}))
    for value in (None, "", "a", NASTY, 2, True, ["a", "2"]):
        drawn, wanted = (
            re.sub(r"\s+", " ", widget.render(f"name{NASTY}", value, renderer=renderer()))
            for renderer in (Renderer, DjangoTemplates)
        )
        assert drawn == wanted
