/** A target that can be acted on, as a script says, and an approved decision on it, for the execute stage. */
import type { Action, ActionPolicy } from '../../src/core/action.ts'
import type { ActSession, Actuator, FormerState, StepResult } from '../../src/core/actuator.ts'
import type { Decision, Execution, StepRecord } from '../../src/core/nouns.ts'
import type { Identity, Reading } from '../../src/core/observer.ts'
import type { ParameterSchema } from '../../src/core/parameters.ts'
import type { Binding, Plan, Step } from '../../src/core/plan.ts'
import { bindingText } from '../../src/core/proposal.ts'
import type { ActPort, Runnable } from '../../src/core/store-ports.ts'
import type { ExecutorInput } from '../../src/pipeline/execute/executor.ts'
import { BINDING, FORECAST, VERIFICATION } from './bindings.ts'
import { sha256 } from './pipeline-rows.ts'

/** What the target does with one step. */
export type Answer = 'ok' | 'no' | 'gone' | 'unwatched' | 'lost'

const step = (text: string, kind: Step['kind'] = 'statement'): Step => ({
  kind,
  text,
  timeoutMs: 1000,
  onlyIf: null,
})

/** A plan of one guard and three statements. */
export const PLAN: Plan = {
  guards: [step('SET a', 'guard')],
  steps: [step('ONE'), step('TWO'), step('THREE')],
}

/** The result of a step the target answered like this. */
export const resultOf = (answer: Exclude<Answer, 'lost'>): StepResult => ({
  ok: answer === 'ok',
  skipped: answer === 'gone' || answer === 'unwatched',
  affectedRows: answer === 'ok' ? 2 : null,
  messages: MESSAGES[answer],
})

const MESSAGES: Readonly<Record<Exclude<Answer, 'lost'>, StepResult['messages']>> = {
  ok: [],
  no: [{ level: 'Error', code: 1205, text: 'Lock wait timeout exceeded' }],
  gone: [],
  unwatched: [{ level: 'Error', code: 'UNWATCHED', text: 'not sent: no second connection' }],
}

/** The result of a step that was not let go. */
export const WITHHELD: StepResult = {
  ok: true,
  skipped: true,
  affectedRows: null,
  messages: [{ level: 'Warning', code: 'WITHHELD', text: 'not sent' }],
}

/** Who the scripted target is. */
export const IDENTITY: Identity = {
  instanceUid: 'uid-1',
  epoch: '2026-11-01T00:00:00.000000Z',
  version: '10.11',
  flavour: 'mariadb',
  weak: false,
}

type Holds = boolean | 'unknown' | 'throws'

/** What a scene can be told. */
export interface SceneOptions {
  /** By text of the statement; `ok` where nothing is said. */
  readonly answers?: { readonly [statement: string]: Answer }
  readonly identity?: Reading<Identity>
  readonly holds?: Holds
  /** What the postcondition says the first times it is asked; then `holds`. */
  readonly holdsFirst?: readonly Holds[]
  /** What is found of a former connection; `throws`: nobody can tell. Default: it is gone. */
  readonly former?: FormerState | 'throws'
  readonly binding?: Partial<Binding>
  readonly purpose?: Runnable['purpose']
  readonly input?: Partial<ExecutorInput<never>>
  readonly port?: Partial<ActPort>
  readonly unreachable?: 'always' | 'again'
}

/** One approved decision, a target and a store that notes everything in order. */
export function actScene(options: SceneOptions = {}) {
  const happened: string[] = []
  const first = [...(options.holdsFirst ?? [])]
  const ends: Parameters<ActPort['finishExecution']>[2][] = []
  const recorded: (readonly StepRecord[])[] = []
  const binding: Binding = {
    ...BINDING,
    guards: PLAN.guards,
    steps: PLAN.steps,
    undo: { plan: { guards: PLAN.guards, steps: [step('BACK')] } },
    ...options.binding,
  }
  const text = bindingText(binding)
  const decision = {
    decisionId: 5,
    targetId: binding.target.id,
    riskLevel: binding.riskLevel,
    bindingText: text,
    planDigest: sha256(text),
    expiresAt: binding.expiresAt,
  } as Decision
  const runnable = {
    decision,
    approval: { approvalId: 6, planDigest: decision.planDigest },
    votes: [],
    issue: {},
    purpose: options.purpose ?? 'DO',
  } as unknown as Runnable
  const action = {
    id: binding.action.name,
    version: binding.action.version,
    risk: binding.riskLevel,
    parameters: { table: { type: 'table' } },
    check: async () => [{ id: 'X1', met: true, found: 'primary', toProceed: '' }],
    render: async () => ({
      plan: { guards: binding.guards, steps: binding.steps },
      undo: binding.undo,
      objects: binding.objects,
    }),
    forecast: async () => FORECAST,
    verificationPlan: () => VERIFICATION,
    postcondition: async () => {
      happened.push('postcondition')
      const holds = first.shift() ?? options.holds ?? true
      if (holds === 'throws') throw new Error('no privilege')
      return { holds, found: 'the index' }
    },
  } as unknown as Action<ParameterSchema, never>
  let opened = 0
  const actuator: Actuator<never> = {
    open: async () => {
      opened += 1
      if (options.unreachable === 'always' || (options.unreachable === 'again' && opened > 1))
        throw new Error('connection refused')
      happened.push('open')
      return session(happened, options)
    },
  }
  const port = {
    queueExecution: async () => {
      happened.push('queued')
      return 9
    },
    startExecution: async () => {
      happened.push('started')
      return true
    },
    recordSteps: async (_id: number, _owner: string, steps: readonly StepRecord[]) => {
      recorded.push(steps.map((s) => ({ ...s })))
      const last = steps.at(-1)
      happened.push(`record ${last?.statement} ${last?.endedAt === null ? 'before' : 'after'}`)
    },
    renewLease: async () => true,
    endedUnknown: async () => [],
    adoptExecution: async () => false,
    read: { halts: async () => [], executions: async () => [] },
    finishExecution: async (_id: number, _owner: string, end: Parameters<ActPort['finishExecution']>[2]) => {
      ends.push(end)
      happened.push(`finished ${end.status} ${end.outcome}`)
    },
    ...options.port,
  } as unknown as ActPort
  const input: ExecutorInput<never> = {
    port,
    actuator,
    resolve: async () =>
      ({ resolved: { table: { schema: 'shop', table: 'orders', definitionDigest: 'd' } } }) as never,
    actionOf: (name, version) => (name === action.id && version === action.version ? action : null),
    definitionDigestOf: () => binding.action.definitionDigest,
    policy: {} as ActionPolicy,
    verifyVotes: async () => null,
    measureBefore: async () => ({ mean_ms: 1 }),
    sha256,
    lease: { owner: 'me', seconds: 60 },
    nowMs: () => 0,
    log: () => undefined,
    wait: async () => undefined,
    ...options.input,
  }
  return { input, runnable, action, happened, ends, recorded, session: session(happened, options) }
}

function session(happened: string[], options: SceneOptions): ActSession<never> {
  return {
    ask: (async () => ({ known: false, because: 'not asked', toProceed: '' })) as never,
    identity: async () =>
      options.identity ?? { known: true, value: IDENTITY, at: '2026-11-21T10:00:00.000000Z', source: 'test' },
    connectionId: '7',
    endFormer: async ({ connectionId }, mayEnd) => {
      happened.push(`end ${connectionId}${mayEnd ? '' : ' if idle'}`)
      if (options.former === 'throws') throw new Error('it does not go')
      return options.former ?? 'gone'
    },
    send: async (s, mayGo = () => true) => {
      if (!mayGo()) return WITHHELD
      happened.push(`send ${s.text}`)
      const answer = options.answers?.[s.text] ?? 'ok'
      if (answer === 'lost') throw new Error('connection lost')
      return resultOf(answer)
    },
    cancel: async () => void happened.push('cancel'),
    close: async () => void happened.push('close'),
  }
}

/** A run somebody began and nobody ended. */
export const abandonedRun = (change: Partial<Execution>): Execution => ({
  executionId: 9,
  approvalId: 6,
  decisionId: 5,
  actionId: 1,
  planDigest: 'p'.repeat(64),
  purpose: 'DO',
  executionStatus: 'IN_PROGRESS',
  executionOutcome: null,
  preExecutionMetrics: null,
  steps: [],
  actualDurationMs: null,
  affectedRows: null,
  executionErrors: null,
  executedBy: 'dead',
  leaseOwner: 'dead',
  leaseExpiresAt: '2026-11-21T09:59:00.000000Z',
  queuedAt: '2026-11-21T09:58:00.000000Z',
  startedAt: '2026-11-21T09:58:00.000000Z',
  finishedAt: null,
  ...change,
})
