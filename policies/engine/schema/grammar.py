"""The two pieces every section is written in, as they are after parsing: frozen maps."""

from collections.abc import Mapping

Condition = Mapping[str, object]
Action = Mapping[str, object]
