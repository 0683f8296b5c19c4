/**
 * `npm run bench -- scan`: a first scan of a tree of real sources, and a second one of the same, each in a process of its own: files a
 * second, peak memory, and what the second takes with what the first remembers. Without `--folder` the tree is made of the sources of this repository's own dependencies.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { walk } from '../src/scanner/walk.ts'
import { markdownTable } from './support/markdown-table.ts'
import { type BenchResult, type BenchRun, CannotMeasure, runBench } from './support/run-bench.ts'

const DEPENDENCIES = join(import.meta.dirname, '..', 'node_modules')
/** One scan in a process of its own: prints what it found, how long it took and how much memory. */
const ONCE = `
const { scanRepository } = await import(${JSON.stringify(new URL('../src/app/scan-cache.ts', import.meta.url).href)})
const began = performance.now()
const { files, statements, findings, skipped } = await scanRepository(process.argv[1])
const seconds = (performance.now() - began) / 1000
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
process.stdout.write(JSON.stringify({
  files, statements, findings: findings.length, seconds,
  skipped: skipped.map(({ file, because }) => file + ': ' + because),
  cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMegabytes: maxRSS / 1024,
}))`
const AIM_SECONDS = 5
const AIM_FILES = 3_000
/** Largest file taken into a made tree, bytes: the scanner's own limit. */
const FILE_BYTES_MAX = 1024 * 1024

/** A scan of its own. */
interface Scan {
  readonly files: number
  readonly statements: number
  readonly findings: number
  readonly skipped: readonly string[]
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMegabytes: number
}

interface Round extends Scan {
  /** Seconds of a second scan of the same files, in another process. */
  readonly secondSeconds: number
}

/** One scan in a process of its own, with what scans remember kept in a folder. */
const once = (folder: string, cache: string): Scan =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', ONCE, folder], {
      encoding: 'utf8',
      maxBuffer: 1e8,
      env: { ...process.env, XDG_CACHE_HOME: cache },
    }),
  ) as Scan

async function measure(run: BenchRun): Promise<BenchResult> {
  const own = run.options.path('folder')
  const folder = own ?? madeTree(run)
  const megabytes = walkedBytes(folder) / 1e6
  const rounds = Array.from({ length: run.options.number('rounds') }, (_, index) => {
    run.say(`round ${index + 1}`)
    const cache = mkdtempSync(join(tmpdir(), 'dbmedic-bench-cache-'))
    run.onEnd(async () => rmSync(cache, { recursive: true, force: true }))
    const round = once(folder, cache)
    return { ...round, secondSeconds: once(folder, cache).seconds }
  })
  const [first] = rounds
  const best = Math.min(...rounds.map((each) => each.seconds))
  if (first === undefined || first.files === 0) throw new CannotMeasure(`${folder} has no scripts`)
  const perAim = (best * AIM_FILES) / first.files
  return {
    figures: { folder: own === null ? 'dependencies' : 'given', megabytes, rounds },
    markdown: [
      markdownTable(
        ['round', 'files', 'MB', 'statements', 'findings', 's', 'CPU s', 'files/s', 'peak MB', 'second s'],
        rounds.map((each, index) => cells(each, { index, megabytes })),
      ),
      ...[...new Set(rounds.flatMap((each) => each.skipped))]
        .slice(0, 20)
        .map((line) => `- not read: ${line}`),
    ].join('\n'),
    headlines: [
      `${first.files} files in ${best.toFixed(2)} s: ${perAim.toFixed(2)} s for ${AIM_FILES} (aim ${AIM_SECONDS}: ${perAim <= AIM_SECONDS ? 'met' : 'MISSED'})`,
      `a second scan of them, unchanged: ${Math.min(...rounds.map((each) => each.secondSeconds)).toFixed(2)} s`,
    ],
    problems: first.files < AIM_FILES ? [`only ${first.files} files`] : [],
  }
}

const cells = (each: Round, { index, megabytes }: { index: number; megabytes: number }): string[] => [
  String(index + 1),
  String(each.files),
  megabytes.toFixed(1),
  String(each.statements),
  String(each.findings),
  each.seconds.toFixed(2),
  each.cpuSeconds.toFixed(2),
  (each.files / each.seconds).toFixed(0),
  each.peakMegabytes.toFixed(0),
  each.secondSeconds.toFixed(2),
]

function walkedBytes(folder: string): number {
  const { scripts, sql } = walk(folder)
  return [...scripts, ...sql].reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
}

/** Copies sources of the installed dependencies, packages in order of their names, until there are enough. */
function madeTree(run: BenchRun): string {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-bench-scan-'))
  run.onEnd(async () => rmSync(folder, { recursive: true, force: true }))
  let left = run.options.number('files')
  for (const file of readdirSync(DEPENDENCIES, { recursive: true, encoding: 'utf8' }).sort()) {
    if (left === 0) break
    const path = join(DEPENDENCIES, file)
    if (!/\.[cm]?[jt]sx?$/.test(file) || /\.d\.[cm]?ts$/.test(file)) continue
    const found = statSync(path)
    if (!found.isFile() || found.size > FILE_BYTES_MAX) continue
    // Folders the scanner passes over would leave most of a published package out.
    const to = join(
      folder,
      relative(DEPENDENCIES, path).replace(/(^|\/)(node_modules|dist|build|out)(?=\/)/g, '$1$2_'),
    )
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(path, to)
    left--
  }
  return folder
}

await runBench({
  name: 'scan',
  title: 'Scanning a repository',
  purpose:
    'A first scan of real sources: files a second, memory; and a second one of the same. Aim: 3,000 files in 5 s on two cores.',
  options: {
    folder: { kind: 'path', help: 'the sources; without it those of this repository’s dependencies' },
    files: {
      ...{ kind: 'number', value: 4_000, quick: 3_200, min: 100, max: 40_000, whole: true },
      help: 'files of a made tree',
    },
    rounds: {
      ...{ kind: 'number', value: 3, quick: 1, min: 1, max: 20, whole: true },
      help: 'scans, each in a process of its own',
    },
  },
  measure,
})
