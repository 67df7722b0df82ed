"""Enter imports that changed nothing into books of their own.

They are no versions: no revision, tag or feed may move for them. But somebody will ask whether a
file was brought in.
"""

from __future__ import annotations

from geo.database import Connection
from geo.importing.staging import Staged

_ENTER = """
INSERT INTO atlas.repeats (layer, dataset, origin, sha256, recorded_at, unchanged, rejected,
    disagreeing, first_day, last_day)
VALUES (%s, %s, %s, %s, clock_timestamp(), %s, %s, %s, %s, %s)
"""


def note_repeat(connection: Connection, staged: Staged) -> None:
    """Enter an import that found all its rows stored already."""
    report = staged.report
    origin, counts = (staged.act.origin, staged.sha256), (report.unchanged, report.rejected)
    entry = (report.layer, report.dataset, *origin, *counts, report.disagreeing)
    connection.execute(_ENTER, (*entry, *(report.days or (None, None))))
