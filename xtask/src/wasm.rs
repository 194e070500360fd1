//! The engine for the browser.
//!
//! A tool chain with the target `wasm32-unknown-unknown` is used as it is.
//! Where rustup cannot fetch the target, Debian's current compiler with its
//! library source is unpacked (not installed) into a cache folder and builds
//! the standard library itself.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

const TARGET: &str = "wasm32-unknown-unknown";

/// Builds `web/engine` and gives the path of the module.
pub fn build() -> Result<PathBuf> {
    // A folder of its own keeps the two compilers' results apart.
    let target = shell::target().join("wasm");
    let mut cargo = shell::cargo();
    cargo.args(["build", "--profile", "wasm", "--target", TARGET, "--package", "engine"]);
    cargo.env("CARGO_TARGET_DIR", &target);
    if !target_present()? {
        let toolchain = unpacked_toolchain()?;
        let prefix = toolchain.join("root/usr");
        let lld = sysroot()?.join(format!("lib/rustlib/{}/bin/rust-lld", host()?));
        cargo.arg("-Zbuild-std=std,panic_abort");
        cargo.env("RUSTC", prefix.join("bin/rustc"));
        cargo.env("LD_LIBRARY_PATH", prefix.join("lib").join(library_folder()?));
        cargo.env("RUSTC_BOOTSTRAP", "1");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", lld);
    }
    shell::run("engine as WebAssembly", &mut cargo)?;
    Ok(target.join(TARGET).join("wasm/engine.wasm"))
}

/// Whether the tool chain has the standard library for the browser; asks rustup for it when it may.
fn target_present() -> Result<bool> {
    let library = sysroot()?.join("lib/rustlib").join(TARGET);
    if library.exists() {
        return Ok(true);
    }
    let added = shell::present("rustup")
        && Command::new("rustup")
            .args(["target", "add", TARGET])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|s| s.success());
    Ok(added && library.exists())
}

fn sysroot() -> Result<PathBuf> {
    let text = shell::capture("sysroot", Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(text.trim()))
}

fn host() -> Result<String> {
    let text = shell::capture("host", Command::new("rustc").arg("-vV"))?;
    text.lines().find_map(|l| l.strip_prefix("host: ")).map(str::to_owned).context("rustc -vV names no host")
}

/// Debian's folder of libraries for this machine: `x86_64-linux-gnu`.
fn library_folder() -> Result<String> {
    let host = host()?;
    let mut parts = host.split('-');
    let arch = parts.next().unwrap_or_default();
    Ok(format!("{arch}-linux-gnu"))
}

/// The unpacked compiler, made when it is not there yet (about 25 s and 480 MB).
fn unpacked_toolchain() -> Result<PathBuf> {
    let cache = std::env::var_os("WUPU_WASM_TOOLCHAIN").map_or_else(
        || {
            let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
            home.join(".cache/wupu/wasm-toolchain")
        },
        PathBuf::from,
    );
    let ready = cache.join("ready");
    if ready.exists() {
        return Ok(cache);
    }
    if !shell::present("apt-get") || !shell::present("dpkg") {
        bail!("the target {TARGET} is needed: rustup target add {TARGET}");
    }
    let debs = cache.join("debs");
    std::fs::create_dir_all(&debs).with_context(|| format!("cannot make {}", debs.display()))?;
    let mut unpack = Command::new("bash");
    unpack.args(["-euc", UNPACK]).current_dir(&cache);
    shell::run("unpack a compiler for the browser", &mut unpack)?;
    std::fs::write(&ready, "")?;
    Ok(cache)
}

const UNPACK: &str = r#"
mkdir -p root debs; cd debs
apt-get update -qq || true
V=$(apt-cache policy rustc-web | awk '/Candidate/{print $2}')
SO=$(apt-cache depends libstd-rust-web-dev="$V" | awk '/Depends: libstd-rust-web-/{print $2; exit}')
LL=$(apt-cache depends "$SO" | awk '/Depends: libllvm/{print $2; exit}')
apt-get download -q rustc-web="$V" libstd-rust-web-dev="$V" "$SO=$V" rust-web-src="$V" "$LL"
for d in *.deb; do case $d in
  rust-web-src*) dpkg --fsys-tarfile "$d" | tar -x -C ../root --wildcards './usr/src/*/library' './usr/lib/rustlib/src*' ;;
  *) dpkg -x "$d" ../root ;;
esac; done
cd ..; rm -rf debs
"#;

/// Makes the native answers that the module is compared with, and gives their folder.
pub fn native_results() -> Result<PathBuf> {
    let folder = shell::target().join("engine-conformance");
    let mut cargo = shell::cargo();
    cargo.args(["run", "--quiet", "--package", "engine", "--example", "conformance", "--", "instruments/cn-2017"]);
    shell::run("native answers of the engine", cargo.arg(&folder))?;
    Ok(folder)
}
