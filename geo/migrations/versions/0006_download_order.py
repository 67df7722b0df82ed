"""An index of what is current in the order in which it was stored, for downloads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    layers = op.get_bind().execute(
        sa.text(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'atlas' AND column_name = 'recorded'"
        )
    )
    for (layer,) in layers:
        op.create_index(
            f"{layer}_now_row",
            layer,
            ["row"],
            postgresql_where=sa.text("upper_inf(recorded)"),
            schema="atlas",
            if_not_exists=True,
        )
