//! The hash chain over a log, and the receipts that let a core believe its own log when a desk brings it back.
//!
//! A line's hash is SHA-256 of the hash before it and the line's bytes; that before the first is all zeros. A receipt
//! is HMAC-SHA-256 over where a log stands, by a key that only the core has; so is the seal on a meet's record.

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use scorelay_protocol::codec::{self, Encode};
use scorelay_protocol::meet::line::Line;
use scorelay_protocol::meet::receipt::{AuthRecord, ChainHash, Head, Receipt, SealedRecord};
use sha2::{Digest, Sha256};

/// First bytes of what is sealed, so that one kind is never taken for another.
const HEAD: u8 = 1;
const RECORD: u8 = 2;

/// The hash of a log of which `hash` is that so far, after `line`.
pub fn then(hash: ChainHash, line: &Line) -> ChainHash {
    ChainHash(Sha256::new().chain_update(hash.0).chain_update(codec::encode(line)).finalize().into())
}

/// SHA-256 of bytes, as uploads in parts are named by.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The key that seals receipts; kept apart from the logs.
#[derive(Clone)]
pub struct ReceiptKey([u8; 32]);

impl ReceiptKey {
    /// The key of these bytes, which are drawn at random once.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Seals a head.
    pub fn seal(&self, head: Head) -> Receipt {
        Receipt { head, mac: self.mac(HEAD, &head).finalize().into_bytes().into() }
    }

    /// Seals a record.
    pub fn seal_record(&self, record: AuthRecord) -> SealedRecord {
        SealedRecord { record, mac: self.mac(RECORD, &record).finalize().into_bytes().into() }
    }

    /// Whether the receipt was sealed by this key. Takes the same time whatever is wrong.
    pub fn verify(&self, receipt: &Receipt) -> bool {
        self.mac(HEAD, &receipt.head).verify_slice(&receipt.mac).is_ok()
    }

    /// The same of a record.
    pub fn verify_record(&self, sealed: &SealedRecord) -> bool {
        self.mac(RECORD, &sealed.record).verify_slice(&sealed.mac).is_ok()
    }

    fn mac(&self, kind: u8, sealed: &impl Encode) -> Hmac<Sha256> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0);
        let mac = mac.expect("invariant: HMAC takes keys of any length");
        mac.chain_update([kind]).chain_update(codec::encode(sealed))
    }
}

/// Says nothing of the key.
impl fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorelay_protocol::ids::UnixMillis;
    use scorelay_protocol::meet::ids::{MeetEpoch, MeetId, MeetSeq, MeetUid};
    use scorelay_protocol::meet::line::What;
    use scorelay_protocol::meet::receipt::PasswordHash;

    fn line(at: u64) -> Line {
        Line { at: UnixMillis(at), what: What::Finished }
    }

    #[test]
    fn the_chain_tells_logs_apart() {
        let chain = |lines: &[u64]| lines.iter().fold(ChainHash::default(), |hash, at| then(hash, &line(*at)));
        assert_eq!(chain(&[1, 2]), chain(&[1, 2]));
        assert_ne!(chain(&[1, 2]), chain(&[2, 1]));
        assert_ne!(chain(&[1]), chain(&[1, 1]));
        // SHA-256 of 32 zero bytes and the line's two: a time of 1 and variant 7.
        let bytes: Vec<u8> = [[0; 32].as_slice(), &[1, 7]].concat();
        assert_eq!(chain(&[1]).0, <[u8; 32]>::from(Sha256::digest(bytes)));
    }

    /// L10: a forged receipt is no receipt.
    #[test]
    fn only_the_key_seals() {
        let key = ReceiptKey::new([7; 32]);
        let head = Head {
            uid: MeetUid([1; 16]),
            epoch: MeetEpoch(2),
            seq: MeetSeq(3),
            hash: then(ChainHash::default(), &line(4)),
        };
        let receipt = key.seal(head);
        assert!(key.verify(&receipt) && !ReceiptKey::new([8; 32]).verify(&receipt));
        let others = [
            Head { uid: MeetUid([2; 16]), ..head },
            Head { epoch: MeetEpoch(3), ..head },
            Head { seq: MeetSeq(4), ..head },
            Head { hash: ChainHash::default(), ..head },
        ];
        assert!(others.iter().all(|head| !key.verify(&Receipt { head: *head, ..receipt })));
        let mut mac = receipt.mac;
        mac[31] ^= 1;
        assert!(!key.verify(&Receipt { mac, ..receipt }));

        let password = PasswordHash { log_n: 15, r: 8, p: 3, salt: [5; 16], hash: [6; 32] };
        let record = AuthRecord { meet: MeetId::new(1).unwrap(), uid: head.uid, number: 0, password };
        let sealed = key.seal_record(record);
        assert!(key.verify_record(&sealed) && !ReceiptKey::new([8; 32]).verify_record(&sealed));
        let other = AuthRecord { number: 1, ..record };
        assert!(!key.verify_record(&SealedRecord { record: other, ..sealed }));
        assert!(!key.verify(&Receipt { mac: sealed.mac, ..receipt }));
    }
}
