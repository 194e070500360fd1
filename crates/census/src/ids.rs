//! Identifiers of units, permits and outlets, with their check characters.
