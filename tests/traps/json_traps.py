"""All traps for requests that ask for JSON; in each the right object stands beside the request, worked out by hand."""

from __future__ import annotations

from tests.traps.json_assigned import ASSIGNED
from tests.traps.json_beside import BESIDE
from tests.traps.json_derived import DERIVED
from tests.traps.json_hostile import HOSTILE
from tests.traps.json_keys import KEYS
from tests.traps.json_mended import MENDED
from tests.traps.json_notes import NOTES
from tests.traps.json_readers import READERS
from tests.traps.json_roles import ROLES
from tests.traps.json_shapes import SHAPES
from tests.traps.json_siblings import SIBLINGS
from tests.traps.json_unasked import UNASKED
from tests.traps.json_written import WRITTEN
from tests.traps.trap import Claim, Json

TRAPS: list[Json | Claim] = [
    *ROLES,
    *DERIVED,
    *NOTES,
    *WRITTEN,
    *SHAPES,
    *HOSTILE,
    *MENDED,
    *READERS,
    *BESIDE,
    *ASSIGNED,
    *SIBLINGS,
    *UNASKED,
    *KEYS,
]
