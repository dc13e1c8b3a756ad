"""Messages of the clinic to a patient, and words for them. What was sent stays as it was written, and ends once."""

import clinic.text
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

from clinic.migrations._same import same

STAYS = """
CREATE TRIGGER message_stays BEFORE UPDATE OR DELETE ON patients_message
    FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('seen_at', 'taken_back_at', 'patient_id');
CREATE TRIGGER message_ends_once BEFORE UPDATE ON patients_message
    FOR EACH ROW WHEN (coalesce(OLD.seen_at, OLD.taken_back_at) IS NOT NULL)
    EXECUTE FUNCTION patients_signed_stays('patient_id');
"""
GOES = """
DROP TRIGGER message_ends_once ON patients_message;
DROP TRIGGER message_stays ON patients_message;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0004_patients_languages'),
        ('patients', '0013_finding_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('text', models.TextField(max_length=2000, validators=[clinic.text.validate_plain_text], verbose_name='message')),
                ('about_day', models.DateField(blank=True, null=True, verbose_name='about the day')),
                ('sent_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('readable_from', models.DateTimeField()),
                ('taken_back_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'indexes': [models.Index(models.F('patient'), models.OrderBy(models.F('sent_at'), descending=True), name='message_by_patient')],
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='message_says_something', violation_error_message='Write the message.'), models.CheckConstraint(condition=models.Q(('readable_from__gte', models.F('sent_at'))), name='message_readable_once_sent', violation_error_message='A message can be read after it was sent.'), models.CheckConstraint(condition=models.Q(('taken_back_at', None), models.Q(('seen_at', None), ('taken_back_at__lt', models.F('readable_from'))), _connector='OR'), name='message_taken_back_unread', violation_error_message='The patient may have read it: it stays.'), models.CheckConstraint(condition=models.Q(('seen_at', None), ('seen_at__gte', models.F('readable_from')), _connector='OR'), name='message_seen_once_readable', violation_error_message='Nobody can have read it yet.')],
            },
        ),
        migrations.CreateModel(
            name='MessageTemplate',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60, validators=[clinic.text.validate_single_line], verbose_name='name')),
                ('text', models.TextField(max_length=2000, validators=[clinic.text.validate_plain_text], verbose_name='words')),
                ('retired_at', models.DateTimeField(null=True)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'message template',
                'verbose_name_plural': 'message templates',
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('clinic', 'owner', 'name'), name='message_template_once', nulls_distinct=False, violation_error_message='There is a template of this name already.'), models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('text', ''), _negated=True)), name='message_template_complete', violation_error_message='Enter the name and the words.')],
            },
        ),
        same("clinic", "patients_message", "patient_id", "patients_patient"),
        migrations.RunSQL(STAYS, GOES),
    ]
