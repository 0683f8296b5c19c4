/** `npm run test:e2e`: builds the panel and uses it in headless Chromium. Without a Chromium its tests are skipped by name. */
import { globSync } from 'node:fs'
import { finishWith, foreground, ROOT, underRightNode } from './bootstrap.mjs'

await underRightNode()
const built = await foreground(process.execPath, [`${ROOT}/scripts/build-panel.mjs`])
if (built.code !== 0) process.exit(1)
const files = globSync('test/panel/**/*.e2e.ts', { cwd: ROOT }).map((file) => `${ROOT}/${file}`)
await finishWith(process.execPath, ['--test', '--test-concurrency=1', '--test-timeout=300000', ...files])
