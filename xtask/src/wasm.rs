//! The verifier for browsers: `crates/proof` as the WebAssembly module `console/public/proof.wasm`.
//! It is checked in, so that neither a build nor a reader needs its compiler; whoever doubts it builds
//! it again, anywhere, and gets the same bytes.
//!
//! The pinned toolchain has no standard library for WebAssembly, and a machine that installs from
//! Debian only has no way to get it. Debian's `rustc-web` (what it builds browsers with) and
//! `rust-web-src`, of one version, make both. They are unpacked below `target`, without root.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The module, and the record of what it was built with.
const MODULE: &str = "console/public/proof.wasm";
const RECORD: &str = "console/public/proof.wasm.json";
const TARGET: &str = "wasm32-unknown-unknown";
/// Functions that the page calls. Nothing else is exported but the memory.
const FUNCTIONS: [&str; 3] = ["alloc", "call", "free"];

/// What to do about a compiler that Debian has replaced.
const NEW_COMPILER: &str =
    "remove target/wasm-toolchain, run 'cargo run -p xtask -- wasm' and check both files in";

/// Builds the module and writes it; with `is_check` only compares it with the one that is there.
pub(crate) fn wasm(root: &Path, is_check: bool) -> Result<()> {
    let record: Value = match std::fs::read(root.join(RECORD)) {
        Ok(bytes) => serde_json::from_slice(&bytes).context(RECORD)?,
        Err(_) => Value::Null,
    };
    let compiler = Compiler::get(root, record["rustc-web"].as_str(), is_check)?;
    let module = build(root, &compiler)?;
    inspect(root, &module)?;
    let sha256: String = Sha256::digest(&module).iter().map(|b| format!("{b:02x}")).collect();
    let built = json!({
        "bytes": module.len(),
        "llvm": release(&mut compiler.rustc(), "LLVM version")?,
        "rust-lld": release(&mut pinned_rustc(), "release")?,
        "rustc-web": compiler.version,
        "sha256": sha256,
    });
    println!("{built:#}");
    if !is_check {
        std::fs::write(root.join(MODULE), &module)?;
        std::fs::write(root.join(RECORD), format!("{built:#}\n"))?;
        println!("written: {MODULE}, {RECORD}; console/dist takes them when it is built");
        return Ok(());
    }
    let again = "run 'cargo run -p xtask -- wasm' and check both files in";
    let kept = std::fs::read(root.join(MODULE))
        .with_context(|| format!("{MODULE} cannot be read: {again}"))?;
    ensure!(
        kept == module && record["sha256"] == built["sha256"],
        "{MODULE} is not what these sources build. It was built so:\n{record:#}\n\
         If sources changed, {again}. If only Debian's compiler or LLVM did, {NEW_COMPILER}"
    );
    println!("{MODULE} is what these sources build");
    Ok(())
}

fn text(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?} does not start"))?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{command:?} failed:\n{error}");
    Ok(String::from_utf8(output.stdout)?)
}

fn pinned_rustc() -> Command {
    Command::new(Path::new(env!("CARGO")).with_file_name("rustc"))
}

/// What a compiler says of itself.
fn release(rustc: &mut Command, name: &str) -> Result<String> {
    let table = text(rustc.arg("-vV"))?;
    let mut lines = table.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = lines.find(|(known, _)| *known == name).context("rustc says its version")?;
    Ok(value.to_owned())
}

/// Debian's compiler, unpacked.
struct Compiler {
    version: String,
    folder: PathBuf,
}

impl Compiler {
    /// The one that the module was built with; where Debian has it no more, its next build of the same
    /// release, which may write the same bytes; and only where that may differ, the newest.
    fn get(root: &Path, recorded: Option<&str>, is_check: bool) -> Result<Self> {
        let tools = root.join("target/wasm-toolchain");
        if let Some(version) = recorded
            && let Some(compiler) = Self::find(&tools, version)
        {
            return Ok(compiler);
        }
        let apt = Apt::new(&tools)?;
        let versions = apt.versions()?;
        let of_release = |version: &str| version.split(['+', '-']).next().map(str::to_owned);
        let same = recorded.and_then(|recorded| {
            let same = |version: &&String| version.as_str() == recorded;
            let alike = |version: &&String| of_release(version) == of_release(recorded);
            versions.iter().find(same).or_else(|| versions.iter().find(alike))
        });
        let version = match (same, recorded) {
            (Some(version), _) => version,
            (None, Some(recorded)) if is_check => bail!(
                "{MODULE} was built with rustc-web {recorded}, which Debian has no more (it has {}): \
                 {NEW_COMPILER}",
                versions.join(", ")
            ),
            _ => versions.first().context("Debian has versions of rustc-web")?,
        };
        if let Some(compiler) = Self::find(&tools, version) {
            return Ok(compiler);
        }
        apt.unpack(version)?;
        Self::find(&tools, version).context("it was unpacked")
    }

    fn rustc(&self) -> Command {
        let mut rustc = Command::new(self.folder.join("usr/bin/rustc"));
        rustc.env("LD_LIBRARY_PATH", self.libraries());
        rustc
    }

    fn libraries(&self) -> PathBuf {
        self.folder.join("usr/lib/x86_64-linux-gnu")
    }

    /// One that lies there whole.
    fn find(tools: &Path, version: &str) -> Option<Self> {
        let folder = tools.join(version);
        folder.is_dir().then(|| Self { version: version.to_owned(), folder })
    }
}

/// Debian's packages, with lists of our own: neither root nor the system's state is touched.
struct Apt {
    tools: PathBuf,
    lists: PathBuf,
}

impl Apt {
    fn new(tools: &Path) -> Result<Self> {
        let lists = tools.join("apt");
        for folder in ["state/lists/partial", "cache/archives/partial"] {
            std::fs::create_dir_all(lists.join(folder))?;
        }
        let apt = Self { tools: tools.to_owned(), lists };
        println!("asking Debian for rustc-web and rust-web-src");
        text(apt.command("apt-get").arg("update")).context(
            "the module is built with compilers of Debian: on another system run this in a container \
             of debian:12; offline there is no way to build it",
        )?;
        Ok(apt)
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        let option = |name: &str, folder: &str| {
            format!("-oDir::{name}={}", self.lists.join(folder).display())
        };
        command.args(["-q", "-oDir::State::status=/var/lib/dpkg/status"]);
        // The files are ours: apt need not become another user to write them.
        command.arg("-oAPT::Sandbox::User=root");
        command.args([option("State", "state"), option("Cache", "cache")]).env("LC_ALL", "C");
        command
    }

    /// Versions that both packages have, newest first.
    fn versions(&self) -> Result<Vec<String>> {
        let of = |package: &str| -> Result<Vec<String>> {
            let table = text(self.command("apt-cache").args(["madison", package]))?;
            let version = |line: &str| Some(line.split('|').nth(1)?.trim().to_owned());
            Ok(table.lines().filter_map(version).collect())
        };
        let sources = of("rust-web-src")?;
        let mut versions = of("rustc-web")?;
        versions.retain(|version| sources.contains(version));
        versions.dedup();
        ensure!(
            !versions.is_empty(),
            "apt knows no rustc-web and rust-web-src of one version: Debian 12 has them, with \
             security updates (bookworm-security) among the sources"
        );
        Ok(versions)
    }

    /// Packages that this one needs whose names begin so.
    fn needed(&self, package: &str, begin: &str) -> Result<Vec<String>> {
        let table = text(self.command("apt-cache").args(["depends", package]))?;
        let names = table.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
        Ok(names.filter(|name| name.starts_with(begin)).map(str::to_owned).collect())
    }

    fn unpack(&self, version: &str) -> Result<()> {
        let of_version = |package: &str| format!("{package}={version}");
        let mut packages =
            ["rustc-web", "rust-web-src", "libstd-rust-web-dev"].map(of_version).to_vec();
        for library in self.needed(&of_version("libstd-rust-web-dev"), "libstd-rust-web")? {
            packages.push(of_version(&library));
            packages.extend(self.needed(&of_version(&library), "libllvm")?);
        }
        println!("fetching {}", packages.join(" "));
        let (archives, unpacked) = (self.tools.join("archives"), self.tools.join("unpacked"));
        for folder in [&archives, &unpacked] {
            let _ = std::fs::remove_dir_all(folder);
            std::fs::create_dir_all(folder)?;
        }
        text(self.command("apt-get").arg("download").args(&packages).current_dir(&archives))?;
        for archive in std::fs::read_dir(&archives)? {
            text(Command::new("dpkg").arg("-x").arg(archive?.path()).arg(&unpacked))?;
        }
        std::fs::remove_dir_all(&archives)?;
        // A folder with the name of its version is whole.
        std::fs::rename(&unpacked, self.tools.join(version))?;
        Ok(())
    }
}

/// Where cargo keeps sources of dependencies.
fn cargo_home() -> Result<PathBuf> {
    let own = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let of_user = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    own.or_else(of_user).context("neither CARGO_HOME nor HOME is set")
}

fn build(root: &Path, compiler: &Compiler) -> Result<Vec<u8>> {
    let sysroot = PathBuf::from(text(pinned_rustc().args(["--print", "sysroot"]))?.trim());
    let host = text(pinned_rustc().args(["--print", "host-tuple"]))?;
    let linker = sysroot.join("lib/rustlib").join(host.trim()).join("bin/rust-lld");
    ensure!(linker.is_file(), "{} is not there: the pinned toolchain has it", linker.display());
    let flags = [
        // Where things lie must not be in the module.
        format!("--remap-path-prefix={}=/cargo", cargo_home()?.display()),
        format!("--remap-path-prefix={}=/ringfence", root.display()),
        // Nobody could read the message of a panic: it is one instruction that traps.
        "-Zunstable-options".to_owned(),
        "-Cpanic=immediate-abort".to_owned(),
    ];
    let target = root.join("target/wasm");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["rustc", "--locked", "--package", "proof", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--profile", "wasm", "--target", TARGET, "-Zbuild-std=std,panic_abort"]);
    cargo.arg("--target-dir").arg(&target).current_dir(root);
    // The standard library is built too, which is allowed to nightly compilers and with this.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", compiler.folder.join("usr/bin/rustc"));
    cargo.env("LD_LIBRARY_PATH", compiler.libraries());
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f")).env("CARGO_INCREMENTAL", "0");
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    let status = cargo.status()?;
    ensure!(status.success(), "the verifier does not build for {TARGET}");
    let module = target.join(TARGET).join("wasm/proof.wasm");
    std::fs::read(&module).with_context(|| module.display().to_string())
}

/// Reads numbers and sections of a module ([WebAssembly](https://webassembly.github.io/spec/core/binary/)).
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).context("the module is cut")?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        bail!("a number of the module is too long")
    }
}

/// The module imports nothing, exports what it must, and says nothing of this machine.
fn inspect(root: &Path, module: &[u8]) -> Result<()> {
    const IMPORTS: u8 = 2;
    const EXPORTS: u8 = 7;
    const FUNCTION: u8 = 0;
    let mut reader = Reader(module);
    ensure!(reader.take(8)? == b"\0asm\x01\0\0\0", "it is no WebAssembly module");
    let mut functions = Vec::new();
    while !reader.0.is_empty() {
        let section = reader.byte()?;
        let len = reader.number()?;
        let mut reader = Reader(reader.take(len)?);
        match section {
            IMPORTS => ensure!(reader.number()? == 0, "the module imports functions: see who does"),
            EXPORTS => {
                for _ in 0..reader.number()? {
                    let len = reader.number()?;
                    let name = String::from_utf8_lossy(reader.take(len)?).into_owned();
                    if reader.byte()? == FUNCTION {
                        functions.push(name);
                    }
                    reader.number()?;
                }
            }
            _ => {}
        }
    }
    functions.sort();
    ensure!(functions == FUNCTIONS, "the module exports {functions:?}, not {FUNCTIONS:?}");
    for folder in [root.to_owned(), cargo_home()?] {
        let name = folder.display().to_string();
        let has_name = module.windows(name.len()).any(|bytes| bytes == name.as_bytes());
        ensure!(!has_name, "the module says where it was built: {name}; remap it");
    }
    Ok(())
}
