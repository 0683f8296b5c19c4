/** Attacks on what applications report: counts, signatures, places, records of batches, and who may let rows go. */
import { type Cells, fromNow, literal } from '../support/literals.ts'
import { DAY, HOUR, type Scene, sha } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'
import { without } from './without.ts'

const PATTERNS = 'failure_patterns'
const SITES = 'failure_sites'
const BATCHES = 'failure_batches'
const MASKED = 'Table shop.orders does not exist'

const patternRow = (s: Scene, over: Cells = {}): Cells => ({
  workspace_id: 1,
  signature: sha(`signature ${s.next()}`),
  engine: 'mariadb',
  error_code: '1146',
  failure_type: 'TABLE_NOT_FOUND',
  object_name: 'shop.orders',
  masked_message: MASKED,
  message_digest: sha(MASKED),
  ...over,
})
const siteRow = (s: Scene, patternId: number, over: Cells = {}): Cells => ({
  pattern_id: patternId,
  site_key: sha(`site ${s.next()}`),
  application: 'shop',
  outcome: 'thrown',
  occurrence_count: 3,
  longest_ms: 1.5,
  last_seen_at: fromNow(-1000),
  ...over,
})
const batchRow = (s: Scene, over: Cells = {}): Cells => ({
  batch_digest: sha(`batch ${s.next()}`),
  body_digest: sha('body'),
  workspace_id: 1,
  reported_by: 'bob',
  counted: 1,
  left_out: 0,
  dropped: 0,
  ...over,
})

const pattern = (s: Scene, over: Cells = {}): Promise<number> =>
  s.add(PATTERNS, patternRow(s, over), 'pattern_id')
const site = (s: Scene, patternId: number, over: Cells = {}): Promise<number> =>
  s.add(SITES, siteRow(s, patternId, over), 'site_id')

/** A pattern that was seen three times at one place. */
async function seen(s: Scene, count = 3): Promise<{ readonly patternId: number; readonly siteId: number }> {
  const patternId = await pattern(s)
  return { patternId, siteId: await site(s, patternId, { occurrence_count: count }) }
}

/** The same, last seen so many days ago, as only the owner can make it. */
async function old(s: Scene, days: number, count = 3): ReturnType<typeof seen> {
  const of = await seen(s, count)
  await without(s, `${PATTERNS}_before_update`, [
    `UPDATE ${PATTERNS} SET last_seen_at = ${literal(fromNow(-days * DAY), s.store.dialect)} WHERE pattern_id = ${of.patternId}`,
  ])
  return of
}

const setSite = (siteId: number, set: string): string =>
  `UPDATE ${SITES} SET ${set} WHERE site_id = ${siteId}`
const setPattern = (patternId: number, set: string): string =>
  `UPDATE ${PATTERNS} SET ${set} WHERE pattern_id = ${patternId}`
const dropSite = (siteId: number): string => `DELETE FROM ${SITES} WHERE site_id = ${siteId}`
const dropPattern = (patternId: number): string => `DELETE FROM ${PATTERNS} WHERE pattern_id = ${patternId}`

const DENIED = { sqlite: 'GOV-007', family: 'grant' } as const
const OTHERS = ['observe', 'reason', 'act', 'learn', 'auditor'] as const

/** Attacks on counting. */
const COUNTS: readonly Attack[] = [
  attack('a kind of failure and its first place', 'serve', 'allowed', async (s) => [
    s.sql(PATTERNS, patternRow(s)),
    s.sql(SITES, siteRow(s, await pattern(s))),
  ]),
  attack('the same kind once more', 'serve', { sqlite: ['key', 'GOV-006'], family: 'key' }, async (s) => {
    const row = patternRow(s)
    await s.owner.run(s.sql(PATTERNS, row))
    return s.sql(PATTERNS, row)
  }),
  attack('a kind of failure that begins counted', 'serve', { sqlite: 'GOV-111', family: 'grant' }, (s) =>
    s.sql(PATTERNS, patternRow(s, { occurrence_count: 1000 })),
  ),
  attack('the owner makes one that begins counted', 'owner', 'GOV-111', (s) =>
    s.sql(PATTERNS, patternRow(s, { occurrence_count: 1000 })),
  ),
  attack('a kind of failure first seen a year ago', 'serve', { sqlite: 'GOV-005', family: 'grant' }, (s) =>
    s.sql(PATTERNS, patternRow(s, { first_seen_at: fromNow(-365 * DAY) })),
  ),
  attack('a kind of failure of a workspace that is not there', 'serve', 'key', (s) =>
    s.sql(PATTERNS, patternRow(s, { workspace_id: 999 })),
  ),
  attack('a message that is not the one of its digest', 'serve', 'check', (s) =>
    s.sql(PATTERNS, patternRow(s, { masked_message: 'another' })),
  ),
  attack('a signature that is none', 'serve', 'check', (s) =>
    s.sql(PATTERNS, patternRow(s, { signature: 'x'.repeat(64) })),
  ),
  attack('a place counts again', 'serve', 'allowed', async (s) => {
    const { siteId } = await seen(s)
    return setSite(siteId, `occurrence_count = occurrence_count + 2, last_seen_at = ${s.now}`)
  }),
  attack('a place is lowered', 'serve', 'GOV-111', async (s) =>
    setSite((await seen(s)).siteId, `occurrence_count = 1, last_seen_at = ${s.now}`),
  ),
  attack('a place is set back to nothing', 'owner', 'GOV-111', async (s) =>
    setSite((await seen(s)).siteId, `occurrence_count = 0, last_seen_at = ${s.now}`),
  ),
  attack('a place last seen in an hour', 'serve', 'GOV-111', async (s) =>
    setSite(
      (await seen(s)).siteId,
      `occurrence_count = 9, last_seen_at = ${literal(fromNow(HOUR), s.store.dialect)}`,
    ),
  ),
  attack('a place last seen an hour ago', 'serve', 'GOV-111', async (s) =>
    setSite(
      (await seen(s)).siteId,
      `occurrence_count = 9, last_seen_at = ${literal(fromNow(-HOUR), s.store.dialect)}`,
    ),
  ),
  attack('a place whose longest call gets shorter', 'serve', 'GOV-111', async (s) =>
    setSite((await seen(s)).siteId, `occurrence_count = 9, longest_ms = 0.1, last_seen_at = ${s.now}`),
  ),
  attack('a place that begins with nothing', 'serve', 'GOV-111', async (s) =>
    s.sql(SITES, siteRow(s, await pattern(s), { occurrence_count: 0 })),
  ),
  attack('a place of a kind that is not there', 'serve', 'key', (s) => s.sql(SITES, siteRow(s, 999_999))),
  attack('a place moved to another kind', 'serve', { sqlite: 'GOV-016', family: 'grant' }, async (s) =>
    setSite((await seen(s)).siteId, `pattern_id = ${await pattern(s)}`),
  ),
  attack('a line without its file', 'serve', 'check', async (s) =>
    s.sql(SITES, siteRow(s, await pattern(s), { source_line: 3 })),
  ),
  attack('a statement without its class', 'serve', 'check', async (s) =>
    s.sql(SITES, siteRow(s, await pattern(s), { statement_text: 'select ?' })),
  ),
  attack('one place more than a kind may have', 'serve', 'GOV-114', async (s) => {
    const patternId = await pattern(s)
    for (let at = 0; at < 51; at += 1) await s.owner.run(s.sql(SITES, siteRow(s, patternId)))
    return s.sql(SITES, siteRow(s, patternId))
  }),
  attack('serve lowers a count', 'serve', { sqlite: 'GOV-111', family: 'grant' }, async (s) =>
    setPattern((await seen(s)).patternId, `occurrence_count = 1, last_seen_at = ${s.now}`),
  ),
  attack('the owner lowers a count', 'owner', 'GOV-111', async (s) =>
    setPattern((await seen(s)).patternId, `occurrence_count = 1, last_seen_at = ${s.now}`),
  ),
  attack(
    'serve raises a count beside its places',
    'serve',
    { sqlite: 'weakness:W5', family: 'grant' },
    async (s) => setPattern((await seen(s)).patternId, `occurrence_count = 99, last_seen_at = ${s.now}`),
  ),
  attack('serve changes a signature', 'serve', { sqlite: 'GOV-016', family: 'grant' }, async (s) =>
    setPattern((await seen(s)).patternId, `signature = '${sha('other')}'`),
  ),
  attack('the owner changes a signature', 'owner', 'GOV-016', async (s) =>
    setPattern((await seen(s)).patternId, `signature = '${sha('other')}'`),
  ),
  attack('the owner changes a message with its digest', 'owner', 'GOV-016', async (s) =>
    setPattern((await seen(s)).patternId, `masked_message = 'x', message_digest = '${sha('x')}'`),
  ),
  ...OTHERS.flatMap((role) => [
    attack(`${role} reports a kind of failure`, role, DENIED, (s) => s.sql(PATTERNS, patternRow(s))),
    attack(`${role} reports a place`, role, DENIED, async (s) => s.sql(SITES, siteRow(s, await pattern(s)))),
    attack(`${role} raises a count`, role, DENIED, async (s) =>
      setPattern((await seen(s)).patternId, `occurrence_count = 99, last_seen_at = ${s.now}`),
    ),
  ]),
]

/** Attacks on letting rows go, and on the records of batches. */
const ENDS: readonly Attack[] = [
  attack('retention removes a rare kind of failure of 91 days', 'retention', 'allowed', async (s) => {
    const { patternId, siteId } = await old(s, 91)
    return [dropSite(siteId), dropPattern(patternId)]
  }),
  attack('retention removes one whose places are still there', 'retention', 'key', async (s) =>
    dropPattern((await old(s, 91)).patternId),
  ),
  attack('retention removes a place of 89 days', 'retention', 'GOV-112', async (s) =>
    dropSite((await old(s, 89)).siteId),
  ),
  attack('retention removes a kind of 89 days', 'retention', ['GOV-112', 'key'], async (s) =>
    dropPattern((await old(s, 89)).patternId),
  ),
  attack('retention removes a place of a frequent kind', 'retention', 'GOV-112', async (s) =>
    dropSite((await old(s, 400, 10)).siteId),
  ),
  attack('the owner removes a frequent kind', 'owner', ['GOV-112', 'key'], async (s) =>
    dropPattern((await old(s, 400, 10)).patternId),
  ),
  attack('retention lowers a count', 'retention', DENIED, async (s) =>
    setSite((await seen(s)).siteId, `occurrence_count = 1, last_seen_at = ${s.now}`),
  ),
  ...(['serve', ...OTHERS] as const).flatMap((role) => [
    attack(`${role} removes an old kind of failure`, role, DENIED, async (s) =>
      dropPattern((await old(s, 91)).patternId),
    ),
    attack(`${role} removes a place of it`, role, DENIED, async (s) => dropSite((await old(s, 91)).siteId)),
  ]),
  attack('serve empties the patterns', 'serve', { family: 'grant' }, () => `TRUNCATE TABLE ${PATTERNS}`),
  attack('a batch that was counted', 'serve', 'allowed', (s) => s.sql(BATCHES, batchRow(s))),
  attack('the same batch once more', 'serve', { sqlite: ['key', 'GOV-006'], family: 'key' }, async (s) => {
    const row = batchRow(s)
    await s.owner.run(s.sql(BATCHES, row))
    return s.sql(BATCHES, row)
  }),
  attack('a batch of nobody', 'serve', 'key', (s) => s.sql(BATCHES, batchRow(s, { reported_by: 'nobody' }))),
  attack('a batch rewritten', 'serve', { sqlite: 'GOV-010', family: 'grant' }, async (s) => {
    await s.owner.run(s.sql(BATCHES, batchRow(s)))
    return `UPDATE ${BATCHES} SET counted = 0`
  }),
  attack('a batch forgotten, to be counted again', 'serve', 'GOV-113', async (s) => {
    const row = batchRow(s)
    await s.owner.run(s.sql(BATCHES, row))
    return `DELETE FROM ${BATCHES} WHERE batch_digest = '${String(row['batch_digest'])}'`
  }),
  attack('a batch of three days forgotten', 'serve', 'allowed', async (s) => {
    const row = batchRow(s)
    await s.owner.run(s.sql(BATCHES, row))
    const which = `WHERE batch_digest = '${String(row['batch_digest'])}'`
    await without(s, `${BATCHES}_before_update`, [
      `UPDATE ${BATCHES} SET received_at = ${literal(fromNow(-3 * DAY), s.store.dialect)} ${which}`,
    ])
    return `DELETE FROM ${BATCHES} ${which}`
  }),
  attack('retention forgets a batch', 'retention', DENIED, async (s) => {
    await s.owner.run(s.sql(BATCHES, batchRow(s)))
    return `DELETE FROM ${BATCHES}`
  }),
  attack('reason reads the batches', 'reason', { family: 'grant' }, () => `SELECT * FROM ${BATCHES}`),
]

/** Attacks on failures. */
export const FAILURE_ATTACKS: readonly Attack[] = [...COUNTS, ...ENDS]
