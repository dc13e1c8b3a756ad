"""Sign-in counters were pickles; they are JSON now, and an old row could not be read."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clinic", "0015_rate_of_all")]

    operations = [migrations.RunSQL("DELETE FROM clinic_cache", migrations.RunSQL.noop)]
