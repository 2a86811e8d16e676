"""Numbers without a gap and without a twin, however many issue at once, take back what they did, or are killed."""

import pytest

from billing.models import Invoice, NumberSeries
from billing.selectors import books
from studio.tenancy.context import inside
from tests.billing_factories import settle_seller
from tests.factories import ClientFactory
from tests.races.billing_attempts import NOW
from tests.races.numbering import DEADLY, DIE_AFTER, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.early]


@pytest.mark.parametrize(
    ("writers", "attempts"), [pytest.param(4, 8, id="gate"), pytest.param(16, 250, id="long", marks=pytest.mark.long)]
)
def test_numbers_follow_each_other_whoever_dies(course, tmp_path, writers, attempts):
    with inside(course):
        settle_seller()
        for number in range(writers):
            ClientFactory(name=f"Payer {number}", now=NOW)

    ended = run(course.schema_name, writers, attempts, tmp_path)

    with inside(course):
        numbers = list(Invoice.objects.issued().order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, NumberSeries.objects.get().next_number))
        assert len(numbers) == ended["issued"] + ended[f"died: {DIE_AFTER}"]
        assert [ended[f"died: {fate}"] for fate in DEADLY] == [writers] * len(DEADLY)
        assert ended["ended undone"] > 0
        assert sum(ended.values()) == writers * attempts
        assert [finding.says for finding in books.findings()] == []
