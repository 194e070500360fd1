import { reactive } from 'vue'
import { isAbandoned } from './api'
import { errorWords } from './words'

/** What was said last, drawn and read out by `SayHost`. */
export interface Said {
  id: number
  kind: 'good' | 'bad'
  text: string
}

export interface Question {
  title: string
  text?: string
  /** Word on the button that does it, a verb: 删除, 退回. */
  action: string
  /** What is done cannot be taken back. */
  grave?: boolean
}

export interface ReasonQuestion extends Question {
  /** Fewest characters of a reason. */
  least?: number
  /** Said above the field, as when the last reason was not accepted. */
  note?: string
}

interface Open<Q, A> {
  question: Q
  answer: (answer: A) => void
}

export const said = reactive<Said[]>([])
export const open = reactive<{
  confirm: Open<Question, boolean> | null
  reason: Open<ReasonQuestion, string | null> | null
}>({ confirm: null, reason: null })

let count = 0

export function dismiss(id: number): void {
  const at = said.findIndex((one) => one.id === id)
  if (at >= 0) said.splice(at, 1)
}

function add(kind: Said['kind'], text: string): void {
  // The same failure of several requests is said once.
  if (text === '' || said.some((one) => one.kind === kind && one.text === text)) return
  count += 1
  const id = count
  said.push({ id, kind, text })
  if (kind === 'good') setTimeout(() => dismiss(id), 5000)
}

/** A line at the foot of the page; failures stay until they are closed. */
export const say = {
  good: (text: string) => add('good', text),
  bad: (problem: unknown) => {
    if (!isAbandoned(problem)) add('bad', typeof problem === 'string' ? problem : errorWords(problem))
  },
}

/** Asks before something is done; false when the person gives up. */
export function confirm(question: Question): Promise<boolean> {
  open.confirm?.answer(false)
  return new Promise((resolve) => {
    open.confirm = {
      question,
      answer: (answer) => {
        open.confirm = null
        resolve(answer)
      },
    }
  })
}

/** Asks for a reason in words; null when the person gives up. */
export function reasonFor(question: ReasonQuestion): Promise<string | null> {
  open.reason?.answer(null)
  return new Promise((resolve) => {
    open.reason = {
      question,
      answer: (answer) => {
        open.reason = null
        resolve(answer)
      },
    }
  })
}
