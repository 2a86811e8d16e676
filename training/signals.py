"""News of this app to the apps above; each is sent inside the transaction that makes it true.

`session_said` (keywords `session`: the TrainingSession, `billable`: whether nothing paid for it, `actor`, `now`): how a
session was is written down. `session_reopened` (the same but `billable`): that is taken back.
"""

from django.dispatch import Signal

session_said = Signal()
session_reopened = Signal()
