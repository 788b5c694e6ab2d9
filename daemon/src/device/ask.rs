//! The network process's side: asks for a reading, waits up to a deadline, checks the answer.
//!
//! A reader that is stuck in a driver is never killed and never joined by a second one: while an
//! earlier request is unanswered, [`Devices::read`] says so at once and the agent goes on without.

use super::frame::{self, FrameError, HEADER, MAX_ANSWER, Nonce, Reading};
use domicile_proto::wire::DeviceReading;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// The way to the device process.
#[derive(Debug)]
pub struct Devices {
    link: Link,
    under_way: Option<Exchange>,
}

#[derive(Debug)]
enum Link {
    /// One socket for every request; a supervisor starts a device process for each.
    Supervisor(Option<UnixStream>),
    /// systemd listens here and starts a device process for each connection.
    Socket(PathBuf),
}

/// A request that is not answered yet.
#[derive(Debug)]
struct Exchange {
    stream: UnixStream,
    nonce: Nonce,
    bytes: Vec<u8>,
}

/// Why there is no reading.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// An earlier reading has not ended.
    #[error("the device process is still busy with an earlier reading")]
    Busy,
    /// Not within the deadline.
    #[error("the device process did not answer within {} ms; it is left to finish", .0.as_millis())]
    Late(Duration),
    /// The answer is not one.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The socket broke, or there is none.
    #[error("the device process cannot be reached: {0}")]
    Socket(#[from] io::Error),
}

impl AskError {
    /// What a report says of it.
    pub fn outcome(&self) -> DeviceReading {
        match self {
            Self::Busy | Self::Late(_) => DeviceReading::TimedOut,
            Self::Frame(FrameError::NoReading) | Self::Socket(_) => DeviceReading::Unavailable,
            Self::Frame(_) => DeviceReading::Refused,
        }
    }
}

impl Devices {
    /// Asks over a socket on which every request is answered in turn. Must run inside a tokio
    /// runtime.
    ///
    /// # Errors
    /// The system's.
    pub fn supervised(stream: std::os::unix::net::UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let stream = UnixStream::from_std(stream)?;
        Ok(Self {
            link: Link::Supervisor(Some(stream)),
            under_way: None,
        })
    }

    /// Asks by connecting to `path`, once for each reading.
    pub fn at(path: PathBuf) -> Self {
        Self {
            link: Link::Socket(path),
            under_way: None,
        }
    }

    /// Asks for a reading and waits at most `patience`.
    ///
    /// # Errors
    /// [`AskError`]; the agent then reports without a reading.
    pub async fn read(&mut self, nonce: Nonce, patience: Duration) -> Result<Reading, AskError> {
        self.settle().await?;
        let asked = timeout(patience, async {
            let stream = self.open().await?;
            let exchange = self.under_way.insert(Exchange {
                stream,
                nonce,
                bytes: Vec::new(),
            });
            exchange.stream.write_all(&nonce).await?;
            exchange.answer().await
        });
        let answer = asked.await.unwrap_or(Err(AskError::Late(patience)));
        if !matches!(answer, Err(AskError::Late(_))) {
            self.end();
        }
        answer
    }

    /// Takes the late answer to an earlier request out of the way.
    async fn settle(&mut self) -> Result<(), AskError> {
        let Some(exchange) = &mut self.under_way else {
            return Ok(());
        };
        match timeout(Duration::ZERO, exchange.answer()).await {
            Err(_) => Err(AskError::Busy),
            Ok(_) => {
                self.end();
                Ok(())
            }
        }
    }

    async fn open(&mut self) -> io::Result<UnixStream> {
        match &mut self.link {
            Link::Supervisor(stream) => stream.take().ok_or(io::ErrorKind::NotConnected.into()),
            Link::Socket(path) => UnixStream::connect(path).await,
        }
    }

    /// The request is answered, or never will be.
    fn end(&mut self) {
        let ended = self.under_way.take();
        if let (Link::Supervisor(link), Some(exchange)) = (&mut self.link, ended) {
            *link = Some(exchange.stream);
        }
    }
}

impl Exchange {
    /// Reads on until the answer is whole. May be dropped at any moment and called again.
    async fn answer(&mut self) -> Result<Reading, AskError> {
        loop {
            if let Some(header) = self.bytes.first_chunk::<HEADER>() {
                let length = frame::length(*header).map_err(FrameError::from)?;
                if let Some(body) = self.bytes.get(HEADER..HEADER + length) {
                    return Ok(frame::decode(&self.nonce, body)?);
                }
            }
            self.stream.readable().await?;
            let mut space = [0; 4096];
            let wanted = self.wanted().min(space.len());
            match self.stream.try_read(&mut space[..wanted]) {
                Ok(0) => return Err(FrameError::NoReading.into()),
                Ok(count) => self.bytes.extend_from_slice(&space[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Bytes that are missing from the header, or from the body once the header is there. Never
    /// more: what follows belongs to another answer.
    fn wanted(&self) -> usize {
        let whole = match self.bytes.first_chunk::<HEADER>() {
            None => HEADER,
            Some(header) => HEADER + frame::length(*header).unwrap_or(MAX_ANSWER),
        };
        whole - self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream as Blocking;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(5);

    fn reading() -> Reading {
        Reading::default()
    }

    /// The far side: takes a request, then does as told.
    fn pair() -> (Devices, Blocking) {
        let (near, far) = Blocking::pair().unwrap();
        (Devices::supervised(near).unwrap(), far)
    }

    fn nonce(far: &mut Blocking) -> Nonce {
        let mut nonce = [0; frame::NONCE];
        far.read_exact(&mut nonce).unwrap();
        nonce
    }

    #[tokio::test]
    async fn a_stuck_reader_is_not_joined_by_another_and_its_late_answer_counts_for_nothing() {
        let (mut devices, mut far) = pair();
        let late = devices.read([1; 32], SHORT).await;
        assert!(matches!(late, Err(AskError::Late(_))), "{late:?}");
        assert_eq!(late.unwrap_err().outcome(), DeviceReading::TimedOut);
        let busy = devices.read([2; 32], LONG).await;
        assert!(matches!(busy, Err(AskError::Busy)), "{busy:?}");
        assert_eq!(busy.unwrap_err().outcome(), DeviceReading::TimedOut);
        // One request has arrived; it is answered now.
        let asked = nonce(&mut far);
        assert_eq!(asked, [1; 32]);
        far.write_all(&frame::encode(&asked, reading())).unwrap();
        let far = std::thread::spawn(move || {
            let asked = nonce(&mut far);
            let answer = frame::encode(&asked, reading());
            // In pieces.
            for byte in answer {
                far.write_all(&[byte]).unwrap();
            }
            asked
        });
        assert_eq!(devices.read([3; 32], LONG).await.unwrap(), reading());
        assert_eq!(far.join().unwrap(), [3; 32]);
    }

    #[tokio::test]
    async fn refused_answers_are_told_and_do_not_end_the_link() {
        let (mut devices, mut far) = pair();
        let far = std::thread::spawn(move || {
            for answer in [
                frame::NO_READING.to_vec(),
                frame::encode(&[9; 32], reading()),
                vec![0, 0, 0, 1, 0xff],
            ] {
                nonce(&mut far);
                far.write_all(&answer).unwrap();
            }
            let asked = nonce(&mut far);
            far.write_all(&frame::encode(&asked, reading())).unwrap();
        });
        for outcome in [
            DeviceReading::Unavailable,
            DeviceReading::Refused,
            DeviceReading::Refused,
        ] {
            let refused = devices.read([1; 32], LONG).await;
            assert!(matches!(refused, Err(AskError::Frame(_))), "{refused:?}");
            assert_eq!(refused.unwrap_err().outcome(), outcome);
        }
        devices.read([1; 32], LONG).await.unwrap();
        far.join().unwrap();
        let gone = devices.read([1; 32], LONG).await.unwrap_err();
        assert_eq!(gone.outcome(), DeviceReading::Unavailable);
    }

    #[tokio::test]
    async fn by_path_each_reading_is_a_connection_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.sock");
        let mut devices = Devices::at(path.clone());
        assert!(matches!(
            devices.read([1; 32], LONG).await,
            Err(AskError::Socket(_))
        ));
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let server = std::thread::spawn(move || {
            for _ in 0..2 {
                let (mut far, _) = listener.accept().unwrap();
                let asked = nonce(&mut far);
                far.write_all(&frame::encode(&asked, reading())).unwrap();
            }
        });
        for asked in [[1; 32], [2; 32]] {
            devices.read(asked, LONG).await.unwrap();
        }
        server.join().unwrap();
    }
}
