"""Guest between the load test and the service: carries bytes, and writes down every request and its real answer.

    python gonogo_count.py PORT SERVICE_PORT RECORD

Lines of JSON, as the answers come: {"t", "method", "path", "ms", "status", "error"}; four times a second {"t", "cpu"}.
`ms` is the time from the whole request to the whole answer; status 0: there was none. A load test can't reach this
process, so what it calls a success, and how long it says that this took, changes nothing here.
"""

import asyncio
import json
import os
import sys
import time

import h11

CHUNK = 1 << 16
TICK = 0.25


class Record:
    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.lines = []

    def write(self, **fact):
        self.lines.append(json.dumps(fact))

    async def keep(self):
        """A line of our own processor seconds four times a second, and what was heard since the last."""
        while True:
            used = os.times()
            self.write(t=time.monotonic(), cpu=used.user + used.system)
            os.write(self.file, "".join(f"{line}\n" for line in self.lines).encode())
            self.lines = []
            await asyncio.sleep(TICK)


class Exchange:
    """One connection: what the caller sent and what the service answered, read as HTTP/1.1 while it passes by."""

    def __init__(self, record):
        self.record = record
        self.caller, self.service = h11.Connection(h11.SERVER), h11.Connection(h11.CLIENT)
        self.request, self.asked, self.status = None, 0.0, 0
        self.blind = False  # no HTTP/1.1 (any more): a WebSocket, or nonsense

    def sent(self, data):
        self._guarded(self._sent, data)

    def answered(self, data):
        self._guarded(self._answered, data)

    def _guarded(self, read, data):
        if not self.blind:
            try:
                read(data)
            except (h11.ProtocolError, h11.LocalProtocolError) as error:
                self.blind = True
                self._tell(0, f"no HTTP that can be read: {error}")

    def _sent(self, data):
        self.caller.receive_data(data)
        while True:
            event = self.caller.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return
            if isinstance(event, h11.Request):
                self.request = (event.method.decode(), event.target.decode("latin-1").partition("?")[0])
            if isinstance(event, h11.EndOfMessage):
                self.asked = time.monotonic()
            self._forward(event)

    def _forward(self, event):
        if isinstance(event, h11.Request):  # told as HTTP/1.1, whatever the caller speaks: only the framing matters
            named = any(name == b"host" for name, _ in event.headers)
            headers = [*event.headers, *([] if named else [(b"host", b"service")])]
            event = h11.Request(method=event.method, target=event.target, headers=headers)
        self.service.send(event)

    def _answered(self, data):
        if not data and self.request is None:
            return  # it closed a connection on which nothing was open
        self.service.receive_data(data)
        while True:
            event = self.service.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:  # noqa: PLR2004 - HTTP
                self.blind = True
                self._tell(101, "")
                return
            if isinstance(event, h11.Response):
                self.status = event.status_code
            if isinstance(event, h11.EndOfMessage):
                self._tell(self.status, "")
                self._again()

    def _again(self):
        """Whatever comes next on this connection begins anew."""
        rest = self.caller.trailing_data[0]
        self.caller, self.service = h11.Connection(h11.SERVER), h11.Connection(h11.CLIENT)
        if rest:
            self._sent(rest)

    def _tell(self, status, error):
        if self.request is None:
            return
        now = time.monotonic()
        ms = round((now - (self.asked or now)) * 1000, 3)
        method, path = self.request
        self.record.write(t=now, method=method, path=path, ms=ms, status=status, error=error)
        self.request, self.asked, self.status = None, 0.0, 0

    def ended(self, who):
        """The connection is gone. A request that has no answer yet will have none."""
        self._tell(0, f"{who} closed the connection before the answer had come")


async def pump(reader, writer, hear):
    while data := await reader.read(CHUNK):
        hear(data)
        writer.write(data)
        await writer.drain()


async def carry(record, port, reader, writer):
    exchange = Exchange(record)
    try:
        from_service, to_service = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        exchange.request = ("?", "?")
        exchange._tell(0, "the service took no connection")
        writer.close()
        return
    ways = [
        asyncio.create_task(pump(reader, to_service, exchange.sent)),
        asyncio.create_task(pump(from_service, writer, exchange.answered)),
    ]
    done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    if ways[1] in done:
        exchange.answered(b"")  # an answer may end with the connection
        exchange.ended("the service")
    else:
        exchange.ended("the load test")
    for way in ways:
        way.cancel()
    await asyncio.gather(*ways, return_exceptions=True)
    for one in (to_service, writer):
        one.close()


async def main(port, service, path):
    record = Record(path)

    async def met(reader, writer):
        await carry(record, service, reader, writer)

    server = await asyncio.start_server(met, "127.0.0.1", port, backlog=1024)
    async with server:
        await record.keep()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
