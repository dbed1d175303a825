from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from thienly.core.quality import triggers


def create(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    triggers.create(editor.connection)


def drop(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    triggers.drop(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("quality", "0001_linkq_quality")]
    operations = [migrations.RunPython(create, drop)]
