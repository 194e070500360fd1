import type { RouteRecordRaw } from 'vue-router'

/** Words of one language: nested keys, sentences at the leaves. */
export interface Words {
  [key: string]: string | Words
}

/** The same keys as the Chinese words, any sentences: what `texts.en.ts` must satisfy. */
export type SameKeys<W> = { [K in keyof W]: W[K] extends string ? string : SameKeys<W[K]> }

/** A group of the left menu, in the order of the census' own steps. */
export type MenuGroup = 'work' | 'collect' | 'results' | 'office' | 'admin'

export interface MenuEntry {
  group: MenuGroup
  /** Place within the group: 10, 20, 30 … leaves room between. */
  order: number
  /** Text key of the entry, as `desk.menu`. */
  title: string
  to: string
  /** The entry is seen by whoever has any of these verbs; an empty list: by everyone signed in. */
  verbs: string[]
}

/** What `src/features/<name>/index.ts` exports; `<name>` is the first part of its text keys. */
export interface Feature {
  routes: RouteRecordRaw[]
  texts: { zh: Words; en: Words }
  menu?: MenuEntry[]
}

declare module 'vue-router' {
  interface RouteMeta {
    /** Text key of the page's title, also its breadcrumb. */
    title?: string
    /** Names of the routes above this one, outermost first. */
    crumbs?: string[]
    /** Reached without being signed in, drawn without the frame. */
    bare?: boolean
    /** Any of these opens the page; without them the server's 403 or 404 is shown. */
    verbs?: string[]
    /** The page uses the whole width and height and scrolls by itself (tables, entry sheets). */
    full?: boolean
  }
}
