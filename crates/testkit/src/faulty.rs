//! An upstream that answers with whatever bytes a test wants, when it wants.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

/// What the next connection is answered with.
#[derive(Debug)]
pub enum Script {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// What a test sends, piece by piece; the connection ends with the channel.
    Pieces(Receiver<Vec<u8>>),
}

/// A server on a port of its own that reads one request per connection and follows a script.
#[derive(Debug)]
pub struct FaultyUpstream {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    scripts: Mutex<VecDeque<Script>>,
    bodies: Mutex<Vec<Vec<u8>>>,
    heads: Mutex<Vec<String>>,
}

impl FaultyUpstream {
    /// Starts the server. Its threads end with the process.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                // A broken connection is what some tests are about.
                std::thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Ok(Self { address, shared })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds a script for a connection to come.
    pub fn push(&self, script: Script) {
        lock(&self.shared.scripts).push_back(script);
    }

    /// The bodies that arrived, oldest first.
    #[must_use]
    pub fn bodies(&self) -> Vec<Vec<u8>> {
        lock(&self.shared.bodies).clone()
    }

    /// The heads that arrived, oldest first.
    #[must_use]
    pub fn heads(&self) -> Vec<String> {
        lock(&self.shared.heads).clone()
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if let Some((head, body)) = complete(&bytes) {
            lock(&shared.heads).push(head);
            lock(&shared.bodies).push(body);
            break;
        }
    }
    let script = lock(&shared.scripts).pop_front();
    match script {
        None => {}
        Some(Script::Bytes(bytes)) => stream.write_all(&bytes)?,
        Some(Script::Pieces(pieces)) => {
            for piece in pieces {
                stream.write_all(&piece)?;
            }
        }
    }
    stream.shutdown(std::net::Shutdown::Both)
}

/// Head and body once both are there.
fn complete(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .unwrap_or(0);
    let body = bytes.get(end + 4..)?;
    (body.len() >= length).then(|| (head, body.to_vec()))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
