/**
 * The process that holds the connection of one act session, or of one reader: what SQLite does cannot be interrupted from within, and a
 * process can be ended at any instant, which SQLite undoes by itself when the file is next opened. It does one thing at a
 * time, sends nothing of its own accord, and ends with its parent.
 */
import { closeSync, openSync, unlinkSync } from 'node:fs'
import Database from 'better-sqlite3'
import { canonicalJson, type Json } from '../../../core/canonical.ts'
import { createAsk } from '../questions.ts'
import type { SqliteQuestions } from '../shapes.ts'
import type { Order, Reply } from './session-orders.ts'

const BACKUP = /^\.backup main "([^"]+)"$/
/** Pages copied at once: all of them, because the write lock is held meanwhile. */
const ALL_PAGES = 0x7fffffff

const [file = '', mode = 'read'] = process.argv.slice(2)
const mayWrite = mode === 'write'
/** How long somebody else's lock is waited for unless a plan says otherwise, ms. */
const LOCK_WAIT_MS = 1_000
const database = new Database(file, { fileMustExist: true, readonly: !mayWrite, timeout: LOCK_WAIT_MS })
const ask = createAsk(database)

process.on('disconnect', () => process.exit())
let last: Promise<void> = Promise.resolve()
process.on('message', (order: Order) => {
  last = last.then(async () => {
    const reply: Reply = await carryOut(order)
    process.send?.({ id: order.id, reply })
  })
})
process.send?.({ id: 0, reply: { is: 'ready' } satisfies Reply })

async function carryOut(order: Order): Promise<Reply> {
  try {
    if (order.is === 'ask')
      return {
        is: 'answer',
        reading: await ask(order.kind as keyof SqliteQuestions, order.params as never),
      }
    if (order.is === 'check') return { is: 'checked', because: await unmet(order) }
    if (!mayWrite) return { is: 'failed', code: 'READ_ONLY', because: 'a reader runs no statement' }
    if (order.is === 'roll back') return rollBack()
    return await run(order.text)
  } catch (error) {
    const { code = 'ERROR', message } = error as Error & { readonly code?: string }
    return { is: 'failed', code, because: message }
  }
}

/** Why a condition does not hold; names figures and digests only. */
async function unmet(order: Extract<Order, { readonly is: 'check' }>): Promise<string | null> {
  const reading = await ask(order.kind as keyof SqliteQuestions, order.params as never)
  if (!reading.known) return reading.because
  const found = canonicalJson(reading.value as unknown as Json)
  return found === canonicalJson(order.equals) ? null : `${order.kind} is ${found}`
}

/** Lets go of the lock; nothing where no transaction is open. */
function rollBack(): Reply {
  if (database.inTransaction) database.exec('ROLLBACK')
  return { is: 'done', affectedRows: null }
}

async function run(text: string): Promise<Reply> {
  const path = BACKUP.exec(text)?.[1]
  if (path !== undefined) return backUp(path)
  // Of more than one statement, none is run.
  const statement = database.prepare(text)
  if (statement.reader) {
    statement.all()
    return { is: 'done', affectedRows: null }
  }
  return { is: 'done', affectedRows: statement.run().changes }
}

/** Through a second connection, because this one holds the write lock: committed pages, which nobody changes meanwhile. */
async function backUp(path: string): Promise<Reply> {
  // Fails where there is such a file; only its owner may read what it will hold.
  closeSync(openSync(path, 'wx', 0o600))
  const reader = new Database(file, { readonly: true, fileMustExist: true })
  try {
    await reader.backup(path, { progress: () => ALL_PAGES })
    return { is: 'done', affectedRows: null }
  } catch (error) {
    unlinkSync(path)
    throw error
  } finally {
    reader.close()
  }
}
