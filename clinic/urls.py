"""The root: apps are included by name, so that this lowest app imports no higher one."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("clinic.pages")),
    path("", include("patients.urls")),
    path("", include("exercises.urls")),
]
