#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""The Ansible module route2.route2.routes: `route2 apply`."""

DOCUMENTATION = r"""
module: routes
short_description: Which source address a host sends from, per destination
description:
  - The routes of route2 on the host are exactly those of this task, or of the part of them that I(within) names.
  - All lines are checked before anything is changed, and if anything fails all is brought back.
  - Routes of other tools are left alone.
author: the route2 authors
options:
  routes:
    description:
      - A route each, as a line of route2's grammar, or as its words.
      - An empty list takes all of route2's routes away.
    type: list
    elements: raw
    required: true
  within:
    description: What this task speaks for, so that several can share a host. Exactly one of its members.
    type: dict
    suboptions:
      dev: {type: str, description: Routes by this interface.}
      table: {type: str, description: Routes in this table.}
      prefix: {type: str, description: Routes to destinations inside this prefix.}
  netns:
    description: A network namespace, by name, or by path if it has a slash.
    type: str
  executable:
    description: The program, by its path or as it is found in PATH and the system's folders.
    type: str
    default: route2
attributes:
  check_mode: {support: full, description: Nothing is changed; it is told what would be.}
  diff_mode: {support: full, description: The lines that come and go.}
"""

EXAMPLES = r"""
- name: The relays see the address that our name stands for
  become: true
  route2.route2.routes:
    routes:
      - 192.0.2.0/24 via 198.51.100.1 src 198.51.100.25
      - prefix: 203.0.113.0/24
        via: 198.51.100.1
        backup: [198.51.100.2]
        src: 198.51.100.25

- name: The VPN's own table
  become: true
  route2.route2.routes:
    within: {table: "100"}
    routes:
      - default via 10.8.0.1 src 10.8.0.6 table 100
"""

RETURN = r"""
added: {description: How many routes came., type: int, returned: success}
replaced: {description: How many have changed., type: int, returned: success}
deleted: {description: How many went., type: int, returned: success}
kept: {description: How many stood as wanted., type: int, returned: success}
notes: {description: What route2 remarks., type: list, elements: str, returned: success}
"""

import json  # noqa: E402

from ansible.module_utils.basic import AnsibleModule  # noqa: E402

WORDS = ("via", "backup", "src", "dev", "metric", "table", "method", "phantom")


def as_line(route):
    """A route as a line: it is one, or its words. Raises ValueError."""
    if isinstance(route, str):
        if "\n" in route or "\r" in route:
            raise ValueError("a line break in %r" % route)
        return route
    if not isinstance(route, dict):
        raise ValueError("%r is neither a line nor a route's words" % (route,))
    unknown = sorted(set(route) - {"prefix", *WORDS})
    if unknown or not route.get("prefix"):
        raise ValueError("unknown word %r in %r" % (unknown[0], route) if unknown
                         else "no prefix in %r" % route)
    words = [str(route["prefix"])]
    for word in WORDS:
        values = route.get(word)
        for value in values if isinstance(values, list) else [] if values is None else [values]:
            words += [word, str(value)]
    if any(not value or value.split() != [value] or value.startswith("#") for value in words):
        raise ValueError("an empty or broken word in %r" % route)
    return " ".join(words)


def command(params, check, diff):
    """The arguments of route2."""
    argv = ["-j", "apply", "-"]
    if params["netns"]:
        argv += ["-n", params["netns"]]
    for what, name in (params["within"] or {}).items():
        if name is not None:
            argv += ["--within", name] if what == "prefix" else ["--within", what, name]
    return argv + ["--check"] * check + ["--diff"] * diff


def main():
    module = AnsibleModule(
        argument_spec={
            "routes": {"type": "list", "elements": "raw", "required": True},
            "within": {"type": "dict", "mutually_exclusive": [("dev", "table", "prefix")],
                       "required_one_of": [("dev", "table", "prefix")],
                       "options": {name: {"type": "str"} for name in ("dev", "table", "prefix")}},
            "netns": {"type": "str"},
            "executable": {"type": "str", "default": "route2"},
        },
        supports_check_mode=True)
    try:
        lines = [as_line(route) for route in module.params["routes"]]
    except ValueError as why:
        module.fail_json(msg="routes: %s" % why)
    program = module.get_bin_path(module.params["executable"], required=True)
    argv = [program] + command(module.params, module.check_mode, module._diff)
    status, said, errors = module.run_command(argv, data="".join(line + "\n" for line in lines))
    if status not in (0, 3):
        module.fail_json(msg=errors.strip() or "route2 ended with status %d" % status, rc=status)
    told = json.loads(said)
    result = {name: told[name] for name in ("changed", "added", "replaced", "deleted", "kept", "notes")}
    if module._diff:
        result["diff"] = {"prepared": "".join(line + "\n" for line in told["diff"])}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
