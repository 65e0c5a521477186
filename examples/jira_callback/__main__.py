"""``python -m examples.jira_callback``."""

import sys

from .app import main

sys.exit(main())
