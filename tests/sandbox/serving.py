"""The service over a pool, in this process, on a port that is free."""

import threading
import time

from rlvr.sandbox.remote import service


class Serving:
    def __init__(self, pool, token="", **more):
        self.socket = service.listen("127.0.0.1", 0, token)
        self.server = service.server(service.application(pool, token, **more))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __enter__(self):
        self.thread.start()
        while not self.server.started:
            time.sleep(0.005)
        return self

    def __exit__(self, *_):
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()
