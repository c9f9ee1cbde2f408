//! Hand-computed answers of registries, without engines.
//!
//! The numbers: 50 ms to the first registry, 20 ms to the second, which caches it where it has an
//! upstream; layers of 100 MB; an upstream link of 100 MB/s and streams of 50 MB/s.

mod account;
mod caches;
mod limits;
mod outages;
mod pushes;

use super::*;

const MB: u64 = 1_000_000;
const HUB: RegistryId = RegistryId(0);
const CACHE: RegistryId = RegistryId(1);

const fn ms(millis: u64) -> SimDuration {
    SimDuration::from_millis(millis)
}

const fn at(millis: u64) -> SimTime {
    SimTime::from_nanos(millis * 1_000_000)
}

const fn reply(millis: u64) -> Answer {
    Answer::Reply(ms(millis))
}

const fn failed(millis: u64, error: RegistryError) -> Answer {
    Answer::Failed { after: ms(millis), error }
}

/// Two images of one layer each.
fn images() -> Vec<scenario::Image> {
    let image = |name: &str| scenario::Image {
        name: name.to_owned(),
        layers: Some(vec![scenario::Layer { size: Bytes(100 * MB), unpacked: None, digest: None }]),
        ..scenario::Image::default()
    };
    vec![image("web"), image("api")]
}

/// Registries as they are written, with names, and the clients that ask them.
struct Rig {
    network: FlowNetwork,
    catalog: Catalog,
    all: Registries,
    answered: Vec<(u32, Answer)>,
}

impl Rig {
    fn new(written: &str) -> Self {
        #[derive(serde::Deserialize)]
        struct File {
            registry: Vec<scenario::Registry>,
        }
        let file: File = toml::from_str(written).unwrap_or_else(|error| panic!("{error}"));
        let mut network = FlowNetwork::new();
        let catalog = Catalog::new(&images()).expect("the images agree");
        let all = Registries::new(&file.registry, &images(), None, &mut network);
        Self { network, catalog, all, answered: Vec::new() }
    }

    fn ask(&mut self, now: SimTime, registry: RegistryId, request: Request) -> Answer {
        self.all.ask(now, registry, request, &self.catalog, &mut self.network)
    }

    fn token(&mut self, now: SimTime, registry: RegistryId, client: u32) -> Answer {
        let (image, call) = (ImageId(0), Call::Token);
        self.ask(
            now,
            registry,
            Request { client, call, image, by_tag: true, known: false, layer: None, token: 0 },
        )
    }

    fn manifest(&mut self, now: SimTime, registry: RegistryId, client: u32) -> Answer {
        let (image, call) = (ImageId(0), Call::Manifest);
        self.ask(
            now,
            registry,
            Request { client, call, image, by_tag: true, known: false, layer: None, token: 0 },
        )
    }

    /// The layer of an image; the client's number is its request's token as well.
    fn layer(&mut self, now: SimTime, registry: RegistryId, client: u32, image: u32) -> Answer {
        let (call, layer) = (Call::Layer, Some(LayerId(image)));
        let request = Request {
            client,
            call,
            image: ImageId(image),
            by_tag: false,
            known: true,
            layer,
            token: client,
        };
        self.ask(now, registry, request)
    }

    /// Lets imports go on until `now`; what clients are told by then.
    fn run(&mut self, now: SimTime) -> Vec<(u32, Answer)> {
        while let Some(next) = self.network.next_completion().filter(|&next| next <= now) {
            let mut done = Vec::new();
            self.network.advance(next, &mut done);
            for token in done {
                self.all.flow_completed(token, next, &mut self.network, &mut self.answered);
            }
        }
        std::mem::take(&mut self.answered)
    }

    fn set_up(&mut self, now: SimTime, registry: RegistryId, up: bool) -> Vec<(u32, Answer)> {
        self.all.set_up(registry, up, now, &mut self.network, &mut self.answered);
        std::mem::take(&mut self.answered)
    }

    fn totals(&mut self, now: SimTime, registry: RegistryId) -> RegistryTotals {
        self.all.totals(registry, now, &mut self.network)
    }
}
