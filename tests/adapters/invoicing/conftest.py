"""A sandbox partner that really runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from biaobao.domain.invoices.ports import Invoicing
from tests.adapters.invoicing.running import USUAL, Partner, running


@pytest.fixture(scope="package")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partner]:
    with running(tmp_path_factory.mktemp("invoicing")) as partner:
        yield partner


@pytest.fixture
def partner(started: Partner) -> Partner:
    """Return the partner with all switches off."""
    started.control.switch(**USUAL)
    return started


@pytest.fixture
def channel(partner: Partner) -> Invoicing:
    return partner.channel
