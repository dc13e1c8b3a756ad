"""What a search finds an exercise by. ``index`` follows wherever the version in use, its tags or their words change."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from django.db import connection, transaction
from django.utils import translation

from exercises import kit
from exercises.models import Exercise
from exercises.search_words import indexed, whole_name

AT_ONCE = 500
# Each word as it is written, for beginnings, and its stem, for other forms: "raises" finds "raise". What stays the same
# is not written again: the whole catalogue is gone through at every start of an installation.
UPDATE = """
WITH said AS (
    SELECT id,
        array_to_tsvector(ARRAY[name]) || setweight(to_tsvector('simple', a) || to_tsvector('english', a), 'A')
        || setweight(to_tsvector('simple', b) || to_tsvector('english', b), 'B')
        || setweight(to_tsvector('simple', c) || to_tsvector('english', c), 'C')
        || setweight(to_tsvector('simple', d) || to_tsvector('english', d), 'D') AS words
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) AS typed (id, name, a, b, c, d)
)
UPDATE exercises_exercise AS exercise SET search = said.words
FROM said WHERE exercise.id = said.id AND exercise.search IS DISTINCT FROM said.words
"""


@transaction.atomic
def index(exercises: Iterable[Exercise]) -> int:
    """Write what these exercises are found by, as they stand in the database; tells how many changed.

    No entry in the audit: it says again what published versions and tags say, which have theirs.
    """
    keys = iter([exercise.pk for exercise in exercises])
    return sum(_write(batch) for batch in iter(lambda: list(islice(keys, AT_ONCE)), []))


def _write(keys: Sequence[UUID]) -> int:
    rows = Exercise.objects.in_use().filter(pk__in=keys).order_by("pk")
    with translation.override(None):  # one index for all, whatever language a curator reads
        columns = list(zip(*(_words(row) for row in rows), strict=True))
    if not columns:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [list(column) for column in columns])
        return int(cursor.rowcount)


def _words(exercise: Exercise) -> Iterator[object]:
    """Key, the name as one word, then the texts of weight A to D: name; other names and findings; what and how; what it does."""
    said = exercise.current
    assert said is not None  # in_use() loads none without
    findings = [word for tag in exercise.findings.all() for word in (tag.label, tag.patient_wording)]
    things = [kit.found_by(key) for key in (*said.equipment, *said.kit_options)]
    manner = [said.get_kind_display(), said.get_body_part_display(), said.get_position_display()]
    yield exercise.pk
    yield whole_name(said.name)
    yield indexed(said.name)
    yield indexed(" ".join([*said.aliases, *findings]))
    yield indexed(" ".join(map(str, [*things, *manner])))
    yield indexed(f"{said.movement} {said.purpose}")
