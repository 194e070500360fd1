/** The door to the server needs an address of its own page, and nothing else of a browser. */
Object.assign(globalThis, { window: globalThis, location: new URL('http://127.0.0.1/') })
