//! Timelines by hand, those of the user guide among them, and a plain loop as a reference.

use proptest::prelude::*;

use super::*;
use crate::aws::ec2::catalogue::instance_type;

fn hours(hours: f64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs_f64(hours * 3600.0)
}

fn credits(name: &str, mode: CreditMode) -> CpuCredits {
    let of = instance_type(name).unwrap();
    CpuCredits::launch(SimTime::ZERO, of, Some(mode)).expect("it has credits")
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
}

/// Plays periods of hours and utilisation, in percent of all vCPUs, and has the balance at the end
/// of each looked at.
fn play(credits: &mut CpuCredits, periods: &[(f64, f64)], mut look: impl FnMut(usize, Balance)) {
    let mut now = 0.0;
    for (place, &(span, percent)) in periods.iter().enumerate() {
        credits.set_wanted(hours(now), percent / 100.0 * credits.vcpus);
        now += span;
        look(place, credits.balance(hours(now)));
    }
}

#[test]
fn a_t3_medium_is_down_to_its_baseline_after_six_hours_at_full_speed() {
    // it earns 24 an hour and spends 120: full credits of 576 last 6 hours
    let mut medium = credits("t3.medium", CreditMode::Standard);
    assert_eq!((medium.most(), medium.baseline()), (576.0, 0.4));
    assert_eq!(medium.limit(SimTime::ZERO), 0.4);
    medium.set_wanted(hours(30.0), 2.0);
    close(medium.balance(hours(30.0)).earned, 576.0);
    assert_eq!(medium.falls_at(hours(30.0)), Some(hours(36.0)));
    assert_eq!((medium.used(hours(35.9)), medium.used(hours(36.0))), (2.0, 0.4));
    assert_eq!(medium.falls_at(hours(36.0)), None);
    // nothing is earned at the baseline, however long
    assert_eq!(medium.used(hours(99.0)), 0.4);
    medium.set_wanted(hours(100.0), 0.0);
    close(medium.balance(hours(101.0)).earned, 24.0);
    assert_eq!(medium.limit(hours(101.0)), 2.0);
}

#[test]
fn an_unlimited_t3_medium_owes_what_a_day_at_full_speed_takes_beyond_the_baseline() {
    let mut medium = credits("t3.medium", CreditMode::Unlimited);
    medium.set_wanted(SimTime::ZERO, 2.0);
    assert_eq!(medium.falls_at(SimTime::ZERO), None);
    // 96 an hour: a day's earnings are owed after 6 hours, and charged is what comes after them
    let six = medium.balance(hours(6.0));
    assert_eq!((six.surplus, six.charged), (576.0, 0.0));
    let day = medium.balance(hours(24.0));
    close(day.charged, 18.0 * 96.0);
    medium.stop(hours(24.0));
    let all = medium.balance(hours(24.0));
    // (2 - 0.4) vCPUs for 24 hours
    close(all.charged, 38.4 * 60.0);
    assert_eq!(all.surplus, 0.0);
}

/// "Example 1: Explain credit use with T3 Standard".
#[test]
fn t3_standard_of_the_user_guide() {
    let periods = [
        (24.0, 0.0),
        (12.0, 2.5),
        (24.0, 7.0),
        (12.0, 2.5),
        (2.0, 100.0),
        (14.0, 5.0),
        (24.0, 0.0),
    ];
    let expected = [144.0, 144.0, 86.4, 122.4, 0.0, 0.0, 144.0];
    let mut nano = credits("t3.nano", CreditMode::Standard);
    play(&mut nano, &periods, |place, balance| close(balance.earned, expected[place]));
}

/// "Example 1: Explain credit use with T3 Unlimited".
#[test]
fn t3_unlimited_of_the_user_guide() {
    let periods = [
        (24.0, 0.0),
        (12.0, 2.5),
        (24.0, 7.0),
        (12.0, 2.5),
        (5.0, 100.0),
        (13.0, 5.0),
        (24.0, 0.0),
    ];
    let earned = [144.0, 144.0, 86.4, 122.4, 0.0, 0.0, 0.0];
    // 570 spent, less 122.4: 447.6, of which 144 can be earned back
    let surplus = [0.0, 0.0, 0.0, 0.0, 144.0, 144.0, 0.0];
    let charged = [0.0, 0.0, 0.0, 0.0, 303.6, 303.6, 303.6];
    let mut nano = credits("t3.nano", CreditMode::Unlimited);
    play(&mut nano, &periods, |place, balance| {
        close(balance.earned, earned[place]);
        close(balance.surplus, surplus[place]);
        close(balance.charged, charged[place]);
    });
}

/// "Example 2: Explain credit use with T2 Standard".
#[test]
fn t2_standard_of_the_user_guide_spends_launch_credits_first() {
    let periods =
        [(24.0, 0.0), (12.0, 0.0), (25.0, 2.0), (11.0, 2.0), (3.0, 20.0), (15.0, 2.0), (6.0, 0.0)];
    let expected = [102.0, 102.0, 72.0, 72.0, 45.0, 72.0, 72.0];
    let mut nano = credits("t2.nano", CreditMode::Standard);
    play(&mut nano, &periods, |place, balance| {
        close(balance.launch + balance.earned, expected[place]);
    });
}

#[test]
fn a_t2_boots_on_launch_credits_and_loses_everything_when_it_stops() {
    let mut micro = credits("t2.micro", CreditMode::Standard);
    micro.set_wanted(SimTime::ZERO, 1.0);
    // 30 minutes of launch credits, in which 3 are earned; 60 - 6 = 54 an hour drain those
    let falls = 0.5 + 3.0 / 54.0;
    let found = micro.falls_at(SimTime::ZERO).unwrap().as_secs_f64();
    close(found, falls * 3600.0);
    micro.set_wanted(hours(1.0), 0.0);
    micro.stop(hours(10.0));
    assert_eq!(micro.balance(hours(11.0)), Balance::default());
    micro.start(hours(11.0));
    assert_eq!(micro.balance(hours(11.0)).launch, 30.0);
    micro.switch(hours(11.0), CreditMode::Unlimited);
    assert_eq!(micro.balance(hours(11.0)).launch, 0.0);
}

#[test]
fn a_t3_keeps_its_credits_for_seven_days() {
    for (days, expected) in [(7.0, 12.0), (7.01, 0.0)] {
        let mut micro = credits("t3.micro", CreditMode::Standard);
        micro.stop(hours(1.0));
        micro.start(hours(1.0 + 24.0 * days));
        close(micro.balance(hours(1.0 + 24.0 * days)).earned, expected);
    }
}

#[test]
fn becoming_standard_charges_what_is_owed() {
    let mut micro = credits("t4g.micro", CreditMode::Unlimited);
    micro.set_wanted(SimTime::ZERO, 2.0);
    micro.switch(hours(1.0), CreditMode::Standard);
    let balance = micro.balance(hours(1.0));
    close(balance.charged, 108.0);
    assert_eq!((balance.surplus, micro.limit(hours(1.0))), (0.0, 0.2));
}

#[test]
fn other_types_have_no_credits() {
    let m5 = instance_type("m5.large").unwrap();
    assert_eq!(CpuCredits::launch(SimTime::ZERO, m5, None), None);
}

/// Ten-second steps, each with the flow of its beginning.
fn reference(name: &str, mode: CreditMode, periods: &[(u64, f64)]) -> Balance {
    let of = instance_type(name).unwrap();
    let step = 10.0;
    let earn = of.credits_per_hour.unwrap() / 3600.0 * step;
    let most = of.credits_per_hour.unwrap() * 24.0;
    let launch = if name.starts_with("t2") && mode == CreditMode::Standard { 30.0 } else { 0.0 };
    let mut balance = Balance { launch, ..Balance::default() };
    for &(steps, share) in periods {
        for _ in 0..steps {
            let mut spend = share * f64::from(of.vcpus) / 60.0 * step;
            let from_launch = spend.min(balance.launch);
            balance.launch -= from_launch;
            spend -= from_launch;
            let net = earn - spend;
            let paid = net.max(0.0).min(balance.surplus);
            balance.surplus -= paid;
            let left = balance.earned + net - paid;
            balance.earned = left.clamp(0.0, most);
            if left < 0.0 && mode == CreditMode::Unlimited {
                balance.surplus -= left;
                balance.charged += (balance.surplus - most).max(0.0);
                balance.surplus = balance.surplus.min(most);
            }
        }
    }
    balance
}

proptest! {
    /// At most what a few steps earn and spend apart.
    #[test]
    fn balances_are_those_of_small_steps(
        name in prop::sample::select(vec!["t2.micro", "t3.nano", "t3.medium", "t4g.xlarge"]),
        unlimited: bool,
        periods in prop::collection::vec((1..3000_u64, prop::sample::select(
            vec![0.0, 0.01, 0.05, 0.2, 0.4, 0.7, 1.0])), 1..10),
    ) {
        let mode = if unlimited { CreditMode::Unlimited } else { CreditMode::Standard };
        let mut exact = credits(name, mode);
        let mut now = SimTime::ZERO;
        for &(steps, share) in &periods {
            exact.set_wanted(now, share * exact.vcpus);
            now += SimDuration::from_secs(steps * 10);
        }
        let (found, expected) = (exact.balance(now), reference(name, mode, &periods));
        let slack = periods.len() as f64 * 2.0 * 10.0 * exact.vcpus / 60.0;
        for (found, expected) in [
            (found.launch, expected.launch),
            (found.earned, expected.earned),
            (found.surplus, expected.surplus),
            (found.charged, expected.charged),
        ] {
            prop_assert!((found - expected).abs() <= slack, "{found} is not {expected}");
        }
    }

    /// What was earned and spent is what is there: nothing is lost but above the most.
    #[test]
    fn unlimited_credits_balance(
        changes in prop::collection::vec((1..100_000_u64, 0.0..=1.0_f64), 1..10),
    ) {
        let mut exact = credits("t3.small", CreditMode::Unlimited);
        let (mut now, mut net) = (SimTime::ZERO, 0.0);
        for (seconds, share) in changes {
            exact.set_wanted(now, share * 2.0);
            now += SimDuration::from_secs(seconds);
            net += (24.0 / 60.0 - share * 2.0) / 60.0 * seconds as f64;
        }
        let balance = exact.balance(now);
        let kept = balance.earned - balance.surplus - balance.charged;
        prop_assert!(kept <= net + 1e-6);
        prop_assert!(balance.earned == 0.0 || balance.surplus == 0.0);
    }

    /// The limit falls at the nanosecond that was forecast, and not before.
    #[test]
    fn a_forecast_is_met_to_the_nanosecond(
        name in prop::sample::select(vec!["t2.micro", "t3.nano", "t3a.xlarge", "t4g.medium"]),
        idle in 1..200_000_u64,
        share in 0.0..=1.0_f64,
    ) {
        let mut exact = credits(name, CreditMode::Standard);
        let now = SimTime::ZERO + SimDuration::from_secs(idle);
        exact.set_wanted(now, share * exact.vcpus);
        match exact.falls_at(now) {
            None => prop_assert!(exact.wanted <= exact.baseline()),
            Some(at) => {
                let before = SimTime::from_nanos(at.as_nanos() - 1);
                prop_assert_eq!(exact.limit(before), exact.vcpus);
                prop_assert_eq!(exact.limit(at), exact.baseline());
                // having been looked at and told again in between makes at most rounding
                let between = SimTime::from_nanos(now.as_nanos().midpoint(at.as_nanos()));
                exact.set_wanted(between, exact.wanted);
                let again = exact.falls_at(between).unwrap().as_secs_f64();
                prop_assert!((again - at.as_secs_f64()).abs() <= 1e-6 * at.as_secs_f64());
            }
        }
    }
}
