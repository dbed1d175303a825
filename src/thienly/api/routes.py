"""The interface, mounted at /api/ and described at /api/openapi.json; a viewer would need foreign scripts."""

from ninja import NinjaAPI

from thienly.api import refusals
from thienly.api.availability import router as availability
from thienly.api.bookmarks import mine as own_bookmarks
from thienly.api.bookmarks import router as bookmarks
from thienly.api.cameras import router as cameras
from thienly.api.coverage import router as coverage
from thienly.api.holds import of_camera as holds_of_camera
from thienly.api.holds import router as holds
from thienly.api.landmarks import router as landmarks
from thienly.api.layouts import router as layouts
from thienly.api.ledger import router as ledger
from thienly.api.links import links
from thienly.api.links import router as links_of_camera
from thienly.api.pictures import router as pictures
from thienly.api.recordings import router as recordings
from thienly.api.regulations import router as regulations
from thienly.api.reviews import router as reviews
from thienly.api.rights import people as rights_of_people
from thienly.api.rights import router as rights
from thienly.api.rights import seats
from thienly.api.session import ByKey, SignedIn, signed_in_only
from thienly.api.sessions import router as sessions
from thienly.api.status import router as status
from thienly.api.storage import router as storage
from thienly.api.timeline import router as timeline
from thienly.api.units import plans as reorganisations
from thienly.api.units import router as units
from thienly.api.why import router as why

api = NinjaAPI(
    title="Thiên Lý",
    version="1",
    docs_url=None,
    docs_decorator=signed_in_only,
    auth=[ByKey(), SignedIn()],
    urls_namespace="api",
)
refusals.install(api)
api.add_router("/cameras", cameras)
api.add_router("/cameras", timeline)
api.add_router("/coverage", coverage)
api.add_router("/layouts", layouts)
api.add_router("/ledger", ledger)
api.add_router("/cameras", bookmarks)
api.add_router("/cameras", landmarks)
api.add_router("/cameras", recordings)
api.add_router("/cameras", links_of_camera)
api.add_router("/links", links)
api.add_router("/bookmarks", own_bookmarks)
api.add_router("/regulations", regulations)
api.add_router("/reviews", reviews)
api.add_router("/cameras", holds_of_camera)
api.add_router("/holds", holds)
api.add_router("/people", rights_of_people)
api.add_router("/rights", rights)
api.add_router("/seats", seats)
api.add_router("/storage", storage)
api.add_router("/availability", availability)
api.add_router("/me/sessions", sessions)
api.add_router("/pictures", pictures)
api.add_router("/units", units)
api.add_router("/reorganisations", reorganisations)
api.add_router("/why", why)
api.add_router("", status)
