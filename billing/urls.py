"""Pages of this app outside the back office."""

from django.urls import path

from billing.views import late, pay, quotes

app_name = "billing"
urlpatterns = [
    path("quotes/<str:token>/", quotes.quote_page, name="quote-page"),
    path("quotes/<str:token>/pdf/", quotes.quote_pdf, name="quote-pdf"),
    path("quotes/<str:token>/accept/", quotes.quote_accept, name="quote-accept"),
    path("quotes/<str:token>/decline/", quotes.quote_decline, name="quote-decline"),
    path("late/<str:token>/", late.late_page, name="late-page"),
    path("pay/<str:token>/", pay.pay_page, name="pay-page"),
    path("pay/<str:token>/back/", pay.pay_back, name="pay-back"),
    path("pay/<str:token>/pdf/", pay.pay_pdf, name="pay-pdf"),
    path("pay/<str:token>/receipt/<str:key>/", pay.pay_receipt, name="pay-receipt"),
]
