//! What one end of a connection has still to write: whole frames in, as many bytes out as the connection takes.

use crate::net::{ConnNo, End};
use crate::stage::Stage;

/// Bytes that wait for room on a connection.
#[derive(Debug, Default)]
pub struct OutBuf {
    bytes: Vec<u8>,
    start: usize,
}

impl OutBuf {
    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes that wait.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes what the connection takes; gives how many bytes that were.
    pub fn pump(&mut self, stage: &mut Stage, conn: ConnNo, to: End) -> usize {
        if self.is_empty() {
            return 0;
        }
        let taken = stage.write(conn, to, &self.bytes[self.start..]);
        self.start += taken;
        taken
    }
}
