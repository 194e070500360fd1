//! The door of the module: four exported functions, and no unsafe block.
//!
//! The page asks for room (`reserve`), writes its bytes there, calls `load` or
//! `answer`, and reads `output_len` bytes from the address it is given.
#![expect(unsafe_code, reason = "exporting a function by name is an unsafe attribute; the bodies are safe code")]

use std::cell::RefCell;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static OUTPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static SESSION: RefCell<Option<crate::Session<'static>>> = const { RefCell::new(None) };
}

/// Room for `len` bytes of input; the address stays good until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(len: u32) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        input.clear();
        input.resize(len as usize, 0);
        input.as_mut_ptr()
    })
}

/// Takes the input as a bundled instrument. Gives the address of a JSON answer.
#[unsafe(no_mangle)]
pub extern "C" fn load() -> *const u8 {
    let bundle = INPUT.take();
    let answer = match crate::Engine::load(&bundle) {
        Ok(engine) => {
            // One instrument for the life of the page: it is given to the page for good.
            let engine: &'static crate::Engine = Box::leak(Box::new(engine));
            SESSION.set(Some(crate::Session::new(engine)));
            engine.about()
        }
        Err(problem) => crate::problem(&problem),
    };
    give(answer)
}

/// Takes the input as a JSON request. Gives the address of a JSON answer.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    let request = INPUT.take();
    give(SESSION.with_borrow(|session| match session {
        Some(session) => session.answer(&request),
        None => crate::problem("no instrument is loaded"),
    }))
}

/// Length of the last answer in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn output_len() -> u32 {
    OUTPUT.with_borrow(Vec::len) as u32
}

fn give(answer: Vec<u8>) -> *const u8 {
    OUTPUT.with_borrow_mut(|output| {
        *output = answer;
        output.as_ptr()
    })
}
