import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("access", "0003_live_layout_streams"),
        ("registry", "0003_transports_connection"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="seat",
            name="document",
            field=models.CharField(help_text="the appointing decision in one line", max_length=200),
        ),
        migrations.AddField(
            model_name="seat",
            name="number",
            field=models.CharField(blank=True, default="", help_text="of the decision, e.g. 12/QĐ-UBND", max_length=100),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="seat",
            name="issued",
            field=models.DateField(blank=True, help_text="date of the decision", null=True),
        ),
        migrations.AddField(
            model_name="seat",
            name="issuer",
            field=models.CharField(blank=True, default="", help_text="the body that issued it", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="seat",
            name="signatory",
            field=models.CharField(blank=True, default="", help_text="who signed it, with his post", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="seat",
            name="assigned_by",
            field=models.ForeignKey(
                blank=True,
                help_text="who gave the seat; empty: the installation",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="assigning_unit",
            field=models.CharField(
                blank=True,
                default="",
                help_text="the unit that assigned it, by the name it then had",
                max_length=200,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="seat",
            name="must_receive",
            field=models.BooleanField(
                default=False, help_text="gives nothing before its holder has acknowledged receipt"
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="received_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="seat",
            name="succeeds",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="successors",
                to="access.seat",
            ),
        ),
        migrations.CreateModel(
            name="Right",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("grant", "Grant"), ("consent", "Consent"), ("delegation", "Delegation")],
                        max_length=10,
                    ),
                ),
                (
                    "entry",
                    models.CharField(
                        blank=True, help_text="grant or approval of the profile it rests on", max_length=60
                    ),
                ),
                ("actions", models.JSONField(help_text="names of actions, sorted")),
                ("purpose", models.CharField(blank=True, help_text="purpose id of the profile", max_length=60)),
                ("reason", models.CharField(help_text="what for, in words", max_length=300)),
                ("number", models.CharField(help_text="of the document it rests on", max_length=100)),
                ("issued", models.DateField()),
                ("issuer", models.CharField(max_length=200)),
                ("signatory", models.CharField(max_length=200)),
                ("valid_from", models.DateTimeField(db_index=True)),
                (
                    "valid_to",
                    models.DateTimeField(
                        db_index=True, help_text="first moment at which it no longer counts"
                    ),
                ),
                ("ended_reason", models.CharField(blank=True, max_length=300)),
                ("given_at", models.DateTimeField()),
                ("cameras", models.ManyToManyField(blank=True, to="registry.camera")),
                (
                    "given_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lender",
                    models.ForeignKey(
                        blank=True,
                        help_text="of a delegation",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lent",
                        to="access.seat",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rights", to="access.seat"
                    ),
                ),
                ("sites", models.ManyToManyField(blank=True, to="registry.site")),
            ],
            options={"ordering": ["valid_to"]},
        ),
    ]
