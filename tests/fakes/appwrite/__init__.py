"""An Appwrite stand-in over HTTP: the TablesDB part of a self-hosted 1.9.6 on MariaDB, its state in memory.

What it answers was recorded on a real server or measured there (../shared/appwrite); what is read from Appwrite's
published source or guessed instead says so where it stands, with the word "guess".
"""

from tests.fakes.appwrite.control import Control
from tests.fakes.appwrite.faults import Fault, Refusal
from tests.fakes.appwrite.process import standing_in_beside
from tests.fakes.appwrite.serving import KEY, PROJECT, Settings, StandIn, standing_in

__all__ = ["KEY", "PROJECT", "Control", "Fault", "Refusal", "Settings", "StandIn", "standing_in", "standing_in_beside"]
