#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write the .def of a shim: its own functions, and all others of Wine's DLL as forwards to a copy
of that DLL under another name, which the harness makes in each prefix.

    make_def.py WINE_DLL NAME COPY SOURCE...    e.g. .../iphlpapi.dll iphlpapi wineiphlp api_*.c
"""

import re
import struct
import sys


def exports(path):
    """The names that a 64-bit DLL exports."""
    with open(path, "rb") as file:
        image = file.read()
    pe = struct.unpack_from("<I", image, 0x3C)[0]
    sections, optional = struct.unpack_from("<H", image, pe + 6)[0], \
        struct.unpack_from("<H", image, pe + 20)[0]
    table = struct.unpack_from("<I", image, pe + 24 + 112)[0]
    headers = [struct.unpack_from("<IIII", image, pe + 24 + optional + 40 * i + 8)
               for i in range(sections)]

    def offset(address):
        for size, virtual, raw_size, raw in headers:
            if virtual <= address < virtual + max(size, raw_size):
                return address - virtual + raw
        raise ValueError(f"{path}: no section at {address:#x}")

    count, names = struct.unpack_from("<I", image, offset(table) + 24)[0], \
        struct.unpack_from("<I", image, offset(table) + 32)[0]
    for i in range(count):
        at = offset(struct.unpack_from("<I", image, offset(names) + 4 * i)[0])
        yield image[at:image.index(b"\0", at)].decode()


def own(paths):
    """The names that the sources export."""
    for path in paths:
        with open(path, encoding="utf-8") as file:
            yield from re.findall(r"^EXPORT \w+ WINAPI (\w+)\(", file.read(), re.M)


def main():
    """Print the .def."""
    wine, name, copy, *sources = sys.argv[1:]
    ours = sorted(set(own(sources)))
    print(f"LIBRARY {name}.dll\nEXPORTS")
    for one in ours:
        print(f"  {one}")
    for one in sorted(set(exports(wine)) - set(ours)):
        if "@" not in one:
            print(f"  {one} = {copy}.{one}")


if __name__ == "__main__":
    main()
