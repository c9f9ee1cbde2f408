//! Basic scans of images for known vulnerabilities.
//!
//! A scan starts when an image is pushed, where the repository is set up so, or when it is asked
//! for; an image is scanned once in 24 hours at most, and a registry takes 100,000 scans in 24
//! hours (Amazon ECR User Guide, "Scan images for OS vulnerabilities", "Amazon ECR service
//! quotas").
//! Enhanced scanning by Amazon Inspector is not modelled. How long a scan takes is a parameter.

use std::collections::{BTreeMap, VecDeque};

use thiserror::Error;

use super::image::Digest;
use super::quota::Quotas;
use crate::engine::{SimDuration, SimTime};

const DAY: SimDuration = SimDuration::from_secs(86_400);

/// The scans of a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanner {
    /// How long one takes; none at all unless told, since ECR states no time.
    pub duration: SimDuration,
    /// When those of the last 24 hours began.
    recent: VecDeque<SimTime>,
    /// When each image's last scan began, by repository and digest.
    last: BTreeMap<(String, Digest), SimTime>,
}

/// Why an image is not scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScanError {
    /// The image was scanned within 24 hours.
    #[error("The scan quota per image has been exceeded. Wait and try again.")]
    ImageQuota,
    /// Too many images were.
    #[error("the quota of {0} basic scans in 24 hours is used up")]
    RegistryQuota(u32),
}

/// How a scan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanStatus {
    /// It began; findings come later.
    InProgress,
    /// Findings are there.
    Complete,
}

impl Scanner {
    /// Begins the scan of an image that was pushed; when its findings are there. An image that was
    /// scanned within 24 hours has them already.
    ///
    /// # Errors
    /// The registry has no more scans.
    pub fn on_push(
        &mut self,
        now: SimTime,
        quotas: &Quotas,
        repository: &str,
        digest: &Digest,
    ) -> Result<SimTime, ScanError> {
        match self.begin(now, quotas, repository, digest) {
            Err(ScanError::ImageQuota) => {
                let last = self.last[&(repository.to_owned(), digest.clone())];
                Ok(last + self.duration)
            }
            other => other,
        }
    }

    /// Begins a scan that was asked for (`StartImageScan`); when its findings are there.
    ///
    /// # Errors
    /// The image or the registry has no more scans.
    pub fn begin(
        &mut self,
        now: SimTime,
        quotas: &Quotas,
        repository: &str,
        digest: &Digest,
    ) -> Result<SimTime, ScanError> {
        while self.recent.front().is_some_and(|began| *began + DAY <= now) {
            self.recent.pop_front();
        }
        let key = (repository.to_owned(), digest.clone());
        if self.last.get(&key).is_some_and(|began| *began + DAY > now) {
            return Err(ScanError::ImageQuota);
        }
        if self.recent.len() >= quotas.scans as usize {
            return Err(ScanError::RegistryQuota(quotas.scans));
        }
        self.recent.push_back(now);
        self.last.insert(key, now);
        Ok(now + self.duration)
    }

    /// How the last scan of an image stands, where there was one.
    pub fn status(&self, now: SimTime, repository: &str, digest: &Digest) -> Option<ScanStatus> {
        let began = self.last.get(&(repository.to_owned(), digest.clone()))?;
        Some(match *began + self.duration <= now {
            true => ScanStatus::Complete,
            false => ScanStatus::InProgress,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_come_later_and_scans_are_counted_over_a_day() {
        let at = |secs| SimTime::ZERO + SimDuration::from_secs(secs);
        let quotas = Quotas { scans: 2, ..Quotas::default() };
        let [one, two, three] = ["1", "2", "3"].map(|name| Digest(name.to_owned()));
        let mut scanner = Scanner { duration: SimDuration::from_secs(60), ..Scanner::default() };
        assert_eq!(scanner.begin(at(0), &quotas, "web", &one), Ok(at(60)));
        assert_eq!(scanner.status(at(59), "web", &one), Some(ScanStatus::InProgress));
        assert_eq!(scanner.status(at(60), "web", &one), Some(ScanStatus::Complete));
        assert_eq!(scanner.status(at(60), "web", &two), None);
        assert_eq!(scanner.begin(at(100), &quotas, "web", &one), Err(ScanError::ImageQuota));
        assert_eq!(scanner.on_push(at(100), &quotas, "web", &one), Ok(at(60)));
        assert_eq!(scanner.on_push(at(200), &quotas, "web", &two), Ok(at(260)));
        let full = Err(ScanError::RegistryQuota(2));
        assert_eq!(scanner.on_push(at(300), &quotas, "web", &three), full);
        assert_eq!(scanner.on_push(at(86_399), &quotas, "web", &three), full);
        // a day after the first, one more may begin
        assert_eq!(scanner.on_push(at(86_400), &quotas, "web", &three), Ok(at(86_460)));
        assert_eq!(scanner.begin(at(86_401), &quotas, "web", &one), full);
        assert_eq!(scanner.begin(at(86_600), &quotas, "web", &one), Ok(at(86_660)));
    }
}
