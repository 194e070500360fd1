//! Starting and ending the server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use instrument::files::Bundle;
use instrument::model::Instrument;
use store::{Login, Secrets, What};

use crate::app::{App, Settings};
use crate::fault::Fault;
use crate::sign_in::{hash_password, one_time_password};
use crate::{api, dispatch, jobs, tls};

/// How long open calls may take to end when the server closes.
const CLOSING: Duration = Duration::from_secs(20);

/// Where the server listens.
#[derive(Debug, Clone)]
pub struct Address {
    pub socket: SocketAddr,
    /// Other names and addresses people reach it by; they enter the certificate.
    pub names: Vec<String>,
    /// Over TLS, with the office's own authority.
    pub tls: bool,
}

/// A server that runs on threads of its own.
#[derive(Debug)]
pub struct Running {
    /// With the port the system gave when 0 was asked for.
    pub address: SocketAddr,
    pub app: Arc<App>,
    handle: Handle<SocketAddr>,
    thread: Option<std::thread::JoinHandle<std::io::Result<()>>>,
    workers: Vec<std::thread::JoinHandle<()>>,
    writer: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    /// Lets open calls end, then closes.
    pub fn close(mut self) {
        self.app.jobs.stop_all();
        self.handle.graceful_shutdown(Some(CLOSING));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
        let Running { app, writer, .. } = self;
        // The writer ends when the last door to it is gone, after what was asked of it.
        drop(app);
        if let Some(writer) = writer {
            let waited = std::time::Instant::now();
            while !writer.is_finished() && waited.elapsed() < CLOSING {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Waits until the server is closed by somebody else.
    pub fn handle(&self) -> Handle<SocketAddr> {
        self.handle.clone()
    }
}

/// Starts the server and comes back when it listens.
pub fn start(settings: Settings, address: &Address, instrument: Instrument, package: Bundle) -> Result<Running, Fault> {
    let unavailable =
        |what: &str, error: &dyn std::fmt::Display| Fault::Unavailable { why: format!("{what}: {error}") };
    let mut settings = settings;
    settings.secure = address.tls;
    let secrets = settings.secrets.clone();
    let (app, writer) = App::start(settings, instrument, package)?;
    let workers = jobs::start(&app)?;
    let routes = api::routes();
    let router = dispatch::router(&app, &routes);
    let listener = std::net::TcpListener::bind(address.socket)
        .map_err(|error| unavailable(&format!("address {} is not free", address.socket), &error))?;
    listener.set_nonblocking(true).map_err(|error| unavailable("listener", &error))?;
    let bound = listener.local_addr().map_err(|error| unavailable("listener", &error))?;
    let certificates =
        if address.tls { Some(tls::certificates(&secrets, &tls::names(bound.ip(), &address.names))?) } else { None };
    let handle = Handle::new();
    let own = handle.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| unavailable("runtime", &error))?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let sweeping = Arc::downgrade(&app);
    let thread = std::thread::spawn(move || {
        runtime.block_on(async move {
            tokio::spawn(async move {
                let mut every = tokio::time::interval(Duration::from_secs(60));
                loop {
                    every.tick().await;
                    let Some(app) = sweeping.upgrade() else { return };
                    app.limits.sweep();
                }
            });
            match certificates {
                Some(files) => {
                    let _ = rustls::crypto::ring::default_provider().install_default();
                    let config =
                        axum_server::tls_rustls::RustlsConfig::from_pem_file(files.certificate, files.key).await?;
                    axum_server::from_tcp_rustls(listener, config)?.handle(own).serve(service).await
                }
                None => axum_server::from_tcp(listener)?.handle(own).serve(service).await,
            }
        })
    });
    Ok(Running { address: bound, app, handle, thread: Some(thread), workers, writer: Some(writer) })
}

/// Runs until `ended` says so; looked at four times a second.
pub fn serve(
    settings: Settings,
    address: &Address,
    instrument: Instrument,
    package: Bundle,
    started: impl FnOnce(&Running),
    ended: impl Fn() -> bool,
) -> Result<(), Fault> {
    let running = start(settings, address, instrument, package)?;
    started(&running);
    while !ended() {
        if running.thread.as_ref().is_some_and(std::thread::JoinHandle::is_finished) {
            break;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    running.close();
    Ok(())
}

/// Grants an account from the command line, on the machine itself: the first administrators, a practice's people.
/// Gives the one-time password, or keeps the one given.
pub fn grant(
    store: &mut store::Store,
    event: &store::Event,
    login: &Login,
    password: Option<&str>,
) -> Result<String, Fault> {
    debug_assert_eq!(event.what, What::Grant);
    let told = password.map_or_else(one_time_password, str::to_owned);
    let hash = hash_password(&told)?;
    store.write::<_, Fault>(event, |w| {
        if w.read().login_named(&login.name)?.is_some_and(|(known, _)| known.id != login.id) {
            return Err(Fault::refused("name-taken", serde_json::json!({ "name": login.name })));
        }
        w.login(login, "granted")?;
        w.secrets(&login.id, &Secrets { password: hash, ..Secrets::default() })?;
        Ok(())
    })?;
    Ok(told)
}

/// Folder of the server's secrets when none is named: beside a file, else under the present folder.
pub fn secrets_beside(database: &str) -> std::path::PathBuf {
    if database.contains("://") {
        return std::path::PathBuf::from("wupu-server");
    }
    let path = Path::new(database.trim_start_matches("sqlite:"));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".server");
    path.with_file_name(name)
}
