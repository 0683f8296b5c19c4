/**
 * `npm test -- [--name PATTERN] [PATH...]`: the whole test suite, or the files whose path contains one of PATH.
 * Servers that cannot be had are counted, named skips; everything else that is skipped names its reason too.
 */
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { ROOT, say, stop, underRightNode } from './bootstrap.mjs'
import { inOrder, inProcesses } from './test-files.mjs'
import { useMemoryFolder, usePrivateHome } from './test-folder.mjs'

/** A test with real servers in it takes seconds, the longest suite a minute or four; one that takes this long hangs. */
const TEST_MS = 600_000
/** Each file may start a MariaDB and a MySQL (0.8 GB together), whatever the number of cores. */
const FILES_AT_ONCE_MAX = 4
/** Files wait for servers and clocks two fifths of the time: two at once leave two cores idle so long. */
const FILES_AT_ONCE_MIN = 3

await underRightNode()
const { globSync } = await import('node:fs')
const { values, positionals } = parseArgs({ options: { name: { type: 'string' } }, allowPositionals: true })
const files = globSync(
  ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/**/*.test.mjs'],
  { cwd: ROOT },
).filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)))
if (files.length === 0) stop(`no test file has ${positionals.join(' or ')} in its path`)

const { requireTestServers } = await import('./servers.mjs')
const mysqlMissing = await requireTestServers()

await useMemoryFolder()
await usePrivateHome()
const cheap = pathToFileURL(`${ROOT}/test/support/cheap-passphrases.mjs`).href
process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, `--import ${cheap}`].filter(Boolean).join(' ')
const { run } = await import('node:test')
const { spec } = await import('node:test/reporters')
const events = run({
  files: inProcesses(inOrder(files)),
  cwd: ROOT,
  concurrency: Math.min(FILES_AT_ONCE_MAX, Math.max(FILES_AT_ONCE_MIN, availableParallelism())),
  timeout: TEST_MS,
  execArgv: ['property-seed', 'must-end'].flatMap((name) => ['--import', `${ROOT}/test/support/${name}.ts`]),
  ...(values.name === undefined ? {} : { testNamePatterns: [values.name] }),
})
events.on('test:fail', ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1
})
events.compose(withSkips).compose(spec()).pipe(process.stdout)
say(`${files.length} test files`)

/** Puts the skipped tests, counted by reason, right before the runner's own summary. */
async function* withSkips(source) {
  const reasons = new Map()
  let printed = false
  for await (const event of source) {
    const { skip, nesting, message, file } = event.data
    if (event.type === 'test:pass' && skip) {
      const reason = typeof skip === 'string' ? skip : 'no reason given'
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    }
    const summary =
      event.type === 'test:diagnostic' && nesting === 0 && file === undefined && /^tests \d+/.test(message)
    if (summary && !printed) {
      printed = true
      yield* skipLines(reasons)
    }
    yield event
  }
}

function* skipLines(reasons) {
  const lines = [...reasons].map(([reason, count]) => `${count} skipped: ${reason}`)
  if (mysqlMissing !== undefined) lines.unshift(`MySQL is not used: ${mysqlMissing}`)
  for (const message of lines) yield { type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } }
}
