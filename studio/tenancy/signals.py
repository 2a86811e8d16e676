"""News of this app to the apps above.

`studio_provisioned` (keyword `studio`: the Studio) is sent inside the new studio, under its role and
in the provisioning transaction of the seeds; it may be sent again when provisioning is resumed, so
receivers are idempotent.
"""

from django.dispatch import Signal

studio_provisioned = Signal()

# `source_adopted` (keywords `studio`, `source`: its record, `report`, `now`) is sent inside the studio, in
# the transaction that took rows of a former database over or set them aside for the first time.
source_adopted = Signal()

# `studio_restored` (keywords `studio`, `findings`: a list of sentences) is sent inside a studio that came out of a
# backup, after its rows are committed and before it is opened; receivers add what contradicts itself there, and
# change nothing.
studio_restored = Signal()

# `registry_changed` (keywords `studio`, `verb`, `changes`: as a trail takes them, `now`) is sent on the platform, in
# the transaction of what a command has done to a studio; acts of the operators' pages write their own lines.
registry_changed = Signal()

# `mails_let_go` (keywords `studio`, `now`) is sent inside a restored studio, in the transaction in which it may write
# to people again: what waited so far is an old letter.
mails_let_go = Signal()
