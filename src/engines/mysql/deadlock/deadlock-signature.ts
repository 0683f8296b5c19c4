// What makes deadlocks of the same kind. What makes two reports one deadlock is `same-deadlock.ts`.

import { createHash } from 'node:crypto'
import type { Deadlock, DeadlockTransaction } from './deadlock.ts'

/** Changes whenever the signature of any deadlock changes. */
const FORM_VERSION = 'dbmedic-deadlock-1'

/**
 * The kind of a deadlock: 32 hex digits, equal for every occurrence in which statements of the same fingerprints wait
 * at the same tables and indexes for the same kinds of lock, whichever came first, was rolled back, or which server
 * version reported it. Three of a kind are the evidence of a wrong lock order.
 *
 * What is held is left out on purpose: MySQL up to 8.0.17 shows it for one side only, and in a ring it is where
 * another one waits. Null when it cannot be known: a transaction lacks its awaited lock, or there is only one.
 *
 * @param fingerprint maps a statement (literals masked or not) to the id of its class.
 */
export function deadlockSignature(
  deadlock: Deadlock,
  fingerprint: (statement: string) => string,
): string | null {
  if (deadlock.transactions.length < 2) return null
  const parts = deadlock.transactions.map((transaction) => signaturePart(transaction, fingerprint))
  if (parts.includes(null)) return null
  const text = [FORM_VERSION, ...parts.sort()].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

function signaturePart(
  { statement, waitsFor }: DeadlockTransaction,
  fingerprint: (statement: string) => string,
): string | null {
  if (!waitsFor) return null
  const { table, index, mode, gap } = waitsFor
  return JSON.stringify([statement === null ? null : fingerprint(statement), table, index, mode, gap])
}
