"""Which rows are over on a night, for clinic/settings.py: a name, and the function that says it (clinic/retention.py).

In the order in which they go: some rest on others. Names of higher apps are strings here, as in the settings.
"""

# Of each clinic at its own midnight.
RETENTION = {
    "returned_mail": "clinic.retention.returned_mail",
    "reminders": "exercises.retention.reminders",
    "letters": "exercises.retention.letters",
    "links": "patients.retention.links",
    "access_codes": "patients.retention.access_codes",
    "devices": "patients.retention.devices",
    "calendar_feeds": "exercises.retention.calendar_feeds",
    "drafts": "exercises.retention.drafts",
    "invitations": "clinic.retention.invitations",
}
# Of all, at that of settings.TIME_ZONE.
RETENTION_OF_ALL = {
    "sessions": "clinic.retention.sessions",
    "signed_in_where": "clinic.retention.signed_in_where",
    "runs": "clinic.retention.runs",
}
