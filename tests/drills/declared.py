"""The drills. Whoever adds a rule to alerts/ adds its drill here, or its reason to NOT_DRILLED."""

import faults
from drill import Drill
from scene import HOUR_IS_SIX_SECONDS

# An outage inhibits the burn that it causes; when it is over, the burn is told while its windows still hold the errors.
SPENT_BUDGET = frozenset({"ApiAvailabilityBurn"})

DRILLS = [
    Drill("ApiDown", faults.server_stopped, "Vigie stopped"),
    Drill("DbDown", faults.postgres_stopped, "PostgreSQL stopped", also=SPENT_BUDGET),
    Drill("ApiAvailabilityBurn", faults.table_renamed, "every query of a table fails", labels={"long": "1h"}),
    Drill("ApiAvailabilityBurn", faults.few_errors, "4 of 1,000 requests fail", severity="warning", labels={"long": "1d"},
          scale=HOUR_IS_SIX_SECONDS),
    Drill("ApiAvailabilityBurn", faults.few_errors, "4 of 1,000 requests fail", severity="warning", labels={"long": "3d"},
          scale=HOUR_IS_SIX_SECONDS, seconds=60),
]

# Alert -> why no fault can cause it here.
NOT_DRILLED: dict[str, str] = {
    "Watchdog": "fires always; each drill waits for its beat before it begins",
}
