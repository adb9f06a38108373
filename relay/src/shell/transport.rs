//! Where links run: `tcp:HOST:PORT`, `unix:PATH` and, inside one process, `loop:`, behind one address type and one byte
//! stream. Nothing here knows frames or tokens; those are in `frames.rs` and `links.rs`.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{Mutex, mpsc};

/// An address of a link.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LinkAddr {
    /// `tcp:HOST:PORT`; a name is looked up at each connect.
    Tcp(String),
    /// `unix:PATH`
    Unix(PathBuf),
    /// `loop:`, in this process; what it is connected to is given beside it ([`loopback`]).
    Loop,
}

impl FromStr for LinkAddr {
    type Err = WireError;

    fn from_str(text: &str) -> Result<Self, WireError> {
        let bad = || {
            let text = format!("a link is written tcp:HOST:PORT or unix:PATH, not `{text}`");
            WireError::new(ErrorCode::BadConfig, text)
        };
        match text.split_once(':').ok_or_else(bad)? {
            ("tcp", rest) => {
                let (host, port) = rest.rsplit_once(':').ok_or_else(bad)?;
                let bracketed = host.starts_with('[') && host.ends_with(']');
                if host.is_empty() || (host.contains(':') && !bracketed) || port.parse::<u16>().is_err() {
                    return Err(bad());
                }
                Ok(Self::Tcp(rest.to_owned()))
            }
            ("unix", path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            ("loop", "") => Ok(Self::Loop),
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for LinkAddr {
    type Error = WireError;

    fn try_from(text: String) -> Result<Self, WireError> {
        text.parse()
    }
}

impl fmt::Display for LinkAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host) => write!(f, "tcp:{host}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Loop => f.write_str("loop:"),
        }
    }
}

/// A byte stream in both directions.
pub trait LinkIo: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> LinkIo for T {}

/// A byte stream of any transport.
pub type BoxIo = Box<dyn LinkIo>;

/// The connecting end of a [`loopback`].
#[derive(Debug, Clone)]
pub struct LoopConnector(mpsc::Sender<tokio::io::DuplexStream>);

/// The accepting end of a [`loopback`].
#[derive(Debug)]
pub struct LoopAcceptor(Mutex<mpsc::Receiver<tokio::io::DuplexStream>>);

/// The two ends of a `loop:` link.
pub fn loopback() -> (LoopConnector, LoopAcceptor) {
    let (to, from) = mpsc::channel(1);
    (LoopConnector(to), LoopAcceptor(Mutex::new(from)))
}

/// What to connect to.
#[derive(Debug, Clone)]
pub enum LinkTarget {
    /// Another process.
    Addr(LinkAddr),
    /// This process.
    Loop(LoopConnector),
}

impl fmt::Display for LinkTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addr(addr) => addr.fmt(f),
            Self::Loop(_) => LinkAddr::Loop.fmt(f),
        }
    }
}

impl LinkTarget {
    /// Opens a byte stream to it.
    ///
    /// # Errors
    /// Whatever the transport says; a `loop:` whose acceptor is gone is refused.
    pub async fn connect(&self) -> io::Result<BoxIo> {
        match self {
            Self::Addr(LinkAddr::Tcp(host)) => {
                let stream = TcpStream::connect(host).await?;
                tune_link(&stream)?;
                Ok(Box::new(stream))
            }
            Self::Addr(LinkAddr::Unix(path)) => Ok(Box::new(UnixStream::connect(path).await?)),
            Self::Addr(LinkAddr::Loop) => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "loop: connects within one process only"))
            }
            Self::Loop(connector) => {
                let (here, there) = tokio::io::duplex(limits::LINK_UNSENT_BYTES as usize);
                let gone = |_| io::Error::new(io::ErrorKind::ConnectionRefused, "nobody accepts on this loop:");
                connector.0.send(there).await.map_err(gone)?;
                Ok(Box::new(here))
            }
        }
    }
}

/// A bound listener of any transport.
#[derive(Debug)]
pub enum Acceptor {
    /// TCP.
    Tcp(TcpListener),
    /// A UNIX socket; its file is removed with this.
    Unix(UnixListener, SocketFile),
    /// In this process.
    Loop(LoopAcceptor),
}

impl Acceptor {
    /// Binds `addr`; whether it may be reached from other machines stands in [`Acceptor::is_local`].
    ///
    /// # Errors
    /// [`ErrorCode::CannotListen`] with the address and the reason.
    pub async fn bind(addr: &LinkAddr) -> Result<Self, WireError> {
        match addr {
            LinkAddr::Tcp(host) => TcpListener::bind(host).await.map(Self::Tcp),
            LinkAddr::Unix(path) => bind_unix(path.clone()).await,
            LinkAddr::Loop => Err(io::Error::new(io::ErrorKind::InvalidInput, "loop: is not listened on by address")),
        }
        .map_err(|e| cannot_listen(addr, &e))
    }

    /// The address that was bound, with the port that was given for port 0.
    pub fn addr(&self) -> LinkAddr {
        match self {
            Self::Tcp(listener) => LinkAddr::Tcp(listener.local_addr().map_or_else(|_| "?".into(), |a| a.to_string())),
            Self::Unix(_, file) => LinkAddr::Unix(file.0.clone()),
            Self::Loop(_) => LinkAddr::Loop,
        }
    }

    /// Whether only this machine can reach it.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(listener) => listener.local_addr().is_ok_and(|a| a.ip().is_loopback()),
            Self::Unix(..) | Self::Loop(_) => true,
        }
    }

    /// Waits for the next peer; its name is for the log only.
    ///
    /// # Errors
    /// Whatever the transport says; a `loop:` whose connectors are all gone waits for ever.
    pub async fn accept(&self) -> io::Result<(BoxIo, Option<SocketAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                tune_link(&stream)?;
                Ok((Box::new(stream), Some(peer)))
            }
            Self::Unix(listener, _) => Ok((Box::new(listener.accept().await?.0), None)),
            Self::Loop(acceptor) => match acceptor.0.lock().await.recv().await {
                Some(stream) => Ok((Box::new(stream), None)),
                None => std::future::pending().await,
            },
        }
    }
}

/// The file of a UNIX socket, removed when dropped.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A file left by a process that was killed is taken over; one that answers is in use.
async fn bind_unix(path: PathBuf) -> io::Result<Acceptor> {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    if std::fs::symlink_metadata(&path).is_ok_and(|meta| meta.file_type().is_socket()) {
        match UnixStream::connect(&path).await {
            Ok(_) => return Err(io::ErrorKind::AddrInUse.into()),
            Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(&path)?,
            Err(e) => return Err(e),
        }
    }
    let listener = UnixListener::bind(&path)?;
    let file = SocketFile(path);
    std::fs::set_permissions(&file.0, std::fs::Permissions::from_mode(0o600))?;
    Ok(Acceptor::Unix(listener, file))
}

/// Small messages at once, and little unsent data in the kernel.
fn tune_link(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    limit_unsent(stream, limits::LINK_UNSENT_BYTES)
}

/// Bounds the unsent bytes that the kernel holds for a socket, where the system knows how.
pub(crate) fn limit_unsent(stream: &TcpStream, bytes: u32) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return socket2::SockRef::from(stream).set_tcp_notsent_lowat(bytes);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = (stream, bytes);
        Ok(())
    }
}

/// The error of an address that cannot be listened on.
pub fn cannot_listen(addr: &dyn fmt::Display, error: &io::Error) -> WireError {
    WireError::new(ErrorCode::CannotListen, format!("cannot listen on {addr}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_addresses_print_as_they_are_written() {
        for text in ["tcp:127.0.0.1:7422", "tcp:[::1]:0", "tcp:core.example:7422", "unix:run/core.sock", "loop:"] {
            let addr: LinkAddr = text.parse().unwrap();
            assert_eq!(addr.to_string(), text);
        }
        for text in
            ["", "tcp", "tcp:", "tcp:host", "tcp::80", "tcp:host:99999", "tcp:::1:80", "unix:", "loop:x", "udp:a:1"]
        {
            let error = text.parse::<LinkAddr>().unwrap_err();
            assert_eq!(error.code, ErrorCode::BadConfig, "{text}");
        }
    }

    #[tokio::test]
    async fn a_socket_file_left_behind_is_taken_over_and_a_live_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let addr = LinkAddr::Unix(dir.path().join("link.sock"));
        let first = Acceptor::bind(&addr).await.unwrap();
        assert_eq!(Acceptor::bind(&addr).await.unwrap_err().code, ErrorCode::CannotListen);
        drop(first);
        assert!(!dir.path().join("link.sock").exists());
        drop(std::os::unix::net::UnixListener::bind(dir.path().join("link.sock")).unwrap());
        assert!(dir.path().join("link.sock").exists());
        Acceptor::bind(&addr).await.unwrap();
    }
}
