"""Audit entries know their transaction and epoch, and are sealed: the chain, and the triggers that keep it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

# Where the newest epoch did not begin here, the database was moved or restored: its entries belong to the next one.
STAMP = """
CREATE FUNCTION clinic_audit_epoch() RETURNS integer STABLE LANGUAGE sql AS $$
    SELECT coalesce((SELECT number + (place <> clinic_place())::integer
                       FROM clinic_auditepoch ORDER BY number DESC LIMIT 1), 1)
$$;
CREATE FUNCTION clinic_audit_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.epoch := clinic_audit_epoch();
    NEW.xid := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_stamped BEFORE INSERT ON clinic_auditentry
    FOR EACH ROW EXECUTE FUNCTION clinic_audit_stamp();
"""
NO_STAMP = """
DROP TRIGGER audit_stamped ON clinic_auditentry;
DROP FUNCTION clinic_audit_stamp();
DROP FUNCTION clinic_audit_epoch();
"""

# An entry goes only with the whole of its sealed range, and only where a tombstone says so; no tombstone is set before a
# year has passed.
STAYS = """
CREATE FUNCTION clinic_audit_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM clinic_audittombstone AS stone JOIN clinic_auditseal AS seal ON seal.number = stone.seal_id
                    WHERE seal.epoch = OLD.epoch AND seal.from_xid <= OLD.xid AND OLD.xid < seal.to_xid) THEN
        RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION clinic_tombstone_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sealed_at FROM clinic_auditseal WHERE number = NEW.seal_id) > now() - interval '1 year' THEN
        RAISE EXCEPTION 'no entry of the audit goes within a year' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER audit_append_only ON clinic_auditentry;
CREATE TRIGGER audit_append_only BEFORE UPDATE ON clinic_auditentry
    FOR EACH ROW EXECUTE FUNCTION clinic_append_only();
CREATE TRIGGER audit_goes_with_its_seal BEFORE DELETE ON clinic_auditentry
    FOR EACH ROW EXECUTE FUNCTION clinic_audit_goes();
CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON clinic_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_append_only();
CREATE TRIGGER seal_stays BEFORE UPDATE OR DELETE ON clinic_auditseal
    FOR EACH ROW EXECUTE FUNCTION clinic_append_only();
CREATE TRIGGER seal_never_emptied BEFORE TRUNCATE ON clinic_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_append_only();
CREATE TRIGGER epoch_stays BEFORE UPDATE OR DELETE ON clinic_auditepoch
    FOR EACH ROW EXECUTE FUNCTION clinic_append_only();
CREATE TRIGGER tombstone_stays BEFORE UPDATE OR DELETE ON clinic_audittombstone
    FOR EACH ROW EXECUTE FUNCTION clinic_append_only();
CREATE TRIGGER tombstone_in_time BEFORE INSERT ON clinic_audittombstone
    FOR EACH ROW EXECUTE FUNCTION clinic_tombstone_in_time();
"""
NO_STAY = """
DROP TRIGGER tombstone_in_time ON clinic_audittombstone;
DROP TRIGGER tombstone_stays ON clinic_audittombstone;
DROP TRIGGER epoch_stays ON clinic_auditepoch;
DROP TRIGGER seal_never_emptied ON clinic_auditseal;
DROP TRIGGER seal_stays ON clinic_auditseal;
DROP TRIGGER audit_never_emptied ON clinic_auditentry;
DROP TRIGGER audit_goes_with_its_seal ON clinic_auditentry;
DROP TRIGGER audit_append_only ON clinic_auditentry;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON clinic_auditentry
    FOR EACH ROW EXECUTE FUNCTION clinic_append_only();
DROP FUNCTION clinic_tombstone_in_time();
DROP FUNCTION clinic_audit_goes();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0011_pages_of_outgoing_email'),
    ]

    operations = [
        migrations.AddField(
            model_name='auditentry',
            name='epoch',
            field=models.PositiveIntegerField(db_default=1, editable=False),
        ),
        migrations.AddField(
            model_name='auditentry',
            name='xid',
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.AddField(
            model_name='auditentry',
            name='ip_prefix',
            field=models.CharField(blank=True, db_default='', max_length=43),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(models.F('epoch'), models.F('xid'), models.F('id'), name='audit_by_transaction'),
        ),
        migrations.CreateModel(
            name='AuditEpoch',
            fields=[
                ('number', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('place', models.CharField(max_length=60)),
                ('began_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='audit_epoch_from_one', violation_error_message='Epochs are counted from one.')],
            },
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('number', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ('epoch', models.PositiveIntegerField()),
                ('from_xid', models.BigIntegerField()),
                ('to_xid', models.BigIntegerField()),
                ('entries', models.PositiveIntegerField()),
                ('entries_hash', models.CharField(max_length=64)),
                ('previous', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(models.F('epoch'), models.F('from_xid'), name='seal_by_range')],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('from_xid__gte', 0), ('to_xid__gt', models.F('from_xid'))), name='seal_range_goes_on', violation_error_message='A range ends after it begins.'),
                    models.CheckConstraint(condition=models.Q(('entries__gte', 1)), name='seal_holds_something', violation_error_message='Nothing is no range.'),
                    models.CheckConstraint(condition=models.Q(('entries_hash__regex', '^[0-9a-f]{64}$'), ('hash__regex', '^[0-9a-f]{64}$'), ('previous__regex', '^[0-9a-f]{64}$')), name='seal_hash_form', violation_error_message='Sixty-four hexadecimal digits.'),
                    models.CheckConstraint(condition=models.Q(models.Q(('number', 1), ('previous', '0' * 64)), models.Q(('number__gt', 1), models.Q(('previous', '0' * 64), _negated=True)), _connector='OR'), name='seal_first_has_none_before', violation_error_message='Seals are counted from one, and only the first follows none.'),
                    models.UniqueConstraint(fields=('previous',), name='seal_followed_once', violation_error_message='A seal is followed by one.'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AuditTombstone',
            fields=[
                ('seal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='clinic.auditseal')),
                ('pruned_at', models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(STAMP, NO_STAMP),
        migrations.RunSQL(STAYS, NO_STAY),
    ]
