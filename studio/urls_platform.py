"""The pages of the platform's own host, for its operators."""

from django.urls import include, path

urlpatterns = [
    path("", include("studio.accounts.urls")),
    path("accounts/", include("allauth.urls")),
]
