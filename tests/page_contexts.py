"""A test finds the context that a page was given; those of its hundred parts are not copied, for nobody looks at them.

The test client copies each as often as a template includes another: a tenth of what a page of the back office takes.
"""

from collections.abc import Iterator

import pytest
from django.test import client


@pytest.fixture(scope="session", autouse=True)
def _contexts_of_whole_pages() -> Iterator[None]:
    keep = client.store_rendered_templates

    def keep_of_the_whole(store, signal, sender, template, context, **kwargs):
        if context.template is template:
            keep(store, signal, sender, template, context, **kwargs)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(client, "store_rendered_templates", keep_of_the_whole)
        yield
