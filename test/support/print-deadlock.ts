/**
 * Prints deadlocks as each server version does, for tests of the reader. Written from the servers' own output (MySQL
 * 9.7, MariaDB 10.11 and 11.8, captured) and from the documented form of the older ones; shares no code with the reader.
 */
import type { DeadlockJson, DeadlockLock } from '../../src/engines/mysql/deadlock/index.ts'

type PrintedTransaction = DeadlockJson['transactions'][number]

/** A deadlock to print; statements are printed as they stand here. */
export interface PrintedDeadlock {
  readonly victim: number
  readonly transactions: readonly PrintedTransaction[]
}

/** How a version prints. */
export interface DeadlockForm {
  /** Which locks: all holders first (8.0.18+), all but the first's (older), or conflicts of each (MariaDB 10.6+). */
  readonly locks: 'modern' | 'classic' | 'mariadb'
  readonly server: 'MySQL' | 'MariaDB'
  /** Times: 5.5; 5.6 and MariaDB 10; 5.7 and newer. */
  readonly time: '5.5' | '5.6' | 'utc' | 'mariadb'
  /** Index names in backticks. */
  readonly quotesIndex: boolean
  /** The prefix of log headings. */
  readonly log: '5.5' | '5.7' | '8.0' | 'mariadb'
}

const MODERN = { locks: 'modern', server: 'MySQL', time: 'utc', quotesIndex: false, log: '8.0' } as const
const CLASSIC = { locks: 'classic', server: 'MySQL', quotesIndex: true, log: '5.5' } as const
const MARIADB = {
  locks: 'mariadb',
  server: 'MariaDB',
  time: 'mariadb',
  quotesIndex: false,
  log: 'mariadb',
} as const

/** Every version's form. */
export const DEADLOCK_FORMS: Readonly<Record<string, DeadlockForm>> = {
  'mysql-5.5': { ...CLASSIC, time: '5.5' },
  'mysql-5.6': { ...CLASSIC, time: '5.6' },
  'mysql-5.7': { ...CLASSIC, time: 'utc', quotesIndex: false, log: '5.7' },
  'mysql-8.0.17': { ...CLASSIC, time: 'utc', quotesIndex: false, log: '8.0' },
  'mysql-8.0': MODERN,
  'mysql-8.4': MODERN,
  'mysql-9': MODERN,
  'mariadb-5.5': { ...CLASSIC, time: '5.5' },
  'mariadb-10.1': { ...CLASSIC, time: '5.6' },
  'mariadb-10.5': { ...CLASSIC, server: 'MariaDB', time: 'mariadb', quotesIndex: false, log: 'mariadb' },
  'mariadb-10.6': MARIADB,
  'mariadb-10.11': MARIADB,
  'mariadb-11.8': MARIADB,
}

/** Where it is printed. */
export type DeadlockChannel = 'status' | 'log'

/** The moment every printed deadlock has, as `at` should read. */
export function printedAt(form: DeadlockForm, channel: DeadlockChannel): string {
  const utc = channel === 'log' && form.time === 'utc'
  return utc ? '2026-03-04T05:06:07.123456Z' : '2026-03-04T05:06:07'
}

/** The deadlock as this form can tell it: the classic one never shows what the first transaction holds. */
export function asTold(deadlock: PrintedDeadlock, form: DeadlockForm, at: string): DeadlockJson {
  const transactions = deadlock.transactions.map((transaction, index) =>
    form.locks === 'classic' && index === 0 ? { ...transaction, holds: [] } : transaction,
  )
  return { at, victim: deadlock.victim, incomplete: false, transactions }
}

/** The text of one deadlock. */
export function printDeadlock(
  deadlock: PrintedDeadlock,
  form: DeadlockForm,
  channel: DeadlockChannel,
): string {
  const print = new Printer(form, channel)
  return print.deadlock(deadlock)
}

class Printer {
  readonly #form: DeadlockForm
  readonly #channel: DeadlockChannel

  constructor(form: DeadlockForm, channel: DeadlockChannel) {
    this.#form = form
    this.#channel = channel
  }

  deadlock({ transactions, victim }: PrintedDeadlock): string {
    const body = transactions.map((_, index) => this.#transaction(transactions, index)).join(this.#between())
    const end = this.#heading(`*** WE ROLL BACK TRANSACTION (${victim})`)
    return this.#begin() + body + end + this.#close()
  }

  #begin(): string {
    const rule = '------------------------\n'
    const stamp = this.#stamp()
    if (this.#channel === 'status') return `${rule}LATEST DETECTED DEADLOCK\n${rule}${stamp}\n`
    const words = 'ransactions deadlock detected, dumping detailed information.'
    if (this.#form.log === '5.5') return `${stamp}InnoDB: t${words}\n${stamp}\n`
    return `${this.#logPrefix('MY-012468')}T${words}\n`
  }

  #close(): string {
    if (this.#channel === 'log') return this.#form.log === 'mariadb' || this.#form.log === '5.7' ? '\n' : ''
    return '------------\nTRANSACTIONS\n------------\nTrx id counter 99\n'
  }

  #between(): string {
    return this.#channel === 'status' && this.#form.locks !== 'classic' ? '\n' : ''
  }

  #stamp(): string {
    if (this.#form.time === '5.5') return '260304  5:06:07'
    const day = '2026-03-04 05:06:07'
    if (this.#form.time === '5.6') return `${day} 7f5e4c266700`
    return this.#form.server === 'MySQL' ? `${day} 140485209872064` : `${day} 0x7f7b6c1be6c0`
  }

  #logPrefix(code: string): string {
    if (this.#form.log === 'mariadb') return '2026-03-04  5:06:07 17 [Note] InnoDB: '
    if (this.#form.log === '5.7') return '2026-03-04T05:06:07.123456Z 17 [Note] InnoDB: '
    return `2026-03-04T05:06:07.123456Z 0 [Note] [${code}] [InnoDB] `
  }

  /** A heading with its line end; logs of 5.7 and MariaDB put the first of a transaction on a line of its own. */
  #heading(text: string): string {
    if (this.#channel === 'status' || this.#form.log === '5.5') return `${text}\n`
    const prefix = this.#logPrefix('MY-012469')
    if (this.#form.log === '8.0') return `${prefix}${text} \n`
    if (text.endsWith(' TRANSACTION:')) return `${prefix}\n${text}\n\n`
    return `${prefix}${text}\n${text.endsWith(':') ? '\n' : ''}`
  }

  #transaction(all: readonly PrintedTransaction[], index: number): string {
    const transaction = all[index]
    if (!transaction) return ''
    const { n, waitsFor } = transaction
    const gap = this.#channel === 'status' && this.#form.locks === 'modern' ? '\n' : ''
    const numbered = this.#form.locks === 'mariadb' ? '' : `(${n}) `
    let text = this.#heading(`*** (${n}) TRANSACTION:`) + this.#head(transaction) + gap
    const shows = this.#form.locks === 'modern' || (this.#form.locks === 'classic' && index > 0)
    if (shows)
      text +=
        this.#heading(`*** (${n}) HOLDS THE LOCK(S):`) + this.#locks(transaction, transaction.holds, '') + gap
    text += this.#heading(`*** ${numbered}WAITING FOR THIS LOCK TO BE GRANTED:`)
    text += waitsFor ? this.#locks(transaction, [waitsFor], ' waiting') : ''
    if (this.#form.locks === 'mariadb') text += this.#conflicts(all, index)
    return text
  }

  /** As MariaDB does: what the next one holds, and for good measure one's own lock and a bystander's. */
  #conflicts(all: readonly PrintedTransaction[], index: number): string {
    const next = all[(index + 1) % all.length]
    const own = all[index]
    if (!next || !own) return ''
    const bystander = { ...own, trxId: '0' }
    const locks = this.#locks(own, own.holds, '') + this.#locks(next, next.holds, '')
    return this.#heading('*** CONFLICTING WITH:') + locks + this.#locks(bystander, next.holds.slice(0, 1), '')
  }

  #head({ trxId, threadId, host, user, statement }: PrintedTransaction): string {
    return (
      `TRANSACTION ${trxId}, ACTIVE 3 sec starting index read\n` +
      'mysql tables in use 1, locked 1\n' +
      'LOCK WAIT 3 lock struct(s), heap size 1128, 2 row lock(s), undo log entries 1\n' +
      `${this.#form.server} thread id ${threadId}, OS thread handle 140168071780032, query id 63 ${host} ${user} ` +
      `${this.#form.server === 'MySQL' ? 'updating' : 'Updating'}\n${statement === null ? '' : `${statement}\n`}`
    )
  }

  #locks(owner: PrintedTransaction, locks: readonly DeadlockLock[], waiting: string): string {
    return locks.map((lock) => this.#lock(owner, lock, waiting)).join('')
  }

  #lock({ trxId }: PrintedTransaction, lock: DeadlockLock, waiting: string): string {
    const part = lock.partition === undefined ? '' : ` /* Partition \`${lock.partition}\` */`
    const table = `${quotedTable(lock.table)}${part}`
    const mode = lock.mode === 'X' && lock.record ? 'lock_mode X' : `lock mode ${lock.mode}`
    const { record } = lock
    if (!record) return `TABLE LOCK table ${table} trx id ${trxId} ${mode}${waiting}\n`
    const index = this.#form.quotesIndex ? `\`${lock.index}\`` : lock.index
    const where = `space id ${record.space} page no ${record.page} n bits 320 index ${index} of table ${table}`
    const heaps = record.heaps ?? (record.heap === null ? [] : [record.heap])
    const kind = { ...KINDS, insert_intention: record.supremum ? '' : ' locks gap before rec' }[lock.gap]
    const insert = lock.gap === 'insert_intention' ? ' insert intention' : ''
    return `RECORD LOCKS ${where} trx id ${trxId} ${mode}${kind}${insert}${waiting}\n${heaps.map(physical).join('')}`
  }
}

const KINDS = { next_key: '', gap: ' locks gap before rec', rec_not_gap: ' locks rec but not gap', table: '' }

function quotedTable(table: string): string {
  return table.startsWith('`')
    ? table
    : table
        .split('.')
        .map((name) => `\`${name}\``)
        .join('.')
}

/** What no reader may keep: the values of the record, `sekret` in hexadecimal and clear. */
function physical(heap: number): string {
  const head = `Record lock, heap no ${heap} PHYSICAL RECORD: n_fields 2; compact format; info bits 0\n`
  if (heap === 1) return `${head} 0: len 8; hex 73757072656d756d; asc supremum;;\n\n`
  return `${head} 0: len 4; hex 80000001; asc     ;;\n 1: len 6; hex 73656b726574; asc sekret;;\n\n`
}
