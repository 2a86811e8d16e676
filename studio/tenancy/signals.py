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
