"""Servers on this machine that break off, lie, refuse, and recover."""

import hashlib
import http.server
import os
import re
import socket
import struct
import threading
import time

CHUNK = 2**16
CONTENT = os.urandom(40 * CHUNK + 12_345)
MD5 = hashlib.md5(CONTENT).hexdigest()
SIZE = len(CONTENT)


class Server(http.server.ThreadingHTTPServer):
    """Serves one file. Every answer takes the next entry of ``script``, then behaves well.

    An entry is a status to answer with, or the number of bytes after which the connection is cut: closed if
    that number is even, reset if it is odd. headers: more of them, or others, or None for none.
    """

    daemon_threads = True

    def __init__(self, content=CONTENT, script=(), ranges=True, seconds_per_chunk=0.0, **headers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.script, self.ranges = content, list(script), ranges
        self.seconds_per_chunk = seconds_per_chunk
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.requests, self.sent = [], []  # Range headers; (first byte, number of bytes)
        self.url = f"http://127.0.0.1:{self.server_port}/folder/archive.tar.gz"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        pass  # clients that go away are part of the tests


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def send_to(self, url):
        self.send_response(302)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.requests.append(wanted)
        step = server.script.pop(0) if server.script else None
        if isinstance(step, http.HTTPStatus):
            self.send_error(step)
            return
        start, size = 0, len(server.content)
        if wanted and server.ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
            self.send_response(206 if start < size else 416)
            headers = {"Content-Range": f"bytes {start}-{size - 1}/{size}" if start < size else f"bytes */{size}"}
        else:
            self.send_response(200)
            headers = {}
        headers |= {"Content-Length": str(max(size - start, 0))} | server.headers
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        stop = size if step is None else min(size, start + step)
        number = len(server.sent)  # of this request: another may come before it ends
        server.sent.append((start, 0))
        for position in range(start, stop, CHUNK):
            self.wfile.write(server.content[position : min(position + CHUNK, stop)])
            server.sent[number] = (start, min(position + CHUNK, stop) - start)
            time.sleep(server.seconds_per_chunk)
        if stop < size and step % 2:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Redirection(Server):
    """Sends everybody elsewhere."""

    def __init__(self, url):
        super().__init__()
        self.RequestHandlerClass = type("Door", (Handler,), {"do_GET": lambda handler: handler.send_to(url)})
