//! The server loop and the client over real sockets.

#[cfg(test)]
mod client;
#[cfg(test)]
mod server;
#[cfg(test)]
mod upstream;
