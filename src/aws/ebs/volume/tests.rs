//! Timelines by hand, with the calendar of events that a world would have.

use super::*;
use crate::aws::ebs::kind::VolumeKind;
use crate::aws::ebs::spec::VolumeSpec;
use crate::aws::ec2::catalogue::instance_type;
use crate::engine::{SimDuration, SimTime};
use crate::scenario::aws::EbsOptions;

fn volume() -> Volume<u32> {
    let spec = VolumeSpec { kind: VolumeKind::Gp3, size: 100, iops: None, throughput: None };
    Volume::create(spec.check().unwrap(), "us-east-1a")
}

fn available() -> Volume<u32> {
    let mut volume = volume();
    volume.created();
    volume
}

fn target(instance: u32) -> Target<'static, u32> {
    let one = instance_type("m5.large").unwrap();
    Target {
        instance,
        type_name: &one.name,
        zone: "us-east-1a",
        limit: one.attach,
        volumes: 1,
        interfaces: 1,
    }
}

#[test]
fn a_volume_goes_through_its_states() {
    let mut volume = volume();
    assert_eq!(volume.state(), VolumeState::Creating);
    assert!(volume.attach(&target(1)).is_err());
    volume.created();
    volume.attach(&target(1)).unwrap();
    assert_eq!(volume.state(), VolumeState::Attaching(1));
    volume.attached(1);
    assert_eq!(volume.state(), VolumeState::InUse(1));
    volume.detach().unwrap();
    assert_eq!(volume.detach(), Ok(()));
    assert_eq!(volume.state().instance(), Some(1));
    volume.detached(1);
    assert_eq!(volume.state(), VolumeState::Available);
    volume.delete().unwrap();
    assert_eq!(volume.state(), VolumeState::Deleted);
}

#[test]
fn refusals_say_what_is_in_the_way() {
    let words = |result: Result<(), VolumeError>| result.unwrap_err().to_string();
    let mut volume = available();
    let elsewhere = Target { zone: "us-east-1b", ..target(1) };
    insta::assert_snapshot!(
        words(volume.attach(&elsewhere)),
        @"InvalidVolume.ZoneMismatch: the volume is in us-east-1a, the instance in us-east-1b; a \
        volume can be attached in its own zone only"
    );
    let full = Target { volumes: 26, interfaces: 2, ..target(1) };
    insta::assert_snapshot!(
        words(volume.attach(&full)),
        @"AttachmentLimitExceeded: m5.large has room for 26 volumes beside 2 network interfaces, \
        and 26 are attached"
    );
    insta::assert_snapshot!(
        words(volume.detach()),
        @"IncorrectState: the volume is available and cannot be detached"
    );
    volume.attach(&target(1)).unwrap();
    insta::assert_snapshot!(
        words(volume.attach(&target(2))),
        @"VolumeInUse: the volume is attaching and cannot be attached"
    );
    insta::assert_snapshot!(
        words(volume.delete()),
        @"VolumeInUse: the volume is attaching and cannot be deleted"
    );
}

#[test]
fn what_was_under_way_when_it_was_taken_away_does_not_happen() {
    let mut volume = available();
    volume.attach(&target(1)).unwrap();
    volume.detach().unwrap();
    volume.attached(1);
    assert_eq!(volume.state(), VolumeState::Detaching(1));
    volume.instance_gone(1);
    assert_eq!(volume.state(), VolumeState::Available);
    volume.attach(&target(2)).unwrap();
    volume.detached(1);
    volume.instance_gone(1);
    assert_eq!(volume.state(), VolumeState::Attaching(2));
}

/// The volume of a lost node: six minutes until it is detached by force, 5 s for that, 3 s to
/// attach it where its pod is now. Until then there is no other way: it is in use.
#[test]
fn the_volume_of_a_lost_node_is_back_after_six_minutes_and_eight_seconds() {
    let seconds = SimDuration::from_secs;
    let lost = SimTime::ZERO + seconds(100);
    let forced = lost + EbsOptions::default().force_detach;
    let steps = [lost, forced, forced + seconds(5), forced + seconds(8)];
    let mut volume = available();
    volume.attach(&target(1)).unwrap();
    volume.attached(1);
    let mut back = None;
    for now in steps {
        match volume.state() {
            VolumeState::InUse(1) if now < forced => assert!(volume.attach(&target(2)).is_err()),
            VolumeState::InUse(1) => volume.detach().unwrap(),
            VolumeState::Detaching(1) => {
                volume.detached(1);
                volume.attach(&target(2)).unwrap();
            }
            VolumeState::Attaching(2) => {
                volume.attached(2);
                back = Some(now);
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(volume.state(), VolumeState::InUse(2));
    assert_eq!(back, Some(SimTime::ZERO + seconds(468)));
}
