"""Chat completions endpoints on sockets of this machine, which answer what a test says."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def endpoints():
    """Yields a function that starts an endpoint; all of them end with the block.

    Its `answer` is given a request, its path and headers included, and returns a text, a status with body and headers,
    or a function that is handed the handler of the request. `server.seen` has all requests, `server.url` the address.
    """
    servers = []

    def start(answer):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.seen.append({"path": self.path, "headers": dict(self.headers), **asked})
                said = answer(asked)
                if callable(said):
                    said(self)
                    return
                status, body, headers = said if isinstance(said, tuple) else (200, completion(said), {})
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.seen, server.daemon_threads = [], True
        server.url = f"http://127.0.0.1:{server.server_port}/v1"
        threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.01}).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def completion(text):
    """The body of a response with one choice."""
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()
