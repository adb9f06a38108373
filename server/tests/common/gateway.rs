//! Discord's gateway as its documentation describes version 10, on loopback: it says hello, lets bots identify
//! themselves or resume, sends events by number, answers heartbeats, and ends connections in all the ways that it may.

use std::net::TcpStream;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept_hdr};

use crate::common::stream::Listener;

/// Discord's own interval is 41,250 ms.
pub(crate) const CALM_MS: u64 = 41_250;

/// One connection of a bot.
pub(crate) struct Gateway {
    socket: WebSocket<TcpStream>,
    /// What it asked for.
    pub(crate) path: String,
    /// Number of the last event.
    pub(crate) seq: u64,
    /// Heartbeats that it sent, each with the number that it gave.
    pub(crate) heartbeats: Vec<Value>,
    /// Whether they are answered.
    pub(crate) answers: bool,
}

impl Gateway {
    /// Takes the next connection and says hello.
    pub(crate) fn accept(listener: &Listener, heartbeat_ms: u64) -> Self {
        let mut path = String::new();
        let socket = loop {
            #[allow(clippy::result_large_err, reason = "the library's callback is made so")]
            let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
                path = request.uri().to_string();
                Ok(response)
            };
            // A bot may give a connection up before it has said anything.
            if let Ok(socket) = accept_hdr(listener.socket(), note) {
                break socket;
            }
        };
        let mut gateway = Self { socket, path, seq: 0, heartbeats: Vec::new(), answers: true };
        gateway
            .say(&json!({"op": 10, "t": null, "s": null, "d": {"heartbeat_interval": heartbeat_ms, "_trace": ["[]"]}}));
        gateway
    }

    /// Sends one message.
    pub(crate) fn say(&mut self, message: &Value) {
        self.text(&message.to_string());
    }

    /// Sends a text, which need not be a message.
    pub(crate) fn text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).expect("the bot reads");
    }

    /// Sends an event under the next number.
    pub(crate) fn event(&mut self, name: &str, data: &Value) {
        self.seq += 1;
        self.say(&json!({"op": 0, "t": name, "s": self.seq, "d": data}));
    }

    /// The next message that is no heartbeat; the code where the bot closes the connection instead.
    pub(crate) fn receive(&mut self) -> Result<Value, Option<u16>> {
        loop {
            let text = match self.socket.read() {
                Ok(Message::Text(text)) => text,
                Ok(Message::Close(frame)) => {
                    // Writes the answer to it.
                    let _ = self.socket.flush();
                    return Err(frame.map(|frame| frame.code.into()));
                }
                Ok(_) => continue,
                Err(_) => return Err(None),
            };
            let message: Value = serde_json::from_str(&text).expect("a bot speaks JSON");
            if message["op"] != 1 {
                return Ok(message);
            }
            self.heartbeats.push(message["d"].clone());
            if !self.answers {
                continue;
            }
            self.say(&json!({"op": 11}));
        }
    }

    /// Waits until it has sent so many heartbeats.
    pub(crate) fn heartbeats(&mut self, count: usize) {
        while self.heartbeats.len() < count {
            let text = self.socket.read().expect("it lives").into_text().expect("a text");
            let message: Value = serde_json::from_str(&text).expect("a bot speaks JSON");
            assert_eq!(message["op"], 1, "{message}");
            self.heartbeats.push(message["d"].clone());
            self.say(&json!({"op": 11}));
        }
    }

    /// Lets the bot identify itself and gives what it says; its session `name` is to be resumed at `at`.
    pub(crate) fn identified(&mut self, name: &str, at: &str) -> Value {
        let identify = self.receive().expect("it identifies itself");
        assert_eq!(identify["op"], 2, "{identify}");
        self.event("READY", &json!({
            "v": 10, "user": {"id": "900", "username": "scorebot", "discriminator": "0000", "bot": true, "avatar": null},
            "guilds": [{"id": "100", "unavailable": true}], "session_id": name, "resume_gateway_url": at,
            "session_type": "normal", "shard": [0, 1], "application": {"id": "900", "flags": 0},
        }));
        identify["d"].clone()
    }

    /// What the bot resumes: its session and the last number that it saw. Going on is up to the caller.
    pub(crate) fn resumes(&mut self) -> (String, u64) {
        let resume = self.receive().expect("it resumes");
        assert_eq!((&resume["op"], &resume["d"]["token"]), (&json!(6), &json!("Bot secret.token")), "{resume}");
        let seen = resume["d"]["seq"].as_u64().expect("a number");
        (resume["d"]["session_id"].as_str().expect("a session").to_owned(), seen)
    }

    /// Closes the connection with a code.
    pub(crate) fn close(mut self, code: u16, reason: &str) {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        self.socket.close(Some(frame)).expect("the bot reads");
        while self.socket.read().is_ok() {}
    }

    /// Breaks the connection without a word.
    pub(crate) fn breaks(self) {
        drop(self.socket);
    }
}

/// Somebody's message in a channel of server 100, as Discord sends it.
pub(crate) fn message(id: u64, channel: u64, author: u64, text: &str) -> Value {
    json!({
        "type": 0, "tts": false, "timestamp": "2026-11-21T20:00:00.000000+00:00", "pinned": false, "nonce": id.to_string(),
        "mentions": [], "mention_roles": [], "mention_everyone": false,
        "member": {
            "roles": ["700"], "premium_since": null, "pending": false, "nick": null, "mute": false, "deaf": false, "flags": 0,
            "joined_at": "2020-01-01T00:00:00.000000+00:00", "communication_disabled_until": null, "avatar": null, "banner": null,
        },
        "id": id.to_string(), "flags": 0, "embeds": [], "edited_timestamp": null, "content": text, "components": [],
        "channel_id": channel.to_string(), "channel_type": 0, "attachments": [], "guild_id": "100",
        "author": {
            "username": format!("user{author}"), "public_flags": 0, "id": author.to_string(), "global_name": format!("User {author}"),
            "discriminator": "0", "avatar": "a_0123456789abcdef0123456789abcdef", "avatar_decoration_data": null, "clan": null,
        },
    })
}
