//! The table of allowed steps. [`super::step`] asks it first; the page in docs/states is made from it.

use super::event::EventKind;
use super::state::StateKind;

/// One allowed step.
pub(super) struct Edge {
    pub from: StateKind,
    pub event: EventKind,
    pub to: &'static [StateKind],
}

const fn edge(from: StateKind, event: EventKind, to: &'static [StateKind]) -> Edge {
    Edge { from, event, to }
}

/// Every (state, event) that may be followed, with the states it may lead to. What is not here is
/// refused as the wrong order. More than one target: which it is depends on the chain and the area.
pub(super) const ALLOWED: &[Edge] = {
    use EventKind as E;
    use StateKind as S;
    &[
        edge(S::Draft, E::Fill, &[S::Draft]),
        edge(S::Draft, E::SelfCheck, &[S::SelfChecked]),
        edge(S::Draft, E::Visit, &[S::Draft]),
        edge(S::Draft, E::Explain, &[S::Draft]),
        edge(S::Draft, E::AnswerCorrect, &[S::Draft]),
        edge(S::Draft, E::AnswerExplain, &[S::Draft]),
        edge(S::SelfChecked, E::Fill, &[S::Draft]),
        edge(S::SelfChecked, E::Sign, &[S::Signed]),
        edge(S::SelfChecked, E::Return, &[S::Draft]),
        edge(S::SelfChecked, E::Visit, &[S::SelfChecked]),
        edge(S::SelfChecked, E::Explain, &[S::SelfChecked]),
        edge(S::SelfChecked, E::AnswerCorrect, &[S::Draft]),
        edge(S::SelfChecked, E::AnswerExplain, &[S::SelfChecked]),
        edge(S::Signed, E::Visit, &[S::Signed]),
        edge(S::Signed, E::PreCheck, &[S::Signed, S::PreChecked]),
        edge(S::Signed, E::Return, &[S::Draft]),
        edge(S::Signed, E::RaiseQuery, &[S::Signed]),
        edge(S::Signed, E::AnswerCorrect, &[S::Draft]),
        edge(S::Signed, E::AnswerExplain, &[S::Signed]),
        edge(S::Signed, E::CloseQuery, &[S::Signed]),
        edge(S::Signed, E::Explain, &[S::Signed]),
        edge(S::Signed, E::Reopen, &[S::Draft]),
        edge(S::PreChecked, E::Visit, &[S::PreChecked]),
        edge(S::PreChecked, E::PassCounty, &[S::CountyPassed]),
        edge(S::PreChecked, E::Return, &[S::Signed]),
        edge(S::PreChecked, E::RaiseQuery, &[S::PreChecked]),
        edge(S::PreChecked, E::AnswerCorrect, &[S::Draft]),
        edge(S::PreChecked, E::AnswerExplain, &[S::PreChecked]),
        edge(S::PreChecked, E::CloseQuery, &[S::PreChecked]),
        edge(S::PreChecked, E::Explain, &[S::PreChecked]),
        edge(S::PreChecked, E::Reopen, &[S::Draft]),
        edge(S::CountyPassed, E::PassCity, &[S::CityPassed]),
        edge(S::CountyPassed, E::PassProvince, &[S::ProvincePassed]),
        edge(S::CountyPassed, E::Return, &[S::PreChecked]),
        edge(S::CountyPassed, E::RaiseQuery, &[S::CountyPassed]),
        edge(S::CountyPassed, E::AnswerCorrect, &[S::Draft]),
        edge(S::CountyPassed, E::AnswerExplain, &[S::CountyPassed]),
        edge(S::CountyPassed, E::CloseQuery, &[S::CountyPassed]),
        edge(S::CountyPassed, E::Explain, &[S::CountyPassed]),
        edge(S::CountyPassed, E::Reopen, &[S::Draft]),
        edge(S::CityPassed, E::PassProvince, &[S::ProvincePassed]),
        edge(S::CityPassed, E::Return, &[S::CountyPassed]),
        edge(S::CityPassed, E::RaiseQuery, &[S::CityPassed]),
        edge(S::CityPassed, E::AnswerCorrect, &[S::Draft]),
        edge(S::CityPassed, E::AnswerExplain, &[S::CityPassed]),
        edge(S::CityPassed, E::CloseQuery, &[S::CityPassed]),
        edge(S::CityPassed, E::Explain, &[S::CityPassed]),
        edge(S::CityPassed, E::Reopen, &[S::Draft]),
        edge(S::ProvincePassed, E::Freeze, &[S::Frozen]),
        edge(S::ProvincePassed, E::Return, &[S::CityPassed, S::CountyPassed]),
        edge(S::ProvincePassed, E::RaiseQuery, &[S::ProvincePassed]),
        edge(S::ProvincePassed, E::AnswerCorrect, &[S::Draft]),
        edge(S::ProvincePassed, E::AnswerExplain, &[S::ProvincePassed]),
        edge(S::ProvincePassed, E::CloseQuery, &[S::ProvincePassed]),
        edge(S::ProvincePassed, E::Explain, &[S::ProvincePassed]),
        edge(S::ProvincePassed, E::Reopen, &[S::Draft]),
        edge(S::Frozen, E::Reopen, &[S::Draft]),
    ]
};

/// Where an event may lead from a state; `None` when it is the wrong order.
pub(super) fn targets(from: StateKind, event: EventKind) -> Option<&'static [StateKind]> {
    ALLOWED.iter().find(|e| e.from == from && e.event == event).map(|e| e.to)
}
