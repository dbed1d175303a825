from django.apps import AppConfig


class UnitsConfig(AppConfig):
    name = "thienly.core.units"
    label = "units"
    default_auto_field = "django.db.models.BigAutoField"
