//! Security groups from what `aws ec2 describe-security-groups` prints, collecting everything that
//! is wrong on the way.
//!
//! Of ICMP, types and codes are not told apart: simulated connections are TCP and UDP.

use std::net::IpAddr;

use super::group::{Group, Rule};
use crate::aws::json::{self, Object, Part};
use crate::scenario::load::Sources;
use crate::scenario::security_group::{Cidr, Peer, Ports, Protocol};
use crate::scenario::{Diagnostics, Problem};

const GROUP: [&str; 9] = [
    "GroupId",
    "GroupName",
    "Description",
    "VpcId",
    "OwnerId",
    "SecurityGroupArn",
    "Tags",
    "IpPermissions",
    "IpPermissionsEgress",
];
const PERMISSION: [&str; 7] = [
    "IpProtocol",
    "FromPort",
    "ToPort",
    "IpRanges",
    "Ipv6Ranges",
    "PrefixListIds",
    "UserIdGroupPairs",
];
const PAIR: [&str; 7] = [
    "GroupId",
    "GroupName",
    "UserId",
    "Description",
    "VpcId",
    "VpcPeeringConnectionId",
    "PeeringStatus",
];

/// Reads all groups of a document: what the command line prints, or the list in it.
///
/// # Errors
/// Everything that is wrong with it, with its place in the file called `name`.
pub fn groups(text: &str, name: &str) -> Result<Vec<Group>, Diagnostics> {
    let mut reader = Reader { problems: Vec::new() };
    let document = Part::document(text, "the document");
    let list = reader.noted(document.and_then(listed));
    let groups = list.into_iter().flatten().filter_map(|part| reader.group(part)).collect();
    match reader.problems.is_empty() {
        true => Ok(groups),
        false => Err(Diagnostics::new(Sources::new(name, text, &[]), reader.problems)),
    }
}

fn listed(document: Part<'_>) -> json::Read<Vec<Part<'_>>> {
    if document.is_list() {
        return document.list();
    }
    let help = "this is what `aws ec2 describe-security-groups` prints";
    let object = document.object()?;
    object.required("SecurityGroups").map_err(|problem| problem.help(help))?.list()
}

/// A kind of peer in a permission: the list it stands in, the key that has it, and all keys.
type Kind = (&'static str, &'static str, &'static [&'static str]);

const KINDS: [Kind; 4] = [
    ("IpRanges", "CidrIp", &["CidrIp", "Description"]),
    ("Ipv6Ranges", "CidrIpv6", &["CidrIpv6", "Description"]),
    ("PrefixListIds", "PrefixListId", &["PrefixListId", "Description"]),
    ("UserIdGroupPairs", "GroupId", &PAIR),
];

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    /// What was read, or none where that went wrong, which is noted.
    fn noted<T>(&mut self, read: json::Read<T>) -> Option<T> {
        read.map_err(|problem| self.problems.push(*problem)).ok()
    }

    fn wrong(&mut self, part: Part<'_>, title: String, help: &str) {
        self.problems.push(part.problem(title).help(help));
    }

    /// The entries of an object, of which each has one of these names.
    fn object<'t>(&mut self, part: Part<'t>, what: &str, known: &[&str]) -> Option<Object<'t>> {
        let object = self.noted(part.object())?;
        self.problems.extend(object.strange_keys(known, what));
        Some(object)
    }

    fn text(&mut self, object: &Object<'_>, name: &str) -> Option<String> {
        self.noted(object.required(name).and_then(Part::text))
    }

    fn list<'t>(&mut self, object: &Object<'t>, name: &str) -> Vec<Part<'t>> {
        let list = object.get(name).map(|part| self.noted(part.list()));
        list.flatten().unwrap_or_default()
    }

    fn group(&mut self, part: Part<'_>) -> Option<Group> {
        let object = self.object(part, "a security group", &GROUP)?;
        let inbound = self.permissions(&object, "IpPermissions");
        let outbound = self.permissions(&object, "IpPermissionsEgress");
        let id = self.text(&object, "GroupId")?;
        let name = match object.get("GroupName") {
            Some(part) => self.noted(part.text())?,
            None => id.clone(),
        };
        Some(Group { id, name, inbound, outbound })
    }

    fn permissions(&mut self, group: &Object<'_>, name: &str) -> Vec<Rule> {
        if let Err(problem) = group.required(name) {
            self.problems.push(problem.help("write `[]` where there are no rules"));
        }
        let parts = self.list(group, name);
        parts.into_iter().flat_map(|part| self.permission(part)).collect()
    }

    /// A permission is a rule for each of its peers.
    fn permission(&mut self, part: Part<'_>) -> Vec<Rule> {
        let Some(object) = self.object(part, "a permission", &PERMISSION) else {
            return Vec::new();
        };
        let peers = self.peers(&object);
        let Some(protocol) = self.protocol(&object) else { return Vec::new() };
        let ports = match protocol.has_ports() {
            true => self.ports(&object, protocol),
            false => Some(Ports::ALL),
        };
        let Some(ports) = ports else { return Vec::new() };
        peers.into_iter().map(|peer| Rule { protocol, ports, peer }).collect()
    }

    fn protocol(&mut self, object: &Object<'_>) -> Option<Protocol> {
        let part = self.noted(object.required("IpProtocol"))?;
        let text = self.noted(part.text())?;
        let read = Protocol::read(&text).map_err(|flaw| {
            let help = "write its name or number, or `-1` for all protocols";
            Box::new(part.problem(flaw.to_string()).help(help))
        });
        self.noted(read)
    }

    fn ports(&mut self, object: &Object<'_>, protocol: Protocol) -> Option<Ports> {
        let [first, last] = ["FromPort", "ToPort"].map(|name| {
            let help = format!("a rule for {protocol} has its ports");
            let part = object.required(name).map_err(|problem| problem.help(help).into());
            let part = self.noted(part)?;
            let port = self.noted(part.whole_number())?;
            let port = u16::try_from(port).map_err(|_| {
                let title = format!("{port} is no port");
                Box::new(part.problem(title).help("ports are 0 to 65535"))
            });
            Some((self.noted(port)?, part))
        });
        let ((first, _), (last, part)) = (first?, last?);
        let ports = Ports::between(first, last);
        if ports.is_none() {
            let title = format!("the range of ports ends at {last}, before it begins at {first}");
            self.wrong(part, title, "put the smaller one into `FromPort`");
        }
        ports
    }

    fn peers(&mut self, permission: &Object<'_>) -> Vec<Peer> {
        let mut peers = Vec::new();
        let mut listed = 0;
        for (list, key, known) in KINDS {
            for part in self.list(permission, list) {
                listed += 1;
                let Some(entry) = self.object(part, "an entry", known) else { continue };
                let Some(value) = self.noted(entry.required(key)) else { continue };
                let Some(text) = self.noted(value.text()) else { continue };
                match key {
                    "CidrIp" | "CidrIpv6" => {
                        peers.extend(self.range(value, &text, key).map(Peer::Addresses));
                    }
                    _ => peers.push(Peer::Named(text)),
                }
            }
        }
        if listed == 0 {
            let title = "this permission allows nobody".to_owned();
            let help = "list somebody in IpRanges, Ipv6Ranges, PrefixListIds or UserIdGroupPairs";
            self.wrong(permission.part, title, help);
        }
        peers
    }

    fn range(&mut self, part: Part<'_>, text: &str, key: &str) -> Option<Cidr> {
        let read = Cidr::read(text).map_err(|flaw| Box::new(part.problem(flaw.to_string())));
        let range = self.noted(read)?;
        let other = match (key, range.first()) {
            ("CidrIp", IpAddr::V6(_)) => "IPv6 addresses stand in `Ipv6Ranges`, as `CidrIpv6`",
            ("CidrIpv6", IpAddr::V4(_)) => "IPv4 addresses stand in `IpRanges`, as `CidrIp`",
            _ => return Some(range),
        };
        self.wrong(part, format!("`{text}` is of the other version of IP"), other);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::vpc::security_group::{Direction, Firewall, Limits};

    /// As the command line prints it.
    const PRINTED: &str = r#"{
    "SecurityGroups": [
        {
            "GroupId": "sg-0aaa",
            "IpPermissionsEgress": [
                {
                    "IpProtocol": "-1",
                    "UserIdGroupPairs": [],
                    "IpRanges": [{ "CidrIp": "0.0.0.0/0" }],
                    "Ipv6Ranges": [{ "CidrIpv6": "::/0", "Description": "too" }],
                    "PrefixListIds": []
                }
            ],
            "Tags": [{ "Key": "team", "Value": "shop" }],
            "VpcId": "vpc-1",
            "SecurityGroupArn": "arn:aws:ec2:us-east-1:111122223333:security-group/sg-0aaa",
            "OwnerId": "111122223333",
            "GroupName": "web",
            "Description": "the shop",
            "IpPermissions": [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 8000,
                    "ToPort": 8080,
                    "UserIdGroupPairs": [{ "UserId": "111122223333", "GroupId": "sg-0bbb" }],
                    "IpRanges": [],
                    "Ipv6Ranges": [],
                    "PrefixListIds": [{ "PrefixListId": "pl-1" }]
                },
                {
                    "IpProtocol": "icmp",
                    "FromPort": 8,
                    "ToPort": -1,
                    "IpRanges": [{ "CidrIp": "10.0.0.0/8" }]
                }
            ]
        },
        { "GroupId": "sg-0bbb", "GroupName": "alb", "IpPermissions": [], "IpPermissionsEgress": [] }
    ]
}"#;

    #[test]
    fn what_the_command_line_prints_is_read() {
        let groups = groups(PRINTED, "groups.json").unwrap();
        let worded = |group: &Group, direction| {
            let rules = group.rules(direction).iter();
            rules.map(|rule| rule.worded(direction)).collect::<Vec<String>>()
        };
        let [web, alb] = groups.as_slice() else { panic!("two groups") };
        assert_eq!((web.id.as_str(), web.name.as_str()), ("sg-0aaa", "web"));
        assert_eq!(
            worded(web, Direction::Inbound),
            ["tcp 8000-8080 from pl-1", "tcp 8000-8080 from sg-0bbb", "icmp from 10.0.0.0/8"]
        );
        assert_eq!(
            worded(web, Direction::Outbound),
            ["everything to 0.0.0.0/0", "everything to ::/0"]
        );
        // a group whose rules were all taken away lets nothing out
        assert_eq!(worded(alb, Direction::Outbound), [""; 0]);
        let flaws = Firewall::new(groups, &[], Limits::default()).unwrap_err();
        assert_eq!(flaws.len(), 1, "{flaws:?}");
        assert!(flaws[0].contains("`pl-1`, which is no security group and no prefix list"));
    }

    #[test]
    fn everything_that_is_wrong_is_shown_where_it_stands() {
        let text = r#"[
  {
    "GroupId": "sg-0aaa",
    "IpPermission": [],
    "IpPermissions": [
      { "IpProtocol": "tpc", "IpRanges": [{ "CidrIp": "10.0.0.0/8" }] },
      { "IpProtocol": "tcp", "FromPort": 90, "ToPort": 80, "IpRanges": [{ "CidrIp": "::/0" }] },
      { "IpProtocol": "tcp", "ToPort": 70000, "IpRanges": [{ "CidrIp": "10.0.0.0" }] },
      { "IpProtocol": "-1", "UserIdGroupPairs": [] }
    ]
  },
  { "GroupName": "alb", "IpPermissions": {} }
]"#;
        insta::assert_snapshot!(groups(text, "groups.json").unwrap_err().to_string());
    }

    #[test]
    fn other_documents_are_refused() {
        let said = groups(r#"{ "Vpcs": [] }"#, "groups.json").unwrap_err().to_string();
        assert!(said.contains("`SecurityGroups` is missing"), "{said}");
        assert!(said.contains("help: this is what `aws ec2 describe-security-groups`"), "{said}");
        assert!(groups("[", "groups.json").is_err());
    }
}
