/** Accounts as the security administrator sees them. */

export interface Task {
  contract: string
  area: string
  work: string
}

export interface Account {
  id: string
  name: string
  person: string
  role: string
  area: string
  unit: string
  closed: boolean
  tasks: Task[]
  undertaking: string
  must_change: boolean
  locked_until: string
}

export type Wanted = Omit<Account, 'id' | 'must_change' | 'locked_until'>

export interface Granted {
  account: Account
  password: string
}

export const ROLES = [
  'respondent', 'manager', 'enumerator', 'instructor', 'county', 'city', 'province', 'state', 'agriculture', 'third_party',
  'inspector', 'supervisor', 'archivist', 'confidentiality', 'system_admin', 'security_admin', 'audit_admin',
] as const

export const WORKS = ['enumerate', 'enter', 'audit', 'inspect'] as const

export function bound(role: string): boolean {
  return ['third_party', 'inspector', 'enumerator', 'instructor', 'supervisor'].includes(role)
}

export function wanted(account: Account): Wanted {
  const { name, person, role, area, unit, closed, tasks, undertaking } = account
  return { name, person, role, area, unit, closed, tasks: tasks.map((task) => ({ ...task })), undertaking }
}
