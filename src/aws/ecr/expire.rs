//! A lifecycle policy at work on a repository, in simulated time.
//!
//! ECR applies a policy within 24 hours of an image meeting it (Amazon ECR User Guide, "Automate
//! the cleanup of images by using lifecycle policies"); when exactly is the caller's to say. What
//! goes is decided by [`Policy::preview`]. Images in the archive count as stored like the others:
//! its lower price, for layers that no other image has, is not modelled.

use super::image::Digest;
use super::lifecycle::{Fate, ImageDetail, Moment, Policy, Status};
use super::repository::Repository;
use crate::engine::SimTime;
use crate::units::Bytes;

/// When a run begins, so that its instants are dates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calendar {
    /// Seconds since 1970, UTC.
    pub start: f64,
}

/// What a policy took away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Images that were deleted, by digest, an index before what it names.
    pub images: Vec<Digest>,
    /// Images that were moved into the archive.
    pub archived: Vec<Digest>,
    /// What is not stored any more.
    pub freed: Bytes,
}

impl Calendar {
    /// The date of an instant of the run.
    ///
    /// # Panics
    /// When it lies beyond the year 9999.
    pub fn date(self, instant: SimTime) -> Moment {
        let moment = Moment::from_epoch_seconds(self.start + instant.as_secs_f64());
        moment.expect("a run ends before the year 9999")
    }
}

impl Repository {
    /// Its images as `DescribeImages` lists them, by digest.
    pub fn details(&self, calendar: Calendar) -> Vec<ImageDetail> {
        let size = |digest: &Digest| self.image(digest).map_or(0, |image| image.size().0);
        let images = self.images().map(|image| {
            let manifest = &image.manifest;
            let largest = manifest.images.iter().map(size).max();
            ImageDetail {
                digest: manifest.digest.0.clone(),
                tags: image.tags.clone(),
                pushed_at: calendar.date(image.pushed_at),
                pulled_at: image.pulled_at.map(|pulled| calendar.date(pulled)),
                archived_at: image.archived_at.map(|archived| calendar.date(archived)),
                activated_at: None,
                size_bytes: largest.unwrap_or(image.size().0),
                status: match image.archived_at {
                    Some(_) => Status::Archived,
                    None => Status::Active,
                },
                media_type: Some(manifest.media_type.name().to_owned()),
                subject: None,
                children: manifest.images.iter().map(|digest| digest.0.clone()).collect(),
            }
        });
        images.collect()
    }

    /// Deletes and archives what a policy marks by now.
    pub fn expire(&mut self, policy: &Policy, calendar: Calendar, now: SimTime) -> Expired {
        let details = self.details(calendar);
        let verdicts = policy.preview(&details, calendar.date(now));
        let marked = |fate: Fate| {
            let verdicts = details.iter().zip(&verdicts);
            let marked = verdicts
                .filter(move |(_, verdict)| verdict.fate == fate && verdict.held_by.is_none());
            marked.map(|(detail, _)| (!detail.is_index(), Digest(detail.digest.clone())))
        };
        let mut gone: Vec<_> = marked(Fate::Expires).collect();
        gone.sort();
        let mut expired = Expired::default();
        for (_, digest) in gone {
            if let Ok(freed) = self.delete(&digest) {
                expired.freed.0 += freed.0;
                expired.images.push(digest);
            }
        }
        for (_, digest) in marked(Fate::Archived) {
            if let Some(image) = self.images.get_mut(&digest).filter(|it| it.archived_at.is_none())
            {
                image.archived_at = Some(now);
                expired.archived.push(digest);
            }
        }
        expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ecr::image::{Layer, Manifest, MediaType};
    use crate::aws::ecr::quota::Quotas;
    use crate::aws::ecr::repository::{RegistryName, Settings};
    use crate::engine::SimDuration;

    /// 2026-01-01.
    const CALENDAR: Calendar = Calendar { start: 1_767_225_600.0 };

    fn days(days: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(days * 86_400)
    }

    fn image(name: &str) -> Manifest {
        let layer = |name: &str, bytes| Layer { digest: Digest(name.to_owned()), bytes };
        let layers = vec![layer("base", Bytes(30)), layer(name, Bytes(5))];
        let digest = Digest(name.to_owned());
        Manifest { digest, media_type: MediaType::OciImage, layers, images: Vec::new() }
    }

    fn repository() -> Repository {
        let registry = RegistryName { account: "111122223333".into(), region: "us-east-1".into() };
        Repository::new(registry, "web", Settings::default())
    }

    fn push(repository: &mut Repository, now: SimTime, manifest: &Manifest, tag: Option<&str>) {
        let tags: Vec<String> = tag.map(str::to_owned).into_iter().collect();
        repository.push(now, manifest, &tags, &Quotas::default()).unwrap();
    }

    fn digests(expired: &Expired) -> Vec<&str> {
        expired.images.iter().map(|digest| digest.0.as_str()).collect()
    }

    #[test]
    fn images_go_by_age_and_their_own_layers_with_them() {
        let policy = r#"{ "rules": [{ "rulePriority": 1, "selection": { "tagStatus": "untagged",
            "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7 },
            "action": { "type": "expire" } }] }"#;
        let policy = Policy::from_json(policy, "policy").unwrap();
        let mut web = repository();
        for (day, name) in [(0, "one"), (3, "two"), (9, "three")] {
            push(&mut web, days(day), &image(name), Some("latest"));
        }
        assert_eq!(web.stored(), Bytes(45));
        assert!(digests(&web.expire(&policy, CALENDAR, days(7))).is_empty());
        let expired = web.expire(&policy, CALENDAR, days(8));
        assert_eq!((digests(&expired), expired.freed), (vec!["one"], Bytes(5)));
        assert_eq!(digests(&web.expire(&policy, CALENDAR, days(30))), ["two"]);
        assert_eq!((web.images().count(), web.stored()), (1, Bytes(35)));
    }

    #[test]
    fn an_index_goes_before_its_images() {
        let policy = r#"{ "rules": [{ "rulePriority": 1, "selection": { "tagStatus": "any",
            "countType": "imageCountMoreThan", "countNumber": 1 },
            "action": { "type": "expire" } }] }"#;
        let policy = Policy::from_json(policy, "policy").unwrap();
        let mut web = repository();
        push(&mut web, days(0), &image("amd64"), None);
        push(&mut web, days(0), &image("arm64"), None);
        let images = vec![Digest("amd64".to_owned()), Digest("arm64".to_owned())];
        let media_type = MediaType::OciIndex;
        let digest = Digest("index".to_owned());
        let index = Manifest { digest, media_type, layers: Vec::new(), images };
        push(&mut web, days(1), &index, Some("1.0"));
        // the index is the one that stays, and holds what it names
        assert!(digests(&web.expire(&policy, CALENDAR, days(2))).is_empty());
        assert_eq!(web.details(CALENDAR)[2].size_bytes, 35);
        push(&mut web, days(3), &image("other"), Some("1.1"));
        let expired = web.expire(&policy, CALENDAR, days(4));
        assert_eq!(digests(&expired), ["index", "amd64", "arm64"]);
        assert_eq!((expired.freed, web.stored()), (Bytes(10), Bytes(35)));
    }

    #[test]
    fn an_image_that_nobody_pulls_is_archived_and_then_deleted() {
        let policy = r#"{ "rules": [
            { "rulePriority": 1, "selection": { "tagStatus": "any", "storageClass": "standard",
                "countType": "sinceImagePulled", "countUnit": "days", "countNumber": 90 },
              "action": { "type": "transition", "targetStorageClass": "archive" } },
            { "rulePriority": 2, "selection": { "tagStatus": "any", "storageClass": "archive",
                "countType": "sinceImageTransitioned", "countUnit": "days", "countNumber": 100 },
              "action": { "type": "expire" } }] }"#;
        let policy = Policy::from_json(policy, "policy");
        let policy = policy.unwrap_or_else(|problems| panic!("{problems}"));
        let mut web = repository();
        push(&mut web, days(0), &image("one"), Some("1.0"));
        push(&mut web, days(0), &image("two"), Some("1.1"));
        web.pulled(days(60), &Digest("two".to_owned()));
        let expired = web.expire(&policy, CALENDAR, days(91));
        assert!(expired.images.is_empty());
        assert_eq!(expired.archived, [Digest("one".into())]);
        assert_eq!(web.expire(&policy, CALENDAR, days(92)), Expired::default());
        let expired = web.expire(&policy, CALENDAR, days(151));
        assert_eq!(expired.archived, [Digest("two".into())]);
        assert!(digests(&web.expire(&policy, CALENDAR, days(191))).is_empty());
        assert_eq!(digests(&web.expire(&policy, CALENDAR, days(192))), ["one"]);
    }
}
