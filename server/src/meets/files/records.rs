//! `auth.json`, `sessions.json`, `publication.json` and tombstones as text. Each carries a checksum and has one form
//! only, so that any other byte is noticed.

use scorelay_engine::meets::{Publication, SessionRecord};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{DeskId, MeetId, MeetSeq, MeetUid};
use scorelay_protocol::meet::receipt::{AuthRecord, PasswordHash, SealedRecord};
use scorelay_protocol::meet::request::SessionNo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What stands in a file.
pub(super) trait Record: Sized {
    /// Its text.
    fn text(&self) -> String;
    /// Reads what [`Self::text`] gave, and nothing else.
    fn read(text: &str) -> Option<Self>;
}

#[derive(Serialize, Deserialize)]
struct Checked<T> {
    #[serde(flatten)]
    body: T,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct AuthJson {
    meet: String,
    uid: String,
    number: u32,
    scrypt: ScryptJson,
    seal: String,
}

#[derive(Serialize, Deserialize)]
struct ScryptJson {
    log_n: u8,
    r: u32,
    p: u32,
    salt: String,
    hash: String,
}

#[derive(Serialize, Deserialize)]
struct SessionsJson {
    sessions: Vec<SessionJson>,
}

#[derive(Serialize, Deserialize)]
struct SessionJson {
    no: u32,
    token_sha256: String,
    desk: Option<String>,
    location: String,
    opened: u64,
    expires: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct PublicationJson {
    meet: String,
    uid: String,
    number: u32,
    name: String,
    return_address: String,
    seq: u64,
    at: u64,
    csv_sha256: String,
    handed_over: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct TombstoneJson {
    meet: String,
    uid: String,
}

impl Record for SealedRecord {
    fn text(&self) -> String {
        let AuthRecord { meet, uid, number, password } = self.record;
        let PasswordHash { log_n, r, p, salt, hash } = password;
        let scrypt = ScryptJson { log_n, r, p, salt: hex(&salt), hash: hex(&hash) };
        let (meet, uid) = (meet.to_string(), uid.to_string());
        pretty(AuthJson { meet, uid, number, scrypt, seal: hex(&self.mac) })
    }

    fn read(text: &str) -> Option<Self> {
        let AuthJson { meet, uid, number, scrypt, seal } = checked(text)?;
        let ScryptJson { log_n, r, p, salt, hash } = scrypt;
        let password = PasswordHash { log_n, r, p, salt: unhex(&salt)?, hash: unhex(&hash)? };
        let record = AuthRecord { meet: meet.parse().ok()?, uid: MeetUid(unhex(&uid)?), number, password };
        same(Self { record, mac: unhex(&seal)? }, text)
    }
}

impl Record for Vec<SessionRecord> {
    fn text(&self) -> String {
        let session = |record: &SessionRecord| SessionJson {
            no: record.no.0,
            token_sha256: hex(&record.token),
            desk: record.desk.map(|desk| desk.to_string()),
            location: record.location.clone(),
            opened: record.opened.0,
            expires: record.expires.map(|expires| expires.0),
        };
        pretty(SessionsJson { sessions: self.iter().map(session).collect() })
    }

    fn read(text: &str) -> Option<Self> {
        let SessionsJson { sessions } = checked(text)?;
        let session = |json: SessionJson| {
            Some(SessionRecord {
                no: SessionNo(json.no),
                token: unhex(&json.token_sha256)?,
                desk: match json.desk {
                    Some(desk) => Some(DeskId(unhex(&desk)?)),
                    None => None,
                },
                location: json.location,
                opened: UnixMillis(json.opened),
                expires: json.expires.map(UnixMillis),
            })
        };
        same(sessions.into_iter().map(session).collect::<Option<_>>()?, text)
    }
}

/// Without its results file, which stands beside it; it belongs to that file of this SHA-256 only.
pub(super) fn publication_text(publication: &Publication) -> String {
    pretty(PublicationJson {
        meet: publication.meet.to_string(),
        uid: publication.uid.to_string(),
        number: publication.number,
        name: publication.name.clone(),
        return_address: publication.return_address.clone(),
        seq: publication.seq.0,
        at: publication.at.0,
        csv_sha256: hex(&Sha256::digest(&publication.csv)),
        handed_over: publication.handed_over.clone(),
    })
}

/// Reads what [`publication_text`] gave, with the results file of that time.
pub(super) fn read_publication(text: &str, csv: Vec<u8>) -> Option<Publication> {
    let json: PublicationJson = checked(text)?;
    let publication = Publication {
        meet: json.meet.parse().ok()?,
        uid: MeetUid(unhex(&json.uid)?),
        number: json.number,
        name: json.name,
        return_address: json.return_address,
        seq: MeetSeq(json.seq),
        at: UnixMillis(json.at),
        csv,
        handed_over: json.handed_over,
    };
    (publication_text(&publication) == text).then_some(publication)
}

/// A line, with its end.
pub(super) fn tombstone_text(meet: MeetId, uid: MeetUid) -> String {
    let body = TombstoneJson { meet: meet.to_string(), uid: uid.to_string() };
    json(&with_checksum(body), false)
}

/// Reads a line without its end.
pub(super) fn read_tombstone(line: &str) -> Option<(MeetId, MeetUid)> {
    let TombstoneJson { meet, uid } = checked(line)?;
    let (meet, uid) = (meet.parse().ok()?, MeetUid(unhex(&uid)?));
    (tombstone_text(meet, uid).trim_end_matches('\n') == line).then_some((meet, uid))
}

fn same<T: Record>(record: T, text: &str) -> Option<T> {
    (record.text() == text).then_some(record)
}

fn with_checksum<T: Serialize>(body: T) -> Checked<T> {
    let sha256 = hex(&Sha256::digest(json(&body, false)));
    Checked { body, sha256 }
}

fn pretty<T: Serialize>(body: T) -> String {
    json(&with_checksum(body), true)
}

fn checked<T: Serialize + DeserializeOwned>(text: &str) -> Option<T> {
    let Checked { body, sha256 } = serde_json::from_str(text).ok()?;
    let body = with_checksum::<T>(body);
    (body.sha256 == sha256).then_some(body.body)
}

/// Ends its line.
fn json(value: &impl Serialize, pretty: bool) -> String {
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    text.expect("invariant: texts, numbers and lists are written as JSON") + "\n"
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}
