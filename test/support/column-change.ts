/** Runs `sqlite/change-column-type` as the pipeline would: proposed, proposed again and compared, then sent step by step. */
import { changeColumnType } from '../../src/actions/sqlite/index.ts'
import type { ActSession } from '../../src/core/actuator.ts'
import { canonicalJson, type Json } from '../../src/core/canonical.ts'
import type { Plan } from '../../src/core/plan.ts'
import { type Proposal, propose } from '../../src/core/proposal.ts'
import { createActuator, resolve, type SqliteQuestions } from '../../src/engines/sqlite/index.ts'
import { PERMISSIVE } from './action-policy.ts'

/** What is asked for. */
export interface ColumnChange {
  readonly table: string
  readonly column: string
  readonly type: string
}

/** A session on a file. */
export const openSession = (file: string): Promise<ActSession<SqliteQuestions>> =>
  createActuator({ options: { file } }).open()

/** The proposal on a session. @throws where it is refused */
export async function proposeChange(
  session: ActSession<SqliteQuestions>,
  change: ColumnChange,
): Promise<Proposal> {
  const proposal = await propose({
    action: changeColumnType as never,
    given: {
      table: { schema: 'main', table: change.table },
      columns: [{ column: change.column, prefix: null, direction: 'ASC' }],
      type: change.type,
    },
    resolve: resolve as never,
    ask: session.ask as never,
    policy: { ...PERMISSIVE, statementTimeoutMs: 600_000 },
    server: { flavour: 'sqlite', version: '3', weakIdentity: false },
    affectedSeries: [],
  })
  if ('refused' in proposal) throw new Error(proposal.because)
  return proposal
}

/** What a person would consent to, as text. */
export const bytesOf = ({ plan, undo, objects }: Proposal): string =>
  canonicalJson({ plan, undo, objects } as unknown as Json)

/** The first step that was not done, with what is said of it; null if all were. */
export async function sendPlan(
  session: ActSession<SqliteQuestions>,
  plan: Plan,
  onStep: (text: string, ms: number) => void = () => undefined,
): Promise<string | null> {
  for (const step of [...plan.guards, ...plan.steps]) {
    const began = performance.now()
    const { ok, skipped, messages } = await session.send(step)
    onStep(step.text, performance.now() - began)
    if (!ok || skipped) return `${step.text}: ${messages.map(({ text }) => text).join('; ')}`
  }
  return null
}
