from django.apps import AppConfig


class PicturesConfig(AppConfig):
    name = "thienly.core.pictures"
    label = "pictures"
    default_auto_field = "django.db.models.BigAutoField"
