/**
 * `npm run test:e2e`: builds the panel and uses it in headless Chromium, which apt installs where there is none. Where
 * it cannot, the tests are skipped by name.
 */
import { finishWith, foreground, ROOT, say, underRightNode } from './bootstrap.mjs'
import { useMemoryFolder, usePrivateHome } from './test-folder.mjs'

await underRightNode()
const { globSync } = await import('node:fs')
const { ensureChromium, requireAnyServer } = await import('./servers.mjs')
await requireAnyServer()
const missing = await ensureChromium()
if (missing !== undefined) say(`The tests of the panel are skipped: ${missing}`)
await useMemoryFolder()
await usePrivateHome()
const built = await foreground(process.execPath, [`${ROOT}/scripts/build-panel.mjs`])
if (built.code !== 0) process.exit(1)
const files = globSync('test/panel/**/*.e2e.ts', { cwd: ROOT }).map((file) => `${ROOT}/${file}`)
// Three at once on two processors: what heals a real server mostly waits.
await finishWith(process.execPath, [
  '--import',
  `${ROOT}/test/support/must-end.ts`,
  '--test',
  '--test-concurrency=3',
  '--test-timeout=300000',
  ...files,
])
