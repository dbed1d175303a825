from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import thienly.core.ledger.facts
from thienly.core.ledger import triggers
from thienly.core.ledger.finding import keep_names, keep_spans
from thienly.core.ledger.linking import FUNCTION


def create(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        with editor.connection.cursor() as cursor:
            cursor.execute(FUNCTION)
    guard_again(apps, editor)
    keep_names()
    keep_spans(after=0)


def guard_again(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite builds the table anew, without its triggers."""
    triggers.drop(editor.connection)
    triggers.create(editor.connection)


def drop(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        with editor.connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION ledger_append")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_ledger_search_and_quotations")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, guard_again),
        migrations.AlterField(
            model_name="entry",
            name="actor_id",
            field=models.CharField(max_length=64),
        ),
        migrations.AlterField(
            model_name="entry",
            name="camera_id",
            field=models.CharField(blank=True, help_text="hex id when about a camera", max_length=32),
        ),
        migrations.AlterField(
            model_name="entry",
            name="detail",
            field=thienly.core.ledger.facts.FactsField(
                default=dict, help_text="facts of the act; before/after of a change; no secrets"
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="hash",
            field=models.CharField(
                help_text="hex SHA-256 over the canonical entry and previous", max_length=64
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(help_text="core.ledger.kinds.Kind", max_length=60),
        ),
        migrations.AlterField(
            model_name="entry",
            name="object_id",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["object_id", "seq"], name="ledger_object_id"),
        ),
        migrations.CreateModel(
            name="Stretch",
            fields=[
                (
                    "last",
                    models.PositiveBigIntegerField(
                        help_text="seq of the last of them", primary_key=True, serialize=False
                    ),
                ),
                ("earliest", models.DateTimeField()),
                ("latest", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Name",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("actor_id", models.CharField(max_length=64)),
                ("folded", models.CharField(help_text="without diacritics, lower case", max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("actor_id", "folded"), name="one_name_of_an_actor")
                ],
            },
        ),
        migrations.RunPython(create, drop),
    ]
