"""``python -m crash.launch PART``: start a part, set to die at a step."""

from __future__ import annotations

import logging
import sys
import threading

import django


def main() -> int:
    django.setup()
    from crash import points  # noqa: PLC0415 - Django comes first

    part = sys.argv[1]
    points.arm(part)
    logging.disable(logging.CRITICAL if "--quiet" in sys.argv else logging.NOTSET)
    if part == "worker":
        from biaobao.jobs import worker  # noqa: PLC0415

        worker.work(threading.Event())
    elif part == "inbound":
        from biaobao.config import environment, product  # noqa: PLC0415
        from biaobao.web.inbound import door  # noqa: PLC0415

        door.serve(product.HOST, environment.INBOUND_PORT)
    elif part == "letters":
        from biaobao.jobs import guarantees  # noqa: PLC0415
        from biaobao.platform import clock  # noqa: PLC0415

        guarantees.issue_letters(clock.now())
    elif part == "invoices":
        from biaobao.jobs import invoicing  # noqa: PLC0415
        from biaobao.platform import clock  # noqa: PLC0415

        invoicing.carry(clock.now())
    else:
        from crash import people  # noqa: PLC0415

        people.act_for_ever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
