/** The questions `wait-profile` and `connections`, answered from windows already read, and the later look at connections. */

import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../../../core/median.ts'
import { toMs } from '../../../core/time.ts'
import { count, number, textOrEmpty } from '../cells.ts'
import type { Activity, ConnectionUse } from '../shapes.ts'
import { exactly, matching, wholeNumber } from './params.ts'
import { processListTable } from './process-list.ts'
import type { Question, QuestionContext, Reader } from './question.ts'
import { serverFacts } from './server-facts.ts'
import { globalStatus, globalVariables } from './variables.ts'

/** The answer of a question about windows where none was read yet. */
export const NO_WINDOWS = {
  because: 'no window of it has been read yet',
  toProceed: 'Ask again after the observer has watched for a while.',
} as const

/** A sample is one client session that runs the statement in one reading of the activity. */
export const waitProfile: Question<'wait-profile'> = {
  params: exactly({
    fingerprintId: matching(/^(?:[0-9a-f]{8,64})?$/, 'a fingerprint id or empty'),
    seconds: wholeNumber(1, 600),
  }),
  answer: async ({ collected }, params) => {
    const all = collected?.activity() ?? []
    const newest = all.at(-1)
    if (newest === undefined) return NO_WINDOWS
    const oldestMs = toMs(newest.at) - params.seconds * 1000
    const recent = all.filter((activity) => activity.epoch === newest.epoch && toMs(activity.at) >= oldestMs)
    const samples = recent.flatMap((activity) => samplesOf(activity, params.fingerprintId))
    const share = (is: (sample: WaitSample) => boolean): number =>
      samples.length === 0 ? 0 : (100 * samples.filter(is).length) / samples.length
    return {
      value: {
        samples: samples.length,
        seconds: params.seconds,
        lockWaitPercent: share((sample) => sample.row || sample.metadata),
        metadataWaitPercent: share((sample) => sample.metadata),
      },
      source: `${recent.length} activity samples`,
    }
  },
}

interface WaitSample {
  readonly row: boolean
  readonly metadata: boolean
}

function samplesOf(activity: Activity, fingerprintId: string): readonly WaitSample[] {
  const rowWaiters = new Set([
    ...activity.lockWaits.map((wait) => wait.waiter),
    ...activity.transactions.filter((item) => item.state === 'LOCK WAIT').map((item) => item.connectionId),
  ])
  const metadataWaiters = new Set(activity.metadataWaits.map((wait) => wait.waiter))
  return activity.sessions
    .filter(
      (session) => session.kind === 'client' && session.command !== 'Sleep' && session.fingerprintId !== null,
    )
    .filter((session) => fingerprintId === '' || session.fingerprintId === fingerprintId)
    .map(({ connectionId }) => ({
      row: rowWaiters.has(connectionId),
      metadata: metadataWaiters.has(connectionId),
    }))
}

/** The observer's newest window; on an act connection the moment itself, with nothing to say of refusals. */
export const connections: Question<'connections'> = {
  params: exactly({}),
  answer: async (context) => {
    if (context.collected === null)
      return { value: await connectionsNow(context), source: 'global status, process list' }
    const window = context.collected.connections()
    return window === null ? NO_WINDOWS : { value: window, source: 'global status, process list' }
  },
}

/** Longest a later look may be put off: the target's other questions wait meanwhile. */
const LATER_SECONDS_MAX = 5

/** The moment itself, some seconds after it was asked for: who is idle at both looks keeps its connections. */
export const laterConnections: Question<'later-connections'> = {
  params: exactly({ afterSeconds: wholeNumber(1, LATER_SECONDS_MAX) }),
  async answer(context, { afterSeconds }) {
    await sleep(afterSeconds * 1000)
    return { value: await connectionsNow(context), source: 'global status, process list' }
  },
}

async function connectionsNow({ reader, identity, ownUsers }: QuestionContext): Promise<ConnectionUse> {
  const who = await identity()
  if (!who.known) throw new RangeError(who.because)
  const status = await globalStatus(reader, ['Threads_connected', 'Threads_running'])
  const settings = await globalVariables(reader, ['max_connections'])
  return {
    windowStart: who.at,
    windowEnd: who.at,
    elapsedMs: 0,
    epoch: who.value.epoch,
    maxConnections: number(settings['max_connections']) ?? 0,
    threadsConnected: status['threads_connected'] ?? 0,
    threadsRunning: status['threads_running'] ?? 0,
    refused: 0,
    abortedConnects: 0,
    counts: await countsNow(reader, ownUsers),
  }
}

async function countsNow(reader: Reader, ownUsers: readonly string[]): Promise<ConnectionUse['counts']> {
  const rows = await reader.query(`SELECT USER AS user_name, COMMAND AS command, TIME AS seconds
FROM ${processListTable(await serverFacts(reader))} WHERE ID <> CONNECTION_ID() LIMIT 5000`)
  const others = rows.filter((row) => !ownUsers.includes(textOrEmpty(row['user_name'])))
  const groups = Map.groupBy(others, (row) =>
    JSON.stringify([textOrEmpty(row['user_name']), textOrEmpty(row['command'])]),
  )
  return [...groups.values()].map((group) => ({
    user: textOrEmpty(group[0]?.['user_name']),
    command: textOrEmpty(group[0]?.['command']),
    count: group.length,
    medianSeconds: median(group.map((row) => count(row['seconds']))),
  }))
}
