from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core import checks


class ClinicConfig(AppConfig):
    name = "clinic"

    def ready(self) -> None:
        from clinic import checks as ours  # noqa: PLC0415 - settings are complete only now

        checks.register(ours.check_installation)
        checks.register(ours.check_deployment, deploy=True)
        checks.register(ours.check_database_role, checks.Tags.database)


class StaffAdminConfig(AdminConfig):
    """Django's admin behind the same sign-in as the pages."""

    default_site = "clinic.adminsite.StaffAdminSite"
