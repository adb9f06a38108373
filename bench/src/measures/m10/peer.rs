//! The peers: servers that keep each update by a sync of its own before they acknowledge it, and tell nobody else.
//! One is a thread of this program with binary updates, the other Node with `ws` and JSON text; the same clients drive both.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::shape::{Acks, Plan, Shape};
use crate::Options;
use crate::failure::{Result, fail};
use crate::process::{Process, SERVER};

/// Threads that wait for the disk.
const WAITERS: usize = 8;
/// Everything is acknowledged within this after the last update was made.
const WITHIN: Duration = Duration::from_secs(120);

/// A running peer.
pub(super) enum Peer {
    Rust { address: String, syncs: Arc<AtomicU64> },
    Node { process: Box<Process>, address: String },
}

impl Peer {
    /// The peer of this program; it lives as long as that.
    pub(super) fn rust(folder: PathBuf) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let syncs = Arc::new(AtomicU64::new(0));
        let counted = syncs.clone();
        std::fs::create_dir_all(&folder)?;
        std::thread::spawn(move || {
            let mut cores = rustix::thread::CpuSet::new();
            cores.set(SERVER);
            // Its threads get the processor that this one has.
            let pinned = rustix::thread::sched_setaffinity(None, &cores);
            let runtime =
                tokio::runtime::Builder::new_current_thread().max_blocking_threads(WAITERS).enable_all().build();
            if let (Ok(()), Ok(runtime)) = (pinned, runtime) {
                let _ended = runtime.block_on(serve(listener, folder, counted));
            }
        });
        Ok(Self::Rust { address, syncs })
    }

    /// The peer in Node.
    pub(super) fn node(options: &Options, folder: &Path) -> Result<Self> {
        let script = options.peers.join("meet-fsync.mjs").to_string_lossy().into_owned();
        let dir = folder.join("node");
        std::fs::create_dir_all(&dir)?;
        let (dir, waiters) = (dir.to_string_lossy().into_owned(), WAITERS.to_string());
        let arguments = [script.as_str(), "--", &dir, &waiters];
        let mut process = Process::start(SERVER, Path::new("node"), &arguments, folder)?;
        let address = process.said("listen")?;
        Ok(Self::Node { process: Box::new(process), address })
    }

    /// Connections, one for each desk.
    pub(super) async fn desks(&self, meets: usize, desks: usize) -> Result<Vec<PeerDesk>> {
        let (Self::Rust { address, .. } | Self::Node { address, .. }) = self;
        let text = matches!(self, Self::Node { .. });
        let mut all = Vec::new();
        for meet in 0..meets {
            for desk in 0..desks {
                let stream = TcpStream::connect(address.as_str()).await?;
                stream.set_nodelay(true)?;
                let url = format!("ws://{address}/{meet}");
                let (socket, _) = client_async_with_config(url, stream, Some(small())).await?;
                all.push(PeerDesk { socket, meet, desk, text, made: HashMap::new(), next: 0 });
            }
        }
        Ok(all)
    }

    /// Files synced so far.
    pub(super) fn syncs(&mut self) -> Result<u64> {
        match self {
            Self::Rust { syncs, .. } => Ok(syncs.load(Ordering::SeqCst)),
            Self::Node { process, .. } => Ok(process.ask("count", "syncs")?.trim().parse()?),
        }
    }
}

fn small() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(2 * 1024).write_buffer_size(0)
}

/// Takes binary updates: a number, then what is to be kept.
async fn serve(listener: TcpListener, folder: PathBuf, syncs: Arc<AtomicU64>) -> Result {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut files: HashMap<String, Arc<Mutex<File>>> = HashMap::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let mut meet = String::new();
        #[expect(clippy::result_large_err, reason = "the type is tungstenite's")]
        let path = |request: &Request, response: Response| -> std::result::Result<Response, ErrorResponse> {
            meet = request.uri().path().trim_start_matches('/').to_owned();
            Ok(response)
        };
        let socket = tokio_tungstenite::accept_hdr_async_with_config(stream, path, Some(small())).await?;
        let file = match files.get(&meet) {
            Some(file) => file.clone(),
            None => {
                let opened = File::options().create(true).append(true).open(folder.join(&meet))?;
                files.entry(meet).or_insert(Arc::new(Mutex::new(opened))).clone()
            }
        };
        tokio::spawn(keep(socket, file, syncs.clone()));
    }
}

async fn keep(socket: WebSocketStream<TcpStream>, file: Arc<Mutex<File>>, syncs: Arc<AtomicU64>) {
    let (mut to, mut from) = socket.split();
    let (done, mut acks) = tokio::sync::mpsc::unbounded_channel::<Vec<u8>>();
    let writer = async move {
        while let Some(number) = acks.recv().await {
            if to.send(Message::binary(number)).await.is_err() {
                break;
            }
        }
    };
    let reader = async move {
        while let Some(Ok(Message::Binary(update))) = from.next().await {
            let (file, syncs, done) = (file.clone(), syncs.clone(), done.clone());
            tokio::task::spawn_blocking(move || {
                let kept = {
                    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                    file.write_all(&update).and_then(|()| file.try_clone())
                };
                if kept.and_then(|file| file.sync_data()).is_ok() {
                    syncs.fetch_add(1, Ordering::SeqCst);
                    let _gone = done.send(update.get(..8).unwrap_or_default().to_vec());
                }
            });
        }
    };
    tokio::join!(reader, writer);
}

/// A connection that makes updates.
pub(super) struct PeerDesk {
    socket: WebSocketStream<TcpStream>,
    meet: usize,
    desk: usize,
    text: bool,
    made: HashMap<u64, Instant>,
    next: u64,
}

impl PeerDesk {
    /// Makes updates and waits until each is acknowledged.
    async fn run(&mut self, shape: Shape, acks: &Acks) -> Result {
        let mut plan = Plan::of(shape);
        let deadline = Instant::now() + WITHIN;
        while !plan.done() {
            for _ in 0..plan.take(Instant::now()) {
                self.next += 1;
                self.made.insert(self.next, Instant::now());
                let update = self.update();
                self.socket.feed(update).await?;
            }
            self.socket.flush().await?;
            let wake = plan.due().unwrap_or(deadline);
            tokio::select! {
                message = self.socket.next() => {
                    let number = match message {
                        Some(Ok(Message::Binary(bytes))) => <[u8; 8]>::try_from(&bytes[..]).ok().map(u64::from_le_bytes),
                        Some(Ok(Message::Text(text))) => {
                            let answer: serde_json::Value = serde_json::from_str(&text)?;
                            answer["seq"].as_u64()
                        }
                        _ => None,
                    };
                    let Some(made) = number.and_then(|number| self.made.remove(&number)) else {
                        return fail("a peer acknowledges what was not sent");
                    };
                    let now = Instant::now();
                    acks.add(made, now);
                    plan.acknowledged(1, now);
                }
                () = tokio::time::sleep_until(wake.into()) => {}
            }
            if Instant::now() > deadline {
                return fail("a peer did not acknowledge in time");
            }
        }
        Ok(())
    }

    /// As much as a desk says of an attempt, and as long a line as the core keeps of it.
    fn update(&self) -> Message {
        let Self { meet, desk, next, .. } = self;
        let path = format!("registration.entries[{}].squat[{}]", desk * 10_000, next % 5 + 1);
        let kg = *next as f64 * 0.5;
        if self.text {
            let value = serde_json::json!({"kg": kg, "result": "good"});
            let line = serde_json::json!({"meet": meet, "desk": desk, "seq": next, "path": path, "value": value});
            return Message::text(line.to_string());
        }
        let mut bytes = next.to_le_bytes().to_vec();
        bytes.extend_from_slice(path.as_bytes());
        bytes.extend_from_slice(&kg.to_le_bytes());
        bytes.resize(super::LINE_BYTES, b' ');
        Message::binary(bytes)
    }
}

/// Has all of them make updates.
pub(super) async fn run(desks: &mut [PeerDesk], shape: impl Fn(usize) -> Shape, acks: &Acks) -> Result {
    let all = desks.iter_mut().enumerate().map(|(at, desk)| desk.run(shape(at), acks));
    try_join_all(all).await.map(drop)
}
