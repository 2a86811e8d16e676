"""A plan renders as little as its operations ask for, and they find what Django would show them."""

from operator import is_not

from django.db import connection
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel, RunPython
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.state import ProjectState

from studio.tenancy.context import as_owner
from studio.tenancy.history import History, history

ADDING = (CreateModel, AddField, AddIndex, AddConstraint)  # what is taken away is looked up in the database first


def sql_of(schema, label, operation, before, after):
    with as_owner(schema), connection.schema_editor(collect_sql=True) as editor:
        operation.database_forwards(label, editor, before, after)
        editor.deferred_sql, deferred = [], editor.deferred_sql
    return [*editor.collected_sql, *map(str, deferred)]


def whole(state):
    return ProjectState(state.models, state.real_apps)


def test_operations_say_the_same_as_with_every_model_rendered_anew(studio):
    steps = [step for step in history().plan(frozenset()) if step.key[0] in {"sessions_app", "training"}]
    newest = {}
    for step in steps:
        for operation, before, after in step.operations:
            newest[step.key[0], type(operation)] = step.key[0], operation, before, after
    newest = [each for (_label, kind), each in newest.items() if kind in ADDING]
    assert len(newest) == len(ADDING) * 2

    for label, operation, before, after in newest:
        said = sql_of(studio.schema_name, label, operation, before, after)
        assert said == sql_of(studio.schema_name, label, operation, whole(before), whole(after)) != []


def test_a_function_finds_every_model_with_what_points_to_it():
    steps = history().plan(frozenset())
    functions = [
        (step.key, before)
        for step in steps
        for operation, before, _after in step.operations
        if type(operation) is RunPython
    ]
    (key, state), *_rest = [each for each in functions if each[0][0] == "sessions_app"]

    assert {model._meta.label_lower for model in state.apps.get_models(include_swapped=True)} >= {
        ".".join(name) for name in state.models
    }
    session = state.apps.get_model("sessions_app", "studiosession")
    pointing = {each.related_model._meta.model_name for each in session._meta.related_objects}
    said = {
        name
        for (_label, name), model in state.models.items()
        for field in model.fields.values()
        if field.is_relation and str(field.remote_field.model).lower() == "sessions_app.studiosession"
    }
    assert pointing == said != set(), key


def tables_at(state, key):
    """Names of the indexes and constraints of a model, as the state says and as its rendered model does."""
    rendered = state.apps.get_model(*key)._meta
    parts = ("indexes", "constraints")
    return (
        [[part.name for part in state.models[key].options.get(name, [])] for name in parts],
        [[part.name for part in getattr(rendered, name)] for name in parts],
    )


def test_what_changes_a_model_finds_it_rendered_with_its_indexes_and_constraints():
    """Adding these renders nothing; altering a column afterwards has to know which are to stay."""
    compared = 0
    for step in history().plan(frozenset()):
        for operation, before, _after in step.operations:
            key = (step.key[0], getattr(operation, "model_name", "").lower())
            if isinstance(operation, FieldOperation) and key in before.models:
                said, rendered = tables_at(before, key)
                assert said == rendered, (step.key, operation)
                compared += bool(said[0] or said[1])
    assert compared > 0


def test_a_plan_is_made_once_for_all_studios_in_one_place():
    made = History()
    assert made.plan(frozenset()) is made.plan(frozenset())
    assert made.plan(frozenset(made.order)) == []


def test_a_plan_over_the_way_of_another_renders_nothing_anew():
    made = history()
    there = {step.key: step.operations for step in made.plan(frozenset())}

    back = made.plan(frozenset(made.order), made.target("training", "0010"))

    assert len(back) > 1
    assert [step.key for step in back if any(map(is_not, there[step.key], step.operations[::-1]))] == []


def test_a_plan_that_leaves_the_way_of_another_says_what_it_says_alone(studio):
    made = history()
    made.plan(frozenset())
    applied = frozenset(key for key in made.order if key[0] not in {"billing", "training"})

    forked, alone = (
        [
            (step.key, sql_of(studio.schema_name, step.key[0], *around))
            for step in each.plan(applied, each.target("billing", "0003"))
            for around in step.operations
            if type(around[0]) in ADDING
        ]
        for each in (made, History())
    )

    assert forked == alone != []
