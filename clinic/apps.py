from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core import checks


class ClinicConfig(AppConfig):
    name = "clinic"

    def ready(self) -> None:
        from clinic.checks import check_installation  # noqa: PLC0415 - settings are complete only now

        checks.register(check_installation)


class StaffAdminConfig(AdminConfig):
    """Django's admin behind the same sign-in as the pages."""

    default_site = "clinic.adminsite.StaffAdminSite"
