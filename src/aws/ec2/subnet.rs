//! Subnets and their free addresses.
//!
//! Amazon VPC User Guide, "Subnet CIDR blocks": a subnet has a /16 to a /28 of IPv4 addresses, of
//! which AWS keeps the first four and the last. Prefixes for network interfaces are /28 blocks of
//! it, all 16 addresses of which have to be free: a subnet with scattered addresses has none,
//! however many are free. Which address EC2 picks is not published; here it is the lowest, which
//! scatters least.

use std::net::Ipv4Addr;

use thiserror::Error;

/// Addresses of a block.
const BLOCK: usize = 16;
const FULL: u16 = u16::MAX;
/// Addresses that AWS keeps: network, router, DNS, one for later; and broadcast.
pub const RESERVED: u32 = 5;

/// What is wrong with a subnet's range.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RangeError {
    /// It cannot be read.
    #[error("`{0}` is no range of IPv4 addresses; write it like `10.0.1.0/24`")]
    Unreadable(String),
    /// It is too large or too small.
    #[error("a subnet of AWS is a /16 to a /28, and `{0}` is neither")]
    Size(String),
    /// It does not begin where a range of its size does.
    #[error("`{text}` does not begin at an address of its size; the range is `{network}/{length}`")]
    Host {
        /// What was written.
        text: String,
        /// Where the range begins.
        network: Ipv4Addr,
        /// Its length.
        length: u32,
    },
}

/// Why a subnet gives no address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SubnetError {
    /// None is free.
    #[error(
        "InsufficientFreeAddressesInSubnet: none of the {usable} addresses of {subnet} is free"
    )]
    InsufficientFreeAddressesInSubnet {
        /// The range.
        subnet: String,
        /// Addresses without those that AWS keeps.
        usable: u32,
    },
    /// No block is free.
    #[error(
        "InsufficientCidrBlocks: {subnet} has {free} free addresses, but no 16 of them are a block"
    )]
    InsufficientCidrBlocks {
        /// The range.
        subnet: String,
        /// Free addresses.
        free: u32,
    },
    /// There are some, and fewer than were asked for in one call, which gets none.
    #[error("{code}: {wanted} {what} were asked for at once, and {subnet} has {free}")]
    Fewer {
        /// What EC2 says.
        code: &'static str,
        /// Addresses, or blocks.
        what: &'static str,
        /// How many.
        wanted: u32,
        /// The range.
        subnet: String,
        /// How many are free.
        free: u32,
    },
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    network: u32,
    length: u32,
    /// A bit for each address that is taken, 16 in a block.
    taken: Vec<u16>,
    free: u32,
    /// No block before this one has a free address.
    first: usize,
}

impl Subnet {
    /// Of a range such as `10.0.1.0/24`, all of it free but for what AWS keeps.
    ///
    /// # Errors
    /// It is no range, or none that a subnet can have.
    pub fn new(range: &str) -> Result<Self, RangeError> {
        let unreadable = || RangeError::Unreadable(range.to_owned());
        let (address, length) = range.split_once('/').ok_or_else(unreadable)?;
        let network = address.parse::<Ipv4Addr>().map_err(|_| unreadable())?.to_bits();
        let length = length.parse().ok().filter(|length| *length <= 32).ok_or_else(unreadable)?;
        if !(16..=28).contains(&length) {
            return Err(RangeError::Size(range.to_owned()));
        }
        let begin = network & (u32::MAX << (32 - length));
        if begin != network {
            let network = Ipv4Addr::from_bits(begin);
            return Err(RangeError::Host { text: range.to_owned(), network, length });
        }
        let size = 1_u32 << (32 - length);
        let mut taken = vec![0; size as usize / BLOCK];
        taken[0] |= 0b1111;
        *taken.last_mut().expect("it has 16 addresses at least") |= 1 << (BLOCK - 1);
        Ok(Self { network, length, taken, free: size - RESERVED, first: 0 })
    }

    /// Whether it has addresses that the other one has, too. No two subnets of a VPC do.
    pub fn overlaps(&self, other: &Self) -> bool {
        let shift = 32 - self.length.min(other.length);
        self.network >> shift == other.network >> shift
    }

    /// Free addresses: `AvailableIpAddressCount`.
    pub fn free(&self) -> u32 {
        self.free
    }

    /// Addresses that there are without those that AWS keeps.
    pub fn usable(&self) -> u32 {
        (self.taken.len() * BLOCK) as u32 - RESERVED
    }

    /// Blocks of 16 that are free.
    pub fn free_blocks(&self) -> usize {
        self.taken.iter().filter(|block| **block == 0).count()
    }

    /// Takes an address.
    ///
    /// # Errors
    /// None is free.
    pub fn take(&mut self) -> Result<Ipv4Addr, SubnetError> {
        let found = (self.first..self.taken.len()).find(|&block| self.taken[block] != FULL);
        let block = found.ok_or_else(|| SubnetError::InsufficientFreeAddressesInSubnet {
            subnet: self.to_string(),
            usable: self.usable(),
        })?;
        self.first = block;
        let place = self.taken[block].trailing_ones();
        self.taken[block] |= 1 << place;
        self.free -= 1;
        Ok(self.address(block, place))
    }

    /// Gives an address back.
    ///
    /// # Panics
    /// When it was not taken here: a model that gives it back is wrong.
    pub fn give_back(&mut self, address: Ipv4Addr) {
        let (block, place) = self.place(address);
        let bit = 1 << place;
        assert!(self.taken[block] & bit != 0, "{address} was not taken from {self}");
        self.taken[block] &= !bit;
        self.free += 1;
        self.first = self.first.min(block);
    }

    /// Takes a /28 block, by its first address.
    ///
    /// # Errors
    /// No block is free.
    pub fn take_block(&mut self) -> Result<Ipv4Addr, SubnetError> {
        let found = (self.first..self.taken.len()).find(|&block| self.taken[block] == 0);
        let block = found.ok_or_else(|| SubnetError::InsufficientCidrBlocks {
            subnet: self.to_string(),
            free: self.free,
        })?;
        self.taken[block] = FULL;
        self.free -= BLOCK as u32;
        Ok(self.address(block, 0))
    }

    /// Gives a block back.
    ///
    /// # Panics
    /// When it was not taken here: a model that gives it back is wrong.
    pub fn give_back_block(&mut self, first: Ipv4Addr) {
        let (block, place) = self.place(first);
        let is_block = place == 0 && self.taken[block] == FULL;
        assert!(is_block, "the block of {first} was not taken from {self}");
        self.taken[block] = 0;
        self.free += BLOCK as u32;
        self.first = self.first.min(block);
    }

    fn address(&self, block: usize, place: u32) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.network + (block * BLOCK) as u32 + place)
    }

    fn place(&self, address: Ipv4Addr) -> (usize, u32) {
        let offset = address.to_bits().wrapping_sub(self.network);
        let block = offset as usize / BLOCK;
        assert!(block < self.taken.len(), "{address} is not of {self}");
        (block, offset % BLOCK as u32)
    }
}

/// As its range: `10.0.1.0/24`.
impl std::fmt::Display for Subnet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from_bits(self.network), self.length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(address: Result<Ipv4Addr, SubnetError>) -> String {
        address.map_or_else(|error| error.to_string(), |address| address.to_string())
    }

    #[test]
    fn ranges_overlap_where_one_is_in_the_other() {
        let overlap = |one: &str, other: &str| {
            let (one, other) = (Subnet::new(one).unwrap(), Subnet::new(other).unwrap());
            assert_eq!(one.overlaps(&other), other.overlaps(&one));
            one.overlaps(&other)
        };
        assert!(overlap("10.0.0.0/24", "10.0.0.0/24"));
        assert!(overlap("10.0.0.0/16", "10.0.255.240/28"));
        assert!(!overlap("10.0.0.0/28", "10.0.0.16/28"));
        assert!(!overlap("10.0.0.0/20", "10.0.16.0/24"));
    }

    #[test]
    fn aws_keeps_five_addresses_of_every_subnet() {
        let cases = [("10.0.1.0/24", 251), ("10.0.0.0/16", 65_531), ("10.0.0.16/28", 11)];
        for (range, free) in cases {
            assert_eq!(Subnet::new(range).unwrap().free(), free, "{range}");
        }
        let mut small = Subnet::new("10.0.0.16/28").unwrap();
        let all: Vec<_> = (0..11).map(|_| text(small.take())).collect();
        assert_eq!((all[0].as_str(), all[10].as_str()), ("10.0.0.20", "10.0.0.30"));
        insta::assert_snapshot!(
            text(small.take()),
            @"InsufficientFreeAddressesInSubnet: none of the 11 addresses of 10.0.0.16/28 is free"
        );
        small.give_back(Ipv4Addr::new(10, 0, 0, 25));
        assert_eq!(text(small.take()), "10.0.0.25");
    }

    #[test]
    fn scattered_addresses_leave_no_block() {
        // a /26 has four blocks, of which AWS keeps some of the first and of the last
        let mut subnet = Subnet::new("10.0.0.0/26").unwrap();
        assert_eq!((subnet.free(), subnet.free_blocks()), (59, 2));
        assert_eq!(text(subnet.take_block()), "10.0.0.16");
        assert_eq!(text(subnet.take_block()), "10.0.0.32");
        assert_eq!(subnet.free(), 27);
        insta::assert_snapshot!(
            text(subnet.take_block()),
            @"InsufficientCidrBlocks: 10.0.0.0/26 has 27 free addresses, but no 16 of them are a \
            block"
        );
        subnet.give_back_block(Ipv4Addr::new(10, 0, 0, 16));
        for _ in 0..13 {
            subnet.take().unwrap();
        }
        // twelve were left in the first block: one is in the block that was given back
        assert_eq!(text(subnet.take_block()).split(':').next(), Some("InsufficientCidrBlocks"));
    }

    #[test]
    fn a_range_that_no_subnet_can_have_is_refused() {
        let ranges = ["10.0.1.0", "10.0.1/24", "10.0.0.0/33", "10.0.0.0/8", "10.0.0.0/29"];
        for range in ranges.into_iter().chain(["10.0.1.7/24"]) {
            assert!(Subnet::new(range).is_err(), "{range}");
        }
        let error = |range: &str| Subnet::new(range).unwrap_err().to_string();
        insta::assert_snapshot!(
            error("10.0.1.0"),
            @"`10.0.1.0` is no range of IPv4 addresses; write it like `10.0.1.0/24`"
        );
        insta::assert_snapshot!(
            error("10.0.0.0/8"),
            @"a subnet of AWS is a /16 to a /28, and `10.0.0.0/8` is neither"
        );
        insta::assert_snapshot!(
            error("10.0.1.7/24"),
            @"`10.0.1.7/24` does not begin at an address of its size; the range is `10.0.1.0/24`"
        );
    }

    proptest! {
        /// No address is had twice, and what is free is what has not been taken.
        #[test]
        fn addresses_are_had_once(steps in prop::collection::vec((0..4_u8, any::<u16>()), 1..200)) {
            let mut subnet = Subnet::new("10.1.0.0/25").unwrap();
            let (mut singles, mut blocks) = (Vec::new(), Vec::new());
            for (step, which) in steps {
                let which = usize::from(which);
                match step {
                    0 => singles.extend(subnet.take()),
                    1 => blocks.extend(subnet.take_block()),
                    2 if !singles.is_empty() => {
                        subnet.give_back(singles.swap_remove(which % singles.len()));
                    }
                    3 if !blocks.is_empty() => {
                        subnet.give_back_block(blocks.swap_remove(which % blocks.len()));
                    }
                    _ => {}
                }
                let of_blocks = |first: &Ipv4Addr| first.to_bits()..first.to_bits() + 16;
                let mut all: Vec<u32> = singles.iter().map(|address| address.to_bits()).collect();
                all.extend(blocks.iter().flat_map(of_blocks));
                let count = all.len();
                all.sort_unstable();
                all.dedup();
                prop_assert_eq!(all.len(), count);
                prop_assert_eq!(subnet.free(), 123 - count as u32);
            }
        }
    }
}
