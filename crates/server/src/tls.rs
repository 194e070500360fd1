//! An office's own certificate authority, made at the first start: it works by IP address and without the internet.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::fault::Fault;
use crate::seal::write_secret;

/// Files of the certificate the server shows; beside them lies the authority that people install once.
#[derive(Debug, Clone)]
pub struct Certificates {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

fn told(error: impl std::fmt::Display) -> Fault {
    Fault::Unavailable { why: format!("certificate: {error}") }
}

/// The certificates of the folder. The authority is made once; the server's own when its names change.
pub fn certificates(folder: &Path, names: &[String]) -> Result<Certificates, Fault> {
    std::fs::create_dir_all(folder).map_err(told)?;
    let (authority, authority_key) = (folder.join("authority.pem"), folder.join("authority.key"));
    if !authority.exists() {
        let key = KeyPair::generate().map_err(told)?;
        let certificate = authority_parameters()?.self_signed(&key).map_err(told)?;
        write_secret(&authority_key, key.serialize_pem().as_bytes()).map_err(told)?;
        std::fs::write(&authority, certificate.pem()).map_err(told)?;
    }
    let (certificate, key, listed) =
        (folder.join("server.pem"), folder.join("server.key"), folder.join("server.names"));
    let wanted = names.join("\n");
    if std::fs::read_to_string(&listed).ok().as_deref() != Some(&wanted) {
        let signing = KeyPair::from_pem(&std::fs::read_to_string(&authority_key).map_err(told)?).map_err(told)?;
        let issuer = Issuer::new(authority_parameters()?, signing);
        let own = KeyPair::generate().map_err(told)?;
        let mut parameters = CertificateParams::new(names.to_vec()).map_err(told)?;
        parameters.distinguished_name = named("wupu");
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Browsers refuse certificates of more than 825 days.
        (parameters.not_before, parameters.not_after) = days(0, 800);
        let signed = parameters.signed_by(&own, &issuer).map_err(told)?;
        let _ = std::fs::remove_file(&key);
        write_secret(&key, own.serialize_pem().as_bytes()).map_err(told)?;
        std::fs::write(&certificate, signed.pem()).map_err(told)?;
        std::fs::write(&listed, wanted).map_err(told)?;
    }
    Ok(Certificates { certificate, key })
}

fn authority_parameters() -> Result<CertificateParams, Fault> {
    let mut parameters = CertificateParams::new(Vec::new()).map_err(told)?;
    parameters.distinguished_name = named("wupu office authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (parameters.not_before, parameters.not_after) = days(0, 3650);
    Ok(parameters)
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}

/// The time from yesterday (clocks of offices differ) to so many days from now.
fn days(from: i64, to: i64) -> (time::OffsetDateTime, time::OffsetDateTime) {
    let now = time::OffsetDateTime::now_utc();
    (now + time::Duration::days(from - 1), now + time::Duration::days(to))
}

/// Names a server is reached by: its address, this machine, and what is named.
pub fn names(address: IpAddr, more: &[String]) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    if !address.is_unspecified() {
        names.push(address.to_string());
    }
    names.extend(more.iter().cloned());
    names.sort();
    names.dedup();
    names
}
