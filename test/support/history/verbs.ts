/**
 * The command line's verbs as acts: the real program, in this process, with arguments picked by number. Who is at
 * the terminal, whether the passphrase is theirs, and whether the verb fits the row, are all left to chance.
 */
import { main } from '../../../src/cli/main.ts'
import type { KeyHolder } from './people.ts'
import type { Act, Stage } from './stage.ts'

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)]

type Build = (stage: Stage, act: Act) => Promise<readonly string[] | null> | readonly string[] | null

const decisionId = async (
  { world }: Stage,
  at: number,
  status?: 'PENDING_APPROVAL' | 'APPROVED' | 'DECLINED',
) => {
  const filter = at % 6 === 5 || status === undefined ? {} : { status }
  const found = pick(await world.store.read.decisions({ limit: 20, ...filter }), at)
  return found === undefined ? null : String(found.decisionId)
}

const onDecision =
  (verb: string, status: 'PENDING_APPROVAL' | 'APPROVED' | 'DECLINED', ...more: readonly string[]): Build =>
  async (stage, act) => {
    const id = await decisionId(stage, act.a, status)
    return id === null ? null : [verb, id, ...more]
  }

const ACTION_NAMES = ['mysql/analyze-table', 'mysql/kill-query', 'mysql/create-index'] as const
const later = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()

/** Arguments of each verb; null where there is nothing it could be about. */
const VERBS: Readonly<Record<string, Build>> = {
  approve: async (stage, act) => {
    const id = await decisionId(stage, act.a, 'PENDING_APPROVAL')
    if (id === null) return null
    const at = act.c % 11 === 10 ? ['--at', later(act.b % 2 === 0 ? 30 : 20_000)] : []
    const digest = act.c % 13 === 12 ? ['--digest', 'f'.repeat(64)] : []
    return ['approve', id, ...(act.c % 2 === 0 ? ['--with-undo'] : []), ...at, ...digest]
  },
  decline: onDecision('decline', 'PENDING_APPROVAL', '--reason', 'BAD_TIMING'),
  execute: onDecision('execute', 'APPROVED'),
  cancel: onDecision('cancel', 'APPROVED', '--reason', 'no longer needed'),
  revoke: onDecision('revoke', 'APPROVED', '--reason', 'thought again'),
  'ask-other': onDecision('ask-other', 'DECLINED', '--reason', 'another one, please'),
  close: onDecision('close', 'DECLINED', '--reason', 'we live with it'),
  settle: (stage, act) =>
    onDecision(
      'settle',
      'APPROVED',
      '--verdict',
      pick(['improved', 'regressed', 'no_effect'], act.b) ?? '',
      '--reason',
      'seen',
    )(stage, act),
  undo: onDecision('undo', 'APPROVED', '--execute', '--reason', 'take it back', '--wait', '0'),
  learn: async ({ world }, act) => {
    const lesson = pick(await world.store.read.lessons({ limit: 20 }), act.a)
    if (lesson === undefined) return null
    return [
      'learn',
      String(lesson.learningRecordId),
      '--resolved',
      act.b % 2 === 0 ? 'yes' : 'no',
      '--again',
      'yes',
    ]
  },
  halt: (_stage, act) => [
    'halt',
    '--reason',
    'stop',
    ...(pick(
      [[], ['--target', 'shop'], ['--engine', 'mysql'], ['--action', pick(ACTION_NAMES, act.b) ?? '']],
      act.a,
    ) ?? []),
  ],
  lift: async ({ world }, act) => {
    const halt = pick(await world.store.read.halts(), act.a)
    return halt === undefined ? null : ['lift', String(halt.haltId)]
  },
  windows: (_stage, act) => ['windows', 'shop', '--from', later(act.a), '--to', later(act.a + act.b - 5)],
  'grants add': (_stage, act) => [
    ...['grants', 'add', pick(ACTION_NAMES, act.a) ?? '', '--target', 'shop', '--category', 'STATISTICS'],
    ...[
      '--cause',
      'STALE_STATISTICS',
      '--confidence',
      '0.8',
      '--uses',
      String(1 + (act.b % 2)),
      '--days',
      '1',
    ],
    ...['--bounds', '{"table":{"any":true},"rows":{"min":1,"max":10}}', '--reason', 'routine'],
  ],
  'grants revoke': async ({ world }, act) => {
    const grant = pick(await world.store.read.standingApprovals(), act.a)
    return grant === undefined ? null : ['grants', 'revoke', String(grant.standingApprovalId)]
  },
  request: (_stage, act) => [
    ...['request', pick(ACTION_NAMES, act.a) ?? '', '--target', 'shop', '--wait', '0'],
    ...['--params', '{"table":{"schema":"shop","table":"orders"}}', '--reason', 'please'],
  ],
  'users deactivate': (_stage, act) => ['users', 'deactivate', pick(['bert', 'carl', 'anna'], act.a) ?? ''],
  'users reactivate': (_stage, act) => ['users', 'reactivate', pick(['bert', 'carl'], act.a) ?? ''],
  show: async ({ world }, act) => {
    const issue = pick(await world.store.read.issues({ limit: 20 }), act.a)
    return issue === undefined ? null : ['show', String(issue.issueId)]
  },
  report: (_stage, act) => [
    'report',
    pick(['pending', 'approvals', 'effectiveness', 'accuracy', 'recurrence', 'sources'], act.a) ?? '',
  ],
}

/** Names of all verbs. */
export const VERB_NAMES: readonly string[] = Object.keys(VERBS)
/** The verbs, those that lead on more often. */
const DECK = VERB_NAMES.flatMap((verb) =>
  Array<string>(['approve', 'execute'].includes(verb) ? 4 : 1).fill(verb),
)

/** Verbs that act in nobody’s name. */
const NAMELESS = new Set(['execute', 'show', 'report'])

/** Codes with which a verb may say no without being at fault. Anything else that fails is a fault of ours. */
const MAY_SAY = new Set([
  'DBM_USAGE',
  'DBM_NOT_FOUND',
  'DBM_STORE_NO_ROW',
  'DBM_STORE_REFUSED',
  'DBM_VOTE_INVALID',
  'DBM_KEY_LOCKED',
  'DBM_PRECONDITION_FAILED',
  'DBM_USER_UNKNOWN',
  'DBM_PARAM_INVALID',
])

/** Performs one verb; gives its name and what became of it. @throws Error with what it wrote if it failed otherwise. */
export async function performVerb(stage: Stage, act: Act): Promise<readonly [string, 'done' | 'refused']> {
  const verb = pick(DECK, act.a * 24 + act.b) ?? 'show'
  const given = await VERBS[verb]?.(stage, act)
  if (given === null || given === undefined) return [verb, 'refused']
  const { anna, bert, carl } = stage.world
  const people: readonly KeyHolder[] = [anna, bert, carl]
  const person = pick(people, act.b) ?? anna
  // Every seventh time somebody else sits at the keyboard.
  const typing = act.c % 7 === 6 ? (pick(people, act.b + 1) ?? anna) : person
  const as = NAMELESS.has(verb) ? [] : ['--as', person.userName]
  const { code, text } = await runVerb([...given, ...as], {
    config: stage.configPath,
    passphrase: typing.passphrase,
  })
  // `execute` ends with 1 where the run did not succeed: here its target is gone, and that is on record.
  if (code === 0 || (verb === 'execute' && /"outcome"/.test(text))) return [verb, 'done']
  const said = /"code":"(DBM_[A-Z_]+)"/.exec(text)?.[1] ?? ''
  if (MAY_SAY.has(said)) return [verb, 'refused']
  throw new Error(`dbmedic ${given.join(' ')} ended with ${code}: ${text}`)
}

/** Runs the program with what it writes caught. Bytes are the test runner’s own and pass. */
async function runVerb(
  given: readonly string[],
  door: { readonly config: string; readonly passphrase: string },
): Promise<{ readonly code: number; readonly text: string }> {
  let text = ''
  const streams = [process.stdout, process.stderr] as const
  const writes = streams.map((stream) => stream.write)
  for (const stream of streams) {
    const real = stream.write.bind(stream) as (...all: unknown[]) => boolean
    stream.write = ((chunk: unknown, ...rest: unknown[]): boolean => {
      if (typeof chunk !== 'string') return real(chunk, ...rest)
      text += chunk
      return true
    }) as typeof stream.write
  }
  const { DBMEDIC_PASSPHRASE: before } = process.env
  const exitCode = process.exitCode
  process.env.DBMEDIC_PASSPHRASE = door.passphrase
  process.exitCode = undefined
  try {
    const code = await main(['--config', door.config, '--json', '--log-level', 'silent', ...given])
    return { code, text }
  } finally {
    process.exitCode = exitCode
    if (before === undefined) delete process.env.DBMEDIC_PASSPHRASE
    else process.env.DBMEDIC_PASSPHRASE = before
    for (const [at, stream] of streams.entries()) stream.write = writes[at] ?? stream.write
  }
}
