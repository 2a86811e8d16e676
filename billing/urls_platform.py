"""The address of this app on the platform's own host, at which others tell what happened."""

from django.urls import path

from billing.views import webhook

app_name = "billing_platform"
urlpatterns = [path("webhooks/stripe/", webhook.stripe_webhook, name="stripe-webhook")]
