"""`make bench`: each row beside its ceiling, measured in the same run. Figures of speed live here, never in tests."""

import os

os.environ |= {
    "SIDELINE_ENV": "demo",
    "SIDELINE_SECRET_KEY": "0" * 64,
    "SIDELINE_DATABASE_URL": "sqlite:////nowhere/at/all",
}
