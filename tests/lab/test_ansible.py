# SPDX-License-Identifier: MIT
"""The Ansible module, by the real ansible-core, against three network namespaces as hosts."""

import importlib.util
import json
import os
import shutil
import sys
import tempfile
import types
import unittest
from unittest import mock

import lab
from case import ROOT, ROUTE2, LabTestCase
from lab.topologies import the_case

COLLECTIONS = os.path.join(ROOT, "dist", "ansible")
MODULE = os.path.join(COLLECTIONS, "route2", "route2", "plugins", "modules", "routes.py")
PLAY = """\
- hosts: all
  gather_facts: false
  tasks:
    - block:
        - route2.route2.routes:
            executable: {route2}
            routes: {routes}
            netns: "{{{{ netns | default(omit) }}}}"
            within: "{{{{ within | default(omit) }}}}"
          register: told
      always:
        - copy:
            content: "{{{{ told | to_json }}}}"
            dest: "{folder}/{{{{ inventory_hostname }}}}.told"
          check_mode: false
          diff: false
"""
ROUTES = [{"prefix": "1.2.3.0/24", "via": "4.3.2.1", "src": "3.3.3.3"},
          "9.9.9.9 via 4.3.2.1 src 3.3.3.3 metric 5"]


class Playbook(LabTestCase):
    """Three hosts of one inventory; the module enters the namespace of each."""

    def setUp(self):
        super().setUp()
        if not shutil.which("ansible-playbook"):
            self.skipTest("there is no ansible-playbook: tools/deps test installs it")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        cases = [the_case(net) for net in self.nets()]
        self.case, self.hosts = cases[0], [case.host for case in cases]

    def nets(self):
        """Three networks, each with a host."""
        nets = [self.net] + [lab.Network() for _ in range(2)]
        for net in nets[1:]:
            self.addCleanup(net.close)
        return nets

    def play(self, routes, *words, within=None):
        """Run it on all hosts. Returns the result of each, and the exit status."""
        path, hosts = os.path.join(self.folder, "play.yml"), {}
        for number, host in enumerate(self.hosts):
            hosts[f"host{number}"] = {"netns": host.namespace.path, "ansible_connection": "local"}
            if within:
                hosts[f"host{number}"]["within"] = within
        with open(path, "w", encoding="utf-8") as file:
            file.write(PLAY.format(route2=ROUTE2, routes=json.dumps(routes), folder=self.folder))
        with open(path + ".hosts.json", "w", encoding="utf-8") as file:
            json.dump({"all": {"hosts": hosts}}, file)
        env = {"ANSIBLE_COLLECTIONS_PATH": self.collections(),
               "ANSIBLE_LOCAL_TEMP": self.folder, "ANSIBLE_REMOTE_TEMP": self.folder,
               "ANSIBLE_HOME": self.folder, "HOME": self.folder, "ANSIBLE_DEPRECATION_WARNINGS": "0",
               "ANSIBLE_PYTHON_INTERPRETER": "auto_silent", "LC_ALL": "C.UTF-8"}
        told = self.case.server.run(["ansible-playbook", "-i", path + ".hosts.json", *words, path],
                                    env=env, timeout=120)
        results = []
        for name in hosts:
            with open(os.path.join(self.folder, f"{name}.told"), encoding="utf-8") as file:
                results.append(json.load(file))
        return results, told.returncode

    def collections(self):
        """The layout that ansible looks for."""
        root = os.path.join(self.folder, "collections", "ansible_collections")
        if not os.path.exists(root):
            shutil.copytree(COLLECTIONS, root)
        return os.path.dirname(root)

    def test_three_hosts_twice(self):
        """--check --diff changes nothing; then changed; then ok"""
        before = [host.state() for host in self.hosts]
        results, status = self.play(ROUTES, "--check", "--diff")
        for result, host, state in zip(results, self.hosts, before, strict=True):
            self.assertEqual((result["changed"], result["added"], status), (True, 2, 0), result)
            self.assertIn("+1.2.3.0/24 via 4.3.2.1 src 3.3.3.3", str(result["diff"]))
            self.assert_same_state(state, host.state())
        results, status = self.play(ROUTES)
        for result, host in zip(results, self.hosts, strict=True):
            self.assertEqual((result["changed"], result["added"], status), (True, 2, 0), result)
            self.assert_source(host, "1.2.3.4", "3.3.3.3")
        results, status = self.play(ROUTES)
        for result in results:
            self.assertEqual((result["changed"], result["kept"], status), (False, 2, 0), result)

    def test_within(self):
        """a play for one table leaves the others alone"""
        self.play(ROUTES)
        results, status = self.play(["7.7.7.0/24 via 4.3.2.1 src 3.3.3.3 table 100"],
                                    within={"table": "100"})
        for result, host in zip(results, self.hosts, strict=True):
            self.assertEqual((result["added"], result["deleted"], status), (1, 0, 0), result)
            self.assertIn("1.2.3.0/24", host.ip("route show proto 114"))

    def test_refused(self):
        """a bad line fails the task with its place, and changes nothing"""
        with self.assert_state_unchanged(*self.hosts):
            results, status = self.play(["1.2.3.1/24 via 4.3.2.1 src 3.3.3.3"])
            for result in results:
                self.assertEqual((result["failed"], status), (True, 2))
                self.assertIn("standard input:1:1: 1.2.3.1/24 has bits set", result["msg"])
            results, _ = self.play([{"prefix": "1.2.3.0/24", "vai": "4.3.2.1"}])
            self.assertIn("unknown word 'vai'", results[0]["msg"])


class Lines(unittest.TestCase):
    """Words to lines."""

    def setUp(self):
        """The module imports ansible, which this Python need not have: a stand-in will do."""
        basic = types.ModuleType("ansible.module_utils.basic")
        basic.AnsibleModule = None
        stand_ins = {name: types.ModuleType(name) for name in ("ansible", "ansible.module_utils")}
        with mock.patch.dict(sys.modules, stand_ins | {basic.__name__: basic}):
            module = importlib.util.spec_from_file_location("routes", MODULE)
            self.routes = importlib.util.module_from_spec(module)
            module.loader.exec_module(self.routes)

    def test_lines(self):
        """in the grammar's order; what is broken is refused"""
        line = self.routes.as_line({"prefix": "1.2.3.0/24", "src": "3.3.3.3", "metric": 5,
                                    "via": "4.3.2.1", "backup": ["4.3.2.2", "4.3.2.3"]})
        self.assertEqual(line, "1.2.3.0/24 via 4.3.2.1 backup 4.3.2.2 backup 4.3.2.3 src 3.3.3.3 metric 5")
        for broken in ({}, {"prefix": "x y"}, {"prefix": "::/0", "src": "a\nb"}, 7, "a\nb"):
            self.assertRaises(ValueError, self.routes.as_line, broken)
