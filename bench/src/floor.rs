//! The floor of fan-out: what the kernel takes for as many small writes, and nothing else. One thread, prepared bytes,
//! a `write` for each socket and tick.

use std::io::{ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use clap::Args;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};
use tokio_tungstenite::tungstenite::accept;

use crate::failure::{Failure, Result, fail};

/// Sends the same bytes to every socket, so many times a second.
#[derive(Debug, Args)]
pub(crate) struct Floor {
    /// Payload bytes.
    #[arg(long)]
    bytes: usize,
    /// Milliseconds between two writes to one socket.
    #[arg(long)]
    tick_ms: u64,
    /// PEM files of a certificate and its key, for TLS.
    #[arg(long, num_args = 2, value_names = ["CERTIFICATE", "KEY"])]
    tls: Option<Vec<PathBuf>>,
}

/// What is written to.
enum Sink {
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Floor {
    /// Serves until it is killed.
    ///
    /// # Errors
    /// It cannot listen.
    pub(crate) fn run(&self) -> Result {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        println!("listen {}", listener.local_addr()?);
        let tls = self.tls.as_deref().map(server_config).transpose()?;
        let (sender, arrived) = channel::<Sink>();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever does not shake hands is not served.
                if let Ok(sink) = shake_hands(stream, tls.as_ref())
                    && sender.send(sink).is_err()
                {
                    break;
                }
            }
        });
        let frame = frame(self.bytes);
        let mut sockets: Vec<Sink> = Vec::new();
        let mut next = Instant::now();
        loop {
            next += Duration::from_millis(self.tick_ms);
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            sockets.extend(arrived.try_iter());
            sockets.retain_mut(|socket| {
                let written = match socket {
                    Sink::Tcp(tcp) => tcp.write(&frame),
                    Sink::Tls(tls) => tls.write(&frame),
                };
                match written {
                    Ok(taken) => taken == frame.len(),
                    Err(error) => error.kind() == ErrorKind::WouldBlock,
                }
            });
        }
    }
}

fn server_config(files: &[PathBuf]) -> Result<Arc<ServerConfig>> {
    let [certificate, key] = files else { return fail("a certificate and its key are two files") };
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<std::result::Result<_, _>>()?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions()?.with_no_client_auth();
    Ok(Arc::new(config.with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?))
}

fn shake_hands(stream: TcpStream, tls: Option<&Arc<ServerConfig>>) -> Result<Sink> {
    stream.set_nodelay(true)?;
    let tcp = stream.try_clone()?;
    let refused = |error: &dyn std::fmt::Display| Failure(error.to_string());
    let sink = match tls {
        None => {
            accept(stream).map_err(|error| refused(&error))?;
            Sink::Tcp(tcp.try_clone()?)
        }
        Some(config) => {
            let stream = StreamOwned::new(ServerConnection::new(config.clone())?, stream);
            let mut socket = accept(stream).map_err(|error| refused(&error))?;
            let session = std::mem::replace(&mut socket.get_mut().conn, ServerConnection::new(config.clone())?);
            Sink::Tls(Box::new(StreamOwned::new(session, tcp.try_clone()?)))
        }
    };
    tcp.set_nonblocking(true)?;
    Ok(sink)
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
