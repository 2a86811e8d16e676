"""News of this app to the apps above.

`office_changed` is sent inside the transaction of each write here; whoever keeps the audit trail, which stands
above this app, listens. Keywords: `subject` (the row), `verb`, `changes` (field -> (old, new)), `actor` (an account
or None), `now`.
"""

from django.dispatch import Signal

office_changed = Signal()
