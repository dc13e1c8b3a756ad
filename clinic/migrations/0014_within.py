"""The second lock: policies that show the rows of one clinic, or of one patient. ``clinic.within`` says which."""

from django.db import migrations

from clinic.migrations._within import enclose, enclose_all, with_parent


class Migration(migrations.Migration):
    dependencies = [("clinic", "0013_job_runs")]
    operations = [
        enclose_all("clinic", but=["clinic_bounceevent"]),
        enclose("clinic_bounceevent", with_parent("clinic_outgoingemail", "email_id")),
    ]
