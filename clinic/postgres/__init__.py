"""Django's PostgreSQL, and with each statement whose rows it may see. The engine of settings.DATABASES."""
