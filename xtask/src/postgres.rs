//! A PostgreSQL server of our own, on loopback, in a folder that goes away with it.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server; stopped when dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    folder: PathBuf,
    programs: PathBuf,
    process: Child,
    user: Option<(u32, u32)>,
}

impl Server {
    /// `postgres://wupu@127.0.0.1:54321/postgres`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs SQL as the owner of the database.
    pub fn execute(&self, sql: &str) -> io::Result<()> {
        let done = Command::new(self.programs.join("psql"))
            .args(["-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", &self.url, "-c", sql])
            .stdin(Stdio::null())
            .output()?;
        if done.status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("psql: {}", String::from_utf8_lossy(&done.stderr).trim())))
    }
}

/// Folder of the server's programs: the newest of those installed, else where the search path has them.
pub fn binaries() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
    })
}

/// Starts a server with an empty database and waits until it answers.
pub fn start() -> io::Result<Server> {
    let programs = binaries()
        .ok_or_else(|| io::Error::other("PostgreSQL's server programs are not here: apt-get install postgresql"))?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let folder = std::env::temp_dir().join(format!("wupu-postgres-{}-{port}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let begun = begin(&programs, &folder, port);
    if begun.is_err() {
        let _ = std::fs::remove_dir_all(&folder);
    }
    begun
}

fn begin(programs: &Path, folder: &Path, port: u16) -> io::Result<Server> {
    let user = other_user(folder)?;
    let data = folder.join("data");
    let log = folder.join("log");
    let made = as_user(&programs.join("initdb"), user)
        .args(["-A", "trust", "-U", "wupu", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
        .arg(&data)
        .stdin(Stdio::null())
        .output()?;
    if !made.status.success() {
        return Err(io::Error::other(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr).trim())));
    }
    // Nothing here must outlive a power cut; the tests are about what is written, not about the disk.
    let process = as_user(&programs.join("postgres"), user)
        .args(["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-p", &port.to_string(), "-k"])
        .arg(folder)
        .arg("-D")
        .arg(&data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log)?)
        .spawn()?;
    let url = format!("postgres://wupu@127.0.0.1:{port}/postgres");
    let mut server = Server { url, folder: folder.to_owned(), programs: programs.to_owned(), process, user };
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let ready = Command::new(programs.join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status()
            .is_ok_and(|status| status.success());
        if ready {
            return Ok(server);
        }
        let ended = server.process.try_wait()?;
        if ended.is_some() || Instant::now() > deadline {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            return Err(io::Error::other(format!("PostgreSQL did not start: {}", said.trim())));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped = as_user(&self.programs.join("pg_ctl"), self.user)
            .args(["stop", "-m", "immediate", "-s", "-D"])
            .arg(self.folder.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !stopped {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The server refuses to run as root: then it runs as the user `postgres`, who gets the folder.
#[cfg(unix)]
fn other_user(folder: &Path) -> io::Result<Option<(u32, u32)>> {
    use std::os::unix::fs::MetadataExt;
    // The folder was made by us, so its owner is who we are.
    if std::fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let id = |which: &str| {
        let output = Command::new("id").args([which, "postgres"]).output()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        text.parse::<u32>().map_err(|_| io::Error::other("there is no user postgres: apt-get install postgresql"))
    };
    let user = (id("-u")?, id("-g")?);
    std::os::unix::fs::chown(folder, Some(user.0), Some(user.1))?;
    Ok(Some(user))
}

#[cfg(not(unix))]
fn other_user(_: &Path) -> io::Result<Option<(u32, u32)>> {
    Ok(None)
}

fn as_user(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    #[cfg(unix)]
    if let Some((uid, gid)) = user {
        use std::os::unix::process::CommandExt;
        command.uid(uid).gid(gid);
    }
    #[cfg(not(unix))]
    let _ = user;
    // A folder the other user may enter.
    command.current_dir(std::env::temp_dir());
    command
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_server_starts_answers_and_leaves_nothing() {
        if super::binaries().is_none() {
            // `cargo xtask test` installs it first; a plain `cargo test` does not need it.
            return;
        }
        let server = super::start().expect("server");
        let folder = server.folder.clone();
        let address = server.url().trim_start_matches("postgres://wupu@").trim_end_matches("/postgres").to_owned();
        assert!(std::net::TcpStream::connect(&address).is_ok());
        drop(server);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(&address).is_err());
    }
}
