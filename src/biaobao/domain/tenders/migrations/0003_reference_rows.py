"""The regions that tender, the kinds of procurement, and the policies that hold from the start."""

from datetime import UTC, date, datetime

from django.db import migrations

REGIONS = [
    ("QZ", "衢州市本级", "330800"),
    ("KC", "柯城区", "330802"),
    ("QJ", "衢江区", "330803"),
    ("CS", "常山县", "330822"),
    ("KH", "开化县", "330824"),
    ("LY", "龙游县", "330825"),
    ("JS", "江山市", "330881"),
]
KINDS = [("GC", "工程"), ("GQ", "国企采购"), ("ZC", "政府采购")]

MANUAL = "《衢州市阳光交易服务平台投标保证金、电子保函操作手册》"
SHARE = "《中华人民共和国招标投标法实施条例》第二十六条"
NOTICE = "《中华人民共和国招标投标法》第二十四条"
NO_SECURITY = "浙财采监〔2019〕5号：自2019年6月1日起，政府采购活动不得收取投标保证金"
# The article is known but its text was not checked, so the cap is shown as a rule of the platform.
CAP = "平台规则（参照《工程建设项目施工招标投标办法》第三十七条，待核对）"

WORKS = {
    "valid_from": date(2020, 1, 1),
    "cap_ppm": 20_000,
    "cap_fen": 800_000_00,
    "statutory": True,
    "basic_account_only": True,
    "accumulate": True,
    "validity_days": 90,
    "min_notice_days": 20,
    "share_citation": SHARE,
    "cap_citation": CAP,
    "notice_citation": NOTICE,
}
POLICIES = [
    {
        **WORKS,
        "region_id": "QZ",
        "kind_id": "GC",
        "ways": ["DEPOSIT", "GUARANTEE", "POOL"],
        "citation": f"{MANUAL}：市本级工程有保证金、保函、联保金三种方式",
    },
    {
        **WORKS,
        "region_id": None,
        "kind_id": "GC",
        "ways": ["DEPOSIT", "GUARANTEE"],
        "citation": f"平台规则：县（市、区）工程有保证金、保函两种方式（联保金仅限市本级工程，见{MANUAL}）",
    },
    {
        "region_id": None,
        "kind_id": "GQ",
        "valid_from": date(2020, 1, 1),
        "ways": ["DEPOSIT", "GUARANTEE"],
        "cap_ppm": 20_000,
        "cap_fen": None,
        "statutory": False,
        "basic_account_only": True,
        "accumulate": True,
        "validity_days": 90,
        "min_notice_days": 0,
        "citation": f"{MANUAL}：国企采购仅有保证金、保函两种方式",
        "share_citation": f"平台规则（参照{SHARE}）",
        "notice_citation": "平台规则：国企采购按采购人的规定",
    },
    {
        "region_id": None,
        "kind_id": "ZC",
        "valid_from": date(2019, 6, 1),
        "ways": [],
        "cap_ppm": 20_000,
        "cap_fen": None,
        "statutory": True,
        "basic_account_only": True,
        "accumulate": False,
        "validity_days": 90,
        "min_notice_days": 20,
        "citation": NO_SECURITY,
        "notice_citation": NOTICE,
    },
]
ADDED_AT = datetime(2019, 12, 31, 16, 0, tzinfo=UTC)


def add(apps, schema_editor):  # noqa: ARG001 - Django calls it with both
    tables = {
        name: apps.get_model("tenders", name) for name in ("Region", "ProcurementKind", "Policy")
    }
    tables["Region"].objects.bulk_create(
        tables["Region"](code=code, name=name, division=division)
        for code, name, division in REGIONS
    )
    tables["ProcurementKind"].objects.bulk_create(
        tables["ProcurementKind"](code=code, name=name) for code, name in KINDS
    )
    tables["Policy"].objects.bulk_create(
        tables["Policy"](**row, added_at=ADDED_AT) for row in POLICIES
    )


class Migration(migrations.Migration):
    dependencies = [("tenders", "0002_sealed")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
