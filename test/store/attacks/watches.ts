/** Attacks on watches: looks nobody accepted, looks that claim what no answer showed, prevention nobody saw. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cells, fromNow, literal } from '../support/literals.ts'
import { DAY, MINUTE, type Scene, sha } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'
import { ATTEMPTS, DENIED, end, explained, type Task, task, tryRow } from './recovery-rows.ts'
import { without } from './without.ts'

const WATCHES = 'failure_watches'
const RESULTS = 'watch_results'
const QUESTION = '{"kind":"table","params":{"schema":"shop","table":"orders"}}'

interface Watch extends Task {
  readonly watchId: number
}

/** The failure itself, seen so often, as only the owner can make it. */
async function seen(s: Scene, of: Task, times = 10): Promise<Task> {
  await without(s, 'failure_patterns_before_update', [
    `UPDATE failure_patterns SET occurrence_count = ${times}, last_seen_at = ${s.now} WHERE pattern_id = ${of.patternId}`,
  ])
  return of
}

const watchRow = ({ taskId }: Task, over: Cells = {}): Cells => ({
  task_id: taskId,
  target_id: 1,
  watch_kind: 'table-exists',
  subject: 'shop.orders',
  question: QUESTION,
  limit_value: null,
  interval_seconds: 600,
  reason: 'it came back',
  ...over,
})

/** A watch that waits; whatever another attack left on the target is over. */
async function proposed(s: Scene, of?: Task, over: Cells = {}): Promise<Watch> {
  await s.owner.run(`UPDATE ${WATCHES} SET ended_by = 'bob' WHERE ended_by IS NULL`)
  const failure = of ?? (await seen(s, await task(s)))
  return { ...failure, watchId: await s.add(WATCHES, watchRow(failure, over), 'watch_id') }
}

const accept = (s: Scene, { watchId }: Watch, { by = 'dave', days = 30 } = {}): string =>
  `UPDATE ${WATCHES} SET accepted_by = '${by}', expires_at = ${literal(fromNow(days * DAY), s.store.dialect)} WHERE watch_id = ${watchId}`
const finish = ({ watchId }: Watch, by = 'dave'): string =>
  `UPDATE ${WATCHES} SET ended_by = '${by}' WHERE watch_id = ${watchId}`

async function accepted(s: Scene, of?: Task, over: Cells = {}): Promise<Watch> {
  const watch = await proposed(s, of, over)
  await s.owner.run(accept(s, watch))
  return watch
}

/** An answered question of the target. */
async function answered(s: Scene, answer: string, over: Cells = {}): Promise<number> {
  const requestId = await s.add(
    'evidence_requests',
    { target_id: 1, question: QUESTION, requested_by: 'reason', ...over },
    'request_id',
  )
  await s.owner.run(
    `UPDATE evidence_requests SET request_status = 'ANSWERED', answer = '${answer}' WHERE request_id = ${requestId}`,
  )
  return requestId
}
const THERE = '{"known":true,"value":{"table":"orders"}}'
const GONE = '{"known":true,"value":null}'
const UNKNOWN = '{"known":false,"because":"x"}'

const lookRow = ({ watchId }: Watch, over: Cells = {}): Cells => ({
  watch_id: watchId,
  result_number: 1,
  request_id: null,
  watch_result: 'UNKNOWN',
  measured_value: null,
  says: 'nobody answered',
  ...over,
})

/** A watch whose newest look fails. */
async function failing(s: Scene, of?: Task): Promise<Watch> {
  const watch = await accepted(s, of)
  const request_id = await answered(s, GONE)
  await s.add(RESULTS, lookRow(watch, { request_id, watch_result: 'FAILS' }))
  return watch
}

/** The newest look is so many minutes old, as only the owner can make it. */
async function lookedAgo(s: Scene, { watchId }: Watch, minutes: number): Promise<void> {
  await without(s, `${RESULTS}_before_update`, [
    `UPDATE ${RESULTS} SET checked_at = ${literal(fromNow(-minutes * MINUTE), s.store.dialect)} WHERE watch_id = ${watchId}`,
  ])
}

/** The store's clock has moved: SQLite's counts milliseconds, and two rows of one are none before the other. */
async function ticked(s: Scene): Promise<void> {
  const then = await s.value(`SELECT ${s.now}`)
  while ((await s.value(`SELECT ${s.now}`)) === then) await sleep(1)
}

const prevents = (watch: Watch, over: Cells = {}): Cells =>
  tryRow(watch, {
    recovery_strategy: 'PREVENTIVE',
    evidence: `{"watchId":${watch.watchId},"occurrences":10}`,
    ...over,
  })

const PROPOSALS: readonly Attack[] = [
  attack('a watch of a failure that comes back', 'reason', 'allowed', async (s) => {
    await proposed(s)
    return s.sql(WATCHES, watchRow(await seen(s, await task(s))))
  }),
  attack('a watch of a failure seen nine times', 'reason', 'GOV-145', async (s) =>
    s.sql(WATCHES, watchRow(await seen(s, await task(s), 9))),
  ),
  attack('a watch that proposes itself accepted', 'owner', 'GOV-145', async (s) =>
    s.sql(WATCHES, watchRow(await seen(s, await task(s)), { accepted_by: 'bob', expires_at: fromNow(DAY) })),
  ),
  attack('a second watch of the same', 'reason', 'GOV-145', async (s) =>
    s.sql(WATCHES, watchRow(await proposed(s))),
  ),
  attack('an eleventh watch of a target', 'reason', 'GOV-145', async (s) => {
    await proposed(s)
    for (let count = 1; count < 10; count += 1) await s.add(WATCHES, watchRow(await seen(s, await task(s))))
    return s.sql(WATCHES, watchRow(await seen(s, await task(s))))
  }),
  attack('a watch of a target that is not there', 'reason', ['GOV-145', 'key'], async (s) =>
    s.sql(WATCHES, watchRow(await seen(s, await task(s)), { target_id: 999 })),
  ),
  attack('a watch that looks every minute', 'reason', 'check', async (s) => {
    await proposed(s)
    return s.sql(WATCHES, watchRow(await seen(s, await task(s)), { interval_seconds: 60 }))
  }),
  attack('serve proposes a watch', 'serve', DENIED, async (s) =>
    s.sql(WATCHES, watchRow(await seen(s, await task(s)))),
  ),
  attack('a person accepts a watch and ends it', 'serve', 'allowed', async (s) => {
    const watch = await proposed(s)
    return [accept(s, watch), finish(watch)]
  }),
  attack('the program accepts a watch', 'serve', 'GOV-140', async (s) =>
    accept(s, await proposed(s), { by: 'dbmedic' }),
  ),
  attack('somebody who was shut out accepts one', 'serve', 'GOV-140', async (s) =>
    accept(s, await proposed(s), { by: 'carol' }),
  ),
  attack('a watch is accepted for a year', 'serve', 'GOV-140', async (s) =>
    accept(s, await proposed(s), { days: 365 }),
  ),
  attack('an accepted watch is lengthened', 'serve', 'GOV-140', async (s) =>
    accept(s, await accepted(s), { days: 60 }),
  ),
  attack('a watch that was declined is accepted', 'serve', 'GOV-140', async (s) => {
    const watch = await proposed(s)
    await s.owner.run(finish(watch))
    return accept(s, watch)
  }),
  attack('the analyst accepts a watch', 'reason', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    accept(s, await proposed(s)),
  ),
  attack('the question of a watch is changed', 'owner', 'GOV-016', async (s) => {
    const { watchId } = await accepted(s)
    return `UPDATE ${WATCHES} SET question = '{"kind":"health","params":{}}' WHERE watch_id = ${watchId}`
  }),
  attack('the owner removes a watch', 'owner', 'GOV-143', async (s) => {
    const { watchId } = await proposed(s)
    return `DELETE FROM ${WATCHES} WHERE watch_id = ${watchId}`
  }),
]

const LOOKS: readonly Attack[] = [
  attack('a look that nobody answered', 'reason', 'allowed', async (s) =>
    s.sql(RESULTS, lookRow(await accepted(s))),
  ),
  attack('a look of a watch nobody accepted', 'reason', 'GOV-141', async (s) =>
    s.sql(RESULTS, lookRow(await proposed(s))),
  ),
  attack('a look of a watch that was ended', 'reason', 'GOV-141', async (s) => {
    const watch = await accepted(s)
    await s.owner.run(finish(watch))
    return s.sql(RESULTS, lookRow(watch))
  }),
  attack('a look that leaves a gap', 'reason', 'GOV-141', async (s) =>
    s.sql(RESULTS, lookRow(await accepted(s), { result_number: 2 })),
  ),
  attack('a look before its interval is over', 'reason', 'GOV-141', async (s) => {
    const watch = await accepted(s)
    await s.add(RESULTS, lookRow(watch))
    await lookedAgo(s, watch, 5)
    return s.sql(RESULTS, lookRow(watch, { result_number: 2 }))
  }),
  attack('the next look, after it', 'reason', 'allowed', async (s) => {
    const watch = await accepted(s)
    await s.add(RESULTS, lookRow(watch))
    await lookedAgo(s, watch, 10)
    return s.sql(RESULTS, lookRow(watch, { result_number: 2 }))
  }),
  attack('a look that holds, by its answer', 'reason', 'allowed', async (s) => {
    const watch = await accepted(s)
    const request_id = await answered(s, THERE)
    return s.sql(RESULTS, lookRow(watch, { request_id, watch_result: 'HOLDS' }))
  }),
  attack('a look that fails, by its answer', 'reason', 'allowed', async (s) => {
    const watch = await accepted(s)
    const request_id = await answered(s, GONE)
    return s.sql(RESULTS, lookRow(watch, { request_id, watch_result: 'FAILS' }))
  }),
  ...(
    [
      ['holds without an answer', async () => null],
      ['holds though the table is gone', (s: Scene) => answered(s, GONE)],
      ['holds though it is not known', (s: Scene) => answered(s, UNKNOWN)],
      ['holds by an answer of another target', (s: Scene) => answered(s, THERE, { target_id: 2 })],
      [
        'holds by the answer to another question',
        (s: Scene) => answered(s, THERE, { question: '{"kind":"health","params":{}}' }),
      ],
    ] as const
  ).flatMap(([what, answer]) => [
    attack(`a look ${what}`, 'reason', 'GOV-142', async (s) => {
      const watch = await accepted(s)
      return s.sql(RESULTS, lookRow(watch, { request_id: await answer(s), watch_result: 'HOLDS' }))
    }),
  ]),
  attack('a look that fails though the table is there', 'reason', 'GOV-142', async (s) => {
    const watch = await accepted(s)
    const request_id = await answered(s, THERE)
    return s.sql(RESULTS, lookRow(watch, { request_id, watch_result: 'FAILS' }))
  }),
  attack('a look by an answer from before it was accepted', 'reason', 'GOV-142', async (s) => {
    const watch = await proposed(s)
    const request_id = await answered(s, THERE)
    await ticked(s)
    await s.owner.run(accept(s, watch))
    return s.sql(RESULTS, lookRow(watch, { request_id, watch_result: 'HOLDS' }))
  }),
  attack('one answer for two looks', 'reason', ['key', 'GOV-142', 'GOV-006'], async (s) => {
    const watch = await accepted(s)
    const request_id = await answered(s, THERE)
    await s.add(RESULTS, lookRow(watch, { request_id, watch_result: 'HOLDS' }))
    await lookedAgo(s, watch, 10)
    return s.sql(RESULTS, lookRow(watch, { request_id, watch_result: 'HOLDS', result_number: 2 }))
  }),
  attack('a value that nothing measured', 'reason', 'GOV-142', async (s) =>
    s.sql(RESULTS, lookRow(await accepted(s), { measured_value: 3 })),
  ),
  attack('a look is rewritten', 'owner', 'GOV-010', async (s) => {
    const { watchId } = await failing(s)
    return `UPDATE ${RESULTS} SET watch_result = 'HOLDS' WHERE watch_id = ${watchId}`
  }),
  attack('the owner removes a look', 'owner', 'GOV-143', async (s) => {
    const { watchId } = await failing(s)
    return `DELETE FROM ${RESULTS} WHERE watch_id = ${watchId}`
  }),
  attack('the observer writes a look', 'observe', DENIED, async (s) =>
    s.sql(RESULTS, lookRow(await accepted(s))),
  ),
]

const PREVENTION: readonly Attack[] = [
  attack('an attempt to prevent what a watch shows', 'reason', 'allowed', async (s) =>
    s.sql(ATTEMPTS, prevents(await failing(s))),
  ),
  attack('an attempt to prevent that names no watch', 'reason', 'GOV-144', async (s) =>
    s.sql(ATTEMPTS, prevents(await failing(s), { evidence: '{}' })),
  ),
  attack('an attempt to prevent while the watch is not known', 'reason', 'GOV-144', async (s) => {
    const watch = await accepted(s)
    await s.add(RESULTS, lookRow(watch))
    return s.sql(ATTEMPTS, prevents(watch))
  }),
  attack('an attempt to prevent by the watch of another failure', 'reason', 'GOV-144', async (s) => {
    const { watchId } = await failing(s)
    return s.sql(ATTEMPTS, prevents({ ...(await explained(s)), watchId }))
  }),
  attack('prevention of what fails still', 'reason', 'GOV-144', async (s) => {
    const watch = await failing(s)
    await s.add(ATTEMPTS, prevents(watch))
    return end(watch, 1)
  }),
  attack('prevention of what holds again', 'reason', 'allowed', async (s) => {
    const watch = await failing(s)
    await s.add(ATTEMPTS, prevents(watch))
    await lookedAgo(s, watch, 10)
    const request_id = await answered(s, THERE)
    await s.add(RESULTS, lookRow(watch, { request_id, watch_result: 'HOLDS', result_number: 2 }))
    return end(watch, 1)
  }),
]

/** What an issue of the failure's watch rests on, each written by the account that holds the password of the server people talk to. */
const FORGERIES: readonly Attack[] = [
  ...(['serve', 'reason', 'act', 'learn'] as const).map((who) =>
    attack(
      `${who} forges an event of a watch that fails`,
      who,
      { sqlite: 'GOV-007', family: ['grant', 'GOV-007'] },
      async (s) => {
        const watch = await failing(s)
        return s.sql('detection_events', eventOf(s, watch))
      },
    ),
  ),
  attack('serve opens the issue of one itself', 'serve', DENIED, async (s) => {
    const fingerprint = s.fingerprint()
    const eventId = await s.add('detection_events', eventOf(s, await failing(s), fingerprint), 'event_id')
    return s.sql('detected_issues', s.issueRow(fingerprint, eventId, { affected_resource_type: 'failure' }))
  }),
  attack('serve answers the question of a watch itself', 'serve', DENIED, async (s) => {
    await accepted(s)
    const requestId = await s.add(
      'evidence_requests',
      { target_id: 1, question: QUESTION, requested_by: 'bob' },
      'request_id',
    )
    return `UPDATE evidence_requests SET request_status = 'ANSWERED', answer = '${GONE}' WHERE request_id = ${requestId}`
  }),
  attack('serve writes the look of a watch itself', 'serve', DENIED, async (s) => {
    const watch = await accepted(s)
    const request_id = await answered(s, GONE)
    return s.sql(RESULTS, lookRow(watch, { request_id, watch_result: 'FAILS' }))
  }),
  attack('the analyst asks, and answers itself', 'reason', DENIED, async (s) => {
    await accepted(s)
    const requestId = await s.add(
      'evidence_requests',
      { target_id: 1, question: QUESTION, requested_by: 'reason' },
      'request_id',
    )
    return `UPDATE evidence_requests SET request_status = 'ANSWERED', answer = '${GONE}' WHERE request_id = ${requestId}`
  }),
]

/** The event of its failure, as the observer would record it. */
function eventOf(s: Scene, { signature, watchId }: Watch, fingerprint = s.fingerprint()): Cells {
  return s.eventRow(fingerprint, {
    detection_source: 'CATALOG_SCAN',
    rule_id: 'mysql/reported-error',
    issue_category: 'APPLICATION',
    affected_resource_type: 'failure',
    metric_name: 'failing_watches',
    ...rawContext(`{"key":"${signature}","facts":{"watches":[{"watchId":${watchId},"look":1}]}}`),
  })
}

const rawContext = (text: string): Cells => ({ raw_context: text, raw_context_digest: sha(text) })

/** Two looks that showed the same, the first so many days old, with the questions they rested on. */
async function twice(
  s: Scene,
  result: 'HOLDS' | 'FAILS',
  days: number,
): Promise<Watch & { readonly first: number }> {
  const watch = await accepted(s)
  const answer = result === 'HOLDS' ? THERE : GONE
  const first = await answered(s, answer)
  await s.add(RESULTS, lookRow(watch, { request_id: first, watch_result: result }))
  const then = literal(fromNow(-days * DAY), s.store.dialect)
  await without(s, `${RESULTS}_before_update`, [
    `UPDATE ${RESULTS} SET checked_at = ${then} WHERE watch_id = ${watch.watchId}`,
  ])
  await without(s, 'evidence_requests_before_update', [
    `UPDATE evidence_requests SET requested_at = ${then} WHERE request_id = ${first}`,
  ])
  await ticked(s)
  const request_id = await answered(s, answer)
  await s.add(RESULTS, lookRow(watch, { request_id, watch_result: result, result_number: 2 }))
  return { ...watch, first }
}
const forget = ({ watchId }: Watch, number = 1): string =>
  `DELETE FROM ${RESULTS} WHERE watch_id = ${watchId} AND result_number = ${number}`
const forgetQuestion = (requestId: number): string =>
  `DELETE FROM evidence_requests WHERE request_id = ${requestId}`

const RETENTION: readonly Attack[] = [
  attack('a look of 31 days goes, and then the question it rested on', 'retention', 'allowed', async (s) => {
    const watch = await twice(s, 'HOLDS', 31)
    return [forget(watch), forgetQuestion(watch.first)]
  }),
  attack('a look of 29 days goes', 'retention', 'GOV-143', async (s) => forget(await twice(s, 'HOLDS', 29))),
  attack('a look that failed 89 days ago goes', 'retention', 'GOV-143', async (s) =>
    forget(await twice(s, 'FAILS', 89)),
  ),
  attack('a look that failed 91 days ago goes', 'retention', 'allowed', async (s) =>
    forget(await twice(s, 'FAILS', 91)),
  ),
  attack('the newest look goes', 'retention', 'GOV-143', async (s) => {
    const watch = await twice(s, 'HOLDS', 31)
    await without(s, `${RESULTS}_before_update`, [
      `UPDATE ${RESULTS} SET checked_at = ${literal(fromNow(-40 * DAY), s.store.dialect)} WHERE watch_id = ${watch.watchId}`,
    ])
    return forget(watch, 2)
  }),
  attack('the last look that held goes, after one that failed', 'retention', 'GOV-143', async (s) => {
    const watch = await accepted(s)
    const held = await answered(s, THERE)
    await s.add(RESULTS, lookRow(watch, { request_id: held, watch_result: 'HOLDS' }))
    await lookedAgo(s, watch, (31 * DAY) / MINUTE)
    const request_id = await answered(s, GONE)
    await s.add(RESULTS, lookRow(watch, { request_id, watch_result: 'FAILS', result_number: 2 }))
    return forget(watch)
  }),
  attack('the question goes before its look', 'retention', ['GOV-017', 'key'], async (s) =>
    forgetQuestion((await twice(s, 'HOLDS', 31)).first),
  ),
  ...([{ requested_by: 'bob' }, { question: '{"kind":"health","params":{}}' }] as const).map((over) =>
    attack(
      `an old question of none of its watches goes (${Object.keys(over)[0]})`,
      'retention',
      'GOV-017',
      async (s) => {
        await accepted(s)
        const requestId = await answered(s, THERE, over)
        await without(s, 'evidence_requests_before_update', [
          `UPDATE evidence_requests SET requested_at = ${literal(fromNow(-99 * DAY), s.store.dialect)} WHERE request_id = ${requestId}`,
        ])
        return forgetQuestion(requestId)
      },
    ),
  ),
  attack('an answer of today goes', 'retention', 'GOV-017', async (s) => {
    await accepted(s)
    return forgetQuestion(await answered(s, THERE))
  }),
  ...(['reason', 'serve', 'observe', 'act'] as const).map((who) =>
    attack(`${who} removes an old look`, who, DENIED, async (s) => forget(await twice(s, 'HOLDS', 31))),
  ),
  ...(['reason', 'serve', 'observe'] as const).map((who) =>
    attack(`${who} removes an old question`, who, DENIED, async (s) => {
      const watch = await twice(s, 'HOLDS', 31)
      await s.owner.run(forget(watch))
      return forgetQuestion(watch.first)
    }),
  ),
  attack('a watch goes when it is over', 'retention', { sqlite: 'GOV-143', family: 'grant' }, async (s) => {
    const watch = await accepted(s)
    await s.owner.run(finish(watch))
    return `DELETE FROM ${WATCHES} WHERE watch_id = ${watch.watchId}`
  }),
]

/** Attacks on watches. */
export const WATCH_ATTACKS: readonly Attack[] = [
  ...PROPOSALS,
  ...LOOKS,
  ...PREVENTION,
  ...FORGERIES,
  ...RETENTION,
]
