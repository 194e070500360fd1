//! Words for people: Chinese or English by locale. Machines get JSON instead.

use std::sync::OnceLock;

/// The language of the program's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    Zh,
    En,
}

static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// Fixes the language for this run: as asked, else by `LC_ALL`, `LC_MESSAGES`, `LANG`, else Chinese.
pub fn choose(asked: Option<Language>) {
    let by_locale = || {
        let locale =
            ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty()));
        match locale.as_deref() {
            Some(text) if text.starts_with("en") => Language::En,
            _ => Language::Zh,
        }
    };
    let _ = LANGUAGE.set(asked.unwrap_or_else(by_locale));
}

/// One of the two texts.
pub fn pick<'a>(zh: &'a str, en: &'a str) -> &'a str {
    match LANGUAGE.get() {
        Some(Language::En) => en,
        _ => zh,
    }
}

/// True when the program speaks Chinese.
pub fn chinese() -> bool {
    LANGUAGE.get() != Some(&Language::En)
}

/// Prints a line in the chosen language; both texts take the same arguments.
#[macro_export]
macro_rules! say {
    ($zh:literal, $en:literal $(, $arg:expr)* $(,)?) => {
        if $crate::say::chinese() { println!($zh $(, $arg)*) } else { println!($en $(, $arg)*) }
    };
}

/// A text in the chosen language.
#[macro_export]
macro_rules! told {
    ($zh:literal, $en:literal $(, $arg:expr)* $(,)?) => {
        if $crate::say::chinese() { format!($zh $(, $arg)*) } else { format!($en $(, $arg)*) }
    };
}

/// The words of an error or refusal that knows both languages.
#[macro_export]
macro_rules! said {
    ($error:expr) => {
        if $crate::say::chinese() { $error.zh() } else { $error.to_string() }
    };
}
