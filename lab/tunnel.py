# SPDX-License-Identifier: MIT
"""A point-to-point link: two tun devices, and a thread that carries packets between them."""

import fcntl
import os
import struct

from .namespaces import LabUnavailable

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x1, 0x1000


class _End:
    """One tun device; exists while its file is open."""

    def __init__(self, host, interface):
        with host.namespace.inside():  # the device is born in the namespace of who opens the file
            try:
                self.file = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
            except OSError as error:
                raise LabUnavailable(
                    f"no point-to-point link: /dev/net/tun: {error.strerror}") from None
            request = struct.pack("16sH22x", interface.encode(), _IFF_TUN | _IFF_NO_PI)
            fcntl.ioctl(self.file, _TUNSETIFF, request)
        self._service = host.net.service

    def carry_to(self, other):
        """Send on to the other end whatever comes out of this one."""
        self._service.add(self.file, lambda: os.write(other.file, os.read(self.file, 65536)))

    def close(self):
        """Remove the device."""
        self._service.remove(self.file)
        os.close(self.file)


def join(net, *ports):
    """Make both ends and let packets through."""
    first, second = (_End(host, interface) for host, interface in ports)
    for end, other in ((first, second), (second, first)):
        end.carry_to(other)
        net.owns(end)
