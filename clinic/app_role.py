"""The role as which the application connects: it may read and write rows, and is bound by every policy. It owns nothing.

Whoever owns the tables migrates, backs up and restores; a policy binds neither the owner nor a superuser.
"""

from typing import Any

from django.db import InternalError, ProgrammingError, transaction
from psycopg import sql

# Rows that are only added: who migrated, and what was done and read.
ONLY_READ = ["django_migrations"]
ONLY_ADDED = ["clinic_auditentry"]
MAY = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT"
# Behind a policy PostgreSQL looks into an index only with functions that tell nothing of a row by failing. It does not vouch
# for these, by which patients and exercises are searched; none of them fails for what a row holds.
SEARCHES = [
    "pg_catalog.ts_match_vq(tsvector, tsquery)",
    "pg_catalog.array_to_tsvector(text[])",
    "pg_catalog.string_to_array(text, text)",
    "pg_catalog.btrim(text)",
    "pg_catalog.upper(text)",
    "pg_catalog.lower(text)",
    "pg_catalog.arrayoverlap(anyarray, anyarray)",
    "public.patients_near(text)",
]


def make(cursor: Any, role: str, password: str) -> bool:
    """The role, if there is none; with this password in any case, which no log gets to see. True: it is new."""
    name = sql.Identifier(role)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    is_new = cursor.fetchone() is None
    if is_new:
        cursor.execute(sql.SQL("CREATE ROLE {} " + MAY).format(name))
    if password:
        server = cursor.connection.pgconn
        verifier = server.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(verifier)))
    return is_new


def grant(cursor: Any, role: str) -> None:
    """What the application needs of the tables that there are. To be said again after each migration."""
    name = sql.Identifier(role)
    for statement in (
        "GRANT USAGE ON SCHEMA public TO {}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}",
        *[f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {{}}" for table in ONLY_READ],
        *[f"REVOKE UPDATE, DELETE ON {table} FROM {{}}" for table in ONLY_ADDED],
    ):
        cursor.execute(sql.SQL(statement).format(name))


def vouch_for_searches(cursor: Any) -> bool:
    """Only a superuser can. False: searches look at each row of the clinic, and are slower in a large one."""
    try:
        with transaction.atomic():
            for function in SEARCHES:
                cursor.execute(f"ALTER FUNCTION {function} LEAKPROOF")
    except (ProgrammingError, InternalError):
        return False
    return True


def faults(cursor: Any, role: str) -> list[str]:
    """Why this role is bound by no policy; nothing where it is bound."""
    cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
    is_superuser, bypasses = cursor.fetchone()
    cursor.execute(
        "SELECT count(*) > 0 FROM pg_class WHERE relrowsecurity AND pg_has_role(%s, relowner, 'USAGE')",
        [role],
    )
    (owns,) = cursor.fetchone()
    found = {"it is a superuser": is_superuser, "it has BYPASSRLS": bypasses, "it owns the tables": owns}
    return [fault for fault, is_true in found.items() if is_true]
