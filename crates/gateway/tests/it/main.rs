//! The gateway over real sockets, before an upstream that misbehaves.

#[cfg(test)]
mod admission;
#[cfg(test)]
mod approvals;
#[cfg(test)]
mod budgets;
#[cfg(test)]
mod faces;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod interfaces;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod predictive;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod responses;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod runaways;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod whole;
