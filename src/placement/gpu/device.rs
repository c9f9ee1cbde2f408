//! The GPUs of one host, device by device.

/// A whole GPU.
pub const MILLI: u16 = 1000;
/// GPUs of a host at most.
pub const MOST_DEVICES: usize = 16;

/// A set of GPU models, of 64 at most; by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Models(pub u64);

impl Models {
    /// Any model will do.
    pub const ANY: Self = Self(u64::MAX);

    /// Whether the model of this number is among them.
    pub fn has(self, model: u8) -> bool {
        self.0 >> model & 1 == 1
    }
}

/// What an item asks of GPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GpuNeed {
    /// Devices; 0 for an item that needs none.
    pub count: u8,
    /// Thousandths of each of them; 1000 is a whole one.
    pub milli: u16,
    /// Models that will do.
    pub models: Models,
}

impl GpuNeed {
    /// No GPU.
    pub const NONE: Self = Self { count: 0, milli: 0, models: Models::ANY };

    /// Thousandths over all devices.
    pub fn total(self) -> u64 {
        u64::from(self.count) * u64::from(self.milli)
    }

    /// A part of one device.
    pub fn is_share(self) -> bool {
        self.count > 0 && self.milli < MILLI
    }
}

/// Devices that an item has, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken(pub u16);

/// The GPUs of one host, all of one model: what is free of each, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Devices {
    /// 0 beyond the count.
    free: [u16; MOST_DEVICES],
    count: u8,
    model: u8,
}

impl Devices {
    /// So many free devices of a model.
    ///
    /// # Panics
    /// When there are more than [`MOST_DEVICES`].
    pub fn new(count: usize, model: u8) -> Self {
        let mut free = [0; MOST_DEVICES];
        free[..count].fill(MILLI);
        Self { free, count: count as u8, model }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        usize::from(self.count)
    }

    /// Number of their model.
    pub fn model(&self) -> u8 {
        self.model
    }

    /// What is free of each, in thousandths; beyond the count 0.
    pub fn free(&self) -> &[u16; MOST_DEVICES] {
        &self.free
    }

    /// Thousandths that are free, over all devices.
    pub fn total_free(&self) -> u64 {
        u64::from(self.free.iter().sum::<u16>())
    }

    /// Devices of which nothing is taken.
    pub fn untouched(&self) -> usize {
        self.free.iter().filter(|&&free| free == MILLI).count()
    }

    /// Devices with so much left.
    pub fn with(&self, milli: u16) -> usize {
        self.free[..self.count()].iter().map(|&free| usize::from(free >= milli)).sum()
    }

    /// Whether they have what is asked for.
    pub fn fit(&self, need: GpuNeed) -> bool {
        need.count == 0
            || need.models.has(self.model) && self.with(need.milli) >= usize::from(need.count)
    }

    /// The devices for a need that [fits](Self::fit): those with the least left that have enough,
    /// of equal ones the first.
    pub fn tightest(&self, need: GpuNeed) -> Taken {
        let mut taken = Taken::default();
        for _ in 0..need.count {
            let free = (0..self.count())
                .filter(|&device| taken.0 >> device & 1 == 0 && self.free[device] >= need.milli);
            let device = free.min_by_key(|&device| self.free[device]);
            taken.0 |= 1 << device.expect("the need fits");
        }
        taken
    }

    /// Takes so much of each of the devices.
    ///
    /// # Panics
    /// When one has less.
    pub fn take(&mut self, devices: Taken, milli: u16) {
        for device in 0..self.count() {
            if devices.0 >> device & 1 == 1 {
                let left = self.free[device].checked_sub(milli);
                self.free[device] = left.expect("a device is not taken beyond what it has");
            }
        }
    }

    /// Gives so much of each of the devices back.
    ///
    /// # Panics
    /// When one had not given so much.
    pub fn give(&mut self, devices: Taken, milli: u16) {
        for device in 0..self.count() {
            if devices.0 >> device & 1 == 1 {
                self.free[device] += milli;
                assert!(self.free[device] <= MILLI, "a device has no more than all of itself");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(count: u8, milli: u16) -> GpuNeed {
        GpuNeed { count, milli, models: Models::ANY }
    }

    #[test]
    fn a_part_comes_of_one_device_and_whole_ones_of_untouched_ones() {
        let mut gpus = Devices::new(3, 0);
        gpus.take(Taken(0b010), 600);
        assert_eq!((gpus.total_free(), gpus.untouched(), gpus.with(400)), (2_400, 2, 3));
        assert_eq!(gpus.tightest(need(1, 300)), Taken(0b010));
        assert_eq!(gpus.tightest(need(1, 500)), Taken(0b001));
        assert_eq!(gpus.tightest(need(2, 1000)), Taken(0b101));
        assert!(!gpus.fit(need(3, 1000)) && gpus.fit(need(3, 400)));
        gpus.give(Taken(0b010), 600);
        assert_eq!(gpus, Devices::new(3, 0));
    }

    #[test]
    fn a_model_that_will_not_do_does_not_fit() {
        let gpus = Devices::new(1, 5);
        let only = |model: u8| GpuNeed { models: Models(1 << model), ..need(1, 100) };
        assert!(gpus.fit(only(5)) && !gpus.fit(only(4)));
        assert!(gpus.fit(GpuNeed { models: Models(0), ..GpuNeed::NONE }), "none needs no model");
    }

    #[test]
    #[should_panic(expected = "beyond what it has")]
    fn a_device_is_not_taken_twice() {
        let mut gpus = Devices::new(1, 0);
        gpus.take(Taken(1), 600);
        gpus.take(Taken(1), 600);
    }
}
