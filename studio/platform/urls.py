"""The platform's own pages, before those around an account."""

from django.urls import path

from studio.platform import views

app_name = "platform"
urlpatterns = [path("", views.home, name="home")]
