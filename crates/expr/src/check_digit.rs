//! Check digits of GB 32100 and GB 11714.
