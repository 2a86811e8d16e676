"""The groups and permissions by which a schema knows the roles."""

from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction

from studio.accounts.roles import permission_names, roles_of_schema
from studio.tenancy.context import current_schema
from studio.tenancy.place import PUBLIC


@transaction.atomic
def write_roles() -> None:
    """Bring the groups and permissions of the current schema to what the table says; may run at any time.

    Permissions of models that are not installed are left out.
    """
    by_name = {
        f"{app_label}.{codename}": pk
        for pk, app_label, codename in Permission.objects.order_by("pk").values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for role in sorted(roles_of_schema(is_studio=current_schema() != PUBLIC)):
        group, _made = Group.objects.get_or_create(name=role)
        wanted = {by_name[name] for name in permission_names(role) if name in by_name}
        if set(group.permissions.values_list("pk", flat=True)) != wanted:
            group.permissions.set(wanted)


def is_written() -> bool:
    """Return whether the current schema has tables to write roles into."""
    return Group._meta.db_table in connection.introspection.table_names()
