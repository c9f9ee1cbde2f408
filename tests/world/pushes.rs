//! Pushes during a run: what travels and when it is there, tags that move or do not, expiry, cost.
//!
//! The registry is 50 ms away and takes 100 MB/s for each layer; images take no time to unpack.

use plimsoll::metrics::Recording;
use plimsoll::metrics::summary::{PullsAccount, PushesAccount, RegistryAccount};

use crate::lab::{BARE, HOST, app, of, run, same, simulation};

/// A base of 100 MB, with 50 MB on it in one image and 30 MB in another.
const IMAGES: &str = "
    [[image]]
    name = 'shop/web:1.4'
    layers = [
        { size = '100MB', digest = 'base', unpacked = '1' },
        { size = '50MB', digest = 'one', unpacked = '1' },
    ]
    [[image]]
    name = 'build-2'
    layers = [
        { size = '100MB', digest = 'base', unpacked = '1' },
        { size = '30MB', digest = 'two', unpacked = '1' },
    ]
    ";

/// Any scenario with an `[[image]]` has one of its own.
fn host() -> String {
    HOST.split("[[image]]").next().expect("the part before").to_owned()
}

fn cluster(engine: &str) -> String {
    BARE.replace("prepulled = true", &format!("extraction = '10GB/s', {engine}"))
}

/// An app of this image, in a cluster with these engines.
fn shop(duration: &str, image: &str, engine: &str, more: &[&str]) -> Recording {
    let app = app("web", "").replace("'image'", &format!("'{image}'"));
    let parts = [simulation(duration), host(), IMAGES.to_owned(), app, cluster(engine)];
    run(&[&parts.concat(), &more.concat()])
}

fn registry(recording: &Recording) -> &RegistryAccount {
    &recording.summary.registries[0]
}

const DONE: PushesAccount =
    PushesAccount { begun: 1, done: 1, refused: 0, failed: 0, under_way: 0 };
const REFUSED: PushesAccount =
    PushesAccount { begun: 1, done: 0, refused: 1, failed: 0, under_way: 0 };
const FAILED: PushesAccount =
    PushesAccount { begun: 1, done: 0, refused: 0, failed: 1, under_way: 0 };

const MOVE: &str = "pushes = [{ image = 'build-2', tag = 'shop/web:1.4', at = '1min' }]\n";
const PLAIN: &str = "[registry]\nname = 'hub'\n";
const ECR: &str = "[[registry]]\nname = 'ecr'\nkind = 'ecr'\n";

#[test]
fn only_the_layer_that_the_repository_lacks_travels_and_the_image_is_there_at_the_end() {
    let pushes = "pushes = [{ image = 'shop/web:1.4', at = '0s' }]";
    let recording = shop("1min", "shop/web:1.4", "client = 'kubelet'", &[PLAIN, pushes]);
    // both layers are asked for at once: 50 ms; their uploads begin after 50 ms more; the larger
    // takes a second, and 50 ms for its end; the manifest 50 ms: there at 1.2 s.
    // Asked for at 0 s, and 10 s after the answer; then 50 ms, 50 ms and a second, and two bytes
    // to unpack, a nanosecond each
    same(of(&recording, "web").start_up.mean, 0.05 + 10.0 + 0.1 + 1.0 + 2e-9);
    let hub = registry(&recording);
    assert_eq!((hub.pushes, hub.uploaded), (DONE, 150_000_000));
    // two checks, two uploads of one part, a manifest; the failed call, a manifest and two layers
    assert_eq!((hub.calls, hub.failed), (2 + 2 * 3 + 1 + 1 + 3, 1));
    // at Amazon ECR each 10 MiB are a call, ten and five; and a token comes first, of pull and push
    let recording = shop("1min", "build-2", "client = 'docker'", &[ECR, pushes]);
    assert_eq!(registry(&recording).calls, 4 + (1 + 2 + (1 + 10 + 1) + (1 + 5 + 1) + 1));
    // the other image has its base in common, and is in the same repository by its tag
    let recording = shop("2min", "shop/web:1.4", "client = 'docker'", &[PLAIN, MOVE]);
    assert_eq!(registry(&recording).uploaded, 30_000_000);
    assert_eq!(registry(&recording).calls, 3 + 2 + 3 + 1);
}

/// A replica at the start and a job after the push at one minute, on one host.
fn before_and_after(pull: &str) -> Recording {
    let engine = format!("client = 'docker', pull = '{pull}'");
    let more = [PLAIN, MOVE, &job_at("90s")];
    shop("3min", "shop/web:1.4", &engine, &more)
}

/// A job that needs the same image, at this time.
fn job_at(at: &str) -> String {
    format!(
        "[[job]]\nname = 'late'\nimage = 'shop/web:1.4'\narrivals = {{ at = ['{at}'] }}\n\
         demand = '1s'\ncpu = {{ request = '1' }}\nmemory = {{ request = '64MiB' }}\n"
    )
}

#[test]
fn a_tag_that_was_moved_is_noticed_by_always_and_not_where_the_image_is_there() {
    let turnaround = |recording: &Recording| recording.summary.jobs[0].turnaround.mean;
    let missing = before_and_after("missing");
    same(turnaround(&missing), 1.0);
    assert_eq!(missing.summary.images.pulled, 150_000_000);
    // asked whether it is the same, which it is not; its manifest, then its layer, of 30 MB
    let always = before_and_after("always");
    same(turnaround(&always), 0.05 + 0.05 + 0.05 + 0.3 + 1.0);
    assert_eq!(always.summary.images.pulled, 180_000_000);
    let pulls = PullsAccount { begun: 2, done: 2, ..PullsAccount::default() };
    assert_eq!(always.summary.images.pulls, pulls);
    // nothing has moved before the push is over: at 1 min, 50 ms, 50 ms, 0.3 s, 50 ms, 50 ms
    let early = |at: &str| {
        let engine = "client = 'docker', pull = 'always'";
        shop("3min", "shop/web:1.4", engine, &[PLAIN, MOVE, &job_at(at)])
    };
    same(turnaround(&early("60499ms")), 0.05 + 1.0);
    same(turnaround(&early("60501ms")), 0.05 + 0.05 + 0.05 + 0.3 + 1.0);
}

#[test]
fn a_tag_of_an_immutable_repository_does_not_move_and_the_bytes_have_come_in_vain() {
    let immutable = "repositories = [{ name = 'shop/*', immutable = true }]\n";
    let engine = "client = 'docker', pull = 'always'";
    let job = job_at("90s");
    let recording = shop("3min", "shop/web:1.4", engine, &[ECR, MOVE, immutable, &job]);
    assert_eq!(
        recording.summary.warnings,
        ["the push of `build-2` as `shop/web:1.4` to registry `ecr` was refused: \
             ImageTagAlreadyExistsException: The image tag '1.4' already exists in the \
             'shop/web' repository and cannot be overwritten because the repository is immutable."]
    );
    let ecr = registry(&recording);
    assert_eq!((ecr.pushes, ecr.uploaded), (REFUSED, 30_000_000));
    assert_eq!(recording.summary.images.pulled, 150_000_000);
    let but = "repositories = [{ name = 'shop/*', immutable = true, mutable_tags = ['1.*'] }]\n";
    let recording = shop("3min", "shop/web:1.4", engine, &[ECR, MOVE, but, &job]);
    assert_eq!((registry(&recording).pushes, recording.summary.images.pulled), (DONE, 180_000_000));
}

#[test]
fn an_upload_that_an_outage_breaks_off_begins_anew_and_too_many_calls_end_a_push() {
    let outage = |at: &str, duration: &str| {
        let outage = format!("registry = 'hub', at = '{at}', duration = '{duration}'");
        format!("[[fault]]\nkind = {{ registry-outage = {{ {outage} }} }}\n")
    };
    let pushes = "pushes = [{ image = 'shop/web:1.4', at = '0s' }]\n";
    let pushed = |more: &[&str]| {
        shop("5min", "build-2", "client = 'kubelet'", &[&[PLAIN, pushes], more].concat())
    };
    // after 0.5 s of its second 50 MB of the base have come, and all of the other layer but its
    // last call, which was on its way: both are tried again 5 s later, from the beginning
    let recording = pushed(&[&outage("600ms", "2s")]);
    assert_eq!((registry(&recording).pushes, registry(&recording).uploaded), (DONE, 250_000_000));
    let recording = pushed(&[&outage("600ms", "10min")]);
    assert_eq!(registry(&recording).pushes, FAILED);
    let failed = "the push of `shop/web:1.4` to registry `hub` failed: the registry cannot be \
                  reached";
    assert!(recording.summary.warnings.contains(&failed.to_owned()));
    // one upload may begin, two want to
    let recording = pushed(&["limits = { initiate = { rate = '1/min', burst = 1 } }\n"]);
    assert_eq!(registry(&recording).pushes, FAILED);
    assert_eq!(registry(&recording).throttled, 1);
}

/// A registry whose repositories keep the newest image alone, and look for others every hour.
fn newest_only(folder: &tempfile::TempDir, more: &str) -> String {
    let file = folder.path().join("newest.json");
    let policy = r#"{ "rules": [{
        "rulePriority": 1,
        "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1 },
        "action": { "type": "expire" } }] }"#;
    std::fs::write(&file, policy).expect("room for a policy");
    let keys = "lifecycle_every = '1h'\n";
    let file = file.display();
    format!("{ECR}{keys}repositories = [{{ name = '*', lifecycle = '{file}'{more} }}]\n")
}

const GIB: f64 = (1 << 30) as f64;

/// What it costs to store megabytes for parts of two hours, an hour.
fn stored(parts: &[(f64, f64)]) -> f64 {
    let megabyte_hours: f64 = parts.iter().map(|(megabytes, hours)| megabytes * hours).sum();
    megabyte_hours * 1e6 / GIB / 2.0 * 0.10 / 730.0
}

/// When the push at one minute is over, in hours: a token, a check, the start of the upload, 30 MB,
/// its end and the manifest.
const PUSHED: f64 = (60.0 + 5.0 * 0.05 + 0.3) / 3600.0;

#[test]
fn an_image_that_has_expired_cannot_be_pulled_and_is_stored_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let push = "pushes = [{ image = 'shop/web:1.5', at = '1min' }]\n";
    let ran = |at: &str| {
        let app = app("web", "").replace("'image'", "'shop/web:1.4'");
        let images = IMAGES.replace("build-2", "shop/web:1.5");
        let engine = cluster("client = 'docker', pull = 'always'");
        let registry = newest_only(&folder, "");
        let parts = [simulation("2h"), host(), images, app, engine, registry, push.to_owned()];
        run(&[&parts.concat(), &job_at(at)])
    };
    let before = ran("59min");
    assert_eq!((before.summary.jobs[0].completed, before.summary.warnings.len()), (1, 0));
    let after = ran("61min");
    assert_eq!((after.summary.jobs[0].completed, after.summary.jobs[0].failed), (0, 1));
    assert_eq!(
        after.summary.warnings,
        ["image `shop/web:1.4` cannot be pulled: the registry has no such image"]
    );
    let ecr = registry(&after);
    assert_eq!((ecr.pushes, ecr.expired, ecr.archived), (DONE, 1, 0));
    // the base stays, for the image that is there has it too
    let parts = [(150.0, PUSHED), (180.0, 1.0 - PUSHED), (130.0, 1.0)];
    same(Some(ecr.storage_per_hour), stored(&parts));
    same(Some(after.summary.hosts.cost_per_hour), stored(&parts));
}

#[test]
fn what_a_moved_tag_has_left_expires_and_the_tag_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = newest_only(&folder, ", scan_on_push = true");
    let engine = "client = 'docker', pull = 'always'";
    let prices = "[prices]\necr_scan = '$0.09'\n";
    let more = [&registry[..], MOVE, prices, &job_at("90min")];
    let recording = shop("2h", "shop/web:1.4", engine, &more);
    // a token, which is valid still, the question, the manifest, a layer, its bytes
    same(recording.summary.jobs[0].turnaround.mean, 3.0 * 0.05 + 0.3 + 1.0);
    let ecr = &recording.summary.registries[0];
    assert_eq!((ecr.expired, ecr.scans), (1, 1));
    // `build-2` was never there by that name, but what else would be, is
    let parts = [(150.0, PUSHED), (180.0, 1.0 - PUSHED), (130.0, 1.0)];
    same(Some(ecr.storage_per_hour), stored(&parts));
    same(Some(ecr.scans_per_hour), 0.09 / 2.0);
    let cost = stored(&parts) + 0.09 / 2.0;
    same(Some(recording.summary.hosts.cost_per_hour), cost);
}

#[test]
fn what_is_pushed_is_copied_after_a_delay_and_paid_for_but_copied_no_further() {
    let registries = "
        [[registry]]
        name = 'eu'
        kind = 'ecr'
        region = 'eu-west-1'
        replicates = [{ from = 'us', delay = '5s' }]
        [[registry]]
        name = 'us'
        kind = 'ecr'
        region = 'us-east-1'
        pushes = [{ image = 'shop/web:1.4', at = '0s' }]
        [[registry]]
        name = 'asia'
        kind = 'ecr'
        region = 'ap-northeast-1'
        replicates = [{ from = 'eu', delay = '1s' }]
        ";
    let ran =
        |at: &str| shop("2h", "build-2", "client = 'docker'", &[registries, &job_at(at)]).summary;
    // a token, the check, 50 ms, a second, 50 ms and the manifest; and five seconds
    assert_eq!(ran("6249ms").jobs[0].failed, 1);
    let summary = ran("6251ms");
    assert_eq!(summary.jobs[0].completed, 1);
    let [eu, us, asia] = &summary.registries[..] else { panic!("three registries") };
    let moved = 150e6 / GIB * 0.02 / 2.0;
    same(Some(us.transfer_per_hour), moved);
    same(Some(eu.transfer_per_hour), 0.0);
    let since = |seconds: f64| (150.0, 2.0 - seconds / 3600.0);
    same(Some(us.storage_per_hour), stored(&[since(1.25)]));
    // `build-2` is there from the start
    same(Some(eu.storage_per_hour), stored(&[(130.0, 2.0), since(6.25)]) - stored(&[]));
    same(Some(asia.storage_per_hour), 0.0);
    assert_eq!(summary.warnings, Vec::<String>::new());
}

#[test]
fn a_region_that_changes_nothing_is_named() {
    let warnings = |registry: &str, cluster: &str| {
        let app = app("web", "").replace("'image'", "'build-2'");
        let bare = format!("{BARE}{cluster}\n");
        let parts = [simulation("1min"), host(), IMAGES.to_owned(), app, bare, ECR.to_owned()];
        run(&[&parts.concat(), registry]).summary.warnings
    };
    let region = "region = 'eu-west-1'";
    assert_eq!(
        warnings(region, ""),
        ["the region of registry `ecr` has no effect: the cluster `bare` has neither a `region`, \
          by which transfers cost, nor an `identity`, about which policies decide"]
    );
    assert_eq!(
        warnings("", region),
        ["the region `eu-west-1` of the cluster has no effect: no registry has one, so that all \
          transfers are free"]
    );
    assert_eq!(warnings(region, region), Vec::<String>::new());
}
