/**
 * A watch that a person accepted fails. It shows what was asked, what the answer was and since when, whatever else explains
 * the issue; of what leads to the error it names no cause itself, and says what a person does about each kind.
 */
import type { Subject } from '../../core/diagnosis.ts'
import type { WatchKind } from '../../core/failure-watches.ts'
import { REPORTED } from './missing-object.ts'
import { cannotTell, fact, type MysqlDiagnosis, type NewClaim, ruledOut } from './mysql-diagnosis.ts'

/** What the event says of one watch. */
interface Told {
  readonly watchId: number
  readonly kind: WatchKind
  readonly subject: string | null
  readonly asked: string
  readonly everySeconds: number
  readonly limit: number | null
  readonly look: number
  readonly value: number | null
  readonly says: string
  readonly at: string
  readonly failsSince: string
}

/** The SQL only reads. */
const ADVICE: Readonly<Record<WatchKind, string>> = {
  'table-exists':
    'Find out who took the table away before anything is created: an empty one of its name would turn an error into silent loss.',
  'column-exists':
    'Find out who took the column away, or whether the code is for another version of the schema.',
  'pending-migrations':
    'See which files wait and why. Apply them with the application’s own tool, or ask for mysql/apply-migration.',
  'connection-headroom':
    'See who holds them (SELECT user, command, COUNT(*), MAX(time) FROM information_schema.PROCESSLIST GROUP BY user, command): idle ones point to pools that are too large or leak, waiting ones to what they wait for. A higher limit is no answer to either.',
  'deadlock-rate':
    'Read the newest in SHOW ENGINE INNODB STATUS, or all with innodb_print_all_deadlocks and dbmedic deadlocks: statements that take the same rows in another order are named there.',
  'id-headroom':
    'Plan a migration of the column to BIGINT UNSIGNED, and of the columns that point to it, before inserts fail; it copies the table.',
  disk: 'See what grew: binary logs (SHOW BINARY LOGS; mysql/purge-binary-logs removes those that every replica has), temporary files, a table. Make room before writes fail.',
}

export const failingWatch: MysqlDiagnosis = {
  id: 'mysql/failing-watch',
  version: 1,
  engine: 'mysql',
  title: 'A watch of the error fails',
  rootCause: 'UNKNOWN',
  categories: ['APPLICATION'],
  needs: () => [],
  test(subject) {
    const [newest, ...others] = watchesOf(subject)
    if (newest === undefined) return ruledOut('no watch of the error fails')
    const more = others.length === 0 ? '' : `; ${others.map(nameOf).join(', ')} ${verb(others)}, too`
    return cannotTell(
      `${nameOf(newest)} fails since ${minute(newest.failsSince)} UTC${more}: ${newest.says.replace(/\.$/, '')}`,
      `${ADVICE[newest.kind]} dbmedic errors show ${signatureOf(subject)} tells of the error it was proposed for.`,
    )
  },
  exhibits: (subject) => watchesOf(subject).map(claimOfWatch),
}

/** Of the newest event; none where it was opened by calls alone. */
export const watchesOf = (subject: Subject): readonly Told[] => {
  const told = fact(subject, 'watches')
  return subject.issue.ruleId === REPORTED && Array.isArray(told) ? (told as unknown as readonly Told[]) : []
}

const verb = (of: readonly unknown[]): string => (of.length === 1 ? 'fails' : 'fail')
const nameOf = ({ watchId, kind, subject }: Told): string =>
  `watch ${watchId} (${kind}${subject === null ? '' : ` of ${subject}`})`
/** Seconds say nothing of a look that is made every ten minutes at most. */
const minute = (at: string): string => at.slice(0, 16).replace('T', ' ')
const signatureOf = (subject: Subject): string => String(fact(subject, 'signature') ?? '').slice(0, 12)

const claimOfWatch = (told: Told): NewClaim => ({
  claim: `${nameOf(told)} asked ${told.asked} at ${minute(told.at)} UTC, as every ${told.everySeconds / 60} minutes, and fails since ${minute(told.failsSince)} UTC: ${told.says}`,
  source: `look ${told.look} of watch ${told.watchId}`,
  value: { value: told.value, limit: told.limit },
  unit: null,
  at: told.at,
  recheck: null,
})
