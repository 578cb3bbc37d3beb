//! Ctrl-C leaves whole results or none.
#![cfg(unix)]

mod common;

use common::{Desk, FILES, tiny_world};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

fn start(desk: &Desk, arguments: &[&str]) -> Child {
    Command::new(assert_cmd::cargo::cargo_bin("comity"))
        .current_dir(desk.path())
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

fn send(signal: &str, child: &Child) {
    // The program may have ended already.
    let _ = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .stderr(Stdio::null())
        .status()
        .expect("there is a kill command");
}

/// Stop a run on the built-in world while it searches journeys.
fn stopped_at_work(signal: &str) -> (Desk, ExitStatus, Vec<String>) {
    let desk = Desk::new();
    let mut child = start(
        &desk,
        &["appraise", "cku-railway", "--out", "results", "-v"],
    );
    let mut lines = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let mut said = vec![];
    while !said
        .last()
        .is_some_and(|l: &String| l.starts_with("read world"))
    {
        said.push(
            lines
                .next()
                .expect("it reads the world first")
                .expect("text"),
        );
    }
    send(signal, &child);
    said.extend(lines.map(|line| line.expect("text")));
    let status = child.wait().expect("it ends");
    (desk, status, said)
}

#[test]
fn an_interrupt_at_work_leaves_nothing() {
    for signal in ["-INT", "-TERM"] {
        let (desk, status, said) = stopped_at_work(signal);
        assert_eq!(status.code(), Some(130), "{said:?}");
        assert_eq!(said.last().map(String::as_str), Some("interrupted"));
        assert_eq!(desk.names(""), [""; 0]);
    }
}

/// Whenever it comes, before, during or after the writing, the folder is whole or absent, and
/// nothing else is left. On the tiny world a run takes some hundredths of a second, most of it
/// writing.
#[test]
fn an_interrupt_at_any_time_leaves_whole_results_or_none() {
    let tiny = tiny_world();
    let tiny = tiny.to_str().expect("a path in UTF-8");
    let desk = Desk::new();
    let scenario = desk.scenario().to_str().expect("a path in UTF-8");
    let arguments = ["appraise", scenario, "--world", tiny, "--out", "results"];
    let since = Instant::now();
    let whole = start(&desk, &arguments).wait().expect("it ends");
    let length = since.elapsed();
    assert!(whole.success());
    assert_eq!(desk.names("results"), FILES);

    // Over earlier results, which must stay or be replaced, and into no folder at all.
    let tries = 40;
    for turn in 0..tries {
        let fresh = Desk::new();
        let delay: Duration = length * turn / tries;
        for (desk, must_be_there) in [(&desk, true), (&fresh, false)] {
            let mut child = start(desk, &arguments);
            sleep(delay);
            send("-INT", &child);
            let status = child.wait().expect("it ends");
            let left = desk.names("");
            if must_be_there || status.success() || left == ["results"] {
                assert_eq!(left, ["results"], "after {delay:?}: {status}");
                assert_eq!(desk.names("results"), FILES, "after {delay:?}: {status}");
            } else {
                assert_eq!(left, [""; 0], "after {delay:?}: {status}");
            }
        }
    }
}
