/** What the desk shows, as the server sends it. */

/** 绿: in time; 黄: due soon; 红: overdue. */
export type Light = 'green' | 'amber' | 'red'

/** So many of a kind of open work. */
export interface Count {
  kind: string
  count: number
  link: string | null
}

/** One piece of work with its deadline (办理期限). */
export interface Due {
  title_code: string
  params: Record<string, string | number>
  deadline: string | null
  state: Light
  link: string | null
}

/** A milestone of the work plan (工作计划节点). */
export interface Milestone {
  code: string
  title: string
  due: string
  state: Light
  done: boolean
}

export interface Job {
  id: string
  kind: string
  about: string
  standing: { state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled' }
}

export interface Desk {
  counts: Count[]
  due: Due[]
  milestones: Milestone[]
  jobs: Job[]
}

const URGENCY: Record<Light, number> = { red: 0, amber: 1, green: 2 }

/** Most urgent first, then by deadline; what has no deadline comes last among its like. */
export function byUrgency(a: Due, b: Due): number {
  return URGENCY[a.state] - URGENCY[b.state] || (a.deadline ?? '9').localeCompare(b.deadline ?? '9')
}
