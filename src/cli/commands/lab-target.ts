/** lab run --target: which server is meant, whether a person wants it, and what it will cost. */
import { readFileSync } from 'node:fs'
import type { Config } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { type Scenario, SHOP_SIZE, type Staging, type StagingAddress } from '../../lab/index.ts'
import { askLine, someoneIsThere } from '../ask.ts'
import { aboutTime } from './lab-progress.ts'

/** A server that was named, before anybody asked it. */
export interface NamedTarget {
  readonly address: StagingAddress
  /** What the configuration says it is for; `named`: it was given by its address. */
  readonly purpose: Config['targets'][number]['environment'] | 'named'
}

/**
 * The server of `--target`: a name of dbmedic.yaml, or `mysql://[user@]host[:port][?tls=...]`. The account that makes
 * schemas and accounts is DBMEDIC_LAB_USER with DBMEDIC_LAB_PASSWORD.
 * @throws DbmedicError DBM_USAGE, and DBM_LAB_TARGET_REFUSED for one marked production, by name or by address
 */
export function namedTarget(text: string, config: Config, environment: NodeJS.ProcessEnv): NamedTarget {
  const named = text.includes('://') ? byAddress(text, environment) : byName(text, config, environment)
  const { host, port } = named.address
  const production = config.targets.find(
    (t) => t.environment === 'production' && t.host.toLowerCase() === host.toLowerCase() && t.port === port,
  )
  if (production === undefined) return named
  throw new DbmedicError('DBM_LAB_TARGET_REFUSED', {
    target: named.address.name,
    because: `dbmedic.yaml says that ${production.name} is production`,
    toProceed: 'Name another server. A copy of production does.',
  })
}

function byName(name: string, config: Config, environment: NodeJS.ProcessEnv): NamedTarget {
  const target = config.targets.find(
    (t) => t.engine === 'mysql' && t.name.toLowerCase() === name.toLowerCase(),
  )
  if (target === undefined)
    throw wrong(
      `there is no target ${name} in the configuration`,
      `Known: ${config.targets.map((t) => t.name).join(', ') || 'none'}; or give mysql://host:port`,
    )
  const { host, port, tls, caFile, certFile, keyFile } = target
  const account = { user: needed(environment, 'DBMEDIC_LAB_USER'), password: passwordOf(environment) }
  return {
    address: {
      ...{ name: target.name, host, port, tls, caFile, certFile, keyFile },
      ...{ ca: textOf(caFile), cert: textOf(certFile), key: textOf(keyFile) },
      ...account,
    },
    purpose: target.environment,
  }
}

const TLS = ['disable', 'require', 'verify-ca', 'verify-full'] as const

function byAddress(text: string, environment: NodeJS.ProcessEnv): NamedTarget {
  const url = URL.canParse(text) ? new URL(text) : null
  if (
    url === null ||
    url.protocol !== 'mysql:' ||
    url.hostname === '' ||
    url.pathname.replace('/', '') !== ''
  )
    throw wrong(
      '--target is neither a target nor an address',
      'Write it as mysql://host:3306, with ?tls=disable if it has none.',
    )
  if (url.password !== '')
    throw wrong('a password does not belong in the address', 'Put it into DBMEDIC_LAB_PASSWORD.')
  const tls = TLS.find((t) => t === (url.searchParams.get('tls') ?? 'require'))
  if (tls === undefined) throw wrong('tls of the address is unknown', `One of: ${TLS.join(', ')}`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? 3306 : Number(url.port)
  const user =
    url.username === '' ? needed(environment, 'DBMEDIC_LAB_USER') : decodeURIComponent(url.username)
  return {
    address: {
      name: `${host}:${port}`,
      host,
      port,
      tls,
      ...{ caFile: null, certFile: null, keyFile: null, ca: null, cert: null, key: null },
      user,
      password: passwordOf(environment),
    },
    purpose: 'named',
  }
}

const wrong = (problem: string, next: string): DbmedicError =>
  new DbmedicError('DBM_USAGE', { problem, hint: next })

/** An empty password is said as such: set, and empty. */
const passwordOf = (environment: NodeJS.ProcessEnv): string => needed(environment, 'DBMEDIC_LAB_PASSWORD')

function needed(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name]
  if (value !== undefined) return value
  throw wrong(
    `${name} is not set`,
    'Set it to the account that may make schemas and accounts there; see docs/lab.md.',
  )
}

function textOf(file: string | null): string | null {
  if (file === null) return null
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new DbmedicError(
      'DBM_FILE_UNREADABLE',
      { file, reason: (error as NodeJS.ErrnoException).code ?? 'unknown' },
      error,
    )
  }
}

/** The scenarios that may be played there. @throws DbmedicError DBM_USAGE for one that is not marked safe */
export function safeOf(scenarios: readonly Scenario[], all: boolean): readonly Scenario[] {
  const unsafe = scenarios.find((s) => s.fault.safe === null)
  if (all || unsafe === undefined) return scenarios.filter((s) => s.fault.safe !== null)
  throw wrong(
    `${unsafe.name} is not marked safe: it needs a server of its own`,
    'List those that are: dbmedic lab list --safe',
  )
}

/** Connections of the steady load, of dbmedic's own roles and of what measures, at most. */
const CONNECTIONS = { steady: 7, ours: 12 } as const

/** What the runs will cost the server, in lines. */
export function costOf(scenarios: readonly Scenario[], staging: Staging, seconds: number): readonly string[] {
  const most = (of: (s: Scenario) => number): number => Math.max(0, ...scenarios.map(of))
  const rows = SHOP_SIZE.rows + most((s) => s.fault.safe?.rows ?? 0)
  const megabytes = SHOP_SIZE.megabytes + most((s) => s.fault.safe?.megabytes ?? 0)
  const sessions = most((s) =>
    [...s.workload.sessions, ...s.fault.sessions, ...(s.remedy?.sessions ?? [])].reduce(
      (n, one) => n + one.count,
      0,
    ),
  )
  return [
    `${scenarios.length} run(s), one after the other, ${aboutTime(seconds)}`,
    'each makes a schema and six accounts with names of its own, and drops them at its end',
    `each loads at most ${rows.toLocaleString('en-US')} rows, ${megabytes} MB`,
    ...(staging.writesBinaryLog
      ? ['as much again goes into the binary log, and to replicas if it has any']
      : []),
    `at most ${CONNECTIONS.steady + CONNECTIONS.ours + sessions} connections`,
  ]
}

/**
 * Waits for a person to type the server's name. `yes` answers for one that is marked staging, or was given by address.
 * @throws DbmedicError DBM_LAB_TARGET_REFUSED where the answer is another one, or `yes` is not enough
 */
export async function confirmed({ address, purpose }: NamedTarget, yes: boolean): Promise<void> {
  const refuse = (because: string, toProceed: string): DbmedicError =>
    new DbmedicError('DBM_LAB_TARGET_REFUSED', { target: address.name, because, toProceed })
  if (yes && purpose !== null) return
  if (yes)
    throw refuse(
      'dbmedic.yaml does not say what it is for, and --yes answers for no such server',
      'Mark it with `environment: staging`, or run it at a terminal without --yes.',
    )
  if (!someoneIsThere())
    throw wrong(
      'nobody is there to type the server’s name',
      'Run it at a terminal, or with --yes on a server marked staging.',
    )
  const typed = await askLine(`Type ${address.name} to let faults happen there: `)
  if (typed.trim() !== address.name)
    throw refuse('its name was not typed', 'Run it again, and type the name.')
}
