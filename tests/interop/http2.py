"""A server that writes HTTP/2 frames as it is told, so that it can be wrong where a library could not (RFC 9113, RFC 7541)."""

import contextlib
import socket
import struct
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def text(value):
    """A string of HPACK, not Huffman-coded."""
    value = value if isinstance(value, bytes) else value.encode("latin-1")
    if len(value) < 127:
        return bytes([len(value)]) + value
    left, out = len(value) - 127, b"\x7f"
    while left >= 128:
        out += bytes([left % 128 + 128])
        left //= 128
    return out + bytes([left]) + value


def block(fields):
    """Header fields, none of them indexed."""
    return b"".join(b"\x00" + text(name) + text(value) for name, value in fields)


class Connection:
    """What a client opened. `answer(connection, stream)` is called when a request is complete."""

    def __init__(self, client, answer):
        self.client, self.answer = client, answer
        self.sending = threading.Lock()
        self.room = threading.Condition()
        self.first_window, self.windows = 65535, {0: 65535}
        self.answers_pings = True

    def send(self, data):
        with self.sending:
            self.client.sendall(data)

    def headers(self, stream, fields, end=False):
        """More than a frame's worth goes on in CONTINUATION frames."""
        data = block(fields)
        pieces = [data[at:at + 16384] for at in range(0, len(data), 16384)] or [b""]
        out = b""
        for number, piece in enumerate(pieces):
            flags = (END_STREAM if end and number == 0 else 0) | (END_HEADERS if number == len(pieces) - 1 else 0)
            out += frame(HEADERS if number == 0 else 9, flags, stream, piece)
        self.send(out)

    def data(self, stream, data, end=False):
        """Waits for the client's windows."""
        while data:
            with self.room:
                self.room.wait_for(lambda: min(self.windows[0], self.windows[stream]) > 0, 20)
                size = min(len(data), 16384, self.windows[0], self.windows[stream])
                self.windows[0] -= size
                self.windows[stream] -= size
            piece, data = data[:size], data[size:]
            self.send(frame(DATA, END_STREAM if end and not data else 0, stream, piece))

    def reset(self, stream, code):
        self.send(frame(RESET, 0, stream, struct.pack(">I", code)))

    def go_away(self, last, code, words=b""):
        self.send(frame(GOAWAY, 0, 0, struct.pack(">II", last, code) + words))

    def read(self, size):
        out = b""
        while len(out) < size:
            data = self.client.recv(size - len(out))
            if not data:
                raise ConnectionError
            out += data
        return out

    def serve(self):
        if self.read(len(PREFACE)) != PREFACE:
            return
        self.send(frame(SETTINGS, 0, 0))
        while True:
            head = self.read(9)
            length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            stream = int.from_bytes(head[5:], "big") & 0x7FFFFFFF
            self.take(kind, flags, stream, self.read(length))

    def take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            for at in range(0, len(payload), 6):
                name, value = struct.unpack(">HI", payload[at:at + 6])
                if name == 4:
                    self.resize(value)
            self.send(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            if self.answers_pings:
                self.send(frame(PING, ACK, 0, payload))
        elif kind == WINDOW:
            with self.room:
                self.windows[stream] = self.windows.get(stream, self.first_window) + int.from_bytes(payload, "big")
                self.room.notify_all()
        elif kind == DATA and payload:
            self.send(frame(WINDOW, 0, 0, struct.pack(">I", len(payload))) + frame(WINDOW, 0, stream, struct.pack(">I", len(payload))))
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            self.windows.setdefault(stream, self.first_window)
            threading.Thread(target=self.answered, args=(stream,), daemon=True).start()

    def resize(self, first_window):
        with self.room:
            for stream in self.windows:
                self.windows[stream] += first_window - self.first_window if stream else 0
            self.first_window = first_window
            self.room.notify_all()

    def answered(self, stream):
        with contextlib.suppress(OSError):
            self.answer(self, stream)

    def close(self):
        with contextlib.suppress(OSError):
            self.client.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving(serve):
    """`serve(socket)` for each connection, on a thread. Gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def one(client):
        with client, contextlib.suppress(OSError):
            serve(client)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answering(answer):
    """As `serving`, of a server that speaks HTTP/2 up to the point where `answer(connection, stream)` takes over."""
    return serving(lambda client: Connection(client, answer).serve())
