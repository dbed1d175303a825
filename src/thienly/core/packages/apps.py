from django.apps import AppConfig


class PackagesConfig(AppConfig):
    name = "thienly.core.packages"
    label = "packages"
    default_auto_field = "django.db.models.BigAutoField"
