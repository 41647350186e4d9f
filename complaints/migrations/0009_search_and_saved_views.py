import complaints.marks
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# As complaints.models.listing.SEARCHED was when this was written.
SEARCHED = (
    "number",
    "external_number",
    "complainant_name",
    "complainant_phone",
    "place",
    "subject",
    "content",
    "request",
)
BATCH = 1000


def mark_the_cases(apps, schema_editor):
    """The marks of the cases there are; a million of them take some minutes. SQLite does without."""
    if schema_editor.connection.vendor != "postgresql":
        return
    entries = apps.get_model("complaints", "SearchEntry").objects
    cases = apps.get_model("complaints", "Complaint")._base_manager.order_by("pk")
    last = 0
    while rows := list(cases.filter(pk__gt=last).values("pk", "organization_id", "place_key", *SEARCHED)[:BATCH]):
        last = rows[-1]["pk"]
        entries.bulk_create(
            entries.model(
                organization_id=row["organization_id"],
                complaint_id=row["pk"],
                marks=complaints.marks.marks_of(
                    row["organization_id"], [row[name] for name in SEARCHED], row["place_key"]
                ),
            )
            for row in rows
        )


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        # An index cannot be made while foreign keys of the rows above wait to be checked.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # With fast updates one registration in thirty pays for all of them and takes half a second.
        schema_editor.execute(
            "CREATE INDEX search_entry_marks ON complaints_searchentry USING gin (marks) WITH (fastupdate = off)"
        )
        # So that the planner knows the 5,000 commonest marks: for a common word the newest cases are looked
        # through, for a rare one the index is asked.
        schema_editor.execute("ALTER TABLE complaints_searchentry ALTER marks SET STATISTICS 500")


def nothing(apps, schema_editor):
    """The table goes, and its rows and its index with it."""


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0008_order_due'),
        ('organizations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('marks', complaints.marks.MarksField(default=list)),
                ('complaint', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='search_entry', to='complaints.complaint')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(blank=True, choices=[('receptionist', 'receptionist'), ('desk_supervisor', 'desk supervisor'), ('handler', 'handler'), ('dept_head', 'department head'), ('dept_manager', 'department manager'), ('general_manager', 'general manager'), ('administrator', 'administrator')], default='', max_length=20, verbose_name='shared with')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('query', models.CharField(max_length=2000)),
                ('position', models.PositiveIntegerField(default=0)),
                ('is_default', models.BooleanField(default=False)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['position', 'id'],
                'indexes': [models.Index(condition=models.Q(('role', ''), _negated=True), fields=['organization', 'role'], name='saved_view_shared')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'user', 'name'), name='saved_view_name_once'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('organization', 'user'), name='one_default_view')],
            },
        ),
        migrations.RunPython(mark_the_cases, nothing),
        migrations.RunPython(make_index, nothing),
    ]
