//! What security groups and roles of a cluster on ECS keep from working: each case with the rule
//! or permission, and without it.

use plimsoll::metrics::{FindingKind, Recording};

use crate::lab::{HOST, app, of, run, same, simulation};

const ROLE: &str = "arn:aws:iam::111122223333:role/web";
/// Tasks of Fargate that are up after a second.
const FARGATE: &str = "
[[cluster]]
name = 'ecs'
kind = 'ecs'
region = 'eu-west-1'
engine = { start = '0s' }
";
const OPTIONS: &str = "
[cluster.ecs]
interface = '0s'
fargate = '1s'
agent = '0s'
registration = '0s'
task_duration = '10s'
";
const TRAFFIC: &str = "traffic = { arrivals = { deterministic = '2/s' } }\ntimeout = '3s'\n";

/// Two minutes of these apps and further lines.
fn played(apps: &[String], cluster: &str, options: &str, more: &str) -> Recording {
    let text = format!("{FARGATE}{cluster}{OPTIONS}{options}{more}");
    run(&[&simulation("2min"), HOST, &apps.join("\n"), &text])
}

/// What was found: of which kind, and about whom. Every sentence is a warning, too.
fn found(recording: &Recording) -> Vec<(FindingKind, &str)> {
    let summary = &recording.summary;
    for finding in &summary.findings {
        assert!(summary.warnings.contains(&finding.title), "{finding:?}");
        assert!(!finding.advice.is_empty(), "{finding:?}");
    }
    summary.findings.iter().map(|it| (it.kind, it.about.as_str())).collect()
}

fn advice(recording: &Recording) -> &str {
    &recording.summary.findings[0].advice
}

#[test]
fn tasks_that_their_load_balancer_does_not_reach_answer_nothing() {
    let play = |ports: &str| {
        let groups = format!(
            "[[cluster.security_group]]\nname = 'tasks'\n\
             inbound = [{{ ports = '{ports}', from = '10.0.0.0/16' }}]\n"
        );
        let apps = [app("web", &format!("{TRAFFIC}demand = '10ms'"))];
        played(&apps, "", "security_groups = ['tasks']\n", &groups)
    };
    let good = play("80");
    assert_eq!(found(&good), []);
    assert!(of(&good, "web").requests.succeeded > 100);
    let bad = play("8080");
    let about = "app `web`: its load balancer to its tasks";
    assert_eq!(found(&bad), [(FindingKind::SecurityGroup, about)]);
    assert_eq!(advice(&bad), "add to security group `tasks`: inbound tcp 80 from 10.0.0.0/20");
    assert_eq!(of(&bad, "web").requests.succeeded, 0);
}

/// A load balancer `front` before the app `back`, which lets in whom this rule means.
fn behind(from: &str) -> String {
    format!(
        "[[cluster.security_group]]\nname = 'front'\n\
         inbound = [{{ ports = '80', from = '{from}' }}]\n\
         [[cluster.load_balancer]]\nname = 'front'\nsecurity_groups = ['front']\n\
         [[cluster.target_group]]\nname = 'back'\nload_balancer = 'front'\napp = 'back'\n"
    )
}

#[test]
fn requests_from_outside_that_no_rule_lets_in_time_out() {
    let apps = [app("back", &format!("{TRAFFIC}demand = '10ms'"))];
    let good = played(&apps, "", "", &behind("0.0.0.0/0"));
    assert_eq!(found(&good), []);
    let bad = played(&apps, "", "", &behind("10.0.0.0/8"));
    let about = "app `back`: requests from outside";
    assert_eq!(found(&bad), [(FindingKind::SecurityGroup, about)]);
    assert_eq!(advice(&bad), "add to security group `front`: inbound tcp 80 from 0.0.0.0/0");
    // each at its timeout of 3 s, so that those of the last 3 s are in flight: nobody is refused,
    // although nothing runs at first
    let account = of(&bad, "back").requests;
    assert_eq!((account.succeeded, account.refused, account.failed), (0, 0, 0));
    assert!((5..=7).contains(&account.in_flight), "{account:?}");
    assert_eq!(account.timed_out, account.arrived - account.in_flight);
}

#[test]
fn calls_that_no_rule_lets_through_fail_their_callers() {
    let play = |from: &str| {
        let apps = [
            app("web", &format!("{TRAFFIC}calls = [['back']]")),
            app("back", "demand = '10ms'\ntimeout = '1s'"),
        ];
        played(&apps, "", "", &behind(from))
    };
    let good = play("10.0.0.0/16");
    assert_eq!(found(&good), []);
    assert!(of(&good, "web").requests.succeeded > 100);
    let bad = play("192.168.0.0/16");
    let about = "app `web`: calls of app `back`";
    assert_eq!(found(&bad), [(FindingKind::SecurityGroup, about)]);
    let (web, back) = (of(&bad, "web").requests, of(&bad, "back").requests);
    assert_eq!((web.succeeded, back.succeeded), (0, 0));
    assert!(web.failed > 100 && back.timed_out == web.failed, "{web:?} {back:?}");
}

#[test]
fn calls_of_aws_that_the_task_role_does_not_allow_fail_their_requests() {
    let play = |policies: &str| {
        let call = "[[app.aws_call]]\naction = 's3:GetObject'\n\
                    resource = 'arn:aws:s3:::pictures/a'\nlatency = '20ms'";
        let apps = [app("web", &format!("{TRAFFIC}demand = '10ms'\n{call}"))];
        let role = format!("[[cluster.role]]\narn = '{ROLE}'\npolicies = [{policies}]\n");
        played(&apps, "", &format!("task_role = '{ROLE}'\n"), &role)
    };
    let good = play("'AmazonS3ReadOnlyAccess'");
    assert_eq!(found(&good), []);
    let latency = of(&good, "web").latency;
    same(latency.p50.map(|it| (it * 1e3).round() / 1e3), 0.030);
    assert_eq!(of(&good, "web").requests.failed, 0);
    let bad = play("");
    assert_eq!(found(&bad), [(FindingKind::Permission, "app `web`: s3:GetObject")]);
    let expected =
        r#"{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/a" }"#;
    assert_eq!(advice(&bad).lines().last(), Some(format!("    {expected}").as_str()));
    let account = of(&bad, "web").requests;
    assert!(account.succeeded == 0 && account.failed > 100, "{account:?}");
}

#[test]
fn on_fargate_calls_of_aws_without_a_task_role_have_no_credentials() {
    let call = "[[app.aws_call]]\naction = 's3:GetObject'";
    let apps = [app("web", &format!("{TRAFFIC}{call}"))];
    let role = format!("[[cluster.role]]\narn = '{ROLE}'\npolicies = ['AmazonS3FullAccess']\n");
    let bad = played(&apps, "", "", &role);
    assert!(bad.summary.findings[0].title.contains("Unable to locate credentials"));
    assert_eq!(of(&bad, "web").requests.succeeded, 0);
    // without any role nobody is asked about
    assert_eq!(found(&played(&apps, "", "", "")), []);
}

#[test]
fn tasks_whose_execution_role_may_not_pull_stop_before_they_run() {
    let play = |policies: &str| {
        let registry = "[[registry]]\nname = 'shop'\nkind = 'ecr'\naccount = '111122223333'\n\
                        region = 'eu-west-1'\n";
        let role = format!("[[cluster.role]]\narn = '{ROLE}'\npolicies = [{policies}]\n");
        let apps = [registry.to_owned(), app("web", TRAFFIC)];
        played(&apps, "", &format!("execution_role = '{ROLE}'\n"), &role)
    };
    let good = play("'AmazonECSTaskExecutionRolePolicy'");
    assert_eq!(found(&good), []);
    assert!(of(&good, "web").requests.succeeded > 100);
    let bad = play("");
    let given_up = (FindingKind::Deployment, "service `web`");
    assert_eq!(found(&bad), [(FindingKind::Permission, "app `web`"), given_up]);
    let title = &bad.summary.findings[0].title;
    let expected = "tasks of `web` stop before they run: ResourceInitializationError: unable to \
                    pull secrets or registry auth";
    assert!(title.starts_with(expected), "{title}");
    assert!(title.contains("not authorized to perform: ecr:GetAuthorizationToken"), "{title}");
    assert_eq!(of(&bad, "web").requests.succeeded, 0);
}

#[test]
fn tasks_that_cannot_reach_the_registry_stop_before_they_run() {
    let groups = "[[cluster.security_group]]\nname = 'tasks'\noutbound = []\n\
                  inbound = [{ from = '0.0.0.0/0' }]\n";
    let apps = [app("web", TRAFFIC)];
    let bad = played(&apps, "", "security_groups = ['tasks']\n", groups);
    let given_up = (FindingKind::Deployment, "service `web`");
    assert_eq!(found(&bad), [(FindingKind::SecurityGroup, "app `web`"), given_up]);
    let title = &bad.summary.findings[0].title;
    assert!(title.contains("CannotPullContainerError") && title.contains("i/o timeout"), "{title}");
    assert_eq!(advice(&bad), "add to security group `tasks`: outbound tcp 443 to 0.0.0.0/0");
    assert_eq!(of(&bad, "web").requests.succeeded, 0);
}

/// A standalone task with a secret and a log group, by these policies of its execution role.
fn report(policies: &str) -> Recording {
    let role = ROLE.replace("web", "execution");
    let more = format!(
        "[[cluster.role]]\narn = '{role}'\npolicies = [{policies}]\n\
         [[cluster.run_task]]\nfile = 'tests/data/rules/run.json'\n"
    );
    let options = "task_definitions = ['tests/data/rules/task.json']\n";
    played(&[app("web", "")], "", options, &more)
}

#[test]
fn secrets_and_log_streams_are_what_the_execution_role_is_for() {
    let (secrets, logs) = ("'tests/data/rules/secrets.json'", "'tests/data/rules/no-secrets.json'");
    assert_eq!(found(&report(&format!("{secrets}, {logs}"))), []);
    let about = (FindingKind::Permission, "task definition `report`");
    let no_secret = report(logs);
    assert_eq!(found(&no_secret), [about]);
    let title = &no_secret.summary.findings[0].title;
    // of a secret's ARN, what follows the name is no part of the resource
    let resource = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:token-a1b2c3";
    assert!(title.contains(&format!("on resource: {resource} because")), "{title}");
    let no_logs = report(secrets);
    assert_eq!(found(&no_logs), [about]);
    let title = &no_logs.summary.findings[0].title;
    let expected = "ResourceInitializationError: failed to validate logger args";
    assert!(title.contains(expected) && title.contains("logs:CreateLogStream"), "{title}");
}

#[test]
fn instances_whose_role_or_groups_keep_them_from_ecs_never_join() {
    let play = |policy: &str, outbound: &str| {
        let identity = format!("identity = {{ role = '{ROLE}', policies = ['{policy}'] }}\n");
        let more = format!(
            "[[cluster.auto_scaling_group]]\nname = 'web'\ninstance_types = ['m5.large']\nmin = 1\n\
             max = 1\nsecurity_groups = ['node']\n\
             [[cluster.security_group]]\nname = 'node'\ninbound = [{{ from = '0.0.0.0/0' }}]\n\
             outbound = [{outbound}]\n"
        );
        played(&[app("web", TRAFFIC)], &identity, "network = 'bridge'\n", &more)
    };
    let out = "{ ports = '443', to = '0.0.0.0/0' }";
    let good = play("AmazonEC2ContainerServiceforEC2Role", out);
    assert_eq!(found(&good), []);
    assert!(of(&good, "web").requests.succeeded > 50);
    let bad = play("AmazonECSTaskExecutionRolePolicy", out);
    assert_eq!(found(&bad), [(FindingKind::Permission, "role of the instances")]);
    assert_eq!(of(&bad, "web").replicas_ready, 0.0);
    let bad = play("AmazonEC2ContainerServiceforEC2Role", "");
    assert_eq!(found(&bad)[0], (FindingKind::SecurityGroup, "instances of `web`: to ECS"));
    assert_eq!(of(&bad, "web").replicas_ready, 0.0);
}

#[test]
fn tasks_for_which_their_subnet_has_no_address_never_run() {
    // of the 11 addresses of a /28 that AWS does not keep, so many are taken
    let play = |used: u32| {
        let range = "[[cluster.subnet]]\nname = 'small'\ncidr = '10.0.0.0/28'";
        let subnet = format!("{range}\nused = {used}\n");
        let apps = [app("web", &format!("{TRAFFIC}demand = '10ms'\nreplicas = 3"))];
        played(&apps, "", "", &subnet)
    };
    let good = play(8);
    assert_eq!(found(&good), []);
    let bad = play(9);
    assert_eq!(found(&bad), [(FindingKind::Address, "subnet `small`")]);
    let title = &bad.summary.findings[0].title;
    assert!(title.contains("InsufficientFreeAddressesInSubnet"), "{title}");
    assert!(advice(&bad).contains("`cidr`"), "{}", advice(&bad));
    let running =
        |recording: &Recording| recording.summary.tasks.as_ref().expect("it is of ECS").running_max;
    assert_eq!((running(&good), running(&bad)), (3, 2));
}

#[test]
fn tasks_for_whose_volume_an_instance_has_no_slot_stop_before_they_run() {
    // an m5.large has 27 slots beside its interface, of which its root takes one
    let play = |replicas: u32| {
        let io = "io = { operations = 1, volume = { size = '1GiB' } }\ndemand = '10ms'";
        let more = format!("{TRAFFIC}{io}\nreplicas = {replicas}\ncpu = {{ request = '50m' }}");
        let apps = [app("db", &more)];
        let group = "
[[cluster.auto_scaling_group]]
name = 'nodes'
instance_types = ['m5.large']
min = 1
max = 1
launch = '0s'
boot = '0s'
";
        played(&apps, "", "network = 'bridge'\n", group)
    };
    let good = play(26);
    assert_eq!(found(&good), []);
    let bad = play(27);
    assert_eq!(found(&bad), [(FindingKind::Slot, "app `db`")]);
    let title = &bad.summary.findings[0].title;
    assert!(title.contains("AttachmentLimitExceeded: m5.large has room for 27 volumes"), "{title}");
    assert!(title.contains("beside 1 network interface, and 27 are attached"), "{title}");
    let running =
        |recording: &Recording| recording.summary.tasks.as_ref().expect("it is of ECS").running_max;
    assert_eq!((running(&good), running(&bad)), (26, 26));
}
