/**
 * `npm run bench -- api`: the API under readers and open event streams, over a store that has been in use for a year: how long
 * the dashboard and the list of issues take, and what memory it needs.
 */

import { makeIssue, type World } from '../test/support/pipeline-rows.ts'
import {
  AIM_MS,
  headlineOf,
  plainFigures,
  quantilesOf,
  type StoreFigures,
  sectionOf,
} from './api/api-report.ts'
import {
  type BenchStore,
  benchStore,
  kindsOf,
  STORE_CHOICE,
  type StoreKind,
  signInOf,
} from './api/bench-store.ts'
import { fillStore } from './api/fill-store.ts'
import { letRead, type Question } from './api/readers.ts'
import { type ServedStore, serveStore } from './api/served-store.ts'
import { Streams } from './api/streams.ts'
import { tokenFor } from './api/token-for.ts'
import { requireProc, usageOf } from './support/process-usage.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'

/** Readers before the clock runs: code is compiled, caches are warm. */
const WARM_SECONDS = 5

async function measure(run: BenchRun, kind: StoreKind): Promise<StoreFigures> {
  const { options } = run
  const bench = await benchStore(run, kind)
  const world = await fillStore(run, bench, {
    events: options.number('events'),
    issues: options.number('issues'),
    decisions: options.number('decisions'),
    targets: options.number('targets'),
  })
  await signInOf(bench).setMembership({
    userName: 'bert',
    workspaceId: 1,
    role: 'viewer',
    held: true,
    by: 'anna',
  })
  const served = await serveStore(run, bench)
  const memoryBefore = usageOf(served.pid)
  const streams = new Streams()
  run.onEnd(async () => streams.close())
  await streams.open(served.address, await tokensOf(bench, options.number('streams')))
  run.say(`${bench.version}: ${streams.received().open} streams open`)
  const readers = await tokensOf(bench, options.number('readers'))
  const questions = await questionsOf(served, readers[0] ?? '')
  const read = (seconds: number, thinkMs: number) =>
    letRead({ address: served.address, tokens: readers, questions, seconds, thinkMs, signal: run.signal })
  await read(WARM_SECONDS, 100)
  streams.begin()
  const changes = writeChanges(world, options.number('changes'), run)
  const paced = await read(options.number('seconds'), options.number('think'))
  const received = streams.received()
  const full = await read(options.number('seconds'), 0)
  await changes.stop()
  const figures: StoreFigures = {
    version: bench.version,
    paced,
    full,
    streams: received,
    memory: [memoryBefore, usageOf(served.pid)],
    storeServerMiB: bench.serverPid === null ? null : usageOf(bench.serverPid).rssMiB,
  }
  streams.close()
  await served.stop()
  return figures
}

async function tokensOf(bench: BenchStore, count: number): Promise<readonly string[]> {
  const tokens: string[] = []
  while (tokens.length < count)
    tokens.push(await tokenFor(bench, 'bert', { workspaceId: 1, scopes: ['read'] }))
  return tokens
}

/** What a person's pages ask for; the last ones go on deep in the list. */
async function questionsOf({ address }: ServedStore, token: string): Promise<readonly Question[]> {
  const list = '/api/issues?limit=50'
  const deep = (query: string) => deepPage({ address, token }, query)
  return [
    { name: 'dashboard', path: '/api/dashboard', weight: 4 },
    { name: 'issues', path: list, weight: 3 },
    { name: 'issues, open', path: `${list}&state=OPEN`, weight: 3 },
    {
      name: 'issues, open and critical, by severity',
      path: `${list}&state=OPEN&severity=CRITICAL&sort=-severity`,
      weight: 1,
    },
    {
      name: 'issues of a target and category',
      path: `${list}&target=2&category=QUERY_PERFORMANCE`,
      weight: 1,
    },
    { name: 'issues, part of a name', path: `${list}&search=orders_199`, weight: 1 },
    { name: 'issues, deep', path: await deep('limit=200'), weight: 1 },
    { name: 'issues by severity, deep', path: await deep('limit=200&sort=-severity'), weight: 1 },
    { name: 'issues by occurrences, deep', path: await deep('limit=200&sort=-occurrences'), weight: 1 },
    { name: 'decisions that wait', path: '/api/decisions?state=PENDING_APPROVAL', weight: 1 },
  ]
}

/** The address of the page in the middle of the whole list. */
async function deepPage(
  of: { readonly address: string; readonly token: string },
  query: string,
): Promise<string> {
  const cursors: string[] = []
  for (let next: string | null = ''; next !== null; ) {
    const path: string = `/api/issues?${query}${next === '' ? '' : `&cursor=${next}`}`
    const answer = await fetch(`${of.address}${path}`, { headers: { authorization: `Bearer ${of.token}` } })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
    next = ((await answer.json()) as { readonly next: string | null }).next
    if (next !== null) cursors.push(next)
  }
  const middle = cursors[Math.floor(cursors.length / 2)]
  return `/api/issues?${query}${middle === undefined ? '' : `&cursor=${middle}`}`
}

/** So many new issues a second, from another process's point of view: each is a change every stream is told of. */
function writeChanges(world: World, perSecond: number, { signal }: BenchRun): { stop(): Promise<void> } {
  let [going, count] = [true, 0]
  const writing = (async () => {
    while (going && !signal.aborted) {
      count += 1
      await makeIssue(world, `bench.change_${count}`)
      await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond))
    }
  })()
  return {
    stop: () => {
      going = false
      return writing
    },
  }
}

function problemsOf({ version, paced, full, streams }: StoreFigures, wanted: number): readonly string[] {
  return [
    ...[...paced.failures, ...full.failures].map((failure) => `${version}: ${failure}`),
    ...(streams.open === wanted ? [] : [`${version}: ${streams.open} of ${wanted} streams opened`]),
    ...(streams.ended === 0 ? [] : [`${version}: ${streams.ended} streams ended by themselves`]),
    ...(streams.changes === 0 ? [`${version}: no change arrived`] : []),
    ...[...paced.times].flatMap(([name, times]) =>
      quantilesOf(times) === null ? [`${version}: ${name} was never answered`] : [],
    ),
  ]
}

const count = (value: number, quick: number, help: string) =>
  ({ kind: 'number', value, quick, min: 1, max: 10_000_000, whole: true, help }) as const

await runBench({
  name: 'api',
  title: 'The API under load',
  purpose: `Answers of the API with many readers and open streams; the aim is a 95th percentile under ${AIM_MS} ms.`,
  options: {
    store: STORE_CHOICE,
    events: count(1_000_000, 20_000, 'detection events'),
    issues: count(20_000, 1_000, 'issues'),
    decisions: count(5_000, 200, 'decisions, with votes, runs, verdicts, lessons'),
    targets: { kind: 'number', value: 20, min: 1, max: 200, whole: true, help: 'targets they are of' },
    streams: {
      kind: 'number',
      value: 200,
      quick: 50,
      min: 0,
      max: 1_000,
      whole: true,
      help: 'open event streams',
    },
    readers: { kind: 'number', value: 50, quick: 20, min: 1, max: 500, whole: true, help: 'readers at once' },
    think: { kind: 'number', value: 1_000, min: 1, max: 60_000, help: 'mean pause of a reader, ms' },
    seconds: { kind: 'number', value: 60, quick: 8, min: 2, max: 3_600, help: 'how long they read, twice' },
    changes: { kind: 'number', value: 2, min: 0.1, max: 100, help: 'changes a second, told to each stream' },
  },
  async measure(run) {
    requireProc()
    const all: StoreFigures[] = []
    for (const kind of await kindsOf(run)) all.push(await measure(run, kind))
    const { options } = run
    const held = `${options.number('events')} events, ${options.number('issues')} issues, ${options.number('decisions')} decisions of ${options.number('targets')} targets`
    return {
      figures: all.map(plainFigures),
      markdown: [
        `The store held ${held}.`,
        ...all.map((each) => sectionOf(each, options.number('readers'))),
      ].join('\n\n'),
      headlines: all.map(headlineOf),
      versions: all.map(({ version }) => version),
      problems: all.flatMap((each) => problemsOf(each, options.number('streams'))),
    }
  },
})
