from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "thienly.web"
    label = "web"
