//! Which addresses a client may connect to, decided on the address itself.
//!
//! A name is resolved once, every address that it has is checked, and the connection goes to a
//! checked address: a name server that changes its answer between check and use changes nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a client may reach.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Reach {
    /// Addresses of the public internet only.
    Public,
    /// Also private networks, where model servers live. Never this machine, its link or the
    /// metadata service of a cloud.
    Private,
    /// Also this machine.
    Loopback,
    /// Anywhere: for clients whose address an operator typed for this one use.
    #[default]
    Anywhere,
}

impl Reach {
    /// Whether a connection to `address` is allowed.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        nearness(address).is_some_and(|needed| needed <= self) || self == Self::Anywhere
    }
}

/// What one has to be allowed to reach an address; nothing short of [`Reach::Anywhere`] where none.
fn nearness(address: IpAddr) -> Option<Reach> {
    match address {
        IpAddr::V4(address) => nearness_v4(address),
        IpAddr::V6(address) => nearness_v6(address),
    }
}

fn nearness_v4(address: Ipv4Addr) -> Option<Reach> {
    let [first, second, third, _] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let special = matches!((first, second, third), (192, 0, 0) | (198, 18 | 19, _))
        || first >= 240
        || first == 0;
    if METADATA_V4.contains(&address)
        || special
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
    {
        None
    } else if address.is_loopback() {
        Some(Reach::Loopback)
    } else if address.is_private() || shared {
        Some(Reach::Private)
    } else {
        Some(Reach::Public)
    }
}

fn nearness_v6(address: Ipv6Addr) -> Option<Reach> {
    if let Some(inner) = embedded_v4(address) {
        return nearness_v4(inner);
    }
    let [first, second, ..] = address.segments();
    if address == METADATA_V6
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unicast_link_local()
        || (first == 0x2001 && second == 0x0db8)
    {
        None
    } else if address.is_loopback() {
        Some(Reach::Loopback)
    } else if address.is_unique_local() || first & 0xffc0 == 0xfec0 {
        Some(Reach::Private)
    } else {
        Some(Reach::Public)
    }
}

/// The IPv4 address that mapped, compatible, translated and tunnelled forms lead to.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(from(high, low)),
        [0, 0, 0, 0, 0xffff, 0, high, low] => Some(from(high, low)),
        [0x0064, 0xff9b, 0 | 1, .., high, low] => Some(from(high, low)),
        [0x2002, high, low, ..] => Some(from(high, low)),
        _ => None,
    }
}

/// Metadata services outside the link-local range.
const METADATA_V4: [Ipv4Addr; 2] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);

#[cfg(test)]
mod tests {
    use super::*;

    fn least(text: &str) -> Option<Reach> {
        let address: IpAddr = text.parse().unwrap();
        [Reach::Public, Reach::Private, Reach::Loopback]
            .into_iter()
            .find(|reach| reach.allows(address))
    }

    #[test]
    fn every_form_of_an_address_counts_as_the_address() {
        for (texts, expected) in [
            (
                &["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"][..],
                Some(Reach::Public),
            ),
            (
                &[
                    "10.1.2.3",
                    "172.16.0.1",
                    "192.168.1.1",
                    "100.64.0.1",
                    "fd12::1",
                    "::ffff:10.0.0.1",
                    "64:ff9b::a00:1",
                    "2002:a00:1::",
                ],
                Some(Reach::Private),
            ),
            (
                &[
                    "127.0.0.1",
                    "127.9.9.9",
                    "::1",
                    "::ffff:127.0.0.1",
                    "::7f00:1",
                ],
                Some(Reach::Loopback),
            ),
            (
                &[
                    "0.0.0.0",
                    "::",
                    "169.254.169.254",
                    "::ffff:169.254.169.254",
                    "64:ff9b::a9fe:a9fe",
                    "fe80::1",
                    "fd00:ec2::254",
                    "100.100.100.200",
                    "168.63.129.16",
                    "224.0.0.1",
                    "ff02::1",
                    "255.255.255.255",
                    "192.0.2.1",
                    "198.18.0.1",
                ],
                None,
            ),
        ] {
            for text in texts {
                assert_eq!(least(text), expected, "{text}");
                assert!(Reach::Anywhere.allows(text.parse().unwrap()));
            }
        }
    }
}
