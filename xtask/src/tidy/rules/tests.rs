//! Each tidy rule on small texts, both ways: what it must find, and what it must let pass. A rule that finds nothing
//! any more would otherwise go unnoticed.

use super::*;

/// Asserts the (line, part of the message) of every finding.
fn expect(path: &str, text: &str, wanted: &[(usize, &str)]) {
    let found = check(path, text);
    let matches = found.len() == wanted.len()
        && found
            .iter()
            .zip(wanted)
            .all(|(finding, (line, part))| finding.line == *line && finding.message.contains(part));
    assert!(matches, "{path}\n{text}\nwanted {wanted:?}\nfound {found:#?}");
}

/// The text of a Rust file with a proper header, `body` from line 2.
fn rust(body: &str) -> String {
    format!("//! A file.\n{body}\n")
}

#[test]
fn a_finding_is_shown_as_file_line_message() {
    let found = check("server/src/a.rs", "fn a() {}\n");
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), 1);
    assert!(shown[0].starts_with("server/src/a.rs:1: begin with"), "{shown:?}");
}

#[test]
fn a_rust_file_begins_with_its_header() {
    expect("server/src/a.rs", "use std::fmt;\n//! late\n", &[(1, "begin with")]);
    expect("server/src/a.rs", "", &[(1, "begin with")]);
    expect("server/src/a.rs", "/// Not a header.\nfn a() {}\n", &[(1, "begin with")]);
    expect("server/src/a.rs", "\n\n//! A file.\n", &[]);
    expect("README.md", "# No header\n", &[]);
}

#[test]
fn codec_functions_are_named_in_one_file() {
    let call = rust(concat!("let b = bincode", "::encode_to_vec(1);"));
    expect("relay/src/a.rs", &call, &[(2, "protocol/src/codec.rs")]);
    expect("protocol/src/codec.rs", &call, &[]);
    expect("relay/src/a.rs", &rust("#[bincode(crate = \"x\")]\nstruct A;"), &[]);
    expect("relay/src/a.rs", &rust(concat!("// bincode", "::encode is called elsewhere")), &[]);
}

#[test]
fn files_stay_short() {
    let lines = |count: usize| "//! A file.\n".repeat(count);
    expect("server/src/a.rs", &lines(500), &[]);
    expect("server/src/a.rs", &lines(501), &[(501, "501 lines")]);
    expect("web/a.tsx", &lines(501), &[(501, "501 lines")]);
    expect("web/a.css", &format!("/* A file. */\n{}", lines(500)), &[(501, "501 lines")]);
    expect("web/a.ts", &format!("// @generated\n{}", lines(600)), &[]);
    expect("docs/a.md", &lines(600), &[]);
}

#[test]
fn nothing_is_left_for_later() {
    for word in [concat!("TO", "DO: x"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("to", "do!()")] {
        expect("server/src/a.rs", &rust(&format!("// a\nfn a() {{}} // {word}")), &[(3, "open an issue")]);
    }
    expect("web/a.ts", concat!("// A file. unimple", "mented!(x)"), &[(1, "open an issue")]);
    expect(".ci/run", concat!("# TO", "DO"), &[(1, "open an issue")]);
    expect("deploy/a.sh", concat!("mktemp -d /tmp/a.XX", "XXXX"), &[]);
    expect("server/src/a.rs", &rust(concat!("let a = TO", "DOS;")), &[]);
}

#[test]
fn tests_do_not_sleep() {
    let sleep = concat!("sle", "ep(a)");
    for prefix in ["std::thread::", "tokio::time::", ""] {
        let call = format!("{prefix}{sleep};");
        let text = rust(&call);
        expect("server/tests/a.rs", &text, &[(2, "deadline")]);
        expect("server/src/board/tests.rs", &text, &[(2, "deadline")]);
        expect("server/src/a.rs", &text, &[]);
        let inline = format!("fn a() {{ {call} }}\n\n#[cfg(test)]\nmod tests {{\n    {call}\n}}");
        expect("server/src/a.rs", &rust(&inline), &[(6, "deadline")]);
    }
    for mark in SLEEP_MARKS {
        expect("server/tests/a.rs", &rust(&format!("{sleep}; {mark}")), &[]);
    }
    expect("server/tests/a.rs", &rust(&format!("over{sleep}")), &[]);
    let elsewhere = format!("#[cfg(test)]\nmod tests;\nfn a() {{ {sleep} }}");
    expect("server/src/a.rs", &rust(&elsewhere), &[]);
}

#[test]
fn long_tests_stand_where_they_are_run() {
    let ignored = rust("#[test]\n#[ignore = \"takes minutes\"]\nfn a() {}");
    expect("server/tests/system/a.rs", &ignored, &[]);
    expect("relay/tests/a.rs", &ignored, &[(3, "never run")]);
}

#[test]
fn machine_paths_stay_outside() {
    for path in [concat!("/wo", "rk/main"), concat!("/ro", "ot/.cargo"), concat!("/ho", "me/ann/src")] {
        expect("docs/a.md", &format!("first\nsee `{path}`\n"), &[(2, "one machine")]);
        expect("deploy/unit", &format!("Path=file://{path}"), &[(1, "one machine")]);
    }
    expect("docs/a.md", concat!("net", "/wo", "rk/a, ./wo", "rk/a, $", "{HERE}/wo", "rk/a"), &[]);
    expect("Cargo.lock", concat!("/wo", "rk/main"), &[]);
}

#[test]
fn pure_folders_know_no_clock_socket_or_chance() {
    let impure = [
        "use tokio::sync::mpsc;",
        "use std::net::TcpStream;",
        "use std::time::Instant;",
        "let now = Instant::now();",
        "let now = SystemTime::UNIX_EPOCH;",
        "let mut r = rand::rng();",
        "let mut r = thread_rng();",
    ];
    let pure_files = ["protocol/src/a.rs", "ranks/src/a.rs", "engine/tests/a.rs", "sim/src/a.rs"];
    for path in pure_files.into_iter().chain(["relay/src/core/a.rs", "client/src/core/deep/a.rs"]) {
        for line in impure {
            expect(path, &rust(line), &[(2, "is pure")]);
        }
        expect(path, &rust("use std::time::Duration;\n// tokio is not known here\nuse core::net::IpAddr;"), &[]);
    }
    for program in ["relay/src/shell.rs", "sim/src/main.rs", "ranks/examples/a.rs"] {
        expect(program, &rust(impure[0]), &[]);
    }
}

#[test]
fn pure_crates_depend_on_nothing_heavy() {
    let with = |line: &str| format!("license.workspace = true\n[lints]\nworkspace = true\n[dependencies]\n{line}\n");
    expect("engine/Cargo.toml", &with("tokio.workspace = true"), &[(5, "engine/ is pure")]);
    expect("sim/Cargo.toml", &with("hyper = \"1\""), &[(5, "sim/ is pure")]);
    expect("engine/Cargo.toml", &with("bytes.workspace = true"), &[]);
    expect("server/Cargo.toml", &with("tokio.workspace = true"), &[]);
}

#[test]
fn members_take_licence_and_lints_from_the_workspace() {
    expect("relay/Cargo.toml", "[package]\nlicense = \"MIT\"\n[lints]\nworkspace = true\n", &[(1, "license")]);
    expect("relay/Cargo.toml", "[package]\nlicense.workspace = true\n", &[(1, "[lints]")]);
    expect("relay/Cargo.toml", "[package]\nlicense.workspace = true\n\n[lints]\nworkspace = true\n", &[]);
    expect("Cargo.toml", "[workspace]\n", &[]);
}

#[test]
fn scripts_and_style_sheets_begin_with_a_comment() {
    for path in ["web/a.ts", "web/a.tsx", "client-wasm/a.mjs", "web/a.js", "web/a.css"] {
        expect(path, "x\n", &[(1, "begin with a comment")]);
        expect(path, "/** A file. */\nx\n", &[]);
    }
    expect("web/a.ts", "// A file.\nx\n", &[]);
    expect("web/a.mjs", "#!/usr/bin/env node\n// A file.\nx\n", &[]);
    expect("web/a.ts", "import x;\n// @generated\n", &[]);
    expect("web/a.html", "<p>\n", &[]);
}

#[test]
fn no_file_is_taken_for_an_asset() {
    expect("web/a.cjs", "// A file.\n", &[(1, "type")]);
}

#[test]
fn tests_of_pages_do_not_sleep() {
    let sleeps = [
        concat!("await sle", "ep(5);"),
        concat!("await page.waitFor", "Timeout(5);"),
        concat!("await new Pro", "mise((done) => setTimeout(done, 5));"),
        concat!("import { setTimeout } from 'node:timers", "/promises';"),
    ];
    for line in sleeps {
        let text = format!("// A file.\n{line}\n");
        for path in ["web/test/a.ts", "web/src/a.test.tsx", "client-wasm/packaging-tests/a.mjs", "web/a.spec.ts"] {
            expect(path, &text, &[(2, "deadline")]);
        }
        expect("web/src/a.ts", &text, &[]);
        expect("web/test/a.ts", &format!("// A file.\n{line} // tidy: poll\n"), &[]);
    }
    expect("web/test/a.ts", "// A file.\nconst timer = setTimeout(() => fail(), 5);\n", &[]);
}

#[test]
fn no_registry_is_named() {
    let lock = |value: &str| format!("{{\n  \"resolved\": \"{value}\",\n  \"url\": \"https://a.example\"\n}}\n");
    expect("package-lock.json", &lock("https://registry.example/a.tgz"), &[(2, "registry")]);
    expect("a/package-lock.json", &lock("git+ssh://git@host.example/a.git"), &[(2, "registry")]);
    expect("package-lock.json", &lock("web"), &[]);
    expect(".npmrc", "fund=false\nregistry=https://registry.example/\n", &[(2, "registry")]);
    expect(".npmrc", "omit-lockfile-registry-resolved=true\n", &[]);
}
