"""A Hugging Face hub of one repository on this machine, for as long as a test."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """files: of the repository, by name. asked: what was fetched. lies: a file that is not given out as it is. slow:
    seconds in which a file with weights does not come.
    """

    repository: str
    files: dict[str, bytes]
    address: str = ""
    asked: list[str] = field(default_factory=list)
    lies: str = ""
    broken: str = ""
    """A file whose sending breaks off in the middle."""

    def listing(self) -> dict[str, Any]:
        return {
            "id": self.repository,
            "sha": COMMIT,
            "siblings": [self._sibling(name, data) for name, data in self.files.items()],
        }

    def _sibling(self, name: str, data: bytes) -> dict[str, Any]:
        git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        entry: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": git}
        if name.endswith(".safetensors"):
            entry["lfs"] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "pointerSize": 130}
        return entry


@contextmanager
def serving(hub: FakeHub) -> Iterator[str]:
    """Serve `hub`; gives the address to name as HF_ENDPOINT."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _answer(self, *, body: bool) -> None:
            path = self.path.partition("?")[0]
            if path.startswith(f"/api/models/{hub.repository}"):
                self._send(json.dumps(hub.listing()).encode(), body=body)
                return
            head, _, name = path.partition(f"/resolve/{COMMIT}/")
            if head != f"/{hub.repository}" or name not in hub.files:
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            data = hub.files[name]
            if body:
                hub.asked.append(name)
            if name == hub.lies:
                data = data[:-1] + bytes([data[-1] ^ 1])
            self._send(data, body=body, name=name)

        def _send(self, data: bytes, *, body: bool, name: str = "") -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            if name:
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("ETag", f'"{hashlib.sha256(hub.files[name]).hexdigest()}"')
            self.end_headers()
            if body:
                self.wfile.write(data[: len(data) // 2] if name and name == hub.broken else data)
                if name and name == hub.broken:
                    self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, name="fake hub")
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
