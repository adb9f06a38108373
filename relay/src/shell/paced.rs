//! A socket that does not wait long for a reader who takes too little: where writing must wait, so many bytes must
//! leave in each window of time. It counts what leaves, and knows nothing of what is written.

use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use scorelay_protocol::limits;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A stream whose reader has to keep a pace.
#[derive(Debug)]
pub(crate) struct Paced<S> {
    stream: S,
    every: Duration,
    bytes: Counter,
    window: Option<Window>,
}

/// From the first write that had to wait until everything is out.
#[derive(Debug)]
struct Window {
    end: Pin<Box<Sleep>>,
    taken: usize,
}

impl<S> Paced<S> {
    /// [`limits::HTTP_WINDOW_BYTES`] must leave in each window of `every`; all bytes are added to `bytes`.
    pub(crate) fn new(stream: S, every: Duration, bytes: Counter) -> Self {
        Self { stream, every, bytes, window: None }
    }

    pub(crate) fn into_inner(self) -> S {
        self.stream
    }

    fn wrote(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            if let Ok(taken) = written {
                self.bytes.inc_by(taken as u64);
                self.window.iter_mut().for_each(|window| window.taken += taken);
            }
            return Poll::Ready(written);
        }
        let every = self.every;
        let window = self.window.get_or_insert_with(|| Window { end: Box::pin(sleep(every)), taken: 0 });
        loop {
            ready!(window.end.as_mut().poll(cx));
            if window.taken < limits::HTTP_WINDOW_BYTES {
                return Poll::Ready(Err(ErrorKind::TimedOut.into()));
            }
            window.taken = 0;
            window.end.as_mut().reset(Instant::now() + every);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.wrote(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Asked for when nothing is left to write: the next answer begins anew.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.window = None;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const EVERY: Duration = Duration::from_secs(20);
    const ROOM: usize = 1_024;

    fn paced() -> (Paced<DuplexStream>, DuplexStream) {
        let (ours, theirs) = duplex(ROOM);
        (Paced::new(ours, EVERY, Counter::default()), theirs)
    }

    /// Writes an answer of 400 KB, its reader taking `bytes` every second; and how long it took.
    async fn write(bytes: usize) -> (io::Result<()>, Duration, u64) {
        let (mut paced, mut reader) = paced();
        let counter = paced.bytes.clone();
        let start = Instant::now();
        let write = async { paced.write_all(&vec![1; 400 * 1_024]).await };
        let read = async {
            let mut buffer = vec![0; bytes];
            loop {
                sleep(Duration::from_secs(1)).await; // tidy: virtual time
                reader.read_exact(&mut buffer).await.unwrap();
            }
        };
        tokio::select! {
            written = write => (written, start.elapsed(), counter.get()),
            () = read => unreachable!("reading goes on"),
        }
    }

    /// T3: one that takes 20 KB a second gets all of it, one that takes next to nothing or nothing is let go.
    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_is_waited_for_and_a_stuck_one_is_not() {
        let (written, took, bytes) = write(20 * 1_024).await;
        assert!(written.is_ok() && (19..=21).contains(&took.as_secs()), "{took:?}");
        assert_eq!(bytes, 400 * 1_024);
        let (written, took, _) = write(2_300).await;
        assert!(written.is_ok() && took.as_secs() > 150, "{written:?} {took:?}");
        for (bytes, least) in [(1_024, 19_456), (1, 1_024)] {
            let (written, took, sent) = write(bytes).await;
            assert_eq!((written.unwrap_err().kind(), took.as_secs()), (ErrorKind::TimedOut, 20));
            assert!(sent >= least, "{sent}");
        }
    }

    /// What one answer waited for does not count against the next.
    #[tokio::test(start_paused = true)]
    async fn each_answer_begins_anew() {
        let (mut paced, mut reader) = paced();
        let mut taken = vec![0; 2 * ROOM];
        for _ in 0..3 {
            let read = async {
                sleep(EVERY * 3 / 4).await; // tidy: virtual time
                reader.read_exact(&mut taken).await.unwrap();
            };
            let (written, ()) = tokio::join!(paced.write_all(&[1; 2 * ROOM]), read);
            written.unwrap();
            paced.flush().await.unwrap();
        }
    }
}
