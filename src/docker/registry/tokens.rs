//! Tokens: what a client must show with every other call.
//!
//! Amazon ECR's are valid for 12 hours (GetAuthorizationToken), Docker Hub's for five minutes
//! (`expires_in` 300; CNCF Distribution, *Token authentication*). Real hubs give one for each
//! repository; here a client's token is good for all that the registry has, so that a client asks
//! at most once in a token's life.

use super::RegistryId;
use crate::engine::{SimDuration, SimTime};

/// Who calls: an engine, or a registry that caches this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Engine(u32),
    Registry(RegistryId),
}

/// The tokens that a registry has given.
#[derive(Clone, Debug)]
pub struct Tokens {
    life: SimDuration,
    /// When the token of each caller expires.
    engines: Vec<SimTime>,
    registries: Vec<SimTime>,
}

impl Tokens {
    /// None yet; each is going to be valid for this long.
    pub fn new(life: SimDuration) -> Self {
        Self { life, engines: Vec::new(), registries: Vec::new() }
    }

    /// Whether a caller has a token that is valid.
    pub fn is_valid(&self, caller: Caller, now: SimTime) -> bool {
        let (tokens, place) = match caller {
            Caller::Engine(engine) => (&self.engines, engine as usize),
            Caller::Registry(registry) => (&self.registries, usize::from(registry.0)),
        };
        tokens.get(place).is_some_and(|&expires| now < expires)
    }

    /// Gives a caller a token.
    pub fn give(&mut self, caller: Caller, now: SimTime) {
        let expires = now.saturating_add(self.life);
        self.set(caller, expires);
    }

    /// A caller has lost its token.
    pub fn forget(&mut self, caller: Caller) {
        self.set(caller, SimTime::ZERO);
    }

    fn set(&mut self, caller: Caller, expires: SimTime) {
        let (tokens, place) = match caller {
            Caller::Engine(engine) => (&mut self.engines, engine as usize),
            Caller::Registry(registry) => (&mut self.registries, usize::from(registry.0)),
        };
        if tokens.len() <= place {
            tokens.resize(place + 1, SimTime::ZERO);
        }
        tokens[place] = expires;
    }
}
