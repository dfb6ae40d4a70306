"""What was printed and signed is kept: an application and a letter say which documents are theirs."""

import django.db.models.deletion
from django.db import migrations, models


def _document(**options):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="documents.document",
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_sealed"), ("guarantees", "0008_letters_sealed")]

    operations = [
        migrations.AddField("application", "prepared", _document(null=True)),
        migrations.AddField("application", "agreement", _document(null=True)),
        migrations.AddField("application", "receipt", _document(null=True)),
        # No letter was issued before there was a document of it.
        migrations.AddField(
            "letterversion", "document", _document(default=None), preserve_default=False
        ),
    ]
