//! IP addresses and networks, as in Kubernetes and in the network extension.

use std::net::IpAddr;

use crate::env::Flavour;
use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, bool, refused};
use crate::opaque::{Cidr, Opaque};
use crate::value::Value;

pub(crate) static IP: Library = Library {
    overloads: &[
        "string_to_ip = ip(string): net.IP",
        "ip_family = net.IP->family(): int",
        "ip_is_canonical = ip.isCanonical(string): bool",
        "ip_is_unspecified = net.IP->isUnspecified(): bool",
        "ip_is_loopback = net.IP->isLoopback(): bool",
        "ip_is_link_local_multicast = net.IP->isLinkLocalMulticast(): bool",
        "ip_is_link_local_unicast = net.IP->isLinkLocalUnicast(): bool",
        "ip_is_global_unicast = net.IP->isGlobalUnicast(): bool",
        "is_ip = isIP(string): bool",
        "ip_to_string = string(net.IP): string",
    ],
    functions: &[
        ("ip", ip),
        ("family", |_, args| {
            let family = |address: IpAddr| Value::Int(if address.is_ipv4() { 4 } else { 6 });
            Ok(family(address(args)?))
        }),
        ("ip.isCanonical", is_canonical),
        ("isUnspecified", |_, args| {
            bool(address(args)?.is_unspecified())
        }),
        ("isLoopback", |_, args| bool(address(args)?.is_loopback())),
        ("isLinkLocalMulticast", |_, args| {
            bool(is_link_local_multicast(address(args)?))
        }),
        ("isLinkLocalUnicast", |_, args| {
            bool(is_link_local_unicast(address(args)?))
        }),
        ("isGlobalUnicast", |_, args| {
            bool(is_global_unicast(address(args)?))
        }),
        ("isIP", is_ip),
        ("string", address_text),
    ],
    types: &["net.IP"],
};

pub(crate) static CIDR: Library = Library {
    overloads: &[
        "string_to_cidr = cidr(string): net.CIDR",
        "cidr_contains_ip_string = net.CIDR->containsIP(string): bool",
        "cidr_contains_ip_ip = net.CIDR->containsIP(net.IP): bool",
        "cidr_contains_cidr_string = net.CIDR->containsCIDR(string): bool",
        "cidr_contains_cidr = net.CIDR->containsCIDR(net.CIDR): bool",
        "cidr_ip = net.CIDR->ip(): net.IP",
        "cidr_prefix_length = net.CIDR->prefixLength(): int",
        "cidr_masked = net.CIDR->masked(): net.CIDR",
        "is_cidr = isCIDR(string): bool",
        "cidr_to_string = string(net.CIDR): string",
    ],
    functions: &[
        ("cidr", cidr),
        ("containsIP", contains_ip),
        ("containsCIDR", contains_cidr),
        ("ip", |_, args| {
            Ok(Value::Opaque(Opaque::Ip(network(args)?.address)))
        }),
        ("prefixLength", |_, args| {
            Ok(Value::Int(i64::from(network(args)?.bits)))
        }),
        ("masked", |_, args| {
            Ok(Value::Opaque(Opaque::Cidr(network(args)?.masked())))
        }),
        ("isCIDR", is_cidr),
        ("string", |context, args| {
            context.text(network(args)?.to_string())
        }),
    ],
    types: &["net.CIDR"],
};

fn address(args: &[Value]) -> Result<IpAddr, EvalError> {
    match args {
        [Value::Opaque(Opaque::Ip(address))] => Ok(*address),
        _ => refused(),
    }
}

fn network(args: &[Value]) -> Result<Cidr, EvalError> {
    match args {
        [Value::Opaque(Opaque::Cidr(network))] => Ok(*network),
        _ => refused(),
    }
}

/// Strict: no zone, no leading zeros. An IPv4 address in the clothes of IPv6 is refused, or, in its
/// hexadecimal form and where the environment follows the specification, undressed.
pub(crate) fn parse_address(text: &str, flavour: Flavour) -> Result<IpAddr, EvalError> {
    if text.contains('%') {
        let message = format!("IP Address {text:?} with zone value is not allowed");
        return Err(EvalError::invalid(message));
    }
    let malformed = |_| {
        let message = format!("IP Address {text:?} parse error during conversion from string");
        EvalError::invalid(message)
    };
    let address: IpAddr = text.parse().map_err(malformed)?;
    let IpAddr::V6(v6) = address else {
        return Ok(address);
    };
    match v6.to_ipv4_mapped() {
        None => Ok(address),
        Some(v4) if flavour == Flavour::Specification && !text.contains('.') => Ok(IpAddr::V4(v4)),
        Some(_) => {
            let message = format!("IPv4-mapped IPv6 address {text:?} is not allowed");
            Err(EvalError::invalid(message))
        }
    }
}

pub(crate) fn parse_cidr(text: &str) -> Result<Cidr, EvalError> {
    let malformed = || {
        let message =
            format!("network address parse error during conversion from string: {text:?}");
        EvalError::invalid(message)
    };
    let (address, bits) = text.rsplit_once('/').ok_or_else(malformed)?;
    let address = parse_address(address, Flavour::ApiServer)?;
    let digits =
        bits.bytes().all(|byte| byte.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
    let bits: u8 = bits.parse().ok().filter(|_| digits).ok_or_else(malformed)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    if bits > most {
        return Err(malformed());
    }
    Ok(Cidr { address, bits })
}

fn ip(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => {
            let address = parse_address(text, context.dialect.flavour)?;
            Ok(Value::Opaque(Opaque::Ip(address)))
        }
        _ => refused(),
    }
}

fn is_ip(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => bool(parse_address(text, context.dialect.flavour).is_ok()),
        _ => refused(),
    }
}

fn is_canonical(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => {
            let address = parse_address(text, context.dialect.flavour)?;
            bool(address.to_string() == **text)
        }
        _ => refused(),
    }
}

fn address_text(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    context.text(address(args)?.to_string())
}

fn cidr(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => Ok(Value::Opaque(Opaque::Cidr(parse_cidr(text)?))),
        _ => refused(),
    }
}

fn is_cidr(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => bool(parse_cidr(text).is_ok()),
        _ => refused(),
    }
}

fn contains_ip(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (network, address) = match args {
        [
            Value::Opaque(Opaque::Cidr(network)),
            Value::Opaque(Opaque::Ip(address)),
        ] => (network, *address),
        [Value::Opaque(Opaque::Cidr(network)), Value::String(text)] => {
            (network, parse_address(text, context.dialect.flavour)?)
        }
        _ => return refused(),
    };
    bool(network.contains(address))
}

fn contains_cidr(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (outer, inner) = match args {
        [
            Value::Opaque(Opaque::Cidr(outer)),
            Value::Opaque(Opaque::Cidr(inner)),
        ] => (outer, *inner),
        [Value::Opaque(Opaque::Cidr(outer)), Value::String(text)] => (outer, parse_cidr(text)?),
        _ => return refused(),
    };
    bool(outer.bits <= inner.bits && outer.contains(inner.address))
}

fn is_link_local_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn is_link_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => matches!(v4.octets(), [224, 0, 0, _]),
        IpAddr::V6(v6) => matches!(v6.octets(), [0xff, scope, ..] if scope & 0x0f == 2),
    }
}

/// Whatever is none of the special kinds; private addresses count as global.
fn is_global_unicast(address: IpAddr) -> bool {
    let is_broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    !(address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || is_broadcast
        || is_link_local_unicast(address))
}
