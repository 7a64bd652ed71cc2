# SPDX-License-Identifier: MIT
"""`make demo`: the case that route2 was made for, in a virtual network, as a story with proofs.

Exit status: 0 if everything was as claimed, 1 if not, 77 if no virtual network can be built here.
"""

import json
import os
import shlex
import sys
import tempfile
import time
from contextlib import contextmanager

import lab
from lab import packets, topologies
from lab.command import words

ROUTE2 = os.path.abspath(os.environ.get("ROUTE2", "build/route2"))

CASE_DRAWING = """
      host                           gateway                        server
    +---------------+              +---------------------+        +------------+
    | e0 4.3.2.2/24 |--------------| 4.3.2.1     1.2.3.1 |--------| 1.2.3.4    |
    |    3.3.3.3/24 |              |                     |        | tells what |
    +---------------+              +---------------------+        | it sees    |
                                                                  +------------+
"""

BACKUP_DRAWING = """
      host                  +--- gateway  4.3.2.1  ----+
    +---------------+       |                          |    server
    | e0 4.3.2.2/24 |-------+                          +--- 1.2.3.4
    |    3.3.3.3/24 |       |                          |
    +---------------+       +--- gateway2 4.3.2.11 ----+

    The server answers through a third router, "back", so that its answers come either way.
"""


class Story:
    """Prints the story, and keeps account of the claims that did not hold."""

    def __init__(self, out):
        self._out = out
        self._colour = out.isatty() and "NO_COLOR" not in os.environ
        self.broken = 0

    def _paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self._colour else text

    def say(self, text=""):
        """Plain words."""
        print(text, file=self._out, flush=True)

    def chapter(self, title):
        """A new heading."""
        self.say("\n" + self._paint("1", title))

    def command(self, text):
        """A command as the user would type it."""
        self.say("  " + self._paint("36", "$ " + text))

    def output(self, text):
        """What a command printed."""
        for line in text.splitlines():
            self.say("    " + line)

    def claim(self, text, holds):
        """Something that must be so."""
        if holds:
            self.say("  " + self._paint("32", "ok  ") + text)
        else:
            self.broken += 1
            self.say("  " + self._paint("31", "NOT SO: ") + text)


class Scene:
    """A network on stage: commands on its host, and what they bring about."""

    def __init__(self, story, net, case):
        self.story = story
        self.net = net
        self.host = case.host
        self.case = case

    def route2(self, line):
        """Run route2 on the host, visibly."""
        self.story.command(f"route2 {line}")
        result = self.host.run([ROUTE2, *words(line)])
        self.story.output(result.stdout + result.stderr)
        if result.returncode != 0:
            self.story.claim(f"it succeeds (exit status {result.returncode})", False)
        return result.stdout

    def ip(self, line):
        """Run ip on the host, visibly."""
        self.story.command(f"ip {line}")
        self.story.output(self.host.ip(line))

    def send(self, server, source, gateway=None):
        """A packet to the server must arrive from this source, and leave by this gateway."""
        gateway = gateway or self.case.gateway
        with self.host.sniff("e0") as wire:
            seen = self.host.source_seen(server)
            frames = wire.find(lambda frame: frame.is_arp or frame.nd_target or frame.is_udp)
        self._show(frames)
        self.story.claim(f"the server sees {seen or 'nothing'}", seen == source)
        taken = {frame.eth_dst for frame in frames if frame.outgoing and frame.is_udp}
        self.story.claim(f"the packet went to the MAC of {gateway.name}",
                         taken == {gateway.mac("lan0")})

    def _name(self, mac):
        if mac == packets.BROADCAST or int(mac[:2], 16) & 1:
            return "everybody"
        return self.net.owner_of(mac) or mac

    def _show(self, frames):
        for frame in frames:
            if frame.is_arp:
                what = str(frame).split("  ", 1)[1]
            elif frame.icmp_type == packets.ND_SOLICIT:
                what = f"ND who has {frame.nd_target}? tell {frame.src}"
            elif frame.icmp_type == packets.ND_ADVERT:
                what = f"ND {frame.nd_target} is here"
            else:
                what = f"UDP {frame.src} > {frame.dst}"
            self.story.say(f"      {self._name(frame.eth_src):>9} -> "
                           f"{self._name(frame.eth_dst):<9}  {frame.eth_dst}  {what}")

    @contextmanager
    def watching(self):
        """While `route2 watch` runs in the background, with no lines but those that `add` made."""
        self.story.command("route2 watch /dev/null &")
        with tempfile.TemporaryDirectory() as folder:
            watch = self.host.popen([ROUTE2, "watch", "/dev/null"], env={"XDG_RUNTIME_DIR": folder})
            try:
                lab.wait_until(lambda: self._carrier() is not None, what="the watch to begin")
                yield
            finally:
                watch.terminate()
                said = watch.communicate(timeout=10)[1]
                self.story.say("  What it had to say:")
                self.story.output(said)

    def _carrier(self):
        """The gateway that carries, as the watch sees it; None while it does not answer."""
        result = self.host.run([ROUTE2, "-j", "status"])
        phantoms = json.loads(result.stdout)["phantoms"] if result.stdout else []
        return phantoms[0]["carrier"] if phantoms else None

    def pull(self, port):
        """The cable in this port of the switch; the watch has to notice."""
        carrier, start = self._carrier(), time.monotonic()
        self.story.command(f"ip link set {port} down    (on the switch)")
        self.case.switch.down(port)
        lab.wait_until(lambda: self._carrier() != carrier, what="the watch to notice")
        self.story.say(f"  After {1000 * (time.monotonic() - start):.0f} ms {self._carrier()} carries, "
                       "by one neighbour update.")

    def phantom_of(self, destination):
        """The next hop that the kernel's route has."""
        for route in self.host.ip_json(f"route show {destination} proto 114"):
            gateway = route.get("gateway") or route.get("via", {}).get("host")
            if gateway:
                return gateway
        return None

    def nothing_left(self, before):
        """The kernel must know just what it knew before."""
        difference = lab.difference(before, self.host.state())
        self.story.claim("routes, neighbours, rules and addresses are what they were before",
                         not difference)
        self.story.output(difference)


def by_itself(scene):
    """What the kernel does alone."""
    scene.story.chapter("By itself, the host sends to 1.2.3.4 from 4.3.2.2")
    scene.send("1.2.3.4", "4.3.2.2")


def native(scene):
    """The kernel's own preferred source."""
    scene.story.chapter("With route2, it sends from 3.3.3.3")
    before = scene.host.state()
    scene.route2("add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3")
    scene.send("1.2.3.4", "3.3.3.3")
    scene.route2("show")
    scene.story.say("  Does it really, and do answers come back? Asked on the wire:")
    scene.route2("check 1.2.3.4")
    scene.route2("del 1.2.3.4/32")
    scene.send("1.2.3.4", "4.3.2.2")
    scene.nothing_left(before)


def batch_file(scene):
    """The arguments of the batch file that came first."""
    scene.story.chapter("The same in the words of the old batch file: DEST MASK GATEWAY SOURCE")
    before = scene.host.state()
    scene.route2("1.2.3.4 255.255.255.255 4.3.2.1 3.3.3.3")
    scene.send("1.2.3.4", "3.3.3.3")
    scene.route2("del 1.2.3.4/32")
    scene.nothing_left(before)


def phantom(scene):
    """The made-up next hop."""
    scene.story.chapter("By a phantom: a made-up next hop that has the real gateway's MAC")
    before = scene.host.state()
    scene.route2("add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method phantom")
    scene.send("1.2.3.4", "3.3.3.3")
    made_up = scene.phantom_of("1.2.3.4/32")
    scene.story.claim(f"the route leads to {made_up}, which nobody has",
                      made_up not in (None, "4.3.2.1"))
    scene.ip("neigh show nud permanent")
    scene.route2("show")
    scene.route2("del 1.2.3.4/32")
    scene.nothing_left(before)


def ipv6(scene):
    """The same in the other family."""
    scene.story.chapter("IPv6 as well")
    before = scene.host.state()
    ip = topologies.V6
    scene.send(ip.server, ip.usual)
    scene.route2(f"add {ip.destination} via {ip.gateway} src {ip.wanted} method phantom")
    scene.send(ip.server, ip.wanted)
    scene.route2(f"del {ip.destination}")
    scene.nothing_left(before)


def backup(scene):
    """What phantoms are for: other gateways."""
    story = scene.story
    story.chapter("With a second gateway: one neighbour entry moves all routes of a phantom")
    story.say(BACKUP_DRAWING)
    before = scene.host.state()
    first, second = scene.case.gateways
    scene.route2("add 1.2.3.4/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3")
    scene.send("1.2.3.4", "3.3.3.3", first)
    story.say("  The first one is to be maintained:")
    scene.route2("switch 4.3.2.1 to 4.3.2.11")
    scene.send("1.2.3.4", "3.3.3.3", second)
    scene.route2("switch 4.3.2.11 to 4.3.2.1")
    with scene.watching():
        story.say("  And now somebody pulls its cable:")
        scene.pull("p2")
        scene.send("1.2.3.4", "3.3.3.3", second)
    scene.route2("del 1.2.3.4/32")
    scene.nothing_left(before)


def tell(story):
    """The whole story."""
    start = time.monotonic()
    with lab.Network() as net:
        case = topologies.the_case(net)
        built = time.monotonic() - start
        story.say(CASE_DRAWING)
        story.say(f"  A virtual network of three hosts, built in {1000 * built:.0f} ms in namespaces "
                  "of its own.\n  The machine's own network is not touched.")
        scene = Scene(story, net, case)
        for act in (by_itself, native, batch_file, phantom, ipv6):
            act(scene)
    with lab.Network() as net:
        backup(Scene(story, net, topologies.two_gateways(net)))
    seconds = time.monotonic() - start
    if story.broken:
        story.chapter(f"{story.broken} of the claims did not hold.")
    else:
        story.chapter(f"All as claimed, in {seconds:.1f} s. Nothing is left behind.")


def main():
    """Tell the story; see the exit status above."""
    story = Story(sys.stdout)
    if not os.access(ROUTE2, os.X_OK):
        print(f"demo: no program {shlex.quote(ROUTE2)}: run make first", file=sys.stderr)
        return 1
    try:
        tell(story)
    except lab.LabUnavailable as why:
        print(f"demo: {why}", file=sys.stderr)
        return 77
    except (lab.CommandFailed, lab.Timeout) as why:
        story.claim(str(why), False)
    return 1 if story.broken else 0


if __name__ == "__main__":
    sys.exit(main())
