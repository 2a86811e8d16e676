"""News of plain saves in a back office, to whoever keeps the audit trail, which stands above.

`facts_saved` is sent inside the transaction of the save or the delete. Keywords: `subject` (the row, which
still has its key), `verb` ("create", "change" or "delete"), `changes` (field -> (old, new)), `actor` (the
account that is signed in), `now`.
"""

from django.dispatch import Signal

facts_saved = Signal()
