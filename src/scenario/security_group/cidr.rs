//! Ranges of IP addresses in CIDR notation (RFC 4632, RFC 4291).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// All addresses that begin with the same bits.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Cidr {
    first: IpAddr,
    bits: u8,
}

/// Text that is no range of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is no range of addresses: {why}; write it like `10.0.0.0/16` or `2001:db8::/32`")]
pub struct InvalidCidr {
    /// What was written.
    pub text: String,
    why: String,
}

impl Cidr {
    /// All addresses of version 4.
    pub const ALL_V4: Self = Self { first: IpAddr::V4(Ipv4Addr::UNSPECIFIED), bits: 0 };
    /// All addresses of version 6.
    pub const ALL_V6: Self = Self { first: IpAddr::V6(Ipv6Addr::UNSPECIFIED), bits: 0 };

    /// Reads `10.0.0.0/8` or `2001:db8::/32`. Bits of the address beyond those of the range are
    /// taken as zero, as EC2 does.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(text: &str) -> Result<Self, InvalidCidr> {
        let wrong = |why: String| InvalidCidr { text: text.to_owned(), why };
        let Some((address, bits)) = text.split_once('/') else {
            let single = text.parse::<IpAddr>().map(Self::single);
            return Err(wrong(match single {
                Ok(single) => format!("that address alone is `{single}`"),
                Err(_) => "there is no `/` with the number of leading bits".to_owned(),
            }));
        };
        let first: IpAddr =
            address.parse().map_err(|_| wrong(format!("`{address}` is no address")))?;
        let most = width(first);
        let digits = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits = Some(bits).filter(|_| digits).and_then(|bits| bits.parse().ok());
        let bits = bits.filter(|bits| *bits <= most);
        let bits = bits.ok_or_else(|| wrong(format!("the number of bits is 0 to {most}")))?;
        Ok(Self { first: masked(first, bits), bits })
    }

    /// A single address.
    pub fn single(address: IpAddr) -> Self {
        Self { first: address, bits: width(address) }
    }

    /// Its first address.
    pub fn first(self) -> IpAddr {
        self.first
    }

    /// Its last address.
    pub fn last(self) -> IpAddr {
        let rest = width(self.first) - self.bits;
        match self.first {
            IpAddr::V4(first) => {
                let ones = u32::MAX.checked_shr(32 - u32::from(rest)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(first.to_bits() | ones))
            }
            IpAddr::V6(first) => {
                let ones = u128::MAX.checked_shr(128 - u32::from(rest)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(first.to_bits() | ones))
            }
        }
    }

    /// Whether an address is one of them.
    pub fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.bits) == self.first
    }
}

/// Bits of an address.
fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// An address with all but its leading bits zero.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.first, self.bits))
    }
}

impl TryFrom<String> for Cidr {
    type Error = InvalidCidr;

    fn try_from(text: String) -> Result<Self, InvalidCidr> {
        Self::read(&text)
    }
}

impl From<Cidr> for String {
    fn from(range: Cidr) -> Self {
        range.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_addresses_that_begin_with_its_bits() {
        let cases = [
            ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
            ("203.0.113.7/32", "203.0.113.7", "203.0.113.7", "203.0.113.8"),
            ("10.1.2.3/16", "10.1.0.0", "10.1.255.255", "10.2.0.0"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255", "::1"),
            ("2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"),
            ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "10.0.0.1"),
        ];
        for (text, first, last, other) in cases {
            let range = Cidr::read(text).unwrap();
            let address = |text: &str| text.parse::<IpAddr>().unwrap();
            assert_eq!((range.first(), range.last()), (address(first), address(last)));
            assert!(range.contains(address(first)) && range.contains(address(last)));
            assert!(!range.contains(address(other)), "{text} {other}");
        }
        assert_eq!(Cidr::read("10.1.2.3/16").unwrap().to_string(), "10.1.0.0/16");
    }

    #[test]
    fn what_is_no_range_is_explained() {
        let cases = [
            ("10.0.0.1", "that address alone is `10.0.0.1/32`"),
            ("10.0.0.0/33", "the number of bits is 0 to 32"),
            ("::/129", "the number of bits is 0 to 128"),
            ("10.0.0.0/+8", "the number of bits is 0 to 32"),
            ("10.0.0/8", "`10.0.0` is no address"),
            ("", "there is no `/` with the number of leading bits"),
        ];
        for (text, why) in cases {
            assert_eq!(Cidr::read(text).unwrap_err().why, why);
        }
    }
}
