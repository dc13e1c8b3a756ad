"""The root: apps are included by name, so that this lowest app imports no higher one."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from clinic.api import reference
from clinic.views import (
    health,
    home,
    invitations,
    mail_events,
    mailbox,
    metrics,
    practice,
    preferences,
    session,
    system,
    trail,
)

clinic_patterns = [
    path("", home.home, name="home"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("health/reminders", health.reminders, name="reminders_health"),
    path("metrics", metrics.metrics, name="metrics"),
    path("mail/events/<slug:provider>/", mail_events.mail_events, name="mail_events"),
    path("demo/mailbox/", mailbox.mailbox, name="mailbox"),
    path("demo/mailbox/<str:name>/", mailbox.message, name="mailbox_message"),
    path("invitation/", invitations.invitation, name="invitation"),
    path("clinic/settings/", practice.practice, name="settings"),
    path("clinic/settings/logo/", practice.logo_change, name="logo_change"),
    path("clinic/audit/", trail.audit_list, name="audit"),
    path("session/", session.session, name="session"),
    path("clinic/system/", system.system, name="system"),
    path("clinic/system/check/", system.check, name="system_check"),
    path("logos/<uuid:pk>/", practice.logo, name="logo"),
    path("accounts/keys/", preferences.keys, name="keys"),
    path("api/", reference.page, name="api_reference"),
    path("api/schema/", reference.schema, name="api_schema"),
]

urlpatterns = [
    path("", include((clinic_patterns, "clinic"))),
    path("", include("patients.urls")),
    path("", include("exercises.urls")),
    # Staff sign in with their address, so they do not change it themselves: allauth's pages for that are closed.
    path("accounts/", RedirectView.as_view(pattern_name="mfa_index"), name="account_start"),
    path("accounts/email/", RedirectView.as_view(pattern_name="mfa_index"), name="account_email_closed"),
    path("accounts/logout/", session.sign_out, name="account_logout"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler404 = "clinic.views.errors.not_found"
handler500 = "clinic.views.errors.server_error"
