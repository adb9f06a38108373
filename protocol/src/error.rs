//! Errors with stable codes: what peers, HTTP clients and scripts may rely on.
//!
//! A code's number and name never change and are never used again; texts may. `docs/errors.md` is generated from
//! [`ErrorCode::ALL`].

use crate::codec::{self, Decode, DecodeError, Decoder, Encode, EncodeError, Encoder};

/// An error as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, thiserror::Error)]
#[error("{code}: {message}")]
pub struct WireError {
    /// What kind.
    pub code: ErrorCode,
    /// What was wrong and with what, for people.
    pub message: String,
}

impl WireError {
    /// An error of `code` saying `message`.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal, $name:literal, retry $retry:literal;)+) => {
        /// The kind of an error. Numbers below 100 are of messages, 100 to 199 of masks and requests, 200 to 299 of
        /// links, 300 to 399 of a connection's conduct, 400 to 499 of configuration and storage, 500
        /// to 599 of meets.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $variant,)+
            /// A code this version does not know, from a newer peer.
            Unknown(u16),
        }

        impl ErrorCode {
            /// Every known code, by number.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$variant),+];

            /// Its number on the wire.
            pub fn number(self) -> u16 {
                match self {
                    $(Self::$variant => $number,)+
                    Self::Unknown(number) => number,
                }
            }

            /// Its name in texts, logs and problem types.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Unknown(_) => "unknown",
                }
            }

            /// What it means and what to do.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+).trim_ascii_start(),)+
                    Self::Unknown(_) => "A code this version does not know.",
                }
            }

            /// Whether the same thing may succeed later without a change.
            pub fn retryable(self) -> bool {
                match self {
                    $(Self::$variant => $retry,)+
                    Self::Unknown(_) => true,
                }
            }

            fn from_number(number: u16) -> Self {
                match number {
                    $($number => Self::$variant,)+
                    other => Self::Unknown(other),
                }
            }
        }
    };
}

codes! {
    /// The bytes are no message of this protocol. The connection is closed; mend the sender.
    Malformed = 1, "malformed", retry false;
    /// A message is longer than its hop allows. The connection is closed; send less at once.
    TooLarge = 2, "too-large", retry false;
    /// A message came before `Hello`, or `Hello` came twice. The connection is closed.
    OutOfOrder = 3, "out-of-order", retry false;
    /// Text came where only binary messages are spoken. The connection is closed.
    NotBinary = 4, "not-binary", retry false;
    /// Neither side's version is spoken by the other. Upgrade core first, then relays, then clients.
    Version = 5, "version", retry false;
    /// A mask may not hold so many feeds. The mask is unchanged; watch fewer.
    MaskFull = 100, "mask-full", retry false;
    /// No board has that number. Take numbers from this connection's directory.
    UnknownBoard = 101, "unknown-board", retry false;
    /// A number lies outside what the field allows.
    BadRange = 102, "bad-range", retry false;
    /// A text is not an entity of the form `platform:id`.
    BadEntity = 103, "bad-entity", retry false;
    /// The generation of a `Watch` did not rise. The mask is unchanged.
    OldGeneration = 104, "old-generation", retry false;
    /// The relay has not received the boards yet. Ask again shortly.
    NotReady = 105, "not-ready", retry true;
    /// This entity has no row on that board.
    NoRow = 106, "no-row", retry false;
    /// This entity has no row on any board, so that nothing is told of it.
    NoProfile = 107, "no-profile", retry false;
    /// The link's token is missing, unknown, or not one for this role.
    BadToken = 200, "bad-token", retry false;
    /// The relays are connected in a loop, or more than 8 in a row.
    LinkLoop = 201, "link-loop", retry false;
    /// The number of a published event is not the one that follows; publish again from the watermark.
    SourceGap = 202, "source-gap", retry true;
    /// A source of this name is connected already.
    SourceBusy = 203, "source-busy", retry true;
    /// An event cannot be scored: a name, id or text in it is too long or not allowed. It was not counted.
    BadEvent = 204, "bad-event", retry false;
    /// There are as many links as may be.
    TooManyLinks = 205, "too-many-links", retry true;
    /// This listener does not serve that role.
    RoleRefused = 206, "role-refused", retry false;
    /// Too many connections, in all or from this address. Try again later.
    TooManyConnections = 300, "too-many-connections", retry true;
    /// Messages came faster than is allowed. The connection is closed.
    TooFast = 301, "too-fast", retry true;
    /// Nothing came in time: no handshake, no first message, or no answer to pings. The connection is closed.
    TooSlow = 302, "too-slow", retry true;
    /// No such address on this server.
    NotFound = 303, "not-found", retry false;
    /// That address is not for this method or not for plain requests.
    BadRequest = 304, "bad-request", retry false;
    /// The process is shutting down. Connect again after the given time.
    ShuttingDown = 305, "shutting-down", retry true;
    /// As many requests of this connection as may be are unanswered. This one was not looked at; ask again once others
    /// are answered.
    TooManyRequests = 306, "too-many-requests", retry true;
    /// A part of an address is not what is asked for there: a key that is unknown or comes twice, a value that is
    /// missing or of another kind, or what is no percent-encoded UTF-8. The text names it.
    BadAddress = 307, "bad-address", retry false;
    /// More was asked over HTTP than is answered, by this address or in all. Ask again after the time in `Retry-After`.
    RateLimited = 308, "rate-limited", retry true;
    /// Nobody can be connected to at that address, or not as many as were to be; the text says why.
    Unreachable = 309, "unreachable", retry true;
    /// What a client holds is not what others hold or the relay says. Keep what the command printed, and report it.
    WrongRows = 310, "wrong-rows", retry false;
    /// The configuration is not valid; the text names the file, line and key.
    BadConfig = 400, "bad-config", retry false;
    /// Another process uses this data directory.
    DataInUse = 401, "data-in-use", retry true;
    /// The store cannot be read: damaged, or written by a newer version. Restore a backup or upgrade.
    StoreDamaged = 402, "store-damaged", retry false;
    /// An address cannot be listened on: in use, or not allowed.
    CannotListen = 403, "cannot-listen", retry true;
    /// No board has that id.
    NoSuchBoard = 404, "no-such-board", retry false;
    /// A file to import is not what export writes; the text names the line.
    BadImport = 405, "bad-import", retry false;
    /// The store could not be written. The process stops rather than lose what it accepts.
    StoreFailed = 406, "store-failed", retry true;
    /// The folder of web pages cannot be served: no `index.html`, too much in it, or a file that cannot be read or lies
    /// outside; the text names it.
    BadPages = 407, "bad-pages", retry false;
    /// A board cannot be treated so: it is an archive, its new id is taken, or no number is left.
    BadModeration = 408, "bad-moderation", retry false;
    /// As many entities are banned or erased as may be. End bans that are no longer needed.
    KeptOffFull = 409, "kept-off-full", retry false;
    /// No meet has this id with this password. Check both.
    BadLogin = 500, "bad-login", retry false;
    /// A meet's password has 10 to 128 characters.
    BadPassword = 501, "bad-password", retry false;
    /// The meet has no location of that name; the text names those there are.
    NoSuchLocation = 502, "no-such-location", retry false;
    /// A meet's locations have different names and priorities from 0 to 1000, and one of them is where it is made.
    BadLocations = 503, "bad-locations", retry false;
    /// The session's token is unknown, has expired or was revoked. Join again.
    BadSession = 504, "bad-session", retry false;
    /// A display may only look.
    DisplayOnly = 505, "display-only", retry false;
    /// Only the location that made the meet may do this.
    NotCreator = 506, "not-creator", retry false;
    /// The number of an update is not the one that follows; number what is pending from there.
    UpdateGap = 507, "update-gap", retry true;
    /// The number of an update was used for another one; number what is pending anew.
    UpdateReused = 508, "update-reused", retry true;
    /// A text is not a path of a meet's state.
    BadPath = 509, "bad-path", retry false;
    /// A path does not take a value of that kind or size.
    BadValue = 510, "bad-value", retry false;
    /// The meet's log is as long as it may be. Publish, and make a new meet for what follows.
    LogFull = 511, "log-full", retry false;
    /// The disk is full. Nothing was accepted; free some space.
    NoSpace = 512, "no-space", retry true;
    /// There are as many meets, desks, sessions or locations as may be.
    MeetFull = 513, "meet-full", retry false;
    /// Too many passwords, uploads or waiting questions are under way, or too many answers wait on a link. Try again
    /// shortly.
    MeetBusy = 514, "meet-busy", retry true;
    /// This link may not carry meets: its token or listener does not say so.
    MeetsNotHere = 515, "meets-not-here", retry false;
    /// Another desk drives the stage; it can be taken over.
    StageTaken = 516, "stage-taken", retry false;
    /// The results were not made from the end of the log. Pull, and make them anew.
    NotHead = 517, "not-head", retry false;
    /// Some desks have not sent all they have; the text names them. Wait, or force it.
    DesksBehind = 518, "desks-behind", retry true;
    /// The meet is finished.
    MeetFinished = 519, "meet-finished", retry false;
    /// A receipt or record was not sealed by this core, or is not of this meet.
    BadReceipt = 520, "bad-receipt", retry false;
    /// A log is not what its receipt says, or its lines cannot follow each other.
    BadLog = 521, "bad-log", retry false;
    /// A part does not follow the one before, or the whole is not what its hash says. Begin anew.
    BadPart = 522, "bad-part", retry true;
    /// The core is out of reach. What is pending waits.
    CoreAway = 523, "core-away", retry true;
    /// No meet has that id.
    NoSuchMeet = 524, "no-such-meet", retry false;
    /// No session of that number.
    NoSuchSession = 525, "no-such-session", retry false;
    /// A meet's state file cannot be used: damaged, of another version, or in use by another program.
    BadStateFile = 527, "bad-state-file", retry false;
}

impl core::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

impl Encode for ErrorCode {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.number().encode(encoder)
    }
}

impl<C> Decode<C> for ErrorCode {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Ok(Self::from_number(u16::decode(decoder)?))
    }
}
codec::impl_borrow_decode!(ErrorCode);
