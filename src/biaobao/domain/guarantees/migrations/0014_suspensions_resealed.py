"""Whom a guarantor suspends shows to its own people too."""

from django.db import migrations

from biaobao.core.actor import Role
from biaobao.platform.db import is_guarantor, resealed

IS_OPERATOR = f"current_setting('biaobao.role', true) = '{Role.OPERATOR}'"


class Migration(migrations.Migration):
    dependencies = [("guarantees", "0013_guarantors_are_organisations")]
    operations = [
        resealed(
            "guarantees_suspension", [IS_OPERATOR], [IS_OPERATOR, is_guarantor("guarantor_id")]
        ),
    ]
