"""When an answer was said, so that of two the one said later stands, whichever arrives first."""

import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from patients.migrations._together import Together


def first_said(table: str) -> list[migrations.RunSQL]:
    """Nobody wrote down when what stands was said: when it was stored, in each kept state too. The triggers that keep
    states are away meanwhile: no state is new."""
    steps = (
        f"ALTER TABLE patients_{table}event DISABLE TRIGGER USER",
        f"UPDATE patients_{table}event SET said_at = pgh_created_at",
        f"ALTER TABLE patients_{table}event ENABLE TRIGGER USER",
        f"UPDATE patients_{table} SET said_at = coalesce((SELECT max(pgh_created_at) FROM patients_{table}event"
        f" WHERE pgh_obj_id = patients_{table}.id), recorded_at)",
    )
    return [migrations.RunSQL(step, migrations.RunSQL.noop) for step in steps]


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0011_flag_from_one_source'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='painscore',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='painscore',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='wearentry',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='wearentry',
            name='update_update',
        ),
        Together([
            migrations.AddField(
                model_name='painscore',
                name='said_at',
                field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
            ),
            migrations.AddField(
                model_name='painscoreevent',
                name='said_at',
                field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
            ),
            migrations.AddField(
                model_name='wearentry',
                name='said_at',
                field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
            ),
            migrations.AddField(
                model_name='wearentryevent',
                name='said_at',
                field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
            ),
        ]),
        *first_said("painscore"),
        *first_said("wearentry"),
        pgtrigger.migrations.AddTrigger(
            model_name='painscore',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_painscoreevent" ("clinic_id", "id", "measure", "on", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "said_at", "score", "source", "status") VALUES (NEW."clinic_id", NEW."id", NEW."measure", NEW."on", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."said_at", NEW."score", NEW."source", NEW."status"); RETURN NULL;', hash='7eb45d3ffcf86220326a9781ec51dfa4f36483e2', operation='INSERT', pgid='pgtrigger_insert_insert_1a62c', table='patients_painscore', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='painscore',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_painscoreevent" ("clinic_id", "id", "measure", "on", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "said_at", "score", "source", "status") VALUES (NEW."clinic_id", NEW."id", NEW."measure", NEW."on", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."said_at", NEW."score", NEW."source", NEW."status"); RETURN NULL;', hash='e6ff5b9c3362cda3bba19acf3eabd37c1bc6185e', operation='UPDATE', pgid='pgtrigger_update_update_6903a', table='patients_painscore', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wearentry',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_wearentryevent" ("advice_id", "clinic_id", "hours", "id", "on", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "said_at") VALUES (NEW."advice_id", NEW."clinic_id", NEW."hours", NEW."id", NEW."on", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."said_at"); RETURN NULL;', hash='10c01933874fd2f959dc46e564db40f1965e7996', operation='INSERT', pgid='pgtrigger_insert_insert_9e4e1', table='patients_wearentry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wearentry',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_wearentryevent" ("advice_id", "clinic_id", "hours", "id", "on", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "said_at") VALUES (NEW."advice_id", NEW."clinic_id", NEW."hours", NEW."id", NEW."on", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."said_at"); RETURN NULL;', hash='e1ec3bad544fcaa2786f6a2dd590c142697348af', operation='UPDATE', pgid='pgtrigger_update_update_16d6e', table='patients_wearentry', when='AFTER')),
        ),
    ]
