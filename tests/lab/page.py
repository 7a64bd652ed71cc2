# SPDX-License-Identifier: MIT
"""doc/recipes.md as data: its sections, and the commands in them.

A block of commands is fenced as ```console. A line `host# COMMAND` is typed on the host of that name;
what stands below, up to the next of its kind, is what it prints. `...` stands for anything: alone for
any lines, in a line for what differs. A command that nothing stands below must succeed in silence.
`cat FILE` of a file that is not there yet says what is to be in it.
"""

import os
import re
from dataclasses import dataclass, field, replace

from case import ROOT

PAGE = os.path.join(ROOT, "doc", "recipes.md")

_PROMPT = re.compile(r"(\w+)# (.+)")


@dataclass
class Step:
    """One command of the page."""

    line: int
    host: str
    command: str
    shown: list = field(default_factory=list)

    def __str__(self):
        return f"doc/recipes.md:{self.line}: {self.host}# {self.command}"

    def expects(self, said):
        """Does what the page shows stand for what was said?"""
        return _matches(self.shown, [text.rstrip() for text in said.splitlines()])

    def by_phantom(self):
        """The same, where `route2 add` names the method."""
        if not self.command.startswith("route2 add "):
            return self
        shown = [text.replace("method native", "method phantom phantom ...") for text in self.shown]
        return replace(self, command=self.command + " method phantom", shown=shown)


def _matches(shown, said):
    """Line by line; "..." alone takes as many as it must."""
    if not shown:
        return not said
    first, *rest = shown
    if first == "...":
        return any(_matches(rest, said[n:]) for n in range(len(said) + 1))
    pattern = ".*".join(map(re.escape, first.split("...")))
    return bool(said) and re.fullmatch(pattern, said[0]) is not None and _matches(rest, said[1:])


def read(path=PAGE):
    """The page's sections that have commands: {heading: [Step]}, in order."""
    sections, steps, inside = {}, [], False
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(map(str.rstrip, file), 1):
            if text.startswith("```"):
                if text != ("```" if inside else "```console"):
                    raise ValueError(f"{path}:{number}: {text}: only ```console is typed")
                inside = not inside
            elif not inside:
                if text.startswith("## "):
                    steps = sections.setdefault(text[3:], [])
            elif prompt := _PROMPT.fullmatch(text):
                steps.append(Step(number, *prompt.groups()))
            else:
                steps[-1].shown.append(text)
    return {heading: steps for heading, steps in sections.items() if steps}
