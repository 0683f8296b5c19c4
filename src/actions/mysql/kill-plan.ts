/** What ending a connection or a statement shares: the bound re-read, the rendering, the forecast, the proof. */
import type { Postcondition, Rendered } from '../../core/action.ts'
import type { Json } from '../../core/canonical.ts'
import type { Forecast, VerificationPlan } from '../../core/plan.ts'
import type { BoundState } from '../../engines/mysql/shapes.ts'
import { renderWholeNumber } from '../../sql/quoting.ts'
import { instantForecast } from './forecast.ts'
import type { MysqlContext } from './mysql-action.ts'
import type { OnConnection } from './preconditions/objects.ts'
import { verifyBy } from './verification.ts'

/** A KILL returns at once; the session ends by itself afterwards, ms. */
const KILL_TIMEOUT_MS = 5_000
/** A killed session is looked for this often, this many times, until it is gone. */
const LOOK_AGAIN_MS = 200
const LOOKS = 15
const ID_DIGITS = /^[1-9]\d{0,19}$/

/** The number of a connection or query as SQL digits. @throws RangeError for anything but 1 to 20 digits. */
export function idDigits(id: string): string {
  if (!ID_DIGITS.test(id)) throw new RangeError('not the number of a connection or query')
  return renderWholeNumber(BigInt(id))
}

/**
 * One KILL, sent only if the connection is unchanged. No server binds an identity in KILL itself (MySQL refuses even
 * a placeholder, error 6413), so it is re-read on the same session right before.
 */
export function renderKill(context: MysqlContext<OnConnection>, text: string, expect: BoundState): Rendered {
  const params: { readonly [name: string]: Json } = { ...context.params.connection, expect }
  return {
    plan: {
      guards: [],
      steps: [
        {
          kind: 'statement',
          text,
          timeoutMs: KILL_TIMEOUT_MS,
          onlyIf: { question: { kind: 'connection-unchanged', params }, equals: { unchanged: true } },
        },
      ],
    },
    undo: { whyNot: 'what was ended cannot be brought back; the client gets an error and can begin again' },
    objects: [],
  }
}

/** The forecast: instant, plus a rollback of at most `rows` rows. */
export function forecastKill(blocks: string, rows: number, basis: string): Forecast {
  const plain = instantForecast({ lockClass: 'none', blocks, basis })
  if (rows === 0) return plain
  return {
    ...plain,
    // Undoing a row costs about as much as changing it: 1 µs in memory to 1 ms with a page read each.
    durationMs: { low: 1, expected: Math.ceil(10 + rows / 20), high: 1_000 + rows },
    rowsTouched: { low: 0, expected: rows, high: rows },
  }
}

/** Success is waiting sessions set free. */
export const verifyKill = (context: MysqlContext<OnConnection>, postcondition: string): VerificationPlan =>
  verifyBy(context, { postcondition, metricName: 'waiting_sessions', metricUnit: 'sessions' })

/** The bound connection, transaction or statement is no more; a killed one is given 3 s to go. */
export async function boundIsGone(context: MysqlContext<OnConnection>): Promise<Postcondition> {
  const id = context.params.connection.connectionId
  for (let look = 1; ; look += 1) {
    const reading = await context.ask('connection', context.params.connection)
    if (!reading.known) return { holds: 'unknown', found: reading.because }
    const now = reading.value
    if (!now.present) return { holds: true, found: `connection ${id} is gone` }
    if (!now.same)
      return { holds: true, found: `what was bound is gone: ${now.differences.join(', ')} differ` }
    if (look === LOOKS) return { holds: false, found: `connection ${id} still is what was bound` }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}
