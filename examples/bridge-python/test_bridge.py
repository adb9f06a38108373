"""Tests of scorelay_bridge.py by itself: its bytes against the protocol's golden vectors, its journal, its checks.

What it does with a real core is tested in server/tests/system/bridge. Run: python3 -m unittest test_bridge
"""

import json
import os
import tempfile
import unittest
import unittest.mock

import scorelay_bridge as bridge

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "vectors.txt")

ALICE = {"author": "twitch:1234", "name": "Alice", "room": "#chat"}
PUBLISHED = {
    "message": (1, {"message": {**ALICE, "text": "hello", "id": "b34ccfc7", "badges": ["vip", "partner"]}}),
    "plain": (251, {"message": {"author": "irc:bob", "name": "bob", "room": "#chat", "text": "hi"}}),
    "points": (70_000, {"points": {"board": "pxls", "entity": "pxls:alice", "units": -250}}),
    "cheer": (3, {"message": {"author": "twitch:77", "name": "Bo", "room": "#chat", "text": "Cheer100 Kappa Kappa",
        "emotes": [{"emote": "emote:twitch:25", "name": "Kappa", "count": 2}], "bits": 100}}),
    "gifts": (4, {"notice": {**ALICE, "id": "n1", "badges": ["vip"], "done": {"gifted_subs": 5}}}),
    "raid": (5, {"notice": {**ALICE, "done": {"raid": 300}}}),
    "clear.all": (6, {"clear": {"room": "#chat", "what": "all"}}),
    "clear.of": (7, {"clear": {"room": "#chat", "what": {"of": "twitch:1234"}}}),
    "clear.one": (8, {"clear": {"room": "#chat", "what": {"one": "b34ccfc7"}}}),
    "profile": (9, {"profile": {"entity": "discord:5", "name": "Zoë", "avatar": "https://cdn.example/5.png",
        "badges": ["staff"]}}),
}


def vectors():
    """The bytes of every golden vector, by name."""
    found, data = {}, None
    with open(VECTORS, encoding="utf-8") as file:
        for line in file:
            line = line.partition("#")[0].strip()
            if line.startswith("["):
                data = found.setdefault(line.strip("[]"), bytearray())
            elif line:
                data += bytes.fromhex(line)
    return {name: bytes(data) for name, data in found.items()}


class Vectors(unittest.TestCase):
    def test_every_event_has_the_bytes_of_the_protocol(self):
        golden = {name[len("up.publish."):]: data for name, data in vectors().items() if name.startswith("up.publish.")}
        made = {name: bridge.publish(seq, bridge.encode(event)) for name, (seq, event) in PUBLISHED.items()}
        self.assertEqual(made, golden)

    def test_so_has_the_hello_and_a_frame(self):
        golden = vectors()
        self.assertEqual(bridge.hello("chat", 0x112233445566778899AABBCCDDEEFF, 5), golden["up.hello.source"])
        self.assertEqual(bridge.frame(b"\2" + bridge.varint(300)), golden["frame.up.ping"])

    def test_what_a_source_is_told_is_understood(self):
        golden = vectors()
        told = {
            "accepted.source": ("accepted", (1, [0xC0DE], 41)), "refused": ("refused", (200, "wrong token")),
            "ack": ("ack", 42), "ping": ("ping", 1), "pong": ("pong", 1), "go-away": ("go-away", 200),
        }
        for name, said in told.items():
            self.assertEqual(bridge.heard(golden["down." + name]), said)

    def test_anything_else_ends_the_link(self):
        for name, data in vectors().items():
            if name.startswith("down."):
                for wrong in (data[:-1], data + b"\0"):
                    with self.assertRaises(bridge.LinkEnd, msg=name):
                        bridge.heard(wrong)


class Checks(unittest.TestCase):
    def test_what_the_protocol_does_not_allow_is_not_kept(self):
        message = {"author": "t:1", "name": "n", "room": "r", "text": "x"}
        points = {"board": "b", "entity": "t:1", "units": 1}
        wrong = [
            {}, [], {"points": points, "message": message}, {"wave": {}}, {"points": []},
            {"points": {**points, "entity": "nobody"}}, {"points": {**points, "entity": "T:1"}},
            {"points": {**points, "entity": "t:"}}, {"points": {**points, "entity": "t:a\u0085"}},
            {"points": {**points, "units": 2**53}}, {"points": {**points, "units": 1.5}},
            {"points": {**points, "units": True}}, {"points": {**points, "more": 1}},
            {"points": {"board": "b", "units": 1}},
            {"message": {**message, "text": "x" * 8193}}, {"message": {**message, "text": "\ud800"}},
            {"message": {**message, "badges": ["x"] * 33}}, {"message": {**message, "bits": -1}},
            {"profile": {"entity": "t:1", "name": "n", "avatar": "http://x/y.png"}},
            {"clear": {"room": "r", "what": {"of": "t:1", "one": "m"}}}, {"notice": {**message, "done": {"raid": 1}}},
        ]
        for event in wrong:
            with self.assertRaises(bridge.BadEvent, msg=repr(event)[:80]):
                bridge.encode(event)
        self.assertTrue(bridge.encode({"message": {**message, "text": "é" * 4096}}))

    def test_the_events_of_the_guide_are_events(self):
        with open(os.path.join(os.path.dirname(VECTORS), "bridge.md"), encoding="utf-8") as file:
            lines = [line for line in file if line.startswith('{"')]
        self.assertEqual({next(iter(json.loads(line))) for line in lines}, set(bridge.EVENTS))
        self.assertTrue(all(bridge.encode(json.loads(line)) for line in lines))


class InAFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "journal")


class Journals(InAFolder):

    def kept(self):
        journal = bridge.Journal(self.path)
        journal.close()
        return journal.incarnation, journal.events

    def test_half_an_event_at_the_end_is_dropped_wherever_it_was_cut(self):
        journal = bridge.Journal(self.path)
        journal.append([b"one", b"two"])
        whole = journal.size
        journal.append([b"three"])
        end = journal.size
        journal.close()
        with open(self.path, "rb") as file:
            data = file.read()
        for cut in range(whole, end):
            for tail in (b"", b"\0" * 40):
                with open(self.path, "wb") as file:
                    file.write(data[:cut] + tail)
                self.assertEqual(self.kept(), (journal.incarnation, [b"one", b"two"]), cut)

    def test_a_new_one_draws_its_own_incarnation_and_a_strange_file_is_refused(self):
        first, _ = self.kept()
        self.assertEqual(self.kept()[0], first)
        os.remove(self.path)
        self.assertNotEqual(self.kept()[0], first)
        with open(self.path, "r+b") as file:
            file.write(b"x")
        self.assertRaises(bridge.Refused, bridge.Journal, self.path)

    def test_two_programs_cannot_have_one_journal(self):
        journal = bridge.Journal(self.path)
        self.addCleanup(journal.close)
        self.assertRaises(bridge.Refused, bridge.Journal, self.path)


class Sources(InAFolder):
    def test_a_core_that_is_away_costs_a_bounded_journal_and_loses_nothing(self):
        link = "unix:" + os.path.join(self.folder.name, "nobody")
        event = {"points": {"board": "b", "entity": "t:1", "units": 1}}
        with unittest.mock.patch.object(bridge, "KEPT_EVENTS", 10), bridge.Source(link, "s", self.path) as source:
            self.assertEqual(source.publish_all([event] * 10), 10)
            self.assertRaises(bridge.Full, source.publish, event, timeout=0.05)
            self.assertRaises(bridge.BadEvent, source.publish_all, [event, {}])
            self.assertFalse(source.flush(timeout=0.05))
        self.assertRaises(bridge.Refused, source.publish, event)
        with bridge.Source(link, "s", self.path) as source:
            self.assertEqual((source.kept, source.durable), (10, 0))


if __name__ == "__main__":
    unittest.main()
