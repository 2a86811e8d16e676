"""News of this app to the apps above; each is sent inside the transaction that makes it true.

`account_relabelled` (keywords `user`: the User, `label`: its new label): a living account has another
name or address. Apps that keep a label beside a link to the account write the new one.
"""

from django.dispatch import Signal

account_relabelled = Signal()
