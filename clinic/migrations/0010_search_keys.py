from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0009_turns_and_limits'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='search_keys',
            field=models.BooleanField(db_default=True, default=True, verbose_name='keys lead to the search for patients'),
        ),
    ]
