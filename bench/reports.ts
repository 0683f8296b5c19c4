/**
 * `npm run bench -- reports`: how many kinds of failure a second the server takes from applications, while the store holds a
 * million of them, and what memory it needs; beside the same store counting in a bare table, batch by batch.
 */
import { randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { takenFailures } from '../src/app/index.ts'
import { DIALECTS } from '../src/store/schema/dialect.ts'
import { failureReport } from '../test/server/support/failure-report.ts'
import { makeWorld } from '../test/support/pipeline-rows.ts'
import {
  type BenchStore,
  benchStore,
  kindsOf,
  STORE_CHOICE,
  type StoreKind,
  signInOf,
} from './api/bench-store.ts'
import { copyByTemporary, numbers } from './api/copied-rows.ts'
import { withRealCatalogue } from './api/fill-store.ts'
import { type ServedStore, serveStore } from './api/served-store.ts'
import { tokenFor } from './api/token-for.ts'
import { quantile } from './support/figures.ts'
import { markdownTable } from './support/markdown-table.ts'
import { type ProcessUsage, requireProc, usageOf } from './support/process-usage.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'

/** Kinds in a batch: the most the guard sends at once. */
const BATCH = 100
/** Kinds a workspace holds before; it keeps 100,000, and the rest is room for new ones. */
const FILLED = 90_000
/** Batches of new kinds an application sends at most, so that none is beyond what its workspace keeps. */
const NEW_BATCHES = 90
/** How often a report of a batch says it happened. */
const TIMES = 3
const ROWS_A_STATEMENT = 10_000

/** An application that reports: its token, and batches it is going to send. */
interface Application {
  readonly token: string
  readonly workspaceId: number
}

/** How batches of one kind went. */
interface Phase {
  readonly name: string
  readonly batches: number
  readonly seconds: number
  /** Of each answer, ms. */
  readonly times: readonly number[]
  readonly usage: ProcessUsage
  readonly cpuSeconds: number
}

interface Figures {
  readonly version: string
  readonly patterns: number
  readonly storeMiB: number
  readonly idle: ProcessUsage
  readonly phases: readonly Phase[]
  /** Batches a second the store counts in a bare table. */
  readonly barePerSecond: number
  readonly problems: readonly string[]
}

async function measure(run: BenchRun, kind: StoreKind): Promise<Figures> {
  const bench = await benchStore(run, kind)
  await makeWorld(withRealCatalogue(bench.store))
  const patterns = run.options.number('patterns')
  const workspaces = await filled(run, bench, patterns)
  const barePerSecond = await bareBatches(run, bench)
  const served = await serveStore(run, bench)
  const idle = usageOf(served.pid)
  const applications: Application[] = []
  for (let at = 0; at < run.options.number('applications'); at += 1) {
    const workspaceId = workspaces[at % workspaces.length] ?? 1
    applications.push({
      workspaceId,
      token: await tokenFor(bench, 'bert', { workspaceId, scopes: ['report'] }),
    })
  }
  const problems: string[] = []
  const known = {
    ...{ name: 'kinds on record', served, applications, problems },
    bodyOf: (application: number) => bodyOf(`known_${application}`),
  }
  // Once before the clock runs: then they are on record.
  await phase(run, { ...known, most: 1 })
  const phases = [
    await phase(run, { ...known, most: Number.POSITIVE_INFINITY }),
    await phase(run, {
      ...known,
      name: 'kinds never seen',
      most: NEW_BATCHES,
      bodyOf: (application, batch) => bodyOf(`new_${application}_${batch}`),
    }),
  ]
  await served.stop()
  const storeMiB = await sizeOf(bench)
  return { version: bench.version, patterns, storeMiB, idle, phases, barePerSecond, problems }
}

/** Rows as reports make them, in workspaces of their own; the store's rules judge each. Gives the workspaces. */
async function filled(run: BenchRun, bench: BenchStore, patterns: number): Promise<readonly number[]> {
  const { owner, store } = bench
  const signIn = signInOf(bench)
  const dialect = DIALECTS[owner.dialect]
  const isSqlite = bench.kind === 'sqlite'
  if (isSqlite) await owner.run('PRAGMA synchronous = OFF')
  const text = (value: string): string => `CAST(${value} AS ${isSqlite ? 'TEXT' : 'CHAR'})`
  const joined = (...parts: readonly string[]): string =>
    isSqlite ? `(${parts.join(' || ')})` : `CONCAT(${parts.join(', ')})`
  const workspaces: number[] = []
  for (let rest = patterns; rest > 0; rest -= FILLED) {
    const workspaceId = await signIn.addWorkspace(`applications ${workspaces.length + 1}`, 'anna')
    workspaces.push(workspaceId)
    await signIn.setMembership({ userName: 'bert', workspaceId, role: 'operator', held: true, by: 'anna' })
    await store.serve.recordFailures({
      workspaceId,
      reportedBy: 'bert',
      batchDigest: digest(workspaceId),
      bodyDigest: digest(workspaceId),
      dropped: 0,
      failures: takenFailures([failureReport({ object: 'shop.first' })], {
        application: 'shop',
        targetId: null,
      }),
    })
    const [first] = await owner.rows(
      `SELECT p.pattern_id AS pattern, s.site_id AS site FROM failure_patterns p JOIN failure_sites s ON s.pattern_id = p.pattern_id WHERE p.workspace_id = ${workspaceId}`,
    )
    const count = Math.min(rest, FILLED)
    for (let from = 1; from < count; from += ROWS_A_STATEMENT) {
      const to = Math.min(count, from + ROWS_A_STATEMENT)
      const object = joined("'shop.filled_'", text('n.i'))
      const masked = joined(`'Table '`, object, `' doesn''t exist'`)
      const patternsBefore = await most(bench)
      for (const statement of copyByTemporary(
        'failure_patterns',
        {
          signature: dialect.sha256(joined("'filled '", text(String(workspaceId)), "' '", text('n.i'))),
          object_name: object,
          masked_message: masked,
          message_digest: dialect.sha256(masked),
          occurrence_count: '0',
          last_seen_at: 'NULL',
        },
        `${numbers(from, to)} CROSS JOIN failure_patterns s WHERE s.pattern_id = ${String(first?.['pattern'])}`,
      ))
        await owner.run(statement)
      for (const statement of copyByTemporary(
        'failure_sites',
        { pattern_id: 'p.pattern_id', last_seen_at: dialect.now },
        `failure_patterns p CROSS JOIN failure_sites s WHERE p.pattern_id > ${patternsBefore} AND s.site_id = ${String(first?.['site'])}`,
      ))
        await owner.run(statement)
      run.say(`${bench.version}: ${patterns - rest + to} of ${patterns} kinds`)
      if (run.signal.aborted) throw run.signal.reason
    }
  }
  if (isSqlite) await owner.run('PRAGMA synchronous = NORMAL')
  else await owner.run('ANALYZE TABLE failure_patterns, failure_sites')
  return workspaces
}

async function most({ owner }: BenchStore): Promise<number> {
  const [row] = await owner.rows('SELECT MAX(pattern_id) AS most FROM failure_patterns')
  return Number(row?.['most'] ?? 0)
}

const digest = (of: number): string => of.toString(16).padStart(64, '0')

/** What it takes to count a batch where nothing is asked, checked or sealed: the same store, one row a kind, one commit a batch. */
async function bareBatches(run: BenchRun, { owner }: BenchStore): Promise<number> {
  await owner.run('CREATE TABLE bench_bare (signature CHAR(64) PRIMARY KEY, n INTEGER NOT NULL)')
  const upsert =
    owner.dialect === 'sqlite'
      ? 'INSERT INTO bench_bare VALUES (?, 1) ON CONFLICT (signature) DO UPDATE SET n = n + 1'
      : 'INSERT INTO bench_bare VALUES (?, 1) ON DUPLICATE KEY UPDATE n = n + 1'
  const until = performance.now() + (run.options.number('seconds') * 1000) / 4
  const began = performance.now()
  let batches = 0
  for (; performance.now() < until; batches += 1) {
    await owner.run('BEGIN')
    for (let i = 0; i < BATCH; i += 1) await owner.rows(upsert, [digest(i)])
    await owner.run('COMMIT')
  }
  const perSecond = (batches * 1000) / (performance.now() - began)
  await owner.run('DROP TABLE bench_bare')
  return perSecond
}

/** A batch of a hundred kinds, each about another table. */
function bodyOf(prefix: string): string {
  const failures = Array.from({ length: BATCH }, (_, i) =>
    failureReport({ object: `shop.${prefix}_${i}`, count: TIMES }),
  )
  return JSON.stringify({
    ...{ form: 'dbmedic-failures-1', application: 'shop', process: randomUUID(), dropped: 0 },
    failures,
  })
}

/** Every application sends one batch after the other, on a connection of its own. */
async function phase(
  run: BenchRun,
  of: {
    readonly name: string
    readonly served: ServedStore
    readonly applications: readonly Application[]
    readonly problems: string[]
    readonly most: number
    readonly bodyOf: (application: number, batch: number) => string
  },
): Promise<Phase> {
  const { name, served, applications, problems, most: mostBatches } = of
  run.say(`${name}: making batches`)
  const different = Number.isFinite(mostBatches) ? mostBatches : 1
  const bodies = applications.map((_, at) =>
    Array.from({ length: different }, (_none, batch) => of.bodyOf(at, batch)),
  )
  run.say(name)
  const before = usageOf(served.pid)
  const times: number[] = []
  const began = performance.now()
  const until = began + run.options.number('seconds') * 1000
  await Promise.all(
    applications.map(async ({ token, workspaceId }, at) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const own = bodies[at] ?? []
      for (
        let batch = 0;
        batch < mostBatches && performance.now() < until && !run.signal.aborted;
        batch += 1
      ) {
        const sent = performance.now()
        const answer = await post(agent, {
          url: `${served.address}/api/errors?workspace=${workspaceId}`,
          token,
          body: own[batch % own.length] ?? '',
        })
        times.push(performance.now() - sent)
        if (answer !== `202 {"counted":${BATCH * TIMES},"leftOut":0}` && problems.length < 5)
          problems.push(`${name}: ${answer}`)
      }
      agent.destroy()
    }),
  )
  const seconds = (performance.now() - began) / 1000
  const usage = usageOf(served.pid)
  return {
    name,
    batches: times.length,
    seconds,
    times,
    usage,
    cpuSeconds: usage.cpuSeconds - before.cpuSeconds,
  }
}

function post(
  agent: Agent,
  { url, token, body }: { readonly url: string; readonly token: string; readonly body: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      'content-length': Buffer.byteLength(body),
    }
    const asked = request(url, { method: 'POST', agent, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.once('end', () => resolve(`${answer.statusCode} ${text.slice(0, 200)}`))
      answer.once('error', reject)
    })
    asked.once('error', reject)
    asked.end(body)
  })
}

/** Of the whole store, MiB. */
async function sizeOf({ kind, owner, config }: BenchStore): Promise<number> {
  if (kind === 'sqlite') return statSync(String(config['store'])).size / 1_048_576
  const [row] = await owner.rows(
    'SELECT SUM(DATA_LENGTH + INDEX_LENGTH) AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
  )
  return Number(row?.['bytes'] ?? 0) / 1_048_576
}

const perSecond = ({ batches, seconds }: Phase): number => batches / seconds

function sectionOf({ version, patterns, storeMiB, idle, phases, barePerSecond }: Figures): string {
  return [
    `### ${version}, ${patterns.toLocaleString('en')} kinds on record, ${storeMiB.toFixed(0)} MiB`,
    markdownTable(
      [
        'batches of 100',
        'batches/s',
        'kinds/s',
        'of a bare table',
        'p50 ms',
        'p95 ms',
        'processor s',
        'server MiB',
        'most MiB',
      ],
      phases.map((each) => [
        each.name,
        perSecond(each).toFixed(1),
        (perSecond(each) * BATCH).toFixed(0),
        (perSecond(each) / barePerSecond).toFixed(3),
        quantile(each.times, 0.5).toFixed(0),
        quantile(each.times, 0.95).toFixed(0),
        each.cpuSeconds.toFixed(1),
        each.usage.rssMiB.toFixed(0),
        each.usage.peakMiB.toFixed(0),
      ]),
    ),
    `- Before the first batch the server took ${idle.rssMiB.toFixed(0)} MiB. A bare table of the same store takes ${barePerSecond.toFixed(0)} batches/s on one connection: signature and count, no trigger, one commit a batch.`,
  ].join('\n\n')
}

function headlineOf({ version, patterns, phases }: Figures): string {
  const told = phases.map((each) => `${(perSecond(each) * BATCH).toFixed(0)} a second of ${each.name}`)
  const most = Math.max(...phases.map(({ usage }) => usage.peakMiB))
  return `${version}, ${patterns.toLocaleString('en')} kinds on record: ${told.join(', ')}; ${most.toFixed(0)} MiB at the most`
}

await runBench({
  name: 'reports',
  title: 'Errors reported by applications',
  purpose: 'Kinds of failure a second that the server takes, and its memory, with a million on record.',
  options: {
    store: STORE_CHOICE,
    patterns: {
      ...{ kind: 'number', value: 1_000_000, quick: 20_000, min: 1_000, max: 5_000_000, whole: true },
      help: `kinds on record before, ${FILLED.toLocaleString('en')} a workspace`,
    },
    applications: { kind: 'number', value: 4, min: 1, max: 50, whole: true, help: 'that report at once' },
    seconds: { kind: 'number', value: 20, quick: 4, min: 1, max: 3_600, help: 'how long each phase lasts' },
  },
  async measure(run) {
    requireProc()
    const all: Figures[] = []
    for (const kind of await kindsOf(run)) all.push(await measure(run, kind))
    return {
      figures: all,
      markdown: all.map(sectionOf).join('\n\n'),
      headlines: all.map(headlineOf),
      versions: all.map(({ version }) => version),
      problems: all.flatMap(({ version, problems }) => problems.map((each) => `${version}: ${each}`)),
    }
  },
})
