"""The regulations in force: which document, which role may do what, under which article."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.regulation.shelf import profiles
from thienly.rules.profile import Profile, Role
from thienly.web.words.reasons import action_words, scope_words


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    shown = [
        (rules, [_row(rules, role) for role in rules.roles])
        for rules in profiles().values()
        if rules.in_force(today)
    ]
    return render(request, "regulation.html", {"regulations": shown})


def _row(rules: Profile, role: Role) -> dict[str, object]:
    return {
        "role": role.vi,
        "unit": next(unit.vi for unit in rules.unit_types if unit.id == role.unit),
        "cite": rules.cited(role),
        "grants": [
            {
                "may": [action_words(action) for action in sorted(grant.actions)],
                "scope": scope_words(grant.scope.value),
                "cite": rules.cited(grant),
            }
            for grant in rules.grants_of(role.id)
        ],
    }
