//! Who may do what (权限): one pure function over role, verb, place and state.
//!
//! The place says how the thing lies to the person: their own unit, inside their area or task, or
//! elsewhere. Elsewhere does not exist for them: a foreign record is *hidden*, not forbidden.

mod tasks;

use serde::{Deserialize, Serialize};

pub use tasks::{Conflict, Task, TaskWork, conflict};

use crate::review::StateKind;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// As stored and sent.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            pub fn from_name(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

names! {
    /// What a person is here (角色).
    Role {
        /// 填报员.
        Respondent = "respondent",
        /// 企业主管.
        Manager = "manager",
        /// 普查员.
        Enumerator = "enumerator",
        /// 普查指导员.
        Instructor = "instructor",
        /// 县级.
        County = "county",
        /// 市级.
        City = "city",
        /// 省级.
        Province = "province",
        /// 国家.
        State = "state",
        /// 农业农村部门.
        Agriculture = "agriculture",
        /// 第三方机构.
        ThirdParty = "third_party",
        /// 质量核查组.
        Inspector = "inspector",
        /// 督导组.
        Supervisor = "supervisor",
        /// 档案员.
        Archivist = "archivist",
        /// 保密员.
        Confidentiality = "confidentiality",
        /// 系统管理员.
        SystemAdmin = "system_admin",
        /// 安全管理员.
        SecurityAdmin = "security_admin",
        /// 审计管理员.
        AuditAdmin = "audit_admin",
    }
}

names! {
    /// What can be done, coarsely enough to be read in one table.
    Verb {
        /// One's own sign-in: password, sessions.
        OwnAccount = "own-account",
        /// The forms, lists and rules of the census.
        ReadInstrument = "read-instrument",
        /// Names and codes of areas.
        ReadAreas = "read-areas",
        /// The desk: counts of one's own open work.
        ReadDesk = "read-desk",
        /// Rates and counts by area.
        ReadProgress = "read-progress",
        /// Month-end snapshots.
        TakeSnapshot = "take-snapshot",
        /// Tables of totals.
        ReadTables = "read-tables",
        /// Units with their sheets, findings, queries, lines, files.
        ReadUnits = "read-units",
        /// Rows of lists, pairs, funnel, packages.
        ReadListings = "read-listings",
        /// Enumeration areas and teams.
        ReadGround = "read-ground",
        /// Typing figures.
        FillSheets = "fill-sheets",
        /// Typing a second time for comparison.
        EnterAgain = "enter-again",
        /// One event of the review chain.
        ReviewUnits = "review-units",
        /// Many at once.
        ReviewBatches = "review-batches",
        /// Lists and sheets from files.
        Import = "import",
        /// Matching, screening, verdicts.
        Screen = "screen",
        /// Split, receive, hand on.
        Exchange = "exchange",
        /// Freezing the directory.
        Freeze = "freeze",
        /// Changing enumeration areas and teams.
        EditGround = "edit-ground",
        /// Checking, accounting, adding up.
        Compute = "compute",
        /// The office's own forms.
        ReadOffice = "read-office",
        FillOffice = "fill-office",
        /// Accepting or returning those of the offices below.
        AcceptOffice = "accept-office",
        /// Unit-level exports, watermarked.
        ExportUnits = "export-units",
        ExportTables = "export-tables",
        /// Own measurements before the original is shown.
        Inspect = "inspect",
        /// Rule packs of one's own level.
        SetRules = "set-rules",
        /// Long work that was asked for.
        ReadJobs = "read-jobs",
        /// Server, backup, instrument versions.
        RunServer = "run-server",
        /// Accounts and rights.
        GrantAccounts = "grant-accounts",
        /// The audit log.
        ReadAudit = "read-audit",
    }
}

/// How a thing lies to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// The unit the person belongs to.
    Own,
    /// Inside the person's area by reporting, or inside a task given to them.
    Within,
    /// Anywhere else.
    Foreign,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allowed {
    Yes,
    /// With a reason that is logged: not part of the daily work.
    WithReason,
    /// Never for this role.
    No,
    /// The thing does not exist for this person.
    Hidden,
}

/// Roles that sign in with one factor: the units' own people.
pub fn second_factor(role: Role) -> bool {
    !matches!(role, Role::Respondent | Role::Manager)
}

/// Whether a role does a thing at all, wherever it lies.
pub fn may_ever(role: Role, verb: Verb) -> bool {
    use Role as R;
    use Verb as V;
    if matches!(verb, V::OwnAccount | V::ReadInstrument | V::ReadAreas) {
        return true;
    }
    let office = matches!(role, R::County | R::City | R::Province | R::State);
    match role {
        R::SystemAdmin => matches!(verb, V::RunServer),
        R::SecurityAdmin => matches!(verb, V::GrantAccounts),
        R::AuditAdmin => matches!(verb, V::ReadAudit),
        R::Respondent | R::Manager => {
            matches!(verb, V::ReadDesk | V::ReadUnits | V::FillSheets | V::ReviewUnits)
        }
        R::Enumerator => matches!(
            verb,
            V::ReadDesk
                | V::ReadUnits
                | V::FillSheets
                | V::EnterAgain
                | V::ReviewUnits
                | V::ReadGround
                | V::ReadProgress
        ),
        R::Instructor => matches!(
            verb,
            V::ReadDesk
                | V::ReadUnits
                | V::EnterAgain
                | V::ReviewUnits
                | V::ReadListings
                | V::ReadGround
                | V::EditGround
                | V::ReadProgress
        ),
        R::Agriculture => {
            matches!(verb, V::ReadDesk | V::ReadUnits | V::ReadProgress | V::ReadTables | V::ReadOffice | V::FillOffice)
        }
        R::ThirdParty => {
            matches!(verb, V::ReadDesk | V::ReadUnits | V::FillSheets | V::EnterAgain | V::ReviewUnits | V::ReadGround)
        }
        R::Inspector => matches!(verb, V::ReadDesk | V::Inspect),
        R::Supervisor => {
            matches!(verb, V::ReadDesk | V::ReadProgress | V::ReadTables | V::ReadOffice | V::FillOffice)
        }
        R::Archivist => matches!(verb, V::ReadDesk | V::ReadProgress | V::ReadTables | V::ReadOffice),
        R::Confidentiality => matches!(verb, V::ReadDesk | V::ReadOffice | V::ReadProgress),
        R::County | R::City | R::Province | R::State => {
            debug_assert!(office);
            !matches!(verb, V::FillSheets | V::Inspect | V::RunServer | V::GrantAccounts | V::ReadAudit)
                && (verb != V::EnterAgain || role == R::County)
        }
    }
}

/// Whether a person may do a thing that lies so. `state` is where the unit stands, for a thing that is a unit.
pub fn may(role: Role, verb: Verb, ground: Ground, state: Option<StateKind>) -> Allowed {
    if !may_ever(role, verb) {
        return Allowed::No;
    }
    match ground {
        Ground::Foreign => return Allowed::Hidden,
        Ground::Own => return Allowed::Yes,
        Ground::Within => {}
    }
    match (role, verb, state) {
        // The units' own people have no area of their own.
        (Role::Respondent | Role::Manager, _, _) => Allowed::Hidden,
        // Until the work is passed, then nothing.
        (Role::Enumerator | Role::Instructor | Role::ThirdParty, _, Some(state))
            if passed(state, StateKind::CountyPassed) =>
        {
            Allowed::Hidden
        }
        // A unit that has not come up to one's level is not one's daily work.
        (Role::City | Role::Province | Role::State, Verb::ReadUnits, Some(state))
            if !passed(state, StateKind::CountyPassed) =>
        {
            Allowed::WithReason
        }
        (_, Verb::ExportUnits, _) => Allowed::WithReason,
        _ => Allowed::Yes,
    }
}

fn passed(state: StateKind, step: StateKind) -> bool {
    state >= step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(role: Role, verb: Verb, ground: Ground, state: Option<StateKind>, expect: Allowed) {
        assert_eq!(may(role, verb, ground, state), expect, "{role:?} {verb:?} {ground:?} {state:?}");
    }

    #[test]
    fn a_foreign_thing_does_not_exist() {
        for role in Role::ALL {
            for verb in Verb::ALL {
                let answer = may(*role, *verb, Ground::Foreign, None);
                assert!(matches!(answer, Allowed::Hidden | Allowed::No), "{role:?} {verb:?}");
            }
        }
    }

    #[test]
    fn the_three_administrators_share_nothing_and_see_no_business() {
        let of = |role| -> Vec<Verb> { Verb::ALL.iter().copied().filter(|v| may_ever(role, *v)).collect() };
        let common = [Verb::OwnAccount, Verb::ReadInstrument, Verb::ReadAreas];
        let own = |role| of(role).into_iter().filter(|v| !common.contains(v)).collect::<Vec<_>>();
        assert_eq!(own(Role::SystemAdmin), [Verb::RunServer]);
        assert_eq!(own(Role::SecurityAdmin), [Verb::GrantAccounts]);
        assert_eq!(own(Role::AuditAdmin), [Verb::ReadAudit]);
    }

    #[test]
    fn an_office_never_types_a_units_figures() {
        for role in [Role::County, Role::City, Role::Province, Role::State, Role::Instructor] {
            check(role, Verb::FillSheets, Ground::Within, Some(StateKind::Draft), Allowed::No);
        }
    }

    #[test]
    fn the_field_sees_a_unit_until_the_county_has_passed_it() {
        let verb = Verb::ReadUnits;
        check(Role::Enumerator, verb, Ground::Within, Some(StateKind::PreChecked), Allowed::Yes);
        check(Role::Enumerator, verb, Ground::Within, Some(StateKind::CountyPassed), Allowed::Hidden);
    }

    #[test]
    fn the_upper_office_gives_a_reason_for_what_has_not_come_up() {
        let verb = Verb::ReadUnits;
        check(Role::City, verb, Ground::Within, Some(StateKind::Draft), Allowed::WithReason);
        check(Role::City, verb, Ground::Within, Some(StateKind::CountyPassed), Allowed::Yes);
        check(Role::County, verb, Ground::Within, Some(StateKind::Draft), Allowed::Yes);
    }
}
