//! Copies from registry to registry, and those that do not come to be.

use super::*;
use crate::aws::ecr::image::Layer;
use crate::aws::ecr::repository::Mutability;
use crate::aws::iam::{Attached, Document};
use crate::engine::SimDuration;
use crate::units::Bytes;

const OWN: &str = "111122223333";
const OTHER: &str = "999988887777";

fn name(account: &str, region: &str) -> RegistryName {
    RegistryName { account: account.to_owned(), region: region.to_owned() }
}

fn rules(json: &str) -> Configuration {
    serde_json::from_str(json).unwrap()
}

fn to(account: &str, region: &str) -> Configuration {
    rules(&format!(
        r#"{{ "rules": [{{ "destinations":
            [{{ "region": "{region}", "registryId": "{account}" }}] }}] }}"#
    ))
}

fn image(name: &str) -> Manifest {
    let layer = |name: String, mib: u64| Layer { digest: Digest(name), bytes: Bytes(mib << 20) };
    let layers = vec![layer("base".to_owned(), 30), layer(format!("app of {name}"), 5)];
    let digest = Digest(name.to_owned());
    Manifest { digest, media_type: Default::default(), layers, images: Vec::new() }
}

fn at(secs: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(secs)
}

const DELAY: SimDuration = SimDuration::from_secs(120);

fn push(registry: &mut Registry, now: SimTime, digest: &str, tag: &str) -> Vec<Copy> {
    let pushed = registry.push(now, "web", &image(digest), &[tag.to_owned()], DELAY);
    pushed.unwrap().copies
}

fn registry(account: &str, region: &str) -> Registry {
    Registry::new(name(account, region))
}

fn source(configuration: Configuration) -> Registry {
    let mut registry = registry(OWN, "us-east-1");
    registry.create("web", Settings::default()).unwrap();
    registry.replication = Some(configuration);
    registry
}

#[test]
fn a_push_arrives_later_in_a_repository_that_is_created() {
    let mut east = source(to(OWN, "eu-west-1"));
    let mut west = registry(OWN, "eu-west-1");
    let copies = push(&mut east, at(10), "one", "1.0");
    let [copy] = copies.as_slice() else { panic!("one copy") };
    assert_eq!((copy.due, &copy.to), (at(130), west.name()));
    let receipt = west.receive(copy.due, copy).unwrap();
    assert_eq!(receipt.bytes(), Bytes(35 << 20));
    let arrived = west.repository("web").unwrap().tagged("1.0").unwrap();
    assert_eq!((arrived.origin, arrived.pushed_at), (Origin::Replicated, at(130)));
    // the base layer is there by then
    let copies = push(&mut east, at(200), "two", "1.1");
    assert_eq!(west.receive(at(320), &copies[0]).unwrap().bytes(), Bytes(5 << 20));
}

#[test]
fn a_copy_is_not_copied_further_and_earlier_images_are_not_copied() {
    let mut east = source(Configuration { since: at(100), ..to(OWN, "eu-west-1") });
    assert!(push(&mut east, at(99), "old", "0.9").is_empty());
    let copies = push(&mut east, at(100), "one", "1.0");
    assert_eq!(copies.len(), 1);
    let mut west = registry(OWN, "eu-west-1");
    west.replication = Some(to(OWN, "ap-south-1"));
    // what `receive` gives has no copies; a push to the same registry has
    west.receive(at(220), &copies[0]).unwrap();
    assert_eq!(push(&mut west, at(300), "own", "own")[0].to, name(OWN, "ap-south-1"));
}

#[test]
fn prefixes_choose_repositories_and_each_destination_gets_one_copy() {
    let rules = rules(
        r#"{ "rules": [
            { "destinations": [{ "region": "eu-west-1", "registryId": "111122223333" },
                               { "region": "us-east-1", "registryId": "111122223333" }],
              "repositoryFilters": [{ "filter": "prod/", "filterType": "PREFIX_MATCH" },
                                    { "filter": "web", "filterType": "PREFIX_MATCH" }] },
            { "destinations": [{ "region": "eu-west-1", "registryId": "111122223333" },
                               { "region": "us-east-1", "registryId": "999988887777" }],
              "deleteReplication": { "enabled": true } }
        ] }"#,
    );
    let from = name(OWN, "us-east-1");
    let (west, other) = (name(OWN, "eu-west-1"), name(OTHER, "us-east-1"));
    assert_eq!(rules.destinations(&from, "web"), [west.clone(), other.clone()]);
    assert_eq!(rules.destinations(&from, "db"), [west.clone(), other.clone()]);
    assert_eq!(rules.delete_destinations(&from, "web"), [west, other]);
    let first = Configuration { rules: rules.rules[..1].to_vec(), ..Configuration::default() };
    assert_eq!(first.destinations(&from, "prod/db"), [name(OWN, "eu-west-1")]);
    assert!(first.destinations(&from, "db").is_empty());
    assert!(first.delete_destinations(&from, "web").is_empty());
}

#[test]
fn another_account_has_to_permit_it() {
    let mut east = source(to(OTHER, "us-east-1"));
    let copies = push(&mut east, at(0), "one", "1.0");
    let mut other = registry(OTHER, "us-east-1");
    assert_eq!(
        other.receive(at(120), &copies[0]).unwrap_err().to_string(),
        "User: arn:aws:iam::111122223333:root is not authorized to perform: ecr:ReplicateImage on \
         resource: arn:aws:ecr:us-east-1:999988887777:repository/web because no resource-based \
         policy allows the ecr:ReplicateImage action"
    );
    let policy = |actions: &str| {
        let text = format!(
            r#"{{ "Version": "2012-10-17", "Statement": {{ "Effect": "Allow",
                "Principal": {{ "AWS": "arn:aws:iam::111122223333:root" }}, "Action": {actions},
                "Resource": "arn:aws:ecr:us-east-1:999988887777:repository/*" }} }}"#
        );
        Some(Attached::new("registry", Document::from_json(&text, "policy").unwrap()))
    };
    other.policy = policy(r#""ecr:ReplicateImage""#);
    let error = other.receive(at(120), &copies[0]).unwrap_err().to_string();
    assert!(error.ends_with("allows the ecr:CreateRepository action"), "{error}");
    other.policy = policy(r#"["ecr:ReplicateImage", "ecr:CreateRepository"]"#);
    assert!(other.receive(at(120), &copies[0]).is_ok());
}

#[test]
fn deletions_stay_at_home_unless_they_are_sent_and_fixed_tags_are_left_out() {
    let mut east = source(to(OWN, "eu-west-1"));
    let mut west = registry(OWN, "eu-west-1");
    let settings = Settings { mutability: Mutability::Immutable, ..Settings::default() };
    west.create("web", settings).unwrap();
    for (secs, digest) in [(0, "one"), (10, "two")] {
        let copies = push(&mut east, at(secs), digest, "latest");
        west.receive(copies[0].due, &copies[0]).unwrap();
    }
    east.repository_mut("web").unwrap().delete(&Digest("one".to_owned())).unwrap();
    let web = west.repository("web").unwrap();
    assert_eq!(web.tagged("latest").unwrap().manifest.digest.0, "one");
    assert!(web.image(&Digest("two".to_owned())).unwrap().tags.is_empty());
    west.receive_deletion("web", &Digest("one".to_owned()));
    west.receive_deletion("web", &Digest("one".to_owned()));
    west.receive_deletion("db", &Digest("one".to_owned()));
    assert_eq!(west.repository("web").unwrap().images().count(), 1);
}

#[test]
fn there_are_so_many_rules_and_destinations() {
    let quotas = Quotas::default();
    let one = to(OWN, "eu-west-1").rules[0].clone();
    let many = |rules: Vec<Rule>| Configuration { rules, ..Configuration::default() };
    assert_eq!(many(vec![one.clone(); 10]).check(&quotas), Ok(()));
    assert_eq!(
        many(vec![one.clone(); 11]).check(&quotas),
        Err("11 replication rules are more than the 10 a registry may have".to_owned())
    );
    let wide = Rule { destinations: vec![one.destinations[0].clone(); 26], ..Rule::default() };
    assert!(many(vec![wide]).check(&quotas).unwrap_err().starts_with("26 replication dest"));
}
