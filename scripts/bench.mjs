/**
 * `npm run bench -- NAME... ARGS` runs bench/NAME.ts one after the other, `all` every one of them, each with the same
 * ARGS; without a name, lists them. What each measures: docs/benchmarks.md.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { finishWith, foreground, ROOT, say, stop, underRightNode } from './bootstrap.mjs'

await underRightNode()
const folder = join(ROOT, 'bench')
const names = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => name.slice(0, -3))
  : []
const given = process.argv.slice(2)
const firstArgument = given.findIndex((each) => each.startsWith('-'))
const asked = firstArgument === -1 ? given : given.slice(0, firstArgument)
const args = firstArgument === -1 ? [] : given.slice(firstArgument)
const wanted = asked.includes('all') ? names : asked
const unknown = asked.filter((name) => name !== 'all' && !names.includes(name))

if (unknown.length > 0)
  stop(`there is no bench ${unknown.join(', ')}; there are: ${names.join(', ') || 'none'}`)
else if (wanted.length === 0)
  process.stdout.write(['all', ...names].map((each) => `npm run bench -- ${each}\n`).join(''))
else if (wanted.length === 1) await finishWith(process.execPath, commandOf(wanted[0]), process.env)
else await runAll()

/** One after the other, so that none is measured beside another; a failure does not keep the others from running. */
async function runAll() {
  const failed = []
  for (const name of wanted) {
    say(`\nnpm run bench -- ${[name, ...args].join(' ')}`)
    const { code, signal } = await foreground(process.execPath, commandOf(name))
    if (signal || code === 130) process.exit(130)
    if (code !== 0) failed.push(name)
  }
  if (failed.length > 0) stop(`not measured, or not to be used: ${failed.join(', ')}`)
}

function commandOf(name) {
  return [join(folder, `${name}.ts`), ...args]
}
