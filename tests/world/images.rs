//! Images in clusters: bases that are shared, zones that share a line, disks that fill.

use crate::lab::{BARE, HOST, app, of, run, same, simulation};

/// An image of 100 MB on a base of 300 MB, nothing of which takes time to unpack.
fn host() -> String {
    let image = "from = 'base'\nlayers = [{ size = '100MB', unpacked = '100MB' }]";
    let base = "[[image]]\nname = 'base'\nlayers = [{ size = '300MB', unpacked = '300MB' }]\n";
    format!("{}\n{base}", HOST.replace("layers = []", image))
}

fn cluster(hosts: u32, engine: &str, more: &str) -> String {
    BARE.replace("shape = \"host\"", &format!("shape = \"host\", count = {hosts}"))
        .replace("prepulled = true", &format!("extraction = '1TB/s'{engine}"))
        .replace("[[cluster]]", &format!("[[cluster]]\n{more}"))
}

/// A round trip of 50 ms, and lines that only zones narrow.
const REGISTRY: &str = "[registry]\nbandwidth = '1TB/s'\nstream = '1GB/s'\n";

#[test]
fn a_base_that_is_there_is_not_pulled() {
    let started = |engine: &str| {
        let parts = [simulation("1min"), host(), app("web", ""), cluster(1, engine, "")];
        of(&run(&[&parts.concat(), REGISTRY]), "web").start_up.mean
    };
    // the host has 1.25 GB/s, its disk 1 GB/s; both layers are asked for at once: 0.25 s each at
    // half of the interface, and the base unpacked behind its download
    let [all, own] = ["", ", prepulled_images = ['base']"].map(started);
    same(own, 0.1 + 0.1 + 0.1);
    assert!(all.expect("it started") > own.expect("it started") + 0.4);
}

#[test]
fn hosts_of_a_zone_share_its_line() {
    let started = |hosts: u32, zones: u32| {
        let zones = format!("zones = {{ count = {zones}, uplink = '100MB/s' }}");
        let engine = ", prepulled_images = ['base']";
        let web = app("web", &format!("replicas = {hosts}\nspread = true"));
        let parts = [simulation("1min"), host(), web, cluster(hosts, engine, &zones)];
        of(&run(&[&parts.concat(), REGISTRY]), "web").start_up.max
    };
    // 100 MB for each, unpacked in 0.1 s
    same(started(1, 1), 0.1 + 1.0 + 0.1);
    same(started(4, 1), 0.1 + 4.0 + 0.1);
    same(started(4, 2), 0.1 + 2.0 + 0.1);
    // the first zone has two of three
    same(started(3, 2), 0.1 + 2.0 + 0.1);
}

#[test]
fn an_app_that_writes_fills_its_disk_and_fails() {
    let host = host().replace("boot = \"0s\"", "boot = \"0s\"\ndisk = { size = '410MB' }");
    let web = app("web", "writes = '1MB/s'\nrestart = 'no'");
    let parts = [simulation("1min"), host, web, cluster(1, "", "")];
    let recording = run(&[&parts.concat(), REGISTRY]);
    assert_eq!(recording.summary.containers.exited, 1);
    assert_eq!(recording.summary.containers.running, 0);
}
