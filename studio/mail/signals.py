"""News of this app to the apps above.

`email_accepted` is sent inside the transaction that writes down that the mail server took a mail: whoever listens only
queues a job, for a mail that has left cannot be called back. Keywords: `message` (the mail), `now`.
"""

from django.dispatch import Signal

email_accepted = Signal()
