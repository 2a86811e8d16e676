"""Pages of this app outside the back office."""

from django.urls import path

from sessions_app.views import feeds

app_name = "sessions_app"
urlpatterns = [
    path("feeds/", feeds.own_feeds, name="feed-list"),
    path("feeds/<int:number>/revoke/", feeds.own_feed_revoke, name="feed-revoke"),
    path("feeds/<str:token>.ics", feeds.feed_read, name="feed-read"),
]
