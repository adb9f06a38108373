//! A client's stream after the upgrade: bare TCP, or TLS that ends here. Nothing waits: what the socket does not take at
//! once stays in rustls, encrypted, and is pushed on by whoever waits for the socket to take more.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio_rustls::rustls::ServerConnection;
use tokio_rustls::server::TlsStream;

/// Where bytes go to and come from.
#[derive(Debug)]
pub(crate) enum Stream {
    /// As they are.
    Tcp(TcpStream),
    /// Encrypted.
    Tls(Box<Tls>),
}

/// TLS over a socket.
#[derive(Debug)]
pub(crate) struct Tls {
    tcp: TcpStream,
    session: Mutex<ServerConnection>,
}

impl From<TcpStream> for Stream {
    fn from(tcp: TcpStream) -> Self {
        Self::Tcp(tcp)
    }
}

impl From<TlsStream<TcpStream>> for Stream {
    fn from(stream: TlsStream<TcpStream>) -> Self {
        let (tcp, mut session) = stream.into_inner();
        // What waits is bounded by whoever writes: nothing new is made while something is left.
        session.set_buffer_limit(None);
        Self::Tls(Box::new(Tls { tcp, session: Mutex::new(session) }))
    }
}

impl Stream {
    /// The socket under it.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Tcp(tcp) => tcp,
            Self::Tls(tls) => &tls.tcp,
        }
    }

    /// Writes what is taken at once; how much of `bytes` that was. TLS takes all or nothing, and may then have to
    /// [`Stream::flush`].
    ///
    /// # Errors
    /// [`ErrorKind::WouldBlock`] when nothing is taken now; anything else ends the stream.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(tcp) => tcp.try_write(bytes),
            Self::Tls(tls) => {
                let mut session = tls.session.lock();
                if !tls.flush(&mut session)? {
                    return Err(ErrorKind::WouldBlock.into());
                }
                session.writer().write_all(bytes)?;
                tls.flush(&mut session)?;
                Ok(bytes.len())
            }
        }
    }

    /// Pushes on what TLS holds back; whether nothing is left.
    ///
    /// # Errors
    /// The stream has ended.
    pub(crate) fn flush(&self) -> io::Result<bool> {
        match self {
            Self::Tcp(_) => Ok(true),
            Self::Tls(tls) => tls.flush(&mut tls.session.lock()),
        }
    }

    /// Whether nothing that was taken is left to be sent.
    pub(crate) fn is_flushed(&self) -> bool {
        match self {
            Self::Tcp(_) => true,
            Self::Tls(tls) => !tls.session.lock().wants_write(),
        }
    }

    /// Reads what is there; nothing at the end.
    ///
    /// # Errors
    /// [`ErrorKind::WouldBlock`] when nothing is there now; anything else ends the stream.
    pub(crate) fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(tcp) => tcp.try_read(into),
            Self::Tls(tls) => tls.read(into),
        }
    }

    /// Ready when the socket may take more.
    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp().poll_write_ready(cx)
    }

    /// Ready when the socket may have more.
    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp().poll_read_ready(cx)
    }

    /// Pushes on what TLS holds back; ready when nothing is left.
    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.flush()? {
            ready!(self.poll_write_ready(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&self) {
        if let Self::Tls(tls) = self {
            let mut session = tls.session.lock();
            session.send_close_notify();
            // Whoever ended the socket already does not miss it.
            let _ = tls.flush(&mut session);
        }
        // A socket that cannot be shut down any more has ended by itself.
        let _ = socket2::SockRef::from(self.tcp()).shutdown(Shutdown::Write);
    }
}

impl Tls {
    /// Whether everything is out.
    fn flush(&self, session: &mut ServerConnection) -> io::Result<bool> {
        while session.wants_write() {
            match session.write_tls(&mut Raw(&self.tcp)) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        let mut session = self.session.lock();
        loop {
            match session.reader().read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // The socket ended without a word: for WebSocket that is an end like another.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                read => return read,
            }
            // At the end of the socket the reader says how it ended.
            session.read_tls(&mut Raw(&self.tcp))?;
            let state = session.process_new_packets();
            // An alert, or the answer to a change of keys.
            let flushed = self.flush(&mut session);
            state.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            flushed?;
        }
    }
}

/// The socket as rustls wants it.
struct Raw<'a>(&'a TcpStream);

impl Read for Raw<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(into)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
