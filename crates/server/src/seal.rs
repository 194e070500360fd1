//! Seals second factors: the key lies in the server's folder, so a backup of the census holds no usable secret.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

use crate::fault::Fault;

/// Length of the key and of the random part before each sealed text.
const KEY: usize = 32;
const NONCE: usize = 12;

/// Seals and opens short texts.
pub struct Sealer {
    cipher: ChaCha20Poly1305,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

/// Random bytes from the system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap_or_else(|error| panic!("the system gives no chance: {error}"));
    bytes
}

/// Writes a file that only its owner may read.
pub fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    std::io::Write::write_all(&mut options.open(path)?, bytes)
}

impl Sealer {
    /// The key of the folder, made when there is none.
    pub fn open(folder: &Path) -> Result<Sealer, Fault> {
        let told = |error: std::io::Error| Fault::Unavailable { why: format!("{}: {error}", folder.display()) };
        std::fs::create_dir_all(folder).map_err(told)?;
        let path = folder.join("seal.key");
        if !path.exists() {
            write_secret(&path, &random::<KEY>()).map_err(told)?;
        }
        let bytes = std::fs::read(&path).map_err(told)?;
        let key = <[u8; KEY]>::try_from(bytes.as_slice())
            .map_err(|_| Fault::Unavailable { why: format!("{}: not a key of {KEY} bytes", path.display()) })?;
        Ok(Sealer { cipher: ChaCha20Poly1305::new(&Key::from(key)) })
    }

    pub fn seal(&self, plain: &[u8]) -> String {
        let nonce = random::<NONCE>();
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), plain).unwrap_or_default();
        STANDARD.encode([&nonce[..], &sealed].concat())
    }

    /// `None`: sealed by another key, or changed.
    pub fn open_sealed(&self, sealed: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE)?;
        self.cipher.decrypt(&Nonce::from(<[u8; NONCE]>::try_from(nonce).ok()?), rest).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_alone() {
        let folder = std::env::temp_dir().join(format!("wupu-seal-{}", std::process::id()));
        let other = folder.join("other");
        let (one, two) = (Sealer::open(&folder).unwrap(), Sealer::open(&other).unwrap());
        let sealed = one.seal(b"secret");
        assert_eq!(Sealer::open(&folder).unwrap().open_sealed(&sealed).unwrap(), b"secret");
        assert_eq!(two.open_sealed(&sealed), None);
        assert_eq!(one.open_sealed("bm90IHNlYWxlZA=="), None);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
