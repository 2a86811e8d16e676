"""Pages around an account, on both kinds of host."""

from django.urls import path

from studio.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/notifications/read/", views.mark_notifications_read, name="notifications-read"),
    path("accounts/devices/", views.device_list, name="device-list"),
    path("accounts/devices/<int:number>/sign-out/", views.device_revoke, name="device-revoke"),
    path("accounts/invitations/<str:token>/", views.invitation_accept, name="invitation-accept"),
]
