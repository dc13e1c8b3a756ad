from django.urls import include, path

from bench.plain import plain_plan

urlpatterns = [path("bench/plain/", plain_plan), path("", include("clinic.urls"))]
