# SPDX-License-Identifier: MIT
#
# A thin front for Meson.
#
#   make            build/route2
#   make demo       a virtual network, and what route2 does in it; needs no root
#   make check      everything: build with two compilers, all tests, sanitizers, style
#   make windows    build/windows/: route2.exe, an installer, a zip and manifests for winget, which
#                   fetches the installer from the folder URL
#   make bench      measurements, side by side with others
#   make install    into PREFIX (/usr/local), below DESTDIR if given
#   make format     write the C sources as .clang-format wants them
#   make clean      remove what was built
#   make help       this text
#
# demo, check and windows first install what they miss, saying so (tools/deps).

BUILD  = build
PREFIX = /usr/local
PYTHON = python3

.PHONY: all demo check windows bench install format clean help

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet
	@ln -sf src/cli/route2 $(BUILD)/route2

$(BUILD)/build.ninja:
	@tools/deps --check build
	@meson setup --prefix $(PREFIX) $(BUILD) >/dev/null

demo:
	@tools/deps build demo
	@$(MAKE) --no-print-directory all
	@ROUTE2=$(BUILD)/route2 $(PYTHON) -B -m lab.demo || { \
		[ $$? -ne 77 ] || echo "The demo did not run: see above how to go on." >&2; exit 1; }

check:
	@tools/deps build demo test
	@tools/deps windows wine || true
	@tools/check

windows:
	@tools/deps build windows
	@tools/windows $(BUILD)/windows $(URL)

bench:
	@tools/deps build demo
	@$(MAKE) --no-print-directory all
	@ROUTE2=$(BUILD)/route2 $(PYTHON) -B -m bench

install: all
	@meson configure --prefix $(PREFIX) $(BUILD)
	@ninja -C $(BUILD) --quiet
	@DESTDIR=$(DESTDIR) meson install --no-rebuild -C $(BUILD)

format:
	@tools/deps test
	@git ls-files -z --cached --others --exclude-standard '*.c' '*.h' | xargs -0r clang-format -i

clean:
	@rm -rf $(BUILD) build-check

help:
	@sed -n 's/^#   //p' Makefile
