"""What tests of the banks' door may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.given import banking as given_banking
from tests.web.inbound.opening import SECRET, Door, open_door


@pytest.fixture
def door(committed: None, settings) -> Iterator[Door]:
    """Return the door, open, with one bank that is connected and one that only has a secret."""
    settings.BANK_SECRETS = {given_banking.BANK: SECRET, "NOBODY": SECRET}
    given_banking.bank()
    with open_door() as opened:
        yield opened
