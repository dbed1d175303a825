"""An order in the words of a package's manifest."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from thienly.core.recording.moments import microseconds
from thienly.core.regulation.shelf import profiles
from thienly.evidence.manifest import Article, Description, Document, Gap, Person, Wanted
from thienly.rules.order import Order, Paper
from thienly.rules.order import Person as Party


def described(
    order: Order, *, organisation: str, time_zone: str, gaps: Mapping[str, list[Gap]]
) -> Description:
    """`organisation`: whose key signs it. `gaps`: those that are known, by camera (its id)."""
    return Description(
        case=order.number,
        title=order.why,
        organisation=organisation,
        time_zone=time_zone,
        purpose=f"{order.purpose_words} ({order.purpose_cite})",
        people=list(_people(order)),
        documents=[_document(paper) for paper in _papers(order)],
        articles=[_article(cite) for cite in order.articles],
        ownership=_ownership(name for name, _version in order.regulations),
        remarks=order.basis,
        cameras=[
            Wanted(
                id=one.camera,
                code=one.code,
                name=one.name,
                site=one.site,
                owner=one.unit,
                from_us=microseconds(one.start),
                until_us=microseconds(one.end),
                gaps=gaps.get(one.camera, []),
            )
            for one in order.stretches
        ],
    )


def _people(order: Order) -> Iterator[Person]:
    yield _person("requester", order.asked_by, order.sent_at)
    for agreed in order.agreed:
        yield _person("decider", agreed.by, agreed.at)
    yield _person("performer", order.performed_by, order.ordered_at)
    if order.recipient:
        yield Person(role="recipient", post=order.recipient)


def _person(role: str, party: Party, at: datetime) -> Person:
    return Person.model_validate(
        {
            "role": role,
            "post": party.post or party.name,
            "unit": party.unit,
            "name": party.name,
            "at_us": microseconds(at),
        }
    )


def _papers(order: Order) -> Iterator[Paper]:
    """Each once."""
    seen: set[tuple[str, str]] = set()
    for paper in (order.application, *(agreed.paper for agreed in order.agreed)):
        if paper is not None and (key := (paper.number, paper.issuer)) not in seen:
            seen.add(key)
            yield paper


def _document(paper: Paper) -> Document:
    return Document(
        number=paper.number,
        date=paper.issued.isoformat() if paper.issued else "",
        issuer=paper.issuer,
        signatory=paper.signatory,
        sha256=paper.sha256,
    )


def _article(cite: str) -> Article:
    name, _space, rest = cite.partition(" ")
    rules = profiles().get(name)
    return Article(regulation=(rules.profile.number or name) if rules else name, cite=rest or cite)


def _ownership(names: Iterable[str]) -> str:
    """Whose property the data are, where a regulation says it (QN Đ4.3)."""
    for rules in filter(None, map(profiles().get, names)):
        for duty in rules.duties:
            if duty.id == "d-property":
                return f"{duty.vi} ({rules.cited(duty)})"
    return ""
