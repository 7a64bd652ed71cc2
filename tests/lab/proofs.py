# SPDX-License-Identifier: MIT
"""`check` against the truth: random networks, in each of them one verdict, held against what was
computed from how the network was made (wires.py). Never a false word: that is what is looked for.

Run by hand for as long as one likes:  python3 -B tests/lab/proofs.py [SEED [WORLDS]]
"""

import collections
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

import lab  # noqa: E402
from wires import TCP, UDP, World  # noqa: E402

ROUTE2 = os.environ.get("ROUTE2", os.path.join(lab.__path__[0], "..", "build", "route2"))
TOGETHER = 8  # worlds at a time: mostly they wait
EVERY = 500   # worlds from one word to the next, where no terminal is
STATUS = {"works": 0, "unknown": 5}


class Said:
    """What `check` said of a world."""

    def __init__(self, world, result):
        self.status = result.returncode
        self.said = json.loads(result.stdout)
        self.verdict = self.said["verdict"]
        self.control = self.said.get("control", {}).get("source")
        self.world = world

    def faults(self):
        """What is not true in it."""
        world, verdict = self.world, self.verdict
        works, gets_out = world.works(world.src), world.gets_out(world.src)
        inward = world.comes_in(world.src)
        let_in = inward is not None and world.lets_in(world.src, inward)
        control = self.control and (world.is_answered(self.control) or world.is_reset(self.control))
        if self.status != STATUS.get(verdict, 1):
            yield f"exit status {self.status}"
        if world.misled:
            if verdict != "wrong source":
                yield "the source is another"
            return
        if verdict == "works" and not works:
            yield "false works"
        if verdict == "no way back" and let_in:
            yield "false no way back"
        if verdict == "dropped on the way out" and gets_out:
            yield "false dropped on the way out"
        if verdict == "no answer" and (works or not control):
            yield "false no answer"
        if verdict in ("wrong source", "wrong gateway"):
            yield f"false {verdict}"
        # A gateway that has a wrong MAC for the source answers a question in its name elsewhere.
        unheard = verdict == "nothing leaves" and world.src in world.gateway.strays
        # A reset can be a filter's, and that is told by an echo.
        unsure = verdict == "unknown" and world.proto == TCP and not world.echoes(world.src)
        if works and verdict != "works" and not (unheard and world.plan.family == 6) and not unsure:
            yield "it works"
        if not works and control and verdict == "unknown" and world.proto != UDP \
                and not world.is_reset(world.src):
            yield "it could have been told"  # of UDP, answers are rationed (icmp_ratelimit)


def check(host, world):
    """Add the route, if it is to stand, and check it."""
    line = f"{world.dst} via {world.via} src {world.src} dev e0"
    asked = f"check {line}"
    if world.mode != "hand":
        added = host.run(f"{ROUTE2} add --timeout 250ms {line} method {world.mode}")
        if added.returncode == 0:
            asked = f"check {world.dst}"
        elif "does not answer" in added.stderr:
            world.misled = False  # the gateway takes our address for a stray: by hand, then
        else:
            raise AssertionError(f"{world}\n{added.stderr}")
    if world.misled:
        family = f"-{world.plan.family}"
        host.ip(f"{family} route add default via {world.via} dev e0 onlink src {world.usual} "
                f"table 77")
        host.ip(f"{family} rule add to {world.dst} table 77 priority 5")
    by = "" if world.proto == "icmp" else f"--{world.proto} 4444"
    result = host.run(f"{ROUTE2} -j {asked} {by} --tries 1 --timeout 250ms")
    if result.returncode not in (0, 1, 5) or not result.stdout:
        raise AssertionError(f"{world}\nroute2 {asked}: {result.returncode}\n{result.stderr}")
    return Said(world, result)


def prove(seed):
    """One world. Return: the verdict, and None or the story of a fault."""
    world = World(seed)
    try:
        with lab.Network() as net:
            said = check(world.build(net)["host"], world)
    except AssertionError as why:
        return "failed", f"seed {seed}: {why}\n{world}"
    faults = list(said.faults())
    if not faults:
        return said.verdict, None
    return said.verdict, "\n".join([f"seed {seed}: {', '.join(faults)}", str(world),
                                    json.dumps(said.said)])


def prove_all(seed, worlds, tell=lambda story: None, done=lambda number, faults: None):
    """Many; tell() hears each fault as it is found, and done() how many worlds are. Return: how often
    each verdict was given, and the stories of all faults."""
    verdicts, stories = collections.Counter(), []
    with ThreadPoolExecutor(TOGETHER) as pool:
        for verdict, story in pool.map(prove, range(seed, seed + worlds)):
            verdicts[verdict] += 1
            done(sum(verdicts.values()), len(stories) + bool(story))
            if story:
                stories.append(story)
                tell(story)
    return verdicts, stories


class Progress:
    """How far it is, on standard error: on one line of a terminal, else now and then."""

    def __init__(self, worlds):
        self.worlds, self.out = worlds, sys.stderr
        self.terminal = self.out.isatty()

    def __call__(self, number, faults):
        said = f"{number} of {self.worlds} worlds, {faults} with a false word"
        if self.terminal:
            end = "\n" if number == self.worlds else ""
            print(f"\r{said}", end=end, file=self.out, flush=True)
        elif number % EVERY == 0:
            print(said, file=self.out, flush=True)

    def tell(self, story):
        """A fault, on a line of its own."""
        if self.terminal:
            print(file=self.out)
        print(story, flush=True)


def main(seed=1, worlds=1000):
    """Print what is false, and the count of verdicts."""
    lab.enter()
    progress = Progress(int(worlds))
    verdicts, stories = prove_all(int(seed), int(worlds), progress.tell, progress)
    print(", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()))
    return 1 if stories else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
