/** `node test/actions/write-action-pages.ts`: brings the facts on every action's page in step with the code. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { ACTIONS, SOURCE_ACTIONS, SQLITE_ACTIONS } from '../support/action-world.ts'
import { actionFacts, withFacts } from './action-page.ts'

const all = [...ACTIONS, ...SOURCE_ACTIONS, ...SQLITE_ACTIONS]
for (const action of all) {
  const path = new URL(`../../docs/actions/${action.id}.md`, import.meta.url)
  const page = existsSync(path) ? readFileSync(path, 'utf8') : `# ${action.title} (\`${action.id}\`)\n`
  writeFileSync(path, withFacts(page, action) ?? `${page.trimEnd()}\n\n${actionFacts(action)}\n`)
}
process.stdout.write(`docs/actions: facts of ${all.length} pages\n`)
