//! The listener: the only part of the crate with a socket.
//!
//! A [`Server`] is bound first, so that its address is known, and then run on the calling thread until its
//! [`ShutdownHandle`] is used. Everything that a stranger could make large or slow has a bound: connections, heads, bodies,
//! the memory of bodies in flight, and the time for each. It speaks plain HTTP/1.1 to this machine, unless told otherwise.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::Service;
use crate::host::AllowedHosts;
use crate::limits::BODY_BYTES_MAX;

mod body;
mod connection;
mod log;
mod other;
mod watchdog;

pub use log::{AccessLog, AccessRecord};
pub use other::{OtherCall, OtherReply, OtherService};

/// What can be chosen about a server.
#[derive(Clone)]
pub struct ServerOptions {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// Whether an address that other machines reach may be listened on.
    pub allow_public: bool,
    /// Names of this server beside the usual ones, as they stand in `Host`, without a port.
    pub allowed_hosts: Vec<String>,
    /// Told of every request, when given.
    pub access_log: Option<AccessLog>,
    /// Who answers on paths that are not DynamoDB's, when given.
    pub other: Option<Arc<dyn OtherService>>,
    /// Threads that serve.
    pub workers: usize,
    /// Connections at a time; more wait in the system's queue.
    pub connections_max: usize,
    /// Bytes of request bodies held at a time, beside 64 KB a connection; at least one largest body.
    pub bodies_bytes_max: usize,
    /// Time for the head of a request to arrive, from its first byte; seen to within twice that time.
    pub head_timeout: Duration,
    /// Time for a body to arrive; waits for memory do not count.
    pub body_timeout: Duration,
    /// Time from one piece of a body to the next.
    pub body_stall_timeout: Duration,
    /// Time that a body over 64 KB waits for memory while others hold it; then it is answered with a ThrottlingException.
    pub body_memory_timeout: Duration,
    /// Time after which a connection without requests is closed.
    pub idle_timeout: Duration,
    /// Time for requests in flight to end when the server is shut down.
    pub shutdown_timeout: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8000)),
            allow_public: false,
            allowed_hosts: Vec::new(),
            access_log: None,
            other: None,
            workers: 2,
            connections_max: 1_024,
            bodies_bytes_max: 256 * 1024 * 1024,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(60),
            body_stall_timeout: Duration::from_secs(10),
            body_memory_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(300),
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ServerOptions").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Why a server does not start, or ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerError {
    /// The address is reached by other machines, and nobody said that this is meant.
    Public(SocketAddr),
    /// The address cannot be listened on.
    Bind(SocketAddr, io::Error),
    /// The threads that serve could not be started.
    Runtime(io::Error),
}

impl fmt::Display for ServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public(address) => write!(
                formatter,
                "`{address}` can be reached by other machines, and any signature is accepted; give `--allow-public` \
                 (`allow_public`) if that is meant, or listen on 127.0.0.1"
            ),
            Self::Bind(address, error) => write!(formatter, "cannot listen on `{address}`: {error}"),
            Self::Runtime(error) => write!(formatter, "cannot start the server's threads: {error}"),
        }
    }
}

impl std::error::Error for ServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Public(_) => None,
            Self::Bind(_, error) | Self::Runtime(error) => Some(error),
        }
    }
}

/// A server that listens, and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    shutdown: watch::Sender<bool>,
}

/// Ends a server from any thread.
#[derive(Clone, Debug)]
pub struct ShutdownHandle(watch::Sender<bool>);

impl ShutdownHandle {
    /// No more connections; requests in flight are answered, within the time that the options give.
    pub fn shutdown(&self) {
        self.0.send_replace(true);
    }
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) service: Arc<Service>,
    pub(crate) options: ServerOptions,
    pub(crate) hosts: AllowedHosts,
    /// Memory for large bodies, in units of `body::UNIT`.
    pub(crate) bodies: Semaphore,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Calls something that waits. A thread of a server hands its other requests to another one for that time; for a thread
/// that serves nobody this is a plain call.
pub fn aside<T>(wait: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(wait)
}

impl Server {
    /// Listens, without answering yet.
    ///
    /// # Errors
    /// When the address may not or cannot be listened on.
    pub fn bind(options: ServerOptions, service: Arc<Service>) -> Result<Self, ServerError> {
        let asked = options.address;
        if !asked.ip().is_loopback() && !options.allow_public {
            return Err(ServerError::Public(asked));
        }
        let bind = || {
            let listener = TcpListener::bind(asked)?;
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = bind().map_err(|error| ServerError::Bind(asked, error))?;
        let hosts = AllowedHosts::new(&options.allowed_hosts);
        let bodies = Semaphore::new(options.bodies_bytes_max.max(BODY_BYTES_MAX).div_ceil(body::UNIT));
        let shared = Arc::new(Shared { service, options, hosts, bodies });
        Ok(Self { listener, address, shared, shutdown: watch::Sender::new(false) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What ends it.
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        ShutdownHandle(self.shutdown.clone())
    }

    /// Answers until it is shut down; blocks the calling thread.
    ///
    /// # Errors
    /// When its threads cannot be started.
    pub fn run(self) -> Result<(), ServerError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.shared.options.workers.max(1))
            .thread_name("statordb-http")
            .enable_io()
            .enable_time()
            .build()
            .map_err(ServerError::Runtime)?;
        // Accepting is a task too, so that the calling thread has nothing to do with any request.
        let ended = runtime.block_on(async {
            let task = tokio::spawn(connection::accept(self.listener, self.shared, self.shutdown));
            match task.await {
                Ok(result) => result.map_err(ServerError::Runtime),
                Err(_) => Ok(()),
            }
        });
        // What another service has not answered by now is not waited for.
        runtime.shutdown_background();
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_requests_go_on_while_one_waits_aside() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let was_told = runtime.block_on(async {
            let waits = tokio::spawn(async move { aside(|| told.recv_timeout(Duration::from_secs(10)).is_ok()) });
            let tells = tokio::spawn(async move { tell.send(()).is_ok() });
            tells.await.unwrap() && waits.await.unwrap()
        });
        assert!(was_told);
        assert_eq!(aside(|| 7), 7, "a thread of nobody's");
    }
}
