"""Which migrations the linter judges, and that it refuses one that would trouble the release before."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter.sql_analyser.analyser import analyse_sql_statements, get_sql_analyser_class

from clinic.dev import lint_migrations

POSTGRESQL = get_sql_analyser_class("django.db.backends.postgresql")


@pytest.mark.django_db(transaction=True)  # some migrations run outside of one
def test_everything_since_the_first_release_is_judged_and_passes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = list(MigrationLoader(connection).disk_migrations)
    judged, left_out = lint_migrations.names(known)
    assert "clinic.0016_cache_is_json" in judged
    assert len(left_out) > 30
    assert lint_migrations.main() == 0, capsys.readouterr().out


def test_a_new_one_cannot_be_forgotten_and_an_exempt_one_has_a_reason() -> None:
    judged, left_out = lint_migrations.names(
        [("clinic", "0012_old"), ("clinic", "0099_new"), ("auth", "0001")]
    )
    assert (judged, left_out) == (["clinic.0099_new"], ["clinic.0012_old"])
    assert all(lint_migrations.EXEMPT.values())


@pytest.mark.parametrize(
    "sql",
    [
        'ALTER TABLE "patients_patient" RENAME COLUMN "note" TO "remark";',
        'ALTER TABLE "patients_patient" DROP COLUMN "note" CASCADE;',
        'ALTER TABLE "patients_patient" ADD COLUMN "size" integer NOT NULL;',
        'ALTER TABLE "patients_patient" ALTER COLUMN "note" TYPE varchar(10);',
        'CREATE INDEX "by_note" ON "patients_patient" ("note");',
    ],
)
def test_what_would_trouble_the_release_before_is_found(sql: str) -> None:
    errors, _ignored, warnings = analyse_sql_statements(POSTGRESQL, ["BEGIN;", sql, "COMMIT;"], [])
    assert errors or warnings
