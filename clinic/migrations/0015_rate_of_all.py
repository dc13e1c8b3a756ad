from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0014_within")]

    operations = [
        migrations.CreateModel(
            name="SendRate",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("tokens", models.FloatField(default=0)),
                ("refilled_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)),
                        name="send_rate_is_one_row",
                        violation_error_message="One row only.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tokens__gte", 0)),
                        name="send_rate_not_negative",
                        violation_error_message="There are no debts of e-mails.",
                    ),
                ],
            },
        ),
    ]
