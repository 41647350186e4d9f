"""Every table belongs to one organization, and nothing points across."""

import copy

import pytest
from django.apps import apps
from django.db import models
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from organizations.errors import CrossTenant
from organizations.models import Department
from organizations.tenancy import TenantModel
from reporting.models import MonthlyReport
from tests.rows import project_models, some_row, tenant_models, undone
from tests.walls.stage import Stage

# Tables that are nobody's, with the reason.
SHARED = {
    "organizations.Organization": "the tenant itself",
    "organizations.User": "a person may belong to several organizations; rights come from memberships",
    "organizations.User_groups": "Django's; unused, rights come from memberships",
    "organizations.User_user_permissions": "Django's; unused, rights come from memberships",
    "escalation.Heartbeat": "one sweep for all organizations; holds times only",
}


def test_every_model_is_a_tenant_s_or_listed_as_shared():
    labels = {model._meta.app_label for model in project_models()}
    ours = [row for row in apps.get_models(include_auto_created=True) if row._meta.app_label in labels]
    shared = {row._meta.label for row in ours if not issubclass(row, TenantModel)}
    assert shared == SHARED.keys()


def test_project_models_knows_every_app_with_models():
    """A new app whose models nobody looks at would be a hole in all of these tests."""
    theirs = {"auth", "contenttypes", "sessions", "messages", "admin", "sites", "authtoken"}
    labels = {model._meta.app_label for model in apps.get_models()} - theirs
    assert labels == {model._meta.app_label for model in project_models()}


@pytest.mark.parametrize("model", tenant_models(), ids=lambda row: row._meta.label)
def test_a_tenant_s_row_always_has_its_organization(model):
    assert not model._meta.get_field("organization").null
    assert not any(row.many_to_many for row in model._meta.get_fields() if not row.auto_created)


@pytest.mark.django_db
@pytest.mark.parametrize("model", tenant_models(), ids=lambda row: row._meta.label)
def test_a_query_outside_a_scope_is_refused(model):
    rows = model.objects
    asked = [
        rows.count,
        rows.first,
        rows.exists,
        rows.explain,
        rows.in_bulk,
        rows.update,
        lambda: list(rows.all()),
        lambda: list(rows.exclude(pk=1)),
        lambda: rows.exclude(pk=1).exists(),
        lambda: rows.select_related().contains(model(pk=1)),
        lambda: rows.bulk_create([]),
        lambda: rows.bulk_update([], ["organization"]),
        lambda: list(rows.raw(f"SELECT * FROM {model._meta.db_table}")),
    ]
    for ask in asked:
        with pytest.raises(ScopeError):
            ask()


# --- foreign keys -------------------------------------------------------------------------------------------


def tenant_keys() -> list[models.ForeignKey]:
    """Every foreign key from a tenant's table to a tenant's table."""
    return [
        field
        for model in tenant_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and issubclass(field.related_model, TenantModel)
    ]


def _own_and_foreign(stage: Stage, field: models.ForeignKey) -> tuple[TenantModel, TenantModel]:
    """A row of ours that has the key, and a row of the hospital's that it must not point to."""
    ours, theirs = stage.home.organization, stage.world.hospital.organization
    return some_row(field.model, ours), some_row(field.related_model, theirs)


def _pointing(row: TenantModel, field: models.ForeignKey, to: object, *, by_id: bool) -> TenantModel:
    pointing = copy.copy(row)
    pointing._state = copy.copy(row._state)
    pointing._state.fields_cache = {}
    setattr(pointing, field.attname if by_id else field.name, to.pk if by_id else to)
    return pointing


def test_no_foreign_key_points_into_another_organization(stage: Stage, subtests):
    assert len(tenant_keys()) >= 19
    for field in tenant_keys():
        row, other = _own_and_foreign(stage, field)
        for by_id in (False, True):
            with subtests.test(f"{field.model.__name__}.{field.name}, {'id' if by_id else 'object'}"):
                for write in (_save, _save_new, _save_only, _bulk_create, _bulk_update, _update):
                    _refused(stage, write, _pointing(row, field, other, by_id=by_id), field)
                # Negative control: the same row without the foreign value can be written.
                with stage.home.scope(), undone():
                    assert field.model.objects.bulk_update([row], [field.name]) == 1


def _refused(stage: Stage, write, row: TenantModel, field: models.ForeignKey) -> None:
    with stage.home.scope(), undone():
        before = field.model._base_manager.count()
        with pytest.raises(CrossTenant):
            write(row, field)
        assert field.model._base_manager.count() == before


def _save(row: TenantModel, field: models.ForeignKey) -> None:
    if row._meta.label == "complaints.CaseEvent":  # is never saved twice, whatever it says
        row.pk = None
    row.save()


def _save_new(row: TenantModel, field: models.ForeignKey) -> None:
    row.pk = None
    row._state.adding = True
    row.save()


def _save_only(row: TenantModel, field: models.ForeignKey) -> None:
    if row._meta.label == "complaints.CaseEvent":
        row.pk = None
    row.save(update_fields=[field.name])


def _bulk_create(row: TenantModel, field: models.ForeignKey) -> None:
    row.pk = None
    type(row).objects.bulk_create([row])


def _bulk_update(row: TenantModel, field: models.ForeignKey) -> None:
    type(row).objects.bulk_update([row], [field.name])


def _update(row: TenantModel, field: models.ForeignKey) -> None:
    type(row).objects.filter(pk=row.pk).update(**{field.name: getattr(row, field.attname)})


def test_no_row_of_another_organization_is_written_in_a_scope(stage: Stage, subtests):
    theirs = stage.world.hospital.organization
    for model in tenant_models():
        row = some_row(model, theirs)
        with subtests.test(model._meta.label):
            for write in (_save, _save_new, _bulk_create):
                with stage.home.scope(), undone(), pytest.raises(CrossTenant):
                    write(copy.copy(row), None)
            with stage.home.scope(), pytest.raises(CrossTenant):
                model.objects.update(organization=theirs)


def test_a_row_without_an_organization_is_never_written(db):
    with scopes_disabled(), pytest.raises(CrossTenant):
        Department(name="x", code="x").save()


def test_one_s_own_row_is_written(stage: Stage):
    """Negative control: what the tests above expect to fail is not failing for another reason."""
    with scope(organization=stage.home.organization), undone():
        row = stage.home.departments["works"]
        row.name = "工程部(新)"
        row.save(update_fields=["name"])
        assert Department.objects.filter(pk=row.pk).update(parent=stage.home.departments["root"]) == 1
        report = MonthlyReport.objects.get()
        report.pk = None
        report.month = report.month.replace(month=8)
        assert MonthlyReport.objects.bulk_create([report])[0].pk
