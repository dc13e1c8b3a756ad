"""The tests' databases: migrated once for each state of the migrations, copied for each run and worker.

To migrate takes ten seconds, to copy a fraction of one. Nobody need think of `--create-db`: every run starts with
a fresh copy, and a changed migration makes a new original.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django import db, test
from django.conf import settings

from clinic import app_role
from clinic.dev.postgres import APPLICATION, Postgres
from clinic.dev.services import Services, folder_for_tests

# Their types leave out what is used here.
connection: Any = db.connection
TransactionTestCase: Any = test.TransactionTestCase

ROOT = Path(__file__).parents[1]
ORIGINAL = "test_original_"
# What `migrate` writes and no test does. Filled again after each test, these two would cost more than many a test.
KEPT = ["django_migrations", "django_content_type", "auth_permission"]
# Tables are small here, so to delete is faster than to truncate, which makes new files. Only a superuser may lift
# the triggers that forbid to delete.
ATTEMPTS = 200
EMPTY = """
DO $$
DECLARE one regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    SET LOCAL lock_timeout = '50ms';
    FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> ALL ({kept}::name[])
    LOOP
        EXECUTE format('DELETE FROM %s', one);
    END LOOP;
END $$
"""


def program_folder() -> str:
    """Of pg_dump and pg_restore, no older than the tests' server."""
    return str(Postgres(Services(folder_for_tests()).folder).programs)


def copy_migrated() -> None:
    """Make the database of this process, named by the settings, a copy of the original."""
    creation, original = connection.creation, ORIGINAL + state_of_migrations()
    mine = creation._get_test_db_name()
    with _one_at_a_time() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [ORIGINAL])
        originals = {name for (name,) in cursor.fetchall()}
        if original not in originals:
            for old in originals:
                cursor.execute(f'DROP DATABASE "{old}"')
            _migrate(f"{original}_part")  # renamed when complete: an interruption leaves no half original
            cursor.execute(f'ALTER DATABASE "{original}_part" RENAME TO "{original}"')
        cursor.execute(f'DROP DATABASE IF EXISTS "{mine}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{mine}" TEMPLATE "{original}"')


@contextmanager
def _one_at_a_time() -> Iterator[Any]:
    """Workers that come while one migrates wait for it."""
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(
            "SET lock_timeout = 0; SET statement_timeout = 0"
        )  # to migrate may take the other a while
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [ORIGINAL])
        yield cursor


def state_of_migrations() -> str:
    """Ours, and the packages' in the lock file."""
    files = sorted(
        path for app in ("clinic", "patients", "exercises") for path in ROOT.glob(f"{app}/migrations/*.py")
    )
    digest = hashlib.sha256()
    for path in [*files, ROOT / "requirements.lock", ROOT / "clinic/app_role.py"]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(name: str) -> None:
    known, wanted = connection.settings_dict["NAME"], connection.settings_dict["TEST"].get("NAME")
    connection.settings_dict["TEST"]["NAME"] = name
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        with connection.cursor() as cursor:
            app_role.make(cursor, APPLICATION, "")
            app_role.grant(cursor, APPLICATION)
            app_role.vouch_for_searches(cursor)
    finally:
        connection.close()
        connection.close_pool()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = known
        connection.settings_dict["TEST"]["NAME"] = wanted


def empty_quickly() -> None:
    """After a test whose rows were committed; Django would truncate all tables and describe all models anew."""
    by_django = TransactionTestCase._fixture_teardown

    def empty(case: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW is_superuser")
            if cursor.fetchone() == ("on",):
                _delete_all(cursor)
                return
        by_django(case)

    TransactionTestCase._fixture_teardown = empty


def _delete_all(cursor: Any) -> None:
    """A request that the live server still answers may hold a row and want another: so let go soon and come again."""
    for attempt in range(ATTEMPTS):
        try:
            cursor.execute(EMPTY.format(kept="'{" + ",".join(KEPT) + "}'"))
            return
        except db.OperationalError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.05)
