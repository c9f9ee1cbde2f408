//! The rules of an Application Load Balancer's listener: which target group a request goes to.
//!
//! Rules are held against a request by ascending priority until all conditions of one are met; the
//! default action is for those that none fits. A host matches whatever its capitals, a path by
//! them; `*` stands for any characters, `?` for one. Of several target groups one is drawn by
//! weight. Each rule that was looked at counts for the bill beyond the tenth. (Application Load
//! Balancer User Guide, "Listeners", "Listener rules", "Quotas".)
//!
//! Not modelled: conditions on methods, headers, query strings and source addresses, stickiness of
//! target groups, and authentication.

use crate::aws::iam::Context;
use crate::aws::iam::pattern::Pattern;
use crate::engine::Stream;

/// Rules of a load balancer.
const MOST_RULES: usize = 100;
/// Target groups of an action.
const MOST_GROUPS: usize = 5;
/// Values in the conditions of a rule.
const MOST_VALUES: usize = 5;
const MOST_WEIGHT: u32 = 999;
const MOST_PRIORITY: u32 = 50_000;

/// What is done with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes to one of these target groups, each with its weight.
    Forward(Vec<(u32, u32)>),
    /// The load balancer answers itself with this status: a fixed response or a redirection.
    Answer(u16),
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its priority, 1 to 50,000: low ones come first.
    pub priority: u32,
    /// The host has to match one of these, if there are some.
    pub hosts: Vec<String>,
    /// The path has to match one of these, if there are some.
    pub paths: Vec<String>,
    /// What is done then.
    pub action: Action,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To this target group.
    Group(u32),
    /// Back, with this status.
    Answer(u16),
}

/// A listener.
#[derive(Clone, Debug)]
pub struct Listener {
    /// By priority.
    rules: Vec<Compiled>,
    default: Action,
}

#[derive(Clone, Debug)]
struct Compiled {
    hosts: Vec<Pattern>,
    paths: Vec<Pattern>,
    action: Action,
}

impl Listener {
    /// A listener with these rules, in whatever order, and the action for all other requests.
    ///
    /// # Errors
    /// What is wrong with them, each in a sentence.
    pub fn new(mut rules: Vec<Rule>, default: Action) -> Result<Self, Vec<String>> {
        let mut flaws = Vec::new();
        if rules.len() > MOST_RULES {
            flaws.push(format!("there are {} rules, of at most {MOST_RULES}", rules.len()));
        }
        rules.sort_by_key(|rule| rule.priority);
        for pair in rules.windows(2).filter(|pair| pair[0].priority == pair[1].priority) {
            flaws.push(format!("two rules have the priority {}", pair[0].priority));
        }
        for rule in &rules {
            flaws.extend(flaws_of(rule));
        }
        flaws.extend(flaw_of(&default).map(|flaw| format!("the default action {flaw}")));
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let patterns = |texts: &[String]| texts.iter().map(|text| Pattern::plain(text)).collect();
        let compiled = |rule: Rule| Compiled {
            hosts: patterns(&rule.hosts),
            paths: patterns(&rule.paths),
            action: rule.action,
        };
        Ok(Self { rules: rules.into_iter().map(compiled).collect(), default })
    }

    /// Where a request goes, and how many rules were looked at.
    pub fn route(&self, host: &str, path: &str, stream: &mut Stream) -> (Destination, u32) {
        let place = self.rules.iter().position(|rule| rule.fits(host, path));
        let action = place.map_or(&self.default, |place| &self.rules[place].action);
        let processed = place.map_or(self.rules.len(), |place| place + 1);
        (action.destination(stream), processed as u32)
    }
}

impl Compiled {
    fn fits(&self, host: &str, path: &str) -> bool {
        let plain = Context::default();
        let host = |pattern: &Pattern| pattern.matches_ignoring_case(host, &plain);
        let path = |pattern: &Pattern| pattern.matches(path, &plain);
        (self.hosts.is_empty() || self.hosts.iter().any(host))
            && (self.paths.is_empty() || self.paths.iter().any(path))
    }
}

impl Action {
    fn destination(&self, stream: &mut Stream) -> Destination {
        let groups = match self {
            Self::Answer(status) => return Destination::Answer(*status),
            Self::Forward(groups) => groups,
        };
        // nothing is drawn where there is nothing to choose
        if let [(group, _)] = groups[..] {
            return Destination::Group(group);
        }
        let total: u32 = groups.iter().map(|(_, weight)| weight).sum();
        let mut drawn = stream.below(total as usize) as u32;
        let chosen = groups.iter().find(|(_, weight)| {
            let here = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            here
        });
        Destination::Group(chosen.expect("what is drawn is below the sum").0)
    }
}

fn flaws_of(rule: &Rule) -> Vec<String> {
    let name = format!("the rule with priority {}", rule.priority);
    let mut flaws = Vec::new();
    if !(1..=MOST_PRIORITY).contains(&rule.priority) {
        flaws.push(format!("{name} has to have one of 1 to {MOST_PRIORITY}"));
    }
    match rule.hosts.len() + rule.paths.len() {
        0 => flaws.push(format!("{name} has no condition: make it the default action")),
        values if values > MOST_VALUES => {
            flaws.push(format!("{name} has {values} hosts and paths, of at most {MOST_VALUES}"));
        }
        _ => {}
    }
    if let Some(path) = rule.paths.iter().find(|path| !path.starts_with(['/', '*', '?'])) {
        flaws.push(format!("{name} matches no path by `{path}`: paths begin with `/`"));
    }
    flaws.extend(flaw_of(&rule.action).map(|flaw| format!("{name} {flaw}")));
    flaws
}

fn flaw_of(action: &Action) -> Option<String> {
    match action {
        Action::Answer(status) if !(200..=599).contains(status) => {
            Some(format!("answers with {status}, which is no status"))
        }
        Action::Answer(_) => None,
        Action::Forward(groups) if groups.is_empty() || groups.len() > MOST_GROUPS => {
            let count = groups.len();
            Some(format!("forwards to {count} target groups, of 1 to {MOST_GROUPS}"))
        }
        Action::Forward(groups) => {
            let heavy = groups.iter().find(|(_, weight)| *weight > MOST_WEIGHT);
            let none = groups.iter().all(|(_, weight)| *weight == 0);
            match heavy {
                Some((_, weight)) => Some(format!("has a weight of {weight} of {MOST_WEIGHT}")),
                None => none.then(|| "forwards to groups that have no weight".to_owned()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::elb::cost::charged_rules;
    use crate::engine::Streams;

    fn rule(priority: u32, hosts: &[&str], paths: &[&str], group: u32) -> Rule {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let action = Action::Forward(vec![(group, 1)]);
        Rule { priority, hosts: texts(hosts), paths: texts(paths), action }
    }

    fn stream() -> Stream {
        Streams::new(1).named("listener")
    }

    #[test]
    fn the_first_rule_whose_conditions_are_all_met_decides() {
        let rules = vec![
            rule(30, &[], &["/img/*"], 3),
            rule(10, &["*.example.com"], &["/api/v?/*", "/health"], 1),
            rule(20, &["API.example.com"], &[], 2),
        ];
        let listener = Listener::new(rules, Action::Answer(404)).unwrap();
        let cases = [
            ("shop.example.com", "/api/v1/x", Destination::Group(1), 1),
            ("shop.example.com", "/health", Destination::Group(1), 1),
            ("shop.example.com", "/API/v1/x", Destination::Answer(404), 3),
            ("example.com", "/api/v1/x", Destination::Answer(404), 3),
            ("api.EXAMPLE.com", "/", Destination::Group(2), 2),
            ("example.org", "/img/logo", Destination::Group(3), 3),
        ];
        for (host, path, destination, processed) in cases {
            assert_eq!(listener.route(host, path, &mut stream()), (destination, processed));
        }
    }

    #[test]
    fn rules_beyond_the_tenth_are_charged() {
        let rules = (1..=12).map(|group| rule(group, &[], &[&format!("/{group}")], group));
        let listener = Listener::new(rules.collect(), Action::Answer(404)).unwrap();
        let charged = |path| charged_rules(listener.route("", path, &mut stream()).1);
        assert_eq!(["/3", "/10", "/11", "/12", "/"].map(charged), [0, 0, 1, 2, 2]);
    }

    #[test]
    fn target_groups_get_requests_by_weight() {
        let action = Action::Forward(vec![(7, 90), (8, 0), (9, 10)]);
        let listener = Listener::new(Vec::new(), action).unwrap();
        let (mut stream, mut counts) = (stream(), [0_i32; 10]);
        for _ in 0..10_000 {
            let (destination, _) = listener.route("", "/", &mut stream);
            let Destination::Group(group) = destination else { panic!("a group") };
            counts[group as usize] += 1;
        }
        // four standard errors of 30
        assert!((counts[7] - 9000).abs() < 120 && counts[8] == 0, "{counts:?}");
        assert_eq!(counts[7] + counts[9], 10_000);
    }

    #[test]
    fn what_is_wrong_with_rules_is_said() {
        let flaws = |rules, default| Listener::new(rules, default).unwrap_err();
        let found = flaws(
            vec![
                rule(0, &["a"], &[], 0),
                rule(5, &[], &[], 0),
                rule(5, &["a"; 4], &["img/*", "/"], 0),
                Rule { action: Action::Forward(vec![(0, 0), (1, 0)]), ..rule(6, &[], &["/"], 0) },
                Rule { action: Action::Forward(vec![(0, 1000)]), ..rule(7, &[], &["/"], 0) },
            ],
            Action::Answer(99),
        );
        let expected = [
            "two rules have the priority 5",
            "the rule with priority 0 has to have one of 1 to 50000",
            "the rule with priority 5 has no condition: make it the default action",
            "the rule with priority 5 has 6 hosts and paths, of at most 5",
            "the rule with priority 5 matches no path by `img/*`: paths begin with `/`",
            "the rule with priority 6 forwards to groups that have no weight",
            "the rule with priority 7 has a weight of 1000 of 999",
            "the default action answers with 99, which is no status",
        ];
        assert_eq!(found, expected);
        let found = flaws(Vec::new(), Action::Forward(Vec::new()));
        let expected = ["the default action forwards to 0 target groups, of 1 to 5"];
        assert_eq!(found, expected);
    }
}
