/** What the pages around the pipeline show: the whole catalogue, reviewed runs, a grant, a window, answers of a target. */
import { actionRows } from '../../../src/app/catalogue.ts'
import type { Json } from '../../../src/core/canonical.ts'
import {
  after,
  decide,
  makeIssue,
  newGrant,
  newLesson,
  newVerdict,
  newVote,
  onlyRunnable,
  run,
  type World,
} from '../../support/pipeline-rows.ts'
import type { PanelWorld } from './panel-world.ts'

/** Adds the rows; gives the pages that show them. */
export async function addAroundRows(panel: Pick<PanelWorld, 'api'>): Promise<PanelWorld['pages']> {
  const { world } = panel.api
  const { store, targetId } = world
  await learnOnce(world, 'shop.addresses', { gain: 41.5, resolved: true })
  await learnOnce(world, 'shop.visits', { gain: 12, resolved: true })
  await learnOnce(world, 'shop.prices', { gain: -3, resolved: false })
  await learnOnce(world, 'shop.stock', { gain: 22, resolved: null })
  const now = await store.read.now()
  const window = { targetId, startsAt: after(now, 3_600), endsAt: after(now, 10_800) }
  await store.serve.addChangeWindow({ ...window, createdBy: 'bert', reason: 'monthly maintenance' })
  await store.serve.grantStanding(await newGrant(world, world.bert))
  const [issue] = await store.read.issues({ states: ['RESOLVED'], limit: 1 })
  const silent = { seconds: 7 * 86_400, reason: 'known until the release on Monday', by: 'bert' }
  if (issue !== undefined) await store.serve.suppress({ issueId: issue.issueId, ...silent })
  const isKnown = (name: string, version: number): boolean =>
    world.actions.some((each) => each.actionName === name && each.actionVersion === version)
  const rows = actionRows().filter((row) => !isKnown(row.actionName, row.actionVersion))
  await store.serve.mirrorActions(rows)
  await answerTarget(world, panel.api.ids.checkId)
  return [
    { name: 'actions', path: '/actions' },
    { name: 'action', path: '/actions/mysql/create-index' },
    { name: 'targets', path: '/targets' },
    { name: 'target', path: `/targets/${targetId}?check=${panel.api.ids.checkId}` },
    { name: 'learning', path: '/learning' },
    { name: 'learning-reviewed', path: '/learning?shown=reviewed' },
    { name: 'fix', path: `/fix?target=${targetId}&action=mysql/create-index` },
    ...SETTINGS.map((part) => ({ name: `settings-${part}`, path: `/settings?part=${part}` })),
  ]
}

/** The parts of the settings. */
const SETTINGS = [
  'account',
  'people',
  'stops',
  'suppressions',
  'standing',
  'windows',
  'policies',
  'retention',
]

/** A healed issue with its lesson; `resolved` null: nobody has reviewed it. */
async function learnOnce(
  world: World,
  resource: string,
  of: { readonly gain: number; readonly resolved: boolean | null },
): Promise<void> {
  const { serve, act, learn } = world.store
  const issueId = await makeIssue(world, resource)
  const decision = await decide(world, issueId)
  await serve.insertApproval(await newVote(world, decision, world.bert))
  const executionId = await run(world, await onlyRunnable(world, decision.decisionId))
  const interval = { intervalLowPercent: of.gain - 5, intervalHighPercent: of.gain + 5 }
  const verdict = of.gain > 5 ? 'improved' : 'no_effect'
  const measured = { ...newVerdict(executionId, verdict), improvementPercent: of.gain, ...interval }
  await act.insertVerification(measured)
  const lesson = newLesson({ issueId, decisionId: decision.decisionId, executionId })
  const lessonId = await learn.insertLesson({ ...lesson, metricImprovementPercent: of.gain })
  const review = { wouldApproveAgain: of.resolved === true, assessedBy: 'bert' }
  if (of.resolved !== null) await serve.reviewLesson(lessonId, { issueResolved: of.resolved, ...review })
}

/** Answers a question as the process that watches the target would. */
export async function answerTarget({ store }: World, requestId: number): Promise<void> {
  const lease = { owner: 'watcher', seconds: 600 }
  await store.observe.leaseTargets(lease, 10)
  await store.observe.claimRequests(lease, 100)
  const kind = (await store.serve.request(requestId))?.question.kind ?? ''
  const answer = { known: true, value: ANSWERS[kind] ?? null, at: await store.read.now(), source: 'test' }
  await store.observe.answerRequest(requestId, lease.owner, { ok: true, answer })
}

const CHECKED: Json = {
  identity: {
    version: '10.11.14-MariaDB',
    flavour: 'mariadb',
    epoch: '2026-11-01T06:00:00.000000Z',
    weak: false,
  },
  capabilities: [
    {
      id: 'process',
      available: true,
      found: 'PROCESS',
      consequence: 'Sessions of others cannot be seen.',
      remedy: [],
    },
    {
      id: 'replication-status',
      available: false,
      found: 'no SLAVE MONITOR',
      consequence: 'Whether this server is a replica, and how far behind, is not known.',
      remedy: ["GRANT SLAVE MONITOR ON *.* TO 'dbm_mon'@'%'"],
    },
    {
      id: 'statement-histogram',
      available: false,
      found: 'MariaDB has none',
      consequence: 'Percentiles of single statements are not known.',
      remedy: [],
    },
  ],
  cost: { busyMsPerSecond: 0.84, sharePercent: 0.12, allowedMsPerSecond: 2, shed: [], shedsMuch: false },
}

const FOUND: Json = {
  columns: [
    { column: 'id', columnType: 'bigint' },
    { column: 'customer_id', columnType: 'int' },
  ],
  indexes: [{ index: 'PRIMARY', unique: true, visible: true, columns: [{ column: 'id' }] }],
}

const step = (kind: string, text: string): Json => ({ kind, text, timeoutMs: 3_600_000, onlyIf: null })
const interval = (low: number, expected: number, high: number): Json => ({ low, expected, high })

const RENDERED: Json = {
  proposal: {
    actionName: 'mysql/create-index',
    actionVersion: 2,
    parameters: {},
    preconditions: [
      { id: 'X1', met: true, found: 'shop.orders is a base table', toProceed: '' },
      {
        id: 'X5',
        met: 'unknown',
        found: 'nobody said how much disk is free',
        toProceed: 'Set dataPath of the target.',
      },
    ],
    plan: {
      guards: [step('guard', 'SET SESSION lock_wait_timeout=3')],
      steps: [
        step('statement', 'CREATE INDEX `i` ON `shop`.`orders` (`customer_id`) ALGORITHM=INPLACE LOCK=NONE'),
      ],
    },
    undo: { plan: { guards: [], steps: [step('statement', 'DROP INDEX `i` ON `shop`.`orders`')] } },
    objects: [],
    forecast: {
      lockClass: 'metadata',
      blocks: 'Nobody, but for a moment at its beginning and end.',
      durationMs: interval(800, 1_500, 6_000),
      rowsTouched: interval(300_000, 300_000, 300_000),
      bytesWritten: interval(4e6, 6e6, 9e6),
      replicaLagSeconds: interval(0, 0, 0),
      diskPeakBytes: interval(8e6, 12e6, 18e6),
      basis: '300,000 rows, 38 MiB',
    },
    verification: {
      postcondition: 'the index exists and is visible',
      affectedSeries: [],
      metricName: 'mean_ms',
      metricUnit: 'ms',
      lowerIsBetter: true,
      beforeSeconds: 900,
      settleSeconds: 30,
      afterSeconds: 900,
      minimumCalls: 30,
      minimumGainPercent: 10,
    },
  },
  instanceUid: 'instance-1',
  epoch: '2026-11-01T06:00:00.000000Z',
}

/** By kind of question. */
const ANSWERS: Readonly<Record<string, Json>> = { check: CHECKED, table: FOUND, preview: RENDERED }
