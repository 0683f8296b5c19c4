/**
 * In which order and in how many processes the test files run. Long ones first, so that none is left alone at the end;
 * files that only compute share a process, because starting one and loading the program costs more than their tests.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from './bootstrap.mjs'

/** The files that take longest, longest first, as the runner measured them on two processors. */
export const LONGEST = [
  'test/faults/crash.test.ts',
  'test/contract/store.test.ts',
  'test/chaos/chaos.test.ts',
  'test/contract/store-history.test.ts',
  'test/e2e/cli-rights.test.ts',
  'test/faults/anomaly-loop.test.ts',
  'test/e2e/healing.test.ts',
  'src/scanner/mutants.test.ts',
  'test/actions/hostile-names.test.ts',
  'test/actions/hostile-inputs.test.ts',
  'test/contract/actions.test.ts',
  'test/e2e/cli.test.ts',
  'test/e2e/healing-over-http.test.ts',
  'test/contract/store-failures.test.ts',
  'test/e2e/cli-files.test.ts',
]
/** Then by folder: what is not named here starts no server, or only looks at one. */
const LONG_FOLDERS = ['test/faults/', 'test/lab/', 'test/', 'src/lab/', 'src/engines/', 'src/app/']

/** The folders whose tests mostly compute. */
const COMPUTING = /^src\/(actions|core|detectors|diagnoses|engines|pipeline|rules|recovery|sql|store)\//
/**
 * What a file must not contain to share a process: servers and processes of its own, what belongs to the whole process,
 * and hooks outside of a suite, which would be the hooks of every file.
 */
const ALONE =
  /start(?:Mariadb|Mysql|Server|Target)|on(?:Each)?Server\(|child_process|worker_threads|private-postgres|process\.|globalThis|\bmock\b|numRuns: \d+_000|^(?:before|after)(?:Each)?\(/m
/** Files a process: enough to save the loading, few enough that every processor has its part. */
const FILES_TOGETHER = 40

/** The given files, relative to the checkout, in the order in which they should start. */
export function inOrder(files) {
  return files
    .map((file) => [rank(file), file])
    .sort(byRank)
    .map(([, file]) => file)
}

const byRank = ([a, one], [b, other]) => a - b || (one < other ? -1 : 1)

function rank(file) {
  const listed = LONGEST.indexOf(file)
  if (listed >= 0) return listed
  const folder = LONG_FOLDERS.findIndex((start) => file.startsWith(start))
  return LONGEST.length + (folder < 0 ? LONG_FOLDERS.length : folder)
}

/** What to run, absolute: files, and modules in the temporary folder that each load some files that compute only. */
export function inProcesses(files) {
  const together = files.filter(mayShare)
  const alone = files.filter((file) => !together.includes(file))
  const groups = []
  for (let from = 0; from < together.length; from += FILES_TOGETHER)
    groups.push(groupModule(groups.length + 1, together.slice(from, from + FILES_TOGETHER)))
  return [...alone.map((file) => join(ROOT, file)), ...groups]
}

function mayShare(file) {
  return COMPUTING.test(file) && !ALONE.test(readFileSync(join(ROOT, file), 'utf8'))
}

function groupModule(number, files) {
  const path = join(tmpdir(), `dbmedic-tests-${process.pid}-${number}.mjs`)
  process.on('exit', () => rmSync(path, { force: true }))
  const lines = files.map((file) => `await import(${JSON.stringify(pathToFileURL(join(ROOT, file)).href)})\n`)
  writeFileSync(path, lines.join(''), { mode: 0o600 })
  return path
}
