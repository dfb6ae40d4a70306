"""Documents stay as kept, and show to the bidder alone until the opening: that they are there, and who signed them."""

from django.db import migrations

from biaobao.platform.db import append_only, is_opened, is_organisation, sealed

OF_SUCH_A_DOCUMENT = "EXISTS (SELECT 1 FROM documents_document d WHERE d.id = document_id)"


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_tables"), ("tenders", "0006_suspension")]
    operations = [
        append_only("documents_document"),
        append_only("documents_signature"),
        sealed("documents_document", is_organisation("bidder_id"), is_opened("lot_id")),
        sealed("documents_signature", OF_SUCH_A_DOCUMENT),
    ]
