//! A GitLab of a few issues, for one project, that fails as it is told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub(super) const TOKEN: &str = "glpat-0123456789abcdef";
pub(super) const PROJECT: &str = "/api/v4/projects/openpowerlifting%2Fopl-data";

/// What becomes of one request.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// It is answered as it should be.
    Answer,
    /// It is refused with this status, and perhaps a time to wait.
    Status(u16, Option<u32>),
    /// Nothing is done and nothing said, until the client gives up.
    Hang,
    /// Nothing is said; it is done once the client has given up, and so many requests after this one were answered.
    DoneTooLate(usize),
    /// It is done, and the connection closed without a word.
    DoneAndDropped,
    /// It is done, and the connection closed in the middle of the answer.
    DoneHalfSaid,
    /// Nothing is done, and the connection closed in the middle of an answer.
    HalfSaid,
    /// It is done, and the gateway before it says that it was not.
    DoneBehindGateway,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) issues: Vec<Value>,
    pub(super) uploads: Vec<Vec<u8>>,
    /// For looking, uploading and making, what becomes of the next ones; then they are answered.
    pub(super) looks: VecDeque<Act>,
    pub(super) attaches: VecDeque<Act>,
    pub(super) makes: VecDeque<Act>,
    /// Whether a search does not know new issues yet.
    pub(super) blind: bool,
    /// Methods and paths of all requests.
    pub(super) seen: Vec<String>,
    /// How many of them were answered.
    answered: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) state: Arc<Mutex<State>>,
}

impl Server {
    pub(super) async fn start() -> Self {
        Self::begin(None).await
    }

    /// One that speaks TLS.
    pub(super) async fn start_tls(tls: TlsAcceptor) -> Self {
        Self::begin(Some(tls)).await
    }

    async fn begin(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (serving, tls) = (serving.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serving.serve(socket).await,
                        Some(tls) => {
                            if let Ok(socket) = tls.accept(socket).await {
                                serving.serve(socket).await;
                            }
                        }
                    }
                });
            }
        });
        server
    }

    pub(super) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    pub(super) fn issues(&self) -> Vec<Value> {
        self.with(|state| state.issues.clone())
    }

    pub(super) fn made(&self) -> usize {
        let make = format!("POST {PROJECT}/issues");
        self.with(|state| state.seen.iter().filter(|request| **request == make).count())
    }

    async fn serve(&self, socket: impl AsyncRead + AsyncWrite + Unpin) {
        let mut socket = BufReader::new(socket);
        let Some(request) = read(&mut socket).await else { return };
        let (act, answer) = self.answer(&request);
        let body = answer.1.to_string();
        let (status, more) = match act {
            Act::Status(status, after) => {
                (status, after.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default())
            }
            Act::DoneBehindGateway => (502, String::new()),
            _ => (answer.0, String::new()),
        };
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n", body.len());
        let whole = [head, body].concat().into_bytes();
        let said = match act {
            Act::Answer | Act::Status(..) | Act::DoneBehindGateway => &whole[..],
            Act::DoneHalfSaid | Act::HalfSaid => &whole[..whole.len() - 2],
            Act::DoneAndDropped | Act::Hang | Act::DoneTooLate(_) => &[],
        };
        if matches!(act, Act::Hang | Act::DoneTooLate(_)) {
            // Until the client closes.
            let _ = socket.read(&mut [0]).await;
        }
        if let Act::DoneTooLate(after) = act {
            let from = self.with(|state| state.answered);
            while self.with(|state| state.answered) < from + after {
                tokio::task::yield_now().await;
            }
            self.with(|state| state.done(&request));
        }
        let _ = socket.get_mut().write_all(said).await;
        let _ = socket.get_mut().shutdown().await;
        self.with(|state| state.answered += 1);
    }

    /// What becomes of the request, and what is said if anything is.
    fn answer(&self, request: &Asked) -> (Act, (u16, Value)) {
        self.with(|state| {
            state.seen.push(format!("{} {}", request.method, request.path));
            if request.token != TOKEN {
                return (Act::Answer, (401, json!({ "message": "401 Unauthorized" })));
            }
            let queue = match (request.method.as_str(), request.path.ends_with("/uploads")) {
                ("GET", _) => &mut state.looks,
                (_, true) => &mut state.attaches,
                (_, false) => &mut state.makes,
            };
            let act = queue.pop_front().unwrap_or(Act::Answer);
            let done = matches!(act, Act::Answer | Act::DoneAndDropped | Act::DoneHalfSaid | Act::DoneBehindGateway);
            let answer = if done { state.done(request) } else { (500, json!({ "message": "no" })) };
            (act, answer)
        })
    }
}

impl State {
    fn done(&mut self, request: &Asked) -> (u16, Value) {
        let issues = format!("{PROJECT}/issues");
        if request.method == "POST" && request.path == issues {
            let mut issue: Value = serde_json::from_slice(&request.body).unwrap();
            let number = self.issues.len() + 1;
            issue["web_url"] = json!(format!("https://gitlab.example/-/issues/{number}"));
            self.issues.push(issue.clone());
            return (201, issue);
        }
        if request.method == "POST" && request.path == format!("{PROJECT}/uploads") {
            self.uploads.push(request.body.clone());
            return (201, json!({ "markdown": format!("[results.csv](/uploads/{}/results.csv)", self.uploads.len()) }));
        }
        match request.path.split_once('?') {
            Some((path, query)) if path == issues => (200, Value::Array(self.found(query))),
            _ => (404, json!({ "error": "404 Not Found" })),
        }
    }

    fn found(&self, query: &str) -> Vec<Value> {
        let value = |name: &str| {
            let parts = query.split('&').filter_map(|part| part.split_once('='));
            parts.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next_back()
        };
        let number = |name| value(name).and_then(|text| text.parse::<usize>().ok()).unwrap();
        let (size, page) = (number("per_page"), number("page"));
        let search = value("search");
        if search.is_some() && self.blind {
            return Vec::new();
        }
        let bears = |issue: &&Value| {
            let text = issue["description"].as_str().unwrap_or_default();
            search.as_ref().is_none_or(|search| text.contains(search.as_str()))
        };
        // The latest first.
        self.issues.iter().rev().filter(bears).skip((page - 1) * size).take(size).cloned().collect()
    }
}

struct Asked {
    method: String,
    path: String,
    token: String,
    body: Vec<u8>,
}

async fn read(socket: &mut BufReader<impl AsyncRead + Unpin>) -> Option<Asked> {
    let mut line = String::new();
    socket.read_line(&mut line).await.ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut token, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await.ok()?;
        match line.trim_end().split_once(": ") {
            Some(("private-token", value)) => token = value.to_owned(),
            Some(("content-length", value)) => length = value.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some(Asked { method, path, token, body })
}
