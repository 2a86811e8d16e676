"""What import-linter cannot see: keys given as strings, names in templates, exports and receivers."""

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.dispatch import Signal
from django.test.utils import isolate_apps

from studio.tenancy.selectors.cascade_table import own_models
from tests.broken_models import Unshown
from tests.source_tree import LADDER, PACKAGES, RANK, ROOT, contract, modules

POSTGRES_NAME = 63
# Other programs read these names, so they are fixed.
NAMES_FIXED_ELSEWHERE = {"idx_training_sessions_machine_id"}
# Fragment slots: places in a lower app's page that fetch a fragment of a higher app by URL name.
SLOTS: set[tuple[str, str]] = set()
# Every edge that no import shows.
RECEIVERS = {
    "account_relabelled": {"sessions_app.receivers.relabel_account", "training.receivers.relabel_account"},
    "client_changed": {"billing.receivers.owe_in_currency", "training.receivers.follow_client"},
    "demonstration_made": {"billing.receivers.pay_in_demonstration"},
    "demonstration_wanted": {"billing.receivers.fill_demonstration", "training.receivers.fill_demonstration"},
    "email_accepted": {"billing.receivers.note_accepted"},
    "facts_saved": {"studio.accounts.receivers.write_plain_save"},
    "office_changed": {"sessions_app.receivers.record_office_change"},
    "mails_let_go": {"billing.receivers.route_payments", "studio.mail.receivers.give_up_waiting"},
    "registry_changed": {"studio.platform.receivers.record_change"},
    "session_reopened": {"billing.receivers.let_session_go"},
    "session_said": {"billing.receivers.charge_session"},
    "source_adopted": {
        "billing.receivers.tell_of_adopted",
        "studio.accounts.receivers.record_adoption",
        "training.receivers.join_adopted",
    },
    "studio_provisioned": {
        "billing.receivers.seed_billing",
        "sessions_app.receivers.seed_tasks",
        "studio.accounts.receivers.prepare_studio",
        "studio.office.receivers.seed_office",
        "training.receivers.seed_training",
    },
    "studio_restored": {"billing.receivers.prove_books"},
}


# Relations ----------------------------------------------------------------------------------------


def relations(model):
    return [*model._meta.local_fields, *model._meta.local_many_to_many]


def keys_pointing_up(model):
    """Relations to an app above: the import contract does not see a string."""
    for field in relations(model):
        target = field.remote_field.model._meta.app_label if field.remote_field else ""
        if target in RANK and RANK[target] > RANK[model._meta.app_label]:
            yield f"{model.__name__}.{field.name}"


def keys_leaving_the_studio(model):
    """Relations from a table of a studio's schema to one that only `public` has."""
    inside = {apps.get_app_config(label).name for label in RANK} & set(settings.TENANT_APPS)
    for field in relations(model):
        target = field.remote_field.model._meta.app_config if field.remote_field else None
        if target and model._meta.app_config.name in inside and target.name not in settings.TENANT_APPS:
            yield f"{model.__name__}.{field.name}"


def reverse_accessors_across_apps(model):
    """Relations that give a model of another app an attribute it does not know of."""
    for field in relations(model):
        crosses = field.remote_field and field.remote_field.model._meta.app_label != model._meta.app_label
        if crosses and not field.remote_field.hidden:
            yield f"{model.__name__}.{field.name}"


def reverse_accessors_by_default(model):
    if not model._meta.auto_created:
        for field in relations(model):
            if field.remote_field and not field.remote_field.related_name:
                yield f"{model.__name__}.{field.name}"


def constraints_and_indexes_misnamed(model):
    for each in [*model._meta.constraints, *model._meta.indexes]:
        fits = each.name.startswith(f"{model._meta.db_table}_") and len(each.name) <= POSTGRES_NAME
        if not fits and each.name not in NAMES_FIXED_ELSEWHERE:
            yield each.name


RULES_OF_RELATIONS = [
    keys_pointing_up,
    keys_leaving_the_studio,
    reverse_accessors_across_apps,
    reverse_accessors_by_default,
    constraints_and_indexes_misnamed,
]


@pytest.mark.parametrize("rule", RULES_OF_RELATIONS, ids=lambda rule: rule.__name__)
def test_models_have_no(rule):
    assert [broken for model in own_models() for broken in rule(model)] == []


@isolate_apps("studio.tenancy", "studio.office")
def test_rules_of_relations_find_what_breaks_them():
    class Low(Unshown):
        upward = models.ForeignKey("billing.Low", models.PROTECT)
        outward = models.ForeignKey("tenancy.Low", models.PROTECT)

        class Meta:
            app_label = "office"
            db_table = "lows"
            indexes = (models.Index(name="newest", fields=["id"]), models.Index(name="lows_newest", fields=["-id"]))

    class High(Unshown):
        class Meta:
            app_label = "billing"

    class Outside(Unshown):
        class Meta:
            app_label = "tenancy"

    upward, outward = Low._meta.get_field("upward"), Low._meta.get_field("outward")
    upward.remote_field.model, outward.remote_field.model = High, Outside

    assert [list(rule(Low)) for rule in RULES_OF_RELATIONS] == [
        ["Low.upward"],
        ["Low.outward"],
        ["Low.upward", "Low.outward"],
        ["Low.upward", "Low.outward"],
        ["newest"],
    ]


def test_constraint_and_index_names_are_unique():
    names = Counter(each.name for model in own_models() for each in [*model._meta.constraints, *model._meta.indexes])

    assert [name for name, count in names.items() if count > 1] == []


def test_every_app_of_ours_stands_on_the_ladder():
    ours = {config.label for config in apps.get_app_configs() if config.name.split(".")[0] in PACKAGES}

    assert ours - {"studio"} == RANK.keys()
    steps = [step.split(" | ")[0].removeprefix("studio.") for step in contract("ladder")["layers"]]
    assert tuple(reversed(steps)) == LADDER


def test_every_foundation_module_is_under_contract():
    apart = {"studio.__init__", "studio.apps", "studio.dev", "studio.templatetags"}
    apart |= {config.name for config in apps.get_app_configs()} | set(contract("strings")["source_modules"])
    inside = [path for path in (ROOT / "studio").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]

    assert {f"studio.{path.stem}" for path in inside} - apart == set(contract("foundation")["source_modules"])


def test_every_module_of_billing_but_the_gateway_may_not_speak_stripe():
    own = ROOT / "billing"
    inside = {each.stem for each in own.iterdir() if each.suffix == ".py" or (each / "__init__.py").exists()}
    inside |= {f"gateways.{each.stem}" for each in (own / "gateways").glob("*.py")}
    kept_out = {f"billing.{name}" for name in inside - {"__init__", "gateways", "gateways.__init__"}}

    assert {name for name in contract("stripe")["source_modules"] if name.startswith("billing")} == kept_out - {
        "billing.gateways.stripe_gateway"
    }


# Templates ----------------------------------------------------------------------------------------

URL_NAME = re.compile(
    r"""\{%\s*url\s+['"](?:admin:)?(?P<label>[a-z_]+?)(?::|_[a-z]+_(?:add|change|changelist|delete)['"])"""
)


def links_upwards(label, text):
    """The apps above `label` that a template of its names in a URL."""
    found = {match["label"] for match in URL_NAME.finditer(text)}
    return {name for name in found if name in RANK and RANK[name] > RANK[label]}


def test_templates_of_a_lower_app_name_no_page_of_a_higher_one():
    folders = {
        label: [ROOT / "templates" / label, Path(apps.get_app_config(label).path) / "templates"] for label in RANK
    }
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for label, roots in folders.items()
        for root in roots
        for path in root.rglob("*.*")
        for name in links_upwards(label, path.read_text(encoding="utf-8"))
    }

    assert found == SLOTS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{% url "billing:invoice-pay" pk=1 %}', {"billing"}),
        ("{%url 'admin:billing_invoice_changelist'%}", {"billing"}),
        ('{% url "accounts:account-sessions" %}', set()),
        ('{% url "account_login" %}', set()),
    ],
)
def test_links_upwards_reads_both_kinds_of_name(text, found):
    assert links_upwards("sessions_app", text) == found


# Modules ------------------------------------------------------------------------------------------


STARTED_BY_IMPORT = {"studio.dev.__main__", "studio.wsgi"}


def test_every_module_can_be_imported():
    named = [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in modules()]

    assert [name for name in named if name not in STARTED_BY_IMPORT and importlib.import_module(name) is None] == []


def test_every_model_is_exported_from_one_module_per_app():
    exported = {
        model
        for label in RANK
        if (module := apps.get_app_config(label).models_module)
        for name in getattr(module, "__all__", ())
        if isinstance(model := getattr(module, name), type) and issubclass(model, models.Model)
    }

    assert {model.__name__ for model in own_models() if model not in exported and not model._meta.auto_created} == set()


@pytest.mark.parametrize("name", ["studio.crypto", "studio.env", "studio.logs"])
def test_configuration_crypto_and_log_are_modules(name):
    assert importlib.import_module(name).__doc__


# News ---------------------------------------------------------------------------------------------


def test_signals_have_the_receivers_that_are_written_down():
    found = {}
    for name in modules():
        if name.endswith("/signals.py"):
            module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
            for signal, value in vars(module).items():
                if isinstance(value, Signal):
                    found[signal] = {f"{each.__module__}.{each.__name__}" for each in value._live_receivers(None)[0]}

    assert found == RECEIVERS


def test_no_reaction_hides_in_a_model_signal():
    hidden = re.compile(r"\b(pre_save|post_save|pre_delete|post_delete|m2m_changed)\b")

    assert [name for name in modules() if hidden.search((ROOT / name).read_text(encoding="utf-8"))] == []
