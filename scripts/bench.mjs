/** `npm run bench -- NAME ARGS`: runs bench/NAME.ts; without a name, lists them. What each measures: docs/benchmarks.md. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { finishWith, ROOT, stop, underRightNode } from './bootstrap.mjs'

await underRightNode()
const folder = join(ROOT, 'bench')
const names = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => name.slice(0, -3))
  : []
const [name, ...args] = process.argv.slice(2)
if (name === undefined) {
  process.stdout.write(names.map((each) => `npm run bench -- ${each}\n`).join(''))
} else if (!names.includes(name)) {
  stop(`there is no bench ${name}; there are: ${names.join(', ') || 'none'}`)
} else {
  await finishWith(process.execPath, [join(folder, `${name}.ts`), ...args], process.env)
}
