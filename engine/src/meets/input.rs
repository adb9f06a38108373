//! What is put to the meets, and by whom.

use scorelay_protocol::error::WireError;
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::receipt::PasswordHash;
use scorelay_protocol::meet::request::{MeetRequest, SessionNo};
use scorelay_protocol::meet::secret::Password;

use super::effects::{JobNo, WriteNo};

/// The shell's number for a question that is to be answered; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u64);

/// The link that a question came by; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkNo(pub u64);

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker {
    /// By which link.
    pub link: LinkNo,
    /// From which address, as far as wrong passwords are counted by it: all bits of IPv4, 64 of IPv6.
    pub address: [u8; 16],
    /// Whether the link may carry what only desks may see.
    pub full: bool,
}

/// Something that happens to the meets.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "most are questions, which are moved once")]
pub enum MeetInput {
    /// A client asks. Answered once, by [`super::MeetEffects::answers`], of this call or of a later one.
    Ask {
        /// The shell's number.
        ask: AskId,
        /// Who.
        from: Asker,
        /// What.
        request: MeetRequest,
    },
    /// A link is gone: what came by it and waits is not answered any more.
    Gone(LinkNo),
    /// A lane is done with a [`super::HashJob`].
    Hashed {
        /// Which.
        job: JobNo,
        /// What came of it.
        result: Hashed,
    },
    /// A write is on the disk for good. Each is told of, in any order.
    Written(WriteNo),
    /// Nothing of this write is on the disk: there is no space. Of its meet no other is under way.
    NotWritten {
        /// Which.
        write: WriteNo,
        /// What askers are told.
        why: WireError,
    },
    /// The publisher has handed over a publication, or failed once more.
    HandedOver {
        /// Whose.
        meet: MeetId,
        /// Which.
        number: u32,
        /// Where it now is, or why it is not there yet.
        result: Result<String, String>,
    },
    /// The operator asks. Answered by [`super::MeetEffects::reports`].
    Operator {
        /// The shell's number.
        ask: AskId,
        /// What.
        body: OperatorAsk,
    },
    /// Time has passed: the moment of [`super::Meets::next_at`] has come.
    Time,
}

/// What came of a [`super::HashJob`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashed {
    /// The hash of a new password.
    Made(PasswordHash),
    /// Whether the password is that of the hash.
    Matches(bool),
}

/// What an operator asks.
#[derive(Debug, Clone)]
pub enum OperatorAsk {
    /// All meets.
    List,
    /// A meet's sessions.
    Sessions(MeetId),
    /// Ends a session.
    Revoke(MeetId, SessionNo),
    /// Gives a meet another password.
    Password(MeetId, Password),
    /// Opens a finished meet again.
    Reopen(MeetId),
    /// Clears away finished meets that were finished more than so many milliseconds ago.
    Cleanup {
        /// How long ago.
        older_than_ms: u64,
    },
}
