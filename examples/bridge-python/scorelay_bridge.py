#!/usr/bin/env python3
"""A source for Scorelay: sends events to a core over a link, and counts each exactly once.

As a program it reads one JSON object a line from standard input; as a module it gives the class `Source`. It needs
Python 3.8 or later and nothing besides its standard library. What is kept is written to a journal before it is sent, so
that a source that was killed goes on where it was. docs/bridge.md explains what to expect; docs/protocol.md the bytes.
"""

import argparse
import collections
import fcntl
import itertools
import json
import os
import random
import secrets
import select
import selectors
import signal
import socket
import struct
import sys
import threading
import time
import zlib

# The protocol's limits: docs/protocol.md.
LINK_PROTOCOL = 1
LINK_FRAME_BYTES = 1024 * 1024
HANDSHAKE_S, PING_AFTER_S, GONE_AFTER_S, SEND_S = 5.0, 2.0, 8.0, 8.0
RECONNECT_S = (0.2, 5.0)
SOURCE_WINDOW = 16_384
NAME_BYTES, MESSAGE_BYTES, URL_BYTES = 128, 8192, 512
PLATFORM_BYTES, ENTITY_ID_BYTES, BOARD_ID_BYTES = 32, 128, 64
PLATFORM_CHARACTERS = set("abcdefghijklmnopqrstuvwxyz0123456789_-")
BADGES, EMOTES = 32, 64
MAX_SCORE = 2**53 - 1

# This program's own.
KEPT_EVENTS, KEPT_BYTES = 65_536, 32 * 1024 * 1024
SENT_AT_ONCE = 64 * 1024
DEAD_BYTES = 1024 * 1024
LINE_BYTES = 1024 * 1024

CODES = {
    1: "malformed", 2: "too-large", 3: "out-of-order", 5: "version", 102: "bad-range", 200: "bad-token",
    202: "source-gap", 203: "source-busy", 205: "too-many-links", 206: "role-refused", 301: "too-fast",
    302: "too-slow", 305: "shutting-down",
}
# What another try would not change.
FINAL = {1, 2, 3, 5, 102, 200, 206}


class BadEvent(ValueError):
    """An event that the protocol does not allow. It was not kept."""


class Full(Exception):
    """So much waits for the core that no more was kept in time. Nothing of what was given was kept."""


class Refused(Exception):
    """The core does not want this source, and would not the next time; the text says why."""


class LinkEnd(Exception):
    """Why a link ended. Another one is made."""


# ---- bytes: bincode's standard configuration --------------------------------------------------------------------


def varint(number):
    """An unsigned integer."""
    if number < 251:
        return bytes([number])
    for mark, size in ((251, 2), (252, 4), (253, 8), (254, 16)):
        if number < 1 << (8 * size):
            return bytes([mark]) + number.to_bytes(size, "little")
    raise BadEvent("a number of more than 128 bits")


def zigzag(number):
    """A signed integer."""
    return varint(2 * number if number >= 0 else -2 * number - 1)


def text(value):
    """A text."""
    data = value.encode("utf-8")
    return varint(len(data)) + data


def option(value):
    """A text that may be missing."""
    return b"\0" if value is None else b"\1" + text(value)


def frame(message):
    """A message with its length before it."""
    return struct.pack(">I", len(message)) + message


class Reader:
    """Takes values from a message."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise LinkEnd("the core sent a message that ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self):
        first = self.take(1)[0]
        if first < 251:
            return first
        if first == 255:
            raise LinkEnd("the core sent what is no number")
        return int.from_bytes(self.take((2, 4, 8, 16)[first - 251]), "little")

    def text(self):
        return self.take(self.varint()).decode("utf-8", "replace")


def hello(name, incarnation, node, token=None):
    """The first message of a source."""
    role = b"\1" + varint(incarnation)
    return b"\0" + varint(LINK_PROTOCOL) + role + option(token) + varint(node) + text(name)


def publish(seq, event):
    """An encoded event with its number."""
    return b"\1" + varint(seq) + event


def heard(message):
    """What the core said, as (what, value); only what a source is told."""
    reader = Reader(message)
    tag = reader.varint()
    if tag == 0:
        said = "accepted", (reader.varint(), [reader.varint() for _ in range(reader.varint())], reader.varint())
    elif tag == 1:
        said = "refused", (reader.varint(), reader.text())
    elif tag in (8, 9, 10, 11):
        said = {8: "ack", 9: "ping", 10: "pong", 11: "go-away"}[tag], reader.varint()
    else:
        raise LinkEnd(f"the core sent a message with tag {tag}, which is not for sources")
    if reader.at != len(message):
        raise LinkEnd("the core sent a message with bytes after its end")
    return said


# ---- events ------------------------------------------------------------------------------------------------------


def _text(fields, key, most, default=None, least=0):
    value = fields.pop(key, default)
    if not isinstance(value, str):
        raise BadEvent(f"`{key}` must be a text" if value is not None else f"`{key}` is missing")
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError:
        raise BadEvent(f"`{key}` has half a character in it") from None
    if not least <= size <= most:
        raise BadEvent(f"`{key}` has {size} bytes; {least} to {most} are allowed")
    return value


def _number(fields, key, low, high, default=None):
    value = fields.pop(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadEvent(f"`{key}` must be a whole number from {low} to {high}")
    return value


def _list(fields, key, most):
    value = fields.pop(key, [])
    if not isinstance(value, list) or len(value) > most:
        raise BadEvent(f"`{key}` must be a list of at most {most}")
    return value


def _fields(value, what):
    if not isinstance(value, dict):
        raise BadEvent(f"`{what}` must be an object")
    return dict(value)


def _entity(fields, key):
    value = _text(fields, key, PLATFORM_BYTES + 1 + ENTITY_ID_BYTES)
    platform, colon, name = value.partition(":")
    if not colon or not 1 <= len(platform) <= PLATFORM_BYTES or set(platform) - PLATFORM_CHARACTERS:
        raise BadEvent(f"`{key}`: an entity is written platform:id, the platform of a-z 0-9 _ -, like twitch:1234")
    if not 1 <= len(name.encode("utf-8")) <= ENTITY_ID_BYTES or any(c < " " or "\x7f" <= c <= "\x9f" for c in name):
        raise BadEvent(f"`{key}`: an id is 1 to {ENTITY_ID_BYTES} bytes without control characters")
    return text(value)


def _optional(fields, key, most):
    if fields.get(key) is None:
        fields.pop(key, None)
        return None
    return _text(fields, key, most)


def _badges(fields):
    badges = [text(_text({"badge": badge}, "badge", NAME_BYTES)) for badge in _list(fields, "badges", BADGES)]
    return varint(len(badges)) + b"".join(badges)


def _emote(value):
    fields = _fields(value, "emotes")
    data = _entity(fields, "emote") + text(_text(fields, "name", NAME_BYTES))
    return _nothing_left(fields, data + varint(_number(fields, "count", 0, 65_535, 1)))


def _message(fields):
    data = _entity(fields, "author") + b"".join(text(_text(fields, key, NAME_BYTES)) for key in ("name", "room"))
    data += text(_text(fields, "text", MESSAGE_BYTES)) + option(_optional(fields, "id", NAME_BYTES)) + _badges(fields)
    emotes = [_emote(emote) for emote in _list(fields, "emotes", EMOTES)]
    return data + varint(len(emotes)) + b"".join(emotes) + varint(_number(fields, "bits", 0, 2**32 - 1, 0))


def _points(fields):
    data = text(_text(fields, "board", BOARD_ID_BYTES)) + _entity(fields, "entity")
    return data + zigzag(_number(fields, "units", -MAX_SCORE, MAX_SCORE))


def _notice(fields):
    data = _entity(fields, "author") + b"".join(text(_text(fields, key, NAME_BYTES)) for key in ("name", "room"))
    data += option(_optional(fields, "id", NAME_BYTES)) + _badges(fields)
    done = _fields(fields.pop("done", None), "done")
    tag = 0 if "gifted_subs" in done else 1
    data += varint(tag) + varint(_number(done, ("gifted_subs", "raid")[tag], 0, 2**32 - 1))
    return _nothing_left(done, data)


def _clear(fields):
    room, what = text(_text(fields, "room", NAME_BYTES)), fields.pop("what", None)
    if what == "all":
        return room + b"\0"
    what = _fields(what, "what")
    data = b"\1" + _entity(what, "of") if "of" in what else b"\2" + text(_text(what, "one", NAME_BYTES))
    return _nothing_left(what, room + data)


def _profile(fields):
    data = _entity(fields, "entity") + text(_text(fields, "name", NAME_BYTES))
    avatar = _optional(fields, "avatar", URL_BYTES)
    if avatar is not None:
        if not avatar.startswith("https://") or any(c <= " " or "\x7f" <= c <= "\x9f" or c.isspace() for c in avatar):
            raise BadEvent("`avatar` must be an https address")
    return data + option(avatar) + _badges(fields)


def _nothing_left(fields, data):
    if fields:
        raise BadEvent(f"`{min(fields)}` is not known here")
    return data


EVENTS = {"message": _message, "points": _points, "notice": _notice, "clear": _clear, "profile": _profile}


def encode(event):
    """The bytes of an event, checked: `{"points": {"board": "pxls", "entity": "pxls:ana", "units": 3}}`."""
    if not isinstance(event, dict) or len(event) != 1 or next(iter(event)) not in EVENTS:
        raise BadEvent("an event is an object with one key: " + ", ".join(EVENTS))
    ((kind, value),) = event.items()
    fields = _fields(value, kind)
    return _nothing_left(fields, varint(list(EVENTS).index(kind)) + EVENTS[kind](fields))


# ---- the journal -------------------------------------------------------------------------------------------------


class Journal:
    """What is kept, in a file: a head with the numbering, then the events, each with its length and checksum.

    Events are counted from 1 over the journal's whole life: their positions. On links they are counted from 1 in each
    incarnation; `start` is the position before an incarnation's first event.
    """

    MAGIC = b"scorelay journal 1\n"
    HEAD = struct.Struct("<16sQQ")
    RECORD = struct.Struct("<II")

    def __init__(self, path, fsync=False):
        self.path, self.fsync, self.file = path, fsync, None
        self.lock = open(path + ".lock", "ab")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.lock.close()
            raise Refused(f"another process uses the journal {path}") from None
        try:
            self._load(path)
        except BaseException:
            self.lock.close()
            raise

    def _load(self, path):
        try:
            with open(path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            self.rewrite(secrets.randbits(128), 0, 0, [])
            return
        at = len(self.MAGIC) + self.HEAD.size + 4
        crc = int.from_bytes(data[at - 4 : at], "little")
        if not data.startswith(self.MAGIC) or len(data) < at or zlib.crc32(data[: at - 4]) != crc:
            raise Refused(f"{path} is not a journal, or is damaged; without it this source would begin anew")
        incarnation, start, base = self.HEAD.unpack_from(data, len(self.MAGIC))
        events = []
        while at + self.RECORD.size <= len(data):
            size, crc = self.RECORD.unpack_from(data, at)
            event = data[at + self.RECORD.size : at + self.RECORD.size + size]
            # A kill may have left half of the last one: it was never sent.
            if not event or len(event) < size or zlib.crc32(event) != crc:
                break
            events.append(event)
            at += self.RECORD.size + size
        self.rewrite(int.from_bytes(incarnation, "little"), start, base, events)

    def append(self, events):
        """Adds events; all of them or, with an error, none."""
        data = b"".join(self.RECORD.pack(len(event), zlib.crc32(event)) + event for event in events)
        try:
            done = 0
            while done < len(data):
                done += os.write(self.file, data[done:])
            if self.fsync:
                os.fsync(self.file)
        except OSError:
            os.ftruncate(self.file, self.size)
            raise
        self.size += len(data)

    def rewrite(self, incarnation, start, base, events):
        """Writes it anew with these events, the first of which has the position after `base`."""
        head = self.MAGIC + self.HEAD.pack(incarnation.to_bytes(16, "little"), start, base)
        records = [self.RECORD.pack(len(event), zlib.crc32(event)) + event for event in events]
        data = head + zlib.crc32(head).to_bytes(4, "little") + b"".join(records)
        with open(self.path + ".new", "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.path + ".new", self.path)
        folder = os.open(os.path.dirname(os.path.abspath(self.path)), os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        if self.file is not None:
            os.close(self.file)
        self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        self.incarnation, self.start, self.base, self.events, self.size = incarnation, start, base, events, len(data)

    def close(self):
        os.close(self.file)
        self.lock.close()


# ---- the source --------------------------------------------------------------------------------------------------


class Source:
    """A source of events. Its methods may be called from any thread; one thread of its own speaks with the core.

    `kept` is the position of the last event that is in the journal, `durable` that of the last one that the core has
    made durable. After a restart, go on with what comes after `kept`.
    """

    def __init__(self, link, name, journal, token=None, fsync=False, on_durable=None, log=None):
        self.address, self.name, self.token = _address(link), name, token
        self.journal = Journal(journal, fsync)
        self.kept = self.journal.base + len(self.journal.events)
        self.durable = self.journal.base
        self._pending, self.journal.events = collections.deque(self.journal.events), []
        self._bytes = sum(map(len, self._pending))
        self._on_durable, self._log = on_durable or (lambda position: None), log or (lambda line: None)
        self._change = threading.Condition()
        self._ended, self._failed = False, None
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="scorelay", daemon=True)
        self._thread.start()

    def publish(self, event, timeout=None):
        """Keeps one event and gives its position. See `publish_all`."""
        return self.publish_all([event], timeout)

    def publish_all(self, events, timeout=None):
        """Keeps events, all or none, and gives the position of the last; they are sent as soon as may be.

        Waits while too much is kept already, at most `timeout` seconds. Raises `BadEvent`, `Full`, `Refused` where the
        core does not want this source, and `OSError` where the journal cannot be written.
        """
        encoded = [encode(event) for event in events]
        size = sum(map(len, encoded))
        with self._change:
            fits = lambda: len(self._pending) + len(encoded) <= KEPT_EVENTS and self._bytes + size <= KEPT_BYTES
            self._change.wait_for(lambda: self._failed or self._ended or not self._pending or fits(), timeout)
            self.check()
            if self._ended:
                raise Refused("the source has been closed")
            if self._pending and not fits():
                raise Full(f"{len(self._pending)} events wait for the core")
            self.journal.append(encoded)
            self._pending.extend(encoded)
            self._bytes += size
            self.kept += len(encoded)
            self._poke()
            return self.kept

    def flush(self, timeout=None):
        """Waits until all that is kept is durable, and says whether it is. Raises `Refused`."""
        with self._change:
            done = self._change.wait_for(lambda: self._failed or self.durable == self.kept, timeout)
            self.check()
            return done

    def check(self):
        """Raises what ended the source, if anything did."""
        if self._failed:
            raise self._failed

    def close(self):
        """Ends the link. What is not durable stays in the journal, and is sent by the next source that opens it."""
        with self._change:
            if self._ended:
                return
            self._ended = True
            self._change.notify_all()
            self._poke()
        self._thread.join(timeout=2 * SEND_S)
        if not self._thread.is_alive():
            for part in (self.journal, self._wake, self._waker):
                part.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _poke(self):
        try:
            self._waker.send(b"\0")
        except OSError:
            pass  # It is full: the thread will wake anyway.

    def _run(self):
        failures, said = 0, None
        while not self._ended:
            started, link = time.monotonic(), _Link(self)
            try:
                link.open()
                link.run()
                return
            except _Renewed:
                self._log("the core's numbers and the journal's do not meet: this source begins a new numbering")
            except (Refused, BadEvent) as error:
                return self._fail(error)
            except (LinkEnd, OSError) as error:
                if str(error) != said:
                    said = str(error)
                    self._log(f"no link to the core: {said}; trying again")
            except Exception as error:
                self._fail(Refused(f"an error of this program: {error!r}"))
                raise
            finally:
                link.close()
            if link.useful or time.monotonic() - started >= RECONNECT_S[1]:
                failures, said = 0, None
            ceiling = min(RECONNECT_S[0] * 2 ** min(failures, 16), RECONNECT_S[1])
            failures += 1
            with self._change:
                self._change.wait_for(lambda: self._ended, link.retry_after + random.uniform(0, ceiling))

    def _fail(self, error):
        with self._change:
            self._failed = error
            self._change.notify_all()

    def _accepted(self, watermark):
        """The core's last durable event is this one: what is kept up to there is done with."""
        with self._change:
            position = self.journal.start + watermark
            if self.durable <= position <= self.kept:
                return self._forget(position)
            if position > self.kept:
                # The journal is older than what was sent from it; all that it holds is durable.
                self._forget(self.kept)
            self.journal.rewrite(secrets.randbits(128), self.durable, self.durable, list(self._pending))
            self.journal.events = []
            raise _Renewed

    def _acked(self, up_to):
        with self._change:
            position = self.journal.start + up_to
            if position > self.kept:
                raise LinkEnd("the core acknowledged what was never sent")
            self._forget(position)

    def _forget(self, position):
        while self.durable < position:
            self._bytes -= len(self._pending.popleft())
            self.durable += 1
        if self.journal.size - self._bytes - 8 * len(self._pending) > max(DEAD_BYTES, 2 * self._bytes):
            self.journal.rewrite(self.journal.incarnation, self.journal.start, self.durable, list(self._pending))
            self.journal.events = []
        self._change.notify_all()

    def _after(self, position):
        """Frames of what follows a position, a buffer's worth and within the window, and the last one's position."""
        frames, size = [], 0
        with self._change:
            last = min(self.kept, self.durable + SOURCE_WINDOW)
            for event in itertools.islice(self._pending, position - self.durable, last - self.durable):
                if size >= SENT_AT_ONCE:
                    break
                position += 1
                frames.append(frame(publish(position - self.journal.start, event)))
                size += len(frames[-1])
        return b"".join(frames), position


class _Renewed(Exception):
    """The source has a new incarnation, and needs a new link for it."""


def _address(link):
    kind, _, rest = link.partition(":")
    host, _, port = rest.rpartition(":")
    if kind == "unix" and rest:
        return rest
    if kind == "tcp" and host and port.isdigit() and int(port) < 65_536:
        return host.strip("[]"), int(port)
    raise Refused(f"a link is written tcp:HOST:PORT or unix:PATH, not {link}")


class _Link:
    """One connection to the core."""

    def __init__(self, source):
        self.source, self.useful, self.retry_after = source, False, 0.0
        self.socket, self.selector = None, None
        self.input, self.sent, self.pings, self.pong = b"", None, 0, None

    def open(self):
        """Connects, and has the hello ready to be sent."""
        source = self.source
        if isinstance(source.address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(HANDSHAKE_S)
            self.socket.connect(source.address)
        else:
            self.socket = socket.create_connection(source.address, HANDSHAKE_S)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.socket, selectors.EVENT_READ)
        self.selector.register(source._wake, selectors.EVENT_READ)
        incarnation = source.journal.incarnation
        self.out = frame(hello(source.name, incarnation, secrets.randbits(64), source.token))
        self.opened = self.heard = self.progress = time.monotonic()

    def close(self):
        for part in (self.selector, self.socket):
            if part is not None:
                part.close()

    def run(self):
        """Speaks until the source is closed; raises why the link ended otherwise."""
        source = self.source
        while not source._ended:
            now = time.monotonic()
            self.limits(now)
            if self.pong is not None and len(self.out) < SENT_AT_ONCE:
                self.say(frame(b"\3" + varint(self.pong)))
                self.pong = None
            if self.sent is not None and len(self.out) < SENT_AT_ONCE:
                more, self.sent = source._after(max(self.sent, source.durable))
                self.say(more)
            self.write(now)
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.out else 0)
            self.selector.modify(self.socket, wanted)
            for key, events in self.selector.select(0.25):
                if key.fileobj is source._wake:
                    source._wake.recv(4096)
                elif events & selectors.EVENT_READ:
                    self.read()

    def say(self, data):
        """Puts bytes behind those that wait to be sent."""
        if not self.out:
            self.progress = time.monotonic()
        self.out += data

    def limits(self, now):
        """Nobody waits for a peer that is dead."""
        if self.sent is None and now - self.opened > HANDSHAKE_S:
            raise LinkEnd("the core did not answer in time")
        if self.out and now - self.progress > SEND_S:
            raise LinkEnd("the core does not take what is sent")
        if now - self.heard > GONE_AFTER_S:
            raise LinkEnd("the core has gone silent")
        due = int((now - self.heard) / PING_AFTER_S)
        if self.sent is not None and due > self.pings:
            self.say(frame(b"\2" + varint(due)))
        self.pings = due

    def write(self, now):
        try:
            while self.out:
                self.out = self.out[self.socket.send(self.out) :]
                self.progress = now
        except BlockingIOError:
            pass

    def read(self):
        try:
            data = self.socket.recv(65_536)
        except BlockingIOError:
            return
        if not data:
            raise LinkEnd("closed by the core")
        self.heard = time.monotonic()
        self.input += data
        while len(self.input) >= 4:
            (size,) = struct.unpack_from(">I", self.input)
            if size > LINK_FRAME_BYTES:
                raise LinkEnd(f"the core sent a frame of {size} bytes")
            if len(self.input) < 4 + size:
                return
            message, self.input = self.input[4 : 4 + size], self.input[4 + size :]
            self.handle(*heard(message))

    def handle(self, what, value):
        if what == "refused":
            number, why = value
            code = CODES.get(number, str(number))
            raise (Refused if number in FINAL else LinkEnd)(f"error[{code}]: {why}")
        if (what == "accepted") == (self.sent is not None):
            raise LinkEnd(f"the core sent `{what}` out of order")
        if what == "accepted":
            if value[0] != LINK_PROTOCOL:
                raise Refused(f"error[version]: the core speaks version {value[0]} of links")
            self.source._accepted(value[2])
            self.source._on_durable(self.source.durable)
            self.sent = self.source.durable
            self.source._log("linked to the core")
        elif what == "ack":
            self.useful = True
            self.source._acked(value)
            self.source._on_durable(self.source.durable)
        elif what == "ping":
            self.pong = value  # Only the newest is answered, so that nothing piles up.
        elif what == "go-away":
            self.retry_after = value / 1000


# ---- the program -------------------------------------------------------------------------------------------------


def _lines(source):
    """Whole lines of standard input, as many at once as have come; looks at the source's health meanwhile."""
    rest, skipping = b"", False
    while True:
        while not select.select([0], [], [], 0.25)[0]:
            source.check()
        data = os.read(0, 65_536)
        *lines, rest = (rest + data).split(b"\n")
        if skipping and lines:
            skipping = False
            lines.pop(0)
        if len(rest) > LINE_BYTES:
            rest, skipping = b"", True
            print(f"a line of more than {LINE_BYTES} bytes was left out", file=sys.stderr, flush=True)
        if not data:
            yield [rest] if rest and not skipping else []
            return
        if skipping:
            rest = b""
        yield lines


def _event(line):
    try:
        event = json.loads(line)
        encode(event)
        return event
    except (BadEvent, ValueError) as error:
        print(f"not an event: {error}: {line[:200]!r}", file=sys.stderr, flush=True)
        return None


def main():
    """The program; gives its exit code."""
    parser = argparse.ArgumentParser(
        description="Sends events, one JSON object a line of standard input, to a Scorelay core.",
        epilog="Exit codes: 0 all is durable, 1 refused, 3 some is not durable yet but kept, 130 interrupted.",
    )
    parser.add_argument("--link", required=True, help="tcp:HOST:PORT or unix:PATH")
    parser.add_argument("--name", required=True, help="this source's name: 1 to 32 of a-z 0-9 _ -")
    parser.add_argument("--journal", required=True, help="file for what is not durable yet; without it all begins anew")
    parser.add_argument("--token-file", help="file with the link's token")
    parser.add_argument("--fsync", action="store_true", help="sync the journal, against power cuts")
    parser.add_argument("--progress", action="store_true", help="print `kept N` and `durable N` as events are")
    parser.add_argument("--drain", type=float, default=30.0, help="seconds to wait for the core at the end (30)")
    options = parser.parse_args()
    printing = threading.Lock()

    def say(what, position):
        if options.progress:
            with printing:
                print(what, position, flush=True)

    def interrupt(*_):
        raise KeyboardInterrupt

    # Shells start programs in the background with SIGINT ignored, and Python would leave it so.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, interrupt)
    source = None
    try:
        token = None
        if options.token_file:
            with open(options.token_file, encoding="utf-8") as file:
                token = file.read().strip()
        log = lambda line: print(line, file=sys.stderr, flush=True)
        source = Source(options.link, options.name, options.journal, token, options.fsync,
            lambda position: say("durable", position), log)
        say("kept", source.kept)
        for lines in _lines(source):
            events = [event for event in map(_event, filter(bytes.strip, lines)) if event is not None]
            if events:
                say("kept", source.publish_all(events))
        if source.flush(options.drain):
            return 0
        print(f"{source.kept - source.durable} events are not durable yet; the journal keeps them", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    except (Refused, OSError) as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    finally:
        if source:
            source.close()


if __name__ == "__main__":
    sys.exit(main())
