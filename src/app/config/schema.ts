/** The shape of dbmedic.yaml, with every default. The JSON Schema in docs is made from it. */
import { z } from 'zod'
import { MEMBER_ROLES } from '../../core/member-roles.ts'
import { ROLES } from '../../core/vocabulary.ts'

/** Engines a target may have. */
export const ENGINES = ['mysql', 'sqlite'] as const

const account = z.strictObject({
  user: z.string().min(1).max(128),
  /** A reference: `env:NAME` or `file:PATH`. Never the password itself. */
  password: secretReference(),
})

/** Where a secret is, never the secret itself. */
function secretReference() {
  return z.string().refine(isReference, {
    message: 'must be env:NAME, file:PATH or none, never the secret itself',
    params: { next: 'put it into a file of mode 600 or the environment, and name that here' },
  })
}

function isReference(text: string): boolean {
  return /^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|none)$/.test(text)
}

/** Our own certificate is of no use without its key. */
const hasWholeIdentity = (given: {
  readonly certFile: string | null
  readonly keyFile: string | null
}): boolean => (given.certFile === null) === (given.keyFile === null)
const IDENTITY_RULE = {
  message: 'certFile and keyFile go together',
  params: { next: 'name both, or neither' },
}

const targetFields = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/i, 'letters, digits, dot, dash and underscore, at most 63'),
  engine: z.literal('mysql'),
  /** The workspace whose people see and decide; a target stays in the one it was added to. */
  workspace: z.string().trim().min(1).max(100).default('default'),
  host: z.string().min(1).default('127.0.0.1'),
  port: z.int().min(1).max(65_535).default(3306),
  socketPath: z.string().min(1).nullable().default(null),
  tls: z.enum(['disable', 'require', 'verify-ca', 'verify-full']).default('require'),
  caFile: z.string().min(1).nullable().default(null),
  /** This program's certificate and key, for accounts with REQUIRE X509, SUBJECT or ISSUER. */
  certFile: z.string().min(1).nullable().default(null),
  keyFile: z.string().min(1).nullable().default(null),
  /** What the server is for. `production`: the lab never plays on it; `staging`: it may, unasked. Null: nobody said. */
  environment: z.enum(['production', 'staging']).nullable().default(null),
  /** A path on the file system of the server's data that this machine can see; free space is read from it. */
  dataPath: z.string().min(1).nullable().default(null),
  /** This target replicates from the target of this name. */
  replicaOf: z.string().min(1).nullable().default(null),
  /** How many replicas the server has, those that are no targets too; null: as many as name it in `replicaOf`. */
  replicas: z.int().min(0).max(1_000).nullable().default(null),
  connectTimeoutMs: z.int().min(100).max(60_000).default(5_000),
  enabled: z.boolean().default(true),
  monitor: account,
  planner: account.nullable().default(null),
  executor: account.nullable().default(null),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
})
const server = targetFields.refine(hasWholeIdentity, IDENTITY_RULE)

/** A database in a file of this machine. */
const databaseFile = z
  .strictObject({
    name: targetFields.shape.name,
    engine: z.literal('sqlite'),
    path: z
      .string()
      .min(1)
      .max(4_096)
      .refine(isFilePath, {
        message: 'must be the path of a file, neither a URI nor a database in memory',
        params: { next: 'write the path, from the folder of this file or from the root' },
      }),
    workspace: targetFields.shape.workspace,
    /** What was approved for it is carried out; false: it is only proposed for. */
    write: z.boolean().default(false),
    enabled: z.boolean().default(true),
  })
  .transform(onDisk)

function isFilePath(path: string): boolean {
  return !/^(file:|[a-z][a-z0-9+.-]*:\/\/|:memory:)/i.test(path)
}

/** By their engine, so that each says of its own keys only. */
const target = z.discriminatedUnion('engine', [server, databaseFile], { error: unknownEngine })

/** What is said where no engine, or one that nobody knows, is named. */
function unknownEngine(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_union' ? 'is no engine of a target' : undefined
}

/** A folder with an application's code, a target of engine `source`. */
const repository = z.strictObject({
  name: targetFields.shape.name,
  path: z.string().min(1),
  workspace: targetFields.shape.workspace,
  /** What was approved for it is carried out; false: it is scanned and proposed for, and nothing is ever written. */
  write: z.boolean().default(false),
  enabled: z.boolean().default(true),
})

const detection = z.strictObject({
  /** Multiplies every interval; below 1 only for laboratories and demonstrations. */
  pace: z.number().min(0.05).max(10).default(1),
  opening: z
    .strictObject({
      breaches: z.int().min(1).max(20).default(3),
      ofWindows: z.int().min(1).max(50).default(5),
      recurrenceDays: z.int().min(1).max(365).default(30),
    })
    .refine(({ breaches, ofWindows }) => breaches <= ofWindows, {
      path: ['breaches'],
      message: 'more breaches than windows are looked at: no issue would ever open; at most ofWindows',
    })
    .prefault({}),
  closing: z
    .strictObject({
      windows: z.int().min(1).max(100).default(12),
      belowShare: z.number().min(0.1).max(1).default(0.7),
      workloadShare: z.number().min(0).max(1).default(0.2),
    })
    .prefault({}),
  /** Thresholds by detector id and name. */
  thresholds: z.record(z.string(), z.record(z.string(), z.number())).default({}),
})

const analysis = z.strictObject({
  /** Below this confidence an analysis abstains. */
  abstainBelow: z.number().min(0.05).max(0.95).default(0.6),
  currentSeconds: z.int().min(5).max(3600).default(60),
  baselineSeconds: z.int().min(30).max(86_400).default(7200),
  minimumCalls: z.int().min(1).max(10_000).default(30),
  answerTimeoutMs: z.int().min(500).max(120_000).default(15_000),
  /** An index must have been counted unread for this long to be called unused: no less than the longest cycle of jobs. */
  unreadIndexDays: z.number().positive().max(3_660).default(35),
})

const actions = z.strictObject({
  maxUnattendedRows: z.number().min(0).default(50_000_000),
  maxUnattendedBytes: z.number().min(0).default(21_474_836_480),
  maxReplicaLagSeconds: z.number().min(0).default(10),
  /** Age of the newest restore-tested backup, hours; null: nobody told us, which counts as none. */
  backupAgeHours: z.number().min(0).nullable().default(null),
  maxBackupAgeHours: z.number().min(1).default(24),
  /** Free bytes where the data lives; null: nobody told us (the servers do not say). */
  diskFreeBytes: z.number().min(0).nullable().default(null),
  /** Memory and processors of the targets' machines; null: nobody told us. */
  memoryBytes: z.number().min(0).nullable().default(null),
  cores: z.int().min(1).max(4_096).nullable().default(null),
  /** Longest time the applications' pools keep a connection idle, s; null: nobody told us. */
  poolIdleSeconds: z.int().min(0).nullable().default(null),
  /** Users of applications: the only accounts whose limits may be changed. */
  applicationUsers: z.array(z.string()).default([]),
  denySchemas: z.array(z.string()).default([]),
  denyUsers: z.array(z.string()).default([]),
  lockWaitMs: z.int().min(500).max(60_000).default(3_000),
  statementTimeoutMs: z.int().min(1_000).max(86_400_000).default(3_600_000),
})

const verification = z.strictObject({
  beforeSeconds: z.int().min(5).max(86_400).default(900),
  settleSeconds: z.int().min(0).max(3_600).default(30),
  afterSeconds: z.int().min(5).max(86_400).default(900),
  /** Never below 30: fewer calls say nothing. */
  minimumCalls: z.int().min(30).max(1_000_000).default(30),
})

/** A bounded commentator on analyses. `none` asks nobody and changes nothing. */
const model = z
  .strictObject({
    kind: z.enum(['none', 'openai-compatible', 'ollama']).default('none'),
    /** The only address ever spoken to; null: the kind's usual port on this machine. */
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .refine(isPlainAddress, 'without user, password, query and fragment')
      .nullable()
      .default(null),
    /** Name of the model, as its server knows it. */
    model: z
      .string()
      .regex(/^[\x21-\x7e]{1,120}$/, 'printable characters without spaces, at most 120')
      .nullable()
      .default(null),
    /** A reference; `none` sends no key. */
    apiKey: secretReference().default('none'),
    /** Speaks http:// to another machine, where everybody on the way can read along. */
    plainHttp: z.boolean().default(false),
    timeoutMs: z.int().min(500).max(120_000).default(20_000),
    maxOutputTokens: z.int().min(64).max(8_192).default(800),
    maxPromptBytes: z.int().min(4_000).max(200_000).default(24_000),
    maxQuestionsPerHour: z.int().min(1).max(10_000).default(60),
    /** Logs every byte sent and received. */
    printBytes: z.boolean().default(false),
  })
  .superRefine((given, context) => {
    if (given.kind === 'none') return
    if (given.model === null) {
      context.addIssue({
        code: 'custom',
        path: ['model'],
        message: `kind ${given.kind} needs the name of a model`,
      })
    }
    if (given.baseUrl !== null && !given.plainHttp && isReadableOnTheWay(given.baseUrl)) {
      const message =
        'http:// to another machine can be read on the way: use https://, or set plainHttp: true'
      context.addIssue({ code: 'custom', path: ['baseUrl'], message })
    }
  })

function isPlainAddress(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
}

function isReadableOnTheWay(address: string): boolean {
  const url = URL.parse(address)
  return url === null || (url.protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname))
}

/** A file, or a server whose accounts are given by role and by reference; an address with more in it is refused. */
function checkStore(given: string, context: z.RefinementCtx): void {
  const wrong = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? wrongAddress(URL.parse(given)) : null
  if (wrong === null) return
  const shape = 'write mysql://HOST:PORT/DATABASE, or the path of an SQLite file'
  const byReference =
    'name user and password by reference under `storeAccounts:`, as `serve: { user: NAME, password: env:NAME }`'
  const next = wrong === ACCOUNT_INSIDE ? byReference : shape
  context.addIssue({ code: 'custom', message: wrong, params: { next } })
}

const ACCOUNT_INSIDE = 'an account or a password does not belong in the address'

function wrongAddress(url: URL | null): string | null {
  if (url === null) return 'the server address is not a URL'
  if (url.protocol !== 'mysql:') return `${url.protocol}// is no store`
  if (url.username !== '' || url.password !== '') return ACCOUNT_INSIDE
  if (url.hostname === '') return 'the server address names no host'
  if (!/^\/[^/]+$/.test(url.pathname)) return 'the server address names no database'
  return url.search !== '' || url.hash !== '' ? 'the server address takes no options' : null
}

/** TLS towards a store's server. */
const storeTls = z
  .strictObject({
    /** `verify-full`: signed by a known authority and issued for the host; `verify-ca`: signed; `disable`: plain. */
    mode: z.enum(['verify-full', 'verify-ca', 'disable']).default('verify-full'),
    /** PEM of the authority; null: those of the system. */
    caFile: z.string().min(1).nullable().default(null),
    /** PEM of a certificate and key of our own, where the server asks for one. */
    certFile: z.string().min(1).nullable().default(null),
    keyFile: z.string().min(1).nullable().default(null),
  })
  .refine(hasWholeIdentity, IDENTITY_RULE)

/** Whom the executor believes. */
const access = z.strictObject({
  /** Ids of administrators' public keys: the roots of every login's signed registration. Empty: nothing is run. */
  administrators: z
    .array(z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits in lower case, as dbmedic users pin prints'))
    .max(100)
    .default([]),
})

const runtime = z.strictObject({
  /** The executor runs approved decisions by itself; false: only `dbmedic execute` does. */
  runApproved: z.boolean().default(true),
  leaseSeconds: z.int().min(2).max(600).default(15),
  mostTargets: z.int().min(1).max(5_000).default(200),
  tickMs: z.int().min(50).max(10_000).default(500),
})

/** How old what is pruned must be. Issues, decisions, votes, runs, verdicts, lessons and the audit chain have no key: they stay. */
const retention = z.strictObject({
  /** A baseline reads seven days back, half an hour each way: never less than 8 (the store refuses it too). */
  samplesDays: z.int().min(8).max(3_650).default(14),
  /** Windows as they came, where the rolled ones of ten minutes hold their sums: never less than 1 (so too the store). */
  fineDays: z.int().min(1).max(3_650).default(1),
  /** Samples of the series `plan`, which are few. */
  plansDays: z.int().min(8).max(3_650).default(30),
  /** Since the batch of events was sealed; events an issue refers to stay for good. */
  eventsDays: z.int().min(30).max(3_650).default(90),
  /** What a process with the role `observe` prunes by itself, once an hour. Events are evidence: a person prunes them. */
  automatic: z
    .strictObject({ samples: z.boolean().default(true), events: z.boolean().default(false) })
    .prefault({}),
  /** Bounds of one run. A task is leased for ten minutes at most. */
  mostRows: z.int().min(1_000).max(100_000_000).default(1_000_000),
  mostSeconds: z.int().min(1).max(540).default(300),
})

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])$/

/** The HTTP API and the panel, served by a process with the role `serve`. Not there: nothing listens. */
const panel = z
  .strictObject({
    /** HOST:PORT. Port 0: any free one (for tests). */
    listen: z
      .string()
      .regex(/^([\w.-]+|\[[0-9a-f:]+\]):\d{1,5}$/i, 'HOST:PORT, e.g. 127.0.0.1:8642')
      .default('127.0.0.1:8642'),
    /** The address people type, where a proxy stands before the server: https://dbmedic.example.org */
    publicUrl: z
      .url({ protocol: /^https?$/ })
      .refine(
        (url) => isPlainAddress(url) && URL.parse(url)?.pathname === '/',
        'without path, user and query',
      )
      .nullable()
      .default(null),
    /** Addresses of the proxies whose X-Forwarded-For is believed. */
    trustProxy: z.array(z.string().min(1)).max(20).default([]),
    /** Speaks http:// to other machines, where everybody on the way can read along. */
    plainHttp: z.boolean().default(false),
    /** A session ends when nothing was asked for so long, and at the latest after so many hours. */
    idleMinutes: z.int().min(1).max(1_440).default(30),
    absoluteHours: z.int().min(1).max(720).default(12),
    /**
     * Where the key is under which secrets of second factors are sealed, at least 32 characters, the same for every copy
     * of the server. Null: with an SQLite store a file beside it; with a store on a server people can set none.
     */
    secretKey: secretReference().nullable().default(null),
    /**
     * Roles whose people sign in with more than a password: until they have set up a second factor or a passkey nothing
     * else is answered to them. Null: approvers and administrators where `publicUrl` is said and one can be set up.
     */
    secondFactorFor: z.array(z.enum(MEMBER_ROLES)).max(MEMBER_ROLES.length).nullable().default(null),
    /** Requests of one address a minute; attempts to sign in have limits of their own. */
    requestsPerMinute: z.int().min(10).max(1_000_000).default(600),
  })
  .superRefine((given, context) => {
    const host = given.listen.slice(0, given.listen.lastIndexOf(':'))
    const secure = given.publicUrl?.startsWith('https://') === true
    if (LOOPBACK.test(host) || secure || given.plainHttp) return
    const message =
      'other machines would be served without TLS: put a TLS proxy before it and name it in publicUrl (https://), or set plainHttp: true'
    context.addIssue({ code: 'custom', path: ['listen'], message })
  })

/** The whole file. Unknown keys are refused with the nearest valid one. */
export const configSchema = z.strictObject({
  /** Path of an SQLite file, or mysql://host:port/database with the accounts of the roles in `storeAccounts`. */
  store: z.string().min(1).superRefine(checkStore).default('./dbmedic.sqlite'),
  /** MySQL-family store: the account of each role this process has; made by `dbmedic store grants`. */
  storeAccounts: z.partialRecord(z.enum([...ROLES, 'auditor', 'retention', 'owner']), account).default({}),
  /** Null: verified, except towards this machine. */
  storeTls: storeTls.nullable().default(null),
  keyring: z.string().min(1).nullable().default(null),
  access: access.prefault({}),
  targets: z.array(target).max(5_000).default([]),
  repositories: z.array(repository).max(500).default([]),
  detection: detection.prefault({}),
  analysis: analysis.prefault({}),
  model: model.prefault({}),
  actions: actions.prefault({}),
  verification: verification.prefault({}),
  runtime: runtime.prefault({}),
  retention: retention.prefault({}),
  panel: panel.nullable().default(null),
})

type Valid = z.infer<typeof configSchema>
/** A validated target of the configuration: a server, or a file or folder as `onDisk` makes it one. */
export type TargetConfig = Omit<z.infer<typeof server>, 'engine'> & { readonly engine: string }
/** A validated configuration. */
export type Config = Omit<Valid, 'targets'> & { readonly targets: readonly TargetConfig[] }

/** Nobody signs in to a file or folder: this process may read and write it, or may not. */
const NOBODY = { user: 'none', password: 'none' } as const

interface OnDisk {
  readonly name: string
  readonly engine: string
  readonly path: string
  readonly workspace: string
  readonly write: boolean
  readonly enabled: boolean
}

/** A file or folder as a target: `dataPath` is where it is, and what may be written has an executor. */
function onDisk({ name, engine, path, workspace, write, enabled }: OnDisk): TargetConfig {
  return {
    name,
    engine,
    workspace,
    host: '127.0.0.1',
    port: 1,
    socketPath: null,
    tls: 'disable',
    caFile: null,
    certFile: null,
    keyFile: null,
    environment: null,
    dataPath: path,
    replicaOf: null,
    replicas: null,
    connectTimeoutMs: 5_000,
    enabled,
    monitor: NOBODY,
    planner: null,
    executor: write ? NOBODY : null,
    options: {},
  }
}

/** Repositories as targets. */
export const asTargets = ({ repositories }: Pick<Config, 'repositories'>): readonly TargetConfig[] =>
  repositories.map((given) => onDisk({ ...given, engine: 'source' }))
