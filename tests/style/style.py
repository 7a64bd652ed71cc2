#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The house rules that a machine can check, one TAP test each.

    tests/style/style.py [RULE...]

Checked are the files that git knows or would add. A rule is a function check_NAME(files) that
yields a line for each offence; its docstring says what it wants.
"""

import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAX_LINES = 500

# What a part of src/ may include of the others. Includes run one way, and nothing includes cli.
MAY_INCLUDE = {
    "core": {"core"},
    "os": {"core", "os"},
    "paper": {"core", "paper"},
    "watch": {"core", "os", "watch"},
    "selftest": {"core", "os", "selftest"},
    "cli": {"core", "os", "paper", "watch", "selftest", "cli"},
}
# Core is pure: of the C library it takes what neither talks to a system nor hides state.
CORE_HEADERS = {f"{name}.h" for name in (
    "assert", "inttypes", "limits", "stdarg", "stdbool", "stddef", "stdint", "stdio", "stdlib",
    "string")}
# Of stdio and stdlib it takes the part that works in memory.
CORE_BANNED = {"printf", "fprintf", "vprintf", "vfprintf", "puts", "putchar", "fputs", "fopen",
               "fwrite", "fread", "perror", "getenv", "exit", "abort", "rand", "srand", "system"}
BANNED = {
    "strcpy": "snprintf()", "strcat": "snprintf()", "strncpy": "snprintf()",
    "strncat": "snprintf()", "sprintf": "snprintf()", "vsprintf": "vsnprintf()",
    "gets": "fgets()", "strtok": "strcspn()", "atoi": "strtoul()", "atol": "strtoul()",
    "atof": "strtod()", "sscanf": "a parser", "scanf": "a parser", "fscanf": "a parser",
    "alloca": "an array", "system": "posix_spawn()", "popen": "posix_spawn()",
    "tmpnam": "mkstemp()", "inet_ntoa": "inet_ntop()", "inet_aton": "inet_pton()",
    "inet_addr": "inet_pton()", "gethostbyname": "getaddrinfo()", "usleep": "the event loop",
}


class Skip(Exception):
    """The rule cannot be checked here."""


def tracked():
    """Paths of all files that are, or would be, in the repository."""
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        paths = [path for path in listed.stdout.split("\0") if path]
    else:  # a tarball
        paths = [os.path.relpath(os.path.join(folder, name), ROOT)
                 for folder, folders, names in os.walk(ROOT) for name in names
                 if not os.path.relpath(folder, ROOT).startswith(("build", ".git"))]
    return sorted(path for path in set(paths) if os.path.isfile(os.path.join(ROOT, path)))


def read(path):
    """The text of a file, "" if it is not text."""
    try:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        return ""


def of_kind(files, *endings):
    """Those whose name ends so."""
    return [path for path in files if path.endswith(endings)]


def scripts(files):
    """Programs for a shell: by their first line."""
    return [path for path in files if re.match(r"#!.*\b(ba|da)?sh\b", read(path))]


def code_only(text):
    """C without comments and the insides of strings; line numbers stay."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def run_tool(argv):
    """Output of a checking tool, line by line, if it does not like something."""
    if not shutil.which(argv[0]):
        raise Skip(f"no {argv[0]} here")
    result = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    if result.returncode != 0:
        yield from (result.stdout + result.stderr).splitlines()


def check_format(files):
    """C is formatted as .clang-format says (make format does it)"""
    sources = of_kind(files, ".c", ".h")
    if sources:
        yield from (line for line in run_tool(["clang-format", "--dry-run", "-Werror", *sources])
                    if ": error: " in line)


def check_includes(files):
    """core includes core, os includes core and os, and nothing includes cli"""
    for path in of_kind(files, ".c", ".h"):
        part = path.split("/")[1] if path.startswith("src/") else None
        if part not in MAY_INCLUDE:
            continue
        for number, line in enumerate(read(path).splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
            if not match:
                continue
            quote, name = match.groups()
            if quote == "<":
                if part == "core" and name not in CORE_HEADERS:
                    yield f"{path}:{number}: core does not include <{name}>"
            elif name.split("/")[0] not in MAY_INCLUDE[part]:
                yield f'{path}:{number}: {part} does not include "{name}"'
            elif not os.path.isfile(os.path.join(ROOT, "src", name)):
                yield f'{path}:{number}: no src/{name} (includes are written from src/)'


def check_core_is_pure(files):
    """core has no conditional compilation, and calls nothing that talks to a system"""
    calls = re.compile(r"(?<![\w.>])(" + "|".join(CORE_BANNED) + r")\s*\(")
    for path in of_kind(files, ".c", ".h"):
        if not path.startswith("src/core/"):
            continue
        guard = "R2_" + re.sub(r"\W", "_", path.removeprefix("src/")).upper()
        for number, line in enumerate(code_only(read(path)).splitlines(), 1):
            directive = re.sub(r"^\s*#\s*", "#", line).strip()
            is_guard = directive in (f"#ifndef {guard}", "#endif")
            if re.match(r"#(if|el|end)", directive) and not is_guard:
                yield f"{path}:{number}: {directive}"
            if match := calls.search(line):
                yield f"{path}:{number}: core does not call {match[1]}()"


def check_guards(files):
    """the guard of src/core/ip.h is R2_CORE_IP_H"""
    for path in of_kind(files, ".h"):
        if path.startswith("src/"):
            guard = "R2_" + re.sub(r"\W", "_", path.removeprefix("src/")).upper()
            if f"#ifndef {guard}\n#define {guard}\n" not in read(path):
                yield f"{path}: no guard {guard}"


def check_banned(files):
    """functions that invite mistakes are not called"""
    calls = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
    for path in of_kind(files, ".c", ".h"):
        for number, line in enumerate(code_only(read(path)).splitlines(), 1):
            if match := calls.search(line):
                yield f"{path}:{number}: {match[1]}(): use {BANNED[match[1]]}"


def check_length(files):
    """no file is longer than 500 lines"""
    for path in of_kind(files, ".c", ".h", ".py", ".sh", "meson.build") + scripts(files):
        lines = read(path).count("\n")
        if lines > MAX_LINES:
            yield f"{path}: {lines} lines"


def check_licence(files):
    """every source says its licence in the first lines"""
    for path in of_kind(files, ".c", ".h", ".py") + scripts(files):
        if "SPDX-License-Identifier: MIT" not in "\n".join(read(path).splitlines()[:3]):
            yield path


def check_whitespace(files):
    """no blanks at the end of a line, and each file ends with a newline"""
    for path in of_kind(files, ".c", ".h", ".py", ".md", ".build", ".ini", "Makefile"):
        text = read(path)
        for number, line in enumerate(text.splitlines(), 1):
            if line != line.rstrip():
                yield f"{path}:{number}"
        if text and not text.endswith("\n"):
            yield f"{path}: no newline at the end"


def check_python(files):
    """Python compiles, without a warning"""
    for path in of_kind(files, ".py"):
        yield from run_tool([sys.executable, "-W", "error", "-c",
                             "import sys; compile(open(sys.argv[1]).read(), sys.argv[1], 'exec')",
                             path])


def check_pyflakes(files):
    """pyflakes finds nothing in Python"""
    yield from run_tool(["pyflakes3", *of_kind(files, ".py")])


def check_sleep(files):
    """tests wait for conditions: what sleeps is named here, with its reason"""
    sleeps = {"tests/lab/peers.py"}  # a server that sends slowly
    for path in of_kind(files, ".py"):
        if path.startswith("tests/") and path not in sleeps and \
                re.search(r"\btime\.sleep\(", read(path)):
            yield path


def check_docstrings(files):
    """every public thing of the lab says what it is"""
    code = ("import ast, sys\n"
            "def walk(node, path):\n"
            "  for child in ast.iter_child_nodes(node):\n"
            "    if isinstance(child, (ast.FunctionDef, ast.ClassDef)):\n"
            "      if child.name[0] != '_' and not ast.get_docstring(child):\n"
            "        print(f'{path}:{child.lineno}: {child.name}')\n"
            "      if isinstance(child, ast.ClassDef): walk(child, path)\n"
            "for path in sys.argv[1:]: walk(ast.parse(open(path).read()), path)\n"
            "sys.exit(1)\n")
    yield from run_tool([sys.executable, "-c", code,
                         *(path for path in of_kind(files, ".py") if path.startswith("lab/"))])


def check_shell(files):
    """shellcheck finds nothing in the scripts"""
    if found := scripts(files):
        yield from run_tool(["shellcheck", *found])


def check_man_pages(files):
    """mandoc finds nothing to warn of in the man pages"""
    pages = [path for path in files if re.match(r"doc/.*\.\d$", path)]
    if pages:
        yield from run_tool(["mandoc", "-T", "lint", "-W", "warning", *pages])


def check_doc(files):
    """a function or struct in a header of src/ has a comment above it, or above its kin"""
    thing = re.compile(r"^(?:struct \w+ \{|(?!typedef|_Static|#|enum)[a-z][\w *]+\w\(.*)$", re.M)
    for path in of_kind(files, ".h"):
        if not path.startswith("src/"):
            continue
        text = read(path)
        for match in thing.finditer(text):
            above = text[:match.start()].rpartition("\n\n")[2]
            if "/*" not in above and not match[0].startswith("static inline"):
                yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"


def check_map(files):
    """ARCHITECTURE.md names each folder of src/ and tests/, and each file of src/ (kin by _part)"""
    rooms = read("ARCHITECTURE.md").split("## The rooms")[1].split("## A walk")[0]
    named = set(re.findall(r"\w+", rooms))
    for path in files:
        *folders, name = path.split("/")
        if folders[:1] in (["src"], ["tests"]):
            wanted = folders if folders[0] == "src" else folders[:2]
            yield from (f"{path}: no {folder}/" for folder in wanted if folder not in named)
        if folders[:1] == ["src"] and name.endswith((".c", ".h")):
            stem = name[:-2]
            kin = (stem[at:] in named and stem[:at] in {one[:at] for one in named}
                   for at, letter in enumerate(stem) if letter == "_")
            if stem not in named and not any(kin):
                yield path


def check_fuzz_finds(files):
    """what a fuzzer found stands in its corpus, under a name that says what it is"""
    yield from (path for path in files
                if re.match(r"(crash|leak|oom|slow-unit|timeout)-[0-9a-f]{40}$",
                            os.path.basename(path)))


def check_tests_run(files):
    """every test_*.py below tests/ is named in the meson.build beside it"""
    for path in files:
        folder, name = os.path.split(path)
        if re.match(r"tests/\w+/test_\w+\.py$", path) and \
                f"'{name}'" not in read(f"{folder}/meson.build"):
            yield path


def main():
    """Check all rules, or those named; the exit status says whether all are kept."""
    rules = {name.removeprefix("check_"): rule for name, rule in globals().items()
             if name.startswith("check_")}
    wanted = sys.argv[1:] or list(rules)
    files = tracked()
    bad = 0
    print(f"1..{len(wanted)}")
    for number, name in enumerate(wanted, 1):
        try:
            offences = list(rules[name](files))
        except Skip as why:
            print(f"ok {number} - {name} # SKIP {why}")
            continue
        bad += bool(offences)
        print(f"{'not ok' if offences else 'ok'} {number} - {name}: {rules[name].__doc__}")
        for offence in offences:
            print(f"# {offence}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
