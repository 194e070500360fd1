import { shallowReactive } from 'vue'
import type { Engine } from '@/engine/engine'
import type { ItemType, Member } from '@/engine/protocol'

/** Names of codes, read list by list when one is first shown. */
export class Names {
  private readonly lists = shallowReactive(new Map<string, Map<string, Member> | null>())

  constructor(private readonly engine: Engine) {}

  private list(name: string): Map<string, Member> | null {
    const known = this.lists.get(name)
    if (known === undefined) {
      this.lists.set(name, null)
      this.engine.list(name).then(
        (list) => this.lists.set(name, new Map(list.members.map((m) => [m.code, m]))),
        // Codes are shown without their names; the engine's failure is told by the page.
        () => {},
      )
    }
    return known ?? null
  }

  of(list: string, code: string, english = false): string | undefined {
    const member = this.list(list)?.get(code)
    return english && member?.name_en ? member.name_en : member?.name
  }

  /** A code with its name; everything else as typed. */
  shown(type: ItemType, text: string, english = false): string {
    if (text === '' || (type.kind !== 'code' && type.kind !== 'codes')) return text
    return text
      .split(/[;；、]/)
      .map((code) => code.trim())
      .filter((code) => code !== '')
      .map((code) => {
        const name = this.of(type.list, code, english)
        return name === undefined ? code : `${code} ${name}`
      })
      .join('；')
  }
}
