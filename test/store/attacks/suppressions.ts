/** Attacks on suppressions: silencing for ever, for another, more than was seen, or past the record; and on what they hold. */
import { type Cells, fromNow, literal } from '../support/literals.ts'
import { DAY, HOUR, MINUTE, type Scene } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'
import { without } from './without.ts'

const TABLE = 'suppressions'

/** An issue that has ended, with what a suppression says of it. */
interface Silent {
  readonly issueId: number
  readonly fingerprint: string
}

/** An issue with its event; it ends, so that the next one of its fingerprint could open. */
async function over(s: Scene, event: Cells = {}, issue: Cells = {}): Promise<Silent> {
  const fingerprint = s.fingerprint()
  const eventId = await s.event(fingerprint, event)
  const issueId = await s.add('detected_issues', s.issueRow(fingerprint, eventId, issue), 'issue_id')
  for (const state of ['UNDER_ANALYSIS', 'NO_ACTION', 'CLOSED']) await s.move(issueId, state)
  return { issueId, fingerprint }
}

const row = (of: Silent, cells: Cells = {}): Cells => ({
  issue_id: of.issueId,
  target_id: 1,
  issue_fingerprint: of.fingerprint,
  severity: 'WARNING',
  reason: 'known until the release',
  suppressed_by: 'dave',
  expires_at: fromNow(7 * DAY),
  ...cells,
})

/** The statement that suppresses an issue of one’s own. */
const suppress = async (s: Scene, cells: Cells = {}): Promise<string> =>
  s.sql(TABLE, row(await over(s), cells))

/** A suppression that holds, made by dave. */
async function held(s: Scene, cells: Cells = {}): Promise<Silent & { readonly id: number }> {
  const of = await over(s)
  return { ...of, id: await s.add(TABLE, row(of, cells), 'suppression_id') }
}

/** An ended issue that was CRITICAL, and what a suppression says of it. */
const critical = (s: Scene): Promise<Silent> =>
  over(s, { severity_indicator: 'CRITICAL' }, { severity: 'CRITICAL' })
const CRITICAL: Cells = { severity: 'CRITICAL', expires_at: fromNow(7 * DAY - MINUTE) }

/** One that ran out an hour ago after so many days, as only the owner can make it. */
async function expired(s: Scene, days = 0, cells: Cells = {}): ReturnType<typeof held> {
  const of = await held(s, cells)
  const [begun, over] = [-HOUR - days * DAY, -HOUR].map((at) => literal(fromNow(at), s.store.dialect))
  await without(s, `${TABLE}_before_update`, [
    `UPDATE ${TABLE} SET suppressed_at = ${begun}, expires_at = ${over} WHERE suppression_id = ${of.id}`,
  ])
  return of
}

/** The statement that suppresses it again. */
const again = async (s: Scene, of: Promise<Silent>, cells: Cells = {}): Promise<string> =>
  s.sql(TABLE, row(await of, cells))

const set = (of: { readonly id: number }, what: string): string =>
  `UPDATE ${TABLE} SET ${what} WHERE suppression_id = ${of.id}`

/** The statement that opens an issue of that fingerprint, by a new event. */
const opening = async (s: Scene, of: Silent, event: Cells = {}, issue: Cells = {}): Promise<string> => {
  const eventId = await s.event(of.fingerprint, event)
  return s.sql('detected_issues', s.issueRow(of.fingerprint, eventId, issue))
}

/** The statement that counts one more. */
const count = (of: { readonly id: number }, eventId: number, to = 'held_count + 1'): string =>
  set(of, `held_count = ${to}, last_held_event_id = ${eventId}`)

const DENIED = { sqlite: 'GOV-007', family: 'grant' } as const
const OTHERS = ['observe', 'act', 'learn', 'retention', 'auditor'] as const

/** Attacks on making one. */
const MADE: readonly Attack[] = [
  attack('a suppression for a week', 'serve', 'allowed', (s) => suppress(s)),
  attack('a suppression for 90 days', 'serve', 'allowed', (s) =>
    suppress(s, { expires_at: fromNow(90 * DAY - MINUTE) }),
  ),
  attack('a suppression for ever', 'serve', 'GOV-116', (s) =>
    suppress(s, { expires_at: fromNow(3650 * DAY) }),
  ),
  attack('a suppression for 91 days', 'serve', 'GOV-116', (s) =>
    suppress(s, { expires_at: fromNow(91 * DAY) }),
  ),
  attack('the owner suppresses for ever', 'owner', 'GOV-116', (s) =>
    suppress(s, { expires_at: fromNow(3650 * DAY) }),
  ),
  attack('a suppression that is over already', 'serve', 'GOV-116', (s) =>
    suppress(s, { expires_at: fromNow(-MINUTE) }),
  ),
  attack('a suppression without an end', 'serve', ['value', 'GOV-116'], (s) =>
    suppress(s, { expires_at: null }),
  ),
  attack('a suppression without a reason', 'serve', 'check', (s) => suppress(s, { reason: '  ' })),
  attack('an approver suppresses a CRITICAL one for 7 days', 'serve', 'allowed', async (s) =>
    s.sql(TABLE, row(await critical(s), { ...CRITICAL, suppressed_by: 'bob' })),
  ),
  attack('a CRITICAL one by who neither approves nor administers', 'serve', 'GOV-134', async (s) =>
    s.sql(TABLE, row(await critical(s), CRITICAL)),
  ),
  attack('the owner lets such a person suppress it', 'owner', 'GOV-134', async (s) =>
    s.sql(TABLE, row(await critical(s), CRITICAL)),
  ),
  attack('a CRITICAL one by an approver who was shut out', 'serve', 'GOV-065', async (s) =>
    s.sql(TABLE, row(await critical(s), { ...CRITICAL, suppressed_by: 'carol' })),
  ),
  attack('a CRITICAL one for 8 days', 'serve', 'GOV-116', async (s) => {
    const cells = { severity: 'CRITICAL', expires_at: fromNow(8 * DAY), suppressed_by: 'bob' }
    return s.sql(TABLE, row(await critical(s), cells))
  }),
  attack('a CRITICAL one called a warning, for longer', 'serve', 'GOV-115', async (s) => {
    const of = await over(s, { severity_indicator: 'CRITICAL' }, { severity: 'CRITICAL' })
    return s.sql(TABLE, row(of, { expires_at: fromNow(80 * DAY) }))
  }),
  attack('a warning called CRITICAL, so that nothing is worse', 'serve', 'GOV-115', (s) =>
    suppress(s, { severity: 'CRITICAL' }),
  ),
  attack('a suppression of another fingerprint than its issue’s', 'serve', 'GOV-115', async (s) =>
    s.sql(TABLE, row({ issueId: (await over(s)).issueId, fingerprint: s.fingerprint() })),
  ),
  attack('a suppression on another target than its issue’s', 'serve', 'GOV-115', (s) =>
    suppress(s, { target_id: 2 }),
  ),
  attack('a suppression of no issue', 'serve', 'GOV-115', async (s) =>
    s.sql(TABLE, row({ ...(await over(s)), issueId: 999_999 })),
  ),
  attack('a suppression of a person’s request', 'serve', 'GOV-115', async (s) =>
    s.sql(TABLE, row(await over(s, { detection_source: 'MANUAL' }))),
  ),
  attack('a suppression in the name of somebody shut out', 'serve', 'GOV-065', (s) =>
    suppress(s, { suppressed_by: 'carol' }),
  ),
  attack('a suppression in the program’s name', 'serve', 'GOV-065', (s) =>
    suppress(s, { suppressed_by: 'dbmedic' }),
  ),
  attack('a suppression of nobody', 'serve', ['GOV-065', 'key'], (s) =>
    suppress(s, { suppressed_by: 'nobody' }),
  ),
  attack('a suppression made yesterday', 'serve', { sqlite: 'GOV-005', family: 'grant' }, (s) =>
    suppress(s, { suppressed_at: fromNow(-DAY) }),
  ),
  attack('a suppression that begins with a count', 'serve', { sqlite: 'GOV-118', family: 'grant' }, (s) =>
    suppress(s, { held_count: 5, last_held_event_id: 1 }),
  ),
  attack('a suppression that begins ended', 'serve', { sqlite: 'GOV-063', family: 'grant' }, (s) =>
    suppress(s, { ended_by: 'dave' }),
  ),
  attack('a second one beside the first', 'serve', 'GOV-117', async (s) =>
    s.sql(TABLE, row(await held(s), { expires_at: fromNow(80 * DAY), suppressed_by: 'bob' })),
  ),
  attack('a new one after the first is over', 'serve', 'allowed', async (s) =>
    s.sql(TABLE, row(await expired(s))),
  ),
  attack('said again, 83 days and 7', 'serve', 'allowed', (s) =>
    again(s, expired(s, 83), { expires_at: fromNow(7 * DAY - MINUTE) }),
  ),
  attack('said again beyond 90 days of 180', 'serve', 'GOV-135', (s) => again(s, expired(s, 84))),
  attack('the owner says it again for such a person', 'owner', 'GOV-135', (s) => again(s, expired(s, 84))),
  attack('said again after it was ended early each time', 'serve', 'GOV-135', async (s) => {
    const of = await expired(s, 70)
    const id = await s.add(TABLE, row(of, { expires_at: fromNow(19 * DAY) }), 'suppression_id')
    await s.owner.run(set({ id }, "ended_by = 'dave'"))
    return s.sql(TABLE, row(of, { expires_at: fromNow(21 * DAY) }))
  }),
  attack('an approver says it again', 'serve', 'allowed', (s) =>
    again(s, expired(s, 90), { suppressed_by: 'bob', expires_at: fromNow(90 * DAY - MINUTE) }),
  ),
  attack('what an approver silenced does not count', 'serve', 'allowed', (s) =>
    again(s, expired(s, 89, { suppressed_by: 'bob' }), { expires_at: fromNow(89 * DAY) }),
  ),
  attack('silent days longer ago than 180 do not count', 'serve', 'allowed', async (s) => {
    const of = await expired(s, 90)
    const [begun, over] = [-300 * DAY, -190 * DAY].map((at) => literal(fromNow(at), s.store.dialect))
    await without(s, `${TABLE}_before_update`, [set(of, `suppressed_at = ${begun}, expires_at = ${over}`)])
    return s.sql(TABLE, row(of, { expires_at: fromNow(89 * DAY) }))
  }),
  attack(
    'one put in the place of another',
    'serve',
    { sqlite: ['GOV-117', 'GOV-006'], family: 'grant' },
    async (s) => {
      const of = await held(s)
      return s.sql(TABLE, row(of, { suppression_id: of.id }), 'REPLACE INTO')
    },
  ),
  ...(['reason', ...OTHERS] as const).map((role) =>
    attack(`${role} suppresses`, role, DENIED, (s) => suppress(s)),
  ),
]

/** Attacks on one that is there. */
const CHANGED: readonly Attack[] = [
  attack('a suppression ended early', 'serve', 'allowed', async (s) =>
    set(await held(s), "ended_by = 'bob'"),
  ),
  attack('a suppression lengthened', 'serve', { sqlite: 'GOV-016', family: 'grant' }, async (s) =>
    set(await held(s), `expires_at = ${literal(fromNow(30 * DAY), s.store.dialect)}`),
  ),
  attack('the owner lengthens one', 'owner', 'GOV-016', async (s) =>
    set(await held(s), `expires_at = ${literal(fromNow(30 * DAY), s.store.dialect)}`),
  ),
  attack('a suppression under another’s name', 'serve', { sqlite: 'GOV-016', family: 'grant' }, async (s) =>
    set(await held(s), "suppressed_by = 'bob'"),
  ),
  attack('another reason afterwards', 'owner', 'GOV-016', async (s) => set(await held(s), "reason = 'x'")),
  attack('a suppression of more than it was', 'owner', 'GOV-016', async (s) =>
    set(await held(s), "severity = 'CRITICAL'"),
  ),
  attack('a suppression moved to another condition', 'owner', 'GOV-016', async (s) =>
    set(await held(s), `issue_fingerprint = '${s.fingerprint()}'`),
  ),
  attack('ended by somebody shut out', 'serve', 'GOV-063', async (s) =>
    set(await held(s), "ended_by = 'carol'"),
  ),
  attack('ended by the program', 'serve', 'GOV-063', async (s) => set(await held(s), "ended_by = 'dbmedic'")),
  attack('ended twice, by another', 'serve', 'GOV-063', async (s) => {
    const of = await held(s)
    return [set(of, "ended_by = 'dave'"), set(of, "ended_by = 'bob'")]
  }),
  attack('an ended one revived', 'serve', 'GOV-063', async (s) => {
    const of = await held(s)
    return [set(of, "ended_by = 'dave'"), set(of, 'ended_by = NULL')]
  }),
  attack('the owner revives one', 'owner', ['GOV-005', 'GOV-063', 'GOV-016'], async (s) => {
    const of = await held(s)
    return [set(of, "ended_by = 'dave'"), set(of, 'ended_by = NULL, ended_at = NULL')]
  }),
  attack('ended in the future', 'serve', { sqlite: 'GOV-005', family: 'grant' }, async (s) =>
    set(await held(s), `ended_by = 'dave', ended_at = ${literal(fromNow(DAY), s.store.dialect)}`),
  ),
  attack('ended after it ran out', 'serve', 'GOV-116', async (s) =>
    set(await expired(s), "ended_by = 'dave'"),
  ),
  attack('reason ends one', 'reason', DENIED, async (s) => set(await held(s), "ended_by = 'dave'")),
  attack('a suppression deleted', 'serve', { sqlite: 'GOV-017', family: 'grant' }, async (s) => {
    const of = await held(s)
    return `DELETE FROM ${TABLE} WHERE suppression_id = ${of.id}`
  }),
  attack('the owner deletes one', 'owner', 'GOV-017', async (s) => {
    const of = await expired(s)
    return `DELETE FROM ${TABLE} WHERE suppression_id = ${of.id}`
  }),
  ...OTHERS.flatMap((role) => [
    attack(`${role} ends a suppression`, role, DENIED, async (s) => set(await held(s), "ended_by = 'dave'")),
    attack(`${role} deletes one`, role, { sqlite: 'GOV-017', family: 'grant' }, async (s) => {
      const of = await held(s)
      return `DELETE FROM ${TABLE} WHERE suppression_id = ${of.id}`
    }),
  ]),
]

/** Attacks on what is held, and on opening all the same. */
const HELD: readonly Attack[] = [
  attack('an event is recorded all the same', 'observe', 'allowed', async (s) =>
    s.sql('detection_events', s.eventRow((await held(s)).fingerprint)),
  ),
  attack('an issue opens under a suppression', 'reason', 'GOV-119', async (s) => opening(s, await held(s))),
  attack('the owner opens one', 'owner', 'GOV-119', async (s) => opening(s, await held(s))),
  attack('what is worse opens all the same', 'reason', 'allowed', async (s) =>
    opening(s, await held(s), { severity_indicator: 'CRITICAL' }, { severity: 'CRITICAL' }),
  ),
  attack('the same on another target opens', 'reason', 'allowed', async (s) => {
    const other = { target_id: 2, instance_uid: 'uid-2' }
    return opening(s, await held(s), other, other)
  }),
  attack('it opens when the suppression has run out', 'reason', 'allowed', async (s) =>
    opening(s, await expired(s)),
  ),
  attack('it opens when the suppression was ended', 'reason', 'allowed', async (s) => {
    const of = await held(s)
    await s.owner.run(set(of, "ended_by = 'dave'"))
    return opening(s, of)
  }),
  attack('what would have opened is counted', 'reason', 'allowed', async (s) => {
    const of = await held(s)
    return [count(of, await s.event(of.fingerprint)), count(of, await s.event(of.fingerprint))]
  }),
  attack('the same event counted twice', 'reason', 'GOV-118', async (s) => {
    const of = await held(s)
    const eventId = await s.event(of.fingerprint)
    return [count(of, eventId), count(of, eventId)]
  }),
  attack('two counted by one event', 'reason', 'GOV-118', async (s) => {
    const of = await held(s)
    return count(of, await s.event(of.fingerprint), 'held_count + 2')
  }),
  attack('a count taken back', 'reason', ['GOV-118', 'check'], async (s) => {
    const of = await held(s)
    const eventId = await s.event(of.fingerprint)
    await s.owner.run(count(of, eventId))
    return count(of, eventId, '0')
  }),
  attack('counted by an event of something else', 'reason', 'GOV-118', async (s) =>
    count(await held(s), await s.event()),
  ),
  attack('counted by an event that is not there', 'reason', 'GOV-118', async (s) =>
    count(await held(s), 9_999_999),
  ),
  attack('counted by an all-clear', 'reason', 'GOV-118', async (s) => {
    const of = await held(s)
    return count(of, await s.event(of.fingerprint, { event_kind: 'CLEARED', severity_indicator: 'INFO' }))
  }),
  attack('counted after its end', 'reason', 'GOV-118', async (s) => {
    const of = await expired(s)
    return count(of, await s.event(of.fingerprint))
  }),
  attack('serve counts', 'serve', DENIED, async (s) => {
    const of = await held(s)
    return count(of, await s.event(of.fingerprint))
  }),
  attack('the auditor reads them', 'auditor', 'allowed', () => `SELECT * FROM ${TABLE}`),
]

/** Attacks on suppressions. */
export const SUPPRESSION_ATTACKS: readonly Attack[] = [...MADE, ...CHANGED, ...HELD]
