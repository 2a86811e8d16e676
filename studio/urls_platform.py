"""The pages of the platform's own host, for its operators."""

from django.urls import include, path

from studio.admin_sites import platform_site

urlpatterns = [
    path("admin/", platform_site.urls),
    path("", include("studio.platform.urls")),
    path("", include("studio.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("billing.urls_platform")),
]
