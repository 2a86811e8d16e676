"""A browser that keeps no record of the templates behind its pages, for tests that open thousands."""

from django.test import Client


class PlainBrowser(Client):
    """The test client without the contexts of each template, which take as long to copy as many a page to make."""

    def request(self, **request):
        """Return the answer to a request; an error of ours is one too, and stands in the log."""
        response = self.handler(self._base_environ(**request))
        self.cookies.update(response.cookies)
        response.request = request
        return response
