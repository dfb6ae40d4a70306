"""``python -m biaobao`` is the command ``biaobao``."""

import sys

from biaobao.config.command import main

sys.exit(main())
