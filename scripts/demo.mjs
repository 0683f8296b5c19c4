/** `npm run demo -- ARGS`: makes everything ready (for `--panel` the panel's files too), then runs `dbmedic demo ARGS`. */
import { join } from 'node:path'
import { finishWith, foreground, ROOT, underRightNode } from './bootstrap.mjs'

await underRightNode()
const { requireAnyServer } = await import('./servers.mjs')
await requireAnyServer()
if (process.argv.includes('--panel')) {
  const built = await foreground(process.execPath, [join(ROOT, 'scripts/build-panel.mjs')])
  if (built.code !== 0) process.exit(1)
}
const main = join(ROOT, 'src/cli/main.ts')
await finishWith(process.execPath, [main, 'demo', ...process.argv.slice(2)], process.env)
