import type { Feature, MenuEntry } from '@/shared/feature'

/** Every folder under `src/features` with an `index.ts`; adding one edits no other file. */
const found = import.meta.glob<Feature>('../features/*/index.ts', { eager: true })

export const features: ReadonlyMap<string, Feature> = new Map(
  Object.entries(found).map(([path, feature]) => [path.split('/').at(-2) ?? path, feature]),
)

export const menu: readonly MenuEntry[] = [...features.values()]
  .flatMap((feature) => feature.menu ?? [])
  .sort((a, b) => a.order - b.order)
