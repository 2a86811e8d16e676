"""Pages of this app outside the back office."""

from django.urls import path

from billing.views import quotes

app_name = "billing"
urlpatterns = [
    path("quotes/<str:token>/", quotes.quote_page, name="quote-page"),
    path("quotes/<str:token>/pdf/", quotes.quote_pdf, name="quote-pdf"),
    path("quotes/<str:token>/accept/", quotes.quote_accept, name="quote-accept"),
    path("quotes/<str:token>/decline/", quotes.quote_decline, name="quote-decline"),
]
