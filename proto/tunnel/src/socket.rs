//! A byte stream as quinn's socket.
//!
//! There is no task between quinn and the stream: whoever sends writes, and whoever receives
//! reads, so that nothing stands in the timed path but TCP itself. What the system does not take
//! at once waits here, up to [`MAX_WAITING`] bytes; then quinn is told to wait. The endpoint's
//! task, which receives, is the one that the stream wakes; it wakes the sender in turn.

use crate::frame::{self, Decoder, FrameError};
use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};
use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that wait for the stream.
pub const MAX_WAITING: usize = 16 * 1024;

/// Why nothing comes out of a tunnel any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The far side ended the stream.
    #[error("the far side ended the tunnel")]
    Ended,
    /// The stream broke.
    #[error("the tunnel broke: {0}")]
    Broken(io::ErrorKind),
    /// Something else than packets came.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// A tunnel's byte stream as quinn sees it: one peer, one packet for each call.
pub struct TunnelSocket<S> {
    state: Mutex<State<S>>,
    local: SocketAddr,
    peer: SocketAddr,
}

struct State<S> {
    stream: S,
    decoder: Decoder,
    waiting: Vec<u8>,
    /// Bytes of `waiting` that the stream has taken.
    taken: usize,
    /// Whether the stream was written to since it was last flushed.
    dirty: bool,
    closed: Option<Closed>,
    /// The endpoint's task, once it has received.
    receiver: Option<Waker>,
    sender: Option<Waker>,
    watcher: Option<Waker>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TunnelSocket<S> {
    /// A socket over `stream`. The addresses are what quinn is told; they are those of the TCP
    /// connection.
    pub fn new(stream: S, local: SocketAddr, peer: SocketAddr) -> Self {
        Self {
            state: Mutex::new(State {
                stream,
                decoder: Decoder::default(),
                waiting: Vec::new(),
                taken: 0,
                dirty: false,
                closed: None,
                receiver: None,
                sender: None,
                watcher: None,
            }),
            local,
            peer,
        }
    }

    /// Waits until the stream has ended. At most one task may wait.
    pub async fn closed(&self) -> Closed {
        std::future::poll_fn(|context| {
            let mut state = self.lock();
            match &state.closed {
                Some(closed) => Poll::Ready(closed.clone()),
                None => {
                    state.watcher = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> State<S> {
    fn close(&mut self, why: Closed) {
        self.closed.get_or_insert(why);
        self.waiting = Vec::new();
        self.taken = 0;
        // Quinn may go on sending: what it sends is dropped, and its own timers end the connection
        // if nobody else does.
        for waker in [self.sender.take(), self.watcher.take()] {
            waker.into_iter().for_each(Waker::wake);
        }
    }

    fn has_room(&self, packet: usize) -> bool {
        self.waiting.len() - self.taken + frame::HEADER + packet <= MAX_WAITING
    }

    /// Hands what waits to the stream, as far as it takes it.
    fn flush(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        while self.taken < self.waiting.len() {
            let rest = &self.waiting[self.taken..];
            match Pin::new(&mut self.stream).poll_write(context, rest) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(count)) => self.taken += count,
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => return Ok(()),
            }
            self.dirty = true;
        }
        self.waiting.clear();
        self.taken = 0;
        if self.dirty
            && let Poll::Ready(done) = Pin::new(&mut self.stream).poll_flush(context)
        {
            done?;
            self.dirty = false;
        }
        Ok(())
    }

    /// Sends with the endpoint's waker, so that it goes on with what the stream does not take.
    fn send(&mut self, packet: &[u8]) {
        if frame::encode(packet, &mut self.waiting).is_err() {
            // Larger than any path would have carried: lost.
            return;
        }
        let receiver = self.receiver.clone();
        let waker = receiver.as_ref().unwrap_or(Waker::noop());
        if let Err(error) = self.flush(&mut Context::from_waker(waker)) {
            self.close(Closed::Broken(error.kind()));
        }
    }

    /// The next packet, into `buffer`, and its length. One that does not fit is dropped.
    fn receive(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, Closed>> {
        loop {
            if let Some(packet) = self.decoder.packet()? {
                if packet.len() > buffer.len() {
                    continue;
                }
                buffer[..packet.len()].copy_from_slice(packet);
                return Poll::Ready(Ok(packet.len()));
            }
            let mut space = ReadBuf::new(self.decoder.space());
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut space))
                .map_err(|error| Closed::Broken(error.kind()))?;
            match space.filled().len() {
                0 => return Poll::Ready(Err(Closed::Ended)),
                count => self.decoder.filled(count),
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> AsyncUdpSocket for TunnelSocket<S> {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(Writable(self))
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let mut state = self.lock();
        if state.closed.is_some() {
            return Ok(());
        }
        if !state.has_room(transmit.contents.len()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        state.send(transmit.contents);
        Ok(())
    }

    fn poll_recv(
        &self,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let (Some(buffer), Some(meta)) = (buffers.first_mut(), meta.first_mut()) else {
            return Poll::Ready(Ok(0));
        };
        let mut state = self.lock();
        if state.closed.is_some() {
            return Poll::Pending;
        }
        state.receiver = Some(context.waker().clone());
        if let Err(error) = state.flush(context) {
            state.close(Closed::Broken(error.kind()));
            return Poll::Pending;
        }
        if state.has_room(frame::MAX_PACKET)
            && let Some(sender) = state.sender.take()
        {
            sender.wake();
        }
        let length = match ready!(state.receive(context, buffer)) {
            Ok(length) => length,
            // An error here would end quinn's task with a line in the log; a stream that ends is
            // no fault of this program.
            Err(closed) => {
                state.close(closed);
                return Poll::Pending;
            }
        };
        *meta = RecvMeta {
            addr: self.peer,
            len: length,
            stride: length,
            ecn: None,
            dst_ip: None,
        };
        Poll::Ready(Ok(1))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.local)
    }
}

/// Waits until the tunnel takes another packet.
struct Writable<S>(Arc<TunnelSocket<S>>);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> UdpPoller for Writable<S> {
    fn poll_writable(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.lock();
        if state.closed.is_some() || state.has_room(frame::MAX_PACKET) {
            return Poll::Ready(Ok(()));
        }
        state.sender = Some(context.waker().clone());
        Poll::Pending
    }
}

impl<S> fmt::Debug for TunnelSocket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TunnelSocket")
    }
}

impl<S> fmt::Debug for Writable<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writable")
    }
}
