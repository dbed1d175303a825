from django.apps import AppConfig


class ExtractionConfig(AppConfig):
    name = "thienly.core.extraction"
    label = "extraction"
    default_auto_field = "django.db.models.BigAutoField"
