"""Who gets what, of every route: about an object that lies inside the person's scope where there is one.

`in`: sent to sign in. `again`: sent to prove the password again, as every change of the second step wants.
302: done, and sent on. About an object outside the scope, and about one that never was, whoever is not `in`
or 401 gets 404 and nothing more. A method without a row gets 405 (pages: after signing in).

A route that is not here fails the walk. Before you enter it: which action of the gate does it ask for?
"""

from tests.walk.world import ACTORS

TABLE = """
# route                            anon admin  oper  lead  sect  keep  memb  insp ended  susp
home                        GET      in   200   200   200   200   200   200   200   200    in
search                      GET      in   200   200   200   200   200   200   200   200    in
wall                        GET      in   403   200   200   200   200   200   403   403    in
layout-save                 POST     in   200   200   200   200   200   200   200   200    in
cameras                     GET      in   200   200   200   200   200   200   200   200    in
camera-add                  GET      in   403   403   403   403   200   403   403   403    in
camera-add                  POST     in   403   403   403   403   302   403   403   403    in
channels-add                GET      in   403   403   403   403   200   403   403   403    in
channels-add                POST     in   403   403   403   403   302   403   403   403    in
channels-check              POST     in   403   403   403   403   200   403   403   403    in
camera-probe                POST     in   403   403   403   403   200   403   403   404    in
camera                      GET      in   200   200   200   200   200   200   200   404    in
camera-day                  GET      in   200   200   200   200   200   200   200   404    in
camera-now                  GET      in   200   200   200   200   200   200   200   404    in
together                    GET      in   403   200   200   200   200   200   403   403    in
camera-thumbnail            GET      in   403   204   204   204   204   204   403   404    in
camera-link                 GET      in   200   200   200   200   200   200   200   404    in
camera-test                 POST     in   403   403   403   403   302   403   403   404    in
camera-picture              GET      in   200   200   200   200   200   200   200   404    in
camera-picture              POST     in   403   403   403   403   302   403   403   404    in
camera-edit                 GET      in   403   403   403   403   200   403   403   404    in
camera-edit                 POST     in   403   403   403   403   302   403   403   404    in
camera-retire               POST     in   403   403   403   403   302   403   403   404    in
fault-report                GET      in   403   200   200   200   200   200   403   404    in
fault-report                POST     in   403   302   302   302   302   302   403   404    in
hold-place                  GET      in   403   200   403   403   200   403   403   404    in
hold-place                  POST     in   403   302   403   403   302   403   403   404    in
holds                       GET      in   200   200   200   200   200   200   200   200    in
hold-release                POST     in   403   302   403   403   302   403   403   404    in
faults                      GET      in   200   200   200   200   200   200   200   200    in
fault                       GET      in   200   200   200   200   200   200   200   404    in
fault-step                  POST     in   403   403   403   403   302   403   403   404    in
continuity                  GET      in   200   200   200   200   200   200   200   200    in
keeping                     GET      in   200   200   200   200   200   200   200   200    in
continuity-site             GET      in   200   200   200   200   200   200   200   404    in
continuity-camera           GET      in   200   200   200   200   200   200   200   404    in
continuity-act              POST     in   403   403   403   403   302   403   403   404    in
quality                     GET      in   200   200   200   200   200   200   200   200    in
quality-services            GET      in   200   200   200   200   200   200   200   200    in
quality-indicators          GET      in   200   200   200   200   200   200   200   200    in
storage                     GET      in   200   403   403   403   403   403   200   403    in
storage-restore             GET      in   200   403   403   403   403   403   403   403    in
storage-restore             POST     in   400   403   403   403   403   403   403   403    in
storage-test                POST     in   302   403   403   403   403   403   403   403    in
availability                GET      in   200   200   200   403   403   403   200   403    in
availability-act            POST     in   302   403   403   403   403   403   403   403    in
regulation                  GET      in   200   200   200   200   200   200   200   200    in
regulation-one              GET      in   200   200   200   200   200   200   200   200    in
regulation-settle           POST     in   302   403   403   403   403   403   403   403    in
regulation-propose          GET      in   200   403   403   403   403   403   403   403    in
regulation-propose          POST     in   400   403   403   403   403   403   403   403    in
regulation-draft            GET      in   200   403   403   403   403   403   200   403    in
regulation-decide           POST     in   302   403   403   403   403   403   403   403    in
reviews                     GET      in   200   200   200   200   200   200   200   200    in
review-begin                POST     in   302   403   403   403   403   403   403   403    in
seeing                      GET      in   200   403   403   403   200   403   200   403    in
review                      GET      in   200   404   404   404   200   404   200   404    in
review-decide               POST     in   302   404   404   404   302   404   403   404    in
regulation-changes          GET      in   200   200   200   200   200   200   200   200    in
why                         GET      in   200   200   200   200   200   200   200   200    in
why-draft                   GET      in   200   200   200   200   200   200   200   200    in
why-draft                   POST     in   200   200   200   200   200   200   200   400    in
history                     GET      in   200   200   200   200   200   200   200   200    in
history-export              POST     in   200   200   200   200   200   200   200   200    in
people                      GET      in   200   403   403   403   200   403   200   403    in
person-add                  GET      in   200   403   403   403   200   403   403   403    in
person-add                  POST     in   200   403   403   403   200   403   403   403    in
person                      GET      in   200   404   404   404   200   404   200   404    in
appoint                     POST     in   302   404   404   404   302   404   403   404    in
person-suspend              POST     in   302   404   404   404   302   404   403   404    in
person-restore              POST     in   302   404   404   404   302   404   403   404    in
person-password             POST     in   200   404   404   404   200   404   403   404    in
acknowledged                GET      in   200   403   403   403   200   403   200   403    in
person-second-step          POST     in   302   404   404   404   302   404   403   404    in
person-session-end          POST     in   302   404   404   404   302   404   403   404    in
person-identity             POST     in   302   404   404   404   302   404   403   404    in
keys                        GET      in   200   403   403   403   200   403   403   403    in
key-issue                   GET      in   200   403   403   403   200   403   403   403    in
key-issue                   POST     in   200   403   403   403   200   403   403   403    in
key-revoke                  POST     in   302   404   404   404   302   404   404   404    in
seat-end                    POST     in   302   404   404   404   302   404   403   404    in
person-give                 POST     in   302   404   404   404   302   404   403   404    in
person-handover             POST     in   302   404   404   404   302   404   403   404    in
seat-receive                POST     in   404   404   404   404   404   404   404   404    in
seat-delegate               POST     in   404   404   404   404   404   404   404   404    in
rights                      GET      in   200   200   200   200   200   200   200   200    in
right-end                   POST     in   302   404   404   404   302   404   403   404    in
units                       GET      in   200   200   200   200   200   200   200   200    in
unit                        GET      in   200   200   200   200   200   200   200   404    in
unit-duties                 GET      in   200   200   200   200   200   200   200   404    in
unit-remits                 POST     in   302   403   403   403   403   403   403   404    in
areas                       GET      in   200   200   200   200   200   200   200   200    in
site-place                  POST     in   403   403   403   403   302   403   403   404    in
reorganisations             GET      in   200   403   403   403   403   403   200   403    in
reorganisations             POST     in   302   403   403   403   403   403   403   403    in
reorganisation              GET      in   200   403   403   403   403   403   200   403    in
reorganisation              POST     in   302   403   403   403   403   403   403   403    in
reorganisation-act          POST     in   302   403   403   403   403   403   403   403    in
reorganisation-step         POST     in   302   403   403   403   403   403   403   403    in
duties                      GET      in   200   200   200   200   200   200   200   200    in
me                          GET      in   200   200   200   200   200   200   200   200    in
acknowledge                 GET      in   200   200   200   200   200   200   200   200    in
acknowledge                 POST     in   400   400   400   400   400   400   400   400    in
session-end                 POST     in   302   302   302   302   302   302   302   302    in
session-answer              POST     in   404   404   404   404   404   404   404   404    in
identity-link               GET      in again again again again again again again again    in
identity-unlink             POST     in   302   302   302   302   302   302   302   302    in
lock                        GET      in   204   204   204   204   204   204   204   204    in
lock                        POST     in   302   302   302   302   302   302   302   302    in
locked                      GET      in   200   200   200   200   200   200   200   200    in
locked                      POST     in   400   400   400   400   400   400   400   400    in
account_change_password     GET      in   200   200   200   200   200   200   200   200    in
account_change_password     POST     in   200   200   200   200   200   200   200   200    in
mfa_activate_totp           GET      in again again again again again again again again    in
mfa_activate_totp           POST     in again again again again again again again again    in
mfa_deactivate_totp         GET      in   404   404   404   404   404   404   404   404    in
mfa_deactivate_totp         POST     in   404   404   404   404   404   404   404   404    in
mfa_generate_recovery_codes GET      in again again again again again again again again    in
mfa_generate_recovery_codes POST     in again again again again again again again again    in
mfa_list_webauthn           GET      in   200   200   200   200   200   200   200   200    in
mfa_add_webauthn            GET      in again again again again again again again again    in
mfa_add_webauthn            POST     in again again again again again again again again    in
mfa_remove_webauthn         GET      in again again again again again again again again    in
mfa_remove_webauthn         POST     in again again again again again again again again    in
mfa_edit_webauthn           GET      in again again again again again again again again    in
mfa_edit_webauthn           POST     in again again again again again again again again    in
mfa_reauthenticate_webauthn GET      in again again again again again again again again    in
mfa_reauthenticate_webauthn POST     in again again again again again again again again    in
mfa_index                   GET      in   200   200   200   200   200   200   200   200    in
mfa_authenticate            GET      in   302   302   302   302   302   302   302   302    in
mfa_authenticate            POST     in   302   302   302   302   302   302   302   302    in
mfa_reauthenticate          GET      in again again again again again again again again    in
mfa_reauthenticate          POST     in again again again again again again again again    in
mfa_view_recovery_codes     GET      in   404   404   404   404   404   404   404   404    in
mfa_download_recovery_codes GET      in   404   404   404   404   404   404   404   404    in
mfa_download_recovery_codes POST     in   404   404   404   404   404   404   404   404    in
self-test                   GET     200   200   200   200   200   200   200   200   200   200
self-test-time              GET     200   200   200   200   200   200   200   200   200   200
language                    POST    302   302   302   302   302   302   302   302   302   302
theme                       POST    302   302   302   302   302   302   302   302   302   302
openid_connect_login        GET     404   404   404   404   404   404   404   404   404   404
openid_connect_login        POST    404   404   404   404   404   404   404   404   404   404
openid_connect_callback     GET     404   404   404   404   404   404   404   404   404   404
openid_connect_callback     POST    404   404   404   404   404   404   404   404   404   404
account_login               GET     200   302   302   302   302   302   302   302   302   200
account_login               POST    200   302   302   302   302   302   302   302   302   200
account_reauthenticate      GET      in   200   200   200   200   200   200   200   200    in
account_reauthenticate      POST     in   200   200   200   200   200   200   200   200    in
account_inactive            GET     200   200   200   200   200   200   200   200   200   200
account_logout              GET      in   200   200   200   200   200   200   200   200    in
account_logout              POST     in    in    in    in    in    in    in    in    in    in
metrics                     GET      in   200   403   403   403   403   403   200   403    in
api:openapi-json            GET     401   200   200   200   200   200   200   200   200   401
api:search                  GET     401   200   200   200   200   200   200   200   200   401
api:one                     GET     401   200   200   200   200   200   200   200   404   401
api:state                   GET     401   200   200   200   200   200   200   200   404   401
api:timeline_of             GET     401   200   200   200   200   200   200   200   404   401
api:coverage                GET     401   200   200   200   200   200   200   200   200   401
api:keeping                 GET     401   200   200   200   200   200   200   200   200   401
api:all_links               GET     401   200   200   200   200   200   200   200   200   401
api:link_of                 GET     401   200   200   200   200   200   200   200   404   401
api:tests_of                GET     401   200   200   200   200   200   200   200   404   401
api:mine                    GET     401   200   200   200   200   200   200   200   200   401
api:save                    PUT     401   200   200   200   200   200   200   200   200   401
api:regulations             GET     401   200   200   200   200   200   200   200   200   401
api:regulations_on          GET     401   200   200   200   200   200   200   200   200   401
api:reviews                 GET     401   200   200   200   200   200   200   200   200   401
api:who_sees                GET     401   200   403   403   403   200   403   200   403   401
api:review_items            GET     401   200   404   404   404   200   404   200   404   401
api:review_items            POST    401   200   404   404   404   200   404   403   404   401
api:regulation              GET     401   200   200   200   200   200   200   200   200   401
api:findings                GET     401   200   200   200   200   200   200   200   200   401
api:look                    GET     401   200   200   200   200   200   200   200   200   401
api:take                    POST    401   200   200   200   200   200   200   200   200   401
api:bookmarks               GET     401   403   200   200   200   200   200   403   404   401
api:bookmarks               POST    401   403   201   201   201   201   201   403   404   401
api:bookmark_remove         DELETE  401   404   404   404   404   204   404   404   404   401
api:events                  GET     401   200   200   200   200   200   200   200   404   401
api:nearest_of              GET     401   200   200   200   200   200   200   200   404   401
api:recordings              POST    401   403   403   403   403   403   403   403   404   401
api:recordings              PUT     401   403   403   403   403   403   403   403   404   401
api:recordings              PATCH   401   403   403   403   403   403   403   403   404   401
api:recordings              DELETE  401   403   403   403   403   403   403   403   404   401
api:recording               POST    401   403   403   403   403   403   403   403   404   401
api:recording               PUT     401   403   403   403   403   403   403   403   404   401
api:recording               PATCH   401   403   403   403   403   403   403   403   404   401
api:recording               DELETE  401   403   403   403   403   403   403   403   404   401
api:me                      GET     401   200   200   200   200   200   200   200   200   401
api:own_sessions            GET     401   200   200   200   200   200   200   200   200   401
api:session_end             DELETE  401   404   404   404   404   404   404   404   404   401
api:home                    GET     401   200   200   200   200   200   200   200   200   401
api:held                    GET     401   200   200   200   200   200   200   200   200   401
api:hold_add                POST    401   403   201   403   403   201   403   403   404   401
api:rights                  GET     401   200   200   200   200   200   200   200   200   401
api:right_end               POST    401   200   404   404   404   200   404   403   404   401
api:seat_add                POST    401   201   404   404   404   201   404   403   404   401
api:right_add               POST    401   201   404   404   404   201   404   403   404   401
api:leave                   POST    401   200   404   404   404   200   404   403   404   401
api:seat_receive            POST    401   404   404   404   404   404   404   404   404   401
api:seat_delegate           POST    401   404   404   404   404   404   404   404   404   401
api:hold_lift               POST    401   403   200   403   403   200   403   403   404   401
api:places                  GET     401   200   200   200   200   200   200   200   200   401
api:availability            GET     401   200   200   200   403   403   403   200   403   401
api:outage                  PUT     401   403   403   403   403   403   403   403   403   401
api:outage                  PATCH   401   403   403   403   403   403   403   403   403   401
api:outage                  DELETE  401   403   403   403   403   403   403   403   403   401
api:hours_of                GET     401   200   200   200   200   200   200   200   404   401
api:units                   GET     401   200   200   200   200   200   200   200   200   401
api:unit                    GET     401   200   200   200   200   200   200   200   404   401
api:plans_all               GET     401   200   200   200   200   200   200   200   200   401
api:plans_all               POST    401   201   403   403   403   403   403   403   403   401
api:plan_of                 GET     401   200   403   403   403   403   403   200   403   401
api:plan_of                 PUT     401   200   403   403   403   403   403   403   403   401
api:plan_preview            GET     401   200   403   403   403   403   403   200   403   401
api:plan_step               POST    401   200   403   403   403   403   403   403   403   401
api:health                  GET     200   200   200   200   200   200   200   200   200   200
api:why                     GET     401   200   200   200   200   200   200   200   200   401
api:if_seat                 POST    401   200   200   200   200   200   200   200   404   401
api:if_profile              POST    401   200   200   200   200   200   200   200   200   401
api:api-root                *       404   404   404   404   404   404   404   404   404   404
"""


def read() -> dict[tuple[str, str], dict[str, str]]:
    """By route and method (`*`: all): what each actor gets."""
    expected: dict[tuple[str, str], dict[str, str]] = {}
    for line in TABLE.strip().splitlines():
        if line.startswith("#"):
            continue
        route, method, *answers = line.split()
        assert (route, method) not in expected, f"{route} {method} stands twice in the table"
        expected[route, method] = dict(zip(ACTORS, answers, strict=True))
    return expected
