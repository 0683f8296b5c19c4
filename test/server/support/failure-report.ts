/** A report of a failure as the guard sends it. */
import { classify, errorEngineOf } from '../../../src/recovery/index.ts'

/** A missing table, called `object`. */
export function failureReport({ object, count = 1 }: { readonly object: string; readonly count?: number }) {
  const engine = errorEngineOf('mariadb')
  if (engine === undefined) throw new Error('no such engine')
  const { signature, code, type, masked } = classify(
    { engine: 'mariadb', code: 1146, message: `Table '${object}' doesn't exist` },
    engine,
  )
  return {
    ...{ signature, engine: 'mariadb', code, type, object, masked },
    statement: { fingerprint: 'a'.repeat(32), text: `select * from ${object} where id = ?` },
    callSite: { file: 'src/shop.js', line: 7, column: 3, function: 'load' },
    outcome: 'thrown' as const,
    durationMs: 1.25,
    longestMs: 2.5,
    at: '2026-11-21T20:00:00.000Z',
    lastAt: '2026-11-21T20:00:01.000Z',
    count,
  }
}

/** A batch of one. */
export const failureBatch = (object: string) => ({
  form: 'dbmedic-failures-1',
  application: 'shop',
  process: '7f6f8f0c-9a52-4a2d-b1cf-2f3c2a7f5a01',
  dropped: 0,
  failures: [failureReport({ object })],
})
