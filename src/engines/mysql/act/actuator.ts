/** Opens act sessions: the executor's account, its own session settings, and a watchdog connection beside it. */
import type { Actuator, FormerSession } from '../../../core/actuator.ts'
import type { Credentials, TargetAddress } from '../../../core/engine.ts'
import { type Row, text, utcTime } from '../cells.ts'
import { migrationPlace, namesOf, readMysqlOptions } from '../config.ts'
import { type OpenConnection, openAtAnyDoor } from '../open-connection.ts'
import { createAsk } from '../questions/ask.ts'
import { unknownBecause } from '../questions/failure.ts'
import { readIdentity } from '../questions/identity.ts'
import type { QuestionContext, Reader } from '../questions/question.ts'
import { readServerVersion, type ServerVersion } from '../server-version.ts'
import type { MysqlQuestions } from '../shapes.ts'
import { ADMIN_DOOR_REMEDY, type Asker, TargetError, targetError } from '../target-error.ts'
import { MysqlActSession } from './act-session.ts'
import { commandOf } from './former-session.ts'
import { endsAtOnce, Watchdog } from './watchdog.ts'

/** Past this a question of an opening counts as unanswered, ms. */
const READ_MS = 3_000
const OTHER_LIFE = 'the server that now answers has not got the session beside which it was opened'

/**
 * What holds for every act session before the plan's guards: our own SQL mode, so that quoting means one thing;
 * UTC; English messages; no waiting for locks beyond a short bound; statements commit by themselves.
 */
function sessionSettings({ flavour }: ServerVersion): string {
  const settings = [
    "sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
    "time_zone='+00:00'",
    "lc_messages='en_US'",
    'autocommit=1',
    'lock_wait_timeout=2',
    'innodb_lock_wait_timeout=2',
    ...(flavour === 'mysql' ? ['information_schema_stats_expiry=0'] : []),
  ]
  return `SET SESSION ${settings.join(', ')}`
}

/** Further knowledge an actuator may be given. */
export interface ActuatorOptions {
  /** Accounts of dbmedic on this target (monitor, planner): their sessions are `own`, never acted on. */
  readonly ownUsers?: readonly string[]
  /** Bound of the wait after a cancel, ms; default 30,000. */
  readonly settleMs?: number
}

/**
 * Opens act sessions on one target. `open` rejects with a `TargetError` where the target cannot be reached, the
 * account has fewer than two connections (one, for steps that end at once), or the server is none this engine knows.
 * @throws DbmedicError DBM_TARGET_OPTION for options this engine does not know.
 */
export function createActuator(
  address: TargetAddress,
  credentials: Credentials,
  more: ActuatorOptions = {},
): Actuator<MysqlQuestions> {
  const options = readMysqlOptions(address)
  const asker: Asker = {
    target: address.name,
    user: credentials.user,
    fullRemedy: `raise MAX_USER_CONNECTIONS of the executor to 2 or more; where all connections of the server are taken, ${ADMIN_DOOR_REMEDY}`,
  }
  const connect = (): Promise<OpenConnection> => openAtAnyDoor({ address, credentials, options, asker })
  const names = {
    ownUsers: [
      credentials.user,
      ...(more.ownUsers ?? []),
      ...namesOf(options.ownAccounts),
      ...(address.ownUsers ?? []),
    ],
    backupUsers: namesOf(options.backupAccounts),
    migrations: migrationPlace(options),
  }
  return {
    async open(steps) {
      const mayGoAlone = steps?.every((step) => endsAtOnce(step.text)) ?? false
      const connection = await connect()
      try {
        const own = await prepare(connection, asker)
        const beside = (): Promise<OpenConnection> => openBeside(connect, own, asker)
        const second = await beside().catch((error: unknown) => {
          if (mayGoAlone && error instanceof TargetError && error.code === 'DBM_TARGET_FULL') return null
          throw error
        })
        const { connectionId } = own
        const watchdog = new Watchdog(beside, second, connectionId)
        return new MysqlActSession({
          connection,
          connectionId,
          watchdog,
          asker,
          questions: (reader) => {
            const context = actContext(reader, names)
            return { ask: createAsk(context), identity: context.identity }
          },
          ...(more.settleMs === undefined ? {} : { settleMs: more.settleMs }),
        })
      } catch (error) {
        connection.destroy()
        throw targetError(error, asker)
      }
    },
  }
}

/** Settings of the session; answers with what finds it again from another connection. */
async function prepare(connection: OpenConnection, asker: Asker): Promise<FormerSession> {
  const { driver } = connection
  const [rows] = await driver.query('SELECT VERSION() AS version, CONNECTION_ID() AS connection_id')
  const row = (rows as Record<string, string>[])[0]
  const version = readServerVersion(row?.['version'] ?? '')
  if (version === null) {
    throw new TargetError('DBM_TARGET_UNSUPPORTED', {
      target: asker.target,
      found: row?.['version'] ?? 'no version',
    })
  }
  await driver.query(sessionSettings(version))
  await driver.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
  const { epoch } = await readIdentity(readerOf(connection))
  return { connectionId: text(row?.['connection_id']) ?? '', epoch }
}

/**
 * A connection from which `own` can be cancelled by its number: to the server that has it. One that was started anew,
 * or another behind the same address, may have given the number to somebody else by now.
 */
async function openBeside(
  connect: () => Promise<OpenConnection>,
  own: FormerSession,
  { target, user }: Asker,
): Promise<OpenConnection> {
  const opened = await connect()
  try {
    const command = await commandOf({ reader: readerOf(opened), user }, own)
    if (command === null) throw new TargetError('DBM_TARGET_LOST', { target, reason: OTHER_LIFE })
    return opened
  } catch (error) {
    opened.destroy()
    throw error
  }
}

/** Questions of the act sessions' own beginnings, each within its bound. */
const readerOf = ({ driver }: OpenConnection): Reader => ({
  query: async (sql, values = []) => {
    const [rows] = await driver.query({ sql: `/* dbmedic */ ${sql}`, timeout: READ_MS }, [...values])
    return rows as Row[]
  },
})

/** Questions on the act connection know nothing collected and plan nothing. */
function actContext(
  reader: Reader,
  names: Pick<QuestionContext, 'ownUsers' | 'backupUsers' | 'migrations'>,
): QuestionContext {
  return {
    reader,
    planner: null,
    mayAnalyse: false,
    samples: null,
    collected: null,
    ...names,
    identity: async () => {
      try {
        const value = await readIdentity(reader)
        const at = utcTime((await reader.query('SELECT UTC_TIMESTAMP(6) AS now'))[0]?.['now'])
        if (at === null) throw new RangeError('the server does not say what time it is')
        return { known: true, value, at, source: 'server uid and uptime' }
      } catch (error) {
        return { known: false, ...unknownBecause(error) }
      }
    },
  }
}
