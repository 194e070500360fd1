/** Replaced by `npm run api` from crates/server/openapi.json. */
export type paths = Record<string, never>
