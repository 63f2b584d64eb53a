//! Values that only functions can look into.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::kubernetes::authorizer::{AuthorizerValue, Check, Decision};
use crate::kubernetes::format::Format;
use crate::kubernetes::quantity::Quantity;
use crate::kubernetes::semver::Semver;
use crate::kubernetes::url::Url;

/// An opaque value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Opaque {
    /// An IP address.
    Ip(IpAddr),
    /// A network.
    Cidr(Cidr),
    /// A quantity of a resource.
    Quantity(Arc<Quantity>),
    /// A semantic version.
    Semver(Arc<Semver>),
    /// A URL.
    Url(Arc<Url>),
    /// A named format of texts.
    Format(&'static Format),
    /// Who may do what, for the one who asks.
    Authorizer(AuthorizerValue),
    /// A question to an authorizer that is being put together.
    Check(Arc<Check>),
    /// An authorizer's answer.
    Decision(Arc<Decision>),
}

/// An address with the length of the network's prefix.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cidr {
    /// The address, masked or not.
    pub address: IpAddr,
    /// Bits of the prefix.
    pub bits: u8,
}

impl Cidr {
    /// The network's own address with its prefix.
    #[must_use]
    pub fn masked(self) -> Self {
        let address = match self.address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                IpAddr::V4((u32::from(v4) & mask).into())
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.bits))
                    .unwrap_or(0);
                IpAddr::V6((u128::from(v6) & mask).into())
            }
        };
        Self {
            address,
            bits: self.bits,
        }
    }

    /// Whether the address lies in the network.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let same_family = self.address.is_ipv4() == address.is_ipv4();
        let other = Self {
            address,
            bits: self.bits,
        };
        same_family && self.masked().address == other.masked().address
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.bits)
    }
}

impl Opaque {
    /// The name of the type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Ip(_) => "net.IP",
            Self::Cidr(_) => "net.CIDR",
            Self::Quantity(_) => "kubernetes.Quantity",
            Self::Semver(_) => "kubernetes.Semver",
            Self::Url(_) => "kubernetes.URL",
            Self::Format(_) => "kubernetes.NamedFormat",
            Self::Authorizer(_) => "kubernetes.authorization.Authorizer",
            Self::Check(check) => check.type_name(),
            Self::Decision(_) => "kubernetes.authorization.Decision",
        }
    }

    /// The text of a value that has one.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Ip(address) => Some(address.to_string()),
            Self::Cidr(network) => Some(network.to_string()),
            Self::Quantity(quantity) => Some(quantity.to_string()),
            Self::Semver(version) => Some(version.to_string()),
            Self::Url(url) => Some(url.text().to_owned()),
            Self::Format(format) => Some(format.name.to_owned()),
            Self::Authorizer(_) | Self::Check(_) | Self::Decision(_) => None,
        }
    }

    /// What the cost model takes for its size.
    pub(crate) fn cost_size(&self) -> u64 {
        match self {
            Self::Ip(address) => {
                if address.is_ipv4() {
                    4
                } else {
                    16
                }
            }
            Self::Cidr(network) => u64::from(network.bits).div_ceil(8),
            Self::Url(url) => url.text().len() as u64,
            _ => 1,
        }
    }
}

impl PartialEq for Opaque {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ip(a), Self::Ip(b)) => a == b,
            (Self::Cidr(a), Self::Cidr(b)) => a == b,
            (Self::Quantity(a), Self::Quantity(b)) => a == b,
            (Self::Semver(a), Self::Semver(b)) => a == b,
            (Self::Url(a), Self::Url(b)) => a.text() == b.text(),
            (Self::Format(a), Self::Format(b)) => a.name == b.name,
            (Self::Check(a), Self::Check(b)) => a == b,
            (Self::Decision(a), Self::Decision(b)) => a == b,
            _ => false,
        }
    }
}
