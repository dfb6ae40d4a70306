"""Tables refer to tables of their own context or of a lower one."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from tests.architecture.source import contexts

# Contexts stand on the platform, and it on none of them.
RANKS = {name: rank for rank, layer in enumerate((*contexts(), {"audit"})) for name in layer}
OURS = [model for model in apps.get_models() if model._meta.app_label in RANKS]


def test_every_context_with_tables_has_its_place():
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("biaobao.")}
    with_tables = {m._meta.app_label for m in apps.get_models() if m._meta.app_label in ours}

    assert with_tables - RANKS.keys() == set()


def test_foreign_keys_point_down():
    wrong = []
    for model in OURS:
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey | models.ManyToManyField):
                own, other = model._meta.app_label, field.related_model._meta.app_label
                if own != other and not RANKS[own] < RANKS[other]:
                    wrong.append(f"{model._meta.label}.{field.name} -> {other}")

    assert wrong == []


def test_nothing_goes_when_something_it_belongs_to_is_deleted():
    cascading = [
        f"{model._meta.label}.{field.name}"
        for model in OURS
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and field.remote_field.on_delete is not models.PROTECT
    ]

    assert cascading == []


def test_states_agree_with_their_times_by_constraint():  # INV-9
    loose = []
    for model in OURS:
        fields = {field.name for field in model._meta.fields}
        ends = {
            f.name for f in model._meta.fields if isinstance(f, models.DateTimeField) and f.null
        }
        checks = [c for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
        if "state" in fields and ends and not any("'state'" in repr(c.condition) for c in checks):
            loose.append(model._meta.label)

    assert loose == []
