"""The pages of a studio's host."""

from django.urls import include, path

from studio.admin_sites import studio_site

urlpatterns = [
    path("admin/", studio_site.urls),
    path("", include("studio.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("sessions_app.urls")),
    path("", include("billing.urls")),
]
