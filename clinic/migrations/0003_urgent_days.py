"""Each clinic says within how many working days what is urgent is assessed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0002_audit_append_only")]
    operations = [
        migrations.AddField(
            model_name="clinic",
            name="urgent_days",
            field=models.PositiveSmallIntegerField(
                default=2,
                help_text="Within how many working days an urgent warning sign is to be assessed: 1 to 14.",
                verbose_name="days for what is urgent",
            ),
        ),
        migrations.AddConstraint(
            model_name="clinic",
            constraint=models.CheckConstraint(
                condition=models.Q(urgent_days__gte=1, urgent_days__lte=14),
                name="clinic_urgent_days_range",
                violation_error_message="What is urgent is assessed within 1 to 14 working days.",
            ),
        ),
    ]
