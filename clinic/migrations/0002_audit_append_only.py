"""An audit entry is never changed or deleted; and the cache table that sign-in limits live in."""

from django.db import migrations

TRIGGER = """
CREATE FUNCTION clinic_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON clinic_auditentry
    FOR EACH ROW EXECUTE FUNCTION clinic_append_only();
"""
NO_TRIGGER = "DROP TRIGGER audit_append_only ON clinic_auditentry; DROP FUNCTION clinic_append_only();"

# What `createcachetable` would make: here, so that `migrate` alone sets up a database.
CACHE = """
CREATE TABLE clinic_cache (cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX clinic_cache_expires ON clinic_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial")]
    operations = [
        migrations.RunSQL(TRIGGER, NO_TRIGGER),
        migrations.RunSQL(CACHE, "DROP TABLE clinic_cache"),
    ]
