"""Addresses of files."""

from django.urls import path

from studio.office import views

app_name = "office"

urlpatterns = [
    path("files/<str:link>/", views.file_open, name="file-open"),
]
