//! What Windows Server adds to the price of an instance, licence included.
//!
//! $0.046 an hour for each vCPU ("Optimize CPUs for license-included instances", Amazon EC2 User
//! Guide), which holds from the fourth generation on. T2, T3 and T3a have surcharges by size, below
//! that; the catalogue has their prices. There is no Windows Server for ARM.

use crate::aws::ec2::catalogue::{Architecture, InstanceType};
use crate::units::HourlyPrice;

/// Surcharge of a vCPU.
pub const WINDOWS_PER_VCPU: HourlyPrice = HourlyPrice(0.046);

/// What an instance of so many vCPUs adds by the rule, for a type whose price is not known.
pub fn by_rule(vcpus: u32) -> HourlyPrice {
    HourlyPrice(WINDOWS_PER_VCPU.0 * f64::from(vcpus))
}

/// Whether a type has a surcharge by its size instead of the rule.
pub fn has_surcharge_of_its_own(one: &InstanceType) -> bool {
    ["t2", "t3", "t3a"].contains(&one.family())
}

/// Why a type does not run Windows Server; none where it does.
pub fn obstacle(one: &InstanceType) -> Option<&'static str> {
    match one {
        one if one.is_mac => Some("it is a Mac"),
        one if one.architecture == Architecture::Arm => Some("it is an ARM type"),
        one if one.accelerators.is_some() => Some("its accelerators need Linux"),
        _ => None,
    }
}

/// What Windows adds to the price of a type: none where it is not sold, or not known.
pub fn surcharge(one: &InstanceType) -> Option<HourlyPrice> {
    let (linux, windows) = one.linux.zip(one.windows)?;
    if has_surcharge_of_its_own(one) {
        return Some(HourlyPrice(windows.0 - linux.0));
    }
    Some(by_rule(one.vcpus))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    #[test]
    fn windows_more_than_doubles_the_price_of_a_small_instance() {
        let of = |name| surcharge(instance_type(name).unwrap());
        assert_eq!(of("c5.large"), Some(HourlyPrice(0.092)));
        assert_eq!(of("m5.24xlarge"), Some(HourlyPrice(4.416)));
        let medium = of("t3.medium").unwrap();
        assert!((medium.0 - 0.0184).abs() < 1e-12);
        assert_eq!([of("m7g.large"), of("mac1.metal"), of("inf2.xlarge")], [None; 3]);
    }
}
