"""What the staff give to the studio's own records."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from studio.admin_tools import ActionForm


class UploadForm(ActionForm):
    """A file to keep."""

    file = forms.FileField(label=_("File"), max_length=255, widget=UnfoldAdminFileFieldWidget())
