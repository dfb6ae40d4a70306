import pytest
from django.db import connection


@pytest.mark.django_db
def test_boot():
    with connection.cursor() as c:
        c.execute("select current_user, rolsuper from pg_roles where rolname=current_user")
        assert c.fetchone() == ("biaobao", False)


def test_committed(committed):
    with connection.cursor() as c:
        c.execute("select 1")
