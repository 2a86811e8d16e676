"""Pages of this app outside the back office."""

from django.urls import path

from sessions_app.views import feeds, listening

app_name = "sessions_app"
urlpatterns = [
    path("feeds/", feeds.own_feeds, name="feed-list"),
    path("feeds/<int:number>/revoke/", feeds.own_feed_revoke, name="feed-revoke"),
    path("feeds/<str:token>.ics", feeds.feed_read, name="feed-read"),
    path("listen/<str:token>/", listening.share_page, name="share-page"),
    path("listen/<str:token>/comment/", listening.share_comment, name="share-comment"),
    path("listen/<str:token>/approve/", listening.share_approve, name="share-approve"),
    path("listen/<str:token>/audio/<int:number>/", listening.share_audio, name="share-audio"),
]
