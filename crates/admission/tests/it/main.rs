//! The webhook and the rules behind it, held to a real Kubernetes API server.

#[cfg(test)]
mod gate;
#[cfg(test)]
mod native;
#[cfg(test)]
mod pod_security;
#[cfg(test)]
mod webhook;
