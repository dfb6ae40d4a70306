"""What each bears of a loss that members share."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from biaobao.core.money import Money
from biaobao.domain.pools import rules
from biaobao.domain.pools.types import Bearer


@given(
    loss=st.integers(1, 10**9),
    members=st.lists(
        st.tuples(st.integers(1, 10**8), st.integers(0, 10**8)), min_size=1, max_size=12
    ),
)
def test_a_loss_is_shared_by_contribution_and_nobody_bears_more_than_lies_here(
    loss: int, members: list[tuple[int, int]]
):  # INV-32
    bearers = [
        Bearer(UUID(int=number), Money(contribution), Money(balance))
        for number, (contribution, balance) in enumerate(members)
    ]

    borne = rules.shares(Money(loss), bearers)

    shares = {each: borne.get(each.membership_id, Money(0)) for each in bearers}
    assert sum(share.fen for share in shares.values()) == min(loss, sum(b for _, b in members))
    assert all(share <= each.balance for each, share in shares.items())
    free = [each for each, share in shares.items() if share < each.balance]
    whole = sum(each.contribution.fen for each in free)
    rest = sum(shares[each].fen for each in free)
    # To the fen, in whole numbers.
    assert all(
        abs(shares[each].fen * whole - rest * each.contribution.fen) < whole for each in free
    )
