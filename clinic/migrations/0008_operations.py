
from django.db import migrations, models

# Where the table lies: server, database, table. Whatever brings it back from a dump, or copies the database, changes this.
PLACE = """
CREATE FUNCTION clinic_place() RETURNS text STABLE LANGUAGE sql AS $$
    SELECT format('%s/%s/%s', (SELECT system_identifier FROM pg_control_system()),
                  (SELECT oid FROM pg_database WHERE datname = current_database()),
                  'clinic_deployment'::regclass::oid)
$$;
CREATE FUNCTION clinic_is_ours(wanted text) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT wanted IS NULL
        OR EXISTS (SELECT 1 FROM clinic_deployment WHERE key = wanted AND place = clinic_place())
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0007_returned_mail'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('red_since', models.DateTimeField(null=True)),
                ('told_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Deployment',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=40)),
                ('place', models.CharField(max_length=60)),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='JobBeat',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('finished_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('total', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.AddIndex(
            model_name='outgoingemail',
            index=models.Index(models.F('not_before'), condition=models.Q(('state__in', ['pending', 'sending']), _negated=True), include=('state', 'doubt'), name='email_ended'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='alarm_is_one_row', violation_error_message='One row only.'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.CheckConstraint(condition=models.Q(('told_at', None), ('red_since__isnull', False), _connector='OR'), name='alarm_told_while_red', violation_error_message='Nobody is told of what is green.'),
        ),
        migrations.AddConstraint(
            model_name='deployment',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='deployment_is_one_row', violation_error_message='One row only.'),
        ),
        migrations.AddConstraint(
            model_name='deployment',
            constraint=models.CheckConstraint(condition=models.Q(('key__regex', '^[A-Za-z0-9-]{8,40}$')), name='deployment_key_form', violation_error_message='Eight to forty letters, digits and hyphens.'),
        ),
        migrations.RunSQL(PLACE, "DROP FUNCTION clinic_is_ours(text); DROP FUNCTION clinic_place()"),
    ]
