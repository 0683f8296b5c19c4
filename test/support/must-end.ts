/**
 * Loaded into every process of a test file: a file whose tests are over has to end. What it left open (a server, a
 * connection, a timer) would otherwise hold up the whole run, silently, because the runner's limit is one for tests.
 */
import { after, afterEach, beforeEach } from 'node:test'

/** A server that is stopped writes its pages out, which takes seconds on a slow disk. */
const GRACE_MS = 60_000
/** A fifth of what a build may take; the longest file takes a quarter of this on two slow processors. */
const FILE_MS = 1_200_000

/** The file this process runs, if it runs one: a process that a test starts inherits the option that loads this. */
const file = process.argv[1] ?? ''
if (process.env['NODE_TEST_CONTEXT'] !== undefined && /\.(?:test|e2e)\.m?[jt]s$/.test(file)) watch()

function watch(): void {
  let running = 0
  beforeEach(() => {
    running += 1
  })
  afterEach(() => {
    running -= 1
  })
  // Also called when a file registers its next test only after its first ones: what runs then is counted.
  after(() => {
    setTimeout(() => running === 0 && giveUp(`${GRACE_MS / 1000} s after its last test`), GRACE_MS).unref()
  })
  setTimeout(() => giveUp(`after ${FILE_MS / 1000} s`), FILE_MS).unref()
}

function giveUp(when: string): void {
  const open = [...new Set(process.getActiveResourcesInfo())].join(', ')
  process.stderr.write(`${file} still runs ${when}; open: ${open}\n`)
  process.exit(1)
}
