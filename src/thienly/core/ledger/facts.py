"""The column in which an entry's facts stand as the very text that was hashed."""

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast

from thienly.rules.hashchain import canonical


class FactsField(models.JSONField):
    """JSON that the database keeps letter by letter (`jsonb` would write it anew), so that verifying need
    not read it; looked into as any other JSON."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "json" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return canonical(value).decode()

    def from_db_value(
        self, value: Any, expression: Expression | None, connection: BaseDatabaseWrapper
    ) -> Any:
        return json.loads(value) if isinstance(value, str) else value  # psycopg reads `json` itself

    def get_transform(self, lookup_name: str) -> Any:
        def within(lhs: Any, *args: Any, **kwargs: Any) -> KeyTransform:
            return KeyTransform(lookup_name, Cast(lhs, models.JSONField()), *args, **kwargs)

        return within
