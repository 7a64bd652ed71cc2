# SPDX-License-Identifier: MIT
"""One thread that answers for all hosts of a network."""

import os
import selectors
import threading


class Service:
    """Calls a function whenever its socket or file can be read. Started by the first of them."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._thread = None
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)

    def add(self, file, on_readable):
        """From now on, call on_readable() when file has something to read."""
        with self._lock:
            self._selector.register(file, selectors.EVENT_READ, on_readable)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="lab", daemon=True)
                self._thread.start()

    def remove(self, file):
        """Stop watching file; the caller closes it afterwards."""
        with self._lock:
            self._selector.unregister(file)

    def _serve(self):
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                try:
                    key.data()
                except OSError:
                    pass  # the network under it changes or goes: that is what labs are for

    def close(self):
        """End the thread."""
        if self._thread is not None:
            os.write(self._wake_write, b"x")
            self._thread.join()
            self._thread = None
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)
