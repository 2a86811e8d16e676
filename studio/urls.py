"""The pages of a studio's host."""

from django.urls import include, path

urlpatterns = [
    path("", include("studio.accounts.urls")),
    path("accounts/", include("allauth.urls")),
]
