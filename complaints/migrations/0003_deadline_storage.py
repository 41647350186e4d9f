from django.db import migrations

# The sweep updates the same narrow rows again and again. Room in each page keeps those updates out of the
# indexes; VACUUM has to come early and to clean the partial index even when few pages are dirty, or an idle
# sweep reads ten times the buffers.
SETTINGS = {
    "fillfactor": "80",
    "autovacuum_vacuum_scale_factor": "0.02",
    "vacuum_index_cleanup": "on",
}


def store_for_the_sweep(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        values = ", ".join(f"{name} = {value}" for name, value in SETTINGS.items())
        schema_editor.execute(f"ALTER TABLE complaints_deadline SET ({values})")


def store_as_usual(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE complaints_deadline RESET ({', '.join(SETTINGS)})")


class Migration(migrations.Migration):
    dependencies = [("complaints", "0002_initial")]
    operations = [migrations.RunPython(store_for_the_sweep, store_as_usual)]
