# SPDX-License-Identifier: MIT
"""Virtual networks for the demo, the tests and the benches.

    with lab.Network() as net:
        case = lab.topologies.the_case(net)
        case.host.ip("route add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3")
        print(case.host.source_seen("1.2.3.4"))

Needs iproute2 and no privilege. All is anonymous: when the process ends, nothing is left.
"""

from . import packets, topologies
from .command import CommandFailed
from .host import Host
from .namespaces import LabUnavailable, enter, mounted_over, owns_run
from .network import Network
from .packets import Frame
from .reporter import REPORT_PORT, Reporter
from .sniffer import Sniffer
from .state import difference
from .wait import Timeout, wait_until

__all__ = [
    "REPORT_PORT", "CommandFailed", "Frame", "Host", "LabUnavailable", "Network", "Reporter",
    "Sniffer", "Timeout", "difference", "enter", "mounted_over", "owns_run", "packets", "topologies",
    "wait_until",
]
