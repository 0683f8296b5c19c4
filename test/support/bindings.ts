/** A whole binding and the proposal it was made from, for tests that change one thing at a time. */
import type { Binding, Forecast, Plan, Step, VerificationPlan } from '../../src/core/plan.ts'
import type { Proposal } from '../../src/core/proposal.ts'

const statement = (text: string): Step => ({ kind: 'statement', text, timeoutMs: 60_000, onlyIf: null })
const guard = (text: string): Step => ({ kind: 'guard', text, timeoutMs: 1000, onlyIf: null })
const span = (high: number) => ({ low: 0, expected: high / 2, high })

/** A forecast whose upper bounds differ, so that mixing two of them up shows. */
export const FORECAST: Forecast = {
  lockClass: 'metadata: shared',
  blocks: 'nobody for longer than 3 s',
  durationMs: span(100),
  rowsTouched: span(200),
  bytesWritten: span(300),
  replicaLagSeconds: span(4),
  diskPeakBytes: span(500),
  basis: '300,000 rows',
}

/** How the test action's effect is measured. */
export const VERIFICATION: VerificationPlan = {
  postcondition: 'the index is there',
  affectedSeries: ['statement:q1'],
  metricName: 'mean_ms',
  metricUnit: 'ms',
  lowerIsBetter: true,
  beforeSeconds: 900,
  settleSeconds: 30,
  afterSeconds: 900,
  minimumCalls: 30,
  minimumGainPercent: 10,
}

const PLAN: Plan = {
  guards: [guard('SET SESSION lock_wait_timeout = 3')],
  steps: [
    statement('ALTER TABLE `shop`.`orders` ADD INDEX `i` (`customer_id`), ALGORITHM=INPLACE, LOCK=NONE'),
  ],
}

/** A proposal of the test action. */
export const PROPOSAL: Proposal = {
  actionName: 'mysql/create-index',
  actionVersion: 1,
  parameters: { table: { schema: 'shop', table: 'orders' }, columns: ['customer_id'] },
  preconditions: [
    { id: 'X1', met: true, found: 'primary', toProceed: '' },
    { id: 'X2', met: true, found: 'no such index', toProceed: '' },
  ],
  plan: PLAN,
  undo: { plan: { guards: PLAN.guards, steps: [statement('ALTER TABLE `shop`.`orders` DROP INDEX `i`')] } },
  objects: [{ kind: 'table', name: '`shop`.`orders`', definitionDigest: 'd'.repeat(64) }],
  forecast: FORECAST,
  verification: VERIFICATION,
}

/** The binding of that proposal. */
export const BINDING: Binding = {
  schema: 'dbmedic/binding/1',
  action: { name: PROPOSAL.actionName, version: 1, definitionDigest: 'a'.repeat(64) },
  riskLevel: 'MEDIUM',
  target: { id: 1, name: 'shop', engine: 'mysql', instanceUid: 'uid-1', epoch: null },
  parameters: PROPOSAL.parameters,
  guards: PLAN.guards,
  steps: PLAN.steps,
  undo: PROPOSAL.undo,
  objects: PROPOSAL.objects,
  evidenceDigest: 'e'.repeat(64),
  forecast: FORECAST,
  verification: VERIFICATION,
  expiresAt: '2026-11-22T00:00:00.000000Z',
}
