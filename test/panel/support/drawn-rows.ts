/** Issues whose evidence is drawn: a slow statement with its plan, and a deadlock of three. */
import type { PlanStep } from '../../../src/core/plan-step.ts'
import { makeIssue, newAnalysis, type World } from '../../support/pipeline-rows.ts'
import type { PanelWorld } from './panel-world.ts'

const table = (name: string, more: Partial<PlanStep>): PlanStep => ({
  operation: 'table',
  name,
  table: `shop.${name}`,
  passes: 1,
  inputs: [],
  ...more,
})

const PLAN: PlanStep = {
  operation: 'sort',
  inputs: [
    {
      operation: 'temporary',
      inputs: [
        {
          operation: 'join',
          inputs: [
            table('customers', { access: 'range', key: 'by_country', estimatedRows: 412, actualRows: 398 }),
            table('orders', {
              name: 'o',
              access: 'ALL',
              estimatedRows: 299_214,
              actualRows: 300_000,
              filteredPercent: 0.4,
              passes: 398,
              buffered: true,
              inputs: [
                {
                  operation: 'subquery',
                  dependent: true,
                  inputs: [
                    table('items', { access: 'ref', key: 'by_order', estimatedRows: 4, passes: 1_190 }),
                  ],
                },
              ],
            }),
          ],
        },
      ],
    },
  ],
}

const lock = (name: string, gap = 'rec_not_gap') => ({
  table: `shop.${name}`,
  index: 'PRIMARY',
  mode: 'X',
  gap,
})
const REPORT = {
  victim: 3,
  transactions: [
    {
      n: 1,
      user: 'checkout',
      statement: 'UPDATE stock SET reserved = reserved + ? WHERE id = ?',
      holds: [lock('orders')],
      waitsFor: lock('stock'),
    },
    {
      n: 2,
      user: 'warehouse',
      statement:
        'UPDATE customers SET last_order = ?, loyalty_points = loyalty_points + ? WHERE id = ? AND country = ?',
      holds: [lock('stock')],
      waitsFor: lock('customers', 'next_key'),
    },
    {
      n: 3,
      user: 'import',
      statement: 'INSERT INTO orders (customer_id, total, note) VALUES (?, ?, ?)',
      holds: [lock('customers', 'next_key')],
      waitsFor: lock('orders', 'insert_intention'),
    },
  ],
  waits: [
    { waiter: 1, holder: 2, had: lock('stock'), evidence: 'record' },
    { waiter: 2, holder: 3, had: lock('customers', 'next_key'), evidence: 'record' },
    { waiter: 3, holder: 1, had: null, evidence: 'assumed' },
  ],
}
const PAIR = {
  victim: 2,
  transactions: [0, 1].map((at) => ({
    n: at + 1,
    user: 'app',
    statement: `UPDATE stock SET reserved = reserved ${at === 0 ? '-' : '+'} ? WHERE id = ?`,
    holds: [lock('stock')],
    waitsFor: lock('stock'),
  })),
  waits: [
    { waiter: 1, holder: 2, had: lock('stock'), evidence: 'record' },
    { waiter: 2, holder: 1, had: lock('stock'), evidence: 'record' },
  ],
}

/** Adds them; gives their pages. */
export async function addDrawnRows({
  api: { world },
}: Pick<PanelWorld, 'api'>): Promise<PanelWorld['pages']> {
  const slow = await makeIssue(world, 'select o.id from customers c join orders o …', {
    issueCategory: 'QUERY_PERFORMANCE',
    affectedResourceType: 'statement',
  })
  await analysed(world, slow)
  const ring = await deadlocked(world, 'shop.customers, shop.orders, shop.stock', REPORT)
  const pair = await deadlocked(world, 'shop.stock, shop.stock', PAIR)
  return [
    { name: 'issue-plan', path: `/issues/${slow}` },
    { name: 'issue-deadlock', path: `/issues/${pair}` },
    { name: 'issue-deadlock-of-three', path: `/issues/${ring}` },
  ]
}

async function analysed({ store }: World, issueId: number): Promise<void> {
  await store.reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
  const analysis = newAnalysis(issueId)
  const claim = {
    id: 'e2',
    claim: 'how the server runs the statement',
    source: 'EXPLAIN FORMAT=JSON',
    value: { plan: PLAN, origin: 'analysed', estimatedCost: 61_204, examinedPerCall: 301_588 } as never,
    unit: null,
    at: await store.read.now(),
    recheck: null,
  }
  await store.reason.insertAnalysis({ ...analysis, evidence: [...analysis.evidence, claim] })
}

const deadlocked = (world: World, resource: string, report: object): Promise<number> =>
  makeIssue(world, resource, {
    issueCategory: 'DEADLOCK',
    ruleId: 'mysql/deadlock',
    detectionSource: 'INNODB_DEADLOCK',
    affectedResourceType: 'transaction',
    metricName: 'deadlocks',
    metricUnit: 'count',
    metricValue: 1,
    rawContext: JSON.stringify({ key: 'deadlock', facts: { incomplete: false, report } }),
  })
