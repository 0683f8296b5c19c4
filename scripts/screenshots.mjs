/** `npm run screenshots -- DIR`: builds the panel and writes every page, light, dark and at 360 px, into a folder. */
import { finishWith, foreground, ROOT, underRightNode } from './bootstrap.mjs'

await underRightNode()
const built = await foreground(process.execPath, [`${ROOT}/scripts/build-panel.mjs`])
if (built.code !== 0) process.exit(1)
await finishWith(process.execPath, [`${ROOT}/test/panel/write-screenshots.ts`, ...process.argv.slice(2)])
