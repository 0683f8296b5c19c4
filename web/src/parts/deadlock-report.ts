/** A deadlock as its event holds it: read, put in order and into words. Nothing is drawn here. */
import { type Fields, isRecord } from './is-record.ts'

/** A lock, without the record it is on. */
export interface SeenLock {
  readonly table: string
  /** Null: of the table. */
  readonly index: string | null
  readonly mode: string
  readonly gap: string
}

/** A transaction of the report. */
export interface SeenTransaction {
  readonly n: number
  readonly user: string | null
  /** Masked; null: the report has none. */
  readonly statement: string | null
  readonly holds: readonly SeenLock[]
  readonly waitsFor: SeenLock | null
}

/** One waits for another. */
export interface SeenWait {
  readonly waiter: number
  readonly holder: number
  /** What stands in the way; null: the report does not show it. */
  readonly had: SeenLock | null
  /** False: concluded from the form of the report, which leaves out what some transaction holds. */
  readonly isShown: boolean
}

/** A report. */
export interface SeenDeadlock {
  /** Which one was rolled back; null: the report does not say. */
  readonly victim: number | null
  readonly incomplete: boolean
  /** In waiting order, where there is one. */
  readonly transactions: readonly SeenTransaction[]
  readonly waits: readonly SeenWait[]
}

const recordOf = (value: unknown): Fields => (isRecord(value) ? value : {})
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isRecord) : [])
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** The deadlock in the context of an event; null: it holds no report. */
export function deadlockIn(rawContext: string): SeenDeadlock | null {
  const facts = recordOf(recordOf(parsed(rawContext))['facts'])
  const report = recordOf(facts['report'])
  const transactions = listOf(report['transactions']).flatMap(transactionOf)
  if (transactions.length < 2) return null
  const numbers = new Set(transactions.map(({ n }) => n))
  const waits = Array.isArray(report['waits'])
    ? listOf(report['waits'])
        .flatMap(waitOf)
        .filter(({ waiter, holder }) => numbers.has(waiter) && numbers.has(holder))
    : likelyWaits(transactions)
  return {
    victim: typeof report['victim'] === 'number' ? report['victim'] : null,
    incomplete: facts['incomplete'] === true,
    transactions: inWaitingOrder(transactions, waits),
    waits,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

function lockOf(value: unknown): SeenLock | null {
  const { table, index, mode, gap } = recordOf(value)
  if (typeof table !== 'string' || typeof mode !== 'string') return null
  return { table, index: textOf(index), mode, gap: textOf(gap) ?? '' }
}

function transactionOf(fields: Fields): SeenTransaction[] {
  const { n, user, statement, holds, waitsFor } = fields
  if (typeof n !== 'number') return []
  const held = listOf(holds).map(lockOf)
  return [
    {
      n,
      user: textOf(user),
      statement: textOf(statement),
      holds: held.filter((lock) => lock !== null),
      waitsFor: lockOf(waitsFor),
    },
  ]
}

function waitOf({ waiter, holder, had, evidence }: Fields): SeenWait[] {
  if (typeof waiter !== 'number' || typeof holder !== 'number') return []
  return [{ waiter, holder, had: lockOf(had), isShown: evidence !== 'assumed' }]
}

/** Of events written before waits were kept: of two each waits for the other; of more, for who holds a lock there. */
function likelyWaits(transactions: readonly SeenTransaction[]): SeenWait[] {
  return transactions.flatMap((waiter) => {
    const { waitsFor } = waiter
    const others = transactions.filter(({ n }) => n !== waiter.n)
    if (waitsFor === null) return []
    const there = (lock: SeenLock): boolean => lock.table === waitsFor.table && lock.index === waitsFor.index
    const holders = others.filter(({ holds }) => holds.some(there))
    return (others.length === 1 ? others : holders).map((holder) => ({
      waiter: waiter.n,
      holder: holder.n,
      had: holder.holds.find(there) ?? null,
      isShown: false,
    }))
  })
}

/** Along the waits from the first transaction on, then what is left. */
function inWaitingOrder(
  transactions: readonly SeenTransaction[],
  waits: readonly SeenWait[],
): readonly SeenTransaction[] {
  const ordered: SeenTransaction[] = []
  let next: SeenTransaction | undefined = transactions[0]
  while (next !== undefined) {
    ordered.push(next)
    const { n } = next
    const isLeft = (each: SeenTransaction): boolean => !ordered.includes(each)
    const holders = waits.filter(({ waiter }) => waiter === n).map(({ holder }) => holder)
    next = transactions.find((each) => isLeft(each) && holders.includes(each.n)) ?? transactions.find(isLeft)
  }
  return ordered
}

const COVERED: Readonly<Record<string, string>> = {
  rec_not_gap: 'record',
  gap: 'gap before a record',
  next_key: 'record and the gap before it',
  insert_intention: 'to insert into a gap',
  table: 'whole table',
}

/** `X, record`: the mode as InnoDB prints it, and what it covers. */
export const modeText = ({ mode, gap }: SeenLock): string =>
  [mode, COVERED[gap] ?? gap].filter((part) => part !== '').join(', ')

/** `shop.stock, index PRIMARY`. */
export const placeText = ({ table, index }: SeenLock): string =>
  index === null ? table : `${table}, index ${index}`

/** The whole of it in sentences, for who does not see the drawing. */
export function deadlockText({ transactions, waits, victim }: SeenDeadlock): string {
  const each = transactions.map(({ n, waitsFor }) => {
    const holders = waits.filter(({ waiter }) => waiter === n).map(({ holder }) => `transaction ${holder}`)
    if (waitsFor === null) return `Transaction ${n} waits for nothing the report shows.`
    const behind = holders.length === 0 ? '' : `, held by ${holders.join(' and ')}`
    return `Transaction ${n} waits for ${modeText(waitsFor)} on ${placeText(waitsFor)}${behind}.`
  })
  const end =
    victim === null
      ? 'Which one was rolled back the report does not say.'
      : `Transaction ${victim} was rolled back.`
  return [...each, end].join(' ')
}
