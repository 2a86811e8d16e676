"""News of this app to the apps above; each is sent inside the transaction that makes it true.

`client_changed` (keywords `client`: the Client, `changes`: field -> (old, new), `actor`, `now`): what is known of a
client is different now. Apps that say the same of their own rows follow.
"""

from django.dispatch import Signal

client_changed = Signal()

# `demonstration_wanted` (keywords `studio`, `now`, `say`: takes a line for the terminal) is sent inside a demonstration
# studio whose accounts exist; receivers add rows of their own once, so that a further run makes nothing again.
demonstration_wanted = Signal()

# `demonstration_made` (keywords `studio`, `stand_in`: the address of what stands in for the payment provider, "" for
# none, `clock`, `say`) is sent inside it when all of that is committed, in no transaction: receivers may ask others.
demonstration_made = Signal()
