//! The floor of fan-out: what the kernel takes for as many small writes, and nothing else. One thread, prepared bytes,
//! a `write` for each socket and tick.

use std::io::{ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use clap::Args;
use tokio_tungstenite::tungstenite::accept;

use crate::failure::Result;

/// Sends the same bytes to every socket, so many times a second.
#[derive(Debug, Args)]
pub struct Floor {
    /// Payload bytes.
    #[arg(long)]
    bytes: usize,
    /// Milliseconds between two writes to one socket.
    #[arg(long)]
    tick_ms: u64,
}

impl Floor {
    /// Serves until it is killed.
    ///
    /// # Errors
    /// It cannot listen.
    pub fn run(&self) -> Result {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        println!("listen {}", listener.local_addr()?);
        let (sender, arrived) = channel::<TcpStream>();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever does not shake hands is not served.
                let Ok(socket) = accept(stream) else { continue };
                let stream = socket.get_ref().try_clone();
                if let Ok(stream) = stream
                    && stream.set_nonblocking(true).is_ok()
                    && stream.set_nodelay(true).is_ok()
                    && sender.send(stream).is_err()
                {
                    break;
                }
            }
        });
        let frame = frame(self.bytes);
        let mut sockets: Vec<TcpStream> = Vec::new();
        let mut next = Instant::now();
        loop {
            next += Duration::from_millis(self.tick_ms);
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            sockets.extend(arrived.try_iter());
            sockets.retain_mut(|socket| match socket.write(&frame) {
                Ok(taken) => taken == frame.len(),
                Err(error) => error.kind() == ErrorKind::WouldBlock,
            });
        }
    }
}

fn frame(bytes: usize) -> Vec<u8> {
    let mut frame = vec![0x82];
    match bytes {
        0..=125 => frame.push(bytes as u8),
        _ => {
            frame.push(126);
            frame.extend_from_slice(&(bytes as u16).to_be_bytes());
        }
    }
    frame.resize(frame.len() + bytes, 7);
    frame
}
