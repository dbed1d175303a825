"""Every route of the pages and the API."""

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path, register_converter

from thienly.api.routes import api
from thienly.gateway import metrics
from thienly.web import second_step
from thienly.web.hex_id import HexId
from thienly.web.pages import (
    camera,
    camera_form,
    cameras,
    channels,
    continuity,
    continuity_camera,
    faults,
    history,
    holds,
    home,
    me,
    people,
    picture,
    regulation,
    search,
    storage,
    together,
    wall,
)

register_converter(HexId, "id")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.show, name="home"),
    path("search/", search.answers, name="search"),
    path("wall/", wall.show, name="wall"),
    path("wall/layouts/", wall.save, name="layout-save"),
    path("together/", together.show, name="together"),
    path("cameras/", cameras.listing, name="cameras"),
    path("cameras/new/", camera_form.add, name="camera-add"),
    path("cameras/channels/", channels.add, name="channels-add"),
    path("cameras/channels/check/", channels.check, name="channels-check"),
    path("cameras/probe/", camera_form.probe, name="camera-probe"),
    path("cameras/<id:camera>/", camera.show, name="camera"),
    path("cameras/<id:camera>/now/", camera.now, name="camera-now"),
    path("cameras/<id:camera>/day/", camera.day, name="camera-day"),
    path("cameras/<id:camera>/thumbnail/", camera.thumbnail, name="camera-thumbnail"),
    path("cameras/<id:camera>/picture/", picture.show, name="camera-picture"),
    path("cameras/<id:camera>/edit/", camera_form.edit, name="camera-edit"),
    path("cameras/<id:camera>/retire/", camera_form.retire, name="camera-retire"),
    path("cameras/<id:camera>/fault/", faults.report, name="fault-report"),
    path("cameras/<id:camera>/hold/", holds.place, name="hold-place"),
    path("holds/", holds.listing, name="holds"),
    path("holds/<id:hold>/release/", holds.release, name="hold-release"),
    path("continuity/", continuity.listing, name="continuity"),
    path("continuity/<id:camera>/", continuity_camera.show, name="continuity-camera"),
    path("continuity/<id:camera>/act/", continuity_camera.act, name="continuity-act"),
    path("faults/", faults.listing, name="faults"),
    path("faults/<id:case>/", faults.show, name="fault"),
    path("faults/<id:case>/step/", faults.step, name="fault-step"),
    path("history/", history.listing, name="history"),
    path("people/", people.listing, name="people"),
    path("people/new/", people.add, name="person-add"),
    path("people/<id:person>/", people.show, name="person"),
    path("people/<id:person>/appoint/", people.appoint, name="appoint"),
    path("people/<id:person>/suspend/", people.suspend, name="person-suspend"),
    path("people/<id:person>/restore/", people.restore, name="person-restore"),
    path("people/<id:person>/password/", people.password, name="person-password"),
    path("seats/<id:seat>/end/", people.end_seat, name="seat-end"),
    path("storage/", storage.show, name="storage"),
    path("regulation/", regulation.show, name="regulation"),
    path("me/", me.show, name="me"),
    path("me/password/", account.password_change, name="account_change_password"),
    path("me/second-step/totp/activate/", second_step.Activate.as_view(), name="mfa_activate_totp"),
    path("me/second-step/totp/deactivate/", second_step.Deactivate.as_view(), name="mfa_deactivate_totp"),
    path(
        "me/second-step/recovery-codes/generate/",
        second_step.MakeRecoveryCodes.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("me/second-step/", include("allauth.mfa.urls")),
    path("language/", me.language, name="language"),
    path("theme/", me.theme, name="theme"),
    path("signin/", account.login, name="account_login"),
    path("signin/again/", account.reauthenticate, name="account_reauthenticate"),
    path("signin/suspended/", account.account_inactive, name="account_inactive"),
    path("signout/", account.logout, name="account_logout"),
    path("metrics", metrics.show, name="metrics"),
    path("api/", api.urls),
]

handler400 = "thienly.web.errors.bad_request"
handler403 = "thienly.web.errors.forbidden"
handler404 = "thienly.web.errors.not_found"
handler500 = "thienly.web.errors.broken"
