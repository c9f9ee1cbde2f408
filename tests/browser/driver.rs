//! A browser under remote control: as much of the WebDriver protocol (W3C, with Chromium's own
//! commands for what it has no words for) as the tests of the report need.

use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What Chromium is told: nothing it would do of itself.
const ARGUMENTS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1100,900",
];
/// A command that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether pages may run scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    Allowed,
    Blocked,
}

/// Chromium with one page, until it is dropped.
pub struct Browser {
    driver: Child,
    agent: ureq::Agent,
    /// Address of the session.
    session: String,
    /// Its settings, removed with it.
    _profile: TempDir,
}

/// A rectangle of the window, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    /// The point at these shares of its width and height.
    pub fn at(self, across: f64, down: f64) -> (f64, f64) {
        (self.left + self.width * across, self.top + self.height * down)
    }
}

impl Browser {
    /// A fresh browser, or `None` where chromedriver is not installed.
    pub fn start(scripts: Scripts) -> Option<Self> {
        let spawned = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
        let mut driver = match spawned {
            Ok(driver) => driver,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => panic!("chromedriver does not start: {error}"),
        };
        let port = port(&mut driver);
        let profile = tempfile::tempdir().expect("there is a place for temporary folders");
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .build();
        let mut browser = Self {
            driver,
            agent: config.into(),
            session: format!("http://127.0.0.1:{port}/session"),
            _profile: profile,
        };
        let wanted = browser.wanted(scripts);
        let session = browser.post("", wanted);
        browser.session += &format!("/{}", session["sessionId"].as_str().expect("a session"));
        Some(browser)
    }

    fn wanted(&self, scripts: Scripts) -> Value {
        let profile = format!("--user-data-dir={}", self._profile.path().display());
        let arguments: Vec<_> = ARGUMENTS.into_iter().chain([profile.as_str()]).collect();
        let blocked = match scripts {
            Scripts::Allowed => json!({}),
            Scripts::Blocked => json!({ "profile.managed_default_content_settings.javascript": 2 }),
        };
        json!({ "capabilities": { "alwaysMatch": {
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": { "args": arguments, "prefs": blocked },
        } } })
    }

    fn post(&self, command: &str, body: Value) -> Value {
        let sent = self.agent.post(format!("{}{command}", self.session)).send_json(&body);
        let mut response = sent.expect("chromedriver answers");
        let answer: Value = response.body_mut().read_json().expect("chromedriver answers in JSON");
        let value = answer["value"].clone();
        assert!(value["error"].is_null(), "{command}: {}: {}", value["error"], value["message"]);
        value
    }

    /// Opens a file.
    pub fn open(&self, page: &Path) {
        self.post("/url", json!({ "url": format!("file://{}", page.display()) }));
    }

    /// Runs the body of a function in the page, with `arguments[0]`, …
    pub fn run(&self, script: &str, arguments: Value) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": arguments }))
    }

    /// A command of Chromium's own protocol.
    pub fn chromium(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({ "cmd": command, "params": parameters }))
    }

    /// Where the first element that a selector names is, after scrolling there.
    pub fn area(&self, selector: &str) -> Area {
        let script = "const element = document.querySelector(arguments[0]);
            element.scrollIntoView({ block: 'center' });
            const { x, y, width, height } = element.getBoundingClientRect();
            return [x, y, width, height];";
        let area = self.run(script, json!([selector]));
        let number = |index: usize| area[index].as_f64().expect("a number");
        Area { left: number(0), top: number(1), width: number(2), height: number(3) }
    }

    /// Text of the first element that a selector names, its spaces made plain; empty where it is
    /// not to be seen.
    pub fn text(&self, selector: &str) -> String {
        let script = "const element = document.querySelector(arguments[0]);
            return element.checkVisibility() ? element.innerText : '';";
        let text = self.run(script, json!([selector]));
        let words = text.as_str().expect("text").split_whitespace().map(str::to_owned);
        words.collect::<Vec<_>>().join(" ")
    }

    /// Moves the pointer.
    pub fn point(&self, at: (f64, f64)) {
        self.pointer(&[moved(at)]);
    }

    /// Presses at the first point, goes to the others, and lets go.
    pub fn drag(&self, points: &[(f64, f64)]) {
        let mut steps = vec![moved(points[0]), button("pointerDown")];
        steps.extend(points[1..].iter().copied().map(moved));
        steps.push(button("pointerUp"));
        self.pointer(&steps);
    }

    /// Clicks twice at a point.
    pub fn double_click(&self, at: (f64, f64)) {
        let click = [button("pointerDown"), button("pointerUp")];
        let steps: Vec<_> = [moved(at)].into_iter().chain(click.clone()).chain(click).collect();
        self.pointer(&steps);
    }

    /// Clicks on the middle of the first element that a selector names.
    pub fn click(&self, selector: &str) {
        self.drag(&[self.area(selector).at(0.5, 0.5)]);
    }

    fn pointer(&self, steps: &[Value]) {
        self.post(
            "/actions",
            json!({ "actions": [{
                "type": "pointer",
                "id": "mouse",
                "parameters": { "pointerType": "mouse" },
                "actions": steps,
            }] }),
        );
    }

    /// Presses keys one after the other, on what has the focus.
    pub fn press(&self, keys: &[&str]) {
        let steps: Vec<_> = keys
            .iter()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })))
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": steps });
        self.post("/actions", json!({ "actions": [keyboard] }));
    }

    /// What was written to the console since last asked, refusals by the page's policy included.
    pub fn console(&self) -> Vec<Value> {
        self.log("browser")
    }

    /// Addresses of everything that pages from files asked for since the start.
    pub fn requested(&self) -> Vec<String> {
        let events = self.log("performance").into_iter().filter_map(|entry| {
            let message = entry["message"].as_str()?;
            serde_json::from_str::<Value>(message).ok()
        });
        let sent = events.filter(|event| event["message"]["method"] == "Network.requestWillBeSent");
        let address = |event: Value| {
            let parameters = &event["message"]["params"];
            let page = parameters["documentURL"].as_str().expect("an address");
            let address = parameters["request"]["url"].as_str().expect("an address");
            page.starts_with("file:").then(|| address.to_owned())
        };
        sent.filter_map(address).collect()
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.post("/se/log", json!({ "type": kind }));
        entries.as_array().expect("a list").clone()
    }

    /// The page as PDF.
    pub fn print(&self) -> Vec<u8> {
        let pdf = self.post("/print", json!({}));
        STANDARD.decode(pdf.as_str().expect("a document")).expect("base64")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // a browser that is gone already has nothing to close
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn moved((x, y): (f64, f64)) -> Value {
    json!({ "type": "pointerMove", "duration": 0, "x": x.round(), "y": y.round() })
}

fn button(action: &str) -> Value {
    json!({ "type": action, "button": 0 })
}

/// The port that chromedriver chose, which it tells on its output.
fn port(driver: &mut Child) -> u16 {
    let output = driver.stdout.take().expect("its output is a pipe");
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        let (_, port) = line.rsplit_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    // what else it has to say must not fill the pipe
    std::thread::spawn(move || lines.for_each(drop));
    port.expect("chromedriver tells its port")
}
