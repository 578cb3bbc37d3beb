//! Ctrl-C leaves whole results or none.
#![cfg(unix)]

mod common;

use common::{Desk, FILES, tiny_world};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};

fn start(desk: &Desk, arguments: &[&str]) -> Child {
    Command::new(assert_cmd::cargo::cargo_bin("comity"))
        .current_dir(desk.path())
        .env("COMITY_CACHE", desk.cache())
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

fn send(signal: Signal, child: &Child) {
    let id = i32::try_from(child.id()).expect("an id");
    // It has not been waited for, so the id is still its own.
    kill(Pid::from_raw(id), signal).expect("a signal");
}

/// Stop a run on the built-in world while it searches journeys.
fn stopped_at_work(signal: Signal) -> (Desk, ExitStatus, Vec<String>) {
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
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let (desk, status, said) = stopped_at_work(signal);
        assert_eq!(status.code(), Some(130), "{said:?}");
        assert_eq!(said.last().map(String::as_str), Some("interrupted"));
        assert_eq!(desk.names(""), [""; 0]);
    }
}

/// A run on the tiny world that an interrupt meets while it writes.
#[test]
fn an_interrupt_while_writing_is_obeyed_after_it() {
    let tiny = tiny_world();
    let tiny = tiny.to_str().expect("a path in UTF-8");
    let again = Desk::new();
    let mut met = 0;
    // Writing takes less than a thousandth of a second and may be missed.
    for turn in 0..200 {
        // Into no folder at all, and over earlier results.
        let fresh = Desk::new();
        let desk = if turn % 2 == 0 { &fresh } else { &again };
        let scenario = desk.scenario().to_str().expect("a path in UTF-8");
        let arguments = ["appraise", scenario, "--world", tiny, "--out", "results"];
        let mut child = start(desk, &arguments);
        let writing = || {
            desk.names("")
                .iter()
                .any(|name| name.starts_with(".comity-"))
        };
        let mut seen = false;
        while !seen && child.try_wait().expect("a status").is_none() {
            seen = writing();
        }
        if seen {
            send(Signal::SIGINT, &child);
        }
        let status = child.wait().expect("it ends");
        assert_eq!(desk.names(""), ["results"], "{status}");
        assert_eq!(desk.names("results"), FILES, "{status}");
        met += u32::from(status.code() == Some(130));
        if met == 6 {
            return;
        }
    }
    panic!("no interrupt came while files were written");
}
