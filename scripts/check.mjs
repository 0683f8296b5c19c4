/**
 * `npm run check`: format, lint, types, import directions, dead code, the lock file and generated docs.
 * `--quick` leaves out what looks at the project as a whole and may wait for the end of a piece of work: dead code.
 * All steps run, two at a time, and each failure is printed in full; any failure is status 1.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, underRightNode } from './bootstrap.mjs'

/** A step that hangs is ended; on a busy machine one takes minutes. ms */
const STEP_MS = 900_000
const AT_ONCE = 2

await underRightNode()
const quick = process.argv.includes('--quick')
const folders = ['src', 'test', 'bench', 'web', 'guard', 'examples'].filter((folder) =>
  existsSync(join(ROOT, folder)),
)

/** What each step proves, and the program that proves it. */
const STEPS = [
  {
    name: 'format and lint (biome)',
    run: [bin('@biomejs/biome', 'biome'), 'ci', '--colors=off', '--error-on-warnings', '.'],
  },
  {
    name: 'size, depth, promises (oxlint)',
    run: [bin('oxlint', 'oxlint'), '--type-aware', '--deny-warnings'],
  },
  { name: 'types (tsc)', run: [bin('typescript-native', 'tsc'), '--noEmit', '--project', '.'] },
  {
    name: 'types of the panel (tsc)',
    run: [bin('typescript-native', 'tsc'), '--noEmit', '--project', 'web'],
  },
  {
    name: 'import directions (depcruise)',
    run: [bin('dependency-cruiser', 'depcruise'), '--config', '--', ...folders],
  },
  { name: 'lock file complete', run: ['scripts/lock-fix.mjs', '--check'] },
  { name: 'docs/errors.md in step', run: ['scripts/errors-doc.mjs', '--check'] },
  { name: 'panel builds, in its size', slow: true, run: ['scripts/build-panel.mjs', '--check'] },
  { name: 'guard builds without dependencies', slow: true, run: ['scripts/build-guard.mjs', '--check'] },
  { name: 'dead code (knip)', slow: true, run: [bin('knip', 'knip'), '--no-progress', '--no-config-hints'] },
]

const started = performance.now()
const waiting = STEPS.filter((step) => !(quick && step.slow))
const failed = []
await Promise.all(Array.from({ length: AT_ONCE }, work))
const seconds = ((performance.now() - started) / 1000).toFixed(1)
process.stdout.write(
  failed.length === 0
    ? `check passed in ${seconds} s\n`
    : `check failed: ${failed.join(', ')} (${seconds} s)\n`,
)
process.exitCode = failed.length === 0 ? 0 : 1

async function work() {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const { status, output, ms } = await runStep(step.run)
    process.stdout.write(`${status === 0 ? '✔' : '✖'} ${step.name} (${(ms / 1000).toFixed(1)} s)\n`)
    if (status === 0) continue
    failed.push(step.name)
    process.stdout.write(`${output.trimEnd()}\n\n`)
  }
}

function runStep(args) {
  const begun = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: STEP_MS,
      killSignal: 'SIGKILL',
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('close', (code) => resolve({ status: code ?? 1, output, ms: performance.now() - begun }))
  })
}

/** A package's own program by path: two packages here bring a `tsc`, and .bin holds only one of them. */
function bin(packageName, program) {
  const folder = join(ROOT, 'node_modules', packageName)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[program])
}
