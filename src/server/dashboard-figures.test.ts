import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dashboard, LastingFigures } from '../core/browse-port.ts'
import type { AuditRow } from '../core/store-ports.ts'
import { dashboardFigures } from './dashboard-figures.ts'

const link = (seq: number, table: string, row: object = {}): AuditRow => ({
  seq,
  at: '2026-11-22T00:00:00.000000Z',
  canonical: JSON.stringify({ seq, entry: { table, key: '1', op: 'insert', row } }),
  prevHash: '',
  rowHash: '',
})

/** A store that says which parts it was asked to count. */
function source() {
  const chain: AuditRow[] = [link(1, 'targets')]
  const asked: string[][] = []
  let counted = 0
  const dashboard = async (_id: number, known: Partial<LastingFigures> = {}): Promise<Dashboard> => {
    counted += 1
    asked.push((['runs', 'votes', 'resolved'] as const).filter((part) => known[part] === undefined))
    const fresh = { runs: { judged: counted }, votes: [{ count: counted }], resolved: [{ count: counted }] }
    return { openIssues: [{ count: counted }], ...fresh, ...known } as unknown as Dashboard
  }
  const happens = (table: string, row?: object): void => void chain.push(link(chain.length + 1, table, row))
  const figures = dashboardFigures({
    browse: { dashboard, newestSeq: async () => chain.length },
    read: { audit: async (from, limit) => chain.slice(from - 1, from - 1 + limit) },
  })
  return { asked, happens, figures }
}

test('a part is counted again after a change it counts, and only then', async () => {
  const { asked, happens, figures } = source()
  const first = await figures(1)
  const all = ['runs', 'votes', 'resolved']
  for (const [table, row, parts] of [
    ['detected_issues', { issue_status: 'DETECTED' }, []],
    ['detected_issues', { issue_status: 'RESOLVED' }, ['resolved']],
    ['admin_approvals', {}, ['votes']],
    ['action_executions', {}, ['runs']],
    ['execution_verifications', {}, ['runs']],
    ['recovery_decisions', {}, []],
    ['sessions', {}, []],
    ['targets', {}, all],
  ] as const) {
    happens(table, row)
    await figures(1)
    assert.deepEqual(asked.at(-1), parts, `${table} ${JSON.stringify(row)}`)
  }
  assert.notDeepEqual((await figures(1)).votes, first.votes)
})

test('what is not kept in parts is counted after any change; each workspace has parts of its own', async () => {
  const { asked, happens, figures } = source()
  const before = await figures(1)
  happens('sessions')
  const after = await figures(1)
  assert.notDeepEqual(after.openIssues, before.openIssues)
  assert.deepEqual([after.runs, after.votes, after.resolved], [before.runs, before.votes, before.resolved])
  await figures(2)
  assert.deepEqual(asked.at(-1), ['runs', 'votes', 'resolved'])
})

test('several changes between two looks all count, and after too many of them everything is counted again', async () => {
  const { asked, happens, figures } = source()
  await figures(1)
  for (const table of ['admin_approvals', 'sessions', 'action_executions']) happens(table)
  await figures(1)
  assert.deepEqual(asked.at(-1), ['runs', 'votes'])
  for (let at = 0; at < 201; at += 1) happens('sessions')
  await figures(1)
  assert.deepEqual(asked.at(-1), ['runs', 'votes', 'resolved'])
})
