//! The table held to its own rules, and some of its lines to what AWS publishes.

use super::*;
use crate::aws::ec2::slots::Slots;
use crate::aws::pricing::windows::{WINDOWS_PER_VCPU, has_surcharge_of_its_own, obstacle};
use crate::units::{Bandwidth, Bytes, HourlyPrice, Rate};

fn of(name: &str) -> &'static InstanceType {
    instance_type(name).expect("it is in the catalogue")
}

#[test]
fn every_type_is_found_by_its_name() {
    let types = instance_types();
    assert!(types.len() >= 1300, "{}", types.len());
    assert!(types.is_sorted_by(|one, next| one.name < next.name));
    for one in types {
        assert!(std::ptr::eq(of(&one.name), one));
    }
}

#[test]
fn a_slip_gets_the_name_that_was_meant() {
    let error = instance_type("m5.larg").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no instance type `m5.larg` in the catalogue; did you mean `m5.large`?"
    );
    let error = instance_type("a very large one, please").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no instance type `a very large one, please` in the catalogue"
    );
}

#[test]
fn a_general_purpose_type_is_as_published() {
    let c5 = of("c5.large");
    assert_eq!((c5.vcpus, c5.cores, c5.threads_per_core()), (2, 1, 2));
    assert_eq!((c5.architecture, c5.maker), (Architecture::X86, Maker::Intel));
    assert_eq!((c5.memory, c5.platform), (Bytes(4 << 30), Platform::Nitro));
    assert_eq!(c5.zone_ids, [1, 2, 4, 5, 6]);
    assert_eq!((c5.family(), c5.max_pods), ("c5", 29));
    let network = c5.network;
    assert_eq!((network.enis, network.addresses, network.branch_enis), (3, 10, Some(9)));
    assert_eq!(network.bandwidth.baseline, Bandwidth(0.75e9 / 8.0));
    assert_eq!(network.bandwidth.peak, Bandwidth(10e9 / 8.0));
    let ebs = c5.ebs.expect("it is optimised for EBS");
    assert_eq!(ebs.bandwidth, Range { baseline: Bandwidth(81.25e6), peak: Bandwidth(593.75e6) });
    assert_eq!(ebs.iops, Range { baseline: Rate(4000.0), peak: Rate(20_000.0) });
    assert_eq!((c5.linux, c5.windows), (Some(HourlyPrice(0.085)), Some(HourlyPrice(0.177))));
}

#[test]
fn one_vcpu_is_a_core_where_there_are_no_threads() {
    for (name, threads) in [("m7g.large", 1), ("m7a.large", 1), ("m6a.large", 2), ("t2.small", 1)] {
        assert_eq!(of(name).threads_per_core(), threads, "{name}");
    }
}

#[test]
fn accelerators_and_disks_are_as_published() {
    let p5 = of("p5.48xlarge");
    let gpus = p5.gpus.as_ref().expect("it has some");
    assert_eq!((gpus.count, gpus.name.as_str(), gpus.memory), (8, "H100", Bytes(640 << 30)));
    assert_eq!((p5.network.enis, p5.network.first_card_enis, p5.max_pods), (64, 2, 100));
    let disks = p5.disks.expect("it has some");
    assert_eq!((disks.kind, disks.count), (Disk::Nvme, 8));
    let inf2 = of("inf2.xlarge").accelerators.as_ref().expect("it has one");
    assert_eq!((inf2.count, inf2.name.as_str()), (1, "Inferentia2"));
    let part = of("g6f.large").gpus.as_ref().expect("it has an eighth of one");
    assert_eq!((part.count, part.memory), (1, Bytes(2861 << 20)));
    assert_eq!(of("m5.metal").platform, Platform::Metal);
    assert!(of("m7i-flex.large").is_flex && !of("m7i.large").is_flex);
}

/// Without a trunk all interfaces but the first, with one all but two, and the branches.
#[test]
fn tasks_follow_the_rule_but_for_what_the_guide_lists() {
    let exceptions = instance_types().iter().filter(|one| {
        let network = &one.network;
        let plain = network.enis - 1;
        let trunked = network.branch_enis.map(|branches| match branches {
            0 => plain,
            branches => network.enis - 2 + branches,
        });
        (one.tasks.plain, one.tasks.trunked) != (plain, trunked)
    });
    let families: std::collections::BTreeSet<_> = exceptions.map(|one| one.family()).collect();
    insta::assert_snapshot!(
        families.into_iter().collect::<Vec<_>>().join(" "),
        @"c6in hpc6a hpc6id i4i m6idn m6in r6idn r6in trn1n u-6tb1"
    );
    assert_eq!(of("m5.large").tasks, Tasks { plain: 2, trunked: Some(10) });
    assert_eq!(of("m5.16xlarge").tasks, Tasks { plain: 14, trunked: Some(120) });
    assert_eq!(of("m7i.large").tasks, Tasks { plain: 2, trunked: Some(10) });
    assert_eq!(of("t3.large").tasks, Tasks { plain: 2, trunked: Some(2) });
}

#[test]
fn windows_costs_its_surcharge_and_is_not_sold_for_arm() {
    for one in instance_types() {
        let (Some(linux), Some(windows)) = (one.linux, one.windows) else {
            assert_eq!(one.windows, None, "{}", one.name);
            continue;
        };
        assert_eq!(obstacle(one), None, "{}", one.name);
        let surcharge = windows.0 - linux.0;
        let rule = WINDOWS_PER_VCPU.0 * f64::from(one.vcpus);
        let follows = (surcharge - rule).abs() < 1e-5;
        assert_eq!(follows, !has_surcharge_of_its_own(one), "{}: {surcharge}", one.name);
    }
    let dear = [("m7g.large", None), ("t3.medium", Some(0.06)), ("t2.micro", Some(0.0162))];
    for (name, price) in dear {
        assert_eq!(of(name).windows, price.map(HourlyPrice), "{name}");
    }
}

#[test]
fn every_line_is_possible() {
    for one in instance_types() {
        let name = &one.name;
        assert!(one.cores >= 1 && one.vcpus.is_multiple_of(one.cores), "{name}");
        let network = &one.network;
        assert!(network.bandwidth.baseline.0 > 0.0, "{name}");
        assert!(network.bandwidth.baseline <= network.bandwidth.peak, "{name}");
        assert!(1 <= network.first_card_enis && network.first_card_enis <= network.enis, "{name}");
        assert!(network.addresses >= 1 && one.max_pods >= 2, "{name}");
        if let Some(ebs) = one.ebs {
            assert!(ebs.bandwidth.baseline <= ebs.bandwidth.peak, "{name}");
            assert!(ebs.iops.baseline <= ebs.iops.peak && ebs.iops.baseline.0 > 0.0, "{name}");
        }
        assert!(one.attach.volumes >= 1, "{name}");
        let many = one.attach.slots == Slots::Dedicated || one.platform == Platform::Metal;
        assert!(many || one.attach.volumes <= 40, "{name}");
        assert!(one.zone_ids.is_sorted() && one.zone_ids.iter().all(|id| *id <= 6), "{name}");
        assert!(one.linux.is_none_or(|price| price.0 > 0.0), "{name}");
    }
}
